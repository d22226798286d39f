# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A zone with its settings and its DNSSEC: only what is declared is read."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from .._core.apply import Step, Waves, side_by_side
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map, differences
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .._core.wait import Wait
from . import settings
from .client import CLOUD, Client
from .places import account_of, checked_id, domain_name, find_zone

OUTPUTS = ("id", "status", "name_servers", "account_id")
# What has been asked for, by what DNSSEC is: it waits for the registry, days if the DS record is entered by hand.
ASKED = {"active": "active", "pending": "active", "disabled": "disabled", "pending-disabled": "disabled"}
KEY_FIELDS = ("ds", "key_tag", "algorithm", "digest_type", "digest_algorithm", "digest", "flags", "key_type", "public_key")


def kind_of(*, dnssec: bool, waits: bool = False) -> Kind:
    """The kind `zone`. dnssec: its key is an output. waits: what is only asked for does not count as reached."""
    same = None if waits else lambda have, want: ASKED.get(have) == want

    def rule(state: State) -> Map:
        outputs = dict.fromkeys((*OUTPUTS, "name", "dnssec_key"), Leaf())
        return Map(
            {
                **outputs,
                "type": Leaf(immutable=True),
                "paused": Leaf(absent=False),
                "settings": settings.rules(state.get("settings")),
                "dnssec": Leaf(same=same),
            }
        )

    return Kind(CLOUD, "zone", rule, outputs=(*OUTPUTS, "dnssec_key") if dnssec else OUTPUTS, id_field="id")


class Zone(Reconciler):
    """One zone."""

    identity = ("name",)

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._name = domain_name(host.params["name"])
        self._account_id = checked_id("account_id", host.params["account_id"])
        self._settings = settings.declared(host.params["settings"])
        self._dnssec: str | None = host.params["dnssec"]
        self._timeout: int = host.params["dnssec_timeout"]
        self.kind = kind_of(dnssec=self._dnssec is not None, waits=self._timeout > 0)
        self._zone_id = ""
        self._plan_name = ""
        self._fixed: set[str] = set()

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        if params["state"] == "absent":
            return {self._name: None}
        wanted = {"type": params["type"], "paused": params["paused"], "settings": self._settings or None, "dnssec": self._dnssec}
        return {self._name: {"name": self._name, **{key: value for key, value in wanted.items() if value is not None}}}

    def read(self) -> dict[str, State]:
        zone = find_zone(self._client, self._name, self._account_id)
        if zone is None:
            return {}
        self._zone_id, self._plan_name = str(zone["id"]), str((zone.get("plan") or {}).get("name"))
        present = self._host.params["state"] == "present"
        names = list(self._settings) if present else []
        reads: list[t.Callable[[], dict[str, t.Any]]] = [partial(read_setting, self._client, self._zone_id, name) for name in names]
        if self._dnssec and present:
            reads.append(partial(read_dnssec, self._client, self._zone_id, self._name))
        answers = side_by_side(lambda read: read(), reads)
        found = dict(zip(names, answers, strict=False))
        self._fixed = {name for name, setting in found.items() if setting.get("editable") is False}
        state = as_state(zone, {name: setting["value"] for name, setting in found.items()})
        return {self._name: {**state, **(dnssec_state(answers[-1]) if len(answers) > len(names) else {})}}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return [_with_key_to_come(change) for change in super().plan(have, want)]

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            if change.action == "delete":
                self._check_deletion()
            elif change.action == "create":
                self._account_id = self._account_id or (None if has_unknown(self._name) else account_of(self._client))
            else:
                self._check_settings(change)

    def _check_deletion(self) -> None:
        confirmed = self._host.params["confirm_deletion_of"]
        if confirmed and domain_name(confirmed) == self._name:
            return
        raise PlanError(
            f"cloudflare zone {self._name}: deleting it deletes all its DNS records, settings and certificates; nothing was changed",
            code="not_confirmed",
            cloud=CLOUD,
            hint=f"If that is what you want, set confirm_deletion_of: {self._name} for this run",
        )

    def _check_settings(self, change: Change) -> None:
        fixed = [name for name in _touched_settings(change) if name in self._fixed]
        if fixed:
            raise self._not_editable({name: (change.before or {})["settings"][name] for name in fixed})

    def _not_editable(self, present: t.Mapping[str, t.Any]) -> PlanError:
        listed = ", ".join(f"{name} (it is {value!r})" for name, value in present.items())
        return PlanError(
            f"cloudflare zone {self._name}: not editable on the plan {self._plan_name}: {listed}",
            code="not_editable",
            cloud=CLOUD,
            hint="Declare what is there, leave it out, or change the plan of the zone",
        )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        for change in plan:
            if change.after is None:
                yield [Step(change.title, self._delete)]
                continue
            if change.action == "create":
                yield [Step(change.title, self._create)]
            yield [
                *([Step(f"set paused of {self._name}", partial(self._pause, change.after))] if change.touches("paused") else []),
                *(Step(f"set {name} of {self._name}", partial(self._set, change, name)) for name in _touched_settings(change)),
                *([Step(f"turn DNSSEC of {self._name} {self._dnssec}", partial(self._sign, change))] if change.touches("dnssec") else []),
            ]

    def result(self, after: States) -> dict[str, t.Any]:
        zone = after.get(self._name)
        if zone is None:
            return {"zone": None}
        if zone["status"] not in ("active", KNOWN_AFTER_APPLY):
            self._host.warn(
                f"the zone {self._name} is {zone['status']}, nobody sees its records yet: "
                f"set its name servers at the registrar to {' and '.join(zone['name_servers'])}"
            )
        return {"zone": zone}

    # --- writes ---------------------------------------------------------------

    def _create(self) -> dict[str, State]:
        body = {"name": self._name, "account": {"id": self._account_id}, "type": self._host.params["type"] or "full"}
        zone = self._client.send(f"create the zone {self._name}", "POST", "/zones", body)
        self._zone_id, self._plan_name = str(zone["id"]), str((zone.get("plan") or {}).get("name"))
        return {self._name: as_state(zone, {})}

    def _delete(self) -> None:
        self._client.send(f"delete the zone {self._name}", "DELETE", f"/zones/{self._zone_id}")

    def _pause(self, after: State) -> None:
        self._client.send(f"pause {self._name}", "PATCH", f"/zones/{self._zone_id}", {"paused": after["paused"]}, idempotent=True)

    def _set(self, change: Change, name: str) -> None:
        value = (change.after or {})["settings"][name]
        if change.action == "create" and not self._differs(name, value):
            return
        path = f"/zones/{self._zone_id}/settings/{name}"
        self._client.send(f"set {name} of {self._name}", "PATCH", path, {"value": value}, idempotent=True)

    def _differs(self, name: str, value: t.Any) -> bool:
        """Whether a new zone has another value than the declared one: what its plan fixes may be declared as it is."""
        setting = read_setting(self._client, self._zone_id, name)
        if not any(differences(settings.rule_of(value), setting["value"], value)):
            return False
        if setting.get("editable") is False:
            raise self._not_editable({name: setting["value"]})
        return True

    def _sign(self, change: Change) -> dict[str, State]:
        path, what = f"/zones/{self._zone_id}/dnssec", f"turn DNSSEC of {self._name} {self._dnssec}"
        look = partial(read_dnssec, self._client, self._zone_id, self._name)
        if ASKED.get((change.before or {}).get("dnssec", "")) == self._dnssec:
            seen = look()  # asked for in an earlier run
        else:
            seen = self._client.send(what, "PATCH", path, {"status": self._dnssec}, idempotent=True)
        if self._timeout and seen["status"] != self._dnssec:
            wait = Wait(timeout=self._timeout, tell=self._host.tell)
            seen = wait.until(what, look, lambda answer: answer["status"] == self._dnssec, _progress, cloud=CLOUD)
        return {self._name: dnssec_state(seen)}


def read_setting(client: Client, zone_id: str, name: str) -> dict[str, t.Any]:
    """One setting: id, value, editable, modified_on. Cloudflare calls the list of all of them deprecated."""
    setting = client.get(f"read the setting {name}", f"/zones/{zone_id}/settings/{name}")
    if "value" not in setting:
        raise CloudError(
            f"read the setting {name}", "it has no value", cloud=CLOUD, code="no_value", hint="It is kept in another way than settings are"
        )
    return t.cast("dict[str, t.Any]", setting)


def read_dnssec(client: Client, zone_id: str, name: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", client.get(f"read DNSSEC of {name}", f"/zones/{zone_id}/dnssec"))


def as_state(zone: t.Mapping[str, t.Any], values: t.Mapping[str, t.Any]) -> State:
    """A zone as the API returns it, in the words of the options."""
    return {
        "id": zone["id"],
        "name": zone["name"],
        "status": zone["status"],
        "name_servers": zone.get("name_servers") or [],
        "account_id": zone["account"]["id"],
        "type": zone["type"],
        "paused": bool(zone.get("paused")),
        **({"settings": dict(values)} if values else {}),
    }


def dnssec_state(answer: t.Mapping[str, t.Any]) -> State:
    """Status and key; a zone that was never signed has no key."""
    key = {field: answer.get(field) for field in KEY_FIELDS}
    return {"dnssec": answer["status"], "dnssec_key": key if key["ds"] else None}


def _touched_settings(change: Change) -> list[str]:
    parts = [difference.path.split("/") for difference in change.differences]
    return list(dict.fromkeys(part[2] for part in parts if part[1] == "settings" and len(part) > 2))


def _with_key_to_come(change: Change) -> Change:
    """A zone that is signed for the first time has a key only after that."""
    after = change.after or {}
    if change.action != "update" or after.get("dnssec") != "active" or not change.touches("dnssec") or after.get("dnssec_key"):
        return change
    return replace(change, after={**after, "dnssec_key": KNOWN_AFTER_APPLY})


def _progress(answer: t.Mapping[str, t.Any]) -> str:
    ds = f", the registry does not show its DS record: {answer['ds']}" if answer.get("ds") and answer["status"] == "pending" else ""
    return f"{answer['status']}{ds}"
