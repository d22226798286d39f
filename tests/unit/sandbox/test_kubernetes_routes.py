# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTPRoutes, GatewayClasses and PodMonitors as the API server takes them: defaults, types, rules."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.clouds.kubernetes import custom, rules_route, values
from sandbox.clouds.kubernetes.charts import definitions, facts
from sandbox.clouds.kubernetes.nodes import Node
from tests.charts import check_resource
from tests.roles import Role

Spec = dict[str, t.Any]

BACKEND: Spec = {"name": "backend", "port": 80}
HEADERS: Spec = {"set": [{"name": "a", "value": "b"}]}
REDIRECT: Spec = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}
REWRITE: Spec = {"type": "URLRewrite", "urlRewrite": {"hostname": "example.com"}}
MIRROR: Spec = {"backendRef": BACKEND}
EXTENSION: Spec = {"group": "traefik.io", "kind": "Middleware", "name": "a"}
TO_PREFIX: Spec = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
REDIRECT_PREFIX: Spec = {"type": "RequestRedirect", "requestRedirect": {"path": TO_PREFIX}}
REWRITE_PREFIX: Spec = {"type": "URLRewrite", "urlRewrite": {"path": TO_PREFIX}}
EXACT: Spec = {"path": {"type": "Exact", "value": "/a"}}
PLAIN = "when type one of ['Exact', 'PathPrefix']"
ONE_PREFIX = "filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified"


def version_of(kind: str, version: str = "v1") -> tuple[Spec, Node]:
    """The schema of a kind in a version, and its structure, as the definition brings them."""
    (known,) = (each for owner in facts.owners() for each in facts.kinds(owner) if each.kind == kind)
    made = definitions.definition(known) | {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
    (resource,) = (each for each in custom.resources_of(made) if each.version == version)
    schema = next(each["schema"]["openAPIV3Schema"] for each in made["spec"]["versions"] if each["name"] == version)
    return schema, custom.node_of(resource)


def kept(kind: str, spec: Spec, version: str = "v1") -> tuple[Spec, list[str], list[str]]:
    """What a server makes of a spec: with defaults, the unknown fields, and what is wrong."""
    schema, node = version_of(kind, version)
    unknown: list[str] = []
    filled = values.default(node, values.prune(node, {"spec": spec}, unknown))
    return filled["spec"], unknown, [f"{each[0]}: {each[2]}" for each in values.check(schema, filled)]


def test_defaults_of_a_route() -> None:
    spec, unknown, wrong = kept("HTTPRoute", {"parentRefs": [{"name": "public"}], "rules": [{"backendRefs": [BACKEND]}]})
    everything = [{"path": {"type": "PathPrefix", "value": "/"}}]
    backend = {"group": "", "kind": "Service", "name": "backend", "port": 80, "weight": 1}
    assert (unknown, wrong) == ([], [])
    assert spec == {
        "parentRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"}],
        "rules": [{"backendRefs": [backend], "matches": everything}],
    }
    assert kept("HTTPRoute", {})[0] == {"rules": [{"matches": everything}]}
    (rule,) = kept("HTTPRoute", {"rules": [{"filters": [REDIRECT], "matches": [{"path": {"value": "/a"}}]}]})[0]["rules"]
    assert rule["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 302}
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/a"}}]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_misspelled_field_is_seen_in_every_version(version: str) -> None:
    spec = {"parentRef": [], "rules": [{"backendRefs": [BACKEND | {"servicePort": 80}]}]}
    filled, unknown, _ = kept("HTTPRoute", spec, version)
    assert unknown == ["spec.parentRef", "spec.rules[0].backendRefs[0].servicePort"]
    assert list(filled) == ["rules"]


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        (
            "HTTPRoute",
            {"rules": [{"backendRefs": [{"name": "a", "port": "80"}]}]},
            'spec.rules[0].backendRefs[0].port: Invalid value: "string": spec.rules[0].backendRefs[0].port in body must be of type '
            'integer: "string"',
        ),
        (
            "HTTPRoute",
            {"rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"statusCode": 308}}]}]},
            'spec.rules[0].filters[0].requestRedirect.statusCode: Unsupported value: 308: supported values: "301", "302"',
        ),
        (
            "HTTPRoute",
            {"hostnames": ["*"]},
            'spec.hostnames[0]: Invalid value: "*": spec.hostnames[0] in body should match '
            r"'^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
        ),
        ("GatewayClass", {"description": "none"}, "spec.controllerName: Required value"),
        ("PodMonitor", {"podMetricsEndpoints": []}, "spec.selector: Required value"),
        (
            "PodMonitor",
            {"selector": {}, "podMetricsEndpoints": [{"portNumber": 0}]},
            "spec.podMetricsEndpoints[0].portNumber: Invalid value: 0: spec.podMetricsEndpoints[0].portNumber in body should be greater "
            "than or equal to 1",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(kind: str, spec: Spec, expected: str) -> None:
    assert kept(kind, spec)[2] == [expected]


def test_a_pod_monitor() -> None:
    """The role's own; and what stands elsewhere in it than people think (MicrosoftDocs/azure-monitor-docs#108)."""
    (declared,) = Role("backend", backend_pod_monitor_api="azmonitoring.coreos.com/v1").value("__backend_pod_monitor")
    assert check_resource(declared) == []
    assert kept("PodMonitor", declared["spec"]) == (declared["spec"], [], [])
    relabeled = {"selector": {"namespaceSelector": {}}, "podMetricsEndpoints": [{"relabelings": [{"targetLabel": "a"}], "intervall": "1m"}]}
    spec, unknown, _ = kept("PodMonitor", relabeled)
    assert unknown == ["spec.selector.namespaceSelector", "spec.podMetricsEndpoints[0].intervall"]
    assert spec["podMetricsEndpoints"] == [{"relabelings": [{"action": "replace", "targetLabel": "a"}]}]


def rule(**given: t.Any) -> Spec:
    return {"rules": [given]}


def parents(*given: Spec) -> Spec:
    return {"parentRefs": [{"name": "public", **each} for each in given]}


def path(value: str, kind: str = "PathPrefix") -> Spec:
    return rule(matches=[{"path": {"type": kind, "value": value}}])


def mirror(**given: t.Any) -> Spec:
    return rule(filters=[{"type": "RequestMirror", "requestMirror": MIRROR | given}])


def redirect(**given: t.Any) -> Spec:
    return rule(filters=[{"type": "RequestRedirect", "requestRedirect": {"path": given}}])


# Each rule, and a route that breaks it and no other.
BROKEN: dict[str, Spec] = {
    "sectionName must be specified when parentRefs includes 2 or more references to the same parent": parents({}, {"sectionName": "http"}),
    "sectionName must be unique when parentRefs includes 2 or more references to the same parent": parents({}, {}),
    "filter.requestHeaderModifier must be nil if the filter.type is not RequestHeaderModifier": rule(
        filters=[REDIRECT | {"requestHeaderModifier": HEADERS}]
    ),
    "filter.responseHeaderModifier must be nil if the filter.type is not ResponseHeaderModifier": rule(
        filters=[REDIRECT | {"responseHeaderModifier": HEADERS}]
    ),
    "filter.requestMirror must be nil if the filter.type is not RequestMirror": rule(filters=[REDIRECT | {"requestMirror": MIRROR}]),
    "filter.requestRedirect must be nil if the filter.type is not RequestRedirect": rule(filters=[REWRITE | {"requestRedirect": {}}]),
    "filter.urlRewrite must be nil if the filter.type is not URLRewrite": rule(filters=[REDIRECT | {"urlRewrite": {}}]),
    "filter.extensionRef must be nil if the filter.type is not ExtensionRef": rule(filters=[REDIRECT | {"extensionRef": EXTENSION}]),
    **{
        f"filter.{field} must be specified for {kind} filter.type": rule(filters=[{"type": kind}])
        for field, kind in (
            *(("requestHeaderModifier", "RequestHeaderModifier"), ("responseHeaderModifier", "ResponseHeaderModifier")),
            *(("requestMirror", "RequestMirror"), ("requestRedirect", "RequestRedirect")),
            *(("urlRewrite", "URLRewrite"), ("extensionRef", "ExtensionRef")),
        )
    },
    "replaceFullPath must be specified when type is set to 'ReplaceFullPath'": redirect(type="ReplaceFullPath"),
    "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'": redirect(type="ReplacePrefixMatch"),
    "type must be 'ReplaceFullPath' when replaceFullPath is set": redirect(**TO_PREFIX, replaceFullPath="/"),
    "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set": redirect(
        type="ReplaceFullPath", replaceFullPath="/", replacePrefixMatch="/"
    ),
    "Must have port for Service reference": rule(backendRefs=[{"name": "backend"}]),
    "numerator must be less than or equal to denominator": mirror(fraction={"numerator": 101}),
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter": mirror(percent=1, fraction={"numerator": 1}),
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both": rule(filters=[REDIRECT, REWRITE]),
    "RequestHeaderModifier filter cannot be repeated": rule(
        filters=[{"type": "RequestHeaderModifier", "requestHeaderModifier": HEADERS}] * 2
    ),
    "ResponseHeaderModifier filter cannot be repeated": rule(
        filters=[{"type": "ResponseHeaderModifier", "responseHeaderModifier": HEADERS}] * 2
    ),
    "RequestRedirect filter cannot be repeated": rule(filters=[REDIRECT] * 2),
    "URLRewrite filter cannot be repeated": rule(filters=[REWRITE] * 2),
    f"value must be an absolute path and start with '/' {PLAIN}": path("a"),
    f"must not contain '//' {PLAIN}": path("/a//b"),
    f"must not contain '/./' {PLAIN}": path("/./a"),
    f"must not contain '/../' {PLAIN}": path("/../a"),
    f"must not contain '%2f' {PLAIN}": path("/a%2fb"),
    f"must not contain '%2F' {PLAIN}": path("/a%2Fb", "Exact"),
    f"must not end with '/..' {PLAIN}": path("/a/.."),
    f"must not end with '/.' {PLAIN}": path("/a/."),
    "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types "
    "['Exact', 'PathPrefix']": path("/a b"),
    "backendRequest timeout cannot be longer than request timeout": rule(timeouts={"request": "1m", "backendRequest": "1m1ms"}),
    "RequestRedirect filter must not be used together with backendRefs": rule(filters=[REDIRECT], backendRefs=[BACKEND]),
    f"When using RequestRedirect {ONE_PREFIX}": rule(filters=[REDIRECT_PREFIX], matches=[EXACT]),
    f"When using URLRewrite {ONE_PREFIX}": rule(filters=[REWRITE_PREFIX], matches=[{}, {}]),
    f"Within backendRefs, when using RequestRedirect {ONE_PREFIX}": rule(
        backendRefs=[BACKEND | {"filters": [REDIRECT_PREFIX]}], matches=[EXACT]
    ),
    f"Within backendRefs, When using URLRewrite {ONE_PREFIX}": rule(backendRefs=[BACKEND | {"filters": [REWRITE_PREFIX]}], matches=[EXACT]),
}
# A sign that is no valid character either: two rules tell of it.
TWICE = f"must not contain '#' {PLAIN}"


@pytest.mark.parametrize(("expected", "spec"), BROKEN.items())
def test_a_rule_that_is_broken_is_told(expected: str, spec: Spec) -> None:
    assert [each.partition('": ')[2] for each in kept("HTTPRoute", spec)[2]] == [expected]


def test_each_rule_is_tried() -> None:
    assert {*BROKEN, TWICE} == {*rules_route.HOLDS}
    assert TWICE in kept("HTTPRoute", path("/a#b"))[2][0]


@pytest.mark.parametrize(
    "spec",
    [
        parents({"sectionName": "http"}, {"sectionName": "https"}),
        parents({}, {"namespace": "other"}),
        rule(filters=[REDIRECT, {"type": "RequestHeaderModifier", "requestHeaderModifier": HEADERS}]),
        rule(filters=[REDIRECT_PREFIX]),
        rule(filters=[{"type": "ExtensionRef", "extensionRef": EXTENSION}] * 2, backendRefs=[BACKEND]),
        rule(backendRefs=[{"group": "example.com", "kind": "Bucket", "name": "a"}]),
        rule(backendRefs=[BACKEND | {"filters": [REWRITE_PREFIX]}]),
        rule(timeouts={"request": "0s", "backendRequest": "1h"}),
        rule(timeouts={"request": "1h", "backendRequest": "59m60s"}),
        path("[^/]+//.*", "RegularExpression"),
        mirror(percent=50),
    ],
)
def test_what_breaks_no_rule(spec: Spec) -> None:
    filled, unknown, wrong = kept("HTTPRoute", spec)
    assert (unknown, wrong) == ([], [])
    assert kept("HTTPRoute", filled) == (filled, [], [])  # filled once and for all
