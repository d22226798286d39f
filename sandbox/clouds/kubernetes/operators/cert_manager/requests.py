# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CertificateRequests: approved at once by cert-manager itself, then signed by the issuer, by way of an Order for ACME.

Sources: cert-manager/cert-manager pkg/controller/certificaterequests/{approver,sync,acme,ca,selfsigned}, util/reporter.go.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import pki
from sandbox.clouds.kubernetes.operators.cert_manager.names import ACME, GROUP, ISSUERS, Installation, hashed, issuer_of
from sandbox.clouds.kubernetes.operators.objects import (
    condition_of,
    decoded,
    encoded,
    for_each,
    holds,
    leaving,
    owner_of,
    report,
    secret_value,
    set_status,
    with_condition,
)
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

APPROVER = "cert-manager-certificaterequests-approver"
FAILED = ("invalid", "expired", "errored")


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    for_each(cluster.list(GROUP, "certificaterequests"), lambda request: _look_at(cluster, installation, request, now))


def _look_at(cluster: Cluster, installation: Installation, request: Json, now: float) -> None:
    ready = condition_of(request, "Ready")
    if leaving(request) or (ready is not None and ready["reason"] in ("Issued", "Failed", "Denied")):
        return
    if not holds(request, "Approved"):
        _approve(cluster, request, now)
    else:
        _sign(cluster, installation, request, now)


def _approve(cluster: Cluster, request: Json, now: float) -> None:
    message = "Certificate request has been approved by cert-manager.io"
    status = dict(request.get("status") or {})
    status["conditions"] = with_condition(status.get("conditions"), "Approved", "True", "cert-manager.io", message, now)
    report(cluster, request, "Normal", "cert-manager.io", message, APPROVER, now)
    set_status(cluster, request, status, APPROVER)


def _sign(cluster: Cluster, installation: Installation, request: Json, now: float) -> None:
    reference, namespace = request["spec"]["issuerRef"], request["metadata"]["namespace"]
    issuer = issuer_of(cluster, reference, namespace)
    kind = reference.get("kind") or "Issuer"
    if issuer is None:
        if reference.get("group", "cert-manager.io") == "cert-manager.io" and kind in ISSUERS:
            missing = f'{ISSUERS[kind]}.cert-manager.io "{reference["name"]}" not found'
            _pend(cluster, request, "IssuerNotFound", f'Referenced "{kind}" not found: {missing}', "acme", now)
        return
    type_ = next((name for name in ("acme", "ca", "selfSigned") if name in issuer["spec"]), "")
    if not holds(issuer):
        _pend(cluster, request, "IssuerNotReady", "Referenced issuer does not have a Ready status condition", type_, now)
    elif type_ == "acme":
        _order(cluster, request, issuer, now)
    elif type_ == "ca":
        secret = cluster.get("v1", "secrets", installation.secrets_of(issuer), issuer["spec"]["ca"]["secretName"])
        chain, key = ((secret_value(secret or {}, name) or b"").decode() for name in ("tls.crt", "tls.key"))
        if key:
            certificate = pki.signed(decoded(request["spec"]["request"]), request["spec"].get("duration"), chain, key)
            _issue(cluster, request, certificate, _root(chain), "ca", now)
    elif type_ == "selfSigned":
        _sign_itself(cluster, request, now)


def _root(chain: str) -> str:
    """The last certificate of a chain."""
    return "-----BEGIN" + chain.rpartition("-----BEGIN")[2]


def _sign_itself(cluster: Cluster, request: Json, now: float) -> None:
    name = (request["metadata"].get("annotations") or {}).get("cert-manager.io/private-key-secret-name", "")
    secret = cluster.get("v1", "secrets", request["metadata"]["namespace"], name) if name else None
    if secret is None:
        message = f'Referenced secret {request["metadata"]["namespace"]}/{name} not found: secrets "{name}" not found'
        _pend(cluster, request, "MissingSecret", message, "selfsigned", now)
        return
    key = (secret_value(secret, "tls.key") or b"").decode()
    certificate = pki.signed(decoded(request["spec"]["request"]), request["spec"].get("duration"), key=key)
    _issue(cluster, request, certificate, certificate, "selfsigned", now)


# --- ACME ----------------------------------------------------------------


def order_name(request: Json) -> str:
    """One order for one request: its name ends in a number made from what is asked for."""
    return f"{request['metadata']['name'][:52]}-{hashed(request['spec']['request'], request['metadata']['uid'])}"


def _order(cluster: Cluster, request: Json, issuer: Json, now: float) -> None:
    namespace, name = request["metadata"]["namespace"], order_name(request)
    order = cluster.get(ACME, "orders", namespace, name)
    component = "cert-manager-certificaterequests-issuer-acme"
    if order is None:
        marks = dict(request["metadata"].get("annotations") or {})
        names = [*pki.asked_names(decoded(request["spec"]["request"]))]
        spec = {"request": request["spec"]["request"], "issuerRef": request["spec"]["issuerRef"], "dnsNames": names}
        if issuer["spec"]["acme"].get("profile"):
            spec["profile"] = issuer["spec"]["acme"]["profile"]
        metadata = {"name": name, "namespace": namespace, "annotations": marks, "ownerReferences": [owner_of(request)]}
        cluster.write(ACME, "orders", {"apiVersion": ACME, "kind": "Order", "metadata": metadata, "spec": spec}, manager=component)
        report(cluster, request, "Normal", "OrderCreated", f"Created Order resource {namespace}/{name}", component, now)
        state = ""
    else:
        status = order.get("status") or {}
        state = status.get("state", "")
        if state in FAILED:
            cause = f'order is in "{state}" state: {status.get("reason", "")}'
            _fail(cluster, request, "OrderFailed", f'Failed to wait for order resource "{name}" to become ready: {cause}', component, now)
            return
        if state == "valid":
            _issue(cluster, request, decoded(status["certificate"]), "", "acme", now)
            return
    _pend(cluster, request, "OrderPending", f'Waiting on certificate issuance from order {namespace}/{name}: "{state}"', "acme", now)


# --- what is said --------------------------------------------------------


def _pend(cluster: Cluster, request: Json, event: str, message: str, issuer: str, now: float) -> None:
    old = condition_of(request, "Ready")
    if old and old["message"] == message:
        return
    component = f"cert-manager-certificaterequests-issuer-{issuer.lower()}"
    report(cluster, request, "Normal", event, message, component, now)
    _set_ready(cluster, request, {}, "False", "Pending", message, component, now)


def _fail(cluster: Cluster, request: Json, event: str, message: str, component: str, now: float) -> None:
    report(cluster, request, "Warning", event, message, component, now)
    _set_ready(cluster, request, {"failureTime": stamp(now)}, "False", "Failed", message, component, now)


def _issue(cluster: Cluster, request: Json, certificate: str, ca: str, issuer: str, now: float) -> None:
    component = f"cert-manager-certificaterequests-issuer-{issuer}"
    message = "Certificate fetched from issuer successfully"
    report(cluster, request, "Normal", "CertificateIssued", message, component, now)
    found = {"certificate": encoded(certificate.encode())} | ({"ca": encoded(ca.encode())} if ca else {})
    _set_ready(cluster, request, found, "True", "Issued", message, component, now)


def _set_ready(cluster: Cluster, request: Json, more: Json, state: str, reason: str, message: str, component: str, now: float) -> None:
    status = dict(request.get("status") or {}) | more
    status["conditions"] = with_condition(status.get("conditions"), "Ready", state, reason, message, now)
    set_status(cluster, request, status, component)
