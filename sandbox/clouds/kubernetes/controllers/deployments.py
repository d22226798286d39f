# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments: a ReplicaSet for each template, rolled over step by step, with the conditions that tell how far it is.

Source: kubernetes/kubernetes pkg/controller/deployment (sync.go, rolling.go, progress.go, util/deployment_util.go).
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    DEPLOYMENTS,
    REPLICA_SETS,
    Thing,
    annotations_of,
    condition,
    name_of,
    namespace_of,
    reference_to,
    share,
    stamp,
    template_hash,
    uid_of,
    with_condition,
    without_condition,
)

PREFIX = "deployment.kubernetes.io/"
REVISION = f"{PREFIX}revision"
COMPONENT = "deployment-controller"


def reconcile(desk: Desk) -> None:
    desk.each(DEPLOYMENTS, _sync)
    kept = {uid_of(each) for each in desk.all(DEPLOYMENTS)}
    memory = desk.memory("deployments")
    for gone in memory.keys() - kept:
        del memory[gone]


def _sync(desk: Desk, deployment: Thing) -> None:
    sets = sorted(desk.owned(REPLICA_SETS, deployment), key=_revision)
    wanted = template_hash(deployment["spec"]["template"])
    new = next((each for each in sets if each["metadata"]["labels"].get("pod-template-hash") == wanted), None)
    old = [each for each in sets if each is not new]
    if not deployment["spec"].get("paused"):
        if new is None:
            new = _create(desk, deployment, wanted, old)
            desk.memory("deployments")[uid_of(deployment)] = {"progress": desk.now, "seen": [], "new": True}
        revision = _next_revision(new, old)
        new = desk.annotate(REPLICA_SETS, new, **_annotations(deployment, revision))
        deployment = desk.annotate(DEPLOYMENTS, deployment, **{REVISION: revision})
        (_recreate if _strategy(deployment)["type"] == "Recreate" else _roll)(desk, deployment, new, old)
        _forget_old(desk, deployment, old)
    elif new is not None or old:
        _resize(desk, deployment, new or old[-1])
    _report(desk, deployment, wanted)


def _revision(replica_set: Thing) -> int:
    return int(annotations_of(replica_set).get(REVISION, "0"))


def _next_revision(new: Thing, old: list[Thing]) -> str:
    highest = max(map(_revision, old), default=0)
    return str(_revision(new) if _revision(new) > highest else highest + 1)


def _annotations(deployment: Thing, revision: str) -> dict[str, str]:
    """The deployment's own but for those that are about it alone, and what the controller adds."""
    theirs = {
        name: value
        for name, value in annotations_of(deployment).items()
        if name != "kubectl.kubernetes.io/last-applied-configuration" and not name.startswith(PREFIX)
    }
    replicas, (surge, _) = _wanted(deployment), _limits(deployment)
    own = {"desired-replicas": str(replicas), "max-replicas": str(replicas + surge), "revision": revision}
    return theirs | {PREFIX + name: value for name, value in own.items()}


def _create(desk: Desk, deployment: Thing, wanted: str, old: list[Thing]) -> Thing:
    template = deepcopy(deployment["spec"]["template"])
    known = template.get("metadata") or {}
    template["metadata"] = known | {"labels": (known.get("labels") or {}) | {"pod-template-hash": wanted}}
    selector = deepcopy(deployment["spec"]["selector"])
    selector["matchLabels"] = (selector.get("matchLabels") or {}) | {"pod-template-hash": wanted}
    name = f"{name_of(deployment)}-{wanted}"
    replica_set: Thing = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": namespace_of(deployment),
            "labels": template["metadata"]["labels"],
            "annotations": _annotations(deployment, str(max(map(_revision, old), default=0) + 1)),
            "ownerReferences": [reference_to(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    }
    if deployment["spec"].get("minReadySeconds"):
        replica_set["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    return desk.write(REPLICA_SETS, replica_set)


# --- rolling over -----------------------------------------------------------


def _wanted(deployment: Thing) -> int:
    return int(deployment["spec"].get("replicas", 1))


def _strategy(deployment: Thing) -> Thing:
    return deployment["spec"].get("strategy") or {"type": "RollingUpdate", "rollingUpdate": {}}


def _limits(deployment: Thing) -> tuple[int, int]:
    """How many pods may be above and below the wanted number; both 0 would stand still for ever."""
    rolling = _strategy(deployment).get("rollingUpdate")
    if rolling is None:
        return 0, _wanted(deployment)
    surge = share(rolling.get("maxSurge", "25%"), _wanted(deployment), up=True)
    unavailable = share(rolling.get("maxUnavailable", "25%"), _wanted(deployment), up=False)
    return surge, unavailable or (0 if surge else 1)


def _roll(desk: Desk, deployment: Thing, new: Thing, old: list[Thing]) -> None:
    wanted, (surge, unavailable) = _wanted(deployment), _limits(deployment)
    size = new["spec"]["replicas"]
    others = sum(each["spec"]["replicas"] for each in old)
    room = wanted + surge - size - others
    target = wanted if size > wanted else size + max(0, min(room, wanted - size))
    new = _scale(desk, deployment, new, target)
    to_go = size + others - (wanted - unavailable) - (new["spec"]["replicas"] - _available(new))
    for each in sorted(old, key=lambda each: (_available(each), _revision(each))):
        # Those that do not run go first, and cost nothing; of the others as many as can be spared.
        idle = min(each["spec"]["replicas"], max(0, each["spec"]["replicas"] - _available(each)), max(0, to_go))
        live = min(each["spec"]["replicas"] - idle, max(0, to_go - idle))
        if idle + live:
            _scale(desk, deployment, each, each["spec"]["replicas"] - idle - live)
            to_go -= idle + live


def _recreate(desk: Desk, deployment: Thing, new: Thing, old: list[Thing]) -> None:
    for each in old:
        _scale(desk, deployment, each, 0)
    if not any((each.get("status") or {}).get("replicas") for each in old):
        _scale(desk, deployment, new, _wanted(deployment))


def _resize(desk: Desk, deployment: Thing, replica_set: Thing) -> None:
    """While a deployment is paused its replicas still follow, in the set that is there."""
    _scale(desk, deployment, replica_set, _wanted(deployment))


def _available(replica_set: Thing) -> int:
    return int((replica_set.get("status") or {}).get("availableReplicas", 0))


def _scale(desk: Desk, deployment: Thing, replica_set: Thing, replicas: int) -> Thing:
    before = replica_set["spec"]["replicas"]
    if before == replicas:
        return replica_set
    way = "up" if replicas > before else "down"
    text = f"Scaled {way} replica set {name_of(replica_set)} from {before} to {replicas}"
    desk.event(deployment, "ScalingReplicaSet", text, COMPONENT)
    return desk.change(REPLICA_SETS, replica_set, spec=replica_set["spec"] | {"replicas": replicas})


def _forget_old(desk: Desk, deployment: Thing, old: list[Thing]) -> None:
    empty = [each for each in old if each["spec"]["replicas"] == 0 and not (each.get("status") or {}).get("replicas")]
    for each in empty[: max(0, len(empty) - deployment["spec"].get("revisionHistoryLimit", 10))]:
        desk.delete(REPLICA_SETS, each)


# --- reporting --------------------------------------------------------------


def _report(desk: Desk, deployment: Thing, wanted: str) -> None:
    sets = desk.owned(REPLICA_SETS, deployment)
    new = next((each for each in sets if each["metadata"]["labels"].get("pod-template-hash") == wanted), None)
    counts = {
        name: sum(int((each.get("status") or {}).get(name, 0)) for each in sets)
        for name in ("replicas", "readyReplicas", "availableReplicas")
    }
    updated = int((new.get("status") or {}).get("replicas", 0)) if new else 0
    facts = counts | {
        "updatedReplicas": updated,
        "unavailableReplicas": max(0, _wanted(deployment) - counts["availableReplicas"]),
    }
    unavailable = _limits(deployment)[1] if _strategy(deployment)["type"] == "RollingUpdate" else 0
    enough = counts["availableReplicas"] >= _wanted(deployment) - unavailable
    conditions = deepcopy((deployment.get("status") or {}).get("conditions") or [])
    conditions = _with(
        conditions,
        "Available",
        enough,
        desk.now,
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    )
    conditions = _progress(desk, deployment, conditions, new, facts)
    failing = next((found for each in sets if (found := condition(each, "ReplicaFailure")).get("status") == "True"), None)
    if failing:
        conditions = _with(conditions, "ReplicaFailure", True, desk.now, failing["reason"], failing["message"])
    else:
        conditions = without_condition(conditions, "ReplicaFailure")
    status = {name: value for name, value in facts.items() if value} | {"observedGeneration": deployment["metadata"]["generation"]}
    desk.status(DEPLOYMENTS, deployment, status | {"conditions": conditions})


def _progress(desk: Desk, deployment: Thing, conditions: list[Thing], new: Thing | None, facts: Thing) -> list[Thing]:
    memory = desk.memory("deployments").setdefault(uid_of(deployment), {"progress": desk.now, "seen": [], "new": False})
    known = next((each for each in conditions if each["type"] == "Progressing"), None)
    if deployment["spec"].get("paused"):
        return _with(conditions, "Progressing", "Unknown", desk.now, "DeploymentPaused", "Deployment is paused")
    if new is None:
        return conditions
    replicas = _wanted(deployment)
    name = f'ReplicaSet "{name_of(new)}"'
    done = facts["updatedReplicas"] == facts["availableReplicas"] == facts["replicas"] == replicas
    seen = [facts["updatedReplicas"], facts["replicas"] - facts["updatedReplicas"], facts["readyReplicas"], facts["availableReplicas"]]
    moved = seen != memory["seen"]
    if moved:
        memory |= {"seen": seen, "progress": desk.now}
    if done:
        memory["new"] = False
        return _with(conditions, "Progressing", True, desk.now, "NewReplicaSetAvailable", f"{name} has successfully progressed.")
    if known is None or memory["new"]:
        memory["new"] = False
        text = f'Created new replica set "{name_of(new)}"'
        return _with(conditions, "Progressing", True, desk.now, "NewReplicaSetCreated", text)
    deadline = memory["progress"] + deployment["spec"].get("progressDeadlineSeconds", 600)
    if desk.now >= deadline:
        return _with(conditions, "Progressing", False, desk.now, "ProgressDeadlineExceeded", f"{name} has timed out progressing.")
    desk.wake(deadline)
    # What was complete stays so through a change of its size; a rollout under way says so when a pod comes or goes.
    if moved and (known["reason"] != "NewReplicaSetAvailable" or facts["updatedReplicas"] < facts["replicas"]):
        return _with(conditions, "Progressing", True, desk.now, "ReplicaSetUpdated", f"{name} is progressing.")
    return conditions


def _with(conditions: list[Thing], kind: str, status: bool | str, now: float, reason: str, message: str) -> list[Thing]:
    """A deployment's conditions also say when they were last written: only a change writes them."""
    known = next((each for each in conditions if each["type"] == kind), {})
    if known.get("reason") == reason and known.get("message") == message and known["status"] == str(status):
        return conditions
    return with_condition(conditions, kind, status, now, reason=reason, message=message, lastUpdateTime=stamp(now))
