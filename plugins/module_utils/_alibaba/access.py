# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a RAM user or role may do: by its policies where it may read them, else by what it can be seen to read."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._core.access import GRANTED, MISSING, Access, Right, Verdict, unknown
from .._core.apply import side_by_side
from .._core.errors import CloudError
from .._core.statements import judge, statements
from .credentials import CLOUD, credentials_of
from .modelstudio.client import REGIONS, ModelStudio
from .oss.client import Client as Oss
from .rpc import CDN, RAM, STS, Rpc


@dataclass(frozen=True)
class Action(Right):
    """An action of RAM's. resource: what the policy grants it for."""

    resource: str = "*"


def _actions(role: str, product: str, read: str, write: str) -> tuple[Action, ...]:
    return (
        *(Action(f"{product}:{name}", (role,), False) for name in read.split()),
        *(Action(f"{product}:{name}", (role,), True) for name in write.split()),
    )


# RAM names an action after the API (help.aliyun.com: "RAM authorization" of OSS, CDN, Model Studio and RAM).
RIGHTS = (
    *_actions(
        "oss",
        "oss",
        "ListBuckets GetBucketInfo GetBucketAcl GetBucketPublicAccessBlock GetBucketVersioning GetBucketEncryption"
        " GetBucketTransferAcceleration GetBucketAccessMonitor GetBucketCors GetBucketLifecycle GetBucketReplication"
        " GetBucketReplicationProgress GetBucketPolicy GetBucketTagging GetBucketLogging GetBucketReferer GetBucketWebsite"
        " GetBucketHttpsConfig ListCname GetCnameToken",
        "PutBucket PutBucketAcl PutBucketPublicAccessBlock PutBucketVersioning PutBucketEncryption DeleteBucketEncryption"
        " PutBucketTransferAcceleration PutBucketAccessMonitor PutBucketCors DeleteBucketCors PutBucketLifecycle DeleteBucketLifecycle"
        " PutBucketReplication DeleteBucketReplication PutBucketRtc PutBucketPolicy DeleteBucketPolicy PutBucketTagging"
        " DeleteBucketTagging PutBucketLogging DeleteBucketLogging PutBucketReferer PutBucketWebsite DeleteBucketWebsite"
        " PutBucketHttpsConfig CreateCnameToken PutCname DeleteCname",
    ),
    *_actions(
        "cdn",
        "cdn",
        "DescribeCdnDomainDetail DescribeDomainCertificateInfo DescribeCdnDomainConfigs DescribeTagResources DescribeVerifyContent",
        "AddCdnDomain ModifyCdnDomain ModifyCdnDomainSchdmByProperty StartCdnDomain StopCdnDomain SetCdnDomainSSLCertificate"
        " BatchSetCdnDomainConfig DeleteSpecificConfig VerifyDomainOwner TagResources UntagResources",
    ),
    *_actions(
        "dashscope",
        "modelstudio",
        "ListApiKeys ListModelLimits",
        "CreateApiKey UpdateApiKey EnableApiKey DisableApiKey ResetApiKey DeleteApiKey UpdateModelLimits",
    ),
    *_actions("alibaba_existing", "vpc", "DescribeVpcs", ""),
    *_actions("alibaba_existing", "dds", "DescribeDBInstanceAttribute", ""),
    *_actions(
        "alibaba_vpn",
        "vpc",
        "DescribeVpnGateway DescribeVpnConnections DescribeCustomerGateways",
        "CreateCustomerGateway CreateVpnConnection ModifyVpnConnectionAttribute",
    ),
    *_actions(
        "app_identities",
        "ram",
        "GetUser GetPolicy ListPoliciesForUser ListAccessKeys",
        "CreateUser UpdateUser DeleteUser CreatePolicy CreatePolicyVersion DeletePolicy AttachPolicyToUser DetachPolicyFromUser"
        " CreateAccessKey UpdateAccessKey DeleteAccessKey",
    ),
)
# With these a key can say by itself what it may do; nothing but preflight uses them.
READ_BACK = ("ram:ListPoliciesForUser", "ram:ListGroupsForUser", "ram:ListPoliciesForGroup", "ram:ListPoliciesForRole", "ram:GetPolicy")
# Refusals that mean a missing right. Any other answer means that RAM has let the call through.
DENIED = frozenset({"AccessDenied", "NoPermission", "Forbidden.RAM", "Forbidden", "NoPermission.RAM"})
NOBODY_SAYS = f"this key may not read its own policies ({READ_BACK[0]})"
NO_DOMAIN = "preflight.invalid"  # RFC 2606: nobody has it
Policy = dict[str, t.Any]


class AlibabaAccess(Access):
    cloud = CLOUD
    rights = RIGHTS
    policy, reader_policy = "alibaba-ram-policy.json", "alibaba-reader-ram-policy.json"

    def identify(self) -> dict[str, t.Any]:
        found = Rpc.of(self.host, self.traffic, STS).read("ask who the access key belongs to", "GetCallerIdentity")
        self._kind, self._arn = str(found["IdentityType"]), str(found["Arn"])
        return {"account": found["AccountId"], "type": self._kind, "arn": self._arn}

    def judge(self, rights: t.Sequence[Right]) -> list[Verdict]:
        if self._kind == "Account":
            return [GRANTED] * len(rights)  # the account itself may do everything
        documents = self._documents()
        if documents is not None:
            granted = statements(documents)
            return [judge(granted, right.name, t.cast(Action, right).resource) for right in rights]
        tried = {name: probe for name, probe in self._probes().items() if any(right.name == name for right in rights)}
        seen = dict(zip(tried, side_by_side(_passes, list(tried.values())), strict=True))
        return [seen.get(right.name) or unknown(NOBODY_SAYS) for right in rights]

    # --- its policies -----------------------------------------------------------

    def _documents(self) -> list[Policy] | None:
        """The policies of the user, his groups or the role; None if they cannot be read."""
        self._ram = Rpc.of(self.host, self.traffic, RAM)
        try:
            return side_by_side(self._document, self._attached())
        except CloudError as error:
            if error.failure["retryable"]:
                raise
            return None

    def _attached(self) -> list[Policy]:
        what, name = f"read the policies of {self._arn}", self._arn.split("/")
        if self._kind == "AssumedRoleUser":
            return self._policies(what, "ListPoliciesForRole", RoleName=name[1])
        groups = self._ram.read(what, "ListGroupsForUser", UserName=name[1])["Groups"]["Group"]
        own = self._policies(what, "ListPoliciesForUser", UserName=name[1])
        return own + [each for group in groups for each in self._policies(what, "ListPoliciesForGroup", GroupName=group["GroupName"])]

    def _policies(self, what: str, action: str, **whose: str) -> list[Policy]:
        return t.cast("list[Policy]", self._ram.read(what, action, **whose)["Policies"]["Policy"])

    def _document(self, policy: Policy) -> Policy:
        name = policy["PolicyName"]
        found = self._ram.read(f"read the policy {name}", "GetPolicy", PolicyName=name, PolicyType=policy["PolicyType"])
        return t.cast("Policy", json.loads(found["DefaultPolicyVersion"]["PolicyDocument"]))

    # --- what it can be seen to read --------------------------------------------

    def _probes(self) -> dict[str, t.Callable[[], object]]:
        """A read for some rights, free of charge and without a thing that has to be there."""
        credentials = credentials_of(self.host)
        oss, cdn = Oss(credentials, "cn-hangzhou", self.traffic), Rpc(CDN, credentials, self.traffic)
        studio = ModelStudio(REGIONS[0], credentials, self.traffic)
        return {
            "oss:ListBuckets": lambda: oss.get("list the buckets", "", **{"max-keys": "1"}),
            "cdn:DescribeCdnDomainDetail": lambda: cdn.read("look a CDN domain up", "DescribeCdnDomainDetail", DomainName=NO_DOMAIN),
            "modelstudio:ListApiKeys": lambda: studio.all("list the API keys", "ListApiKeys", "/modelstudio/apikeys", "apiKeys"),
        }


def _passes(probe: t.Callable[[], object]) -> Verdict:
    try:
        probe()
    except CloudError as error:
        if error.code in DENIED:
            return MISSING
        if error.failure["retryable"]:
            raise
    return GRANTED
