# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operators' own webhooks refuse, in their words.

Sources: external-secrets/external-secrets apis/externalsecrets/v1 (externalsecret_validator.go, secretstore_validator.go,
provider_schema.go); cert-manager/cert-manager internal/apis/certmanager/validation (certificate.go, issuer.go) and its website's page on
the webhook.
"""

from __future__ import annotations

import json
import re
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.objects import seconds_of

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster
    from sandbox.clouds.kubernetes.registry import Attempt

SELECTOR = "namespace should either be empty or match the namespace of the SecretStore for a namespaced SecretStore"
NAMED = (
    "at least one of commonName (from the commonName field or from a literalSubject), dnsNames, uriSANs, ipAddresses, emailSANs or "
    "otherNames must be set"
)


def verdict(cluster: Cluster, webhook: str, write: Attempt) -> str | None:
    """The refusal of a webhook that is reachable, or None."""
    wanted = write.after
    if wanted is None or write.subresource:
        return None
    kind = wanted["kind"]
    if webhook.endswith(".external-secrets.io"):
        check = {"ExternalSecret": _external_secret, "ClusterSecretStore": _store, "SecretStore": _store}.get(kind)
        return "\n".join(check(wanted)) or None if check else None
    if webhook == "webhook.cert-manager.io":
        complain = {"Certificate": _certificate, "ClusterIssuer": _issuer, "Issuer": _issuer}.get(kind)
        problems = complain(wanted) if complain else []
        return f"[{', '.join(problems)}]" if len(problems) > 1 else next(iter(problems), None)
    if webhook == "validate.nginx.ingress.kubernetes.io" and kind == "Ingress":
        return _ingress(cluster, wanted)
    return None


# --- External Secrets ----------------------------------------------------


def _external_secret(wanted: Json) -> list[str]:
    spec = wanted["spec"]
    target = spec.get("target") or {}
    creation, deletion = target.get("creationPolicy", "Owner"), target.get("deletionPolicy", "Retain")
    problems = []
    if deletion == "Delete" and creation in ("Merge", "None", "CreateOrMerge"):
        problems.append(
            "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner"
        )
    if deletion == "Merge" and creation == "None":
        problems.append("deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with")
    if not spec.get("data") and not spec.get("dataFrom"):
        problems.append("either data or dataFrom should be specified")
    problems += _duration(spec.get("refreshInterval"))
    problems += _template(target.get("template") or {})
    for each in spec.get("dataFrom") or ():
        problems += _source(each)
    keys = [each["secretKey"] for each in spec.get("data") or ()]
    repeated = [key for place, key in enumerate(keys) if key in keys[:place]]
    return problems + [f"duplicate secretKey found: {key}" for key in repeated if deletion == "Retain"]


def _duration(text: t.Any) -> list[str]:
    """A webhook cannot even read an object with a duration that is none."""
    try:
        seconds_of(text or 0)
    except ValueError as error:
        return [str(error)]
    return []


def _template(template: Json) -> list[str]:
    kind = template.get("type", "")
    if kind == "bootstrap.kubernetes.io/token":
        return [f"template.type={json.dumps(kind)} is not allowed"]
    marks = (template.get("metadata") or {}).get("annotations") or {}
    account = "kubernetes.io/service-account.name"
    if kind == "kubernetes.io/service-account-token" and account in marks:
        return [f"template.type={json.dumps(kind)} with annotation {json.dumps(account)} is not allowed"]
    return []


def _source(source: Json) -> list[str]:
    generator = "generatorRef" in (source.get("sourceRef") or {})
    problems = []
    if sum(("find" in source, "extract" in source, generator)) > 1:
        problems.append("extract, find, or generatorRef cannot be set at the same time")
    if not {"find", "extract", "sourceRef"} & set(source):
        problems.append("either extract, find, or sourceRef must be set to dataFrom")
    if "sourceRef" in source and not {"generatorRef", "storeRef"} & set(source["sourceRef"]):
        problems.append("generatorRef or storeRef must be set when using sourceRef in dataFrom")
    return problems


def _store(store: Json) -> list[str]:
    providers = store["spec"].get("provider") or {}
    name = store["metadata"]["name"]
    if len(providers) != 1:
        return [f"store error for {name}: secret stores must only have exactly one backend specified, found {len(providers)}"]
    for place, condition in enumerate(store["spec"].get("conditions") or ()):
        for number, pattern in enumerate(condition.get("namespaceRegexes") or ()):
            try:
                re.compile(pattern)
            except re.error as error:
                return [f"failed to compile {number}th namespace regex in {place}th condition: {error}"]
    vault = providers.get("azurekv")
    return _azure(store, vault) if vault is not None else []


def _azure(store: Json, vault: Json) -> list[str]:
    refs = vault.get("authSecretRef") or {}
    scoped = {
        "AuthSecretRef.ClientID": refs.get("clientId"),
        "AuthSecretRef.ClientSecret": refs.get("clientSecret"),
        "ServiceAccountRef": vault.get("serviceAccountRef"),
    }
    own = store["metadata"].get("namespace")
    for name, reference in scoped.items():
        if store["kind"] == "SecretStore" and reference and reference.get("namespace") not in (None, own):
            return [f"invalid {name}: {SELECTOR}"]
    if "customCloudConfig" in vault and not vault.get("useAzureSDK"):
        return ["CustomCloudConfig requires UseAzureSDK to be set to true - the legacy SDK does not support custom clouds"]
    return []


# --- cert-manager --------------------------------------------------------


def _certificate(certificate: Json) -> list[str]:
    spec = certificate["spec"]
    problems = []
    if not spec.get("secretName"):
        problems.append("spec.secretName: Required value: must be specified")
    if not (spec.get("issuerRef") or {}).get("name"):
        problems.append("spec.issuerRef.name: Required value: must be specified")
    if (spec.get("issuerRef") or {}).get("kind", "Issuer") not in ("Issuer", "ClusterIssuer") and not spec["issuerRef"].get("group"):
        problems.append(
            f"spec.issuerRef.kind: Invalid value: {json.dumps(spec['issuerRef']['kind'])}: must be one of Issuer or ClusterIssuer"
        )
    if not any(
        spec.get(name) for name in ("commonName", "literalSubject", "dnsNames", "uris", "ipAddresses", "emailAddresses", "otherNames")
    ):
        problems.append(f'spec: Invalid value: "": {NAMED}')
    if len(spec.get("commonName", "")) > 64:
        problems.append("spec.commonName: Too long: may not be more than 64 bytes")
    wrong = _duration(spec.get("duration")) + _duration(spec.get("renewBefore"))
    return wrong or problems + _private_key(spec.get("privateKey") or {}) + _durations(spec)


def _private_key(wanted: Json) -> list[str]:
    size, algorithm = wanted.get("size"), wanted.get("algorithm") or "RSA"
    path = "spec.privateKey.size"
    if size and algorithm == "RSA" and not 2048 <= size <= 8192:
        return [f"{path}: Invalid value: {size}: must be between 2048 and 8192 for rsa keyAlgorithm"]
    if size and algorithm == "ECDSA" and size not in (256, 384, 521):
        return [f'{path}: Unsupported value: {size}: supported values: "256", "384", "521"']
    return []


def _durations(spec: Json) -> list[str]:
    duration = seconds_of(spec["duration"]) if "duration" in spec else 90 * 86400
    problems = []
    if duration < 3600:
        problems.append(f"spec.duration: Invalid value: {json.dumps(spec['duration'])}: certificate duration must be greater than 1h0m0s")
    if "renewBefore" in spec:
        before = seconds_of(spec["renewBefore"])
        if before < 300:
            problems.append(
                f"spec.renewBefore: Invalid value: {json.dumps(spec['renewBefore'])}: certificate renewBefore must be greater than 5m0s"
            )
        if before >= duration:
            whole = spec.get("duration", "2160h0m0s")
            text = f"certificate duration {whole} must be greater than renewBefore {spec['renewBefore']}"
            problems.append(f"spec.renewBefore: Invalid value: {json.dumps(spec['renewBefore'])}: {text}")
    return problems


ISSUERS = ("acme", "ca", "vault", "selfSigned", "venafi")
DNS_PROVIDERS = ("akamai", "azureDNS", "cloudDNS", "cloudflare", "route53", "acmeDNS", "digitalocean", "rfc2136", "webhook")


def _issuer(issuer: Json) -> list[str]:
    spec = issuer["spec"]
    given = [name for name in ISSUERS if name in spec]
    if not given:
        return ["spec: Required value: no issuer config specified"]
    if len(given) > 1:
        return [f"spec.{name}: Forbidden: may not specify more than one issuer type" for name in given[1:]]
    if given[0] == "ca" and not spec["ca"].get("secretName"):
        return ["spec.ca.secretName: Required value"]
    return _acme(spec["acme"]) if given[0] == "acme" else []


def _acme(acme: Json) -> list[str]:
    problems = []
    if not (acme.get("privateKeySecretRef") or {}).get("name"):
        problems.append("spec.acme.privateKeySecretRef.name: Required value: private key secret name is a required field")
    if not acme.get("server"):
        problems.append("spec.acme.server: Required value: acme server URL is a required field")
    for place, solver in enumerate(acme.get("solvers") or ()):
        problems += _solver(solver, f"spec.acme.solvers[{place}]")
    return problems


def _solver(solver: Json, path: str) -> list[str]:
    if "dns01" not in solver and "http01" not in solver:
        return [f"{path}: Required value: no solver type configured"]
    if "dns01" in solver and "http01" in solver:
        return [f"{path}: Forbidden: may not specify more than one solver type"]
    if "http01" in solver:
        given = [name for name in ("ingress", "gatewayHTTPRoute") if name in solver["http01"]]
        if not given:
            return [f"{path}.http01: Required value: no HTTP01 solver type configured"]
        if given == ["gatewayHTTPRoute"] and not solver["http01"]["gatewayHTTPRoute"].get("parentRefs"):
            return [f"{path}.http01.gateway.parentRefs: Required value: at least 1 parentRef is required"]
        return []
    given = [name for name in DNS_PROVIDERS if name in solver["dns01"]]
    if not given:
        return [f"{path}.dns01: Required value: no DNS01 provider configured"]
    if len(given) > 1:
        return [f"{path}.dns01.{name}: Forbidden: may not specify more than one provider type" for name in given[1:]]
    return _cloudflare(solver["dns01"]["cloudflare"], f"{path}.dns01.cloudflare") if given == ["cloudflare"] else []


def _cloudflare(provider: Json, path: str) -> list[str]:
    key, token = provider.get("apiKeySecretRef"), provider.get("apiTokenSecretRef")
    if key and token:
        return [f"{path}: Forbidden: apiKeySecretRef and apiTokenSecretRef cannot both be specified"]
    if not key and not token:
        return [f"{path}: Required value: apiKeySecretRef or apiTokenSecretRef is required"]
    problems = []
    for name, reference in (("apiKeySecretRef", key), ("apiTokenSecretRef", token)):
        for part in ("name", "key"):
            if reference is not None and not reference.get(part):
                problems.append(f"{path}.{name}.{part}: Required value: secret {part} is required")
    if key and not provider.get("email"):
        problems.append(f"{path}.email: Required value: email field is required when using apiKeySecretRef")
    return problems


# --- ingress-nginx -------------------------------------------------------


def _ingress(cluster: Cluster, ingress: Json) -> str | None:
    """The same host and path twice is refused, and so are snippets, which are switched off unless asked for."""
    mine = ingress["metadata"]
    for name in mine.get("annotations") or {}:
        if name.startswith("nginx.ingress.kubernetes.io/") and name.endswith("-snippet"):
            return f"{name} annotation cannot be used. Snippet directives are disabled by the Ingress administrator"
    for other in cluster.list("networking.k8s.io/v1", "ingresses"):
        theirs = other["metadata"]
        if (theirs["namespace"], theirs["name"]) == (mine.get("namespace"), mine["name"]):
            continue
        if other["spec"].get("ingressClassName") != ingress["spec"].get("ingressClassName"):
            continue
        for host, path in sorted(_routes(ingress) & _routes(other)):
            return f'host "{host}" and path "{path}" is already defined in ingress {theirs["namespace"]}/{theirs["name"]}'
    return None


def _routes(ingress: Json) -> set[tuple[str, str]]:
    rules = ingress["spec"].get("rules") or ()
    return {
        (rule["host"], path.get("path", "/")) for rule in rules if rule.get("host") for path in (rule.get("http") or {}).get("paths") or ()
    }
