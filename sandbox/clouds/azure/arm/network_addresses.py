# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Network/publicIPAddresses."""

from __future__ import annotations

import ipaddress
import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.arm import network
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.network import SOURCE, NetworkType
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

TAKEN = frozenset({"contoso", "www"})  # labels of other people: they are shared by everybody in a region
# Where a region's addresses begin here: inside ranges that Microsoft's "Azure IP Ranges and Service Tags" lists for it.
FIRST = {"koreacentral": "4.217.130.195"}  # in 4.217.128.0/18
ELSEWHERE = "20.249.0.1"


class PublicAddresses(NetworkType):
    name = "Microsoft.Network/publicIPAddresses"
    operations = "PublicIPAddresses"
    source = f"{SOURCE}/virtualnetwork/public-ip-addresses"
    in_use = "PublicIPAddressCannotBeDeleted"
    fields = (
        # The default of the service is the SKU that it does not sell any more.
        Field("sku/name", one_of=("Basic", "Standard", "StandardV2"), default="Basic", immutable=True),
        Field("sku/tier", one_of=("Regional", "Global"), default="Regional", immutable=True),
        Field("zones", kind=list),
        Field("properties/publicIPAllocationMethod", one_of=("Static", "Dynamic"), default="Dynamic"),
        Field("properties/publicIPAddressVersion", one_of=("IPv4", "IPv6"), default="IPv4", immutable=True),
        Field("properties/idleTimeoutInMinutes", kind=int, between=(4, 30), default=4),
        Field("properties/dnsSettings", kind=dict),
        Field("properties/ddosSettings/protectionMode", one_of=("VirtualNetworkInherited", "Enabled", "Disabled")),
        Field("properties/ddosSettings/ddosProtectionPlan", kind=dict),
        Field("properties/publicIPPrefix", kind=dict, immutable=True),
        Field("properties/deleteOption", one_of=("Delete", "Detach")),
        Field("properties/ipTags", kind=list, default=[]),
        Field("properties/ipAddress", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    fixed: t.ClassVar = {"name": "PublicIPAddressSkuCannotBeChanged", "publicIPAddressVersion": "PublicIPAddressVersionCannotBeChanged"}
    seconds: t.ClassVar = {"create": 0.2, "delete": 0.1}
    creating = "Updating"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties, sku = fresh["properties"], fresh["sku"]["name"]
        if sku == "Basic":
            raise refuse(
                400,
                "IPv4BasicSkuPublicIpCountLimitReached",
                "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.",
                details=[],
            )
        if properties["publicIPAllocationMethod"] != "Static":
            text = f"{sku} sku publicIp {target.id} must have AllocationMethod set to Static."
            raise refuse(400, "StandardSkuPublicIPAddressMustBeStatic", text, details=[])
        zones = sorted(str(each) for each in fresh.pop("zones", None) or (kept["body"].get("zones") if kept else None) or [])
        if not set(zones) <= {"1", "2", "3"}:
            text = f"The zone(s) '{','.join(zones)}' for resource '{target.id}' is not supported. The supported zones are '1,2,3'."
            raise refuse(400, "LocationNotSupportAvailabilityZones", text, details=[])
        if kept and zones != sorted(kept["body"].get("zones") or []):
            text = (
                f"Resource {target.id} has an existing availability zone constraint {', '.join(kept['body'].get('zones') or ['NoZone'])} "
                f"and the request has availability zone constraint {', '.join(zones)}, which do not match. Zones cannot be "
                "added/updated/removed once the resource is created."
            )
            raise refuse(400, "ResourceAvailabilityZonesCannotBeModified", text, details=[])
        if zones:
            fresh["zones"] = zones
        properties.setdefault("ddosSettings", {}).setdefault("protectionMode", "VirtualNetworkInherited")
        self._name(arm, target, sent["location"] if "location" in sent else at(kept and kept["body"], "location"), properties)
        return fresh

    def _name(self, arm: Arm, target: Target, location: str, properties: Body) -> None:
        label = at(properties.get("dnsSettings"), "domainNameLabel")
        if label is None:
            properties.pop("dnsSettings", None)
            return
        name = f"{str(label).lower()}.{location}.cloudapp.azure.com"
        mine = [
            each["id"].lower()
            for each in arm.data["resources"].values()
            if each["type"] == self.name and at(each["body"], "properties/dnsSettings/fqdn") == name
        ]
        if str(label).lower() in TAKEN or set(mine) - {target.key}:
            raise refuse(400, "DnsRecordInUse", f"DNS record {name} is already used by another public IP.", details=[])
        properties["dnsSettings"] |= {"domainNameLabel": str(label).lower(), "fqdn": name}

    def created(self, arm: Arm, record: Record) -> None:
        """The lowest address of the region that is free."""
        taken = {each.get("address") for each in arm.data["resources"].values() if each["type"] == self.name}
        address = ipaddress.IPv4Address(FIRST.get(record["body"]["location"], ELSEWHERE))
        while str(address) in taken:
            address += 1
        record["address"] = str(address)

    def extra(self, arm: Arm, record: Record) -> Body:
        users = self.users(arm, record)
        return {
            "ipAddress": record["address"],
            "resourceGuid": str(uuid5(NAMESPACE_URL, record["id"].lower())),
            **({"ipConfiguration": {"id": users[0]}} if users else {}),
        }

    def users(self, arm: Arm, record: Record) -> list[str]:
        """The IP configurations that have the address: of gateways, or the front end of a cluster's load balancer."""
        front = record.get("front_end")  # set by the cluster; it goes with the cluster's node resource group
        mine = [front] if front and front.split("/")[4].lower() in arm.data["groups"] else []
        return mine + [f"{each}/ipConfigurations/default" for each in network.users_of(arm, record["id"].lower())]


network.register(PublicAddresses())
