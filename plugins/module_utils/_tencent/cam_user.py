# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""CAM, 2019-01-16, as the directory of an application's own user: tencentcloud.com/document/product/598, "API documentation"."""

from __future__ import annotations

import json
import re
import typing as t
from datetime import datetime, timedelta, timezone

from .._core.errors import CloudError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._identities.directory import AccessKey, Directory, Document
from .._identities.user import AppUser, kind_of
from .client import CAM, STS, Client, absent_if, invalid
from .credentials import CLOUD, Credentials, credentials_of

FACTS = {"remark": "Remark"}
CAM_USER = ArgumentSpec({name: {"type": "str"} for name in FACTS})
KIND = kind_of(CLOUD, "cam_user", FACTS)
SOURCE = "tencent-cam"
PAGE = 200  # the most that CAM gives in one answer
BEIJING = timezone(timedelta(hours=8))  # whose time its answers are
NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
POLICY_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}")
# What a key is answered that is not, or not yet, one of the account's.
REFUSED = frozenset({"AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId", "AuthFailure.SignatureFailure"})


class CamDirectory(Directory):
    cloud = CLOUD
    most_keys = 2

    def __init__(self, user: str, policy: str, credentials: Credentials, region: str, traffic: Traffic) -> None:
        super().__init__(user, policy)
        self._cam = Client(credentials, region, traffic, product=CAM)
        self._credentials, self._region, self._traffic = credentials, region, traffic
        self._uin = self._policy_id = self._holders = 0
        self._attached: dict[str, int] = {}  # ids by name

    @property
    def own(self) -> str:
        return f"User:{self.policy}"

    def check(self, document: Document) -> None:
        if not NAME.fullmatch(self.user):
            raise invalid(f"name {self.user}: 1 to 64 letters, digits and + = , . @ _ -")
        if not POLICY_NAME.fullmatch(self.policy):
            raise invalid(f"policy_name {self.policy}: 1 to 128 letters, digits and + = , . @ _ -")
        if document.get("version") != "2.0" or not document.get("statement"):
            raise invalid("policy: a CAM policy has the version '2.0', a text, and a list statement")

    # --- reading -----------------------------------------------------------

    def find(self) -> Document | None:
        try:
            user = self._cam.call(f"read the sub-user {self.user}", "GetUser", Name=self.user)
        except CloudError as error:
            absent_if(error, "ResourceNotFound.UserNotExist")
            return None
        self._uin = int(user["Uin"])
        return {"id": str(user["Uin"]), **{name: user.get(wire) or "" for name, wire in FACTS.items()}}

    def document(self) -> Document | None:
        what = f"read the policy {self.policy}"
        # The keyword is found anywhere in a name.
        listed = [
            each for each in self._pages(what, "ListPolicies", Scope="Local", Keyword=self.policy) if each["PolicyName"] == self.policy
        ]
        if not listed:
            return None
        self._policy_id, self._holders = int(listed[0]["PolicyId"]), int(listed[0].get("Attachments") or 0)
        return t.cast("Document", json.loads(self._cam.call(what, "GetPolicy", PolicyId=self._policy_id)["PolicyDocument"]))

    def shared(self) -> bool:
        return self._holders > (self.own in self._attached)

    def attached(self) -> list[str]:
        found = self._pages(f"read the policies of {self.user}", "ListAttachedUserPolicies", TargetUin=self._uin)
        self._attached = {f"{_kind(each)}:{each['PolicyName']}": int(each["PolicyId"]) for each in found}
        return [*self._attached]

    def keys(self) -> list[AccessKey]:
        found = self._cam.call(f"list the access keys of {self.user}", "ListAccessKeys", TargetUin=self._uin)
        return [_key(each) for each in found["AccessKeys"] or ()]

    def caller(self) -> str:
        sts = Client(self._credentials, self._region, self._traffic, product=STS)
        return str(sts.call("ask who the access key belongs to", "GetCallerIdentity")["UserId"])

    def accepts(self, key_id: str, secret: str) -> bool:
        """Asks who the key belongs to, which every key may."""
        sts = Client(Credentials(key_id, secret), self._region, self._traffic, product=STS)
        try:
            sts.call(f"try the access key {key_id}", "GetCallerIdentity")
        except CloudError as error:
            absent_if(error, *REFUSED)
            return False
        return True

    # --- writing -----------------------------------------------------------

    def create(self, facts: Document) -> Document:
        # No way into the console, and no key yet: it would come along with the answer, whatever happens next.
        wire = {FACTS[name]: value for name, value in facts.items()}
        made = self._cam.call(f"create the sub-user {self.user}", "AddUser", Name=self.user, ConsoleLogin=0, UseApi=0, **wire)
        self._uin = int(made["Uin"])
        return {"id": str(made["Uin"]), **dict.fromkeys(FACTS, ""), **facts}

    def update(self, facts: Document) -> None:
        wire = {FACTS[name]: value for name, value in facts.items()}
        self._cam.call(f"update the sub-user {self.user}", "UpdateUser", Name=self.user, **wire)

    def delete(self) -> None:
        self._cam.call(f"delete the sub-user {self.user}", "DeleteUser", Name=self.user)

    def write_policy(self, document: Document, *, there: bool) -> None:
        what, text = f"write the policy {self.policy}", json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        if there:
            self._cam.call(what, "UpdatePolicy", PolicyId=self._policy_id, PolicyDocument=text)
        else:
            self._policy_id = int(self._cam.call(what, "CreatePolicy", PolicyName=self.policy, PolicyDocument=text)["PolicyId"])

    def delete_policy(self) -> None:
        self._cam.call(f"delete the policy {self.policy}", "DeletePolicy", PolicyId=[self._policy_id])

    def attach(self) -> None:
        what = f"attach {self.own} to {self.user}"
        self._cam.call(what, "AttachUserPolicy", PolicyId=self._policy_id, AttachUin=self._uin)

    def detach(self, policy: str) -> None:
        what = f"detach {policy} from {self.user}"
        self._cam.call(what, "DetachUserPolicy", PolicyId=self._attached[policy], DetachUin=self._uin)

    def create_key(self) -> AccessKey:
        made = self._cam.call(f"make an access key for {self.user}", "CreateAccessKey", TargetUin=self._uin)
        return _key(made["AccessKey"])

    def disable_key(self, key_id: str) -> None:
        what = f"disable the access key {key_id}"
        self._cam.call(what, "UpdateAccessKey", AccessKeyId=key_id, Status="Inactive", TargetUin=self._uin)

    def delete_key(self, key_id: str) -> None:
        self._cam.call(f"delete the access key {key_id}", "DeleteAccessKey", AccessKeyId=key_id, TargetUin=self._uin)

    # --- below -------------------------------------------------------------

    def _pages(self, what: str, action: str, **parameters: t.Any) -> list[Document]:
        found: list[Document] = []
        while True:
            page = self._cam.call(what, action, Page=len(found) // PAGE + 1, Rp=PAGE, **parameters)["List"] or []
            found += page
            if len(page) < PAGE:
                return found


def _kind(policy: Document) -> str:
    """The documents write its other value both `User` and `user`."""
    return "QCS" if policy["PolicyType"] == "QCS" else "User"


def _key(key: Document) -> AccessKey:
    created = datetime.strptime(key["CreateTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    return AccessKey(key["AccessKeyId"], key["Status"] == "Active", created, key.get("SecretAccessKey", ""))


def cam_user(host: Host, traffic: Traffic) -> AppUser:
    """The user of a task's options."""
    params = host.params
    policy = params["policy_name"] or params["name"]
    directory = CamDirectory(params["name"], policy, credentials_of(host), params["region"], traffic)
    return AppUser(host, traffic, KIND, directory, {name: params[name] for name in FACTS}, SOURCE)
