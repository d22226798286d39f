# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhooks of add-ons in the local cloud: the race between their configuration and their pods, and what they refuse when they run."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.clients.operators import Json, Kubectl, definition, deployment, namespace, new_cluster, secret_data, service, start

APP, HOME = "klinematrix-test", "operators"
ESO_IMAGE = "ghcr.io/external-secrets/external-secrets:v2.9.0"
CERTGEN_IMAGE = "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.5"
URL = f"https://external-secrets-webhook.{HOME}.svc:443/validate-external-secrets-io-v1-externalsecret?timeout=5s"
CALL = 'failed calling webhook "validate.externalsecret.external-secrets.io": failed to call webhook: Post '
_MADE: Json = {}


@pytest.fixture
def kubectl(cloud: LocalCloud, tmp_path: Path) -> Kubectl:
    """A cluster with the CRDs of the operators, and nothing that runs. Made once."""

    def make() -> None:
        kubectl = new_cluster(AzureRaw(cloud).with_group(), tmp_path)
        _MADE["kubeconfig"] = kubectl.kubeconfig.read_bytes()
        kubectl.apply(
            namespace(HOME),
            namespace(APP, team="web"),
            definition("external-secrets.io", "ExternalSecret", "externalsecrets"),
            definition("cert-manager.io", "Certificate", "certificates"),
            definition("cert-manager.io", "ClusterIssuer", "clusterissuers", cluster_wide=True),
        )
        kubectl("wait", "--for=condition=Established", "crd", "--all")

    cloud.once("webhooks", make)
    file = tmp_path / "kubeconfig"
    file.write_bytes(_MADE["kubeconfig"])
    return Kubectl(cloud, file)


def webhook(kind: str, name: str, behind: str, path: str, group: str, *plurals: str, **fields: t.Any) -> Json:
    rule = {
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE", "DELETE"],
        "resources": [*plurals],
        "scope": "*",
    }
    client = {"service": {"name": behind, "namespace": HOME, "path": path}}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": kind},
        "webhooks": [
            {
                "name": name,
                "rules": [rule],
                "clientConfig": client,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 5,
            }
            | fields
        ],
    }


def of_external_secrets(**fields: t.Any) -> Json:
    path = "/validate-external-secrets-io-v1-externalsecret"
    names = ("externalsecret-validate", "validate.externalsecret.external-secrets.io", "external-secrets-webhook")
    found = webhook(*names, path, "external-secrets.io", "externalsecrets", **fields)
    found["metadata"]["labels"] = {"external-secrets.io/component": "webhook"}
    return found


def deny() -> Json:
    """A policy that lets nobody in, also not the API server."""
    spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": HOME}, "spec": spec}


def external(**spec: t.Any) -> Json:
    metadata = {"name": "mongodb-url", "namespace": APP}
    return {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": spec}


def test_a_webhook_that_is_not_there_yet_holds_up_every_write(kubectl: Kubectl) -> None:
    fine = external(data=[{"secretKey": "url", "remoteRef": {"key": "mongodb-url"}}], secretStoreRef={"name": "store"})
    kubectl.apply(of_external_secrets())
    assert f'Internal error occurred: {CALL}"{URL}": service "external-secrets-webhook" not found' in kubectl.apply(fine, ok=False)
    kubectl.apply(service("external-secrets-webhook", HOME))
    assert f'{CALL}"{URL}": no endpoints available for service "external-secrets-webhook"' in kubectl.apply(fine, ok=False)
    start(kubectl, deployment("external-secrets-webhook", HOME, ESO_IMAGE, "webhook"))
    unknown = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert f'{CALL}"{URL}": {unknown}' in kubectl.apply(fine, ok=False)
    assert not kubectl.get("externalsecret", "mongodb-url", APP)

    kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "external-secrets-webhook", "namespace": HOME}})
    start(
        kubectl, deployment("external-secrets-cert-controller", HOME, ESO_IMAGE, "certcontroller", "--secret-name=external-secrets-webhook")
    )
    configuration = kubectl.until(
        "validatingwebhookconfiguration", "externalsecret-validate", lambda each: "caBundle" in each["webhooks"][0]["clientConfig"]
    )
    managers = {each["manager"] for each in configuration["metadata"].get("managedFields") or ()}
    assert not managers or "external-secrets" in managers
    assert "ca.crt" in secret_data(kubectl.get("secret", "external-secrets-webhook", HOME))
    kubectl.apply(fine)
    kubectl.apply(deny())
    assert f'{CALL}"{URL}": context deadline exceeded' in kubectl.apply(external(data=[]), ok=False)
    kubectl("delete", "networkpolicy", "deny", "-n", HOME)
    empty = (
        'admission webhook "validate.externalsecret.external-secrets.io" denied the request: either data or dataFrom should be specified'
    )
    assert f"Error from server (Forbidden): {empty}" in kubectl.apply(external(secretStoreRef={"name": "store"}), ok=False)
    often = kubectl.apply(fine | {"spec": fine["spec"] | {"refreshInterval": "1d"}}, ok=False)
    assert 'denied the request: time: unknown unit "d" in duration "1d"' in often
    policies = {"target": {"creationPolicy": "Merge", "deletionPolicy": "Delete"}}
    assert "Please set creationPolicy=Owner" in kubectl.apply(fine | {"spec": fine["spec"] | policies}, ok=False)


def test_who_is_not_asked(kubectl: Kubectl) -> None:
    """Ignored failures, and other namespaces; a dry run is asked as any other write."""
    kubectl.apply(of_external_secrets(failurePolicy="Ignore"))
    kubectl.apply(external(data=[]))
    elsewhere = {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["web"]}]}
    kubectl.apply(of_external_secrets(failurePolicy="Fail", namespaceSelector=elsewhere), external(data=[], more=1))
    kubectl.apply(of_external_secrets(failurePolicy="Fail"))
    assert CALL in kubectl("apply", "--server-side", "--dry-run=server", ok=False, sent=[external(data=[], more=2)])
    # The configuration itself can always be taken away.
    kubectl("delete", "validatingwebhookconfiguration", "externalsecret-validate")
    kubectl.apply(external(data=[], more=2))


def test_cert_managers_webhook_with_the_authority_that_cainjector_brings(kubectl: Kubectl) -> None:
    configuration = webhook(
        "cert-manager-webhook", "webhook.cert-manager.io", "webhook", "/validate", "cert-manager.io", "certificates", "clusterissuers"
    )
    configuration["metadata"]["annotations"] = {"cert-manager.io/inject-ca-from-secret": f"{HOME}/cert-manager-webhook-ca"}
    empty: Json = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "none"}, "spec": {}}
    secret = "--dynamic-serving-ca-secret-name=cert-manager-webhook-ca"
    kubectl.apply(configuration, service("webhook", HOME))
    start(kubectl, deployment("webhook", HOME, "quay.io/jetstack/cert-manager-webhook:v1.21.1", secret))
    assert "x509: certificate signed by unknown authority" in kubectl.apply(empty, ok=False)
    start(kubectl, deployment("cainjector", HOME, "quay.io/jetstack/cert-manager-cainjector:v1.21.1"))
    kubectl.until("validatingwebhookconfiguration", "cert-manager-webhook", lambda each: "caBundle" in each["webhooks"][0]["clientConfig"])
    refused = 'admission webhook "webhook.cert-manager.io" denied the request: '
    assert f"{refused}spec: Required value: no issuer config specified" in kubectl.apply(empty, ok=False)
    bare: Json = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "none", "namespace": APP}}
    told = kubectl.apply(bare | {"spec": {"secretName": "tls", "issuerRef": {"name": ""}}}, ok=False)
    assert f'{refused}[spec.issuerRef.name: Required value: must be specified, spec: Invalid value: "": at least one of commonName' in told
    acme = {"server": "https://acme-v02.api.letsencrypt.org/directory", "privateKeySecretRef": {"name": "key"}, "solvers": [{"dns01": {}}]}
    path = "spec.acme.solvers[0].dns01: Required value: no DNS01 provider configured"
    assert f"{refused}{path}" in kubectl.apply(empty | {"spec": {"acme": acme}}, ok=False)


def test_ingress_nginx_has_its_authority_made_by_jobs(kubectl: Kubectl) -> None:
    name = "validate.nginx.ingress.kubernetes.io"
    kubectl.apply(
        service("ingress-nginx", HOME),
        webhook(
            "nginx-ingress-ingress-nginx-admission", name, "ingress-nginx", "/networking/v1/ingresses", "networking.k8s.io", "ingresses"
        ),
        job("create", "create", "--host=ingress-nginx,ingress-nginx.$(POD_NAMESPACE).svc"),
        job(
            "patch",
            "patch",
            "--webhook-name=nginx-ingress-ingress-nginx-admission",
            "--patch-mutating=false",
            "--patch-failure-policy=Fail",
        ),
    )
    start(kubectl, deployment("ingress-nginx", HOME, "registry.k8s.io/ingress-nginx/controller:v1.15.1"))
    kubectl("wait", "--for=condition=Complete", "job", "--all", "-n", HOME)
    kubectl.apply(ingress("first"))
    twice = 'host "test.klinematrix.com" and path "/" is already defined in ingress klinematrix-test/first'
    assert f'admission webhook "{name}" denied the request: {twice}' in kubectl.apply(ingress("second"), ok=False)
    snippet = {"nginx.ingress.kubernetes.io/configuration-snippet": "return 200;"}
    assert "Snippet directives are disabled by the Ingress administrator" in kubectl.apply(ingress("first", snippet), ok=False)


def job(name: str, *arguments: str) -> Json:
    common = ["--namespace=$(POD_NAMESPACE)", "--secret-name=nginx-ingress-admission"]
    container = {"name": name, "image": CERTGEN_IMAGE, "args": [*arguments, *common]}
    spec = {"template": {"spec": {"restartPolicy": "OnFailure", "containers": [container]}}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": HOME}, "spec": spec}


def ingress(name: str, annotations: dict[str, str] | None = None) -> Json:
    backend = {"service": {"name": "backend", "port": {"number": 80}}}
    rule = {"host": "test.klinematrix.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    metadata = {"name": name, "namespace": APP, "annotations": annotations or {}}
    spec = {"ingressClassName": "nginx", "rules": [rule]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}
