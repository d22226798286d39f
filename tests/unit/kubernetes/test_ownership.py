# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose fields they are: ours, a controller's, or somebody's."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import fields, ownership, shape
from tests.unit.kubernetes.test_fields import POD, WEB

OURS = "hybrid-cloud"


def entry(manager: str, tree: dict[str, t.Any], time: str = "2026-11-25T10:00:05Z", **more: t.Any) -> dict[str, t.Any]:
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": tree, **more}


def deployment(*entries: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    ours = entry(OURS, {"f:spec": {"f:image": {}}}, "2026-11-25T10:00:00Z", operation="Apply")
    return {"metadata": {"managedFields": [ours, *entries]}, "spec": {"image": "a", "replicas": 5, "extra": 1}, **more}


REPLICAS = {"f:spec": {"f:replicas": {}}}


@pytest.mark.parametrize(
    ("found", "controlled"),
    [
        (entry("kube-controller-manager", REPLICAS, subresource="scale"), True),
        (entry("my-autoscaler", REPLICAS, subresource="scale"), True),
        (entry("kubectl", REPLICAS, subresource="scale"), False),
        (entry("kubectl-edit", REPLICAS), False),
        (entry("argocd-controller", REPLICAS), False),
        (entry(OURS, REPLICAS), False),
        (entry("keda", REPLICAS), True),
    ],
    ids=lambda value: f"{value['manager']}-{value.get('subresource', '')}" if isinstance(value, dict) else "",
)
def test_what_belongs_to_controllers(found: dict[str, t.Any], controlled: bool) -> None:
    assert (("f:spec", "f:replicas") in ownership.of_controllers(deployment(found), OURS)) is controlled


def test_injected_certificates_belong_to_whoever_injects_them() -> None:
    bundle = {"f:webhooks": {'k:{"name":"x"}': {"f:clientConfig": {"f:caBundle": {}}, "f:rules": {}}}}
    found = ownership.of_controllers(deployment(entry("some-operator", bundle)), OURS)
    assert [path[-1] for path in found] == ["f:caBundle"]


EXTRA = {"f:spec": {"f:extra": {}}}
DECLARED = {"metadata": {}, "spec": {"image": "a"}}
PERSONS = ["kubectl-edit", "kubectl-patch", "k9s", "OpenLens", "node-fetch", "OpenAPI-Generator", "python-requests", "curl"]
# kubectl --field-manager takes any name.
ANY_NAME = ["me", "ops-bot", "other-manager", "Terraform", ""]


@pytest.mark.parametrize("operation", ["Update", "Apply"])
@pytest.mark.parametrize("manager", [*PERSONS, *ANY_NAME])
def test_what_hands_add_is_found(manager: str, operation: str) -> None:
    live = deployment(entry(manager, EXTRA, operation=operation))
    assert ownership.added_by_hand(live, DECLARED, OURS) == [("f:spec", "f:extra")]


PROGRAMS = ["manager", "prometheus-operator", "kustomize-controller", "Reloader", "istio-sidecar-injector", "keda", "helm", f"{OURS}-team"]
PROGRAMS += ["rancher", "agent", "fleet-agent", "glbc", "flagger", "csi-resizer", "kured", "longhorn-manager", "aws-node", "eks"]
PROGRAMS += ["ingress-nginx", "vault", "k3s", "deploy@node-1", "okhttp", "java", "fabric8-kubernetes-client"]
# Of the oldest entries of an object with very many, nobody knows whose they were.
PROGRAMS += ["ancient-changes"]


@pytest.mark.parametrize("manager", PROGRAMS)
def test_what_programs_add_stays(manager: str) -> None:
    assert ownership.added_by_hand(deployment(entry(manager, EXTRA)), DECLARED, OURS) == []


def test_what_is_claimed_is_ours_to_leave_out() -> None:
    theirs = entry("kubectl-edit", {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:extra": {}, "f:replicas": {}}})
    status = entry("kubectl-edit", {"f:status": {"f:extra": {}}}, subresource="status")
    live = deployment(theirs, entry("me", EXTRA), status)
    books = ownership.claimed(live, [("f:spec", "f:extra"), ("f:metadata", "f:labels")], OURS)
    ours = live["metadata"]["managedFields"][0]
    tree = {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:extra": {}, "f:image": {}}}
    assert books == [{**ours, "fieldsV1": tree}, {**theirs, "fieldsV1": REPLICAS}, status]


def test_what_is_claimed_where_we_have_not_applied_yet() -> None:
    """helm 3 updates; it never applies."""
    live = {**deployment(entry("me", EXTRA)), "apiVersion": "apps/v1"}
    live["metadata"]["managedFields"][0]["operation"] = "Update"
    fresh, kept = ownership.claimed(live, [("f:spec", "f:extra")], OURS)
    assert (fresh["manager"], fresh["operation"], fresh["apiVersion"], fresh["fieldsV1"]) == (OURS, "Apply", "apps/v1", EXTRA)
    assert kept == live["metadata"]["managedFields"][0]


@pytest.mark.parametrize(
    "entries",
    [
        [entry("kubectl-edit", EXTRA, "2026-11-25T09:59:59Z")],
        [entry("argocd-controller", EXTRA)],
        [entry("kubectl-edit", EXTRA), entry("argocd-controller", EXTRA)],
        [entry("kubectl-edit", {"f:spec": {"f:image": {}}})],
        [entry("kubectl-edit", {"f:spec": {"f:gone": {}}})],
        [entry("kubectl-edit", {"f:status": {"f:ready": {}}}, subresource="status")],
        [entry("kubectl-rollout", {"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}})],
    ],
    ids=["older than our last word", "not a person", "shared with a controller", "what we declare", "gone already", "status", "restarted"],
)
def test_what_is_no_addition(entries: list[dict[str, t.Any]]) -> None:
    live = deployment(*entries, status={"ready": 1})
    live["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "now"}
    assert ownership.added_by_hand(live, DECLARED, OURS) == []


@pytest.mark.parametrize(
    ("note", "second", "found"),
    [
        (f"adopted by {OURS}", "00", []),
        (f"adopted by {OURS}", "01", [("f:spec", "f:extra")]),
        (OURS, "00", [("f:spec", "f:extra")]),  # not of those that were found
    ],
)
def test_in_the_second_in_which_an_object_was_adopted_nothing_counts_as_added(note: str, second: str, found: list[fields.Path]) -> None:
    live = deployment(entry("kubectl-create", EXTRA, f"2026-11-25T10:00:{second}Z"))
    live["metadata"]["annotations"] = {shape.STAMP: note}
    assert ownership.added_by_hand(live, DECLARED, OURS) == found


def test_in_what_we_have_made_there_was_nothing_before_us() -> None:
    """However old it is: our last word may have come between somebody's and our look at it."""
    live = deployment(entry("kubectl-edit", EXTRA, "2026-11-25T09:00:00Z"))
    for note, found in ((OURS, [("f:spec", "f:extra")]), (f"adopted by {OURS}", [])):
        live["metadata"]["annotations"] = {shape.STAMP: note}
        assert ownership.added_by_hand(live, DECLARED, OURS, made=shape.is_made_by(OURS, live)) == found


def test_an_object_that_is_not_ours_has_no_additions() -> None:
    live = deployment(entry("kubectl-edit", EXTRA))
    live["metadata"]["managedFields"] = live["metadata"]["managedFields"][1:]
    assert ownership.added_by_hand(live, DECLARED, OURS) == []


def test_what_kubectl_has_applied_and_nobody_declares_any_more_goes_however_old() -> None:
    applied = entry("kubectl-client-side-apply", {"f:spec": {"f:image": {}, "f:extra": {}}}, "2026-11-20T10:00:00Z")
    adopted = deployment(applied)
    adopted["metadata"]["annotations"] = {shape.STAMP: f"adopted by {OURS}"}
    never_ours = deployment(applied)
    never_ours["metadata"]["managedFields"] = never_ours["metadata"]["managedFields"][1:]
    for live in (adopted, never_ours):
        assert ownership.added_by_hand(live, DECLARED, OURS) == [("f:spec", "f:extra")]


def test_a_thing_that_hands_added_goes_as_a_whole_but_not_with_what_others_put_into_it() -> None:
    tree = {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:name": {}}}}}
    live = {**deployment(entry("kubectl-edit", tree)), "spec": POD["spec"]}
    assert ownership.added_by_hand(live, DECLARED, OURS) == [WEB]
    inside = entry("sidecar-injector", {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:args": {}}}}})
    live["metadata"]["managedFields"].append(inside)
    assert ownership.added_by_hand(live, DECLARED, OURS) == [(*WEB, "f:image"), (*WEB, "f:name")]
