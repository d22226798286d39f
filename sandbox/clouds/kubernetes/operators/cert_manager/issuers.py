# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ClusterIssuers and Issuers: an account at the ACME server, a CA's key pair, or nothing to prepare (selfSigned).

Sources: cert-manager/cert-manager pkg/issuer/acme/setup.go, pkg/issuer/ca/setup.go, pkg/issuer/selfsigned/setup.go; Let's Encrypt's
directory URLs (letsencrypt.org/docs/acme-protocol-updates, /staging-environment) and its refusals as users of cert-manager quote them.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t
from urllib.parse import urlsplit

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import pki
from sandbox.clouds.kubernetes.operators.cert_manager.names import GROUP, ISSUERS, Installation
from sandbox.clouds.kubernetes.operators.objects import (
    encoded,
    for_each,
    leaving,
    reaches,
    report,
    secret_value,
    set_status,
    with_condition,
)
from sandbox.clouds.kubernetes.operators.outside import unresolved
from sandbox.clouds.kubernetes.operators.work import Work

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
V1 = {
    "https://acme-v01.api.letsencrypt.org/directory": PRODUCTION,
    "https://acme-staging.api.letsencrypt.org/directory": STAGING,
}
FORBIDDEN = ("example.com", "example.net", "example.org")


class NotReady(Exception):
    """Why an issuer cannot work: the condition's reason and message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    for plural in ISSUERS.values():
        for_each(cluster.list(GROUP, plural), lambda issuer: _look_at(cluster, installation, issuer, now))


def _look_at(cluster: Cluster, installation: Installation, issuer: Json, now: float) -> None:
    if leaving(issuer):
        return
    work = Work(cluster, issuer, "Issuers_Setup", 0.05)
    if work.due(f"{issuer['metadata'].get('generation')} {_secret_version(cluster, installation, issuer)}", now):
        work.done(now) if _set_up(cluster, installation, issuer, now) else work.failed(now)


def _secret_version(cluster: Cluster, installation: Installation, issuer: Json) -> str:
    """The version of the Secret that an issuer depends on: it is set up again when that changes."""
    spec = issuer["spec"]
    name = (spec.get("acme") or {}).get("privateKeySecretRef", {}).get("name") or (spec.get("ca") or {}).get("secretName")
    secret = cluster.get("v1", "secrets", installation.secrets_of(issuer), name) if name else None
    return str(secret["metadata"]["uid"]) + str(secret.get("data")) if secret else ""


def _set_up(cluster: Cluster, installation: Installation, issuer: Json, now: float) -> bool:
    component = f"cert-manager-{ISSUERS[issuer['kind']]}"
    status = dict(issuer.get("status") or {})
    try:
        reason, message = _prepare(cluster, installation, issuer, status, component)
    except NotReady as error:
        report(cluster, issuer, "Warning", error.reason, str(error), component, now)
        report(cluster, issuer, "Warning", "ErrInitIssuer", f"Error initializing issuer: {str(error).partition(': ')[2]}", component, now)
        state, reason, message = "False", error.reason, str(error)
    else:
        state = "True"
    more = {"observedGeneration": issuer["metadata"].get("generation", 1)}
    status["conditions"] = with_condition(status.get("conditions"), "Ready", state, reason, message, now, **more)
    set_status(cluster, issuer, status, component)
    return state == "True"


def _prepare(cluster: Cluster, installation: Installation, issuer: Json, status: Json, component: str) -> tuple[str, str]:
    """The reason and message of Ready. Raises NotReady."""
    spec = issuer["spec"]
    namespace = installation.secrets_of(issuer)
    if "selfSigned" in spec:
        return "IsReady", ""
    if "ca" in spec:
        return _check_pair(cluster, namespace, spec["ca"]["secretName"])
    if "acme" in spec:
        return _register(cluster, namespace, spec["acme"], status, component)
    raise NotReady("NotEmulated", f"Failed: issuers of type {', '.join(spec)} are not emulated by the local cloud")


def _check_pair(cluster: Cluster, namespace: str, name: str) -> tuple[str, str]:
    secret = cluster.get("v1", "secrets", namespace, name)
    if secret is None:
        raise NotReady("ErrGetKeyPair", f'Error getting keypair for CA issuer: secrets "{name}" not found')
    chain, key = (secret_value(secret, each) for each in ("tls.crt", "tls.key"))
    try:
        if not chain or not key or not pki.fits(chain.decode(), key.decode()):
            raise ValueError
    except ValueError:
        text = "error decoding certificate PEM block: no valid certificates found"
        raise NotReady("ErrGetKeyPair", f"Error getting keypair for CA issuer: {text}") from None
    if not pki.is_ca(chain.decode()):
        raise NotReady("ErrInvalidKeyPair", "Invalid signing key pair: certificate is not a CA")
    return "KeyPairVerified", "Signing CA verified"


# --- ACME ----------------------------------------------------------------


def _register(cluster: Cluster, namespace: str, acme: Json, status: Json, component: str) -> tuple[str, str]:
    server = acme["server"]
    if server in V1:
        text = f'Your ACME server URL is set to a v1 endpoint ({server}). You should update the spec.acme.server field to "{V1[server]}"'
        raise NotReady("InvalidConfig", text)
    secret = _account_key(cluster, namespace, acme, component)
    _check_server(cluster, server)
    _check_contact(acme.get("email", ""))
    key = secret_value(secret, acme["privateKeySecretRef"].get("key") or "tls.key") or b""
    digest = hashlib.sha256(key).digest()
    host = urlsplit(server).hostname
    status["acme"] = {
        "uri": f"https://{host}/acme/acct/{int.from_bytes(digest[:4])}",
        "lastPrivateKeyHash": base64.b64encode(digest).decode(),
    } | ({"lastRegisteredEmail": acme["email"]} if acme.get("email") else {})
    return "ACMEAccountRegistered", "The ACME account was registered with the ACME server"


def _account_key(cluster: Cluster, namespace: str, acme: Json, component: str) -> Json:
    """The account's key: what is there is used, so that an account outlives its issuer."""
    reference = acme["privateKeySecretRef"]
    field = reference.get("key") or "tls.key"
    secret = cluster.get("v1", "secrets", namespace, reference["name"])
    if secret is None and acme.get("disableAccountKeyGeneration"):
        text = "the ACME issuer config has 'disableAccountKeyGeneration' set to true, but the secret was not found"
        text += f': secrets "{reference["name"]}" not found'
        raise NotReady("ErrRegisterACMEAccount", f"Failed to register ACME account: {text}")
    if secret is not None and secret_value(secret, field):
        return secret
    if cluster.get("v1", "namespaces", None, namespace) is None:
        raise NotReady("ErrRegisterACMEAccount", f'Failed to register ACME account: namespaces "{namespace}" not found')
    fresh = secret or {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": reference["name"], "namespace": namespace},
        "type": "Opaque",
    }
    fresh = fresh | {"data": (fresh.get("data") or {}) | {field: encoded(pki.new_key({}).encode())}}
    return cluster.write("v1", "secrets", fresh, manager=component)


def _check_server(cluster: Cluster, server: str) -> None:
    if server in (PRODUCTION, STAGING) and reaches(cluster, "cert-manager", 53):
        return
    host = urlsplit(server).hostname or ""
    if server not in (PRODUCTION, STAGING) and host in (urlsplit(PRODUCTION).hostname, urlsplit(STAGING).hostname):
        text = "404 urn:ietf:params:acme:error:malformed: Page not found"
    else:
        text = unresolved(cluster, "cert-manager", "GET", server)
    raise NotReady("ErrRegisterACMEAccount", f"Failed to register ACME account: {text}")


def _check_contact(email: str) -> None:
    domain = email.rpartition("@")[2].lower()
    said = ""
    if domain in FORBIDDEN:
        said = f'contact email has forbidden domain "{domain}"'
    elif email and ("@" not in email or "." not in domain or domain.endswith((".local", ".invalid", ".test", ".internal", ".example"))):
        said = "contact email has invalid domain" if "@" in email else "unable to parse email address"
    if said:
        text = f"400 urn:ietf:params:acme:error:invalidContact: Error validating contact(s) :: {said}"
        raise NotReady("ErrRegisterACMEAccount", f"Failed to register ACME account: {text}")
