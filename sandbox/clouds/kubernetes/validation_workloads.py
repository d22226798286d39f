# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with what runs pods, and with what says how many there are (k8s.io/kubernetes/pkg/apis/{apps,batch,autoscaling,policy})."""

from __future__ import annotations

import typing as t
import zoneinfo
from collections.abc import Iterator

from sandbox.clouds.kubernetes import causes, names, schedules
from sandbox.clouds.kubernetes.causes import forbidden, not_negative, required, unsupported, wrong
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.selectors import object_fits
from sandbox.clouds.kubernetes.validation_pod import pod_spec

_SOURCES = {"ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods", "Resource": "resource"}
_LONGEST_WINDOW = 3600  # seconds for which an autoscaler looks back
_LONGEST_CRON_NAME = 52  # its jobs' names are longer by the time


def _template(spec: Json, path: str = "spec.template") -> Iterator[Cause]:
    template = spec.get("template") or {}
    yield from names.labels((template.get("metadata") or {}).get("labels"), f"{path}.metadata.labels")
    yield from pod_spec(template.get("spec") or {}, f"{path}.spec")


def workload(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    selector = spec.get("selector")
    yield from not_negative(spec, "spec", "replicas")
    if selector is None:
        yield required("spec.selector")
    else:
        yield from causes.label_selector(selector, "spec.selector")
        if not (selector.get("matchLabels") or selector.get("matchExpressions")):
            yield wrong("spec.selector", {}, f"empty selector is invalid for {each['kind'].lower()}")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not object_fits(selector, labels):
        yield wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from _template(spec)
    pod = (spec.get("template") or {}).get("spec") or {}
    if pod.get("restartPolicy") != "Always":
        yield unsupported("spec.template.spec.restartPolicy", pod.get("restartPolicy"), ("Always",))
    if pod.get("activeDeadlineSeconds") is not None:
        yield forbidden("spec.template.spec.activeDeadlineSeconds", f"activeDeadlineSeconds in {_of(each)} is not Supported")
    yield from not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit")


def _of(each: Json) -> str:
    return "ReplicaSet" if each["kind"] == "Deployment" else str(each["kind"])


def deployment(each: Json) -> Iterator[Cause]:
    yield from workload(each)
    spec = each.get("spec") or {}
    yield from _strategy(spec.get("strategy") or {}, "spec.strategy")
    yield from not_negative(spec, "spec", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and 0 <= deadline <= (spec.get("minReadySeconds") or 0):
        yield wrong("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _strategy(strategy: Json, path: str) -> Iterator[Cause]:
    if strategy.get("type") not in ("Recreate", "RollingUpdate"):
        yield unsupported(f"{path}.type", strategy.get("type"), ("Recreate", "RollingUpdate"))
    rolling = strategy.get("rollingUpdate")
    if rolling is None:
        return
    if strategy.get("type") == "Recreate":
        yield forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
        return
    yield from causes.amount_or_percent(rolling.get("maxUnavailable"), f"{path}.rollingUpdate.maxUnavailable", whole=True)
    yield from causes.amount_or_percent(rolling.get("maxSurge"), f"{path}.rollingUpdate.maxSurge")
    if _nothing(rolling.get("maxSurge", 1)) and _nothing(rolling.get("maxUnavailable", 1)):
        yield wrong(f"{path}.rollingUpdate.maxUnavailable", rolling.get("maxUnavailable"), "may not be 0 when `maxSurge` is 0")


def stateful_set(each: Json) -> Iterator[Cause]:
    yield from workload(each)
    strategy = (each.get("spec") or {}).get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete" and strategy.get("rollingUpdate") is not None:
        yield wrong("spec.updateStrategy.rollingUpdate", strategy["rollingUpdate"], "only allowed for updateStrategy 'RollingUpdate'")


def _nothing(value: t.Any) -> bool:
    return value in (0, "0", "0%")


# --- jobs ---------------------------------------------------------------------------------


def job(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    yield from _job(spec, "spec")
    selector = spec.get("selector")
    generated = {"matchLabels": {"batch.kubernetes.io/controller-uid": each["metadata"].get("uid")}}
    if selector not in (None, generated) and not spec.get("manualSelector"):
        yield wrong("spec.selector", selector, "`selector` not auto-generated")


def _job(spec: Json, path: str) -> Iterator[Cause]:
    counted = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    yield from not_negative(spec, path, *counted)
    modes = ("Indexed", "NonIndexed")
    if spec.get("completionMode") not in (None, *modes):
        yield unsupported(f"{path}.completionMode", spec["completionMode"], modes)
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")
    yield from _template(spec, f"{path}.template")
    restart = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if restart in (None, "Always"):
        yield required(f"{path}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')


def cron_job(each: Json) -> Iterator[Cause]:
    name = each["metadata"].get("name") or ""
    if len(name) > _LONGEST_CRON_NAME:
        yield wrong("metadata.name", name, f"must be no more than {_LONGEST_CRON_NAME} characters")
    spec = each.get("spec") or {}
    yield from _schedule(str(spec.get("schedule") or ""))
    yield from not_negative(spec, "spec", "startingDeadlineSeconds")
    zone = spec.get("timeZone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        yield wrong("spec.timeZone", zone, f"unknown time zone {zone}" if zone else "timeZone must be nil or non-empty string")
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        yield unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    yield from _job((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
    yield from not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _schedule(schedule: str) -> Iterator[Cause]:
    if not schedule:
        yield required("spec.schedule")
    elif "TZ" in schedule:
        yield wrong("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    else:
        try:
            schedules.parse(schedule)
        except ValueError as error:
            yield wrong("spec.schedule", schedule, str(error))


# --- how many -----------------------------------------------------------------------------


def autoscaler(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas") or 0
    if least < 1:
        yield wrong("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield wrong("spec.maxReplicas", most, "must be greater than 0")
    if most < least:
        yield wrong("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    for name in ("kind", "name"):
        if not (spec.get("scaleTargetRef") or {}).get(name):
            yield required(f"spec.scaleTargetRef.{name}")
    for index, metric in enumerate(spec.get("metrics") or ()):
        yield from _metric(metric, f"spec.metrics[{index}]")
    for name in ("scaleUp", "scaleDown"):
        window = ((spec.get("behavior") or {}).get(name) or {}).get("stabilizationWindowSeconds")
        if window is not None and not 0 <= window <= _LONGEST_WINDOW:
            text = "must be greater than or equal to zero" if window < 0 else f"must be less than or equal to {_LONGEST_WINDOW}"
            yield wrong(f"spec.behavior.{name}.stabilizationWindowSeconds", window, text)


def _metric(metric: Json, path: str) -> Iterator[Cause]:
    kind = metric.get("type")
    if not kind:
        yield required(f"{path}.type", "must specify a metric source type")
        return
    if kind not in _SOURCES:
        yield unsupported(f"{path}.type", kind, _SOURCES)
        return
    if metric.get(_SOURCES[kind]) is None:
        yield required(f"{path}.{_SOURCES[kind]}", "must populate information for the given metric source")
    for name in _SOURCES.values():
        if name != _SOURCES[kind] and metric.get(name) is not None:
            yield forbidden(f"{path}.{name}", "must populate the given metric source only")
    if kind == "Resource" and metric.get("resource") is not None:
        yield from _amount_of_resource(metric["resource"], f"{path}.resource")


def _amount_of_resource(source: Json, path: str) -> Iterator[Cause]:
    target = source.get("target") or {}
    share, amount = target.get("averageUtilization"), target.get("averageValue")
    if not source.get("name"):
        yield required(f"{path}.name", "must specify a resource name")
    if share is not None and share < 1:
        yield wrong(f"{path}.target.averageUtilization", share, "must be greater than 0")
    if share is None and amount is None:
        yield required(f"{path}.target.averageUtilization", "must set either a target raw value or a target utilization")
    if share is not None and amount is not None:
        yield forbidden(f"{path}.target.averageValue", "may not set both a target raw value and a target utilization")


def budget(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = {name: spec[name] for name in ("minAvailable", "maxUnavailable")}
        yield wrong("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for name in ("minAvailable", "maxUnavailable"):
        yield from causes.amount_or_percent(spec.get(name), f"spec.{name}", whole=True)
    yield from causes.label_selector(spec.get("selector"), "spec.selector")
