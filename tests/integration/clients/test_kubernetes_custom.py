# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom resources: definitions, what their schemas refuse, prune and fill in, versions, and their subresources."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import Cluster, Thing

DEFINITIONS = "apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "apis/example.com/v1/namespaces/default/widgets"
APPLY = {"Content-Type": "application/apply-patch+yaml"}
SPEC: Thing = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 5},
        "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "title": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "port": {"x-kubernetes-int-or-string": True},
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "weight": {"type": "integer", "default": 1}},
            },
        },
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "provider": {
            "type": "object",
            "properties": {"vault": {"type": "object", "properties": {"url": {"type": "string"}}}, "file": {"type": "object"}},
            "maxProperties": 1,
            "minProperties": 1,
        },
        "source": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
    },
}
STATUS: Thing = {"type": "object", "properties": {"replicas": {"type": "integer"}, "ready": {"type": "boolean"}}}
SCALE = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.replicas"}


def version(name: str, *, served: bool = True, storage: bool = False) -> Thing:
    schema = {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}
    columns = [{"name": "Color", "type": "string", "jsonPath": ".spec.color"}]
    return {
        "name": name,
        "served": served,
        "storage": storage,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": SCALE},
        "additionalPrinterColumns": columns,
    }


def definition() -> Thing:
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"]}
    versions = [version("v1", storage=True), version("v1beta1"), version("v1alpha1", served=False)]
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": versions}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": spec,
    }


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    found = Cluster(cloud, tmp_path)
    assert found.ask("POST", DEFINITIONS, definition()).status_code == 201
    found.until(lambda: found.ask("GET", WIDGETS).ok)
    return found


def widget(name: str = "a", **spec: t.Any) -> Thing:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 1, **spec}}


def create(cluster: Cluster, thing: Thing, query: str = "") -> Thing:
    return t.cast(Thing, cluster.ask("POST", f"{WIDGETS}?{query}", thing).json())


def test_a_definition_is_served_when_it_is_established(cluster: Cluster) -> None:
    cluster.cloud.fault("slow_operation", action="Establish CustomResourceDefinition", seconds=30)
    late = definition()
    late["metadata"]["name"] = "gadgets.example.com"
    late["spec"]["names"] = {"plural": "gadgets", "kind": "Gadget"}
    made = cluster.ask("POST", DEFINITIONS, late).json()
    assert made["spec"]["names"] == {"plural": "gadgets", "kind": "Gadget", "singular": "gadget", "listKind": "GadgetList"}
    assert cluster.ask("GET", "apis/example.com/v1/gadgets").status_code == 404
    conditions = cluster.ask("GET", f"{DEFINITIONS}/gadgets.example.com").json()["status"]["conditions"]
    assert [each["type"] for each in conditions] == ["NamesAccepted"]


def test_defaults_and_pruning(cluster: Cluster) -> None:
    found = create(cluster, widget(unknown=1, parts=[{"name": "x", "y": 1}], free={"any": {"thing": None}}, labels={"a": "b"}, color=None))
    assert found["spec"] == {
        "size": 1,
        "color": "red",
        "parts": [{"name": "x", "weight": 1}],
        "free": {"any": {"thing": None}},
        "labels": {"a": "b"},
    }
    assert found["metadata"]["generation"] == 1
    strict = create(cluster, widget("b", unknown=1), "fieldValidation=Strict")
    assert strict["message"] == 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.unknown"'


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"size": 9}, "spec.size: Invalid value: 9: spec.size in body should be less than or equal to 5"),
        ({"size": "1"}, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'),
        ({"size": None}, "spec.size: Required value"),
        ({"color": "green"}, 'spec.color: Unsupported value: "green": supported values: "red", "blue"'),
        ({"title": "A"}, "spec.title: Invalid value: \"A\": spec.title in body should match '^[a-z]+$'"),
        ({"title": "abcdef"}, "spec.title: Too long: may not be more than 5 bytes"),
        ({"port": True}, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'),
        ({"parts": [{"name": "x"}, {"name": "x"}]}, 'spec.parts[1]: Duplicate value: {"name":"x"}'),
        ({"parts": [{}]}, "spec.parts[0].name: Required value"),
        ({"provider": {"vault": {}, "file": {}}}, "spec.provider: Too many: 2: must have at most 1 items"),
        ({"source": {}}, '<nil>: Invalid value: "": "spec.source" must validate one and only one schema (oneOf). Found none valid'),
    ],
)
def test_what_the_schema_refuses(cluster: Cluster, spec: Thing, message: str) -> None:
    answer = create(cluster, widget(**spec))
    assert (answer["code"], answer["message"]) == (422, f'Widget.example.com "a" is invalid: {message}')


def test_what_is_missing(cluster: Cluster) -> None:
    answer = create(cluster, {**widget(), "spec": {}})
    assert answer["details"]["causes"] == [{"reason": "FieldValueRequired", "message": "Required value", "field": "spec.size"}]


def test_versions_are_served_or_not(cluster: Cluster) -> None:
    create(cluster, widget())
    other = cluster.ask("GET", "apis/example.com/v1beta1/namespaces/default/widgets/a").json()
    assert other["apiVersion"] == "example.com/v1beta1"
    assert cluster.ask("GET", "apis/example.com/v1alpha1/namespaces/default/widgets/a").status_code == 404
    groups = cluster.ask("GET", "apis/example.com").json()
    assert [each["version"] for each in groups["versions"]] == ["v1", "v1beta1"]
    assert cluster.kubectl("get", "wd", "a", "-o", "jsonpath={.apiVersion}").stdout == "example.com/v1"


def test_the_status_is_written_only_as_a_status(cluster: Cluster) -> None:
    made = create(cluster, {**widget(), "status": {"ready": True}})
    assert "status" not in made
    both = {**made, "spec": {"size": 2}, "status": {"ready": True, "replicas": 1}}
    found = cluster.ask("PUT", f"{WIDGETS}/a/status", both).json()
    assert (found["spec"]["size"], found["status"], found["metadata"]["generation"]) == (1, {"ready": True, "replicas": 1}, 1)
    found = cluster.ask("PUT", f"{WIDGETS}/a", {**found, "spec": {"size": 2}, "status": {}}).json()
    assert (found["spec"]["size"], found["status"]["ready"], found["metadata"]["generation"]) == (2, True, 2)


def test_the_scale_of_a_custom_resource(cluster: Cluster) -> None:
    create(cluster, widget())
    assert cluster.kubectl("scale", "widget", "a", "--replicas=3").returncode == 0
    assert cluster.ask("GET", f"{WIDGETS}/a/scale").json()["spec"] == {"replicas": 3}
    assert cluster.ask("GET", f"{WIDGETS}/a").json()["spec"]["size"] == 3


def test_apply_merges_by_the_schemas_keys_and_takes_nothing_unknown(cluster: Cluster) -> None:
    def apply(manager: str, *parts: Thing) -> Thing:
        body = widget(parts=list(parts))
        return t.cast(Thing, cluster.ask("PATCH", f"{WIDGETS}/a?fieldManager={manager}&force=true", body, **APPLY).json())

    apply("one", {"name": "x"})
    found = apply("two", {"name": "y", "weight": 2})
    assert found["spec"]["parts"] == [{"name": "x", "weight": 1}, {"name": "y", "weight": 2}]
    found = apply("two")
    assert [each["name"] for each in found["spec"]["parts"]] == ["x"]
    wrong = cluster.ask("PATCH", f"{WIDGETS}/a?fieldManager=one", widget(nope=1), **APPLY).json()
    assert wrong["message"].endswith("(default/a; example.com/v1, Kind=Widget): .spec.nope: field not declared in schema")


def test_no_strategic_merge_patch(cluster: Cluster) -> None:
    create(cluster, widget())
    answer = cluster.ask("PATCH", f"{WIDGETS}/a", {"spec": {}}, **{"Content-Type": "application/strategic-merge-patch+json"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UnsupportedMediaType")


def test_columns_for_people(cluster: Cluster) -> None:
    create(cluster, widget(color="blue"))
    assert cluster.kubectl("get", "wd").stdout.split() == ["NAME", "COLOR", "a", "blue"]
    assert "widget.example.com/a" in cluster.kubectl("get", "all").stdout


def test_instances_go_with_their_definition(cluster: Cluster) -> None:
    create(cluster, widget())
    assert cluster.kubectl("delete", "crd", "widgets.example.com").returncode == 0
    assert cluster.ask("GET", WIDGETS).status_code == 404
    assert cluster.ask("POST", DEFINITIONS, definition()).status_code == 201
    cluster.until(lambda: cluster.ask("GET", WIDGETS).ok)
    assert cluster.ask("GET", WIDGETS).json()["items"] == []


def test_an_instance_that_waits_keeps_its_definition(cluster: Cluster) -> None:
    waiting = {**widget(), "metadata": {"name": "a", "finalizers": ["example.com/wait"]}}
    create(cluster, waiting)
    assert cluster.kubectl("delete", "crd", "widgets.example.com", "--wait=false").returncode == 0
    assert create(cluster, widget("b"))["message"] == "create not allowed while custom resource definition is terminating"
    patch = {"metadata": {"finalizers": None}}
    assert cluster.ask("PATCH", f"{WIDGETS}/a", patch, **{"Content-Type": "application/merge-patch+json"}).ok
    assert cluster.ask("GET", f"{DEFINITIONS}/widgets.example.com").status_code == 404


def test_a_definition_too_big_for_an_annotation_can_only_be_applied_by_the_server(cluster: Cluster, tmp_path: Path) -> None:
    big = definition()
    big["metadata"]["name"] = "big.example.com"
    big["spec"]["names"] = {"plural": "big", "kind": "Big"}
    schema = big["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"] = {
        **schema["properties"],
        **{f"field{number}": {"type": "string", "description": "x" * 900} for number in range(300)},
    }
    file = tmp_path / "big.json"
    file.write_text(json.dumps(big))
    refused = cluster.kubectl("apply", "-f", str(file))
    assert "metadata.annotations: Too long: may not be more than 262144 bytes" in refused.stderr
    assert cluster.kubectl("apply", "--server-side", "-f", str(file)).returncode == 0
