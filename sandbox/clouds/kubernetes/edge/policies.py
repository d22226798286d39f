# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether NetworkPolicies let a connection through, when the cluster has an engine for them.

Source: kubernetes.io/docs/concepts/services-networking/network-policies. Without an engine policies are accepted and ignored
(learn.microsoft.com/azure/aks/use-network-policies).
"""

from __future__ import annotations

import ipaddress

from sandbox.clouds.kubernetes.controllers import programs
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import NAMESPACES, POLICIES, Thing, labels_of, namespace_of, selects

ENGINES = ("azure", "calico", "cilium")
OUTSIDE = "203.0.113.77"  # whoever calls from the internet


def has_engine(desk: Desk) -> bool:
    return desk.record["body"]["properties"]["networkProfile"].get("networkPolicy") in ENGINES


def lets_through(desk: Desk, source: Thing | None, target: Thing, port: int) -> bool:
    """From one pod (None: from outside the cluster) to a port of another one."""
    if not has_engine(desk):
        return True
    coming = _about(desk, target, "Ingress")
    if coming and not any(_passes(desk, each, rule, "from", source, target, port) for each in coming for rule in _rules(each, "ingress")):
        return False
    going = _about(desk, source, "Egress") if source else []
    return not going or any(_passes(desk, each, rule, "to", target, target, port) for each in going for rule in _rules(each, "egress"))


def lets_out(desk: Desk, source: Thing, port: int) -> bool:
    """From a pod to a port of somebody outside the cluster."""
    going = _about(desk, source, "Egress") if has_engine(desk) else []
    return not going or any(_passes(desk, each, rule, "to", None, source, port) for each in going for rule in _rules(each, "egress"))


def lets_ask(desk: Desk, source: Thing) -> bool:
    """From a pod to the cluster's DNS. Which pods answer there is not looked at: a rule for its port is enough."""
    going = _about(desk, source, "Egress") if has_engine(desk) else []
    rules = [rule for each in going for rule in _rules(each, "egress")]
    return not going or any(not rule.get("ports") or any(_is_port(each, source, 53, "UDP") for each in rule["ports"]) for rule in rules)


def _about(desk: Desk, pod: Thing, way: str) -> list[Thing]:
    """The policies that select a pod for one way."""
    found = []
    for policy in desk.all(POLICIES, namespace_of(pod)):
        types = policy["spec"].get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in policy["spec"] else [])]
        if way in types and selects(policy["spec"].get("podSelector") or {}, labels_of(pod)):
            found.append(policy)
    return found


def _rules(policy: Thing, way: str) -> list[Thing]:
    return list(policy["spec"].get(way) or ())


def _passes(desk: Desk, policy: Thing, rule: Thing, side: str, peer: Thing | None, target: Thing, port: int) -> bool:
    peers = rule.get(side)
    if peers and not any(_is_peer(desk, policy, each, peer) for each in peers):
        return False
    return not rule.get("ports") or any(_is_port(each, target, port) for each in rule["ports"])


def _is_peer(desk: Desk, policy: Thing, wanted: Thing, peer: Thing | None) -> bool:
    if "ipBlock" in wanted:
        address = ipaddress.ip_address(peer["status"]["podIP"] if peer else OUTSIDE)
        inside = address in ipaddress.ip_network(wanted["ipBlock"]["cidr"], strict=False)
        return inside and not any(address in ipaddress.ip_network(each, strict=False) for each in wanted["ipBlock"].get("except") or ())
    if peer is None:
        return False
    if "namespaceSelector" in wanted:
        home = desk.get(NAMESPACES, None, namespace_of(peer))
        labels = {"kubernetes.io/metadata.name": namespace_of(peer)} | (labels_of(home) if home else {})
        if not selects(wanted["namespaceSelector"] or {}, labels):
            return False
    elif namespace_of(peer) != namespace_of(policy):
        return False
    return "podSelector" not in wanted or selects(wanted["podSelector"] or {}, labels_of(peer))


def _is_port(wanted: Thing, target: Thing, port: int, protocol: str = "TCP") -> bool:
    if wanted.get("protocol", "TCP") != protocol:
        return False
    if "port" not in wanted:
        return True
    if isinstance(wanted["port"], str):
        return any(programs.port_number(each, wanted["port"]) == port for each in target["spec"]["containers"])
    first: int = wanted["port"]
    return first <= port <= int(wanted.get("endPort") or first)
