# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CDN service: its state, and what takes time in it.

State: `domains` by name; `verified_roots`; `verify_contents` by root; `icp_filings`, the roots with an ICP filing (empty: only the
scope `overseas` is open to them); `opened`, whether the account has activated the product.
"""

from __future__ import annotations

import re
import time
import typing as t
from datetime import UTC, datetime

from sandbox.clouds.alibaba.gateway import Call, Rpc
from sandbox.http import Actions, Reply

SDK = "alibabacloud-cdn20180510 and help.aliyun.com/cdn/developer-reference/api-cdn-2018-05-10"
SECOND_LEVEL = frozenset({"com", "net", "org", "gov", "edu", "co", "ac"})
LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
DOMAIN_NAME = re.compile(rf"\.?{LABEL}(\.{LABEL})+")

Domain = dict[str, t.Any]


class Cdn(Rpc):
    name = "cdn"
    product = "Cdn"
    version = "2018-05-10"
    hosts = ("cdn.aliyuncs.com",)
    actions: t.ClassVar[Actions] = Actions()

    def seed(self) -> dict[str, t.Any]:
        return {"opened": True, "domains": {}, "verified_roots": [], "verify_contents": {}, "icp_filings": [], "last_id": 301197301040000}

    def resource(self, call: Call) -> str:
        name = call.args.get("DomainName") or call.args.get("DomainNames")
        return f"acs:cdn:*:{self.account}:domain/{name}" if name else super().resource(call)

    # --- domains ---------------------------------------------------------

    @property
    def domains(self) -> dict[str, Domain]:
        """All domains, with what has come due since the last look."""
        domains = t.cast("dict[str, Domain]", self.data["domains"])
        now = time.time()
        for name, domain in list(domains.items()):
            if domain["due"] is None or domain["due"] > now:
                continue
            if domain["then"] == "deleted":
                del domains[name]
                continue
            domain.update(DomainStatus=domain["then"], due=None, Cname=f"{name.lstrip('.')}.w.kunlunaq.com")
        return domains

    def domain(self, call: Call, name: str | None = None) -> Domain:
        wanted = name or call.need("DomainName")[0]
        found = self.domains.get(wanted)
        if found is None:
            raise call.refuse(404, "InvalidDomain.NotFound", "The domain does not exist, or it does not belong to you.")
        return found

    def idle(self, call: Call, name: str | None = None) -> Domain:
        """A domain that can be changed now: one change at a time."""
        self.require_opened(call)
        domain = self.domain(call, name)
        if domain["due"] is not None:
            raise call.refuse(403, "ServiceBusy", "The specified domain is being configured; please try again later.")
        return domain

    def begin(self, domain: Domain, status: str, operation: str, usual: float, then: str) -> None:
        """Put a domain in a passing status until the operation is done."""
        domain.update(DomainStatus=status, due=time.time() + self.seconds(operation, usual), then=then, GmtModified=timestamp())

    def configure(self, domain: Domain) -> None:
        """A change of the domain itself spreads to the edge; it is then as it was before, online or offline."""
        self.begin(domain, "configuring", "cdn.configure", 0.8, domain["DomainStatus"])

    def require_opened(self, call: Call) -> None:
        if not self.data["opened"]:
            raise call.refuse(403, "CdnServiceNotFound", "Your account does not open CDN service yet.")

    def require_filing(self, call: Call, name: str, scope: str) -> None:
        """Serving from the Chinese mainland takes an ICP filing of the domain."""
        if scope != "overseas" and root_of(name) not in self.data["icp_filings"]:
            raise call.refuse(404, "DomainNotRegistration", "The Domain name is not registered")

    def new_id(self) -> int:
        self.data["last_id"] += 17
        return t.cast(int, self.data["last_id"])


def root_of(name: str) -> str:
    """The registered domain: two labels, three under com.cn and its like."""
    labels = name.strip(".").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else labels[-2:])


def timestamp(moment: float | None = None) -> str:
    return datetime.fromtimestamp(time.time() if moment is None else moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@Cdn.actions.add("DescribeCdnService", write=False, verified="sdk", source=SDK)
def describe_service(cdn: Cdn, call: Call) -> Reply:
    cdn.require_opened(call)
    return call.reply(
        {
            "InstanceId": f"cdn_dcdnserviceconfig_public_cn-{cdn.account}",
            "InternetChargeType": "PayByTraffic",
            "OpeningTime": "2025-01-15T02:00:00Z",
            "ChangingChargeType": "",
            "ChangingAffectTime": "",
            "OperationLocks": {"LockReason": []},
        }
    )


@Cdn.actions.add("OpenCdnService", write=True, verified="assumed", source="SDK for the shape; the answer to an open account is assumed")
def open_service(cdn: Cdn, call: Call) -> Reply:
    (charge,) = call.need("InternetChargeType")
    if charge != "PayByTraffic":
        raise call.refuse(400, "InvalidInternetChargeType.Malformed", "The specified InternetChargeType is invalid.")
    if cdn.data["opened"]:
        raise call.refuse(400, "CdnServiceAlreadyOpened", "Your account has already opened CDN service.")
    cdn.data["opened"] = True
    return call.reply()
