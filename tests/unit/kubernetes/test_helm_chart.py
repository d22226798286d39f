# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts: where they come from, which one it is, and what there is when it is not there. By the real helm."""

from __future__ import annotations

import functools
import hashlib
import threading
import typing as t
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import HybridCloudError, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.binary import Helm, find
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.chart import Source, fetch
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.known_values import refuse_unknown
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.offers import nearest
from tests.helm_charts import chart_files, folder, packaged


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: t.Any) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@pytest.fixture
def helm() -> Helm:
    return Helm(Traffic("kubernetes", read_only=True))


@pytest.fixture
def repository(tmp_path: Path) -> t.Iterator[ThreadingHTTPServer]:
    """A chart repository on this machine with tiny 1.0.0, 1.1.0 and 2.0.0."""
    entries = []
    for version in ("2.0.0", "1.1.0", "1.0.0"):
        (tmp_path / f"tiny-{version}.tgz").write_bytes(packaged(chart_files(version=version)))
        entries.append({"apiVersion": "v2", "name": "tiny", "version": version, "urls": [f"tiny-{version}.tgz"]})
    (tmp_path / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": {"tiny": entries}}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def url(repository: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{repository.server_port}"


def test_a_chart_of_a_repository_is_fetched_once(helm: Helm, repository: ThreadingHTTPServer, tmp_path: Path) -> None:
    digest = hashlib.sha256((tmp_path / "tiny-1.1.0.tgz").read_bytes()).hexdigest()
    chart = fetch(helm, Source("tiny", url(repository), "1.1.0", f"sha256:{digest}"))
    assert (chart.name, chart.version, chart.app_version, chart.values["image"]["tag"]) == ("tiny", "1.1.0", "7", "1")
    assert repository.asked == ["/index.yaml", "/tiny-1.1.0.tgz"]  # type: ignore[attr-defined]
    assert Path(chart.at(tmp_path)).read_bytes() == (tmp_path / "tiny-1.1.0.tgz").read_bytes()


def test_what_helm_says_while_it_fetches_is_not_taken_for_the_chart(
    monkeypatch: pytest.MonkeyPatch, repository: ThreadingHTTPServer, tmp_path: Path
) -> None:
    """Since 4.2.1 it tells of its progress where results stand."""
    (tmp_path / "bin").mkdir()
    talkative = tmp_path / "bin" / "helm"
    talkative.write_text(f'#!/bin/sh\n[ "$1" = pull ] && echo "Pulled: tiny:1.1.0" && echo "Digest: sha256:0"\nexec {find().path} "$@"\n')
    talkative.chmod(0o755)
    monkeypatch.setenv("PATH", str(talkative.parent))
    chart = fetch(Helm(Traffic("kubernetes", read_only=True)), Source("tiny", url(repository), "1.1.0"))
    assert (chart.name, chart.version) == ("tiny", "1.1.0")


def test_a_version_that_is_listed_and_not_there(helm: Helm, repository: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "tiny-1.1.0.tgz").unlink()
    with pytest.raises(HybridCloudError, match=r"lists it, but its archive is missing: .*404") as caught:
        fetch(helm, Source("tiny", url(repository), "1.1.0"))
    assert caught.value.failure["code"] == "no_archive"


def test_a_digest_may_be_written_in_capitals(helm: Helm, tmp_path: Path) -> None:
    archive = tmp_path / "tiny.tgz"
    archive.write_bytes(packaged(chart_files()))
    assert fetch(helm, Source(str(archive), digest=hashlib.sha256(archive.read_bytes()).hexdigest().upper())).name == "tiny"


MISSING = [
    ({"chart": "tyni", "version": "1.0.0"}, "no_chart", "It has tiny"),
    ({"chart": "tiny", "version": "1.2.0"}, "no_chart_version", "Near to it are 1.1.0, 1.0.0, 2.0.0"),
    ({"chart": "tiny", "version": "1.0.0", "digest": "0" * 64}, "digest", "has the digest sha256:.*declared is sha256:0000"),
    ({"chart": "tiny", "version": "1.0.0", "digest": "abc"}, "invalid", "digest is no SHA-256"),
    ({"chart": "tiny", "version": "^1.0"}, "not_pinned", "is not one version"),
    ({"chart": "tiny"}, "not_pinned", "no version is declared"),
]


@pytest.mark.parametrize(("source", "code", "message"), MISSING, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_there_is_answered_with_what_is(
    helm: Helm, repository: ThreadingHTTPServer, source: dict[str, t.Any], code: str, message: str
) -> None:
    with pytest.raises(HybridCloudError, match=message) as caught:
        fetch(helm, Source(repository=url(repository), **source))
    assert caught.value.failure["code"] == code


ADDRESSES = [
    ("tiny", "https://me:canary@charts.example"),
    ("tiny", "https://canary@charts.example"),
    ("tiny", "https://charts.example?token=canary"),
    ("oci://me:canary@charts.example/tiny", None),
]


@pytest.mark.parametrize(("chart", "where"), ADDRESSES)
def test_a_password_in_an_address_is_refused_and_not_repeated(helm: Helm, chart: str, where: str | None) -> None:
    with pytest.raises(PlanError, match="holds a password") as caught:
        fetch(helm, Source(chart, where, "1.0.0"))
    assert "canary" not in str(caught.value)


def test_a_repository_that_does_not_answer_can_be_tried_again(helm: Helm) -> None:
    with pytest.raises(HybridCloudError, match=r"connection refused.*Check the address") as caught:
        fetch(helm, Source("tiny", "http://127.0.0.1:1", "1.0.0"))
    assert (caught.value.failure["code"], caught.value.failure["retryable"]) == ("no_answer", True)


def test_a_repository_that_is_none(helm: Helm, repository: ThreadingHTTPServer) -> None:
    with pytest.raises(HybridCloudError, match=r"not a valid chart repository.*404"):
        fetch(helm, Source("tiny", f"{url(repository)}/elsewhere", "1.0.0"))


def test_a_path_needs_no_version_but_keeps_to_one(helm: Helm, tmp_path: Path) -> None:
    path = folder(tmp_path / "chart", chart_files())
    assert fetch(helm, Source(path)).version == "1.0.0"
    assert fetch(helm, Source(path, version="v1.0.0")).at(tmp_path) == path
    with pytest.raises(PlanError, match=r"this is version 1\.0\.0"):
        fetch(helm, Source(path, version="1.0.1"))
    with pytest.raises(PlanError, match="a folder has no digest"):
        fetch(helm, Source(path, digest="0" * 64))


def test_an_archive_is_checked_too(helm: Helm, tmp_path: Path) -> None:
    archive = tmp_path / "tiny.tgz"
    archive.write_bytes(packaged(chart_files()))
    assert fetch(helm, Source(str(archive))).name == "tiny"
    with pytest.raises(PlanError, match="has the digest"):
        fetch(helm, Source(str(archive), digest="0" * 64))
    archive.write_bytes(b"no archive")
    with pytest.raises(PlanError, match="no chart archive"):
        fetch(helm, Source(str(archive)))
    with pytest.raises(PlanError, match=r"no such folder or archive.*needs repository"):
        fetch(helm, Source("tiny"))


def test_charts_within_charts(helm: Helm, tmp_path: Path) -> None:
    within = chart_files("redis", values={"auth": {"enabled": True}}, templates={})
    files: dict[str, str | bytes] = {
        **chart_files(about={"dependencies": [{"name": "redis", "version": "1.0.0", "alias": "cache", "condition": "cache.enabled"}]}),
        "charts/redis-1.0.0.tgz": packaged(within, "redis"),
        **{f"charts/other/{path}": text for path, text in chart_files("other", values={"x": 1}, templates={}).items()},
        "crds/one.yaml": "kind: CustomResourceDefinition\nmetadata: {name: ones.example.com}\n",
    }
    archive = tmp_path / "tiny.tgz"
    archive.write_bytes(packaged(files))
    chart = fetch(helm, Source(str(archive)))
    assert {each.name: each.chart and each.chart.values for each in chart.dependencies} == {
        "cache": {"auth": {"enabled": True}},
        "other": {"x": 1},
    }
    assert chart.dependencies[0].conditions == ("cache.enabled",)
    assert [each["metadata"]["name"] for each in chart.definitions] == ["ones.example.com"]


@pytest.mark.parametrize(
    ("version", "first"), [("1.2.9", "1.2.0"), ("v2.9.0", "2.0.0"), ("0.0.1", "1.1.0"), ("3.0.0", "2.0.0"), ("2.0.0-rc.1", "2.0.0")]
)
def test_the_nearest_version(version: str, first: str) -> None:
    assert nearest(version, ["2.0.0", "2.0.0-rc.2", "1.2.0", "1.1.0"])[0] == first


def test_values_that_a_chart_imports_are_known(helm: Helm, tmp_path: Path) -> None:
    sub = {"exports": {"data": {"port": 99}}, "inner": {"deep": {"on": True}}}
    needed = {"name": "sub", "version": "1.0.0", "import-values": ["data", {"child": "inner.deep", "parent": "outer"}]}
    inside = {"charts/sub/Chart.yaml": "{apiVersion: v2, name: sub, version: 1.0.0}", "charts/sub/values.yaml": yaml.safe_dump(sub)}
    chart = fetch(helm, Source(folder(tmp_path, chart_files(about={"dependencies": [needed]}, **inside))))
    refuse_unknown(chart, {"port": 5, "outer": {"on": False}}, [])
    with pytest.raises(PlanError, match=r"/prot \(nearest: /port\).*/outer/no"):
        refuse_unknown(chart, {"prot": 5, "outer": {"no": False}}, [])


def test_hooks_are_counted_in_all_of_a_chart(helm: Helm, tmp_path: Path) -> None:
    """helm waits for each of them."""
    hook = 'metadata: {annotations: {"helm.sh/hook": pre-install, helm.sh/hook-weight: "1"}}\n---\n'
    templates = {"all.yaml": hook * 2}
    inside = {f"charts/sub/{name}": text for name, text in chart_files("sub", templates=templates).items()}
    assert fetch(helm, Source(folder(tmp_path, chart_files(templates=templates, **inside)))).hooks == 4


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("values", "there"),
    [
        ({}, ["own"]),
        ({"sub": {"enabled": True}}, ["own", "inner"]),
        ({"sub": {"enabled": "(known after apply)"}}, ["own", "inner"]),
        ({"tags": {"some": True}}, ["own"]),
    ],
)
def test_definitions_are_those_of_charts_that_are_switched_on(
    helm: Helm, tmp_path: Path, values: dict[str, t.Any], there: list[str], packed: bool
) -> None:
    needed = {"name": "sub", "version": "1.0.0", "condition": "sub.enabled", "tags": ["some"]}
    inner = chart_files("sub", crds__inner_dot_yaml="{kind: CustomResourceDefinition, metadata: {name: inner}}")
    own = chart_files(
        values={"sub": {"enabled": False}},
        about={"dependencies": [needed]},
        crds__own_dot_yaml="{kind: CustomResourceDefinition, metadata: {name: own}}",
    )
    place = tmp_path / "chart"
    folder(place, own if packed else {**own, **{f"charts/sub/{name}": text for name, text in inner.items()}})
    if packed:
        (place / "charts").mkdir()
        (place / "charts/sub-1.0.0.tgz").write_bytes(packaged(inner, "sub"))
    found = fetch(helm, Source(str(place))).definitions_with(values)
    assert [each["metadata"]["name"] for each in found] == there
