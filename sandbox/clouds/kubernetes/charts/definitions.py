# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The custom resource definitions that a chart brings, made from the facts."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.charts import facts

Json = dict[str, t.Any]

# Kinds that differ in their scope alone share their fields.
_LIKE = {"SecretStore": "ClusterSecretStore", "Issuer": "ClusterIssuer"}

# Which value of external-secrets says whether a kind is installed; the others always are.
_SWITCHES = {
    "ClusterExternalSecret": "createClusterExternalSecret",
    "ClusterSecretStore": "createClusterSecretStore",
    "SecretStore": "createSecretStore",
    "ClusterGenerator": "createClusterGenerator",
    "ClusterPushSecret": "createClusterPushSecret",
    "PushSecret": "createPushSecret",
}

# What `kubectl get` shows of a kind: heading, path, and in the last place the type when it is no string. From the CRDs of both projects.
_READY = ("Ready", '.status.conditions[?(@.type=="Ready")].status')
_REASON = ("Status", '.status.conditions[?(@.type=="Ready")].reason')
_AGE = ("Age", ".metadata.creationTimestamp", "date")
_STORE = (_AGE, _REASON, ("Capabilities", ".status.capabilities"), _READY)
_ISSUER = (_READY, _AGE)
_COLUMNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Certificate": (_READY, ("Secret", ".spec.secretName"), _AGE),
    "CertificateRequest": (
        *(("Approved", '.status.conditions[?(@.type=="Approved")].status'), ("Denied", '.status.conditions[?(@.type=="Denied")].status')),
        *(_READY, ("Issuer", ".spec.issuerRef.name"), ("Requester", ".spec.username"), _AGE),
    ),
    "Challenge": (("State", ".status.state"), ("Domain", ".spec.dnsName"), _AGE),
    "ClusterIssuer": _ISSUER,
    "ClusterSecretStore": _STORE,
    "ExternalSecret": (
        *(("StoreType", ".spec.secretStoreRef.kind"), ("Store", ".spec.secretStoreRef.name")),
        *(("Refresh Interval", ".spec.refreshInterval"), _REASON, _READY, ("Last Sync", ".status.refreshTime", "date")),
    ),
    "Issuer": _ISSUER,
    "Order": (("State", ".status.state"), _AGE),
    "SecretStore": _STORE,
}


def definition(kind: facts.Kind) -> Json:
    """The CustomResourceDefinition of a kind. One whose fields are not known takes everything."""
    names: Json = {
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        "plural": kind.plural,
        "singular": kind.kind.lower(),
    }
    if kind.short_names:
        names["shortNames"] = kind.short_names
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": kind.scope if kind.scope == "Namespaced" else "Cluster",
            "versions": [_version(kind, name, state) for name, state in kind.versions.items()],
        },
    }


def condition(chart: str, kind: str) -> str:
    """When a chart's template brings a kind."""
    if chart == "external-secrets":
        return f"and .Values.installCRDs .Values.crds.{_SWITCHES[kind]}" if kind in _SWITCHES else ".Values.installCRDs"
    return "or .Values.crds.enabled .Values.installCRDs"


def _version(kind: facts.Kind, name: str, state: str) -> Json:
    known = facts.fields(_LIKE.get(kind.kind, kind.kind)) if state != "known" else None
    anything: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if known:
        # The facts are about what users declare; what the operators tell in the status is theirs.
        known = known | {"properties": {"status": anything} | known["properties"]}
    return {
        "name": name,
        "served": state != "known",
        "storage": state == "stored",
        "schema": {"openAPIV3Schema": known or anything},
        "subresources": {"status": {}},
    } | _shown(kind)


def _shown(kind: facts.Kind) -> Json:
    columns = [dict(zip(("name", "jsonPath", "type"), (*each, "string")[:3], strict=True)) for each in _COLUMNS.get(kind.kind, ())]
    return {"additionalPrinterColumns": columns} if columns else {}
