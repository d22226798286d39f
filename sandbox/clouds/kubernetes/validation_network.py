# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with Services, Ingresses and NetworkPolicies (k8s.io/kubernetes/pkg/apis/{core,networking}/validation)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from sandbox.clouds.kubernetes import causes, names
from sandbox.clouds.kubernetes.causes import PROTOCOLS, duplicate, forbidden, required, unsupported, wrong
from sandbox.clouds.kubernetes.errors import Cause, Json

_SERVICES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PATHS = ("Exact", "ImplementationSpecific", "Prefix")
_DIRECTIONS = ("Egress", "Ingress")
_ANY_SUBDOMAIN = rf"\*\.{names.SUBDOMAIN}"


# --- services -----------------------------------------------------------------------------


def service(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    kind, ports = spec.get("type"), spec.get("ports") or ()
    if kind not in _SERVICES:
        yield unsupported("spec.type", kind, _SERVICES)
    if not ports and spec.get("clusterIP") != "None" and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "ExternalName":
        yield from _elsewhere(spec.get("externalName") or "")
    if spec.get("clusterIP") == "None" and kind in ("LoadBalancer", "NodePort"):
        yield wrong("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    seen: list[tuple[object, object]] = []
    for index, port in enumerate(ports):
        yield from _service_port(port, f"spec.ports[{index}]", several=len(ports) > 1)
        key = (port.get("port"), port.get("protocol"))
        if key in seen:
            yield duplicate(f"spec.ports[{index}]", {"port": key[0], "protocol": key[1]})
        seen.append(key)
        if port.get("name") and port["name"] in [each.get("name") for each in ports[:index]]:
            yield duplicate(f"spec.ports[{index}].name", port["name"])
    yield from names.labels(spec.get("selector"), "spec.selector")
    if spec.get("sessionAffinity") not in ("ClientIP", "None"):
        yield unsupported("spec.sessionAffinity", spec.get("sessionAffinity"), ("ClientIP", "None"))
    for index, address in enumerate(spec.get("externalIPs") or ()):
        if not _is_address(address):
            yield wrong(f"spec.externalIPs[{index}]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    yield from _from_outside(spec, kind or "")


def _elsewhere(name: str) -> Iterator[Cause]:
    bad = names.subdomain_problem(name.removesuffix("."))
    if not name:
        yield required("spec.externalName")
    elif bad:
        yield wrong("spec.externalName", name, bad)


def _service_port(port: Json, path: str, *, several: bool) -> Iterator[Cause]:
    if not port.get("name") and several:
        yield required(f"{path}.name")
    if port.get("name") and names.label_problem(port["name"]):
        yield wrong(f"{path}.name", port["name"], names.label_problem(port["name"]) or "")
    yield from causes.port(port.get("port") or 0, f"{path}.port")
    if port.get("protocol") not in PROTOCOLS:
        yield unsupported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    if port.get("targetPort") is not None and port.get("port"):
        yield from causes.port(port["targetPort"], f"{path}.targetPort")
    bad = names.key_problem(port["appProtocol"]) if port.get("appProtocol") else None
    if bad:
        yield wrong(f"{path}.appProtocol", port["appProtocol"], bad)


def _from_outside(spec: Json, kind: str) -> Iterator[Cause]:
    policy, ranges = spec.get("externalTrafficPolicy"), spec.get("loadBalancerSourceRanges") or ()
    reachable = kind in ("LoadBalancer", "NodePort") or spec.get("externalIPs")
    if policy is not None and not reachable:
        yield wrong("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services")
    elif reachable and policy not in (None, "Cluster", "Local"):
        yield unsupported("spec.externalTrafficPolicy", policy, ("Cluster", "Local"))
    if ranges and kind != "LoadBalancer":
        yield forbidden("spec.loadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for index, each in enumerate(ranges if kind == "LoadBalancer" else ()):
        yield from causes.cidr(each.strip(), f"spec.loadBalancerSourceRanges[{index}]")
    if spec.get("loadBalancerClass") is not None and kind != "LoadBalancer":
        yield forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


# --- ingresses ----------------------------------------------------------------------------


def ingress(each: Json) -> Iterator[Cause]:
    spec, name = each.get("spec") or {}, "ingressClassName"
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield wrong("spec", None, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend"):
        yield from _backend(spec["defaultBackend"], "spec.defaultBackend")
    for number, rule in enumerate(spec.get("rules") or ()):
        yield from _rule(rule, f"spec.rules[{number}]")
    for number, tls in enumerate(spec.get("tls") or ()):
        for index, host in enumerate(tls.get("hosts") or ()):
            yield from _host(host, f"spec.tls[{number}].hosts[{index}]")
        yield from _subdomain(tls.get("secretName"), f"spec.tls[{number}].secretName")
    yield from _subdomain(spec.get(name), f"spec.{name}")
    old = "kubernetes.io/ingress.class"
    given = (each["metadata"].get("annotations") or {}).get(old)
    if given is not None and spec.get(name) is not None and not each["metadata"].get("resourceVersion"):
        yield wrong(f"annotations.{old}", given, "can not be set when the class field is also set")


def _subdomain(name: str | None, path: str) -> Iterator[Cause]:
    bad = names.subdomain_problem(name) if name else None
    if bad:
        yield wrong(path, name, bad)


def _host(host: str, path: str) -> Iterator[Cause]:
    if "*" not in host:
        yield from _subdomain(host, path)
    elif not re.fullmatch(_ANY_SUBDOMAIN, host):
        text = (
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case "
            "alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
            f"regex used for validation is '{_ANY_SUBDOMAIN}')"
        )
        yield wrong(path, host, text)


def _rule(rule: Json, path: str) -> Iterator[Cause]:
    host, http = rule.get("host", ""), rule.get("http")
    if _is_address(host):
        yield wrong(f"{path}.host", host, "must be a DNS name, not an IP address")
    yield from _host(host, f"{path}.host")
    if http is not None and not http.get("paths"):
        yield required(f"{path}.http.paths")
    for index, each in enumerate((http or {}).get("paths") or ()):
        yield from _path(each, f"{path}.http.paths[{index}]")


def _path(each: Json, place: str) -> Iterator[Cause]:
    kind, path = each.get("pathType"), str(each.get("path", ""))
    if not kind:
        yield required(f"{place}.pathType", "pathType must be specified")
        return
    if kind not in _PATHS:
        yield unsupported(f"{place}.pathType", kind, _PATHS)
    elif not path.startswith("/") and (path or kind != "ImplementationSpecific"):
        yield wrong(f"{place}.path", path, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for part in ("//", "/./", "/../", "%2f", "%2F"):
            if part in path:
                yield wrong(f"{place}.path", path, f"must not contain '{part}'")
        for end in ("/..", "/."):
            if path.endswith(end):
                yield wrong(f"{place}.path", path, f"cannot end with '{end}'")
    yield from _backend(each.get("backend") or {}, f"{place}.backend")


def _backend(backend: Json, path: str) -> Iterator[Cause]:
    found = backend.get("service")
    if found is None and backend.get("resource") is None:
        yield required(path, "either `service` or `resource` must be specified")
    if found is None:
        return
    if backend.get("resource") is not None:
        yield wrong(path, "", "cannot set both resource and service backends")
        return
    name, port = found.get("name"), found.get("port") or {}
    bad = names.label_1035_problem(name) if name else None
    if not name:
        yield required(f"{path}.service.name")
    elif bad:
        yield wrong(f"{path}.service.name", name, bad)
    if port.get("name") and port.get("number"):
        yield wrong(path, "", "cannot set both port name & port number")
    elif port.get("name") or port.get("number"):
        yield from causes.port(port.get("name") or port.get("number"), f"{path}.service.port.{'name' if port.get('name') else 'number'}")
    else:
        yield required(path, "port name or number is required")


# --- network policies -----------------------------------------------------------------------


def network_policy(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    yield from causes.label_selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                yield from _policy_port(port, f"{path}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers) or ()):
                yield from _peer(peer, f"{path}.{peers}[{number}]")
    directions = spec.get("policyTypes") or ()
    if len(directions) > len(_DIRECTIONS):
        yield wrong("spec.policyTypes", directions, "may not specify more than two policyTypes")
        return
    for index, direction in enumerate(directions):
        if direction not in _DIRECTIONS:
            yield unsupported(f"spec.policyTypes[{index}]", direction, _DIRECTIONS)


def _policy_port(port: Json, path: str) -> Iterator[Cause]:
    if port.get("protocol") not in PROTOCOLS:
        yield unsupported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    first, last = port.get("port"), port.get("endPort")
    if first is not None:
        yield from causes.port(first, f"{path}.port")
    if last is None:
        return
    if first is None:
        yield required(f"{path}.port", "must be specified when `endPort` is specified")
    elif isinstance(first, str):
        yield forbidden(f"{path}.endPort", "may not be specified when `port` is non-numeric")
    else:
        if last < first:
            yield wrong(f"{path}.endPort", last, "must be greater than or equal to `port`")
        yield from causes.port(last, f"{path}.endPort")


def _peer(peer: Json, path: str) -> Iterator[Cause]:
    given = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    for name in given:
        yield from _block(peer[name], f"{path}.{name}") if name == "ipBlock" else causes.label_selector(peer[name], f"{path}.{name}")
    if not given:
        yield required(path, "must specify a peer")
    elif len(given) > 1 and "ipBlock" in given:
        yield forbidden(path, "may not specify both ipBlock and another peer")


def _block(block: Json, path: str) -> Iterator[Cause]:
    whole = causes.network(block.get("cidr") or "")
    if not block.get("cidr"):
        yield required(f"{path}.cidr")
    if whole is None:
        yield from causes.cidr(block["cidr"], f"{path}.cidr") if block.get("cidr") else ()
        return
    for index, text in enumerate(block.get("except") or ()):
        part = causes.network(text)
        if part is None:
            yield from causes.cidr(text, f"{path}.except[{index}]")
        elif part.version != whole.version or part.prefixlen <= whole.prefixlen or part.network_address not in whole:
            yield wrong(f"{path}.except[{index}]", text, "must be a strict subset of `cidr`")
