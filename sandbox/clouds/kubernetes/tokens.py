# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens of service accounts: signed by the cluster, for an audience, for a time (TokenRequest).

kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin and .../kubernetes-api/authentication-resources/token-request-v1
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import typing as t
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request
from sandbox.clouds.kubernetes.times import stamp
from sandbox.http import Reply

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

SHORTEST, USUAL, LONGEST = 600, 3600, 86400  # seconds; AKS issues none for longer than a day


def issuer(cluster: Cluster) -> str:
    """The cluster's OIDC issuer; without that feature the API server itself."""
    record = cluster.record
    return str(record["issuer"] or f"https://{record['fqdn']}")


def audiences(cluster: Cluster) -> list[str]:
    """What a token must be for, to be good for the API server."""
    return list(dict.fromkeys((issuer(cluster), f"https://{cluster.record['fqdn']}")))


def answer(cluster: Cluster, body: Json, account: Json) -> Reply:
    """TokenRequest: a token for a service account. It is not kept anywhere."""
    spec = body.get("spec") or {}
    if not isinstance(spec, dict):
        raise bad_request("json: cannot unmarshal into Go struct field TokenRequest.spec of type v1.TokenRequestSpec")
    seconds = spec.get("expirationSeconds") or USUAL
    if seconds < SHORTEST:
        cause = {"reason": "FieldValueInvalid", "message": f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"}
        text = f'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: {cause["message"]}'
        details: Json = {"group": "authentication.k8s.io", "kind": "TokenRequest", "causes": [cause | {"field": "spec.expirationSeconds"}]}
        raise ApiError(422, "Invalid", text, details)
    seconds = min(int(seconds), LONGEST)
    wanted = list(spec.get("audiences") or audiences(cluster)[:1])
    bound = _bound(cluster, spec.get("boundObjectRef"), account)
    token = issue(cluster, account, wanted, seconds, bound)
    status = {"token": token, "expirationTimestamp": stamp(time.time() + seconds)}
    asked: Json = {"audiences": wanted, "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")}
    meta = {"name": account["metadata"]["name"], "namespace": account["metadata"]["namespace"], "creationTimestamp": stamp()}
    about: Json = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": meta}
    return Reply.of_json({**about, "spec": asked, "status": status}, 201)


def _bound(cluster: Cluster, reference: Json | None, account: Json) -> Json:
    """The object that a token lives and dies with."""
    if not reference:
        return {}
    kind, name = reference.get("kind", ""), reference.get("name", "")
    plural = {"Pod": "pods", "Secret": "secrets"}.get(kind)
    if plural is None:
        raise bad_request(f"cannot bind token for serviceaccount to object of type {kind}")
    found = cluster.get("v1", plural, account["metadata"]["namespace"], name)
    if found is None:
        raise ApiError(404, "NotFound", f'{plural} "{name}" not found', {"name": name, "kind": plural})
    return {kind.lower(): {"name": name, "uid": found["metadata"]["uid"]}}


def issue(cluster: Cluster, account: Json, wanted: list[str], seconds: float, bound: Json | None = None) -> str:
    meta, now = account["metadata"], int(time.time())
    claims = {
        "aud": wanted,
        "exp": int(now + seconds),
        "iat": now,
        "iss": issuer(cluster),
        "jti": str(uuid4()),
        "kubernetes.io": {"namespace": meta["namespace"], **(bound or {}), "serviceaccount": {"name": meta["name"], "uid": meta["uid"]}},
        "nbf": now,
        "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
    }
    key = _key(cluster)
    signed = f"{_encode({'alg': 'RS256', 'kid': _key_id(key)})}.{_encode(claims)}"
    return f"{signed}.{_base64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def claims_of(cluster: Cluster, token: str) -> Json | None:
    """The claims of a token that this cluster has signed and that has not run out; None otherwise."""
    signed, _, signature = token.rpartition(".")
    try:
        _key(cluster).public_key().verify(_plain(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        claims = json.loads(_plain(signed.split(".")[1]))
    except (InvalidSignature, ValueError, IndexError):
        return None
    return claims if claims["nbf"] <= time.time() < claims["exp"] else None


def configuration(cluster: Cluster) -> Json:
    return {
        "issuer": issuer(cluster),
        "jwks_uri": f"https://{cluster.record['fqdn']}:443/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }


def keys(cluster: Cluster) -> Json:
    key = _key(cluster)
    numbers = key.public_key().public_numbers()
    modulus, exponent = (_base64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e))
    return {"keys": [{"use": "sig", "kty": "RSA", "kid": _key_id(key), "alg": "RS256", "n": modulus, "e": exponent}]}


_KEYS: dict[str, rsa.RSAPrivateKey] = {}


def _key(cluster: Cluster) -> rsa.RSAPrivateKey:
    """The cluster's signing key, made when it is first needed."""
    kept = cluster.data["credentials"]
    if "signing_key" not in kept:
        fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        kept["signing_key"] = fresh.private_bytes(*form).decode()
        cluster.api.cloud.world.save()
    text = kept["signing_key"]
    if text not in _KEYS:
        _KEYS[text] = t.cast(rsa.RSAPrivateKey, serialization.load_pem_private_key(text.encode(), None))
    return _KEYS[text]


def _key_id(key: rsa.RSAPrivateKey) -> str:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _base64(hashlib.sha256(key.public_key().public_bytes(*form)).digest())


def _encode(value: Json) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
