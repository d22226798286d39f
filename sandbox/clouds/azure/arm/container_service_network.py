# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network of a managed cluster: what goes together, and the few changes that are possible (…/azure/aks/update-azure-cni)."""

from __future__ import annotations

import ipaddress
import typing as t

from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.rules import Body, at
from sandbox.http import Refusal

# Which changes can be made in place: (before, after).
POLICY = {("none", "azure"), ("none", "calico"), ("none", "cilium"), ("azure", "cilium"), ("calico", "cilium")}
DATAPLANE = {("azure", "cilium")}
PLUGIN = {("kubenet", "azure")}


def check(properties: Body, before: Body | None) -> None:
    network = properties["networkProfile"]
    if network["networkDataplane"] == "cilium" and network["networkPlugin"] != "azure":
        raise _wrong("networkDataplane", "the Cilium data plane needs the network plugin azure")
    if (network["networkPolicy"] == "cilium") != (network["networkDataplane"] == "cilium"):
        raise _wrong("networkPolicy", "network policy cilium and network data plane cilium go together")
    if network.get("networkPluginMode") == "overlay" and network["networkPlugin"] != "azure":
        raise _wrong("networkPluginMode", "the overlay mode needs the network plugin azure")
    if "podCidr" not in network and (network.get("networkPluginMode") == "overlay" or network["networkPlugin"] == "kubenet"):
        network["podCidr"] = "10.244.0.0/16"
    _check_addresses(network)
    if before:
        _check_transitions(network, before["networkProfile"])
    access = properties.get("apiServerAccessProfile")
    if access and access.get("authorizedIPRanges"):
        access["authorizedIPRanges"] = [_range(each) for each in access["authorizedIPRanges"]]


def _check_addresses(network: Body) -> None:
    try:
        services = ipaddress.ip_network(network["serviceCidr"])
        inside = ipaddress.ip_address(network["dnsServiceIP"]) in services
        pods = ipaddress.ip_network(network["podCidr"]) if "podCidr" in network else None
    except ValueError as error:
        raise _wrong("serviceCidr", str(error)) from None
    if not inside:
        raise _wrong("dnsServiceIP", f"{network['dnsServiceIP']} is not inside the service CIDR {network['serviceCidr']}")
    if pods is not None and pods.overlaps(services):
        raise _wrong("podCidr", f"{network['podCidr']} overlaps the service CIDR {network['serviceCidr']}")
    network["serviceCidrs"], network["ipFamilies"] = [network["serviceCidr"]], ["IPv4"]
    if pods is not None:
        network["podCidrs"] = [network["podCidr"]]


def _check_transitions(network: Body, before: Body) -> None:
    for name, allowed in (("networkPolicy", POLICY), ("networkDataplane", DATAPLANE), ("networkPlugin", PLUGIN)):
        if before[name] != network[name] and (before[name], network[name]) not in allowed:
            raise _fixed(name)
    if before["networkPlugin"] == "kubenet" != network["networkPlugin"] and network.get("networkPluginMode") != "overlay":
        raise _fixed("networkPlugin")
    if before.get("networkPluginMode") == "overlay" != network.get("networkPluginMode"):
        raise _fixed("networkPluginMode")


def _range(text: t.Any) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise refuse(400, "InvalidParameter", f"'{text}' is no valid address range.", target="authorizedIPRanges") from None


def shown(network: Body) -> Body:
    """As the service returns it: its own case for some words, and what it has made for itself."""
    answer = network | {"loadBalancerSku": {"standard": "Standard"}.get(network["loadBalancerSku"], network["loadBalancerSku"])}
    if network["outboundType"] == "loadBalancer":
        made = {"managedOutboundIPs": {"count": 1}, "effectiveOutboundIPs": [], "backendPoolType": "nodeIPConfiguration"}
        answer["loadBalancerProfile"] = made | (at(network, "loadBalancerProfile") or {})
    return answer


def _wrong(name: str, text: str) -> Refusal:
    return refuse(400, "InvalidParameter", f"The value of networkProfile.{name} is invalid: {text}.", target=f"networkProfile.{name}")


def _fixed(name: str) -> Refusal:
    path = f"properties.networkProfile.{name}"
    return refuse(400, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.", target=path)
