# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Domains of one's own in front of a bucket: a token, published in DNS, proves that the domain is ours, then it is bound."""

from __future__ import annotations

import typing as t

from ..._core.apply import side_by_side
from ..._core.errors import CloudError
from ..._core.plan import State
from ..._core.unknown import KNOWN_AFTER_APPLY
from ..._core.wait import Wait
from ..credentials import CLOUD
from .client import Client
from .documents import Element, build, parse, text

UNVERIFIED = "NeedVerifyDomainOwnership"


class Cnames:
    """The domains bound to one bucket."""

    def __init__(self, client: Client, bucket: str, wait: Wait, warn: t.Callable[[str], None]) -> None:
        self._client = client
        self._bucket = bucket
        self._wait = wait
        self._warn = warn

    def read(self) -> list[State]:
        """The domains that are bound."""
        what = f"read the domains of {self._bucket}"
        try:
            answer = self._client.get(what, self._bucket, "cname")
        except CloudError as error:
            if error.code == "NoSuchBucket":
                return []
            raise
        return [_as_declared(each) for each in parse(what, answer.body).findall("Cname")]

    def proofs(self, domains: t.Sequence[str]) -> dict[str, State]:
        """The TXT records of those domains whose token lives, which is three days."""
        return {domain: record for domain, record in zip(domains, side_by_side(self._proof, domains), strict=True) if record}

    def _proof(self, domain: str) -> State | None:
        what = f"read the token of {domain}"
        try:
            answer = self._client.get(what, self._bucket, "cname&comp=token", cname=domain)
        except CloudError as error:
            if error.code in ("CnameTokenNotFound", "NoSuchBucket"):
                return None
            raise
        return verification(domain, text(parse(what, answer.body), "Token"))

    def add(self, cname: State) -> State:
        """Bind a domain if its TXT record can be seen, waiting for it as long as the task says.

        Returns status and verification. A domain that stays unverified is no failure: the record has to be published first,
        and it is this very result that names it.
        """
        domain = cname["domain"]
        what = f"bind {domain} to {self._bucket}"
        answer = self._client.send(f"get the token of {domain}", "POST", self._bucket, "cname&comp=token", _document({"domain": domain}))
        record = verification(domain, text(parse(what, answer.body), "Token"))
        try:
            self._wait.until(what, lambda: self._try(what, cname), lambda seen: seen is None, str, cloud=CLOUD)
        except CloudError as error:
            if error.code != "timeout":
                raise
            self._warn(f"{domain} is not bound to {self._bucket} yet: publish the TXT record {record['name']}, then run again")
            return {"status": "unverified", "verification": record}
        return {"status": "Enabled", "verification": record}

    def certify(self, cname: State) -> None:
        """Another certificate for a domain that is bound."""
        self._client.send(f"certify {cname['domain']}", "POST", self._bucket, "cname&comp=add", _document(cname))

    def remove(self, domain: str) -> None:
        what = f"unbind {domain} from {self._bucket}"
        try:
            self._client.send(what, "POST", self._bucket, "cname&comp=delete", _document({"domain": domain}))
        except CloudError as error:
            if error.code != "NoSuchCname":
                raise

    def _try(self, what: str, cname: State) -> str | None:
        """None once it is bound, else what OSS still misses."""
        try:
            self._client.send(what, "POST", self._bucket, "cname&comp=add", _document(cname))
        except CloudError as error:
            if error.code != UNVERIFIED:
                raise
            return "the TXT record is not seen yet"
        return None


def verification(domain: str, token: str = KNOWN_AFTER_APPLY) -> State:
    """The DNS record that proves the ownership of a domain, as the modules for DNS take it."""
    return {"name": f"_dnsauth.{domain.removeprefix('*.')}", "type": "TXT", "content": token}


def _as_declared(cname: Element) -> State:
    certificate = text(cname, "Certificate/CertId")
    return {
        "domain": text(cname, "Domain").casefold(),
        "status": text(cname, "Status"),
        **({"certificate_id": certificate} if certificate else {}),
    }


def _document(cname: State) -> bytes:
    certificate = {"CertId": cname["certificate_id"], "Force": True} if cname.get("certificate_id") else None
    return build("BucketCnameConfiguration", {"Cname": {"Domain": cname["domain"], "CertificateConfiguration": certificate}})
