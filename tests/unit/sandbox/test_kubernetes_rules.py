# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small rules of the emulated API server that a table says more clearly than a client does."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.clouds.kubernetes import custom, decoding, defaults, fields, merging, rules, validation, values
from sandbox.clouds.kubernetes.built_in import node_of
from sandbox.clouds.kubernetes.charts import facts
from sandbox.clouds.kubernetes.discovery import priority
from sandbox.clouds.kubernetes.errors import ApiError
from sandbox.clouds.kubernetes.jsonpath import find
from sandbox.clouds.kubernetes.patches import json_patch, merge_patch, strategic_patch
from sandbox.clouds.kubernetes.quantities import canonical
from sandbox.clouds.kubernetes.resources import BUILT_IN
from sandbox.clouds.kubernetes.selectors import labels_fit, object_fits

VERSION = "1.35.1"
DEPLOYMENT = BUILT_IN["apps/v1", "deployments"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        *(("1000m", "1"), ("0.5", "500m"), ("1500m", "1500m"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("100000", "100k")),
        *(("1e3", "1e3"), ("0", "0"), ("512", "512"), ("100Ki", "100Ki"), ("0.0001m", "100n"), ("128Mi", "128Mi")),
    ],
)
def test_quantities_have_one_form(written: str, kept: str) -> None:
    assert canonical(written) == kept
    assert canonical(kept) == kept


@pytest.mark.parametrize("text", ["", "1 Gi", "1gi", "abc", "1KiB"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        canonical(text)


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        *(("", True), ("app=web", True), ("app==web", True), ("app!=web", False), ("app", True), ("!app", False), ("!none", True)),
        *(("app in (db, web)", True), ("app notin (web)", False), ("none notin (a)", True), ("app=web,tier=front", False)),
    ],
)
def test_label_selectors(selector: str, fits: bool) -> None:
    assert labels_fit(selector, {"app": "web"}) is fits


def test_selectors_inside_objects() -> None:
    labels = {"app": "web"}
    assert object_fits({}, labels)
    assert not object_fits(None, labels)
    assert object_fits({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, labels)
    assert not object_fits({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, labels)
    with pytest.raises(ApiError, match="unable to parse requirement"):
        labels_fit("a b c", labels)


@pytest.mark.parametrize(
    ("operations", "wanted"),
    [
        ([{"op": "add", "path": "/list/-", "value": 3}], {"list": [1, 2, 3], "a/b": 1}),
        ([{"op": "add", "path": "/list/0", "value": 0}], {"list": [0, 1, 2], "a/b": 1}),
        ([{"op": "remove", "path": "/a~1b"}], {"list": [1, 2]}),
        ([{"op": "move", "from": "/list", "path": "/other"}], {"other": [1, 2], "a/b": 1}),
        ([{"op": "copy", "from": "/list/0", "path": "/list/-"}], {"list": [1, 2, 1], "a/b": 1}),
    ],
)
def test_json_patches(operations: list[dict[str, t.Any]], wanted: dict[str, t.Any]) -> None:
    assert json_patch({"list": [1, 2], "a/b": 1}, operations) == wanted


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/nope"},
        {"op": "replace", "path": "/nope", "value": 1},
        {"op": "add", "path": "/list/9", "value": 1},
        {"op": "test", "path": "/list/0", "value": 9},
        {"op": "other", "path": "/list"},
    ],
)
def test_json_patches_that_do_not_apply(operation: dict[str, t.Any]) -> None:
    with pytest.raises(ApiError, match="422 Invalid"):
        json_patch({"list": [1]}, [operation])


def test_merge_patches() -> None:
    assert merge_patch({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": 3}, "d": [2]}) == {"a": {"c": 2, "e": 3}, "d": [2]}


POD = {"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}], "tolerations": [{"key": "k"}]}


@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        ({"containers": [{"name": "b", "image": "2"}]}, ["a:1", "b:2"]),
        ({"containers": [{"name": "c", "image": "2"}]}, ["c:2", "a:1", "b:1"]),
        ({"containers": [{"name": "a", "$patch": "delete"}]}, ["b:1"]),
        ({"containers": [{"$patch": "replace"}, {"name": "d", "image": "1"}]}, ["d:1"]),
        ({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": "3"}]}, ["b:1", "a:3"]),
    ],
)
def test_strategic_merge_patches_of_containers(patch: dict[str, t.Any], wanted: list[str]) -> None:
    node = t.cast(t.Any, node_of(DEPLOYMENT, VERSION)).child("spec").child("template").child("spec")
    found = strategic_patch(node, POD, patch)
    assert [f"{each['name']}:{each['image']}" for each in found["containers"]] == wanted
    assert strategic_patch(node, POD, {"tolerations": [{"key": "other"}]})["tolerations"] == [{"key": "other"}]


def test_the_fields_of_an_object_in_the_books_and_back() -> None:
    node = t.cast(t.Any, node_of(DEPLOYMENT, VERSION))
    ports = [{"containerPort": 80}]
    body = {"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "ports": ports}], "nodeSelector": {"x": "y"}}}}}
    paths = set(fields.paths_of(node, body))
    tree = fields.encode(paths)
    pod = tree["f:spec"]["f:template"]["f:spec"]
    assert pod["f:nodeSelector"] == {}  # one whole
    assert pod["f:containers"]['k:{"name":"a"}']["f:ports"] == {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}
    assert fields.decode(tree) == paths
    shown = {fields.written(path) for path in paths}
    assert '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].containerPort' in shown


def test_what_differs_says_what_is_new_with_all_that_is_in_it() -> None:
    node = t.cast(t.Any, node_of(DEPLOYMENT, VERSION))
    before = {"metadata": {"name": "a"}, "spec": {"replicas": 1}}
    found = fields.compare(node, before, {"metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"replicas": 2}})
    assert found.added == {("f:metadata", "f:labels"), ("f:metadata", "f:labels", "f:x")}
    assert found.modified == {("f:spec", "f:replicas")}
    assert merging.without(node, before, [("f:spec", "f:replicas")]) == {"metadata": {"name": "a"}, "spec": {}}


def test_versions_in_their_order() -> None:
    names = ["foo1", "v1alpha2", "v1beta1", "v2", "v1", "v10", "v2beta3"]
    assert sorted(names, key=priority, reverse=True) == ["v10", "v2", "v1", "v2beta3", "v1beta1", "v1alpha2", "foo1"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".metadata.labels.a\\.b/c", ["x"]),
        (".items[0]", [1]),
        (".items[*]", [1, 2]),
        ("{.items[-1]}", [2]),
        (".nope.at.all", []),
    ],
)
def test_paths_of_columns(path: str, found: list[t.Any]) -> None:
    thing = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}, "metadata": {"labels": {"a.b/c": "x"}}, "items": [1, 2]}
    assert find(path, thing) == found


HTTPS: dict[str, t.Any] = {
    "name": "https",
    "port": 443,
    "protocol": "HTTPS",
    "tls": {"certificateRefs": [{"name": "tls"}], "mode": "Terminate"},
}


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ([HTTPS, HTTPS | {"name": "other", "hostname": "example.com"}], ""),
        ([HTTPS | {"protocol": "HTTP"}], "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"),
        ([HTTPS | {"tls": {"mode": "Passthrough"}}], "tls mode must be Terminate for protocol HTTPS"),
        ([HTTPS | {"tls": {"mode": "Terminate"}}], "certificateRefs or options must be specified when mode is Terminate"),
        ([{"name": "tls", "port": 443, "protocol": "TLS"}], "tls mode must be set for protocol TLS"),
        ([{"name": "tcp", "port": 1, "protocol": "TCP", "hostname": "a"}], "hostname must not be specified for protocols ['TCP', 'UDP']"),
        ([HTTPS, HTTPS | {"name": "other"}], "Combination of port, protocol and hostname must be unique for each listener"),
    ],
)
def test_rules_for_listeners(listeners: list[dict[str, t.Any]], expected: str) -> None:
    schema = facts.fields("Gateway")
    assert schema is not None
    causes = values.check(schema, {"spec": {"gatewayClassName": "any", "listeners": listeners}})
    assert [each[2].partition('": ')[2] for each in causes] == ([expected] if expected else [])


def test_every_rule_of_the_facts_is_evaluated() -> None:
    """A rule that is in a definition and is not evaluated would only look strict."""

    def messages(schema: t.Any) -> t.Iterator[str]:
        if isinstance(schema, dict):
            yield from (each["message"] for each in schema.get("x-kubernetes-validations") or ())
            for below in schema.values():
                yield from messages(below)

    known = {message for owner in facts.owners() for kind in facts.kinds(owner) for message in messages(facts.fields(kind.kind))}
    assert known == {*rules.HOLDS}


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[a-z]+$", "abc", True),
        ("^[a-z]+$", "abc\n", False),  # Python's own $ is also before a last line end
        (r"^[a-z]+\z", "abc", True),
        (r"^[a-z]+\z", "ab1", False),
        (r"^a\$$", "a$", True),
        (r"^\d+$", "٣", False),  # Go's digits are those of ASCII
        (r"^[\p{L}]+$", "abc", True),  # Python does not know this one
    ],
)
def test_patterns_mean_what_they_mean_to_go(pattern: str, text: str, fits: bool) -> None:
    schema = {"properties": {"spec": {"type": "string", "pattern": pattern}}}
    assert (values.check(schema, {"spec": text}) == []) == fits


def test_an_object_within_an_object_keeps_what_an_object_has() -> None:
    embedded = {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"template": embedded}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [version]}
    (resource,) = custom.resources_of({"spec": spec, "status": {"conditions": [{"type": "Established", "status": "True"}]}})
    inner = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"b": "c"}}, "spec": {}}
    unknown: list[str] = []
    thing = {"spec": {"template": inner | {"other": 1}}}
    assert values.prune(custom.node_of(resource), thing, unknown) == {"spec": {"template": inner}}
    assert unknown == ["spec.template.other"]


def test_a_structure_that_is_null_is_not_there() -> None:
    """Of YAML with an empty `template:`; what is required of it is told when it is validated."""
    sent = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": None, "selector": {"matchLabels": {"app": "web"}}}}
    read = decoding.decode(t.cast(t.Any, node_of(DEPLOYMENT, VERSION)), sent).value
    defaults.fill(DEPLOYMENT, read)
    assert "spec.template.metadata.labels" in {cause.field for cause in validation.check(DEPLOYMENT, read)}
