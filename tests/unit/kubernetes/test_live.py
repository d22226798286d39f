# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared objects against what runs, with a server whose dry runs are given."""

from __future__ import annotations

import copy
import typing as t
from contextlib import nullcontext

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.apply import SIDE_BY_SIDE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import HybridCloudError, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import Map
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.unknown import KNOWN_AFTER_APPLY
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.comparison import (
    Comparison,
    Declared,
    Ignore,
    absent,
    kind_of,
    state_of,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.live import Comparer
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Resource, ref_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.shape import normal
from tests.unit.kubernetes.api import Answer, Asked, Pool, client, status
from tests.unit.kubernetes.test_ownership import OURS, entry

DEPLOYMENT = Resource("apps", "v1", "Deployment", "deployments", True)
WEB = 'k:{"name":"web"}'
MANIFEST: dict[str, t.Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "backend", "namespace": "test", "labels": {"app": "backend"}},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "web", "image": "a:1"}]}}},
}
APPLIED = entry(
    OURS,
    {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}}},
        },
    },
    "2026-11-25T10:00:00Z",
    operation="Apply",
)


def running(*entries: dict[str, t.Any], **spec: t.Any) -> dict[str, t.Any]:
    """The object as applied by us, with what the server adds."""
    found = copy.deepcopy(MANIFEST)
    found["metadata"] |= {"uid": "u-1", "resourceVersion": "7", "managedFields": [APPLIED, *entries]}
    found["spec"] |= {"progressDeadlineSeconds": 600, **spec}
    return found | {"status": {"replicas": 2}}


class Server:
    """Answers with a live object, and with the given result of dry runs by content type."""

    def __init__(self, live: dict[str, t.Any] | None, predicted: dict[str, t.Any] | Answer, left: dict[str, t.Any] | None = None) -> None:
        self.live, self.predicted, self.left = live, predicted, left

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            return status(404, "NotFound", "not found") if self.live is None else Answer(200, self.live)
        if asked.headers["Content-Type"].startswith("application/json-patch"):
            return Answer(200, self.left)
        return self.predicted if isinstance(self.predicted, Answer) else Answer(200, self.predicted)


def compare(
    monkeypatch: pytest.MonkeyPatch,
    server: t.Callable[[Asked], Answer],
    manifest: dict[str, t.Any] = MANIFEST,
    ignore: t.Sequence[Ignore] = (),
) -> tuple[Comparison, Pool]:
    api, pool = client(monkeypatch, server, read_only=True)
    wanted = normal(manifest)
    (found,) = Comparer(api, OURS, ignore).compare([Declared(wanted, ref_of(wanted), DEPLOYMENT)])
    return found, pool


def changed(found: Comparison) -> list[tuple[str, t.Any, t.Any]]:
    return [(each.path, each.before, each.after) for change in found.changes() for each in change.differences]


def test_what_is_as_declared_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    found, pool = compare(monkeypatch, Server(running(), running()))
    assert changed(found) == []
    assert [(asked.method, asked.query.get("dryRun")) for asked in pool.asked] == [("GET", None), ("PATCH", "All")]
    tried = pool.asked[1]
    assert tried.query == {"fieldManager": OURS, "force": "true", "fieldValidation": "Strict", "dryRun": "All"}
    assert tried.body == normal(MANIFEST)


def test_findings_carry_object_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    live = running(entry("kubectl-edit", {}), replicas=9)
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1"
    found, _ = compare(monkeypatch, Server(live, running()))
    (change,) = [each.as_json() for each in found.changes()]
    assert {key: change[key] for key in ("cloud", "kind", "name", "id", "action")} == {
        "cloud": "kubernetes",
        "kind": "Deployment",
        "name": "test/backend",
        "id": "u-1",
        "action": "update",
    }
    assert changed(found) == [("/spec/replicas", 9, 2), ("/spec/template/spec/containers/web/image", "evil:1", "a:1")]


def test_what_a_controller_has_taken_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled = running(entry("kube-controller-manager", {"f:spec": {"f:replicas": {}}}, subresource="scale"), replicas=5)
    found, pool = compare(monkeypatch, Server(scaled, scaled))
    assert changed(found) == []
    assert "replicas" not in pool.asked[1].body["spec"]


def test_what_hands_have_added_goes_and_defaults_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {
        "f:metadata": {"f:labels": {"f:note": {}}},
        "f:spec": {"f:progressDeadlineSeconds": {}, "f:template": {"f:spec": {"f:containers": {WEB: {"f:args": {}}}}}},
    }
    live = running(entry("kubectl-edit", tree), progressDeadlineSeconds=7)
    live["metadata"]["labels"]["note"] = "mine"
    live["spec"]["template"]["spec"]["containers"][0]["args"] = ["-v"]
    found, pool = compare(monkeypatch, Server(live, live, running()))
    assert sorted(changed(found)) == [
        ("/metadata/labels/note", "mine", None),
        ("/spec/progressDeadlineSeconds", 7, 600),
        ("/spec/template/spec/containers/web/args", ["-v"], None),
    ]
    assert len(found.additions) == 3
    # The whole without them is tried: what stays and what goes may depend on each other.
    spec, labels = ({**each, "value": each["value"]} for each in pool.asked[2].body)
    assert (labels["path"], labels["value"]) == ("/metadata/labels", {"app": "backend"})
    assert (spec["path"], spec["value"]) == ("/spec", MANIFEST["spec"])
    assert pool.asked[2].query["dryRun"] == "All"


def test_what_hands_have_added_and_does_not_go_with_ours_is_tried_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server refuses both together, and would refuse either to go first."""
    other = 'k:{"name":"other"}'
    live = running(entry("me", {"f:spec": {"f:template": {"f:spec": {"f:containers": {other: {".": {}, "f:name": {}}}}}}}))
    live["spec"]["template"]["spec"]["containers"] = [{"name": "other"}]
    refusal = status(422, "Invalid", "...", causes=[{"field": "spec", "message": "only one container"}])
    found, pool = compare(monkeypatch, Server(live, refusal, running()))
    assert ("/spec/template/spec/containers/other", {"name": "other"}, None) in changed(found)
    assert ("/spec/template/spec/containers/web/image", None, "a:1") in changed(found)
    (tried,) = pool.asked[2].body
    assert tried["value"]["template"]["spec"]["containers"] == MANIFEST["spec"]["template"]["spec"]["containers"]


def test_what_the_server_refuses_is_refused_where_hands_have_added_something_too(monkeypatch: pytest.MonkeyPatch) -> None:
    live = running(entry("me", {"f:spec": {"f:progressDeadlineSeconds": {}}}))
    refusal = status(422, "Invalid", "...", causes=[{"field": "spec.replicas", "message": "must not be 2"}])
    misspelt = status(500, "InternalError", "failed to create typed patch object (x): .spec.replica: field not declared in schema")
    for answer, words in ((refusal, "/spec/replicas: must not be 2"), (misspelt, "spec.replica: field not declared")):

        def server(asked: Asked, answer: Answer = answer) -> Answer:
            tried = asked.method == "PATCH" and (
                answer is refusal or not asked.headers["Content-Type"].startswith("application/json-patch")
            )
            return answer if tried else Answer(200, live)

        with pytest.raises(PlanError, match=words):
            compare(monkeypatch, server)


def test_what_is_claimed_is_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of controllers in between do no harm, another value or another object does."""
    path: tuple[str, ...] = ("f:spec", "f:progressDeadlineSeconds")
    live = running(entry("me", {"f:spec": {"f:progressDeadlineSeconds": {}}}), progressDeadlineSeconds=7)
    wanted = normal(MANIFEST)
    moved = copy.deepcopy(live)
    moved["metadata"]["resourceVersion"] = "8"
    for now, tries, ends in (
        (moved, 2, None),
        ({**moved, "spec": {**moved["spec"], "progressDeadlineSeconds": 8}}, 1, "somebody has changed it"),
        ({**moved, "metadata": {**moved["metadata"], "uid": "u-2"}}, 1, "somebody has changed it"),
    ):

        def server(asked: Asked, now: dict[str, t.Any] = now) -> Answer:
            if asked.method == "GET":
                return Answer(200, now)
            stale = asked.body[0] != {"op": "test", "path": "/metadata/resourceVersion", "value": "8"}
            return status(422, "Invalid", "testing value failed") if stale else Answer(200, now)

        api, pool = client(monkeypatch, server)
        have = state_of(live)
        kind = kind_of(ref_of(wanted), Map())
        found = Comparison(Declared(wanted, ref_of(wanted), DEPLOYMENT), kind, have, have, wanted, [path], raw=live)
        with pytest.raises(HybridCloudError, match=ends) if ends else nullcontext():
            Comparer(api, OURS).claim(found)
        patches = [asked.body for asked in pool.asked if asked.method == "PATCH"]
        assert len(patches) == tries
        assert [(each["op"], each["path"]) for each in patches[-1]] == [
            ("test", "/metadata/resourceVersion"),
            ("replace", "/metadata/managedFields"),
        ]


def test_fields_that_we_do_not_apply_any_more_are_shown_as_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    live = running()
    live["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "OLD", "value": "1"}]
    found, _ = compare(monkeypatch, Server(live, running()))
    assert changed(found) == [("/spec/template/spec/containers/web/env/OLD", {"name": "OLD", "value": "1"}, None)]


def test_ignored_fields_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [Ignore("Deployment", None, "test", ("/spec/replicas", "/spec/template/spec/containers/*/image"))]
    live = running(replicas=9)
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "b:2"
    found, pool = compare(monkeypatch, Server(live, live), ignore=rules)
    assert changed(found) == []
    # We own them: left out, they would vanish.
    assert pool.asked[1].body["spec"]["replicas"] == 9
    assert pool.asked[1].body["spec"]["template"]["spec"]["containers"] == [{"name": "web", "image": "b:2"}]
    for name, namespace in ((None, "other"), ("other", None)):
        other, _ = compare(monkeypatch, Server(live, running()), ignore=[Ignore("Deployment", name, namespace, ("/spec/replicas",))])
        assert "/spec/replicas" in [path for path, *_ in changed(other)]


def test_a_new_object_shows_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = compare(monkeypatch, Server(None, running()))
    (change,) = found.changes()
    assert (change.action, found.missing) == ("create", None)
    assert {each.path for each in change.differences} == {
        "/apiVersion",
        "/kind",
        "/metadata/name",
        "/metadata/namespace",
        "/metadata/labels/app",
        "/spec/replicas",
        "/spec/template/spec/containers/web/name",
        "/spec/template/spec/containers/web/image",
    }


def test_a_namespace_that_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = status(404, "NotFound", 'namespaces "test" not found', name="test", kind="namespaces")
    found, _ = compare(monkeypatch, Server(None, gone))
    assert (found.missing, found.changes()[0].action) == ("namespace test", "create")


def test_what_is_known_after_apply_is_tried_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = copy.deepcopy(MANIFEST)
    manifest["metadata"]["labels"]["app"] = KNOWN_AFTER_APPLY
    found, pool = compare(monkeypatch, Server(running(), running()), manifest)
    assert changed(found) == [("/metadata/labels/app", "backend", KNOWN_AFTER_APPLY)]
    assert [(asked.method, asked.query.get("dryRun")) for asked in pool.asked] == [("GET", None), ("PATCH", "All")]
    assert pool.asked[1].body["metadata"]["labels"]["app"] == "backend"
    manifest["metadata"]["name"] = f"x-{KNOWN_AFTER_APPLY}"
    found, pool = compare(monkeypatch, Server(running(), running()), manifest)
    assert (found.changes()[0].action, pool.asked) == ("create", [])


def test_what_is_refused_without_values_that_are_known_after_apply_is_shown_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = copy.deepcopy(MANIFEST)
    manifest["metadata"]["annotations"] = {"needed": KNOWN_AFTER_APPLY}
    found, _ = compare(monkeypatch, Server(running(), status(422, "Invalid", "metadata.annotations: Required value")), manifest)
    assert ("/metadata/annotations/needed", None, KNOWN_AFTER_APPLY) in changed(found)


REFUSALS: list[tuple[Answer, str, str]] = [
    (
        status(422, "Invalid", "...", causes=[{"field": "spec.selector", "message": "Invalid value: {}: field is immutable"}]),
        "immutable",
        r"Deployment test/backend: cannot be changed in place: /spec/selector: .*nothing was changed.*never replaced silently",
    ),
    (
        status(422, "Invalid", "...", causes=[{"field": "spec", "message": f"Invalid value: {{{'x' * 300}}}: field is immutable"}]),
        "immutable",
        r"/spec: Invalid value: \.\.\.: field is immutable; nothing",
    ),
    (
        status(500, "InternalError", "failed to create typed patch object (x): .spec.replica: field not declared in schema"),
        "unknown_field",
        "^Deployment test/backend: .spec.replica: field not declared in schema; nothing was changed. Check the spelling",
    ),
    (status(400, "BadRequest", 'strict decoding error: unknown field "spec.replica"'), "unknown_field", 'unknown field "spec.replica"'),
    (
        status(422, "Invalid", "...", causes=[{"field": "spec.replicas", "message": "must be greater than or equal to 0"}]),
        "invalid",
        "/spec/replicas: must be greater",
    ),
]
# How kinds say it that do not use ValidateImmutableField: StorageClass, Pod, PriorityClass, and rules of definitions.
REFUSALS += [
    (status(422, "Invalid", "...", causes=[{"field": field, "message": message}]), "immutable", message)
    for field, message in (
        ("parameters", "Forbidden: updates to parameters are forbidden."),
        ("spec", "Forbidden: pod updates may not change fields other than"),
        ("value", "Forbidden: may not be changed in an update."),
        ("spec.name", "Invalid value: Value is immutable"),
    )
]


@pytest.mark.parametrize(("answer", "code", "words"), REFUSALS, ids=[code for _, code, _ in REFUSALS])
def test_what_the_server_would_refuse_is_refused_in_previews(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, code: str, words: str
) -> None:
    with pytest.raises(PlanError, match=words) as caught:
        compare(monkeypatch, Server(running(), answer))
    assert (caught.value.failure["code"], caught.value.failure["request_id"]) == (code, "audit-1")


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = client(monkeypatch, Server(None, status(422, "Invalid", "", causes=[{"field": "spec", "message": "bad"}])))
    declared = []
    for name in ("a", "b"):
        manifest = {**MANIFEST, "metadata": {"name": name, "namespace": "test"}}
        declared.append(Declared(manifest, ref_of(manifest), DEPLOYMENT))
    with pytest.raises(HybridCloudError, match=r"(?s)2 objects are refused.*Deployment test/a: /spec: bad.*Deployment test/b"):
        Comparer(api, OURS).compare(declared)


def test_what_is_being_deleted_will_be_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    live = running()
    live["metadata"]["deletionTimestamp"] = "2026-11-25T10:00:00Z"
    found, _ = compare(monkeypatch, Server(live, running()))
    assert [change.action for change in found.changes()] == ["create"]


def test_definitions_are_not_listed_however_many_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    api, pool = client(monkeypatch, lambda asked: status(404, "NotFound"))
    resource = Resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", False)
    manifests = [{"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": name}} for name in "abcdef"]
    Comparer(api, OURS).lives([Declared(each, ref_of(each), resource) for each in manifests])
    assert sorted(asked.path[-2:] for asked in pool.asked) == ["/a", "/b", "/c", "/d", "/e", "/f"]


def numbered(count: int) -> list[Declared]:
    manifests = [{**MANIFEST, "metadata": {"name": f"n-{number:03}", "namespace": "test"}} for number in range(count)]
    return [Declared(each, ref_of(each), DEPLOYMENT) for each in manifests]


def test_of_very_many_faults_some_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = status(422, "Invalid", "", causes=[{"field": "spec", "message": "bad"}])
    api, _ = client(monkeypatch, lambda asked: Answer(200, {"items": []}) if asked.method == "GET" else refusal)
    with pytest.raises(PlanError, match=r"(?s)300 objects are refused.*n-019.*and 280 more") as caught:
        Comparer(api, OURS).compare(numbered(300))
    assert "n-020" not in str(caught.value)


@pytest.mark.parametrize("answer", [Answer(503, b"away"), status(401, "Unauthorized")], ids=["away", "no login"])
def test_a_server_that_is_away_is_not_asked_about_every_object(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    def handler(asked: Asked) -> Answer:
        return Answer(200, {"items": []}) if asked.method == "GET" else answer

    api, pool = client(monkeypatch, handler)
    with pytest.raises(HybridCloudError, match=r"away|login was refused"):
        Comparer(api, OURS).compare(numbered(300))
    assert len(pool.asked) <= 1 + SIDE_BY_SIDE * Retry().attempts


@pytest.mark.parametrize(("answer", "calls"), [(None, 1), (status(403, "Forbidden", "cannot list"), 5)], ids=["listed", "may not list"])
def test_many_of_a_kind_are_listed(monkeypatch: pytest.MonkeyPatch, answer: Answer | None, calls: int) -> None:
    live = [{"metadata": {"name": name, "namespace": "test"}} for name in "abcd"]

    def handler(asked: Asked) -> Answer:
        if asked.path.endswith("deployments"):
            return answer or Answer(200, {"kind": "DeploymentList", "apiVersion": "apps/v1", "items": live})
        return Answer(200, {"metadata": {"name": asked.path[-1], "namespace": "test"}})

    api, pool = client(monkeypatch, handler)
    manifests = [{**MANIFEST, "metadata": each["metadata"]} for each in live]
    found = Comparer(api, OURS).lives([Declared(each, ref_of(each), DEPLOYMENT) for each in manifests])
    assert sorted(ref.name for ref in found) == ["a", "b", "c", "d"]
    assert len(pool.asked) == calls


def test_what_shall_not_be_there() -> None:
    live = running()
    found = absent(ref_of(MANIFEST), live, DEPLOYMENT)
    (change,) = found.changes()
    assert (change.action, change.id) == ("delete", "u-1")
    assert "managedFields" not in str(change.as_json())
