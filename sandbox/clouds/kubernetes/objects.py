# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An object as its kind has it: read by its types or its schema, with defaults; and whether it is valid as a whole."""

from __future__ import annotations

import base64
import copy
import json
import typing as t

from sandbox.clouds.kubernetes import built_in, decoding, defaults, immutable, typed, validation, values
from sandbox.clouds.kubernetes.errors import ApiError, Cause, Json, bad_request, invalid
from sandbox.clouds.kubernetes.managers import typed_failure
from sandbox.clouds.kubernetes.resources import Resource

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster
    from sandbox.clouds.kubernetes.writing import Change


def read(cluster: Cluster, resource: Resource, sent: Json, change: Change) -> Json:
    """What was sent, as it is kept: unknown fields are refused, warned of or silently dropped, as the client wishes."""
    try:
        kept, unknown = _custom(cluster, resource, sent) if resource.custom else _built_in(cluster, resource, sent)
    except decoding.WrongType as error:
        raise _undecodable(resource, change, str(error)) from None
    told = [f'unknown field "{path}"' for path in unknown]
    if told and change.validation == "Strict":
        raise _undecodable(resource, change, f"strict decoding error: {', '.join(told)}")
    if change.validation == "Warn":
        change.warnings.extend(told)
    return kept


def _built_in(cluster: Cluster, resource: Resource, sent: Json) -> tuple[Json, list[str]]:
    found = decoding.decode(cluster.node(resource), sent)
    kept = copy.deepcopy(found.value)
    kept.setdefault("metadata", {})
    if resource.kind == "Secret":
        for name, value in (kept.pop("stringData", None) or {}).items():
            kept.setdefault("data", {})[name] = base64.b64encode(value.encode()).decode()
    defaults.fill(resource, kept)
    return kept, found.unknown


def _custom(cluster: Cluster, resource: Resource, sent: Json) -> tuple[Json, list[str]]:
    node, unknown = cluster.node(resource), list[str]()
    meta = decoding.decode(built_in.meta(), sent.get("metadata") or {})
    kept = values.prune(node, {**sent, "metadata": meta.value}, unknown)
    return values.default(node, kept), [f"metadata.{path}" for path in meta.unknown] + unknown


def _undecodable(resource: Resource, change: Change, why: str) -> ApiError:
    if change.patch is None:
        version = resource.version
        return bad_request(f'{resource.kind} in version "{version}" cannot be handled as a {resource.kind}: {why}')
    cause = Cause("patch", "FieldValueInvalid", f"Invalid value: {json.dumps(change.patch)}: {why}")
    return invalid("", "", "", [cause])


def check_applied(cluster: Cluster, resource: Resource, declared: Json) -> None:
    """An applied object must fit its schema before anything else."""
    found = typed.problems(cluster.node(resource), declared)
    if found:
        raise typed_failure(declared, found)


def check(cluster: Cluster, resource: Resource, before: Json | None, after: Json, subresource: str) -> None:
    """Refuses (422) what is not valid, with every cause."""
    causes: list[Cause] = []
    if before is not None and subresource != "status":
        causes += immutable.check(resource, before, after)
    if subresource != "status":
        causes += validation.check(resource, after)
    if resource.custom:
        schema = ((resource.definition or {}).get("schema") or {}).get("openAPIV3Schema") or {}
        # What was stored under an older definition has none of the defaults of this one.
        causes += values.check(schema, values.default(cluster.node(resource), after))
    if causes:
        raise invalid(resource.group, resource.kind, after["metadata"].get("name", ""), list(dict.fromkeys(causes)))
