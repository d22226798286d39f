# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases: what helm has stored, what two renderings have in common, and what is said after a failure."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import typing as t
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.unknown import KNOWN_AFTER_APPLY
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import ServerAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.actions import SLACK, Actions, Bounds, outcome
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.binary import Helm, HelmError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.chart import Source, fetch
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.members import Scope
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.rendering import (
    Renderer,
    is_kept,
    merged,
    parsed,
    rendered_differences,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.storage import Revision, history, origin
from tests.helm_charts import chart_files, folder, packaged
from tests.unit.kubernetes.api import Answer, client

REVISION = Revision(
    1, "deployed", "app", "1.0.0", "7", "2026-01-01T00:00:00.123456789Z", "Install complete", "2026-01-01T00:00:00Z", {}, ""
)


def stored(number: int, status: str = "deployed", **info: t.Any) -> dict[str, t.Any]:
    """A Secret as helm writes it."""
    release = {
        "name": "app",
        "version": number,
        "info": {"status": status, "last_deployed": "2026-01-01T00:00:00.123456789Z", "description": "Upgrade complete", **info},
        "chart": {"metadata": {"name": "app", "version": "1.0.0", "appVersion": "7"}},
        "config": {"a": 1},
        "manifest": "---\nkind: ConfigMap\nmetadata: {name: one}\n---\n---\nkind: Secret\nmetadata: {name: two}\n",
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode(), mtime=0))).decode()
    return {"metadata": {"name": f"sh.helm.release.v1.app.v{number}"}, "type": "helm.sh/release.v1", "data": {"release": packed}}


def test_the_history_is_read_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [stored(10), stored(9, "superseded"), {"metadata": {"name": "other"}, "type": "Opaque", "data": {}}]
    api, pool = client(monkeypatch, lambda asked: Answer(200, {"kind": "SecretList", "apiVersion": "v1", "items": items}))
    found = history(api, "test", "app")
    assert [(each.number, each.status) for each in found] == [(9, "superseded"), (10, "deployed")]
    assert [each["metadata"]["name"] for each in found[0].objects] == ["one", "two"]
    assert pool.asked[0].query["labelSelector"] == "owner=helm,name=app"
    assert "Secret" not in repr(found)


@pytest.mark.parametrize("data", ["", "bm8=", base64.b64encode(base64.b64encode(gzip.compress(b"{}", mtime=0))).decode()])
def test_what_is_no_release_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch, data: str) -> None:
    items = [{**stored(1), "data": {"release": data}}]
    api, _ = client(monkeypatch, lambda asked: Answer(200, {"kind": "SecretList", "items": items}))
    with pytest.raises(CloudError, match="does not hold a release"):
        history(api, "test", "app")


def test_ages_and_rollbacks() -> None:
    recent = (datetime.now(UTC) - timedelta(seconds=30)).isoformat()
    assert 25 < dataclasses.replace(REVISION, updated=recent).age < 60
    assert dataclasses.replace(REVISION, updated="").age == float("inf")
    back = dataclasses.replace(REVISION, number=3, description="Rollback to 1")
    again = dataclasses.replace(REVISION, number=5, description="Rollback to 3")
    assert (REVISION.rolled_back_to, back.rolled_back_to) == (None, 1)
    assert origin([REVISION, back, again], again) == REVISION
    assert origin([back], back) == back


OUTCOMES = [
    ([], "Nothing of the release is left"),
    ([dataclasses.replace(REVISION, number=4, description="Rollback to 2")], "rolled back to revision 2, which is now revision 4"),
    ([dataclasses.replace(REVISION, status="pending-upgrade")], "Revision 1 is pending-upgrade; a rerun recovers it"),
    ([dataclasses.replace(REVISION, status="failed")], "Revision 1 is failed and its objects are still there"),
    ([REVISION], "Revision 1 is deployed as before"),
]


@pytest.mark.parametrize(("revisions", "said"), OUTCOMES)
def test_what_became_of_it_is_said(revisions: list[Revision], said: str) -> None:
    assert said in outcome(revisions)


def config_map(name: str = "one", **data: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def paths(have: list[dict[str, t.Any]], want: list[dict[str, t.Any]]) -> list[str]:
    return [each.path for each in rendered_differences(have, want, "test")]


def test_what_is_random_is_known_after_apply_and_no_difference() -> None:
    wanted = merged([config_map(a="1", b="x1", c="same")], [config_map(a="1", b="y2", c="same")])
    assert wanted == [config_map(a="1", b=KNOWN_AFTER_APPLY, c="same")]
    assert paths([config_map(a="1", b="z3", c="same")], wanted) == []
    assert paths([config_map(a="2", b="z3", c="same")], wanted) == ["/manifest/ConfigMap one/data/a"]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "1"}}
    hidden = merged([secret], [{**secret, "stringData": {"a": "2"}}])
    assert paths([secret], hidden) == []
    (found,) = rendered_differences([secret], [{**secret, "stringData": {"a": "2"}}], "test")
    assert found.as_json() == {"path": "/manifest/Secret s/data/a", "before": "********", "after": "********"}


def test_random_names() -> None:
    wanted = merged([config_map("job-a"), config_map()], [config_map("job-b"), config_map()])
    assert [each["metadata"]["name"] for each in wanted] == [KNOWN_AFTER_APPLY, "one"]
    assert paths([config_map("job-c"), config_map()], wanted) == []


def test_objects_come_and_go_and_namespaces_may_be_named() -> None:
    there = {**config_map(), "metadata": {"name": "one", "namespace": "test"}}
    assert paths([config_map()], [there]) == ["/manifest/ConfigMap one/metadata/namespace"]
    assert paths([], [config_map("new")]) == ["/manifest/ConfigMap new"]
    assert paths([config_map("old")], []) == ["/manifest/ConfigMap old"]


def test_hooks_are_left_out_lists_taken_apart_and_nonsense_refused() -> None:
    hook = "kind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n"
    listed = "kind: ConfigMapList\nmetadata: {name: x}\nitems: [{kind: ConfigMap, metadata: {name: a}}]\n"
    assert [each["metadata"]["name"] for each in parsed(f"{hook}---\n{listed}", "render")] == ["a"]
    for text in ("- a", "kind: X", "a: {b", "metadata: {name: x}"):
        with pytest.raises(PlanError, match="render"):
            parsed(text, "render")


def test_what_is_kept() -> None:
    assert is_kept({"metadata": {"annotations": {"helm.sh/resource-policy": " Keep"}}})
    assert not is_kept({"metadata": {}})


COUNTING = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ $.Release.Revision }}
data:
  number: {{ .Release.Revision | quote }}
  upgrade: {{ .Release.IsUpgrade | quote }}
  has: {{ .Capabilities.APIVersions.Has "example.com/v1/Thing" | quote }}
  version: {{ .Capabilities.KubeVersion.Version }}
  value: {{ .Values.replicas | quote }}
"""


@pytest.mark.parametrize("as_archive", [True, False])
def test_a_chart_is_rendered_for_a_cluster_and_a_revision(tmp_path: Path, as_archive: bool) -> None:
    files = chart_files(templates={"all.yaml": COUNTING})
    path = folder(tmp_path / "chart", files)
    if as_archive:
        (tmp_path / "tiny.tgz").write_bytes(packaged(files))
        path = str(tmp_path / "tiny.tgz")
    helm = Helm(Traffic("kubernetes", read_only=True))
    chart = fetch(helm, Source(path))
    made = Renderer(helm, chart, "app", "test", {"replicas": 5}, None, "v1.33.2", ["example.com/v1", "example.com/v1/Thing"])
    (found,) = made.there(7, upgrade=True)
    assert found["metadata"]["name"] == "app-7"
    assert found["data"] == {"number": "7", "upgrade": "true", "has": "true", "version": "v1.33.2", "value": "5"}
    assert (tmp_path / "chart" / "templates" / "all.yaml").read_text() == COUNTING


def test_a_cluster_may_serve_thousands_of_kinds(tmp_path: Path) -> None:
    helm = Helm(Traffic("kubernetes", read_only=True))
    chart = fetch(helm, Source(folder(tmp_path / "chart", chart_files(templates={"all.yaml": COUNTING}))))
    kinds = [f"service{number}.aws.example-provider.io/v1beta1/SomeRatherLongKindOf{number}" for number in range(3000)]
    (found,) = Renderer(helm, chart, "app", "test", {}, None, "v1.33.2", [*kinds, "example.com/v1/Thing"]).apart(1, upgrade=False)
    assert found["data"]["has"] == "true"


REFUSING = [
    ({"all.yaml": '{{ fail "not like this" }}'}, {}, "rendering", "not like this"),
    ({"all.yaml": "{{ .Values.nothing.at.all }}"}, {}, "rendering", "nil pointer"),
    ({}, {"kubeVersion": ">=1.99.0"}, "kube_version", "incompatible with Kubernetes v1.33.2"),
    ({}, {"dependencies": [{"name": "redis", "version": "1.0.0", "repository": "https://example.com"}]}, "rendering", "redis"),
]


@pytest.mark.parametrize(("templates", "about", "code", "said"), REFUSING)
def test_what_a_chart_refuses(tmp_path: Path, templates: dict[str, str], about: dict[str, t.Any], code: str, said: str) -> None:
    helm = Helm(Traffic("kubernetes", read_only=True))
    chart = fetch(helm, Source(folder(tmp_path, chart_files(templates=templates, about=about))))
    with pytest.raises(HelmError, match=said) as caught:
        Renderer(helm, chart, "app", "test", {}, None, "v1.33.2").apart(1, upgrade=False)
    assert caught.value.failure["code"] == code


class Cut(Helm):
    """Fails as helm does when it asks the cluster. saying: its words."""

    saying = ""

    def run(self, what: str, verb: tuple[str, ...], *arguments: str, **more: t.Any) -> str:
        if "--dry-run=server" in arguments:
            raise self.failed(what, self.saying)
        return super().run(what, verb, *arguments, **more)


@pytest.mark.parametrize(
    ("saying", "code", "warned"),
    [
        ("could not get information about the resource: unexpected EOF", "no_answer", 0),
        ('configmaps "a" is forbidden: User "u" cannot get resource', None, 1),
        ("ensure CRDs are installed first", None, 0),
    ],
)
def test_what_helm_cannot_see_in_the_cluster(tmp_path: Path, saying: str, code: str | None, warned: int) -> None:
    """A connection that breaks is an error: a rendering without look-ups would be one of something else."""
    helm = Cut(Traffic("kubernetes", read_only=True))
    helm.saying = saying
    warnings: list[str] = []
    chart = fetch(helm, Source(folder(tmp_path, chart_files())))
    renderer = Renderer(helm, chart, "app", "test", {}, ServerAccess("https://cluster.example", "cluster"), warn=warnings.append)
    if code is None:
        assert [each["kind"] for each in renderer.there(1, upgrade=False)] == ["ConfigMap"]
    else:
        with pytest.raises(HelmError) as caught:
            renderer.there(1, upgrade=False)
        assert caught.value.failure["code"] == code
    assert len(warnings) == warned


def test_helm_gets_its_time_for_each_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = client(monkeypatch, lambda asked: Answer(404, {}))
    given: list[float] = []
    monkeypatch.setattr(Helm, "run", lambda self, *arguments, timeout, **more: given.append(timeout))
    monkeypatch.setattr(type(api), "access", lambda self: ServerAccess("https://cluster.example", "cluster"))
    actions = Actions(Helm(Traffic("kubernetes", read_only=True)), api, Scope("app", "test"), Bounds(True, 100, True, 10))
    actions.roll_back(1, hooks=5)
    actions.uninstall([], hooks=0)
    assert given == [7 * 100 + SLACK, 2 * 100 + SLACK]
