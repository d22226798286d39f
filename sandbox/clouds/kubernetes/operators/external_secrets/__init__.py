# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ExternalSecrets: what is read from the store becomes a Secret, and stays what it became.

Sources: external-secrets/external-secrets pkg/controllers/externalsecret (externalsecret_controller.go, ..._secret.go, ..._template.go)
at chart version 2.9.0. What a provider says comes into the event, never into the condition: it could hold a part of a secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.external_secrets import key_vault, stores
from sandbox.clouds.kubernetes.operators.external_secrets.key_vault import Failed, NoSecret
from sandbox.clouds.kubernetes.operators.external_secrets.stores import COMPONENT, GROUP
from sandbox.clouds.kubernetes.operators.external_secrets.target import DATA_HASH, MANAGED, Refused, data_hash, put
from sandbox.clouds.kubernetes.operators.objects import (
    for_each,
    leaving,
    moment_of,
    report,
    running,
    seconds_of,
    serves,
    set_status,
    with_condition,
)
from sandbox.clouds.kubernetes.operators.work import Work
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


class ExternalSecrets:
    """The controller. It works while its Deployment has a ready pod.

    Two pods without leader election are two controllers that do everything twice: it costs reads, and changes nothing that is seen here.
    """

    def reconcile(self, cluster: Cluster, now: float) -> None:
        if not serves(cluster, GROUP, "externalsecrets") or running(cluster, "external-secrets") is None:
            return
        stores.reconcile(cluster, now)
        for_each(cluster.list(GROUP, "externalsecrets"), lambda each: _look_at(cluster, each, now))


def _look_at(cluster: Cluster, wanted: Json, now: float) -> None:
    if leaving(wanted):
        return
    target = cluster.get("v1", "secrets", wanted["metadata"]["namespace"], _target_name(wanted))
    work = Work(cluster, wanted, "ExternalSecrets_Sync", 0.05)
    ends = _fresh_until(wanted, now)
    if now < ends and _intact(wanted, target):
        if ends < math.inf:
            work.sleep(ends)
        return
    refreshed = (wanted.get("status") or {}).get("refreshTime")
    seen = f"{version_of(wanted)} {target['metadata']['resourceVersion'] if target else None} {refreshed}"
    if work.due(seen, now):
        work.done(now) if _sync(cluster, wanted, target, now) else work.failed(now)


def version_of(wanted: Json) -> str:
    """What status.syncedResourceVersion says: the generation, and a hash of labels and annotations."""
    metadata = wanted["metadata"]
    marks = json.dumps([metadata.get("annotations") or {}, metadata.get("labels") or {}], sort_keys=True)
    return f"{metadata.get('generation', 1)}-{hashlib.sha3_224(marks.encode()).hexdigest()}"


def _fresh_until(wanted: Json, now: float) -> float:
    """Until when nothing has to be read from the store; a time that is over when something has to be."""
    spec, status = wanted["spec"], wanted.get("status") or {}
    synced, refreshed = status.get("syncedResourceVersion", ""), moment_of(status.get("refreshTime"))
    policy = spec.get("refreshPolicy", "Periodic")
    if not synced or not refreshed:
        return 0.0
    interval = seconds_of(spec.get("refreshInterval", "1h"))
    if policy == "CreatedOnce" or (policy == "Periodic" and interval <= 0):
        return math.inf
    if synced != version_of(wanted) or refreshed > now + 1:
        return 0.0
    return math.inf if policy == "OnChange" else refreshed + interval


def _intact(wanted: Json, target: Json | None) -> bool:
    """Whether the Secret is as it was left."""
    policy = (wanted["spec"].get("target") or {}).get("creationPolicy", "Owner")
    if policy == "None" or (policy == "Merge" and target is None) or (policy == "Orphan" and target is not None):
        return True
    if target is None or (target["metadata"].get("labels") or {}).get(MANAGED) != "true":
        return False
    return bool((target["metadata"].get("annotations") or {}).get(DATA_HASH) == data_hash(target.get("data") or {}))


def _target_name(wanted: Json) -> str:
    return str((wanted["spec"].get("target") or {}).get("name") or wanted["metadata"]["name"])


# --- one turn ------------------------------------------------------------


def _sync(cluster: Cluster, wanted: Json, target: Json | None, now: float) -> bool:
    policies = wanted["spec"].get("target") or {}
    name = _target_name(wanted)
    try:
        data = _read(cluster, wanted, now)
    except Failed as error:
        return _fail(cluster, wanted, "could not get secret data from provider", str(error), now)
    if not data and policies.get("deletionPolicy", "Retain") == "Retain":
        return _done(cluster, wanted, "SecretSynced", "secret retained due to DeletionPolicy=Retain", now)
    if not data and policies.get("deletionPolicy") == "Delete":
        if target is not None:
            cluster.delete("v1", "secrets", wanted["metadata"]["namespace"], name)
            report(cluster, wanted, "Normal", "Deleted", "secret deleted due to DeletionPolicy=Delete", COMPONENT, now)
        return _done(cluster, wanted, "SecretDeleted", "secret deleted due to DeletionPolicy=Delete", now)
    policy = policies.get("creationPolicy", "Owner")
    if policy == "Merge" and target is None:
        return _done(cluster, wanted, "SecretMissing", "secret will not be created due to CreationPolicy=Merge", now)
    if policy == "None":
        return _done(cluster, wanted, "SecretSynced", "secret synced", now)
    try:
        event = put(cluster, wanted, name, target, data)
    except Refused as error:
        return _fail(cluster, wanted, error.condition, str(error), now)
    if event:
        report(cluster, wanted, "Normal", event.title().split()[-1], event, COMPONENT, now)
    return _done(cluster, wanted, "SecretSynced", "secret synced", now, binding=name)


def _fail(cluster: Cluster, wanted: Json, condition: str, cause: str, now: float) -> bool:
    report(cluster, wanted, "Warning", "UpdateFailed", cause, COMPONENT, now)
    status = dict(wanted.get("status") or {})
    status["conditions"] = with_condition(status.get("conditions"), "Ready", "False", "SecretSyncedError", condition, now)
    set_status(cluster, wanted, status, COMPONENT)
    return False


def _done(cluster: Cluster, wanted: Json, reason: str, message: str, now: float, binding: str = "") -> bool:
    status = dict(wanted.get("status") or {}) | {"refreshTime": stamp(now), "syncedResourceVersion": version_of(wanted)}
    status["binding"] = {"name": binding} if binding else status.get("binding", {"name": ""})
    status["conditions"] = with_condition(status.get("conditions"), "Ready", "True", reason, message, now)
    set_status(cluster, wanted, status, COMPONENT)
    return True


# --- reading -------------------------------------------------------------


def _read(cluster: Cluster, wanted: Json, now: float) -> dict[str, bytes]:
    """Everything that spec.dataFrom and spec.data name. Raises Failed."""
    spec, namespace = wanted["spec"], wanted["metadata"]["namespace"]
    retained = (spec.get("target") or {}).get("deletionPolicy", "Retain") == "Retain"
    data: dict[str, bytes] = {}
    for place, each in enumerate(spec.get("dataFrom") or ()):
        kind = next((name for name in ("find", "extract") if name in each), "sourceRef.generatorRef")
        try:
            data |= _all_of(cluster, spec, each, kind, namespace, place)
        except NoSecret as error:
            if retained:
                raise Failed(f"error processing spec.dataFrom[{place}].{kind}, err: {error}") from None
            key = f" (key={each['extract']['key']})" if kind == "extract" else ""
            report(
                cluster,
                wanted,
                "Normal",
                "MissingProviderSecret",
                f"secret does not exist at provider using spec.dataFrom[{place}]{key}",
                COMPONENT,
                now,
            )
        except Failed as error:
            raise Failed(f"error processing spec.dataFrom[{place}].{kind}, err: {error}") from None
    for place, each in enumerate(spec.get("data") or ()):
        reference = each["remoteRef"]
        try:
            vault = stores.used_from(cluster, (each.get("sourceRef") or {}).get("storeRef") or spec.get("secretStoreRef") or {}, namespace)
            value = key_vault.value_at(vault, reference)
            data[each["secretKey"]] = _decoded(reference.get("decodingStrategy", "None"), value, f"spec.data[{place}]")
        except NoSecret as error:
            if retained:
                raise Failed(f"error retrieving secret at .data[{place}], key: {reference['key']}, err: {error}") from None
            message = f"secret does not exist at provider using spec.data[{place}] (key={reference['key']})"
            report(cluster, wanted, "Normal", "MissingProviderSecret", message, COMPONENT, now)
        except Failed as error:
            raise Failed(f"error retrieving secret at .data[{place}], key: {reference['key']}, err: {error}") from None
    return data


def _all_of(cluster: Cluster, spec: Json, source: Json, kind: str, namespace: str, place: int) -> dict[str, bytes]:
    if kind.startswith("sourceRef"):
        raise Failed("generators are not emulated by the local cloud")
    store = (source.get("sourceRef") or {}).get("storeRef") or spec.get("secretStoreRef") or {}
    vault = stores.used_from(cluster, store, namespace)
    asked = source[kind]
    found = key_vault.map_at(vault, asked) if kind == "extract" else key_vault.found_by(vault, asked)
    for each in source.get("rewrite") or ():
        found = _rewritten(each, found, place)
    if not source.get("rewrite"):
        found = {re.sub(r"[^-._a-zA-Z0-9]+", "_", key): value for key, value in found.items()}
    if any(not re.fullmatch(r"[-._a-zA-Z0-9]+", key) for key in found):
        raise Failed(f"secret keys from spec.dataFrom.{kind}[{place}] can only have alphanumeric, '-', '_' or '.' characters.")
    strategy = asked.get("decodingStrategy", "None")
    return {key: _decoded(strategy, value, f"spec.dataFrom[{place}]") for key, value in found.items()}


def _rewritten(rule: Json, found: dict[str, bytes], place: int) -> dict[str, bytes]:
    """The same values under other names."""
    if "regexp" not in rule:
        raise Failed(f"rewriting by {next(iter(rule), 'nothing')} is not emulated by the local cloud")
    target = re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", rule["regexp"]["target"])
    try:
        return {re.sub(rule["regexp"]["source"], target, key): value for key, value in found.items()}
    except (re.error, IndexError) as error:
        raise Failed(f"could not rewrite spec.dataFrom[{place}]: {error}") from None


def _decoded(strategy: str, value: bytes, place: str) -> bytes:
    altered = value.translate(bytes.maketrans(b"-_", b"+/")) if strategy in ("Base64URL", "Auto") else value
    if strategy == "None":
        return value
    try:
        return base64.b64decode(altered, validate=True)
    except binascii.Error:
        if strategy == "Auto":
            return value
        raise Failed(f"could not apply decoding strategy to {place}: illegal base64 data at input byte 0") from None
