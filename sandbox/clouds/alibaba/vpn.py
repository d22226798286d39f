# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPN gateways of the account, which nobody buys here, and the IPsec connections at them."""

from __future__ import annotations

import ipaddress
import json
import re
import time
import typing as t

from sandbox.clouds.alibaba.facts import Vpc
from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.keys import alnum
from sandbox.http import Refusal, Reply

SOURCE = "alibabacloud_vpc20160428 7.2 and help.aliyun.com/vpn, 2016-04-28"
# Phase → setting → what it may be, and what a new connection gets.
WORDS: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    "Ike": {
        "IkeVersion": (("ikev1", "ikev2"), "ikev1"),
        "IkeMode": (("main", "aggressive"), "main"),
        "IkeEncAlg": (("aes", "aes192", "aes256", "des", "3des"), "aes"),
        "IkeAuthAlg": (("md5", "sha1", "sha256", "sha384", "sha512"), "md5"),
        "IkePfs": (("group1", "group2", "group5", "group14"), "group2"),
    },
    "Ipsec": {
        "IpsecEncAlg": (("aes", "aes192", "aes256", "des", "3des"), "aes"),
        "IpsecAuthAlg": (("md5", "sha1", "sha256", "sha384", "sha512"), "md5"),
        "IpsecPfs": (("disabled", "group1", "group2", "group5", "group14"), "group2"),
    },
}
KEY = re.compile(r"[\x21-\x7e]{1,100}")
# Addresses with which no connection comes about (CreateCustomerGateway).
USELESS = [ipaddress.ip_network(each) for each in ("100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.0.0.0/8")]
Item = dict[str, t.Any]


@Vpc.actions.add("DescribeVpnGateway", write=False, verified="sdk", source=SOURCE)
def describe_gateway(vpc: Vpc, call: Call) -> Reply:
    return call.reply(_gateway(vpc, call, call.need("VpnGatewayId")[0]))


@Vpc.actions.add("DescribeCustomerGateways", write=False, verified="sdk", source=SOURCE)
def describe_customer_gateways(vpc: Vpc, call: Call) -> Reply:
    call.need("RegionId")
    return _page(call, "CustomerGateways", "CustomerGateway", list(vpc.data["customer_gateways"].values()))


@Vpc.actions.add("CreateCustomerGateway", write=True, verified="sdk", source=SOURCE)
def create_customer_gateway(vpc: Vpc, call: Call) -> Reply:
    _, address = call.need("RegionId", "IpAddress")
    try:
        useless = any(ipaddress.IPv4Address(address) in each for each in USELESS)
    except ValueError:
        useless = True
    if useless:
        raise call.refuse(400, "InvalidIpAddress.Malformed", "The specified IP address is not valid.")
    if any(each["IpAddress"] == address for each in vpc.data["customer_gateways"].values()):
        raise call.refuse(400, "InvalidIpAddress.AlreadyExist", "The specified customer gateway IP address already exists.")
    identifier = f"cgw-uf6{alnum(18).lower()}"
    made = {"CustomerGatewayId": identifier, "IpAddress": address, "Name": call.args.get("Name", ""), "CreateTime": _now()}
    vpc.data["customer_gateways"][identifier] = {**made, "Description": call.args.get("Description", "")}
    return call.reply(made)


@Vpc.actions.add("DescribeVpnConnections", write=False, verified="sdk", source=SOURCE)
def describe_connections(vpc: Vpc, call: Call) -> Reply:
    call.need("RegionId")
    gateway = call.args.get("VpnGatewayId")
    found = [each for each in vpc.data["vpn_connections"].values() if gateway in (None, each["VpnGatewayId"])]
    return _page(call, "VpnConnections", "VpnConnection", found)


@Vpc.actions.add("CreateVpnConnection", write=True, verified="sdk", source=SOURCE)
def create_connection(vpc: Vpc, call: Call) -> Reply:
    _, identifier, local, remote = call.need("RegionId", "VpnGatewayId", "LocalSubnet", "RemoteSubnet")
    gateway = _idle(vpc, call, identifier)
    connection = {
        "VpnConnectionId": f"vco-uf6{alnum(18).lower()}",
        "VpnGatewayId": identifier,
        "Name": call.args.get("Name", ""),
        "LocalSubnet": _ranges(call, "LocalSubnet", local),
        "RemoteSubnet": _ranges(call, "RemoteSubnet", remote),
        "EffectImmediately": call.args.get("EffectImmediately") == "true",
        "CreateTime": int(time.time() * 1000),
        "State": "active",
        "Status": "ike_sa_not_established",
    }
    if gateway["DisasterRecoveryInternetIp"]:
        tunnels = _tunnels(call)
        if sorted(each.get("Role", "") for each in tunnels) != ["master", "slave"]:
            raise call.refuse(400, "MissingParam.TunnelOptionsSpecification", "Both a master and a slave tunnel must be specified.")
        made = [_tunnel(vpc, call, gateway, each, {}) for each in tunnels]
        connection["TunnelOptionsSpecification"] = {"TunnelOptions": made}
    else:
        connection |= _single(vpc, call, gateway, {})
    vpc.data["vpn_connections"][connection["VpnConnectionId"]] = connection
    _occupy(vpc, gateway, "CreateVpnConnection")
    return call.reply({name: connection[name] for name in ("VpnConnectionId", "Name", "CreateTime")})


@Vpc.actions.add("ModifyVpnConnectionAttribute", write=True, verified="sdk", source=SOURCE)
def modify_connection(vpc: Vpc, call: Call) -> Reply:
    connection = _connection(vpc, call)
    gateway = _idle(vpc, call, connection["VpnGatewayId"])
    fresh: Item = {name: _ranges(call, name, call.args[name]) for name in ("LocalSubnet", "RemoteSubnet") if call.args.get(name)}
    if call.args.get("Name"):
        fresh["Name"] = call.args["Name"]
    sent = _tunnels(call)
    if sent:
        before = {each["TunnelId"]: each for each in connection["TunnelOptionsSpecification"]["TunnelOptions"]}
        for each in sent:
            if each.get("TunnelId") not in before:
                raise call.refuse(400, "IllegalParam.TunnelId", "The specified tunnel is not one of the connection.")
            before[each["TunnelId"]] = _tunnel(vpc, call, gateway, each, before[each["TunnelId"]])
        # The tunnel that was changed comes first now.
        fresh["TunnelOptionsSpecification"] = {"TunnelOptions": list(reversed(before.values()))}
    elif call.args.get("IkeConfig") or call.args.get("IpsecConfig"):
        fresh |= _single(vpc, call, gateway, connection)
    connection |= fresh
    _occupy(vpc, gateway, "ModifyVpnConnectionAttribute")
    return call.reply({"VpnConnectionId": connection["VpnConnectionId"], "Name": connection["Name"]})


@Vpc.actions.add("DeleteVpnConnection", write=True, verified="sdk", source=SOURCE)
def delete_connection(vpc: Vpc, call: Call) -> Reply:
    connection = _connection(vpc, call)
    gateway = _idle(vpc, call, connection["VpnGatewayId"])
    del vpc.data["vpn_connections"][connection["VpnConnectionId"]]
    _occupy(vpc, gateway, "DeleteVpnConnection")
    return call.reply()


# --- parts -----------------------------------------------------------------------


def _gateway(vpc: Vpc, call: Call, identifier: str) -> Item:
    found = vpc.data["vpn_gateways"].get(identifier)
    if found is None:
        raise call.refuse(404, "InvalidVpnGatewayInstanceId.NotFound", "The specified VPN gateway does not exist.")
    return {name: value for name, value in found.items() if name != "busy"}


def _connection(vpc: Vpc, call: Call) -> Item:
    (identifier,) = call.need("VpnConnectionId")
    found = vpc.data["vpn_connections"].get(identifier)
    if found is None:
        raise call.refuse(404, "InvalidVpnConnectionInstanceId.NotFound", "The specified VPN connection does not exist.")
    return t.cast(Item, found)


def _idle(vpc: Vpc, call: Call, identifier: str) -> Item:
    """The gateway, which takes one change at a time."""
    gateway = _gateway(vpc, call, identifier)
    if vpc.data["vpn_gateways"][identifier].get("busy", 0) > time.time():
        raise call.refuse(400, "VpnGateway.Configuring", "The specified VPN gateway is being configured. Try again later.")
    return gateway


def _occupy(vpc: Vpc, gateway: Item, action: str) -> None:
    vpc.data["vpn_gateways"][gateway["VpnGatewayId"]]["busy"] = time.time() + vpc.seconds(action, 0.2)


def _page(call: Call, outer: str, inner: str, items: list[Item]) -> Reply:
    number, size = call.integer("PageNumber", 1, 1, 10000), call.integer("PageSize", 10, 1, 50)
    paging = {"TotalCount": len(items), "PageNumber": number, "PageSize": size}
    return call.reply({**paging, outer: {inner: items[(number - 1) * size : number * size]}})


def _ranges(call: Call, name: str, text: str) -> str:
    """Ranges as they come back: in the order of their numbers, not in the one that was sent."""
    try:
        found = sorted(ipaddress.ip_network(each) for each in text.split(","))
    except (ValueError, TypeError):
        raise call.refuse(400, f"Invalid{name}.Malformed", f"The specified {name} is not valid.") from None
    return ",".join(str(each) for each in found)


def _tunnels(call: Call) -> list[Item]:
    """`TunnelOptionsSpecification.1.TunnelIkeConfig.Psk=…` as data."""
    found: dict[int, Item] = {}
    for name, value in call.args.items():
        match = re.fullmatch(r"TunnelOptionsSpecification\.(\d+)\.(\w+)(?:\.(\w+))?", name)
        if match and match[3]:
            found.setdefault(int(match[1]), {}).setdefault(match[2], {})[match[3]] = value
        elif match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def _tunnel(vpc: Vpc, call: Call, gateway: Item, sent: Item, before: Item) -> Item:
    role = sent.get("Role") or before.get("Role")
    own = gateway["InternetIp"] if role == "master" else gateway["DisasterRecoveryInternetIp"]
    customer = sent.get("CustomerGatewayId") or before.get("CustomerGatewayId") or ""
    other = _customer(vpc, call, customer)
    return {
        "TunnelId": before.get("TunnelId") or f"tun-uf6{alnum(18).lower()}",
        "Role": role,
        "CustomerGatewayId": customer,
        "InternetIp": own,
        "State": "active",
        "Status": "ike_sa_not_established",
        "TunnelIkeConfig": _phase(call, "Ike", sent.get("TunnelIkeConfig") or {}, before.get("TunnelIkeConfig"), own, other),
        "TunnelIpsecConfig": _phase(call, "Ipsec", sent.get("TunnelIpsecConfig") or {}, before.get("TunnelIpsecConfig"), own, other),
    }


def _single(vpc: Vpc, call: Call, gateway: Item, before: Item) -> Item:
    try:
        ike, ipsec = (json.loads(call.args.get(name) or "{}") for name in ("IkeConfig", "IpsecConfig"))
    except ValueError:
        raise call.refuse(400, "IllegalParam.IkeConfig", "The specified configuration is not valid JSON.") from None
    customer = before.get("CustomerGatewayId") or call.need("CustomerGatewayId")[0]
    own, other = gateway["InternetIp"], _customer(vpc, call, customer)
    return {
        "CustomerGatewayId": customer,
        "InternetIp": own,
        "IkeConfig": _phase(call, "Ike", ike, before.get("IkeConfig"), own, other),
        "IpsecConfig": _phase(call, "Ipsec", ipsec, before.get("IpsecConfig"), own, other),
    }


def _customer(vpc: Vpc, call: Call, identifier: str) -> str:
    found = vpc.data["customer_gateways"].get(identifier)
    if found is None:
        raise call.refuse(404, "InvalidCustomerGatewayInstanceId.NotFound", "The specified customer gateway does not exist.")
    return str(found["IpAddress"])


def _phase(call: Call, phase: str, sent: Item, before: Item | None, own: str, other: str) -> Item:
    """A phase's settings. What is not sent gets the default, also when the connection had something else."""
    found: Item = {}
    for name, (words, usual) in WORDS[phase].items():
        value = str(sent.get(name) or usual)
        if value not in words:
            raise _illegal(call, name)
        found[name] = value
    lifetime = str(sent.get(f"{phase}Lifetime", 86400))
    if not lifetime.isdigit() or int(lifetime) > 86400:
        raise _illegal(call, f"{phase}Lifetime")
    found[f"{phase}Lifetime"] = lifetime  # a number as text
    if phase == "Ike":
        key = sent.get("Psk") or (before or {}).get("Psk") or alnum(16)
        if not KEY.fullmatch(key):
            raise _illegal(call, "Psk")
        found |= {"Psk": key, "LocalId": sent.get("LocalId") or own, "RemoteId": sent.get("RemoteId") or other}
    return found


def _illegal(call: Call, name: str) -> Refusal:
    return call.refuse(400, f"IllegalParam.{name}", f"The specified {name} is not valid.")


def _now() -> int:
    return int(time.time() * 1000)
