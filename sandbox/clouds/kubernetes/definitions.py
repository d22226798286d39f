# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller of CustomResourceDefinitions: names are accepted, and a moment later the resource is served."""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes import registry
from sandbox.clouds.kubernetes.custom import DEFINITIONS, is_established, storage_version
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GV, PLURAL = "apiextensions.k8s.io/v1", "customresourcedefinitions"
SECONDS = 0.05  # how long a new resource takes to be served


class Definitions:
    """Establishes definitions, and keeps their status in line with what they say."""

    def __init__(self) -> None:
        self._seen = -1
        self._waiting = False

    def reconcile(self, cluster: Cluster, now: float) -> None:
        if cluster.store.changed(DEFINITIONS) == self._seen and not self._waiting:
            return
        self._waiting = False
        due = cluster.memory("definitions")
        for each in cluster.store.all(DEFINITIONS):
            self._settle(cluster, each, due, now)
        self._seen = cluster.store.changed(DEFINITIONS)

    def _settle(self, cluster: Cluster, each: Json, due: Json, now: float) -> None:
        uid = each["metadata"]["uid"]
        wanted = _status(each)
        if not is_established(each):
            due.setdefault(uid, now + cluster.api.seconds("Establish CustomResourceDefinition", SECONDS))
            if due[uid] > now:
                self._waiting = True
            else:
                del due[uid]
                wanted["conditions"] = [
                    *wanted["conditions"],
                    _condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
                ]
        if wanted != each.get("status"):
            fresh = copy.deepcopy(each)
            fresh["status"] = wanted
            cluster.write(GV, PLURAL, fresh, manager="kube-apiserver", subresource="status")


def _status(each: Json) -> Json:
    kept = each.get("status") or {}
    names = {name: value for name, value in each["spec"]["names"].items() if value}
    names.setdefault("listKind", f"{names['kind']}List")
    names.setdefault("singular", names["kind"].lower())
    stored = list(kept.get("storedVersions") or ())
    if storage_version(each) not in stored:
        stored.append(storage_version(each))
    conditions = list(kept.get("conditions") or [_condition("NamesAccepted", "NoConflicts", "no conflicts found")])
    return {"acceptedNames": names, "conditions": conditions, "storedVersions": stored}


def _condition(kind: str, reason: str, message: str) -> Json:
    return {"type": kind, "status": "True", "lastTransitionTime": stamp(), "reason": reason, "message": message}


registry.CONTROLLERS.append(Definitions)
