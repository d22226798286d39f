# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: whether one has to be issued, and whether it is ready.

Sources: cert-manager/cert-manager internal/controller/certificates (policies/checks.go, policies/constants.go, certificates.go),
pkg/controller/certificates/{trigger, readiness}.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import issuing, pki
from sandbox.clouds.kubernetes.operators.cert_manager.names import GROUP, Installation
from sandbox.clouds.kubernetes.operators.objects import (
    condition_of,
    decoded,
    for_each,
    leaving,
    moment_of,
    report,
    seconds_of,
    secret_value,
    set_status,
)
from sandbox.clouds.kubernetes.operators.work import Work
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

TRIGGER, READINESS = "cert-manager-certificates-trigger", "cert-manager-certificates-readiness"
AGAIN = 5.0  # seconds until a certificate is looked at although nothing has changed: it may be time to renew
HOLDER = "cert-manager.io/certificate-name"  # the Certificate that a Secret was issued for
RETRY = 3600.0  # seconds until a failed issuance is tried again; doubled each time, 32 hours at most


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    for_each(cluster.list(GROUP, "certificates"), lambda certificate: _look_at(cluster, certificate, now))


def _look_at(cluster: Cluster, certificate: Json, now: float) -> None:
    if leaving(certificate):
        return
    work = Work(cluster, certificate, "Certificates_Check", 0.02)
    secret = cluster.get("v1", "secrets", certificate["metadata"]["namespace"], certificate["spec"]["secretName"])
    following = issuing.request_of(cluster, certificate, ((certificate.get("status") or {}).get("revision") or 0) + 1)
    seen = " ".join(str((each or {}).get("metadata", {}).get("resourceVersion")) for each in (certificate, secret, following))
    if work.due(seen, now):
        _step(cluster, certificate, secret, issuing.request_of(cluster, certificate), now)
        work.done(now, again=AGAIN)


def _step(cluster: Cluster, certificate: Json, secret: Json | None, request: Json | None, now: float) -> None:
    """One look at a certificate: trigger, request, or take what was issued; then say whether it is ready."""
    why = _reissue(certificate, secret, request, now)
    status = dict(certificate.get("status") or {})
    current = condition_of(certificate, "Issuing")
    if current is None or current["status"] != "True":
        if why and _owns(cluster, certificate, secret) and not _waits(cluster, certificate, request, now):
            report(cluster, certificate, "Normal", "Issuing", why[1], TRIGGER, now)
            status["conditions"] = issuing.conditions(certificate, status, "Issuing", "True", why, now)
    else:
        issuing.pursue(cluster, certificate, secret, request, status, now)
        secret = cluster.get("v1", "secrets", certificate["metadata"]["namespace"], certificate["spec"]["secretName"])
        why = _reissue(certificate, secret, issuing.request_of(cluster, certificate, status.get("revision")), now)
    if secret is not None and not why:
        issuing.keep_template(cluster, certificate, secret)
    _tell(cluster, certificate, secret, why, status, now)


def _tell(cluster: Cluster, certificate: Json, secret: Json | None, why: tuple[str, str] | None, status: Json, now: float) -> None:
    """The condition Ready and the dates, from the Secret as it is. A renewal that is due does not make a certificate unready."""
    unready = why if why and why[0] not in ("Renewing", "ManuallyTriggered") else None
    state = ("False", unready) if unready else ("True", ("Ready", "Certificate is up to date and has not expired"))
    status["conditions"] = issuing.conditions(certificate, status, "Ready", *state, now)
    for name in ("notBefore", "notAfter", "renewalTime"):
        status.pop(name, None)
    try:
        facts = pki.facts_of((secret_value(secret, "tls.crt") or b"").decode()) if secret else None
    except ValueError:
        facts = None
    if facts:
        dates = {"notBefore": facts.starts, "notAfter": facts.ends, "renewalTime": _renewal(certificate["spec"], facts)}
        status |= {name: stamp(moment) for name, moment in dates.items()}
    set_status(cluster, certificate, status, READINESS)


# --- whether to issue ----------------------------------------------------


def _reissue(certificate: Json, secret: Json | None, request: Json | None, now: float) -> tuple[str, str] | None:
    """Reason and message of why a certificate has to be issued, or None."""
    spec, status = certificate["spec"], certificate.get("status") or {}
    if secret is None:
        return "DoesNotExist", "Issuing certificate as Secret does not exist"
    chain, key = ((secret_value(secret, name) or b"").decode(errors="replace") for name in ("tls.crt", "tls.key"))
    if not secret.get("data"):
        return "MissingData", "Issuing certificate as Secret does not contain any data"
    if not key:
        return "MissingData", "Issuing certificate as Secret does not contain a private key"
    if not chain:
        return "MissingData", "Issuing certificate as Secret does not contain a certificate"
    try:
        facts = pki.facts_of(chain)
        if not pki.fits(chain, key):
            return (
                "InvalidKeyPair",
                "Issuing certificate as Secret contains an invalid key-pair: tls: private key does not match public key",
            )
    except ValueError:
        return "InvalidKeyPair", "Issuing certificate as Secret contains invalid private key data"
    marks = secret["metadata"].get("annotations") or {}
    issuer = spec["issuerRef"]
    was = (marks.get("cert-manager.io/issuer-name"), marks.get("cert-manager.io/issuer-kind") or "Issuer")
    if was != (issuer["name"], issuer.get("kind") or "Issuer"):
        return "IncorrectIssuer", f'Issuing certificate as Secret was previously issued by "{was[1]}.cert-manager.io/{was[0] or ""}"'
    holder = marks.get(HOLDER, certificate["metadata"]["name"])
    if holder != certificate["metadata"]["name"]:
        text = "If this message is not transient, you might have two conflicting Certificates pointing to the same secret."
        return "IncorrectCertificate", f'Secret was issued for "{holder}". {text}'
    changed = _differences(spec, facts, request)
    if changed:
        return "RequestChanged", f"Fields on existing CertificateRequest resource not up to date: [{' '.join(changed)}]"
    if facts.ends <= now:
        return "Expired", f"Certificate expired on {stamp(facts.ends)}"
    renewal = moment_of(status.get("renewalTime")) or _renewal(spec, facts)
    if renewal <= now:
        return "Renewing", f"Renewing certificate as renewal was scheduled at {stamp(renewal)}"
    return None


def _owns(cluster: Cluster, certificate: Json, secret: Json | None) -> bool:
    """Of several Certificates with one Secret only that one issues which has issued it before, else the oldest."""
    spec, metadata = certificate["spec"], certificate["metadata"]
    every = cluster.list(GROUP, "certificates", metadata["namespace"])
    rivals = [each["metadata"] for each in every if each["spec"].get("secretName") == spec["secretName"]]
    holder = (secret["metadata"].get("annotations") or {}).get(HOLDER) if secret else None
    if holder in [each["name"] for each in rivals]:
        return bool(holder == metadata["name"])
    return bool(min(rivals, key=lambda each: (each["creationTimestamp"], each["name"]))["name"] == metadata["name"])


def _differences(spec: Json, facts: pki.Facts, request: Json | None) -> list[str]:
    """The fields that the current certificate does not agree with."""
    changed = []
    if set(pki.names_of(spec) or [spec.get("commonName", "")]) != set(facts.names or [spec.get("commonName", "")]):
        changed.append("spec.dnsNames")
    if request and spec["issuerRef"] != request["spec"]["issuerRef"]:
        changed.append("spec.issuerRef")
    if request and seconds_of(spec.get("duration", 0)) != seconds_of(request["spec"].get("duration", 0)):
        changed.append("spec.duration")
    return changed


def _renewal(spec: Json, facts: pki.Facts) -> float:
    """When to renew: two thirds through the life of what was issued, unless the spec says otherwise."""
    life = facts.ends - facts.starts
    before = life / 3
    if spec.get("renewBefore"):
        before = seconds_of(spec["renewBefore"])
    elif spec.get("renewBeforePercentage"):
        before = life * spec["renewBeforePercentage"] / 100
    return facts.ends - (before if before < life else life / 3)


def _waits(cluster: Cluster, certificate: Json, request: Json | None, now: float) -> bool:
    """Whether a failure holds the next attempt back. A certificate that was changed since then is tried at once."""
    status = certificate.get("status") or {}
    failed = moment_of(status.get("lastFailureTime"))
    if not failed:
        return False
    following = issuing.request_of(cluster, certificate, (status.get("revision") or 0) + 1)
    if following is not None:
        names = pki.asked_names(decoded(following["spec"]["request"]))
        if set(names) != set(pki.names_of(certificate["spec"])) or following["spec"]["issuerRef"] != certificate["spec"]["issuerRef"]:
            return False
    delay = min(32 * RETRY, RETRY * 2 ** (status.get("failedIssuanceAttempts", 1) - 1))
    return now < failed + cluster.api.seconds("Certificates_Retry", delay)
