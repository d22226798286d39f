# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""One accelerated domain of CDN with its origins, certificate, functions and tags."""

from __future__ import annotations

import functools
import re
import typing as t
from dataclasses import replace

from ..._core import normal
from ..._core.apply import Step, Waves, side_by_side
from ..._core.errors import PlanError
from ..._core.host import Host
from ..._core.inspect import Inspector
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map, pointer
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY
from ..._core.wait import Wait
from ..credentials import CLOUD
from ..rpc import CDN, Rpc
from . import certificate, functions, origins
from .api import FAILED, PASSING, Detail, DomainApi, pointing, verification

NAME = re.compile(r"\.?((?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)")
PAUSE = 0.5  # seconds before the second look; changes spread in seconds to minutes


def rule_of(secret: t.Collection[str]) -> Map:
    return Map(
        {
            "type": Leaf(immutable=True),
            "scope": Leaf(),
            "status": Leaf(),
            "sources": origins.RULE,
            "certificate": certificate.RULE,
            "functions": functions.rule_of(secret),
            "tags": Leaf(normal=lambda tags: tuple(sorted((tags or {}).items()))),
            "cname": Leaf(normal=normal.dns_name),
        }
    )


class Domain(Reconciler):
    """The options of cdn_domain as a declared domain."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = host.params
        self._params = params
        self._name = name_of(params["name"])
        self._entries, self._absent, secret = functions.declared(params)
        self.kind = Kind(CLOUD, "cdn_domain", rule_of(secret), outputs=("cname",))
        self._api = api_of(host, traffic, self._name)
        self._records: dict[str, functions.Record] = {}
        self._doomed: list[functions.Record] = []
        self._secure = False

    def want(self) -> dict[str, State | None]:
        params = self._params
        if params["state"] == "absent":
            return {self._name: None}
        state = {
            "type": params["type"],
            "scope": params["scope"],
            "status": "online" if params["enabled"] else "offline",
            "sources": origins.declared(params),
            "certificate": certificate.declared(params["certificate"]) if params["certificate"] else None,
            "functions": [{"function": label, "args": each["args"]} for label, each in self._entries.items()] or None,
            "tags": None if params["tags"] is None else {str(key): str(value) for key, value in params["tags"].items()},
        }
        if state["functions"] is None and (self._absent or params["cache_rules"] is not None):
            state["functions"] = []
        return {self._name: {name: value for name, value in state.items() if value is not None}}

    def read(self) -> dict[str, State]:
        detail = self._api.detail()
        if detail is None:
            return {}
        self._secure = detail.get("ServerCertificateStatus") == "on"
        state = basics(detail)
        if state["cname"] is None and state["status"] in PASSING:
            state["cname"] = KNOWN_AFTER_APPLY
        if self._params["state"] == "absent" or state["status"] == "deleting":
            return {self._name: state}
        return {self._name: {**state, **self._read_declared()}}

    def _read_declared(self) -> State:
        """What takes a call of its own, as far as it is declared."""
        looks: dict[str, t.Callable[[], t.Any]] = {}
        if self._params["certificate"]:
            looks["certificate"] = lambda: certificate.present(self._api.certificate())
        if self._entries or self._absent or self._params["cache_rules"] is not None:
            looks["functions"] = self._read_functions
        if self._params["tags"] is not None:
            looks["tags"] = self._api.tags
        return dict(zip(looks, side_by_side(lambda look: look(), list(looks.values())), strict=True))

    def _read_functions(self) -> list[State]:
        purge = functions.CACHE_RULES if self._params["cache_rules"] is not None else ()
        records = functions.records_of(self._api.configs())
        shown, self._records, self._doomed = functions.present(records, self._entries, self._absent, purge)
        return shown

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            status = (change.before or {}).get("status")
            if change.action != "delete" and (status == "deleting" or status in FAILED):
                raise PlanError(
                    f"the domain {self._name} is {status}",
                    code=status,
                    cloud=CLOUD,
                    hint="Wait until it is gone, then run again" if status == "deleting" else "The CDN console says why; delete it there",
                )
            if change.action == "create" and not (change.after or {}).get("sources"):
                raise PlanError(f"the domain {self._name} does not exist yet: it needs sources, or origin_bucket", cloud=CLOUD)
            if change.after:
                self._refuse_without_certificate(change.after)

    def _refuse_without_certificate(self, after: State) -> None:
        """Visitors would be sent to an address that cannot prove itself."""
        kind = (after.get("certificate") or {}).get("type")
        secure = self._secure if kind is None else kind != "none"
        if self._params["force_https"] and not secure:
            raise PlanError(
                f"force_https of {self._name} needs a certificate", cloud=CLOUD, hint="Give certificate, or leave force_https out"
            )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(title, call)] for change in plan for title, call in self._steps(change)]

    def _steps(self, change: Change) -> t.Iterator[tuple[str, t.Callable[[], t.Mapping[str, State] | None]]]:
        """One after the other: the service takes one change of a domain at a time."""
        name, after = self._name, change.after or {}
        if change.action == "delete":
            yield change.title, functools.partial(self._api.delete, change.title)
            return
        if change.action == "create":
            yield change.title, lambda: {name: {"cname": self._api.add(**self._creation(after))["Cname"]}}
        elif change.touches("scope"):
            coverage = f'{{"coverage":"{after["scope"]}"}}'
            yield self._step(f"change the scope of {name}", "ModifyCdnDomainSchdmByProperty", Property=coverage)
        if change.action == "update" and change.touches("sources"):
            yield self._step(f"change the origins of {name}", "ModifyCdnDomain", Sources=origins.wire(after["sources"]))
        if change.touches("certificate"):
            wire = certificate.wire(after["certificate"], self._params["certificate"])
            yield self._step(f"set the certificate of {name}", "SetCdnDomainSSLCertificate", **wire)
        if change.touches("functions"):
            yield from self._function_steps(change)
        if change.action == "update" and change.touches("tags"):
            yield from self._tag_steps((change.before or {}).get("tags") or {}, after["tags"])
        if after["status"] == "offline" if change.action == "create" else change.touches("status"):
            yield f"bring {name} {after['status']}", functools.partial(self._switch, after["status"])

    def _step(self, what: str, action: str, **params: str) -> tuple[str, t.Callable[[], None]]:
        return what, functools.partial(self._api.spread, what, action, **params)

    def _function_steps(self, change: Change) -> t.Iterator[tuple[str, t.Callable[[], None]]]:
        # Removed first: some functions cannot stand beside each other.
        if self._doomed:
            what = f"remove {len(self._doomed)} functions of {self._name}"
            ids = ",".join(each["id"] for each in self._doomed)
            yield what, functools.partial(self._api.change, what, "DeleteSpecificConfig", ConfigId=ids)
        touched = {each.path.split("/")[2] for each in change.differences if each.path.startswith("/functions/") and each.after is not None}
        wanted = [
            functions.wire(entry, self._records.get(label)) for label, entry in self._entries.items() if pointer("", label)[1:] in touched
        ]
        for start in range(0, len(wanted), functions.BATCH):
            batch = wanted[start : start + functions.BATCH]
            what = f"set {', '.join(dict.fromkeys(each['functionName'] for each in batch))} of {self._name}"
            yield what, functools.partial(self._api.set_functions, what, batch)

    def _tag_steps(self, before: dict[str, str], after: dict[str, str]) -> t.Iterator[tuple[str, t.Callable[[], None]]]:
        gone = [key for key in before if key not in after]
        fresh = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            what, keys = f"remove tags of {self._name}", {f"TagKey.{number}": key for number, key in enumerate(gone, 1)}
            yield what, functools.partial(self._api.tag, what, "UntagResources", **keys)
        if fresh:
            what = f"tag {self._name}"
            yield what, functools.partial(self._api.tag, what, "TagResources", **_tags(fresh))

    def _switch(self, wanted: str) -> dict[str, State]:
        return {self._name: {"cname": self._api.switch(f"bring {self._name} {wanted}", wanted)["Cname"]}}

    def _creation(self, after: State) -> dict[str, str]:
        return {
            "CdnType": after.get("type") or "web",
            "Sources": origins.wire(after["sources"]),
            **({"Scope": after["scope"]} if after.get("scope") else {}),
            **_tags(after.get("tags") or {}),
        }

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        if state is None:
            return {"domain": None, "dns_records": []}
        if state.get("certificate"):
            state = {**state, "certificate": {name: value for name, value in state["certificate"].items() if name != "private_key"}}
        return {"domain": {"name": self._name, **state}, "dns_records": pointing(self._name, state.get("cname"))}


def _tags(tags: t.Mapping[str, str]) -> dict[str, str]:
    return {
        name: text
        for number, (key, value) in enumerate(tags.items(), 1)
        for name, text in ((f"Tag.{number}.Key", key), (f"Tag.{number}.Value", value))
    }


def name_of(text: str) -> str:
    """A domain as CDN names it: lower case, a wildcard as a leading dot. Raises PlanError."""
    name = normal.dns_name(text).removeprefix("*")
    if not NAME.fullmatch(name):
        raise PlanError(f"{text} is not a valid domain name for CDN", cloud=CLOUD)
    return str(name)


def api_of(host: Host, traffic: Traffic, name: str) -> DomainApi:
    """The calls for a task's domain."""
    params = host.params
    wait = Wait(timeout=float(params.get("timeout") or 0), pause=PAUSE, tell=host.tell)
    return DomainApi(Rpc.of(host, traffic, CDN), name, wait, replace(wait, timeout=float(params.get("verify_timeout") or 0)))


class DomainInfo(Inspector):
    """What cdn_domain_info returns: the domain, and the DNS records that it needs so far."""

    kind = Kind(CLOUD, "cdn_domain", rule_of(()))

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._name = name_of(host.params["name"])
        self._api = api_of(host, traffic, self._name)
        self._proof: dict[str, str] = {}

    def read(self) -> dict[str, State]:
        detail, content = side_by_side(lambda look: look(), [self._api.detail, self._api.verify_content])
        self._proof = verification(self._name, str(content))
        return {self._name: basics(detail)} if isinstance(detail, dict) else {}

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        pointer_record = pointing(self._name, (state or {}).get("cname"))
        return {"domain": {"name": self._name, **state} if state else None, "dns_records": [self._proof, *pointer_record]}


def basics(detail: Detail) -> State:
    """What one call tells about a domain. Its target is given once it has been online for the first time."""
    return {
        "type": detail["CdnType"],
        "scope": detail["Scope"],
        "status": detail["DomainStatus"],
        "sources": origins.present(detail),
        "cname": detail.get("Cname") or None,
    }
