# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What CDN does to one domain, and how it is waited for: changes spread for minutes, and one at a time."""

from __future__ import annotations

import json
import typing as t

from ..._core.errors import CloudError
from ..._core.wait import Wait
from ..credentials import CLOUD
from ..rpc import Rpc

PASSING = ("configuring", "checking", "stopping", "deleting")
FAILED = ("check_failed", "configure_failed")
GONE = "gone"
BUSY = "ServiceBusy"
UNPROVEN = "DomainOwnerVerifyFail"
_SECOND_LEVEL = frozenset({"com", "net", "org", "gov", "edu", "co", "ac"})

Detail = dict[str, t.Any]


class DomainApi:
    """Calls about one accelerated domain. wait: for changes to spread; proof: for a new DNS record to be seen."""

    def __init__(self, rpc: Rpc, name: str, wait: Wait, proof: Wait) -> None:
        self._rpc = rpc
        self.name = name
        self._wait = wait
        self._proof = proof

    # --- reading ---------------------------------------------------------------

    def detail(self) -> Detail | None:
        """The domain; None if there is none."""
        try:
            answer = self._read("read the domain", "DescribeCdnDomainDetail", DomainName=self.name)
        except CloudError as error:
            if error.code == "InvalidDomain.NotFound":
                return None
            raise
        return t.cast(Detail, answer["GetDomainDetailModel"])

    def certificate(self) -> dict[str, t.Any]:
        answer = self._read("read the certificate of", "DescribeDomainCertificateInfo", DomainName=self.name)
        found = (answer.get("CertInfos") or {}).get("CertInfo") or [{}]
        return t.cast("dict[str, t.Any]", found[0])

    def configs(self) -> list[dict[str, t.Any]]:
        answer = self._read("read the functions of", "DescribeCdnDomainConfigs", DomainName=self.name)
        return t.cast("list[dict[str, t.Any]]", (answer.get("DomainConfigs") or {}).get("DomainConfig") or [])

    def tags(self) -> dict[str, str]:
        """Tags of the user's own; those of the platform begin with acs: and cannot be written."""
        answer = self._read("read the tags of", "DescribeTagResources", ResourceType="DOMAIN", **{"ResourceId.1": self.name})
        found = [tag for each in answer.get("TagResources") or () for tag in each.get("Tag") or ()]
        return {tag["Key"]: tag.get("Value") or "" for tag in found if not tag["Key"].startswith("acs:")}

    def verify_content(self) -> str:
        """What the TXT record at the root of the domain must say."""
        return str(self._read("read the proof of ownership of", "DescribeVerifyContent", DomainName=self.name)["Content"])

    # --- writing ---------------------------------------------------------------

    def add(self, **params: str) -> Detail:
        """Add the domain and wait until it is online. Proves the ownership of its root first, if that is asked for."""
        what = f"add the domain {self.name}"
        try:
            self.change(what, "AddCdnDomain", **params)
        except CloudError as error:
            if error.code != UNPROVEN:
                raise
            self._prove(what)
            self.change(what, "AddCdnDomain", **params)
        return self.settled(what)

    def change(self, what: str, action: str, **params: str) -> None:
        """An action on the domain by name."""
        self.write(what, action, DomainName=self.name, **params)

    def spread(self, what: str, action: str, **params: str) -> None:
        """A change of the domain itself, and the time that it takes to reach the edge."""
        self.change(what, action, **params)
        self.settled(what)

    def tag(self, what: str, action: str, **params: str) -> None:
        """An action on the tags of the domain."""
        self.write(what, action, **{"ResourceType": "DOMAIN", "ResourceId.1": self.name, **params})

    def write(self, what: str, action: str, **params: str) -> dict[str, t.Any]:
        """One change, as soon as the one before it has spread."""

        def attempt() -> dict[str, t.Any] | CloudError:
            try:
                return self._rpc.write(what, action, repeatable=action != "AddCdnDomain", **params)
            except CloudError as error:
                if error.code == BUSY:
                    return error
                raise

        waiting = "another change of the domain is under way"
        done = self._wait.until(what, attempt, lambda seen: not isinstance(seen, CloudError), lambda seen: waiting, cloud=CLOUD)
        return t.cast("dict[str, t.Any]", done)

    def settled(self, what: str) -> Detail:
        """The domain once nothing is under way any more. Raises CloudError when it ended badly."""
        seen = self._wait.until(what, self.detail, lambda seen: _status(seen) not in PASSING, _status, cloud=CLOUD)
        if seen is None or seen["DomainStatus"] in FAILED:
            raise CloudError(what, f"{self.name} is {_status(seen)}", cloud=CLOUD, code=_status(seen), hint="The CDN console says why")
        return seen

    def switch(self, what: str, wanted: str) -> Detail:
        """Start or stop the domain, if it is not so by itself once it has settled."""
        seen = self.settled(what)
        if seen["DomainStatus"] != wanted:
            self.change(what, "StartCdnDomain" if wanted == "online" else "StopCdnDomain")
            seen = self.settled(what)
        return seen

    def delete(self, what: str) -> None:
        """Delete the domain and wait until it is gone."""
        seen = self.detail()
        if seen and seen["DomainStatus"] != "deleting":
            try:
                self.change(what, "DeleteCdnDomain")
            except CloudError as error:
                if error.code != "InvalidDomain.NotFound":
                    raise
        self._wait.until(what, self.detail, lambda seen: seen is None, _status, cloud=CLOUD)

    def set_functions(self, what: str, functions: t.Sequence[dict[str, t.Any]]) -> None:
        """Set functions and wait until they have reached the edge."""
        answer = self.write(what, "BatchSetCdnDomainConfig", DomainNames=self.name, Functions=json.dumps(functions))
        ids = {str(each["ConfigId"]) for each in answer["DomainConfigList"]["DomainConfigModel"]}

        def look() -> dict[str, str]:
            return {each["FunctionName"]: each.get("Status") or "" for each in self.configs() if str(each["ConfigId"]) in ids}

        seen = self._wait.until(
            what, look, lambda seen: not {"configuring", "testing"} & {*seen.values()}, lambda seen: "still spreading", cloud=CLOUD
        )
        failed = sorted(name for name, status in seen.items() if status == "failed")
        if failed:
            raise CloudError(what, f"{', '.join(failed)} failed to spread", cloud=CLOUD, code="configure_failed", retryable=True)

    # --- below -------------------------------------------------------------------

    def _prove(self, what: str) -> None:
        """Let the service look for the TXT record, as long as DNS may take to show a new one."""
        last: list[CloudError] = []

        def attempt() -> bool:
            try:
                self._rpc.write(what, "VerifyDomainOwner", repeatable=True, DomainName=self.name, VerifyType="dnsCheck")
            except CloudError as error:
                if error.code != UNPROVEN:
                    raise
                last[:] = [error]
                return False
            return True

        try:
            self._proof.until(what, attempt, bool, lambda seen: "the TXT record is not seen yet", cloud=CLOUD)
        except CloudError as error:
            if error.code != "timeout" or not last:
                raise
            record = verification(self.name, self.verify_content())
            raise CloudError(
                what,
                "the ownership of the root domain is not proven",
                cloud=CLOUD,
                code=UNPROVEN,
                status=last[0].status,
                request_id=last[0].failure["request_id"],
                hint=f"Publish the TXT record {record['name']} with the content {record['content']}"
                " (the module cdn_domain_info returns it), then run again",
            ) from None

    def _read(self, what: str, action: str, **params: t.Any) -> dict[str, t.Any]:
        return self._rpc.read(f"{what} {self.name}", action, **params)


def _status(seen: Detail | None) -> str:
    return str(seen["DomainStatus"]) if seen else GONE


def root_of(name: str) -> str:
    """The registered domain: two labels, or three under com.cn and its like."""
    labels = name.strip(".").split(".")
    three = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if three else -2 :])


def verification(name: str, content: str) -> dict[str, str]:
    """The TXT record that proves the ownership of a domain's root, as the modules for DNS take it."""
    return {"name": f"verification.{root_of(name)}", "type": "TXT", "content": content}


def pointing(name: str, cname: str | None) -> list[dict[str, t.Any]]:
    """The CNAME record that sends visitors to the edge, if its target is known or will be. Never through another proxy."""
    host = f"*{name}" if name.startswith(".") else name
    return [{"name": host, "type": "CNAME", "content": cname, "proxied": False}] if cname else []
