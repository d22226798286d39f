# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secret that an ExternalSecret keeps: who owns it, what is put into it, and what is left alone.

Source: external-secrets/external-secrets pkg/controllers/externalsecret/externalsecret_controller.go at chart version 2.9.0.
"""

from __future__ import annotations

import copy
import hashlib
import json
import typing as t
from collections.abc import Mapping

from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.operators.external_secrets.template import BadTemplate, rendered
from sandbox.clouds.kubernetes.operators.objects import account_of, encoded, owner_of, running, written_by
from sandbox.clouds.kubernetes.rights import Ask, authorize

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

MANAGED = "reconcile.external-secrets.io/managed"
CREATED_BY = "reconcile.external-secrets.io/created-by"
DATA_HASH = "reconcile.external-secrets.io/data-hash"


class Refused(Exception):
    """The Secret cannot be written: the message for the event, and the one for the condition."""

    def __init__(self, condition: str, cause: str) -> None:
        super().__init__(cause)
        self.condition = condition


def data_hash(data: Mapping[str, str]) -> str:
    return hashlib.sha3_224(json.dumps(data, sort_keys=True).encode()).hexdigest()


def put(cluster: Cluster, wanted: Json, name: str, target: Json | None, data: Mapping[str, bytes]) -> str:
    """Write the Secret; returns what happened to it as the event tells it, nothing for nothing. Raises Refused."""
    metadata = wanted["metadata"]
    policy = (wanted["spec"].get("target") or {}).get("creationPolicy", "Owner")
    fresh: Json = copy.deepcopy(target) if target else _new(name, metadata["namespace"])
    _own(wanted, fresh, policy)
    try:
        _fill(wanted, fresh, policy, data)
    except BadTemplate as error:
        cause = f"could not apply template: could not execute template: {error}"
        raise Refused("could not update secret", f"unable to mutate secret {name}: {cause}" if target else cause) from None
    if (wanted["spec"].get("target") or {}).get("immutable"):
        fresh["immutable"] = True
    labels, marks = fresh["metadata"]["labels"], fresh["metadata"]["annotations"]
    if policy == "Owner":
        labels[CREATED_BY] = hashlib.sha3_224(f"{metadata['namespace']}/{metadata['name']}".encode()).hexdigest()
    else:
        labels.pop(CREATED_BY, None)
    labels[MANAGED] = "true"
    marks[DATA_HASH] = data_hash(fresh["data"])
    if target and fresh == target:
        return ""
    if target and target.get("immutable") and fresh["data"] != (target.get("data") or {}):
        raise Refused("could not update secret, target is immutable", f"unable to update secret {name}: secret is immutable")
    deployment = running(cluster, "external-secrets")
    try:
        if deployment:
            where = Ask("update" if target else "create", "", "secrets", "", metadata["namespace"], name if target else "")
            authorize(cluster, account_of(deployment), where)
        cluster.write("v1", "secrets", fresh, manager=_manager(wanted))
    except ApiError as error:
        raise Refused("could not update secret", f"unable to update secret {name}: {error.message}" if target else error.message) from None
    return "secret updated" if target else "secret created"


def _manager(wanted: Json) -> str:
    return f"externalsecrets.external-secrets.io/{wanted['metadata']['name']}"


def _new(name: str, namespace: str) -> Json:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "type": "Opaque"}


def _own(wanted: Json, secret: Json, policy: str) -> None:
    owners = secret["metadata"].get("ownerReferences") or []
    owner = next((each for each in owners if each.get("controller")), None)
    name = wanted["metadata"]["name"]
    if owner and owner["kind"] == "ExternalSecret" and owner["name"] != name:
        cause = f"secret is owned by another ExternalSecret: {owner['name']}"
        raise Refused("target is owned by another ExternalSecret", f"unable to mutate secret {secret['metadata']['name']}: {cause}")
    if policy == "Owner":
        if owner and owner["kind"] != "ExternalSecret":
            thing = f"Object {secret['metadata']['namespace']}/{secret['metadata']['name']}"
            cause = f"could not set controller reference on secret: {thing} is already owned by another {owner['kind']} controller"
            raise Refused("failed to take ownership of target secret", f"{cause} {owner['name']}")
        secret["metadata"]["ownerReferences"] = [each for each in owners if each is not owner] + [owner_of(wanted)]
    elif owner:
        secret["metadata"]["ownerReferences"] = [each for each in owners if each is not owner]


def _fill(wanted: Json, secret: Json, policy: str, data: Mapping[str, bytes]) -> None:
    """Data, type, labels and annotations: from the template, or from the ExternalSecret itself. Raises BadTemplate."""
    template = (wanted["spec"].get("target") or {}).get("template")
    source = wanted["metadata"] if template is None else template.get("metadata") or {}
    for part in ("labels", "annotations"):
        owned = written_by(_manager(wanted), secret, "metadata", part)
        kept = {name: value for name, value in (secret["metadata"].get(part) or {}).items() if name not in owned}
        given = source.get(part) or {}
        fresh = {name: rendered(name, value, data) for name, value in given.items()} if template else given
        secret["metadata"][part] = kept | fresh
    kept = (secret.get("data") or {}) if policy == "Merge" else {}
    secret["data"] = {name: value for name, value in kept.items() if name not in written_by(_manager(wanted), secret, "data")}
    if template is None:
        secret["data"] |= {name: encoded(value) for name, value in data.items()}
        return
    if template.get("templateFrom"):
        raise BadTemplate("templateFrom is not emulated by the local cloud")
    secret["type"] = template.get("type") or secret.get("type", "Opaque")
    if template.get("mergePolicy") == "Merge" or not template.get("data"):
        secret["data"] |= {name: encoded(value) for name, value in data.items()}
    secret["data"] |= {name: encoded(rendered(name, text, data).encode()) for name, text in (template.get("data") or {}).items()}
