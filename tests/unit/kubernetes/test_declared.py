# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task declares: checked, labelled, and put in order."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.manifests import SET, declared_manifests
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.order import (
    defined_by,
    in_waves,
    probably_namespaced,
)

ONE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}


def params(**more: t.Any) -> dict[str, t.Any]:
    return {"objects": None, "files": None, "kustomize": None, "set": None, **more}


def test_lists_stand_for_their_items_and_sets_are_labelled() -> None:
    nested = {"apiVersion": "v1", "kind": "List", "items": [ONE, {"kind": "ConfigMapList", "items": [ONE]}]}
    found = declared_manifests(params(objects=[nested], set="us"))
    assert [each["metadata"]["labels"] for each in found] == [{SET: "us"}] * 2
    assert "labels" not in ONE["metadata"]


def test_files_hold_documents_and_dates_are_text(tmp_path: Path) -> None:
    path = tmp_path / "all.yml"
    path.write_text("---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {day: 2026-11-25}\n---\n# nothing\n")
    (found,) = declared_manifests(params(files=[str(path)]))
    assert found["data"] == {"day": "2026-11-25"}


def test_files_are_read_as_kubectl_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "all.yml"
    path.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: 22:30, at: 2026-11-25 10:00:00, 1: 1e3}\n")
    (found,) = declared_manifests(params(files=[str(path)]))
    assert found["spec"] == {"ports": "22:30", "at": "2026-11-25 10:00:00", "1": 1000.0}
    path.write_text("a: [")
    with pytest.raises(PlanError, match=r"all\.yml: no YAML: .* in line"):
        declared_manifests(params(files=[str(path)]))


@pytest.mark.parametrize(("sign", "end"), [("|", "\n"), ("|-", ""), ("|+", "\n\n")])
def test_the_end_of_a_file_is_that_of_its_last_text(tmp_path: Path, sign: str, end: str) -> None:
    path = tmp_path / "all.yml"
    path.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  conf: {sign}\n    a\n    b\n\n")
    (found,) = declared_manifests(params(files=[str(path)]))
    assert found["data"] == {"conf": f"a\nb{end}"}


def test_overlays_need_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PlanError, match="neither is on PATH") as caught:
        declared_manifests(params(kustomize="x"))
    assert caught.value.failure["code"] == "missing_program"


def test_the_order_of_installation() -> None:
    kinds = [
        "Thing",
        "Deployment",
        "ValidatingWebhookConfiguration",
        "Secret",
        "CustomResourceDefinition",
        "ConfigMap",
        "Namespace",
        "Service",
    ]
    assert in_waves(kinds, lambda kind: kind) == [
        ["CustomResourceDefinition", "Namespace"],
        ["Secret", "ConfigMap"],
        ["Service"],
        ["Deployment"],
        ["ValidatingWebhookConfiguration"],
        ["Thing"],
    ]


def test_what_a_definition_will_serve() -> None:
    spec = {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"kind": "Thing", "plural": "things"},
        "versions": [{"name": "v1", "served": True}, {"name": "v1beta1", "served": False}],
    }
    found = defined_by([{"kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"}, "spec": spec}, ONE])
    assert {key: (each.path(None, "x"), each.namespaced) for key, each in found.items()} == {
        ("example.com/v1", "Thing"): ("/apis/example.com/v1/things/x", False)
    }


@pytest.mark.parametrize(
    ("kind", "namespaced"), [("ClusterSecretStore", False), ("GatewayClass", False), ("Gateway", True), ("Namespace", False)]
)
def test_kinds_that_nothing_serves_yet(kind: str, namespaced: bool) -> None:
    assert probably_namespaced(kind) is namespaced


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({**ONE, "metadata": {"name": "one", "labels": ["a"]}}, "labels is list, not a mapping"),
        ({**ONE, "metadata": {"name": 5}}, "metadata.name is 5, not text. Quote it"),
        ({**SECRET, "stringData": {"pin": 987654321}}, "pin of stringData is int, not text. Quote it"),
        ({**SECRET, "stringData": {"pin": {"in": "hunter2"}}}, "pin of stringData is dict, not text"),
        ({**SECRET, "data": ["hunter2"]}, "data is list, not a mapping"),
        ({**SECRET, "stringData": "hunter2"}, "stringData is str, not a mapping"),
    ],
)
def test_what_is_not_as_it_must_be_is_said_without_secrets(document: dict[str, t.Any], words: str) -> None:
    with pytest.raises(PlanError) as caught:
        declared_manifests(params(objects=[document]))
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "987654321" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: [a\n", "in line 2"),
        ("kind: {{ kind }}\n", "Templates are not filled in here"),
        ("# nothing\n---\n", "there is no object in "),
        ("kind: !!binary aGk=\n", "no JSON"),
    ],
)
def test_files_that_hold_no_objects_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "thing.yml"
    path.write_text(text)
    with pytest.raises(PlanError) as caught:
        declared_manifests(params(files=[str(path)]))
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_nothing_may_be_declared_on_purpose(tmp_path: Path) -> None:
    assert declared_manifests(params(objects=[])) == []
