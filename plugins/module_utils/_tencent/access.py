# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a user of Tencent Cloud may do: by the policies where the key may read them, else by what it can be seen to read."""

from __future__ import annotations

import json
import typing as t

from .._core.access import GRANTED, MISSING, Access, Right, Verdict, unknown
from .._core.apply import side_by_side
from .._core.errors import CloudError
from .._core.statements import judge, statements
from .client import CAM, STS, Client, Product
from .credentials import CLOUD, credentials_of

ROLE = ("tencent_ses",)
# "CAM-enabled API: SES" (product/598/70009). Its actions know no resources.
READING = ("GetEmailIdentity", "ListEmailIdentities", "ListEmailAddress", "ListEmailTemplates", "GetEmailTemplate")
WRITING = (
    "CreateEmailIdentity",
    "UpdateEmailIdentity",
    "CreateEmailAddress",
    "DeleteEmailAddress",
    "CreateEmailTemplate",
    "UpdateEmailTemplate",
    "SendEmail",
    "GetSendEmailStatus",
)
# "CAM-enabled API: CAM": what the role app_identities calls.
IDENTITIES = ("app_identities",)
LOOKING = ("GetUser", "ListPolicies", "GetPolicy", "ListAttachedUserPolicies", "ListAccessKeys")
KEEPING = (
    "AddUser",
    "UpdateUser",
    "DeleteUser",
    "CreatePolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "AttachUserPolicy",
    "DetachUserPolicy",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
)
RIGHTS = (
    *(Right(f"ses:{name}", ROLE, write=False) for name in READING),
    *(Right(f"ses:{name}", ROLE, write=True) for name in WRITING),
    *(Right(f"cam:{name}", IDENTITIES, write=False) for name in LOOKING),
    *(Right(f"cam:{name}", IDENTITIES, write=True) for name in KEEPING),
)
# With these a key can say by itself what it may do; nothing but preflight uses them.
READ_BACK = ("cam:ListAttachedUserPolicies", "cam:ListGroupsForUser", "cam:ListAttachedGroupPolicies", "cam:GetPolicy")
DENIED = "AuthFailure.UnauthorizedOperation"
NOBODY_SAYS = f"this key may not read its own policies ({READ_BACK[0]})"
PAGE = 200  # the most that CAM gives in one answer
# Reads that cost nothing and need nothing to be there, by the right that they need.
PROBES: dict[str, dict[str, int]] = {
    "ses:ListEmailIdentities": {},
    "ses:ListEmailAddress": {},
    "ses:ListEmailTemplates": {"Limit": 1, "Offset": 0},
}
Policy = dict[str, t.Any]


class TencentAccess(Access):
    cloud = CLOUD
    rights = RIGHTS
    policy, reader_policy = "tencent-cam-policy.json", "tencent-reader-cam-policy.json"

    def identify(self) -> dict[str, t.Any]:
        found = self._client(STS).call("ask who the access key belongs to", "GetCallerIdentity")
        self._user, self._kind = int(found["UserId"]), str(found["Type"])
        return {"account": found["AccountId"], "type": self._kind, "arn": found["Arn"]}

    def judge(self, rights: t.Sequence[Right]) -> list[Verdict]:
        if self._kind == "RootAccount":
            return [GRANTED] * len(rights)  # the account itself may do everything
        documents = self._documents()
        if documents is not None:
            granted = statements(documents)
            return [judge(granted, right.name, "*") for right in rights]
        tried = [right.name for right in rights if right.name in PROBES]
        seen = dict(zip(tried, side_by_side(self._passes, tried), strict=True))
        return [seen.get(right.name) or unknown(NOBODY_SAYS) for right in rights]

    def _documents(self) -> list[Policy] | None:
        """The policies of the user and his groups; None if they cannot be read."""
        self._cam = self._client(CAM)
        try:
            return side_by_side(self._document, self._attached())
        except CloudError as error:
            if error.failure["retryable"]:
                raise
            return None

    def _attached(self) -> list[int]:
        what = f"read the policies of the user {self._user}"
        own = self._pages(what, "ListAttachedUserPolicies", "List", TargetUin=self._user)
        groups = self._pages(what, "ListGroupsForUser", "GroupInfo", SubUin=self._user)
        of_groups = [self._pages(what, "ListAttachedGroupPolicies", "List", TargetGroupId=group["GroupId"]) for group in groups]
        return [int(policy["PolicyId"]) for found in (own, *of_groups) for policy in found]

    def _pages(self, what: str, action: str, items: str, **parameters: int) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = []
        while True:
            page = self._cam.call(what, action, Page=len(found) // PAGE + 1, Rp=PAGE, **parameters)[items] or []
            found += page
            if len(page) < PAGE:
                return found

    def _document(self, policy: int) -> Policy:
        found = self._cam.call(f"read the policy {policy}", "GetPolicy", PolicyId=policy)
        return t.cast("Policy", json.loads(found["PolicyDocument"]))

    def _passes(self, right: str) -> Verdict:
        action = right.partition(":")[2]
        try:
            self._ses.call(f"see whether the key has {right}", action, **PROBES[right])
        except CloudError as error:
            if error.code == DENIED:
                return MISSING
            if error.failure["retryable"]:
                raise
        return GRANTED

    @property
    def _ses(self) -> Client:
        return Client.of(self.host, self.traffic)

    def _client(self, product: Product) -> Client:
        return Client(credentials_of(self.host), self.host.params["region"], self.traffic, product=product)
