# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When objects are ready, what is waited for, and what is said when the time is over."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import ApiError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Ref, Resource
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.readiness import (
    has_condition,
    has_life,
    judge_since,
    readiness,
    synced_anew,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.reasons import why
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.waiting import Goal, Patience
from tests.unit.kubernetes.api import Answer, Asked, client, status


def thing(kind: str, state: dict[str, t.Any] | None = None, generation: int = 2, **spec: t.Any) -> dict[str, t.Any]:
    return {"kind": kind, "metadata": {"name": "x", "generation": generation}, "spec": spec, "status": state or {}}


def condition(name: str, value: str = "True", **more: t.Any) -> dict[str, t.Any]:
    return {"conditions": [{"type": name, "status": value, **more}]}


SEEN = {"observedGeneration": 2}
ROLLED = {**SEEN, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
CASES: list[tuple[dict[str, t.Any], bool, str]] = [
    (thing("Deployment", ROLLED, replicas=2), True, ""),
    (thing("Deployment", {**ROLLED, "observedGeneration": 1}, replicas=2), False, "has not seen the change"),
    (thing("Deployment", {**ROLLED, "updatedReplicas": 1}, replicas=2), False, "1 of 2 replicas are updated"),
    (thing("Deployment", {**ROLLED, "replicas": 3}, replicas=2), False, "1 old replicas"),
    (thing("Deployment", {**ROLLED, "availableReplicas": 0}, replicas=2), False, "0 of 2 updated replicas are available"),
    (thing("Deployment", {**SEEN}, replicas=0), True, ""),
    (
        thing(
            "Deployment", {**SEEN, **condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="too long")}, replicas=1
        ),
        False,
        "ProgressDeadlineExceeded: too long",
    ),
    (thing("StatefulSet", ROLLED, replicas=2), True, ""),
    (thing("StatefulSet", {**ROLLED, "readyReplicas": 1}, replicas=2), False, "1 of 2 replicas are ready"),
    (thing("StatefulSet", {**ROLLED, "updatedReplicas": 0}, replicas=2), False, "0 of 2 replicas are updated"),
    (
        thing("StatefulSet", {**ROLLED, "updatedReplicas": 1}, replicas=2, updateStrategy={"rollingUpdate": {"partition": 1}}),
        True,
        "",
    ),
    (thing("StatefulSet", {**SEEN}, replicas=2, **ON_DELETE), True, ""),
    (thing("DaemonSet", {**SEEN, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}), True, ""),
    (
        thing("DaemonSet", {**SEEN, "desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}),
        False,
        "1 of 2 pods are updated",
    ),
    (thing("DaemonSet", {**SEEN, "desiredNumberScheduled": 2, "numberAvailable": 2}, **ON_DELETE), True, ""),
    (thing("Job", condition("Complete")), True, ""),
    (thing("Job", {"active": 1}), False, "1 pods are active"),
    (thing("Job", condition("Failed", reason="BackoffLimitExceeded")), False, "BackoffLimitExceeded"),
    (thing("Job", {}, suspend=True), True, ""),
    (thing("Pod", {"phase": "Succeeded"}), True, ""),
    (thing("Pod", {"phase": "Failed", "reason": "Evicted"}), False, "it has failed: Evicted"),
    (thing("Pod", {"phase": "Running", **condition("Ready", "False", reason="ContainersNotReady")}), False, "ContainersNotReady"),
    (thing("CustomResourceDefinition", condition("Established")), True, ""),
    (thing("CustomResourceDefinition", condition("Established", "False", reason="Installing")), False, "Installing"),
    (thing("Namespace", {"phase": "Active"}), True, ""),
    (thing("Namespace", {"phase": "Terminating"}), False, "its phase is Terminating"),
    (thing("Service", {}, type="ClusterIP"), True, ""),
    (thing("Service", {}, type="LoadBalancer"), False, "no address yet"),
    (thing("Service", {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, type="LoadBalancer"), True, ""),
    (thing("PersistentVolumeClaim", {"phase": "Pending"}), False, "its phase is Pending"),
    (thing("Certificate", condition("Ready")), True, ""),
    (thing("Certificate", {}), False, "no condition Ready yet"),
    (
        thing("Certificate", condition("Ready", observedGeneration=1, reason="Issued")),
        False,
        "has not seen the change yet; before, Ready is True: Issued",
    ),
    (thing("Thing", {"observedGeneration": 1, **condition("Ready")}), False, "has not seen the change yet; before, Ready is True"),
    (thing("Thing", {"observedGeneration": 1, **condition("Ready", observedGeneration=2)}), True, ""),
    (thing("ClusterSecretStore", condition("Ready", "False", reason="ValidationFailed", message="AADSTS70021")), False, "AADSTS70021"),
    (thing("Gateway", condition("Programmed")), True, ""),
    (thing("Gateway", condition("Ready")), False, "no condition Programmed"),
    (thing("HTTPRoute", {}), False, "no gateway has taken it"),
    (thing("HTTPRoute", {"parents": [condition("Accepted")]}), True, ""),
    (
        thing("HTTPRoute", {"parents": [condition("Accepted"), condition("Accepted", "False", reason="NoMatchingParent")]}),
        False,
        "NoMatchingParent",
    ),
    (thing("ConfigMap"), True, ""),
    (thing("Something", {"phase": "odd"}), True, ""),
    (thing("Something", condition("Ready", "False", reason="Odd")), False, "Ready is False: Odd"),
]


@pytest.mark.parametrize(("found", "ready", "text"), CASES)
def test_readiness(found: dict[str, t.Any], ready: bool, text: str) -> None:
    seen = readiness(found)
    assert (seen.ready, text in seen.text) == (ready, True), seen


SYNCED = {"refreshTime": "2026-11-25T10:00:05Z", "syncedResourceVersion": "2-abc", **condition("Ready", reason="SecretSynced")}


@pytest.mark.parametrize(
    ("state", "written", "ready"),
    [
        (SYNCED, "2026-11-25T10:00:05Z", True),
        (SYNCED, "2026-11-25T10:00:06Z", False),
        ({**SYNCED, "syncedResourceVersion": "1-abc"}, "2026-11-25T10:00:00Z", False),
        ({**SYNCED, **condition("Ready", "False", reason="SecretSyncedError")}, "2026-11-25T10:00:00Z", False),
        ({key: value for key, value in SYNCED.items() if key != "syncedResourceVersion"}, "2026-11-25T10:00:00Z", True),
    ],
    ids=["synced", "before the last write", "another generation", "failed", "an older operator"],
)
def test_a_sync_of_before_the_last_write_proves_nothing(state: dict[str, t.Any], written: str, ready: bool) -> None:
    secret = thing("ExternalSecret", state)
    secret["metadata"]["managedFields"] = [
        {"manager": "kubectl-annotate", "time": written, "fieldsV1": {"f:metadata": {}}},
        {"manager": "external-secrets", "time": "2027-01-01T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
        {"manager": "other", "subresource": "status", "time": "2027-01-01T00:00:00Z", "fieldsV1": {"f:status": {}}},
    ]
    assert readiness(secret).ready is ready


def test_a_change_in_the_second_of_the_last_sync_is_told_by_the_digest() -> None:
    before, after = (thing("ExternalSecret", {**SYNCED, "syncedResourceVersion": digest}) for digest in ("2-abc", "2-def"))
    assert not synced_anew(before, before).ready
    assert synced_anew(after, before).ready
    assert synced_anew(before, thing("ExternalSecret")).ready


@pytest.mark.parametrize(
    ("kind", "life"), [("ConfigMap", False), ("Deployment", True), ("Thing", True), ("Namespace", True), ("Role", False)]
)
def test_what_has_a_life_of_its_own(kind: str, life: bool) -> None:
    assert has_life(kind) is life


def test_what_is_being_deleted_is_not_ready() -> None:
    going = thing("ConfigMap")
    going["metadata"]["deletionTimestamp"] = "2026-11-25T10:00:00Z"
    assert readiness(going).text == "it is being deleted"


def test_conditions_with_reasons() -> None:
    issuer = thing("ClusterIssuer", condition("Ready", reason="ACMEAccountRegistered"))
    assert has_condition(issuer, "Ready", "True", "ACMEAccountRegistered").ready
    assert not has_condition(issuer, "Ready", "True", "Other").ready
    assert not has_condition(issuer, "Ready", "False").ready


# --- waiting -------------------------------------------------------------------------

DEPLOYMENT = Resource("apps", "v1", "Deployment", "deployments", True)
REF = Ref("apps", "Deployment", "test", "backend")
GOAL = Goal(REF, DEPLOYMENT, "Deployment test/backend ready", readiness)
PATH = "/apis/apps/v1/namespaces/test/deployments/backend"
STUCK = {**thing("Deployment", {**SEEN, "updatedReplicas": 1}, replicas=1, selector={"matchLabels": {"app": "backend"}})}


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def patience(
    monkeypatch: pytest.MonkeyPatch, handler: t.Callable[[Asked], Answer | Exception], seconds: float = 30
) -> tuple[Patience, t.Any]:
    api, pool = client(monkeypatch, handler)
    clock = Clock()
    return Patience(api, seconds, sleep=clock.sleep, clock=clock, begin=0.0), pool


def test_what_is_ready_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, pool = patience(monkeypatch, lambda asked: Answer(200, thing("Deployment", ROLLED, replicas=2)))
    waiting.until([GOAL])
    assert [asked.path for asked in pool.asked] == [PATH]


def test_what_becomes_ready_is_waited_for_and_then_left(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [STUCK, STUCK, thing("Deployment", ROLLED, replicas=2)]
    waiting, pool = patience(monkeypatch, lambda asked: Answer(200, states.pop(0) if asked.path == PATH else thing("ConfigMap")))
    other = Goal(Ref("", "ConfigMap", "test", "s"), Resource("", "v1", "ConfigMap", "configmaps", True), "s ready", readiness)
    waiting.until([GOAL, other])
    assert sorted(asked.path for asked in pool.asked) == ["/api/v1/namespaces/test/configmaps/s", PATH, PATH, PATH]


POD = {
    "metadata": {"name": "backend-1"},
    "status": {
        "conditions": [{"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [
            {
                "name": "backend",
                "state": {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "mongodb-url" not found'}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
            }
        ],
    },
}
EVENTS = [
    {"metadata": {}, "involvedObject": {"name": "backend-1"}, "reason": "Failed", "message": "no secret", "lastTimestamp": "2"},
    {"metadata": {}, "involvedObject": {"name": "other"}, "reason": "Odd", "message": "x", "lastTimestamp": "3"},
]


def cluster(asked: Asked) -> Answer:
    if asked.path.endswith("/pods"):
        assert asked.query["labelSelector"] == "app=backend"
        return Answer(200, {"kind": "PodList", "items": [POD]})
    if asked.path.endswith("/events"):
        assert asked.query["fieldSelector"] == "type=Warning"
        return Answer(200, {"kind": "EventList", "items": EVENTS})
    return Answer(200, STUCK)


def test_what_does_not_become_ready_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, _ = patience(monkeypatch, cluster)
    with pytest.raises(CloudError) as caught:
        waiting.until([GOAL])
    text = str(caught.value)
    assert text.startswith(
        "see Deployment test/backend ready: not within 30 s: Deployment test/backend: 0 of 1 updated replicas are available"
    )
    for words in (
        'container backend: CreateContainerConfigError: secret "mongodb-url" not found',
        "container backend exited with 1: Error",
        "warning Failed: no secret",
        "see its Ready condition",
        "A rerun picks up",
    ):
        assert words in text
    assert "Odd" not in text
    assert (caught.value.code, caught.value.failure["retryable"]) == ("not_ready", True)


def test_without_the_right_to_look_the_object_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, _ = patience(monkeypatch, lambda asked: Answer(200, STUCK) if asked.path == PATH else status(403, "Forbidden"))
    with pytest.raises(CloudError, match="0 of 1 updated replicas are available"):
        waiting.until([GOAL])


def test_a_server_that_is_away_for_a_while_does_not_end_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = thing("Deployment", ROLLED, replicas=2)
    waiting, pool = patience(monkeypatch, lambda asked: Answer(503, b"away") if len(pool.asked) < 30 else Answer(200, ready))
    waiting.until([GOAL])
    waiting, pool = patience(monkeypatch, lambda asked: Answer(503, b"away"))
    with pytest.raises(CloudError, match=r"not within 30 s: Deployment test/backend: it could not be looked at: .*away"):
        waiting.until([GOAL])


def test_what_has_failed_for_good_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    job = thing("Job", condition("Failed", reason="BackoffLimitExceeded", message="it has failed 3 times"))
    waiting, pool = patience(monkeypatch, lambda asked: Answer(200, {**job, "items": []}))
    goal = Goal(Ref("batch", "Job", "test", "x"), Resource("batch", "v1", "Job", "jobs", True), "Job test/x ready", readiness)
    with pytest.raises(CloudError, match="will not be: Job test/x: Failed is True: BackoffLimitExceeded") as caught:
        waiting.until([goal])
    assert "Waiting longer does not help" in str(caught.value)
    assert caught.value.failure["retryable"] is False
    assert sum(asked.path.endswith("/jobs/x") for asked in pool.asked) == 1


def test_a_rollout_that_has_run_out_of_time_is_given_up_but_not_for_what_it_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    late = condition("Progressing", "False", reason="ProgressDeadlineExceeded", lastUpdateTime="2026-11-25T10:00:00Z")
    stuck = thing("Deployment", {**ROLLED, "updatedReplicas": 0, **late}, replicas=2)
    waiting, pool = patience(monkeypatch, lambda asked: Answer(200, {**stuck, "items": []}))
    fresh = thing("Deployment", ROLLED, replicas=2)
    for before, how in ((fresh, "will not be"), (None, "will not be"), (stuck, "not within")):
        pool.asked.clear()
        with pytest.raises(CloudError, match=f"{how}.*ProgressDeadlineExceeded"):
            waiting.until([replace(GOAL, judge=judge_since(before, changed=True))])
        assert (sum(asked.path == PATH for asked in pool.asked) == 1) is (how == "will not be")


def test_what_shall_be_gone_says_what_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {**STUCK, "metadata": {"name": "x", "uid": "1", "finalizers": ["example.com/hold"]}}
    waiting, _ = patience(monkeypatch, lambda asked: Answer(200, {**held, "items": []}))
    judge = lambda found: readiness(STUCK)  # noqa: E731
    with pytest.raises(CloudError, match=r"held by example\.com/hold"):
        waiting.until([Goal(REF, DEPLOYMENT, "gone", judge, gone=True)])
    waiting, _ = patience(monkeypatch, lambda asked: status(404, "NotFound"))
    waiting.until([Goal(REF, DEPLOYMENT, "gone", judge, gone=True)])


EARLY = [
    status(500, "InternalError", 'failed calling webhook "x": no endpoints available for service "y"'),
    status(500, "InternalError", 'failed calling webhook "x": tls: x509: certificate signed by unknown authority'),
    status(404, "NotFound", "the server could not find the requested resource"),
]


@pytest.mark.parametrize("answer", EARLY, ids=["no endpoints", "certificate", "kind"])
def test_what_is_only_just_being_installed_is_waited_for(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    answers = [answer, answer, Answer(200, {"ok": True})]
    waiting, pool = patience(monkeypatch, lambda asked: answers.pop(0))
    assert waiting.through("apply x", lambda: waiting.client.send("apply x", "PATCH", "/x", {}, form="application/apply-patch+yaml")) == {
        "ok": True
    }
    assert len(pool.asked) == 3


def test_a_webhook_that_never_comes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, pool = patience(monkeypatch, lambda asked: EARLY[0], seconds=10)
    with pytest.raises(ApiError, match=r'failed calling webhook "x".*webhook_not_ready.*is not up yet') as caught:
        waiting.through("apply x", lambda: waiting.client.send("apply x", "PATCH", "/x", {}, form="application/apply-patch+yaml"))
    assert caught.value.failure["retryable"] is True
    assert 3 < len(pool.asked) < 15


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("container x: ImagePullBackOff", "AcrPull"),
        ("AADSTS700213: No matching federated identity record found", "no federated credential"),
        ("0/3 nodes are available: Insufficient cpu", "No node has room"),
        ('error looking up service account test/x: serviceaccount "x" not found', "correct serviceAccountName"),
        ('violates PodSecurity "restricted:latest"', "level of pod security"),
        ("warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404", "probe's path and port"),
        ("it is still there, held by example.com/hold", "take the finalizer away"),
        ("whatever", "A rerun picks up"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    assert hint in why(text)
