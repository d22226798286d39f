# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What really works in a cluster, judged from what k8s_objects_info and endpoint_info return. Pure.

The troubles that users of such an estate have, each with its way out: `FIXES`.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.declared import absolute
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.places import domain_name
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.checks import Check, Thing, Things, check
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.workloads import environment

# What a condition says, and what to do then. The first that fits counts.
FIXES = (
    (
        r"AADSTS7002\d+|federated identity|AADSTS|tenantID|client-?id|serviceaccount",
        "Verify the workload identity: the federated credential must name the cluster's issuer and"
        " system:serviceaccount:<namespace>:<service account> to the letter. Run the roles workload_identity and external_secrets; a new"
        " credential takes some seconds",
    ),
    (
        r"ForbiddenByRbac|Forbidden|does not have secrets get permission|not authorized",
        "Give the identity the role Key Vault Secrets User on the vault (role workload_identity); a new role takes up to ten minutes",
    ),
    (
        r"property|unmarshal|JSON",
        "The secret in the vault has another format than what is declared: it must be a JSON object with these fields, for example"
        ' {"TENCENT_SECRET_ID": "...", "TENCENT_SECRET_KEY": "..."}. Write it anew (role app_identities or key_vault)',
    ),
    (
        r"SecretNotFound|not found|does not exist|no secret|NoSecretErr",
        "The vault has no such secret: run the role that puts it there, or correct its name",
    ),
    (r"namespace .* not allowed|conditions|is not permitted", "The store is not open to this namespace: run the role external_secrets"),
    (r"webhook|x509|connection refused", "The operator is only just starting, or its pods do not run: look at them, then run again"),
)
CERTIFICATE_FIXES = (
    (r"rateLimited|too many certificates", "The limit of Let's Encrypt is reached: wait, and use letsencrypt-staging to try things out"),
    (r"cloudflare|zone|DNS-?01|propagat", "The DNS-01 challenge fails: the token needs Zone DNS Edit and Zone Read of this very zone"),
    (
        r"http-?01|self check|connection refused|404",
        "The HTTP-01 challenge is not reached: the name must point to the ingress, and port 8089 of the solver be open to it",
    ),
    (r"issuer|InvalidSolver|account", "The issuer is not ready: run the role cert_manager with tasks_from: issuers"),
)


def synced(found: Things, wanted: Things, store: str = "") -> list[Check]:
    """The store is ready, and each declared secret is synced. wanted: as the role external_secrets takes them."""
    checks = []
    if store:
        there = _named(found, "ClusterSecretStore", store)
        checks.append(_ready(f"the store {store} reads the vault", there, FIXES, "Run the role external_secrets with tasks_from: secrets"))
    for secret in wanted:
        place = f"{secret['namespace']}/{secret['name']}"
        there = _named(found, "ExternalSecret", secret["name"], secret["namespace"])
        checks.append(_ready(f"{place} is synced from the vault", there, FIXES, "Run the role external_secrets with tasks_from: secrets"))
    return checks


def certificates(found: Things, namespace: str) -> list[Check]:
    """Each certificate of a namespace is issued."""
    there = [each for each in found if each.get("kind") == "Certificate" and each["metadata"].get("namespace") == namespace]
    if not there:
        fix = "Declare an Ingress with `tls` and the annotation cert-manager.io/cluster-issuer (role backend)"
        return [check(f"{namespace} has a certificate", False, "none is asked for", fix)]
    fix = "Look at its CertificateRequest, Order and Challenge: kubectl describe"
    return [_ready(f"the certificate {namespace}/{each['metadata']['name']} is issued", each, CERTIFICATE_FIXES, fix) for each in there]


def workloads(found: Things, namespace: str) -> list[Check]:
    """Each Deployment of a namespace has all its pods."""
    checks = []
    for each in found:
        if each.get("kind") != "Deployment" or each["metadata"].get("namespace") != namespace:
            continue
        wanted, there = each["spec"].get("replicas", 1), (each.get("status") or {}).get("availableReplicas") or 0
        fix = "See why: kubectl describe pods, kubectl logs --previous"
        checks.append(
            check(f"{namespace}/{each['metadata']['name']} runs", there >= wanted, f"{there} of {wanted} pods are available", fix)
        )
    return checks or [check(f"something runs in {namespace}", False, "no Deployment", "Run the role backend")]


def mail_mode(found: Things, name: str, held_back: Thing) -> list[Check]:
    """Mail is held back where it should be, and only there. held_back: `environment`, and the `environments` that hold it back."""
    bypassed = held_back["environment"] in held_back["environments"]
    values = [str(each["value"]).casefold() for each in environment(list(found), "EMAIL_BYPASS_MODE")]
    said = ", ".join(f"EMAIL_BYPASS_MODE={each}" for each in values) or "EMAIL_BYPASS_MODE is not set"
    if bypassed:
        fix = 'Set EMAIL_BYPASS_MODE: "true" in the overlay of this environment, or real people get its mail'
        return [check(f"{name} holds mail back", bool(values) and all(each == "true" for each in values), said, fix)]
    fix = "Take EMAIL_BYPASS_MODE out of the overlay: nobody gets mail"
    return [check(f"{name} sends mail", not any(each in ("true", "none", "1", "yes", "on") for each in values), said, fix)]


def address(records: Things, zone: str, host: str, ingress: str) -> list[Check]:
    """The A records of a host name have the address of the ingress. Those that go through Cloudflare's proxy may have any.

    records: as the role cloudflare_dns takes them.
    """
    named = [each for each in records if each.get("type") == "A" and absolute(str(each["name"]), domain_name(zone)) == host.casefold()]
    seen = [str(each.get("content")) for each in named if not each.get("proxied")]
    if not seen:
        return []
    fix = f"Declare {ingress} in cloudflare_dns_records, or let ingress_dns_names feed the records"
    return [check(f"{host} points to the ingress {ingress}", seen == [ingress], f"it points to {', '.join(seen)}", fix)]


def endpoint(seen: Thing, what: str) -> list[Check]:
    """An address answers as it should, with a certificate that people trust, and plain HTTP leads there. seen: of endpoint_info."""
    problem = seen.get("problem") or {}
    said = ": ".join(str(problem[name]) for name in ("code", "text") if problem.get(name)) or f"it answers {seen.get('status')}"
    checks = [check(f"{what} answers", bool(seen.get("ok")), said, str(problem.get("hint") or "Look at the Ingress and its Service"))]
    plain = seen.get("http")
    if plain and seen.get("ok"):
        fix = "Turn the redirection on: ingress_https_redirect with traefik, and by itself with ingress-nginx where the Ingress has tls"
        checks.append(check(f"{what} by plain HTTP leads to HTTPS", bool(plain.get("to_https")), f"it answers {plain.get('status')}", fix))
    return checks


def _named(found: Things, kind: str, name: str, namespace: str | None = None) -> Thing | None:
    for each in found:
        metadata = each.get("metadata") or {}
        if (each.get("kind"), metadata.get("name")) == (kind, name) and namespace in (None, metadata.get("namespace")):
            return each
    return None


def _ready(what: str, thing: Thing | None, fixes: t.Sequence[tuple[str, str]], otherwise: str) -> Check:
    if thing is None:
        return check(what, False, "it is not there", otherwise)
    conditions = (thing.get("status") or {}).get("conditions") or ()
    condition: Thing = next((each for each in conditions if each.get("type") == "Ready"), {})
    said = ": ".join(str(condition[name]) for name in ("reason", "message") if condition.get(name)) or "its controller has said nothing yet"
    fix = next((fix for pattern, fix in fixes if re.search(pattern, said, re.IGNORECASE)), otherwise)
    return check(what, condition.get("status") == "True", said, fix)
