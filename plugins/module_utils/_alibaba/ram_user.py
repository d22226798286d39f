# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""RAM, 2015-05-01, as the directory of an application's own user: help.aliyun.com/ram/developer-reference/api-ram-2015-05-01."""

from __future__ import annotations

import json
import re
import typing as t
from datetime import UTC, datetime

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._identities.directory import AccessKey, Directory, Document
from .._identities.user import AppUser, kind_of
from .credentials import CLOUD, Credentials, credentials_of
from .rpc import RAM, STS, Rpc

FACTS = {"display_name": "DisplayName", "comments": "Comments"}
RAM_USER = ArgumentSpec({name: {"type": "str"} for name in FACTS})
KIND = kind_of(CLOUD, "ram_user", FACTS)
SOURCE = "alibaba-ram"
USER_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
POLICY_NAME = re.compile(r"[A-Za-z0-9-]{1,128}")
MOST_BYTES = 6144  # of a custom policy
# When a policy has five versions, the oldest makes room.
ROOM = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
# What a key is answered that is not, or not yet, one of the account's.
REFUSED = frozenset({"InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "SignatureDoesNotMatch", "IncompleteSignature"})


class RamDirectory(Directory):
    cloud = CLOUD
    most_keys = 2

    def __init__(self, user: str, policy: str, credentials: Credentials, traffic: Traffic) -> None:
        super().__init__(user, policy)
        self._ram = Rpc(RAM, credentials, traffic)
        self._credentials, self._traffic = credentials, traffic
        self._holders = 0
        self._attached: list[str] = []

    @property
    def own(self) -> str:
        return f"Custom:{self.policy}"

    def check(self, document: Document) -> None:
        if not USER_NAME.fullmatch(self.user):
            raise PlanError(f"name {self.user}: 1 to 64 letters, digits, dots, hyphens and underscores", cloud=CLOUD)
        if not POLICY_NAME.fullmatch(self.policy):
            raise PlanError(f"policy_name {self.policy}: 1 to 128 letters, digits and hyphens", cloud=CLOUD)
        if document.get("Version") != "1" or not document.get("Statement"):
            raise PlanError("policy: a RAM policy has the Version '1', a text, and a list Statement", cloud=CLOUD)
        size = len(_text(document).encode())
        if size > MOST_BYTES:
            raise PlanError(f"policy: {size} bytes; RAM takes {MOST_BYTES}", cloud=CLOUD)

    # --- reading -----------------------------------------------------------

    def find(self) -> Document | None:
        found = self._look("EntityNotExist.User", f"read the RAM user {self.user}", "GetUser", UserName=self.user)
        if found is None:
            return None
        return _facts(found["User"])

    def document(self) -> Document | None:
        what = f"read the policy {self.policy}"
        found = self._look("EntityNotExist.Policy", what, "GetPolicy", PolicyName=self.policy, PolicyType="Custom")
        if found is None:
            return None
        self._holders = int(found["Policy"].get("AttachmentCount") or 0)
        return t.cast("Document", json.loads(found["DefaultPolicyVersion"]["PolicyDocument"]))

    def shared(self) -> bool:
        return self._holders > (self.own in self._attached)

    def attached(self) -> list[str]:
        found = self._ram.read(f"read the policies of {self.user}", "ListPoliciesForUser", UserName=self.user)
        self._attached = [f"{each['PolicyType']}:{each['PolicyName']}" for each in found["Policies"]["Policy"]]
        return self._attached

    def keys(self) -> list[AccessKey]:
        found = self._ram.read(f"list the access keys of {self.user}", "ListAccessKeys", UserName=self.user)
        return [_key(each) for each in found["AccessKeys"]["AccessKey"]]

    def caller(self) -> str:
        found = Rpc(STS, self._credentials, self._traffic).read("ask who the access key belongs to", "GetCallerIdentity")
        return str(found.get("UserId") or "")

    def accepts(self, key_id: str, secret: str) -> bool:
        """Asks who the key belongs to, which every key may."""
        sts = Rpc(STS, Credentials(key_id, secret), self._traffic)
        try:
            sts.read(f"try the access key {key_id}", "GetCallerIdentity")
        except CloudError as error:
            if error.code not in REFUSED:
                raise
            return False
        return True

    # --- writing -----------------------------------------------------------

    def create(self, facts: Document) -> Document:
        wire = {FACTS[name]: value for name, value in facts.items()}
        return _facts(self._ram.write(f"create the RAM user {self.user}", "CreateUser", UserName=self.user, **wire)["User"])

    def update(self, facts: Document) -> None:
        wire = {f"New{FACTS[name]}": value for name, value in facts.items()}
        self._write(f"update the RAM user {self.user}", "UpdateUser", UserName=self.user, **wire)

    def delete(self) -> None:
        self._write(f"delete the RAM user {self.user}", "DeleteUser", UserName=self.user)

    def write_policy(self, document: Document, *, there: bool) -> None:
        what, text = f"write the policy {self.policy}", _text(document)
        if there:
            self._ram.write(
                what, "CreatePolicyVersion", PolicyName=self.policy, PolicyDocument=text, SetAsDefault="true", RotateStrategy=ROOM
            )
        else:
            self._ram.write(what, "CreatePolicy", PolicyName=self.policy, PolicyDocument=text)

    def delete_policy(self) -> None:
        self._write(f"delete the policy {self.policy}", "DeletePolicy", PolicyName=self.policy, CascadingDelete="true")

    def attach(self) -> None:
        self._rights(f"attach {self.own} to {self.user}", "AttachPolicyToUser", self.own)

    def detach(self, policy: str) -> None:
        self._rights(f"detach {policy} from {self.user}", "DetachPolicyFromUser", policy)

    def create_key(self) -> AccessKey:
        made = self._ram.write(f"make an access key for {self.user}", "CreateAccessKey", UserName=self.user)
        return _key(made["AccessKey"])

    def disable_key(self, key_id: str) -> None:
        what = f"disable the access key {key_id}"
        self._write(what, "UpdateAccessKey", UserName=self.user, UserAccessKeyId=key_id, Status="Inactive")

    def delete_key(self, key_id: str) -> None:
        self._write(f"delete the access key {key_id}", "DeleteAccessKey", UserName=self.user, UserAccessKeyId=key_id)

    # --- below -------------------------------------------------------------

    def _look(self, absent: str, what: str, action: str, **params: str) -> Document | None:
        try:
            return self._ram.read(what, action, **params)
        except CloudError as error:
            if error.code != absent:
                raise
            return None

    def _rights(self, what: str, action: str, policy: str) -> None:
        kind, name = policy.split(":", maxsplit=1)
        self._write(what, action, UserName=self.user, PolicyType=kind, PolicyName=name)

    def _write(self, what: str, action: str, **params: str) -> None:
        """A write that does no harm when it is carried out twice."""
        self._ram.write(what, action, repeatable=True, **params)


def _facts(user: Document) -> Document:
    return {"id": str(user["UserId"]), **{name: user.get(wire) or "" for name, wire in FACTS.items()}}


def _key(key: Document) -> AccessKey:
    created = datetime.strptime(key["CreateDate"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return AccessKey(key["AccessKeyId"], key["Status"] == "Active", created, key.get("AccessKeySecret", ""))


def _text(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def ram_user(host: Host, traffic: Traffic) -> AppUser:
    """The user of a task's options."""
    params = host.params
    directory = RamDirectory(params["name"], params["policy_name"] or params["name"], credentials_of(host), traffic)
    return AppUser(host, traffic, KIND, directory, {name: params[name] for name in FACTS}, SOURCE)
