# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""ExternalSecrets from the short form in which roles and inventories declare them. Pure.

Facts: external-secrets.io/latest/api/externalsecret, and the field structure of the CRD at 2.9.0.
"""

from __future__ import annotations

import typing as t

# Which versions the vault holds. The operator syncs at once when an annotation changes.
VERSIONS = "hybrid-cloud.klinematrix.com/vault-versions"
Manifest = dict[str, t.Any]
Secret = t.Mapping[str, t.Any]


def vault_secrets(secrets: t.Iterable[Secret]) -> list[str]:
    """The names of the vault's secrets that some ExternalSecrets read, each once."""
    return sorted({name for secret in secrets for name in _read(secret)})


def manifests(
    secrets: t.Iterable[Secret],
    *,
    store: str,
    versions: t.Mapping[str, str] | None = None,
    refresh_interval: str = "1h0m0s",
    api_version: str = "external-secrets.io/v1",
) -> list[Manifest]:
    """One ExternalSecret for each declared secret. versions: by name of the vault's secret the version that it holds now."""
    return [_manifest(secret, store, versions or {}, refresh_interval, api_version) for secret in secrets]


def _read(secret: Secret) -> list[str]:
    return [*(str(each["key"]) for each in (secret.get("data") or {}).values()), *map(str, secret.get("extract") or ())]


def _manifest(secret: Secret, store: str, versions: t.Mapping[str, str], refresh_interval: str, api_version: str) -> Manifest:
    known = {name: versions[name] for name in vault_secrets([secret]) if versions.get(name)}
    metadata = {
        "name": secret["name"],
        "namespace": secret["namespace"],
        **({"labels": dict(secret["labels"])} if secret.get("labels") else {}),
        **({"annotations": {VERSIONS: ",".join(f"{name}={version}" for name, version in known.items())}} if known else {}),
    }
    target: Manifest = {"name": secret["name"], "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    if secret.get("type"):
        target["template"] = {"engineVersion": "v2", "mergePolicy": "Merge", "type": secret["type"]}
    spec: Manifest = {
        "refreshInterval": secret.get("refresh_interval") or refresh_interval,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
        "target": target,
    }
    if secret.get("data"):
        spec["data"] = [{"secretKey": key, "remoteRef": _reference(each)} for key, each in secret["data"].items()]
    if secret.get("extract"):
        spec["dataFrom"] = [{"extract": {"key": name}} for name in secret["extract"]]
    return {"apiVersion": api_version, "kind": "ExternalSecret", "metadata": metadata, "spec": spec}


def _reference(wanted: t.Mapping[str, t.Any]) -> Manifest:
    return {"key": wanted["key"], **{name: wanted[name] for name in ("property", "version") if wanted.get(name)}}
