# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm_release against a cluster of the local cloud: what is previewed, what helm is asked to do, what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import CLUSTER, NAMESPACE, Cluster, actions, found
from tests.integration.modules.releases import (
    CANARY,
    NAME,
    OLD_CANARY,
    PLACE,
    TEMPLATES,
    WORKLOAD,
    chart,
    declared,
    install_once,
    ok,
    release,
    release_task,
    revisions,
)
from tests.integration.modules.test_k8s_objects import THINGS
from tests.steps import BOTH_WAYS, Done, direct, four_steps, play, task

R, D, S = f"helm_release {PLACE}", f"Deployment {PLACE}", f"Secret {PLACE}"
CONTAINER = "/spec/template/spec/containers/app"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return chart(tmp_path / "app")


@pytest.fixture
def installed(cluster: Cluster, path: str) -> Cluster:
    """A cluster with the release at revision 1."""
    install_once(cluster, path)
    return cluster


# --- the four steps, both ways ----------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cluster: Cluster, path: str, in_process: bool) -> None:
    steps = four_steps(cluster.cloud, "helm_release", in_process=in_process, **declared(path, values={"password": CANARY, "replicas": 2}))
    assert actions(steps[0])[0] == ("create", R)
    assert {action for action, _ in actions(steps[0])} == {"create"}
    assert steps[0].result["release"]["revision"] == "(known after apply)"
    assert steps[1].result["release"] == {
        "name": NAME,
        "namespace": NAMESPACE,
        "revision": 1,
        "status": "deployed",
        "chart": "app",
        "version": "1.0.0",
        "app_version": "7",
    }
    assert CANARY not in json.dumps([step.result for step in steps])
    assert revisions(cluster) == [(1, "deployed")]


def paths_of(done: Done) -> list[tuple[str, str]]:
    return [(change["kind"], each["path"]) for change in done.result.get("changes", []) for each in change["fields"]]


def test_both_ways_look_the_same(installed: Cluster, path: str) -> None:
    tasks = [
        release_task(path, values={"password": CANARY, "env": {"A": "plain"}}, check=True),
        release_task(path, values={"mode": CANARY}),
        task("helm_release_info", **CLUSTER, name=NAME, namespace=NAMESPACE),
    ]
    here, there = (
        play(installed.cloud, tasks, in_process=in_process, arguments=["-vvvv"], environment={"ANSIBLE_INJECT_INVOCATION": "true"})
        for in_process in BOTH_WAYS
    )
    for one, other in zip(here.done, there.done, strict=True):
        names = ("msg", "changed", "release", "history")
        assert [one.status, *map(one.result.get, names)] == [other.status, *map(other.result.get, names)]
        assert paths_of(one) == paths_of(other)
        assert one.writes == other.writes == []
    assert [done.status for done in here.done] == ["ok", "failed", "ok"], here.output[-3000:]
    for ran in (here, there):
        text = ran.output + str([done.result for done in ran.done])
        assert "module_args" in text
        assert CANARY not in text
        assert OLD_CANARY not in text


# --- what other tools do not see ---------------------------------------------------


def test_values_that_the_schema_refuses_fail_in_a_preview_of_nothing(cluster: Cluster, path: str) -> None:
    done = release(cluster.cloud, path, check=True, values={"replicas": "two", "mode": CANARY})
    assert (done.status, done.result["failure"]["code"]) == ("failed", "values_schema")
    assert "replicas" in done.result["msg"]
    assert "integer" in done.result["msg"]
    assert CANARY not in json.dumps(done.result)


def test_a_misspelt_value_fails_in_a_preview_of_nothing(cluster: Cluster, path: str) -> None:
    done = release(cluster.cloud, path, check=True, values={"image": {"tga": "2"}})
    assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "unknown_values", [])
    assert "/image/tga (nearest: /image/tag)" in done.result["msg"]
    assert release(cluster.cloud, path, check=True, values={"image": {"tga": "2"}}, allow_unknown_values=["image.tga"]).status == "ok"


def test_a_changed_template_of_the_same_version_is_seen(installed: Cluster, tmp_path: Path) -> None:
    templates = {**TEMPLATES, "workload.yaml": WORKLOAD.replace("labels: {app: app, depth", "labels: {app: app, tier: web, depth")}
    changed = chart(tmp_path / "changed", templates=templates)
    preview = release(installed.cloud, changed, check=True, values={"password": OLD_CANARY})
    assert found(preview) == {
        (R, "/manifest/Deployment app/metadata/labels/tier"): (None, "web"),
        (D, "/metadata/labels/tier"): (None, "web"),
    }
    done = release(installed.cloud, changed, values={"password": OLD_CANARY})
    assert done.result["changes"] == preview.result["changes"]
    assert revisions(installed) == [(1, "superseded"), (2, "deployed")]
    assert release(installed.cloud, changed, check=True, values={"password": OLD_CANARY}).result["changes"] == []


def test_a_chart_is_rendered_for_what_the_cluster_serves(cluster: Cluster, tmp_path: Path) -> None:
    """helm alone supposes a cluster of its own age with the built-in kinds only."""
    asks = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: asks}\ndata:\n  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  things: {{ .Capabilities.APIVersions.Has "example.com/v1/Thing" | quote }}\n'
    )
    asking = chart(tmp_path / "asking", templates={"asks.yaml": asks})
    served = json.loads(cluster.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    c = f"ConfigMap {NAMESPACE}/asks"
    preview = found(release(cluster.cloud, asking, check=True))
    assert (preview[c, "/data/version"], preview[c, "/data/things"]) == ((None, served), (None, "false"))
    ok(release(cluster.cloud, asking))
    cluster.kubectl("create", "-f", "-", text=json.dumps(THINGS))
    cluster.kubectl("wait", "crd/things.example.com", "--for=condition=Established", "--timeout=10s")
    now = found(release(cluster.cloud, asking, check=True))
    assert now == {(R, "/manifest/ConfigMap asks/data/things"): ("false", "true"), (c, "/data/things"): ("false", "true")}


def test_values_of_files_and_inline_values_count_both(installed: Cluster, path: str, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({"password": OLD_CANARY, "env": {"A": "file", "B": "file"}}))
    given = {"values_files": [str(file)], "values": {"env": {"B": "inline"}}}
    done = release(installed.cloud, path, **given)
    assert {name: value for name, value in found(done).items() if name[0] == R} == {
        (R, "/values/env/A"): (None, "file"),
        (R, "/values/env/B"): (None, "inline"),
    }
    assert release(installed.cloud, path, check=True, **given).result["changes"] == []
    file.write_text(yaml.safe_dump({"password": OLD_CANARY, "env": {"A": "changed", "B": "file"}}))
    assert found(release(installed.cloud, path, check=True, **given)) == {
        (R, "/values/env/A"): ("file", "changed"),
        (D, f"{CONTAINER}/env/A/value"): ("file", "changed"),
    }


def test_what_helm_keeps_in_another_form_is_no_difference(installed: Cluster, path: str, tmp_path: Path) -> None:
    """Keys that are no text, numbers beyond 2^53, characters that YAML takes for the end of a line."""
    file = tmp_path / "values.yaml"
    file.write_text('labels: {8080: web, true: x, big: 9007199254740993, line: "a\\Nb"}\n')
    given = {"values_files": [str(file)], "values": {"password": OLD_CANARY}}
    done = release(installed.cloud, path, **given)
    assert (R, "/values/labels/8080") in found(done)
    assert release(installed.cloud, path, check=True, **given).result["changes"] == []


def test_a_value_deep_down_is_seen_and_what_is_not_declared_goes_back(installed: Cluster, path: str) -> None:
    deep = {"password": OLD_CANARY, "deep": {"er": {"est": 2}}}
    preview, done = (release(installed.cloud, path, check=check, values=deep) for check in (True, False))
    assert found(preview) == found(done) == {(R, "/values/deep/er/est"): (None, 2), (D, "/metadata/labels/depth"): ("1", "2")}
    assert preview.result["diff"] == done.result["diff"]
    back = release(installed.cloud, path, values={"password": OLD_CANARY})
    assert found(back) == {(R, "/values/deep/er/est"): (2, None), (D, "/metadata/labels/depth"): ("2", "1")}


def test_secret_values_are_masked_wherever_they_stand(installed: Cluster, path: str) -> None:
    """In the values, in the objects that take them, as a part of a longer text, as a number, old and new."""
    before = {"DATABASE": OLD_CANARY, "OTHER": CANARY, "URL": f"postgres://app:{OLD_CANARY}@db/x", "PIN": 314159}
    release(installed.cloud, path, values={"password": OLD_CANARY, "env": before})
    given = {
        "values": {
            "password": OLD_CANARY,
            "env": {"DATABASE": CANARY, "OTHER": "plain", "URL": f"postgres://app:{CANARY}@db/x", "PIN": 27182818},
        },
        "secret_values": ["env.OTHER", "/env/DATABASE", "env.PIN"],
    }
    preview = release(installed.cloud, path, check=True, **given)
    masked = ("********", "********")
    assert found(preview) == {
        (R, "/values/env/DATABASE"): masked,
        (R, "/values/env/OTHER"): masked,
        (R, "/values/env/PIN"): masked,
        (R, "/values/env/URL"): masked,
        (D, f"{CONTAINER}/env/DATABASE/value"): masked,
        (D, f"{CONTAINER}/env/OTHER/value"): masked,
        (D, f"{CONTAINER}/env/PIN/value"): masked,
        (D, f"{CONTAINER}/env/URL/value"): masked,
    }
    done = release(installed.cloud, path, **given)
    for value in (CANARY, OLD_CANARY, "314159", "2.7182818e+07", "27182818"):
        assert value not in json.dumps([preview.result, done.result])


# --- other states -----------------------------------------------------------------------


def test_it_goes_and_what_must_be_kept_stays(installed: Cluster, path: str) -> None:
    preview, done, again = (release(installed.cloud, path, check=check, state="absent") for check in (True, False, False))
    assert preview.result["changes"] == done.result["changes"]
    assert {action for action, _ in actions(done)} == {"delete"}
    assert {name for _, name in actions(done)} >= {R, D, S}
    assert f"ConfigMap {PLACE}-kept" not in {name for _, name in actions(done)}
    assert (again.result["changed"], again.writes, again.result["release"]) == (False, [], None)
    assert {"app-hook", "app-kept"} <= {*installed.there("configmap")} <= {"app-hook", "app-kept", "kube-root-ca.crt"}
    assert installed.there("deployment,secret,service") == []
    assert OLD_CANARY not in json.dumps([preview.result, done.result])


KEEP = "helm.sh/resource-policy"


def test_what_is_kept_is_what_helm_keeps(installed: Cluster, path: str, tmp_path: Path) -> None:
    """It looks at what runs for an upgrade, and at what is stored to uninstall."""
    kept, dropped = f"ConfigMap {PLACE}-kept", {name: text for name, text in TEMPLATES.items() if name != "kept.yaml"}
    without = chart(tmp_path / "without", templates={name: text for name, text in dropped.items() if name != "secret.yaml"})
    installed.kubectl("annotate", "configmap/app-kept", f"{KEEP}-", "-n", NAMESPACE)
    installed.kubectl("annotate", "secret/app", f"{KEEP}=keep", "-n", NAMESPACE)
    preview, done = (release(installed.cloud, without, check=check) for check in (True, False))
    assert preview.result["changes"] == done.result["changes"]
    assert [name for action, name in actions(done) if action == "delete"] == [kept]
    assert (installed.there("secret", NAME), "app-kept" in installed.there("configmap")) == ([NAME], False)
    installed.kubectl("annotate", "service/app", f"{KEEP}=keep", "-n", NAMESPACE)
    gone = release(installed.cloud, without, state="absent")
    assert ("delete", f"Service {PLACE}") in actions(gone)
    assert installed.there("service") == []


def test_back_to_the_revision_before_and_to_a_named_one(installed: Cluster, path: str) -> None:
    release(installed.cloud, path, values={"password": OLD_CANARY, "mode": "loud"})
    preview, done, again = (release(installed.cloud, path, check=check, state="rolled_back") for check in (True, False, False))
    assert (
        found(preview)
        == found(done)
        == {(R, "/values/mode"): ("loud", None), (D, f"{CONTAINER}/env/MODE/value"): ("loud", "quiet")}
        | {key: value for key, value in found(done).items() if key[0].startswith(("ConfigMap", f"{S}-"))}
    )
    assert done.result["release"]["revision"] == 3
    assert (again.result["changed"], again.writes) == (False, [])
    named = release(installed.cloud, path, state="rolled_back", revision=2)
    assert found(named)[(R, "/values/mode")] == (None, "loud")
    assert [status for _, status in revisions(installed)] == ["superseded"] * 3 + ["deployed"]
    lost = release(installed.cloud, path, state="rolled_back", revision=9)
    assert "no revision 9" in lost.result["msg"]
    assert "4 (deployed)" in lost.result["msg"]


def test_the_history_is_shown_without_values(installed: Cluster) -> None:
    done = direct(installed.cloud, "helm_release_info", **CLUSTER, name=NAME, namespace=NAMESPACE)
    assert done.result["release"]["revision"] == 1
    assert {*done.result["history"][0]} == {"revision", "status", "chart", "version", "app_version", "updated", "description"}
    assert OLD_CANARY not in json.dumps(done.result)
    nothing = direct(installed.cloud, "helm_release_info", **CLUSTER, name="none", namespace="nowhere")
    assert (nothing.result["release"], nothing.result["history"]) == (None, [])
