# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders at the ACME server: what it refuses at once, a challenge for each name, and the certificate when all of them are valid.

Sources: cert-manager/cert-manager pkg/controller/acmeorders (sync.go, util.go, selectors); RFC 8555; Let's Encrypt's refusals as users of
cert-manager quote them (rejectedIdentifier for names without a public suffix and for forbidden ones).
"""

from __future__ import annotations

import hashlib
import typing as t
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import pki
from sandbox.clouds.kubernetes.operators.cert_manager.issuers import FORBIDDEN, PRODUCTION
from sandbox.clouds.kubernetes.operators.cert_manager.names import ACME, Installation, hashed, issuer_of
from sandbox.clouds.kubernetes.operators.objects import decoded, encoded, for_each, holds, leaving, owner_of, report, set_status
from sandbox.clouds.kubernetes.operators.work import Work
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

COMPONENT = "cert-manager-orders"
DONE = ("valid", "invalid", "expired", "errored")
PRIVATE = ("local", "internal", "lan", "test", "invalid", "localhost", "example")
WEEK, LIMIT = 7 * 86400.0, 5  # certificates of exactly the same names: letsencrypt.org/docs/rate-limits
DAYS = {"": 90, "classic": 90, "tlsserver": 45, "shortlived": 6}


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    for_each(cluster.list(ACME, "orders"), lambda order: _look_at(cluster, order, now))


def _look_at(cluster: Cluster, order: Json, now: float) -> None:
    status = order.get("status") or {}
    issuer = issuer_of(cluster, order["spec"]["issuerRef"], order["metadata"]["namespace"])
    if leaving(order) or issuer is None or not holds(issuer):
        return
    if status.get("state") in DONE:
        if status["state"] == "valid":
            _drop_challenges(cluster, order)
    elif not status.get("url"):
        _create(cluster, order, issuer, now)
    else:
        _pursue(cluster, order, issuer, now)


def _create(cluster: Cluster, order: Json, issuer: Json, now: float) -> None:
    """The order as the server takes it, with one authorization a name."""
    names = order["spec"].get("dnsNames") or ()
    server = issuer["spec"]["acme"]["server"]
    refused = _refusal(cluster, order["spec"], server, now)
    if refused:
        _end(cluster, order, "errored", f"Failed to create Order: {refused}", now)
        return
    host = urlsplit(server).hostname
    number = hashed(order["metadata"]["uid"])
    account = (issuer["status"].get("acme") or {}).get("uri", "").rpartition("/")[2]
    authorizations = [_authorization(f"https://{host}/acme", name, number) for name in names]
    status = {
        "url": f"https://{host}/acme/order/{account}/{number}",
        "finalizeURL": f"https://{host}/acme/finalize/{account}/{number}",
        "state": "pending",
        "authorizations": authorizations,
    }
    set_status(cluster, order, status, COMPONENT)


def _refusal(cluster: Cluster, spec: Json, server: str, now: float) -> str:
    """Why the server takes no such order, or nothing."""
    names = spec.get("dnsNames") or ()
    refused = next((said for name in names if (said := _unwanted(name.removeprefix("*.")))), "")
    if refused:
        return f"400 urn:ietf:params:acme:error:rejectedIdentifier: Invalid identifiers requested :: {refused}"
    if spec.get("profile", "") not in DAYS:
        return f"acme: certificate authority does not advertise a profile with name {spec['profile']}"
    recent = [moment for moment in _issued(cluster, server, names) if moment > now - WEEK]
    if server == PRODUCTION and len(recent) >= LIMIT:
        again = datetime.fromtimestamp(recent[-LIMIT] + WEEK, UTC)
        many = f"too many certificates ({LIMIT}) already issued for this exact set of identifiers in the last 168h0m0s"
        help_ = "see https://letsencrypt.org/docs/rate-limits/#new-certificates-per-exact-set-of-identifiers"
        return f"429 urn:ietf:params:acme:error:rateLimited: {many}, retry after {again:%Y-%m-%d %H:%M:%S} UTC: {help_}"
    return ""


def _issued(cluster: Cluster, server: str, names: t.Sequence[str]) -> list[float]:
    """When a server has issued for exactly these names. Each cluster is counted alone; the real one counts the whole world."""
    kept: list[float] = cluster.memory("letsencrypt").setdefault(f"{server} {' '.join(sorted(names))}", [])
    return kept


def _unwanted(name: str) -> str:
    if "." not in name or name.rpartition(".")[2] in PRIVATE:
        return f'Cannot issue for "{name}": Domain name does not end with a valid public suffix (TLD)'
    if any(name == each or name.endswith(f".{each}") for each in FORBIDDEN):
        text = "The ACME server refuses to issue a certificate for this domain name, because it is forbidden by policy"
        return f'Cannot issue for "{name}": {text}'
    return ""


def _authorization(base: str, name: str, number: str) -> Json:
    plain, wildcard = name.removeprefix("*."), name.startswith("*.")
    mine = hashed(number, name)
    token = hashlib.sha256(mine.encode()).hexdigest()[:43]
    kinds = ("dns-01",) if wildcard else ("http-01", "dns-01", "tls-alpn-01")
    challenges = [{"type": kind, "token": token, "url": f"{base}/chall/{mine}/{kind[:3]}"} for kind in kinds]
    return {"identifier": plain, "wildcard": wildcard, "initialState": "pending", "url": f"{base}/authz/{mine}", "challenges": challenges}


# --- challenges ----------------------------------------------------------


def _pursue(cluster: Cluster, order: Json, issuer: Json, now: float) -> None:
    wanted = []
    for authorization in order["status"]["authorizations"]:
        solver = _solver_for(issuer["spec"]["acme"].get("solvers") or (), authorization)
        if solver is None:
            said = "no configured challenge solvers can be used for this challenge"
            message = f"Failed to determine a valid solver configuration for the set of domains on the Order: {said}"
            work = Work(cluster, order, "Orders_Solver", 0.0)
            if work.due(str(issuer["metadata"]["generation"]), now):
                report(cluster, order, "Warning", "Solver", message, COMPONENT, now)
                work.done(now)
            return
        wanted.append(_challenge(order, authorization, solver))
    namespace = order["metadata"]["namespace"]
    found = [cluster.get(ACME, "challenges", namespace, each["metadata"]["name"]) for each in wanted]
    for challenge, there in zip(wanted, found, strict=True):
        if there is None:
            name, domain = challenge["metadata"]["name"], challenge["spec"]["dnsName"]
            cluster.write(ACME, "challenges", challenge, manager=COMPONENT)
            report(cluster, order, "Normal", "Created", f'Created Challenge resource "{name}" for domain "{domain}"', COMPONENT, now)
    states = [((each or {}).get("status") or {}).get("state", "") for each in found]
    failed = next((each for each in found if each and (each.get("status") or {}).get("state") in ("invalid", "errored")), None)
    if failed is not None:
        _end(cluster, order, failed["status"]["state"], "", now)
    elif all(state == "valid" for state in states):
        _finalize(cluster, order, issuer, now)


def _solver_for(solvers: t.Sequence[Json], authorization: Json) -> Json | None:
    """The most specific solver: an exact name, then the longest zone, then one without a selector. A wildcard needs DNS-01."""
    name = authorization["identifier"]
    wild = f"*.{name}" if authorization["wildcard"] else name
    best: tuple[int, Json] | None = None
    for solver in solvers:
        if authorization["wildcard"] and "dns01" not in solver:
            continue
        selector = solver.get("selector") or {}
        if selector.get("matchLabels"):
            continue  # labels of the Certificate: not used by anything here
        zones = [zone for zone in selector.get("dnsZones") or () if name == zone or name.endswith(f".{zone}")]
        exact = wild in (selector.get("dnsNames") or ())
        if (selector.get("dnsNames") and not exact) or (selector.get("dnsZones") and not zones):
            continue
        score = (1000 if exact else 0) + max((len(zone) for zone in zones), default=0)
        if best is None or score > best[0]:
            best = (score, solver)
    return best[1] if best else None


def _challenge(order: Json, authorization: Json, solver: Json) -> Json:
    kind = "DNS-01" if "dns01" in solver else "HTTP-01"
    offered = next(each for each in authorization["challenges"] if each["type"] == kind.lower())
    name = f"{order['metadata']['name'][:52]}-{hashed(authorization['url'], kind)}"
    thumbprint = hashlib.sha256(offered["url"].encode()).hexdigest()[:43]
    key = f"{offered['token']}.{thumbprint}"
    return {
        "apiVersion": ACME,
        "kind": "Challenge",
        "metadata": {
            "name": name,
            "namespace": order["metadata"]["namespace"],
            "ownerReferences": [owner_of(order)],
            "finalizers": ["acme.cert-manager.io/finalizer"],
        },
        "spec": {
            "authorizationURL": authorization["url"],
            "dnsName": authorization["identifier"],
            "issuerRef": order["spec"]["issuerRef"],
            "key": key,
            "solver": solver,
            "token": offered["token"],
            "type": kind,
            "url": offered["url"],
            "wildcard": authorization["wildcard"],
        },
    }


# --- the end -------------------------------------------------------------


def _finalize(cluster: Cluster, order: Json, issuer: Json, now: float) -> None:
    """All names are proved: the server issues, which takes a moment."""
    work = Work(cluster, order, "Certificates_Issue", 0.1)
    if order["status"]["state"] != "ready":
        set_status(cluster, order, order["status"] | {"state": "ready"}, COMPONENT)
        return
    if not work.due("ready", now):
        return
    server = issuer["spec"]["acme"]["server"]
    trusted = server == PRODUCTION
    days = DAYS.get(order["spec"].get("profile", ""), 90)
    issuing = cluster.api.cloud.world.authority.intermediate(trusted=trusted)
    chain = pki.signed(decoded(order["spec"]["request"]), f"{days * 24}h", issuing.chain, issuing.key)
    _issued(cluster, server, order["spec"].get("dnsNames") or ()).append(now)
    status = order["status"] | {"state": "valid", "certificate": encoded(chain.encode())}
    report(cluster, order, "Normal", "Complete", "Order completed successfully", COMPONENT, now)
    set_status(cluster, order, status, COMPONENT)
    work.done(now)


def _end(cluster: Cluster, order: Json, state: str, reason: str, now: float) -> None:
    status = dict(order.get("status") or {}) | {"state": state, "failureTime": stamp(now)}
    set_status(cluster, order, status | ({"reason": reason} if reason else {}), COMPONENT)


def _drop_challenges(cluster: Cluster, order: Json) -> None:
    for each in cluster.list(ACME, "challenges", order["metadata"]["namespace"]):
        owned = any(owner["uid"] == order["metadata"]["uid"] for owner in each["metadata"].get("ownerReferences") or ())
        if owned and not leaving(each):
            cluster.delete(ACME, "challenges", each["metadata"]["namespace"], each["metadata"]["name"])
