# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Whether an object is ready, and if not, what it says about it. Pure.

The rules of `kubectl rollout status` for workloads; conditions for everything that has some.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from functools import partial

from .names import Manifest
from .order import LAST, rank
from .ownership import by_controller, entries_of


@dataclass(frozen=True)
class Readiness:
    """ready: it is as it shall be. failed: waiting longer will not help. text: why not, in the object's own words."""

    ready: bool
    text: str = ""
    failed: bool = False


READY = Readiness(True)
Judge = t.Callable[[Manifest], Readiness]


def readiness(thing: Manifest) -> Readiness:
    """Whether an object is ready, by the rules of its kind. What has no such rules is ready as soon as it is there."""
    if thing["metadata"].get("deletionTimestamp"):
        return Readiness(False, "it is being deleted")
    judge = _JUDGES.get(str(thing.get("kind")))
    return judge(thing) if judge else _by_condition(thing, "Ready", required=False)


def held_by(thing: Manifest) -> str:
    """What keeps an object that is being deleted from going: finalizers, and what is still in a namespace. Empty if nothing does."""
    finalizers = (thing.get("metadata") or {}).get("finalizers") or ()
    inside = (thing.get("status") or {}).get("conditions") or () if thing.get("kind") == "Namespace" else ()
    said = [str(each["message"]) for each in inside if each.get("status") == "True" and each.get("message")]
    return "; ".join([*([f"held by {', '.join(finalizers)}"] if finalizers else []), *said])


def has_life(kind: str) -> bool:
    """Whether objects of a kind can be there and not be ready. What is built in and has no rule here cannot."""
    return kind in _JUDGES or rank(kind) == LAST


def condition_of(thing: Manifest, name: str) -> dict[str, t.Any] | None:
    return next((each for each in _status(thing).get("conditions") or () if each.get("type") == name), None)


def has_condition(thing: Manifest, name: str, status: str, reason: str | None = None) -> Readiness:
    """Whether a condition has a value (and a reason), and is about the object as it is now."""
    found = condition_of(thing, name)
    if found is None:
        return Readiness(False, f"it has no condition {name} yet")
    # Many controllers note it once, beside their conditions (sigs.k8s.io/cli-utils, kstatus).
    seen = found.get("observedGeneration", _status(thing).get("observedGeneration"))
    if isinstance(seen, int) and seen < _generation(thing):
        return Readiness(False, f"its controller has not seen the change yet; before, {_said(found)}")
    return Readiness(str(found.get("status")) == status and reason in (None, found.get("reason")), _said(found))


def _said(condition: t.Mapping[str, t.Any]) -> str:
    """`Ready is False: SecretSyncedError: could not get secret data from provider`."""
    words = [str(condition[name]) for name in ("reason", "message") if condition.get(name)]
    return ": ".join([f"{condition.get('type')} is {condition.get('status')}", *words])[:600]


def _status(thing: Manifest) -> dict[str, t.Any]:
    return thing.get("status") or {}


def _spec(thing: Manifest) -> dict[str, t.Any]:
    return thing.get("spec") or {}


def _generation(thing: Manifest) -> int:
    return int((thing.get("metadata") or {}).get("generation") or 0)


def _unseen(thing: Manifest) -> Readiness | None:
    if int(_status(thing).get("observedGeneration") or 0) < _generation(thing):
        return Readiness(False, "its controller has not seen the change yet")
    return None


def _by_condition(thing: Manifest, name: str, *, required: bool = True) -> Readiness:
    if not required and condition_of(thing, name) is None:
        return READY
    return has_condition(thing, name, "True")


def _count(thing: Manifest, name: str) -> int:
    return int(_status(thing).get(name) or 0)


def _deployment(thing: Manifest) -> Readiness:
    wanted = int(_spec(thing).get("replicas", 1))
    updated, available = _count(thing, "updatedReplicas"), _count(thing, "availableReplicas")
    stuck = [condition_of(thing, name) for name in ("Progressing", "Available", "ReplicaFailure")]
    said = "; ".join(_said(each) for each in stuck if each and (each.get("status") == "True") == (each.get("type") == "ReplicaFailure"))
    why = f"; {said}" if said else ""
    # Its controller has given up hope; kubectl ends a rollout there too.
    late = any(each and each.get("reason") == "ProgressDeadlineExceeded" for each in stuck)
    if updated < wanted:
        return Readiness(False, f"{updated} of {wanted} replicas are updated{why}", failed=late)
    if _count(thing, "replicas") > updated:
        return Readiness(False, f"{_count(thing, 'replicas') - updated} old replicas are still there{why}", failed=late)
    return Readiness(available >= updated, f"{available} of {updated} updated replicas are available{why}", failed=late)


def _stateful_set(thing: Manifest) -> Readiness:
    strategy = _spec(thing).get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return READY
    wanted = int(_spec(thing).get("replicas", 1))
    ready, updated = _count(thing, "readyReplicas"), _count(thing, "updatedReplicas")
    if ready < wanted:
        return Readiness(False, f"{ready} of {wanted} replicas are ready")
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    if updated < wanted - partition:
        return Readiness(False, f"{updated} of {wanted - partition} replicas are updated")
    return READY


def _daemon_set(thing: Manifest) -> Readiness:
    wanted, updated = _count(thing, "desiredNumberScheduled"), _count(thing, "updatedNumberScheduled")
    available = _count(thing, "numberAvailable")
    on_delete = (_spec(thing).get("updateStrategy") or {}).get("type") == "OnDelete"
    if updated < wanted and not on_delete:
        return Readiness(False, f"{updated} of {wanted} pods are updated")
    return Readiness(available >= wanted, f"{available} of {wanted} pods are available")


def _job(thing: Manifest) -> Readiness:
    if _spec(thing).get("suspend"):
        return READY
    failed, complete = condition_of(thing, "Failed"), condition_of(thing, "Complete")
    if failed and failed.get("status") == "True":
        return Readiness(False, _said(failed), failed=True)
    done = bool(complete and complete.get("status") == "True")
    return Readiness(done, f"{_count(thing, 'active')} pods are active, {_count(thing, 'failed')} have failed")


def _pod(thing: Manifest) -> Readiness:
    phase = str(_status(thing).get("phase") or "Pending")
    if phase == "Succeeded":
        return READY
    if phase == "Failed":
        words = [str(_status(thing)[name]) for name in ("reason", "message") if _status(thing).get(name)]
        return Readiness(False, ": ".join(["it has failed", *words]), failed=True)
    return _by_condition(thing, "Ready")


def _service(thing: Manifest) -> Readiness:
    if _spec(thing).get("type") != "LoadBalancer":
        return READY
    given = (_status(thing).get("loadBalancer") or {}).get("ingress")
    return Readiness(bool(given), "it has no address yet")


def _phase(wanted: str) -> Judge:
    def judge(thing: Manifest) -> Readiness:
        phase = _status(thing).get("phase")
        return Readiness(phase == wanted, f"its phase is {phase or 'not known yet'}")

    return judge


def _external_secret(thing: Manifest) -> Readiness:
    found = _by_condition(thing, "Ready")
    if not found.ready:
        return found
    # A sync of before our last write proves nothing about it: the operator notes which generation it has synced, and when.
    synced = str(_status(thing).get("syncedResourceVersion") or "").partition("-")[0]
    if synced.isdigit() and int(synced) != _generation(thing):
        return Readiness(False, "the operator has not synced it since it was changed")
    if str(_status(thing).get("refreshTime") or "") < _last_write(thing):
        return Readiness(False, f"it was synced at {_status(thing).get('refreshTime')}, before it was changed")
    return found


def _last_write(thing: Manifest) -> str:
    """When somebody other than a controller last changed it; times of one form can be compared as text."""
    return max((str(each.get("time") or "") for each in entries_of(thing) if not by_controller(each)), default="")


def synced_anew(thing: Manifest, before: Manifest) -> Readiness:
    """Whether an ExternalSecret has been synced since it was changed. before: as it was until then.

    The operator notes a digest of what it has synced. Times have whole seconds only, and a change may come in the same second.
    """
    digest = _status(before).get("syncedResourceVersion")
    if digest and digest == _status(thing).get("syncedResourceVersion"):
        return Readiness(False, "the operator has not synced it since it was changed")
    return readiness(thing)


def judge_since(before: Manifest | None, *, changed: bool) -> Judge:
    """How an object is judged of which something was there before: what that said then proves nothing now.

    changed: whether we have changed it since.
    """
    kind = (before or {}).get("kind")
    if before is not None and kind == "ExternalSecret" and changed:
        return partial(synced_anew, before=before)
    if before is not None and kind == "Deployment":
        return partial(_late_anew, before=before)
    return readiness


def _late_anew(thing: Manifest, before: Manifest) -> Readiness:
    """A rollout that had run out of its time may go on as soon as what was in its way is gone, and says so only when it is through."""
    found = readiness(thing)
    same = condition_of(thing, "Progressing") == condition_of(before, "Progressing")
    return replace(found, failed=False) if found.failed and same else found


def _route(thing: Manifest) -> Readiness:
    parents = _status(thing).get("parents") or ()
    if not parents:
        return Readiness(False, "no gateway has taken it yet")
    for parent in parents:
        found = has_condition({**thing, "status": parent}, "Accepted", "True")
        if not found.ready:
            return found
    return READY


def _condition(name: str) -> Judge:
    return lambda thing: _by_condition(thing, name)


def _seen(judge: Judge) -> Judge:
    return lambda thing: _unseen(thing) or judge(thing)


_JUDGES: dict[str, Judge] = {
    "APIService": _condition("Available"),
    "Certificate": _condition("Ready"),
    "ClusterExternalSecret": _condition("Ready"),
    "ClusterIssuer": _condition("Ready"),
    "ClusterSecretStore": _condition("Ready"),
    "CustomResourceDefinition": _condition("Established"),
    "DaemonSet": _seen(_daemon_set),
    "Deployment": _seen(_deployment),
    "ExternalSecret": _external_secret,
    "Gateway": _condition("Programmed"),
    "HTTPRoute": _route,
    "Issuer": _condition("Ready"),
    "Job": _job,
    "Namespace": _phase("Active"),
    "PersistentVolumeClaim": _phase("Bound"),
    "Pod": _pod,
    "PushSecret": _condition("Ready"),
    "SecretStore": _condition("Ready"),
    "Service": _service,
    "StatefulSet": _seen(_stateful_set),
}
