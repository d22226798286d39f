# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services: the addresses and ports that the server gives them (kubernetes.io/docs/concepts/services-networking/service)."""

from __future__ import annotations

import ipaddress
import random
import typing as t

from sandbox.clouds.kubernetes.causes import wrong
from sandbox.clouds.kubernetes.errors import Cause, Json, invalid

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

NODE_PORTS = (30000, 32767)
CIDR = "10.0.0.0/16"  # of AKS, unless the cluster was made with another
_WITH_PORTS = ("NodePort", "LoadBalancer")


def fill_in(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    spec = fresh["spec"]
    if spec.get("type") == "ExternalName":
        for name in ("clusterIP", "clusterIPs"):
            spec.pop(name, None)
        return
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if not spec.get("clusterIP"):
        spec["clusterIP"] = _address(cluster, fresh)
    elif live is None and spec["clusterIP"] != "None":
        _check_address(cluster, fresh)
    spec["clusterIPs"] = [spec["clusterIP"]]
    if spec.get("type") in _WITH_PORTS and (spec.get("type") == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)):
        _give_ports(cluster, fresh)
    if live is None:
        fresh.setdefault("status", {}).setdefault("loadBalancer", {})


def carry_on(fresh: Json, live: Json) -> None:
    """An update that leaves out what was given keeps it."""
    spec, before = fresh["spec"], live["spec"]
    if spec.get("type") == "ExternalName" or before.get("type") == "ExternalName":
        return
    for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"):
        if not spec.get(name) and before.get(name):
            spec[name] = before[name]
    if spec.get("type") in _WITH_PORTS and before.get("type") in _WITH_PORTS:
        known = {(port.get("port"), port.get("protocol")): port.get("nodePort") for port in before.get("ports") or ()}
        for port in spec.get("ports") or ():
            given = known.get((port.get("port"), port.get("protocol")))
            if not port.get("nodePort") and given:
                port["nodePort"] = given


def _network(cluster: Cluster) -> ipaddress.IPv4Network:
    profile: Json = cluster.record["body"]["properties"].get("networkProfile") or {}
    return ipaddress.IPv4Network(profile.get("serviceCidr") or CIDR)


def _address(cluster: Cluster, fresh: Json) -> str:
    """A free address. The API server's own Service has the first one, the name service the tenth."""
    network, meta = _network(cluster), fresh["metadata"]
    if (meta.get("namespace"), meta["name"]) == ("default", "kubernetes"):
        return str(network[1])
    taken = {each["spec"].get("clusterIP") for each in cluster.store.all("services")}
    while True:
        address = str(network[random.randrange(16, network.num_addresses - 1)])
        if address not in taken:
            return address


def _check_address(cluster: Cluster, fresh: Json) -> None:
    wanted, meta = fresh["spec"]["clusterIP"], fresh["metadata"]
    why = ""
    try:
        if ipaddress.ip_address(wanted) not in _network(cluster):
            outside = f"the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {_network(cluster)}"
            why = f"failed to allocate IP {wanted}: {outside}"
    except ValueError:
        why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    if any(each["spec"].get("clusterIP") == wanted for each in cluster.store.all("services")):
        why = f"failed to allocate IP {wanted}: provided IP is already allocated"
    if why:
        raise invalid("", "Service", meta["name"], [Cause("spec.clusterIPs", "FieldValueInvalid", f'Invalid value: ["{wanted}"]: {why}')])


def _give_ports(cluster: Cluster, fresh: Json) -> None:
    mine, ports = fresh["metadata"], fresh["spec"].get("ports") or ()
    others = [each for each in cluster.store.all("services") if each["metadata"]["uid"] != mine.get("uid")]
    taken = {port.get("nodePort") for each in others for port in each["spec"].get("ports") or ()}
    for index, port in enumerate(ports):
        wanted, why = port.get("nodePort"), ""
        if wanted and not NODE_PORTS[0] <= wanted <= NODE_PORTS[1]:
            why = f"provided port is not in the valid range. The range of valid ports is {NODE_PORTS[0]}-{NODE_PORTS[1]}"
        elif wanted in taken and wanted:
            why = "provided port is already allocated"
        if why:
            raise invalid("", "Service", mine["name"], [wrong(f"spec.ports[{index}].nodePort", wanted, why)])
    for port in ports:
        while not port.get("nodePort"):
            number = random.randrange(NODE_PORTS[0], NODE_PORTS[1] + 1)
            if number not in taken:
                port["nodePort"] = number
                taken.add(number)
