# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks, addresses and VPNs, driven by a management SDK that the collection does not use."""

from __future__ import annotations

import copy
import typing as t

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.network import NetworkManagementClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.modules.network import GROUP, KEY, SUBNET, at, built, keep

HERE = {"location": "Korea Central"}


@pytest.fixture
def client(cloud: LocalCloud) -> NetworkManagementClient:
    azure = AzureRaw(cloud).with_group()
    credential = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return NetworkManagementClient(credential, azure.subscription.rpartition("/")[2], polling_interval=0.1)


@pytest.fixture
def small(client: NetworkManagementClient) -> NetworkManagementClient:
    """A network with two subnets."""
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.0.0.0/16"]}}
    subnets = [{"name": name, "properties": {"addressPrefixes": [f"10.0.{n}.0/24"]}} for n, name in enumerate(("a", "GatewaySubnet"))]
    client.virtual_networks.begin_create_or_update(GROUP, "net", {**HERE, "properties": {**space, "subnets": subnets}}).result()
    return client


def test_the_life_of_a_network(small: NetworkManagementClient) -> None:
    made = small.virtual_networks.get(GROUP, "net")
    assert made.address_space.address_prefixes == ["10.0.0.0/16", "10.1.0.0/16"]
    assert {each.name: each.address_prefix for each in made.subnets} == {"a": "10.0.0.0/24", "GatewaySubnet": "10.0.1.0/24"}
    tagged = small.virtual_networks.update_tags(GROUP, "net", {"tags": {"owner": "platform"}})
    assert (tagged.tags, len(tagged.subnets)) == ({"owner": "platform"}, 2)
    # A PUT replaces the network as a whole: what it does not name is gone.
    body = {**HERE, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}
    assert small.virtual_networks.begin_create_or_update(GROUP, "net", body).result().subnets == []
    assert [each.name for each in small.virtual_networks.list_all()] == ["net"]
    small.virtual_networks.begin_delete(GROUP, "net").result()
    assert list(small.virtual_networks.list(GROUP)) == []


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"addressPrefix": "10.9.0.0/24"}, "NetcfgSubnetRangeOutsideVnet"),
    ({"addressPrefix": "10.0.0.128/25"}, "NetcfgSubnetRangesOverlap"),
    ({"addressPrefix": "10.1.0.1/24"}, "InvalidCIDRNotation"),
    ({"addressPrefix": "10.1.0.0/30"}, "NetcfgInvalidSubnet"),
    ({}, "InvalidAddressPrefixFormat"),
    ({"addressPrefix": "10.1.0.0/24", "privateEndpointNetworkPolicies": "Perhaps"}, "InvalidRequestFormat"),
]


def test_one_write_at_a_time_for_a_network_and_what_no_subnet_may_be(cloud: LocalCloud, small: NetworkManagementClient) -> None:
    for properties, code in REFUSED:
        with pytest.raises(HttpResponseError) as refused:
            small.subnets.begin_create_or_update(GROUP, "net", "b", {"properties": properties})
        assert refused.value.error.code == code
    cloud.fault("slow_operation", action="Subnets_*", seconds=0.5)
    under_way = small.subnets.begin_create_or_update(GROUP, "net", "b", {"properties": {"addressPrefix": "10.1.0.0/24"}})
    for call in (
        lambda: small.subnets.begin_create_or_update(GROUP, "net", "c", {"properties": {"addressPrefix": "10.1.1.0/24"}}),
        lambda: small.subnets.begin_delete(GROUP, "net", "a"),
        lambda: small.virtual_networks.begin_delete(GROUP, "net"),
    ):
        with pytest.raises(HttpResponseError) as busy:
            call()
        assert (busy.value.status_code, busy.value.error.code) == (409, "AnotherOperationInProgress")
    under_way.result()
    assert sorted(each.name for each in small.subnets.list(GROUP, "net")) == ["GatewaySubnet", "a", "b"]


def address(client: NetworkManagementClient, name: str, **more: t.Any) -> t.Any:
    body = {**HERE, "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}, **more}
    return client.public_ip_addresses.begin_create_or_update(GROUP, name, body)


def test_addresses(client: NetworkManagementClient) -> None:
    label = {"properties": {"publicIPAllocationMethod": "Static", "dnsSettings": {"domainNameLabel": "Example"}}}
    made = address(client, "one", zones=["3", "1", "2"], **label).result()
    assert (made.zones, made.dns_settings.fqdn) == (["1", "2", "3"], "example.koreacentral.cloudapp.azure.com")
    assert made.ip_address == "4.217.130.195"
    for more, code in (
        ({"sku": {"name": "Basic"}}, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"properties": {"publicIPAllocationMethod": "Dynamic"}}, "StandardSkuPublicIPAddressMustBeStatic"),
        ({"zones": ["9"]}, "LocationNotSupportAvailabilityZones"),
        (label, "DnsRecordInUse"),
    ):
        with pytest.raises(HttpResponseError) as refused:
            address(client, "two", **more)
        assert refused.value.error.code == code
    with pytest.raises(HttpResponseError, match="ResourceAvailabilityZonesCannotBeModified"):
        address(client, "one", zones=["1"])


def gateway(client: NetworkManagementClient, subnet: str = "GatewaySubnet", ip: str = "ip", size: str = "VpnGw1AZ") -> t.Any:
    where = client._config.subscription_id
    part = {
        "name": "default",
        "properties": {
            "subnet": {"id": at(where, SUBNET, f"net/{subnet}")},
            "publicIPAddress": {"id": at(where, "Microsoft.Network/publicIPAddresses", ip)},
        },
    }
    properties = {"gatewayType": "Vpn", "sku": {"name": size, "tier": size}, "ipConfigurations": [part]}
    return client.virtual_network_gateways.begin_create_or_update(GROUP, "gw", {**HERE, "properties": properties})


def test_a_gateway_needs_what_it_stands_on_and_protects_it(small: NetworkManagementClient) -> None:
    waiting = [address(small, "ip", zones=["1", "2", "3"]), address(small, "zoneless")]
    for poller in waiting:
        poller.result()
    for more, code in (
        ({"subnet": "a"}, "GatewaySubnetNameInvalid"),
        ({"subnet": "b"}, "InvalidResourceReference"),
        ({"ip": "other"}, "InvalidResourceReference"),
        ({"ip": "zoneless"}, "VmssVpnGatewayPublicIpsMustHaveZonesConfigured"),
        ({"size": "VpnGw1"}, "NonAzSkusNotAllowedForVPNGateway"),
    ):
        with pytest.raises(HttpResponseError) as refused:
            gateway(small, **more)
        assert refused.value.error.code == code
    made = gateway(small).result()
    assert (made.vpn_gateway_generation, made.bgp_settings.asn, made.enable_bgp) == ("Generation1", 65515, False)
    for call, code in (
        (lambda: small.public_ip_addresses.begin_delete(GROUP, "ip"), "PublicIPAddressCannotBeDeleted"),
        (lambda: small.subnets.begin_delete(GROUP, "net", "GatewaySubnet"), "InUseSubnetCannotBeDeleted"),
        (lambda: small.virtual_networks.begin_delete(GROUP, "net"), "InUseSubnetCannotBeDeleted"),
        (lambda: small.virtual_networks.begin_create_or_update(GROUP, "net", {**HERE, "properties": SPACE}), "InUseSubnetCannotBeDeleted"),
    ):
        with pytest.raises(HttpResponseError) as refused:
            call()
        assert refused.value.error.code == code


SPACE = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}


def test_what_the_collection_builds_reads_back_and_is_adopted(cloud: LocalCloud, client: NetworkManagementClient) -> None:
    """The same things are there for both; and the key of a connection stands beside it, not in it."""
    declared = built(cloud)
    connection = client.virtual_network_gateway_connections.get(GROUP, "to-alibaba")
    assert (connection.shared_key, connection.connection_protocol, connection.ipsec_policies[0].dh_group) == (None, "IKEv2", "DHGroup14")
    assert client.virtual_network_gateway_connections.get_shared_key(GROUP, "to-alibaba").value == KEY
    other = client.local_network_gateways.get(GROUP, "alibaba-shanghai")
    assert other.local_network_address_space.address_prefixes == ["172.16.0.0/12", "192.168.0.0/24"]
    # They write the network and its subnets in one go, as this SDK's users do; nothing of it is a difference.
    network = client.virtual_networks.get(GROUP, "FinancialAgent-vnet")
    client.virtual_networks.begin_create_or_update(GROUP, "FinancialAgent-vnet", network).result()
    client.virtual_network_gateway_connections.begin_set_shared_key(GROUP, "to-alibaba", {"value": "rotated"}).result()
    done = keep(cloud, *copy.deepcopy(list(declared.values())), check=True)
    assert [field["path"] for change in done.result["changes"] for field in change["fields"]] == ["/properties/sharedKey"]
    with pytest.raises(HttpResponseError, match="LocalNetworkGatewayCannotBeDeleted"):
        client.local_network_gateways.begin_delete(GROUP, "alibaba-shanghai")
