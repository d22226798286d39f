# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The tunnels of an IPsec connection: as they are declared, read and written. Pure.

A gateway of the newer kind has two addresses, and each connection two tunnels, `master` and `slave`. One of the older kind has one
address; what its connection has for itself is called the tunnel `single` here.
"""

from __future__ import annotations

import json
import typing as t

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map

Raw = t.Mapping[str, t.Any]
ROLES, SINGLE = ("master", "slave"), ("single",)
WORD = Leaf(normal=normal.folded)
NUMBER = Leaf(normal=normal.number)
# Option → what the API calls it.
IKE = {"version": "IkeVersion", "encryption": "IkeEncAlg", "integrity": "IkeAuthAlg", "dh_group": "IkePfs", "lifetime": "IkeLifetime"}
IPSEC = {"encryption": "IpsecEncAlg", "integrity": "IpsecAuthAlg", "dh_group": "IpsecPfs", "lifetime": "IpsecLifetime"}
TUNNEL = Map(
    {
        "role": Leaf(),
        # The address of a customer gateway cannot be changed.
        "remote_address": Leaf(normal=normal.ip, immutable=True),
        "shared_key": Leaf(secret=True),
        "ike": Map({name: NUMBER if name == "lifetime" else WORD for name in IKE}),
        "ipsec": Map({name: NUMBER if name == "lifetime" else WORD for name in IPSEC}),
        "internet_ip": Leaf(),
        "status": Leaf(),
    }
)
TUNNELS = Keyed("role", TUNNEL)


def roles_of(gateway: Raw) -> tuple[str, ...]:
    """Which tunnels a connection at this gateway has."""
    return ROLES if gateway.get("DisasterRecoveryInternetIp") else SINGLE


def raw_of(connection: Raw) -> dict[str, Raw]:
    """Each tunnel by its role, with names as if it were one of two."""
    several = (connection.get("TunnelOptionsSpecification") or {}).get("TunnelOptions") or []
    if several:
        return {each["Role"]: each for each in several}
    own = {name: connection.get(name) for name in ("CustomerGatewayId", "InternetIp", "Status")}
    return {"single": {**own, "TunnelIkeConfig": connection.get("IkeConfig"), "TunnelIpsecConfig": connection.get("IpsecConfig")}}


def present(connection: Raw, addresses: t.Mapping[str, str]) -> list[State]:
    """The tunnels as read. addresses: of customer gateways, by id."""
    found = []
    for role, raw in raw_of(connection).items():
        ike, ipsec = raw.get("TunnelIkeConfig") or {}, raw.get("TunnelIpsecConfig") or {}
        found.append(
            {
                "role": role,
                "remote_address": addresses.get(raw.get("CustomerGatewayId") or ""),
                "shared_key": ike.get("Psk"),
                "ike": {name: ike.get(wire) for name, wire in IKE.items()},
                "ipsec": {name: ipsec.get(wire) for name, wire in IPSEC.items()},
                "internet_ip": raw.get("InternetIp"),
                "status": raw.get("Status"),
            }
        )
    return found


def declared(params: t.Mapping[str, t.Any], roles: t.Sequence[str]) -> list[State]:
    """What every tunnel shall be."""
    tunnel = {
        "remote_address": params["remote_address"],
        "shared_key": params["shared_key"] or None,
        "ike": params["ike"],
        "ipsec": params["ipsec"],
    }
    return [{"role": role, **{name: value for name, value in tunnel.items() if value is not None}} for role in roles]


def wire(tunnels: t.Sequence[State], customer_gateway: str | None, before: t.Mapping[str, Raw]) -> dict[str, str]:
    """Parameters for the tunnels. before: as read, for an existing connection: what is not declared is sent as it is."""
    found: dict[str, str] = {}
    for number, tunnel in enumerate(tunnels, 1):
        raw = before.get(tunnel["role"]) or {}
        ike = _merged(raw.get("TunnelIkeConfig"), tunnel.get("ike"), IKE)
        if tunnel.get("shared_key") is not None:
            ike["Psk"] = tunnel["shared_key"]
        ipsec = _merged(raw.get("TunnelIpsecConfig"), tunnel.get("ipsec"), IPSEC)
        if tunnel["role"] == "single":
            found |= {"IkeConfig": json.dumps(ike), "IpsecConfig": json.dumps(ipsec)}
            if customer_gateway:
                found["CustomerGatewayId"] = customer_gateway
            continue
        prefix = f"TunnelOptionsSpecification.{number}"
        found[f"{prefix}.Role"] = tunnel["role"]
        if raw.get("TunnelId"):
            found[f"{prefix}.TunnelId"] = raw["TunnelId"]
        found[f"{prefix}.CustomerGatewayId"] = customer_gateway or raw.get("CustomerGatewayId") or ""
        found |= {f"{prefix}.TunnelIkeConfig.{name}": str(value) for name, value in ike.items()}
        found |= {f"{prefix}.TunnelIpsecConfig.{name}": str(value) for name, value in ipsec.items()}
    return found


def _merged(raw: Raw | None, part: t.Mapping[str, t.Any] | None, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    kept = {name: value for name, value in (raw or {}).items() if value not in (None, "")}
    return kept | {names[name]: value for name, value in (part or {}).items() if value is not None}
