# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Looking at zones and records."""

from __future__ import annotations

import typing as t
from functools import partial

from .._core.apply import side_by_side
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Kind, State, States
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from . import declared, settings
from .client import CLOUD, Client
from .places import ZONES_PER_PAGE, checked_id, domain_name, find_zone, zone_id_of
from .records import as_declared, records_of
from .zones import as_state, dnssec_state, read_dnssec, read_setting

ANYTHING = Map(other=Leaf())


class Zones(Inspector):
    """One zone, or all that the token sees."""

    kind = Kind(CLOUD, "zone", ANYTHING)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, traffic)

    def read(self) -> dict[str, State]:
        params = self.host.params
        account_id = checked_id("account_id", params["account_id"])
        names = [settings.checked(name) for name in params["settings"]]
        if params["name"]:
            zone = find_zone(self._client, domain_name(params["name"]), account_id)
            found = [] if zone is None else [zone]
        else:
            query = {"account.id": account_id} if account_id else {}
            found = self._client.get_all("list the zones", "/zones", per_page=ZONES_PER_PAGE, **query)
        states = side_by_side(partial(self._state, names, dnssec=params["dnssec"]), found)
        return {zone["id"]: state for zone, state in zip(found, states, strict=True)}

    def _state(self, names: t.Sequence[str], zone: t.Mapping[str, t.Any], *, dnssec: bool) -> State:
        values = {name: read_setting(self._client, zone["id"], name)["value"] for name in names}
        signed = dnssec_state(read_dnssec(self._client, zone["id"], zone["name"])) if dnssec else {}
        return {**as_state(zone, values), **signed}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"zones": list(after.values())}


class ZoneRecords(Inspector):
    """The records of one zone, in the form in which they are declared."""

    kind = Kind(CLOUD, "dns_record", ANYTHING, id_field="id")

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, traffic)

    def read(self) -> dict[str, State]:
        params = self.host.params
        zone = domain_name(params["zone"])
        names = {declared.absolute(name, zone) for name in params["names"] or ()}
        zone_id = checked_id("zone_id", params["zone_id"]) or zone_id_of(self._client, zone)
        records = [as_declared(record) for record in records_of(self._client, zone, zone_id)]
        fits = [
            record
            for record in records
            if (not names or record["name"] in names) and (not params["types"] or record["type"] in params["types"])
        ]
        fits.sort(key=lambda record: (record["name"], record["type"], str(record.get("content"))))
        return {record["id"]: {**record, "owner": declared.owner_of(record)} for record in fits}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"records": list(after.values())}
