# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ingress-shim and gateway-shim: a Certificate for each TLS block of an Ingress or Gateway that names an issuer by an annotation.

Source: cert-manager/cert-manager pkg/controller/certificate-shim/sync.go.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager.names import GROUP, Installation
from sandbox.clouds.kubernetes.operators.objects import for_each, leaving, owner_of, report

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

MARK = "cert-manager.io/"
GATEWAYS = "gateway.networking.k8s.io/v1"
SPEC_MARKS = {"common-name": "commonName", "duration": "duration", "renew-before": "renewBefore"}
KEY_MARKS = {"private-key-algorithm": "algorithm", "private-key-encoding": "encoding", "private-key-rotation-policy": "rotationPolicy"}


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    ingresses = cluster.list("networking.k8s.io/v1", "ingresses")
    for_each(ingresses, lambda ingress: _cover(cluster, ingress, "cert-manager-ingress-shim", now))
    if installation.gateways:
        for_each(cluster.list(GATEWAYS, "gateways"), lambda gateway: _cover(cluster, gateway, "cert-manager-gateway-shim", now))


def _cover(cluster: Cluster, thing: Json, component: str, now: float) -> None:
    issuer = _issuer(thing["metadata"].get("annotations") or {})
    solver = (thing["metadata"].get("labels") or {}).get("acme.cert-manager.io/http01-solver") == "true"
    if leaving(thing) or issuer is None or solver:
        return
    wanted = _wanted(thing)
    for name, hosts in wanted.items():
        _ensure(cluster, thing, name, hosts, issuer, component, now)
    namespace = thing["metadata"]["namespace"]
    for each in cluster.list(GROUP, "certificates", namespace):
        owned = any(owner["uid"] == thing["metadata"]["uid"] for owner in each["metadata"].get("ownerReferences") or ())
        if owned and each["metadata"]["name"] not in wanted:
            cluster.delete(GROUP, "certificates", namespace, each["metadata"]["name"])
            report(
                cluster,
                thing,
                "Normal",
                "DeleteCertificate",
                f'Successfully deleted unrequired Certificate "{each["metadata"]["name"]}"',
                component,
                now,
            )


def _issuer(marks: t.Mapping[str, str]) -> Json | None:
    if f"{MARK}issuer" in marks:
        kind, group = marks.get(f"{MARK}issuer-kind", "Issuer"), marks.get(f"{MARK}issuer-group", "cert-manager.io")
        return {"name": marks[f"{MARK}issuer"], "kind": kind, "group": group}
    if f"{MARK}cluster-issuer" in marks:
        return {"name": marks[f"{MARK}cluster-issuer"], "kind": "ClusterIssuer", "group": "cert-manager.io"}
    return None


def _wanted(thing: Json) -> dict[str, list[str]]:
    """Secret name to host names. Blocks without a Secret or without hosts are passed over, as the real one does with a warning."""
    wanted: dict[str, list[str]] = {}
    for block in thing["spec"].get("tls") or ():
        if block.get("secretName") and block.get("hosts"):
            wanted.setdefault(block["secretName"], []).extend(block["hosts"])
    for listener in thing["spec"].get("listeners") or ():
        for reference in (listener.get("tls") or {}).get("certificateRefs") or ():
            if listener.get("hostname") and (listener.get("tls") or {}).get("mode", "Terminate") == "Terminate":
                wanted.setdefault(reference["name"], []).append(listener["hostname"])
    return wanted


def _ensure(cluster: Cluster, thing: Json, name: str, hosts: list[str], issuer: Json, component: str, now: float) -> None:
    metadata, marks = thing["metadata"], thing["metadata"].get("annotations") or {}
    spec: Json = {"dnsNames": hosts, "secretName": name, "issuerRef": issuer, "usages": ["digital signature", "key encipherment"]}
    spec |= {field: marks[f"{MARK}{mark}"] for mark, field in SPEC_MARKS.items() if f"{MARK}{mark}" in marks}
    key = {field: marks[f"{MARK}{mark}"] for mark, field in KEY_MARKS.items() if f"{MARK}{mark}" in marks}
    spec |= {"privateKey": key} if key else {}
    there = cluster.get(GROUP, "certificates", metadata["namespace"], name)
    if there is None:
        certificate = {
            "apiVersion": GROUP,
            "kind": "Certificate",
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": metadata.get("labels") or {},
                "ownerReferences": [owner_of(thing)],
            },
            "spec": spec,
        }
        cluster.write(GROUP, "certificates", certificate, manager=component)
        report(cluster, thing, "Normal", "CreateCertificate", f'Successfully created Certificate "{name}"', component, now)
        return
    mine = any(owner["uid"] == metadata["uid"] for owner in there["metadata"].get("ownerReferences") or ())
    # Only what the shim declares is compared: the server adds defaults.
    if mine and any(there["spec"].get(field) != value for field, value in spec.items()):
        cluster.write(GROUP, "certificates", there | {"spec": there["spec"] | spec}, manager=component)
        report(cluster, thing, "Normal", "UpdateCertificate", f'Successfully updated Certificate "{name}"', component, now)
