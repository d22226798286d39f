# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An issuance under way: the next private key, the request, and the Secret that comes of it.

Sources: cert-manager/cert-manager pkg/controller/certificates/{keymanager,requestmanager,issuing}; defaults of 1.18 and later
(privateKey.rotationPolicy Always, revisionHistoryLimit 1).
"""

from __future__ import annotations

import secrets
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import pki
from sandbox.clouds.kubernetes.operators.cert_manager.names import GROUP
from sandbox.clouds.kubernetes.operators.objects import (
    condition_of,
    decoded,
    encoded,
    moment_of,
    owner_of,
    report,
    secret_value,
    with_condition,
    written_by,
)
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

KEYS, REQUESTS, ISSUING = (f"cert-manager-certificates-{part}" for part in ("key-manager", "request-manager", "issuing"))
MARK = "cert-manager.io/"


def conditions(certificate: Json, status: Json, kind: str, state: str, why: tuple[str, str], now: float) -> list[Json]:
    more = {"observedGeneration": certificate["metadata"].get("generation", 1)}
    return with_condition(status.get("conditions"), kind, state, *why, now, **more)


def request_of(cluster: Cluster, certificate: Json, revision: int | None = None) -> Json | None:
    """The request of a revision, the current one if none is given."""
    number = revision if revision is not None else (certificate.get("status") or {}).get("revision")
    for each in cluster.list(GROUP, "certificaterequests", certificate["metadata"]["namespace"]) if number else ():
        owned = any(owner["uid"] == certificate["metadata"]["uid"] for owner in each["metadata"].get("ownerReferences") or ())
        if owned and (each["metadata"].get("annotations") or {}).get(f"{MARK}certificate-revision") == str(number):
            return each
    return None


def pursue(cluster: Cluster, certificate: Json, secret: Json | None, request: Json | None, status: Json, now: float) -> None:
    """An issuance under way: make the key and the request, wait for it, store what comes."""
    revision = (status.get("revision") or 0) + 1
    following = request_of(cluster, certificate, revision)
    namespace, name = certificate["metadata"]["namespace"], status.get("nextPrivateKeySecretName")
    kept = cluster.get("v1", "secrets", namespace, name) if name else None
    if kept is None:
        kept = _new_private_key(cluster, certificate, secret, now)
        status["nextPrivateKeySecretName"] = kept["metadata"]["name"]
    key = (secret_value(kept, "tls.key") or b"").decode()
    if following is not None and _outdated(certificate, following):
        cluster.delete(GROUP, "certificaterequests", namespace, following["metadata"]["name"])
        following = None
    if following is None:
        _ask(cluster, certificate, revision, kept["metadata"]["name"], key, now)
        return
    ready = condition_of(following, "Ready")
    if ready is None or ready["reason"] == "Pending":
        return
    cluster.delete("v1", "secrets", namespace, kept["metadata"]["name"])
    status.pop("nextPrivateKeySecretName", None)
    if ready["status"] == "True":
        _store(cluster, certificate, secret, following, key)
        report(cluster, certificate, "Normal", "Issuing", "The certificate has been successfully issued", ISSUING, now)
        status["revision"] = revision
        status["conditions"] = [each for each in status["conditions"] if each["type"] != "Issuing"]
        for each in ("lastFailureTime", "failedIssuanceAttempts"):
            status.pop(each, None)
        _forget_old(cluster, certificate, revision)
    else:
        message = f"The certificate request has failed to complete and will be retried: {ready['message']}"
        report(cluster, certificate, "Warning", ready["reason"], message, ISSUING, now)
        status["conditions"] = conditions(certificate, status, "Issuing", "False", (ready["reason"], message), now)
        status["lastFailureTime"] = stamp(now)
        status["failedIssuanceAttempts"] = status.get("failedIssuanceAttempts", 0) + 1


def _outdated(certificate: Json, request: Json) -> bool:
    """Whether a request is one that was left by a failure, or is not what the certificate asks for now."""
    issuing, ready = condition_of(certificate, "Issuing"), condition_of(request, "Ready")
    failed = ready is not None and ready["reason"] in ("Failed", "Denied")
    since = moment_of(issuing["lastTransitionTime"]) if issuing else 0.0
    names = pki.asked_names(decoded(request["spec"]["request"]))
    wanted = pki.names_of(certificate["spec"])
    changed = set(names) != set(wanted) or request["spec"]["issuerRef"] != certificate["spec"]["issuerRef"]
    return changed or (failed and moment_of(request["metadata"]["creationTimestamp"]) < since)


def _new_private_key(cluster: Cluster, certificate: Json, secret: Json | None, now: float) -> Json:
    """The next private key, in a Secret of its own until the certificate is there."""
    wanted = certificate["spec"].get("privateKey") or {}
    old = secret_value(secret, "tls.key") if secret else None
    name = f"{certificate['metadata']['name']}-{secrets.token_hex(3)[:5]}"
    if old and wanted.get("rotationPolicy") == "Never":
        key = old.decode()
        message = f'Reusing private key stored in existing Secret resource "{certificate["spec"]["secretName"]}"'
        report(cluster, certificate, "Normal", "Reused", message, KEYS, now)
    else:
        key = pki.new_key(wanted)
        report(cluster, certificate, "Normal", "Generated", f'Stored new private key in temporary Secret resource "{name}"', KEYS, now)
    kept = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": certificate["metadata"]["namespace"],
            "labels": {f"{MARK}next-private-key": "true", "controller.cert-manager.io/fao": "true"},
            "ownerReferences": [owner_of(certificate)],
        },
        "type": "Opaque",
        "data": {"tls.key": encoded(key.encode())},
    }
    return cluster.write("v1", "secrets", kept, manager=KEYS)


def _ask(cluster: Cluster, certificate: Json, revision: int, key_name: str, key: str, now: float) -> None:
    spec, metadata = certificate["spec"], certificate["metadata"]
    name = f"{metadata['name']}-{revision}"
    marks = {
        f"{MARK}certificate-name": metadata["name"],
        f"{MARK}certificate-revision": str(revision),
        f"{MARK}private-key-secret-name": key_name,
    }
    asked = {name: spec[name] for name in ("duration", "isCA") if name in spec}
    request: Json = {
        "apiVersion": GROUP,
        "kind": "CertificateRequest",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "annotations": (metadata.get("annotations") or {}) | marks,
            "labels": metadata.get("labels") or {},
            "ownerReferences": [owner_of(certificate)],
        },
        "spec": asked
        | {
            "request": encoded(pki.request_for(spec, key).encode()),
            "issuerRef": spec["issuerRef"],
            "usages": spec.get("usages") or ["digital signature", "key encipherment"],
        },
    }
    request["metadata"]["annotations"].pop("kubectl.kubernetes.io/last-applied-configuration", None)
    cluster.write(GROUP, "certificaterequests", request, manager=REQUESTS)
    report(cluster, certificate, "Normal", "Requested", f'Created new CertificateRequest resource "{name}"', REQUESTS, now)


def _store(cluster: Cluster, certificate: Json, secret: Json | None, request: Json, key: str) -> None:
    """The Secret of type kubernetes.io/tls. Fields of others in it stay."""
    spec, metadata = certificate["spec"], certificate["metadata"]
    issuer = spec["issuerRef"]
    marks = {
        f"{MARK}alt-names": ",".join(spec.get("dnsNames") or ()),
        f"{MARK}certificate-name": metadata["name"],
        f"{MARK}common-name": spec.get("commonName", ""),
        f"{MARK}ip-sans": ",".join(spec.get("ipAddresses") or ()),
        f"{MARK}issuer-group": issuer.get("group", ""),
        f"{MARK}issuer-kind": issuer.get("kind") or "Issuer",
        f"{MARK}issuer-name": issuer["name"],
        f"{MARK}uri-sans": ",".join(spec.get("uris") or ()),
    }
    data = {"tls.crt": request["status"]["certificate"], "tls.key": encoded(key.encode())}
    if request["status"].get("ca"):
        data["ca.crt"] = request["status"]["ca"]
    fresh = secret or {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": spec["secretName"], "namespace": metadata["namespace"]},
        "type": "kubernetes.io/tls",
    }
    kept = {name: value for name, value in (fresh.get("data") or {}).items() if name != "ca.crt"}
    fresh = fresh | {"metadata": _by_template(certificate, fresh, marks), "data": kept | data}
    cluster.write("v1", "secrets", fresh, manager=ISSUING)


def keep_template(cluster: Cluster, certificate: Json, secret: Json) -> None:
    """spec.secretTemplate reaches the Secret without a new certificate, also what it names no more."""
    marks = {name: value for name, value in (secret["metadata"].get("annotations") or {}).items() if name.startswith(MARK)}
    cluster.write("v1", "secrets", secret | {"metadata": _by_template(certificate, secret, marks)}, manager=ISSUING)


def _by_template(certificate: Json, secret: Json, marks: Json) -> Json:
    """A Secret's metadata with labels and annotations of the template; those of others stay."""
    template, metadata = certificate["spec"].get("secretTemplate") or {}, dict(secret["metadata"])
    own = {"labels": {"controller.cert-manager.io/fao": "true"}, "annotations": marks}
    for part, always in own.items():
        mine = written_by(ISSUING, secret, "metadata", part)
        others = {name: value for name, value in (metadata.get(part) or {}).items() if name not in mine}
        metadata[part] = others | (template.get(part) or {}) | always
    return metadata


def _forget_old(cluster: Cluster, certificate: Json, revision: int) -> None:
    limit = certificate["spec"].get("revisionHistoryLimit", 1)
    for each in cluster.list(GROUP, "certificaterequests", certificate["metadata"]["namespace"]):
        owned = any(owner["uid"] == certificate["metadata"]["uid"] for owner in each["metadata"].get("ownerReferences") or ())
        number = int((each["metadata"].get("annotations") or {}).get(f"{MARK}certificate-revision", revision))
        if owned and number <= revision - limit:
            cluster.delete(GROUP, "certificaterequests", each["metadata"]["namespace"], each["metadata"]["name"])
