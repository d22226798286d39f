# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS-01 with Cloudflare: the TXT record is really written into the zone, with the token of the Secret, and taken away again.

Source: cert-manager/cert-manager pkg/issuer/acme/dns/dns.go, dns/cloudflare/cloudflare.go.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager.names import Installation, issuer_of
from sandbox.clouds.kubernetes.operators.objects import secret_value
from sandbox.clouds.kubernetes.operators.outside import NoSuchHost, ask

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

API = "https://api.cloudflare.com/client/v4"


class Failed(Exception):
    """Why a challenge could not be presented."""


def present(cluster: Cluster, installation: Installation, challenge: Json) -> None:
    """Raises Failed."""
    token = _token(cluster, installation, challenge)
    zone = _zone(cluster, token, _record_name(challenge))
    if not _records(cluster, token, zone, challenge):
        record = {"type": "TXT", "name": _record_name(challenge), "content": _value(challenge), "ttl": 120}
        _call(cluster, "POST", f"/zones/{zone}/dns_records", token, record)


def missing(cluster: Cluster, challenge: Json) -> str:
    """What the name servers do not show yet; nothing when the record is there for all the world."""
    name = _record_name(challenge)
    for zone in cluster.api.cloud.world.state["cloudflare"]["api"]["zones"].values():
        if zone["status"] != "active" or not f".{name}".endswith(f".{zone['name']}"):
            continue
        if any(
            each["type"] == "TXT" and each["name"] == name and _value(challenge) in each["content"] for each in zone["records"].values()
        ):
            return ""
    return f'DNS record for "{challenge["spec"]["dnsName"]}" not yet propagated'


def clean_up(cluster: Cluster, installation: Installation, challenge: Json) -> None:
    """Take the record away, if that can be done: a token that is gone does not hold the challenge back here."""
    try:
        token = _token(cluster, installation, challenge)
        zone = _zone(cluster, token, _record_name(challenge))
        for each in _records(cluster, token, zone, challenge):
            _call(cluster, "DELETE", f"/zones/{zone}/dns_records/{each['id']}", token)
    except Failed:
        return


def _record_name(challenge: Json) -> str:
    return f"_acme-challenge.{challenge['spec']['dnsName']}"


def _value(challenge: Json) -> str:
    """RFC 8555 8.4: the digest of the key authorization."""
    return base64.urlsafe_b64encode(hashlib.sha256(challenge["spec"]["key"].encode()).digest()).decode().rstrip("=")


def _token(cluster: Cluster, installation: Installation, challenge: Json) -> str:
    provider = challenge["spec"]["solver"]["dns01"].get("cloudflare")
    if provider is None:
        raise Failed(f"the DNS provider {next(iter(challenge['spec']['solver']['dns01']), 'none')} is not emulated by the local cloud")
    reference = provider.get("apiTokenSecretRef")
    if reference is None:
        raise Failed("global API keys of Cloudflare are not emulated by the local cloud")
    issuer = issuer_of(cluster, challenge["spec"]["issuerRef"], challenge["metadata"]["namespace"])
    namespace = installation.secrets_of(issuer) if issuer else challenge["metadata"]["namespace"]
    secret = cluster.get("v1", "secrets", namespace, reference["name"])
    if secret is None:
        raise Failed(f'error getting cloudflare secret: secrets "{reference["name"]}" not found')
    value = secret_value(secret, reference.get("key", ""))
    if value is None:
        raise Failed(f'specified key "{reference.get("key", "")}" not found in secret {namespace}/{reference["name"]}')
    return value.decode(errors="replace").strip()


def _zone(cluster: Cluster, token: str, name: str) -> str:
    """The zone's id: the name without its first label, and so on up, until there is one."""
    labels = name.split(".")
    trouble: Failed | None = None
    for place in range(len(labels) - 1):
        candidate = ".".join(labels[place:])
        try:
            found = _call(cluster, "GET", f"/zones?name={candidate}", token)
        except Failed as error:
            trouble = error
            continue
        trouble = None
        if found:
            return str(found[0]["id"])
    if trouble is not None:
        raise Failed(f"while attempting to find Zones for domain {name}.\n{trouble}")
    raise Failed(
        f"Found no Zones for domain {name}. (neither in the sub-domain nor in the SLD) please make sure your domain-entries in the config "
        "are correct and the API key is correctly setup with Zone.read rights."
    )


def _records(cluster: Cluster, token: str, zone: str, challenge: Json) -> list[Json]:
    path = f"/zones/{zone}/dns_records?per_page=100&type=TXT&name={_record_name(challenge)}"
    found: list[Json] = _call(cluster, "GET", path, token)
    return [each for each in found if _value(challenge) in each["content"]]


def _call(cluster: Cluster, method: str, path: str, token: str, body: Json | None = None) -> t.Any:
    try:
        _, answer = ask(cluster, "cert-manager", method, f"{API}{path}", token=token, body=body)
    except NoSuchHost as error:
        raise Failed(f'while querying the Cloudflare API for {method} "{path}": {error}') from None
    if not answer["success"]:
        errors = "".join(
            f"\t Error: {each['code']}: {each['message']}"
            + "".join(f"<- {inner['code']}: {inner['message']}" for inner in each.get("error_chain") or ())
            for each in answer["errors"]
        )
        raise Failed(f'while querying the Cloudflare API for {method} "{path}" \n{errors}')
    return answer["result"]
