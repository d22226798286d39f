# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What controllers know about objects: how they are named, selected, owned and measured.

Sources: kubernetes/apimachinery (labels, intstr, resource.Quantity) and kubernetes/kubernetes pkg/controller (names, conditions).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import typing as t
from datetime import UTC, datetime

Thing = dict[str, t.Any]
Kind = tuple[str, str]  # group/version and plural

PODS: t.Final = ("v1", "pods")
NODES: t.Final = ("v1", "nodes")
SECRETS: t.Final = ("v1", "secrets")
CONFIG_MAPS: t.Final = ("v1", "configmaps")
SERVICES: t.Final = ("v1", "services")
ENDPOINTS: t.Final = ("v1", "endpoints")
NAMESPACES: t.Final = ("v1", "namespaces")
ACCOUNTS: t.Final = ("v1", "serviceaccounts")
CLAIMS: t.Final = ("v1", "persistentvolumeclaims")
STORAGE_CLASSES: t.Final = ("storage.k8s.io/v1", "storageclasses")
EVENTS: t.Final = ("v1", "events")
SLICES: t.Final = ("discovery.k8s.io/v1", "endpointslices")
DEPLOYMENTS: t.Final = ("apps/v1", "deployments")
REPLICA_SETS: t.Final = ("apps/v1", "replicasets")
STATEFUL_SETS: t.Final = ("apps/v1", "statefulsets")
DAEMON_SETS: t.Final = ("apps/v1", "daemonsets")
JOBS: t.Final = ("batch/v1", "jobs")
CRON_JOBS: t.Final = ("batch/v1", "cronjobs")
AUTOSCALERS: t.Final = ("autoscaling/v2", "horizontalpodautoscalers")
BUDGETS: t.Final = ("policy/v1", "poddisruptionbudgets")
INGRESSES: t.Final = ("networking.k8s.io/v1", "ingresses")
CLASSES: t.Final = ("networking.k8s.io/v1", "ingressclasses")
POLICIES: t.Final = ("networking.k8s.io/v1", "networkpolicies")
GATEWAYS: t.Final = ("gateway.networking.k8s.io/v1", "gateways")
GATEWAY_CLASSES: t.Final = ("gateway.networking.k8s.io/v1", "gatewayclasses")
HTTP_ROUTES: t.Final = ("gateway.networking.k8s.io/v1", "httproutes")

# What somebody's write has to be about for the controllers to look again; for what else they wait they come back by themselves.
MOVING: t.Final = (
    *(PODS, NODES, SERVICES, ENDPOINTS, CLAIMS, SLICES, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS),
    *(AUTOSCALERS, BUDGETS, INGRESSES, CLASSES, GATEWAYS, GATEWAY_CLASSES, HTTP_ROUTES),
)

SAFE = "bcdfghjklmnpqrstvwxz2456789"  # apimachinery's alphabet for made-up names: no vowels, so no words
_UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_UNITS |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}


def qualified(kind: Kind) -> str:
    """`deployments.apps`: how the store calls it."""
    group, slash, _ = kind[0].partition("/")
    return f"{kind[1]}.{group}" if slash else kind[1]


def stamp(moment: float) -> str:
    """A moment as the API writes it, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def name_of(thing: Thing) -> str:
    return t.cast(str, thing["metadata"]["name"])


def namespace_of(thing: Thing) -> str:
    return t.cast(str, thing["metadata"].get("namespace", ""))


def uid_of(thing: Thing) -> str:
    return t.cast(str, thing["metadata"]["uid"])


def labels_of(thing: Thing) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}


def annotations_of(thing: Thing) -> dict[str, str]:
    return thing["metadata"].get("annotations") or {}


def leaving(thing: Thing) -> bool:
    return "deletionTimestamp" in thing["metadata"]


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def suffix(length: int, *seed: str) -> str:
    """Made-up letters of a name, the same for the same seed."""
    number = int(digest(*seed), 16)
    return "".join(SAFE[(number >> (5 * index)) % len(SAFE)] for index in range(length))


def template_hash(template: Thing) -> str:
    """The hash that tells templates apart, as it stands in names and labels."""
    return suffix(10, json.dumps(template, sort_keys=True))


# --- selecting --------------------------------------------------------------


def selects(selector: Thing | None, labels: dict[str, str]) -> bool:
    """A LabelSelector; an empty one selects everything, none at all selects nothing."""
    if selector is None:
        return False
    equal = all(labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items())
    return equal and all(_fits(each, labels) for each in selector.get("matchExpressions") or ())


def _fits(expression: Thing, labels: dict[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or []
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
        "Gt": value is not None and value.isdigit() and bool(values) and int(value) > int(values[0]),
        "Lt": value is not None and value.isdigit() and bool(values) and int(value) < int(values[0]),
    }[expression["operator"]]


def picks(selector: dict[str, str] | None, labels: dict[str, str]) -> bool:
    """The selector of a Service: plain labels; without any it picks nothing."""
    return bool(selector) and all(labels.get(name) == value for name, value in (selector or {}).items())


# --- owning -----------------------------------------------------------------


def reference_to(owner: Thing) -> Thing:
    """An owner reference of the controller that answers for a thing."""
    facts = {name: owner[name] for name in ("apiVersion", "kind")} | {name: owner["metadata"][name] for name in ("name", "uid")}
    return facts | {"controller": True, "blockOwnerDeletion": True}


def controller_of(thing: Thing) -> Thing | None:
    return next((each for each in thing["metadata"].get("ownerReferences") or () if each.get("controller")), None)


# --- measuring --------------------------------------------------------------


def quantity(text: t.Any) -> float:
    """`500m`, `1Gi`, `2`, `1e3` as a number. Raises ValueError when it is none."""
    found = re.fullmatch(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkKMGTPE]i?)?", str(text))
    if not found or found[2] not in {None, *_UNITS}:
        raise ValueError(f"no quantity: {text}")
    return float(found[1]) * (_UNITS[found[2]] if found[2] else 1)


def share(value: t.Any, whole: int, *, up: bool) -> int:
    """An int-or-percent field, of `whole`."""
    if isinstance(value, str) and value.endswith("%"):
        part = whole * int(value[:-1]) / 100
        return math.ceil(part) if up else math.floor(part)
    return int(value)


# --- conditions -------------------------------------------------------------


def condition(thing: Thing, kind: str) -> Thing:
    found = (each for each in (thing.get("status") or {}).get("conditions") or () if each["type"] == kind)
    return next(found, {})


def is_true(thing: Thing, kind: str) -> bool:
    return condition(thing, kind).get("status") == "True"


def with_condition(conditions: list[Thing], kind: str, status: bool | str, now: float, **facts: t.Any) -> list[Thing]:
    """The conditions with this one in it: its transition time moves only when its status does."""
    word = status if isinstance(status, str) else str(status)
    before = next((each for each in conditions if each["type"] == kind), None)
    since = before["lastTransitionTime"] if before and before["status"] == word and "lastTransitionTime" in before else stamp(now)
    fresh = {"type": kind, "status": word, "lastTransitionTime": since} | {
        name: value for name, value in facts.items() if value is not None
    }
    if before is None:
        return [*conditions, fresh]
    return [fresh if each is before else each for each in conditions]


def without_condition(conditions: list[Thing], kind: str) -> list[Thing]:
    return [each for each in conditions if each["type"] != kind]
