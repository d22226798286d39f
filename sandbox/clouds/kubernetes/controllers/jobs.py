# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs run pods to their end; CronJobs make jobs by the clock.

Source: kubernetes/kubernetes pkg/controller/job (job_controller.go) and pkg/controller/cronjob (cronjob_controllerv2.go).
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import admission
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    CRON_JOBS,
    JOBS,
    PODS,
    Thing,
    annotations_of,
    is_true,
    labels_of,
    leaving,
    moment_of,
    name_of,
    namespace_of,
    reference_to,
    stamp,
    with_condition,
)
from sandbox.clouds.kubernetes.schedules import following

COMPONENT = "job-controller"
AGAIN = 0.2
MISSED = 6000.0  # seconds for which missed times are looked for: the real controller gives up after a hundred


def reconcile(desk: Desk) -> None:
    desk.each(CRON_JOBS, _tick)
    desk.each(JOBS, _job_turn)
    memory = desk.memory("jobs")
    for gone in memory.keys() - {each["metadata"]["uid"] for each in desk.all(JOBS)}:
        del memory[gone]


# --- jobs -------------------------------------------------------------------


def _job_turn(desk: Desk, job: Thing) -> None:
    if is_true(job, "Complete") or is_true(job, "Failed"):
        _expire(desk, job)
    else:
        _sync(desk, job)


def _sync(desk: Desk, job: Thing) -> None:
    spec, status = job["spec"], deepcopy(job.get("status") or {})
    if spec.get("suspend"):
        return
    pods = [each for each in desk.owned(PODS, job) if not leaving(each)]
    phases = [(each.get("status") or {}).get("phase", "Pending") for each in pods]
    done, failed = phases.count("Succeeded"), phases.count("Failed")
    crashing = [each for each in pods if _crashes(each)]
    status.setdefault("startTime", stamp(desk.now))
    wanted = spec.get("completions") or spec.get("parallelism", 1)
    deadline = moment_of(status["startTime"]) + spec.get("activeDeadlineSeconds", 10**9)
    if done >= wanted:
        _finish(desk, job, status | {"succeeded": done}, failed, None)
    elif failed > spec.get("backoffLimit", 6) or crashing:
        _finish(desk, job, status, failed + len(crashing), ("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    elif desk.now >= deadline:
        _finish(desk, job, status, failed, ("DeadlineExceeded", "Job was active longer than specified deadline"))
    else:
        desk.wake(deadline)
        active = len(pods) - done - failed
        active += _start(desk, job, min(spec.get("parallelism", 1), wanted - done) - active)
        ready = len([each for each in pods if is_true(each, "Ready")])
        counts = {name: value for name, value in (("active", active), ("failed", failed), ("succeeded", done)) if value}
        status = {name: value for name, value in status.items() if name not in ("active", "failed", "succeeded")} | counts
        desk.status(JOBS, job, status | {"ready": ready, "terminating": 0, "uncountedTerminatedPods": {}})


def _crashes(pod: Thing) -> bool:
    states = [each["state"] for each in (pod.get("status") or {}).get("containerStatuses") or ()]
    return any((each.get("waiting") or {}).get("reason") == "CrashLoopBackOff" for each in states)


def _start(desk: Desk, job: Thing, number: int) -> int:
    labels = {"batch.kubernetes.io/job-name": name_of(job), "batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}
    labels |= {"job-name": name_of(job), "controller-uid": job["metadata"]["uid"]}
    for index in range(max(0, number)):
        try:
            pod = admission.create(desk, job, job["spec"]["template"], **labels)
        except admission.Forbidden as refused:
            desk.event(job, "FailedCreate", f"Error creating: {refused}", COMPONENT, warning=True)
            desk.wake(desk.now + AGAIN)
            return index
        desk.event(job, "SuccessfulCreate", f"Created pod: {name_of(pod)}", COMPONENT)
    return max(0, number)


def _finish(desk: Desk, job: Thing, status: Thing, failed: int, failure: tuple[str, str] | None) -> None:
    status.pop("active", None)
    status |= {"ready": 0, "terminating": 0, "uncountedTerminatedPods": {}} | ({"failed": failed} if failed else {})
    conditions = status.get("conditions") or []
    if failure:
        facts = {"reason": failure[0], "message": failure[1]}
        for kind in ("FailureTarget", "Failed"):
            conditions = with_condition(conditions, kind, True, desk.now, lastProbeTime=stamp(desk.now), **facts)
        desk.event(job, failure[0], failure[1], COMPONENT, warning=True)
        for pod in desk.owned(PODS, job):
            if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
                desk.delete(PODS, pod)
    else:
        facts = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
        for kind in ("SuccessCriteriaMet", "Complete"):
            conditions = with_condition(conditions, kind, True, desk.now, lastProbeTime=stamp(desk.now), **facts)
        status["completionTime"] = stamp(desk.now)
        desk.event(job, "Completed", "Job completed", COMPONENT)
    desk.status(JOBS, job, status | {"conditions": conditions})


def _expire(desk: Desk, job: Thing) -> None:
    after = job["spec"].get("ttlSecondsAfterFinished")
    if after is None:
        return
    ended = desk.memory("jobs").setdefault(job["metadata"]["uid"], desk.now)
    due = ended + after
    if desk.now < due:
        desk.wake(due)
        return
    for pod in desk.owned(PODS, job):
        desk.delete(PODS, pod)
    desk.delete(JOBS, job)


# --- the clock --------------------------------------------------------------


def _tick(desk: Desk, cron: Thing) -> None:
    spec, status = cron["spec"], cron.get("status") or {}
    jobs = sorted(desk.owned(JOBS, cron), key=lambda each: str(each["metadata"]["creationTimestamp"]))
    running = [each for each in jobs if not is_true(each, "Complete") and not is_true(each, "Failed")]
    fresh: Thing = {}
    if not spec.get("suspend"):
        since = moment_of(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
        due = _latest(spec, max(since, desk.now - MISSED), desk.now)
        if due is not None and due <= desk.now:
            if not running or spec.get("concurrencyPolicy", "Allow") == "Allow":
                running.append(_job(desk, cron, due))
            fresh["lastScheduleTime"] = stamp(due)
        elif due is not None:
            desk.wake(due)
    active = [_reference(each) for each in running]
    complete = [each["status"]["completionTime"] for each in jobs if is_true(each, "Complete")]
    wanted = status | fresh | ({"lastSuccessfulTime": max(complete)} if complete else {})
    desk.status(
        CRON_JOBS, cron, {name: value for name, value in wanted.items() if name != "active"} | ({"active": active} if active else {})
    )


def _latest(spec: Thing, since: float, now: float) -> float | None:
    """The last time that is due, or the next one that will be: of several that were missed only the last counts."""
    schedule, zone = spec["schedule"], spec.get("timeZone") or "UTC"
    due = following(schedule, since, zone)
    while due is not None and (after := following(schedule, due, zone)) is not None and after <= now:
        due = after
    return due


def _reference(job: Thing) -> Thing:
    metadata = job["metadata"]
    facts = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]}
    return facts | {"resourceVersion": metadata["resourceVersion"]}


def _job(desk: Desk, cron: Thing, due: float) -> Thing:
    template = cron["spec"]["jobTemplate"]
    metadata: Thing = {
        "name": f"{name_of(cron)}-{int(due // 60)}",
        "namespace": namespace_of(cron),
        "ownerReferences": [reference_to(cron)],
    }
    if "metadata" in template:
        metadata |= {"labels": labels_of(template), "annotations": annotations_of(template)}
    return desk.write(JOBS, {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": deepcopy(template["spec"])})
