# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ClusterSecretStores and SecretStores: External Secrets makes a client for each and says whether that worked.

Sources: external-secrets/external-secrets pkg/controllers/secretstore (common.go, client_manager.go) at chart version 2.9.0.
"""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.external_secrets.key_vault import Failed, KeyVault, connect, is_referent
from sandbox.clouds.kubernetes.operators.objects import for_each, holds, leaving, report, seconds_of, set_status, with_condition
from sandbox.clouds.kubernetes.operators.work import Work
from sandbox.clouds.kubernetes.selectors import object_fits

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GROUP = "external-secrets.io/v1"
COMPONENT = "external-secrets"
KINDS = {"ClusterSecretStore": "clustersecretstores", "SecretStore": "secretstores"}
AGAIN = 300.0  # seconds until a valid store is looked at again: --store-requeue-interval


def reconcile(cluster: Cluster, now: float) -> None:
    for plural in KINDS.values():
        for_each(cluster.list(GROUP, plural), lambda store: _look_at(cluster, store, now))


def _look_at(cluster: Cluster, store: Json, now: float) -> None:
    if leaving(store) or store["spec"].get("controller"):
        return
    work = Work(cluster, store, "SecretStores_Validate", 0.05)
    if work.due(str(store["metadata"].get("generation")), now):
        interval = seconds_of(store["spec"].get("refreshInterval") or 0) or AGAIN
        work.done(now, again=interval) if _validate(cluster, store, now) else work.failed(now)


def _validate(cluster: Cluster, store: Json, now: float) -> bool:
    status = dict(store.get("status") or {})
    try:
        client_of(cluster, store, store["metadata"].get("namespace", ""), validating=True)
    except Failed as error:
        report(cluster, store, "Warning", "InvalidProviderConfig", str(error), COMPONENT, now)
        verdict = ("False", "InvalidProviderConfig", "unable to create client")
    else:
        if not holds(store):
            report(cluster, store, "Normal", "Valid", "store validated", COMPONENT, now)
        status["capabilities"] = "ReadWrite"
        verdict = ("True", "Valid", "store validated")
    status["conditions"] = with_condition(status.get("conditions"), "Ready", *verdict, now)
    set_status(cluster, store, status, COMPONENT)
    return verdict[0] == "True"


def client_of(cluster: Cluster, store: Json, namespace: str, *, validating: bool = False) -> KeyVault | None:
    """A client for a store; None for one that can be checked only from the namespace that uses it. Raises Failed."""
    provider = store["spec"]["provider"]
    if "azurekv" not in provider:
        raise Failed(f"the provider {next(iter(provider), 'none')} is not emulated by the local cloud")
    if validating and store["kind"] == "ClusterSecretStore" and is_referent(provider["azurekv"]):
        return None
    return connect(cluster, store, namespace)


def used_from(cluster: Cluster, reference: Json, namespace: str) -> KeyVault:
    """The client of the store that an ExternalSecret of a namespace names. Raises Failed."""
    kind, name = reference.get("kind", "SecretStore"), reference.get("name", "")
    scoped = namespace if kind == "SecretStore" else None
    store = cluster.get(GROUP, KINDS[kind], scoped, name)
    if store is None:
        raise Failed(f'could not get {kind} "{name}", {kind}.external-secrets.io "{name}" not found')
    if kind == "ClusterSecretStore" and not _admits(cluster, store, namespace):
        raise Failed(f'using cluster store "{name}" is not allowed from namespace "{namespace}": denied by spec.condition')
    if not holds(store):
        raise Failed(f'{kind} "{name}" is not ready')
    vault = client_of(cluster, store, namespace)
    assert vault is not None
    return vault


def _admits(cluster: Cluster, store: Json, namespace: str) -> bool:
    """Whether one of the store's conditions names the namespace; a store without any admits all."""
    conditions = store["spec"].get("conditions") or ()
    found = cluster.get("v1", "namespaces", None, namespace)
    labels = (found or {}).get("metadata", {}).get("labels") or {}
    try:
        return not conditions or _any_fits(conditions, namespace, labels)
    except re.error as error:
        raise Failed(f"error parsing regexp: {error}") from None


def _any_fits(conditions: t.Sequence[Json], namespace: str, labels: t.Mapping[str, str]) -> bool:
    return any(
        namespace in (each.get("namespaces") or ())
        or object_fits(each.get("namespaceSelector"), labels)
        or any(re.search(pattern, namespace) for pattern in each.get("namespaceRegexes") or ())
        for each in conditions
    )
