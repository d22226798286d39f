# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cert-manager in the local cloud: accounts, certificates by DNS-01 in the Cloudflare zone, and every reason not to get one."""

from __future__ import annotations

import base64
import typing as t
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tests.cloud import LocalCloud, zones
from tests.integration.clients.azure_raw import AzureRaw, wait_for
from tests.integration.clients.operators import (
    Json,
    Kubectl,
    definition,
    deployment,
    namespace,
    new_cluster,
    ready,
    reason,
    secret_data,
    service,
)

APP, HOME = "klinematrix-test", "cert-manager"
GROUP = "cert-manager.io"
PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
NAME = "test.klinematrix.com"
CHART = ("oci://quay.io/jetstack/charts/cert-manager", "--version", "v1.21.1")
_MADE: Json = {}


@pytest.fixture
def kubectl(cloud: LocalCloud, tmp_path: Path) -> Kubectl:
    """A cluster in which cert-manager runs. Made once."""

    def make() -> None:
        kubectl = new_cluster(AzureRaw(cloud).with_group(), tmp_path)
        _MADE["kubeconfig"] = kubectl.kubeconfig.read_bytes()
        kubectl.helm("install", "cert-manager", *CHART, "--set", "crds.enabled=true", "--namespace", HOME, "--create-namespace", "--wait")
        kubectl.apply(namespace(APP))

    cloud.once("cert-manager", make)
    file = tmp_path / "kubeconfig"
    file.write_bytes(_MADE["kubeconfig"])
    return Kubectl(cloud, file)


def issuer(name: str, server: str = STAGING, email: str = "ops@klinematrix.com", solvers: list[Json] | None = None, **acme: t.Any) -> Json:
    cloudflare = {"cloudflare": {"apiTokenSecretRef": {"name": "cloudflare-api-token", "key": "api-token"}}}
    usual = [{"selector": {"dnsZones": ["klinematrix.com"]}, "dns01": cloudflare}]
    spec = {"server": server, "email": email, "privateKeySecretRef": {"name": f"{name}-account-key"}, "solvers": solvers or usual}
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterIssuer", "metadata": {"name": name}, "spec": {"acme": spec | acme}}


def plain_issuer(name: str, kind: str = "Issuer", **spec: t.Any) -> Json:
    metadata = {"name": name} | ({"namespace": APP} if kind == "Issuer" else {})
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "spec": spec}


def certificate(name: str = "web", by: str = "staging", kind: str = "ClusterIssuer", **spec: t.Any) -> Json:
    usual = {"secretName": f"{name}-tls", "dnsNames": [NAME], "issuerRef": {"name": by, "kind": kind, "group": GROUP}}
    quick = {"privateKey": {"algorithm": "ECDSA", "rotationPolicy": "Always"}}
    metadata = {"name": name, "namespace": APP}
    return {"apiVersion": f"{GROUP}/v1", "kind": "Certificate", "metadata": metadata, "spec": usual | quick | spec}


def token(cloud: LocalCloud, value: str | None = None) -> Json:
    """The Secret with Cloudflare's token."""
    text = cloud.environment["CLOUDFLARE_API_TOKEN"] if value is None else value
    metadata = {"name": "cloudflare-api-token", "namespace": HOME}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"api-token": base64.b64encode(text.encode()).decode()}}


def limited(cloud: LocalCloud, *permissions: str) -> str:
    """A token of Cloudflare that may do only this."""
    value = "limited_" + "x" * 32
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][value] = {"id": "f" * 32, "status": "active", "permissions": [*permissions]}
    return value


def issued(kubectl: Kubectl, name: str = "web", revision: int = 1) -> Json:
    return kubectl.until("certificate", name, lambda each: ready(each) and each["status"].get("revision") == revision, APP)


def trusted(cloud: LocalCloud, secret: Json, name: str = NAME) -> bool:
    """Whether who trusts the local cloud's authority trusts this certificate for a name."""
    authority = x509.load_pem_x509_certificates(Path(cloud.environment["SSL_CERT_FILE"]).read_bytes())
    leaf, *others = x509.load_pem_x509_certificates(secret_data(secret)["tls.crt"].encode())
    try:
        PolicyBuilder().store(Store(authority)).build_server_verifier(x509.DNSName(name)).verify(leaf, others)
    except VerificationError:
        return False
    return True


def challenge(kubectl: Kubectl) -> Json:
    """The one challenge that there is, as soon as it says something."""

    def look() -> Json | None:
        return next((each for each in kubectl.all("challenge", APP) if (each.get("status") or {}).get("reason")), None)

    return t.cast(Json, wait_for(look))


def records(cloud: LocalCloud) -> list[str]:
    return [each["name"] for each in zones(cloud.ask("GET", "state"))["klinematrix.com"]["records"].values()]


def test_a_certificate_by_dns01_first_from_staging_then_from_production(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(token(cloud), issuer("staging"), issuer("production", PRODUCTION), certificate())
    account = kubectl.until("clusterissuer", "staging", ready)
    assert reason(account) == ("True", "ACMEAccountRegistered", "The ACME account was registered with the ACME server")
    assert account["status"]["acme"]["uri"].startswith("https://acme-staging-v02.api.letsencrypt.org/acme/acct/")
    assert "tls.key" in kubectl.get("secret", "staging-account-key", HOME)["data"]
    found = issued(kubectl)
    assert reason(found) == ("True", "Ready", "Certificate is up to date and has not expired")
    assert [each["type"] for each in found["status"]["conditions"]] == ["Ready"]
    secret = kubectl.get("secret", "web-tls", APP)
    assert secret["type"] == "kubernetes.io/tls"
    assert set(secret["data"]) == {"tls.crt", "tls.key"}
    assert secret["metadata"]["annotations"]["cert-manager.io/issuer-name"] == "staging"
    assert not trusted(cloud, secret)
    assert "_acme-challenge.test.klinematrix.com" not in records(cloud)
    request = kubectl.get("certificaterequest", "web-1", APP)
    assert reason(request, "Approved")[:2] == ("True", "cert-manager.io")
    assert reason(request) == ("True", "Issued", "Certificate fetched from issuer successfully")
    life = [datetime.fromisoformat(found["status"][name]) for name in ("notBefore", "renewalTime", "notAfter")]
    assert life[0] < datetime.now(UTC) < life[1] < life[2]
    assert (life[2] - datetime.now(UTC)).days in (89, 90)
    wait_for(lambda: not kubectl.all("challenge", APP))

    kubectl.apply(certificate(by="production"))
    issued(kubectl, revision=2)
    assert trusted(cloud, kubectl.get("secret", "web-tls", APP))
    told = [message for cause, message in kubectl.events("web", APP) if cause == "Issuing"]
    assert 'Issuing certificate as Secret was previously issued by "ClusterIssuer.cert-manager.io/staging"' in told
    assert not kubectl.get("certificaterequest", "web-1", APP)  # one request is kept


def test_a_lost_secret_is_issued_again_and_a_name_more_is_too(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(token(cloud), issuer("staging"), certificate())
    issued(kubectl)
    kubectl("delete", "secret", "web-tls", "-n", APP)
    issued(kubectl, revision=2)
    assert "tls.crt" in kubectl.get("secret", "web-tls", APP)["data"]
    kubectl.apply(certificate(dnsNames=[NAME, "*.klinematrix.com"]))
    issued(kubectl, revision=3)
    assert kubectl.get("secret", "web-tls", APP)["metadata"]["annotations"]["cert-manager.io/alt-names"] == f"{NAME},*.klinematrix.com"


def test_a_token_that_comes_late_is_waited_for(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(issuer("staging"), certificate())
    why = 'error getting cloudflare secret: secrets "cloudflare-api-token" not found'
    found = challenge(kubectl)
    assert found["status"]["reason"] == why
    assert found["status"]["state"] == "pending"
    assert ("PresentError", f"Error presenting challenge: {why}") in kubectl.events(found["metadata"]["name"], APP)
    waiting = kubectl.get("certificate", "web", APP)
    assert reason(waiting) == ("False", "DoesNotExist", "Issuing certificate as Secret does not exist")
    assert reason(waiting, "Issuing") == ("True", "DoesNotExist", "Issuing certificate as Secret does not exist")
    order = found["metadata"]["ownerReferences"][0]["name"]
    assert (
        reason(kubectl.get("certificaterequest", "web-1", APP))[2] == f'Waiting on certificate issuance from order {APP}/{order}: "pending"'
    )
    kubectl.apply(token(cloud))
    issued(kubectl)


@pytest.mark.parametrize(
    ("permissions", "why"),
    [
        (["DNS Write"], "while attempting to find Zones for domain _acme-challenge.test.klinematrix.com.\n"),
        (["Zone Read", "DNS Read"], 'while querying the Cloudflare API for POST "/zones/'),
    ],
)
def test_a_token_with_too_few_rights_presents_nothing(cloud: LocalCloud, kubectl: Kubectl, permissions: list[str], why: str) -> None:
    kubectl.apply(token(cloud, limited(cloud, *permissions)), issuer("staging"), certificate())
    assert challenge(kubectl)["status"]["reason"].startswith(why)
    kubectl.apply(token(cloud, limited(cloud, "Zone Read", "DNS Write")))
    issued(kubectl)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (
            {"email": "ops@example.com"},
            "Failed to register ACME account: 400 urn:ietf:params:acme:error:invalidContact: Error validating contact(s) :: "
            'contact email has forbidden domain "example.com"',
        ),
        (
            {"server": "https://acme-v02.api.letsencrypt.og/directory"},
            'Failed to register ACME account: Get "https://acme-v02.api.letsencrypt.og/directory": dial tcp: lookup '
            "acme-v02.api.letsencrypt.og on 10.0.0.10:53: no such host",
        ),
    ],
)
def test_an_account_that_the_server_refuses(cloud: LocalCloud, kubectl: Kubectl, spec: Json, why: str) -> None:
    kubectl.apply(issuer("staging", **spec), certificate())
    found = kubectl.until("clusterissuer", "staging", lambda each: ready(each, "False"))
    assert reason(found) == ("False", "ErrRegisterACMEAccount", why)
    pending = kubectl.until("certificaterequest", "web-1", lambda each: ready(each, "False"), APP)
    assert reason(pending) == ("False", "Pending", "Referenced issuer does not have a Ready status condition")
    kubectl.apply(token(cloud), issuer("staging"))
    issued(kubectl)


def test_names_that_nobody_certifies_fail_and_a_better_one_is_tried_at_once(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(token(cloud), issuer("staging"), certificate(dnsNames=["backend.local"]))
    found = kubectl.until("certificate", "web", lambda each: ready(each, "False", "Issuing"), APP)
    status, cause, message = reason(found, "Issuing")
    assert (status, cause) == ("False", "Failed")
    assert message.startswith("The certificate request has failed to complete and will be retried: Failed to wait for order resource ")
    refusal = 'Cannot issue for "backend.local": Domain name does not end with a valid public suffix (TLD)'
    assert message.endswith(
        f'order is in "errored" state: Failed to create Order: 400 urn:ietf:params:acme:error:rejectedIdentifier: Invalid identifiers '
        f"requested :: {refusal}"
    )
    assert found["status"]["failedIssuanceAttempts"] == 1
    kubectl.apply(certificate())
    assert "failedIssuanceAttempts" not in issued(kubectl)["status"]


def test_production_issues_five_certificates_a_week_for_the_same_names(cloud: LocalCloud, kubectl: Kubectl) -> None:
    names = [f"web-{number}" for number in range(6)]
    kubectl.apply(token(cloud), issuer("production", PRODUCTION), *(certificate(name, "production") for name in names[:5]))
    for name in names[:5]:
        issued(kubectl, name)
    kubectl.apply(certificate(names[5], "production"))
    refused = kubectl.until("certificate", names[5], lambda each: ready(each, "False", "Issuing"), APP)
    many = "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after "
    assert many in reason(refused, "Issuing")[2]


def test_a_profile_that_the_authority_does_not_have(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(token(cloud), issuer("staging", profile="forever"), certificate())
    found = kubectl.until("certificate", "web", lambda each: ready(each, "False", "Issuing"), APP)
    assert reason(found, "Issuing")[2].endswith(
        "Failed to create Order: acme: certificate authority does not advertise a profile with name forever"
    )


def test_a_request_that_is_none_holds_nobody_up(cloud: LocalCloud, kubectl: Kubectl) -> None:
    metadata = {"name": "garbage", "namespace": APP}
    spec = {"request": "Z2FyYmFnZQ==", "issuerRef": {"name": "staging", "kind": "ClusterIssuer"}}
    garbage = {"apiVersion": f"{GROUP}/v1", "kind": "CertificateRequest", "metadata": metadata, "spec": spec}
    kubectl.apply(token(cloud), issuer("staging"), garbage, certificate())
    issued(kubectl)


def test_issuing_can_take_long(cloud: LocalCloud, kubectl: Kubectl) -> None:
    cloud.fault("slow_operation", cloud="kubernetes", action="Certificates_Issue", seconds=60)
    kubectl.apply(token(cloud), issuer("staging"), certificate())
    wait_for(lambda: [each for each in kubectl.all("order", APP) if (each.get("status") or {}).get("state") == "ready"])
    waiting = kubectl.get("certificate", "web", APP)
    assert ready(waiting, "False")
    assert ready(waiting, "True", "Issuing")


def test_a_name_outside_of_every_solver_gets_no_challenge(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(token(cloud), issuer("staging"), certificate(dnsNames=["www.matrix-elsewhere.com"]))
    order = wait_for(lambda: kubectl.all("order", APP))[0]["metadata"]["name"]
    why = "Failed to determine a valid solver configuration for the set of domains on the Order: "
    wait_for(lambda: ("Solver", f"{why}no configured challenge solvers can be used for this challenge") in kubectl.events(order, APP))


def test_a_ca_of_ones_own(kubectl: Kubectl) -> None:
    root = certificate("root", "self", "Issuer", commonName="klinematrix root", dnsNames=[], isCA=True)
    kubectl.apply(plain_issuer("self", selfSigned={}), plain_issuer("own", ca={"secretName": "root-tls"}))
    early = kubectl.until("issuer", "own", lambda each: ready(each, "False"), APP)
    assert reason(early) == ("False", "ErrGetKeyPair", 'Error getting keypair for CA issuer: secrets "root-tls" not found')
    kubectl.apply(root, certificate("leaf", "own", "Issuer", duration="24h"))
    assert reason(kubectl.until("issuer", "own", ready, APP)) == ("True", "KeyPairVerified", "Signing CA verified")
    issued(kubectl, "leaf")
    chain = secret_data(kubectl.get("secret", "leaf-tls", APP))
    assert chain["ca.crt"] == secret_data(kubectl.get("secret", "root-tls", APP))["tls.crt"]
    authority = x509.load_pem_x509_certificate(chain["ca.crt"].encode())
    x509.load_pem_x509_certificate(chain["tls.crt"].encode()).verify_directly_issued_by(authority)


def test_two_certificates_with_one_secret_do_not_take_it_from_each_other(kubectl: Kubectl) -> None:
    kubectl.apply(plain_issuer("self", selfSigned={}), certificate("web", "self", "Issuer"))
    issued(kubectl)
    kubectl.apply(certificate("other", "self", "Issuer", secretName="web-tls", dnsNames=["other.klinematrix.com"]))
    loser = kubectl.until("certificate", "other", lambda each: ready(each, "False"), APP)
    why = "If this message is not transient, you might have two conflicting Certificates pointing to the same secret."
    assert reason(loser) == ("False", "IncorrectCertificate", f'Secret was issued for "web". {why}')
    assert not kubectl.get("certificaterequest", "other-1", APP)
    assert ready(kubectl.get("certificate", "web", APP))
    kubectl("delete", "certificate", "web", "-n", APP)
    issued(kubectl, "other")
    assert kubectl.get("secret", "web-tls", APP)["metadata"]["annotations"]["cert-manager.io/certificate-name"] == "other"


def test_a_template_reaches_the_secret_without_a_new_certificate(kubectl: Kubectl) -> None:
    kubectl.apply(plain_issuer("self", selfSigned={}))
    kubectl.apply(certificate("web", "self", "Issuer", secretTemplate={"labels": {"team": "web", "tier": "front"}}))
    issued(kubectl)
    kubectl("label", "secret", "web-tls", "-n", APP, "seen=yes")
    before = kubectl.get("secret", "web-tls", APP)["data"]
    kubectl.apply(certificate("web", "self", "Issuer", secretTemplate={"labels": {"team": "ops"}, "annotations": {"reload": "yes"}}))
    found = kubectl.until("secret", "web-tls", lambda each: each["metadata"]["labels"].get("team") == "ops", APP)
    assert set(found["metadata"]["labels"]) == {"team", "seen", "controller.cert-manager.io/fao"}
    assert found["metadata"]["annotations"]["reload"] == "yes"
    assert found["data"] == before


def test_an_annotated_ingress_gets_its_certificate(cloud: LocalCloud, kubectl: Kubectl) -> None:
    backend = {"service": {"name": "backend", "port": {"number": 80}}}
    rule = {"host": NAME, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    marks = {"cert-manager.io/cluster-issuer": "staging", "cert-manager.io/private-key-algorithm": "ECDSA"}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "backend", "namespace": APP, "annotations": marks},
        "spec": {"ingressClassName": "nginx", "tls": [{"hosts": [NAME], "secretName": "backend-tls"}], "rules": [rule]},
    }
    kubectl.apply(token(cloud), issuer("staging"), ingress)
    found = issued(kubectl, "backend-tls")
    assert found["spec"]["issuerRef"] == {"name": "staging", "kind": "ClusterIssuer", "group": GROUP}
    assert ("CreateCertificate", 'Successfully created Certificate "backend-tls"') in kubectl.events("backend", APP)
    kubectl("delete", "ingress", "backend", "-n", APP)
    wait_for(lambda: not kubectl.get("certificate", "backend-tls", APP))
    assert kubectl.get("secret", "backend-tls", APP)  # what was issued stays


def test_a_gateway_gets_its_certificate_where_the_controller_looks_at_gateways(cloud: LocalCloud, kubectl: Kubectl) -> None:
    """The switch is in a file, and kinds that come later than the controller are seen after a restart."""
    group = "gateway.networking.k8s.io"
    listener = {"name": "https", "hostname": NAME, "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "gateway-tls"}]}}
    marks = {"cert-manager.io/cluster-issuer": "staging", "cert-manager.io/private-key-algorithm": "ECDSA"}
    gateway = {
        "apiVersion": f"{group}/v1",
        "kind": "Gateway",
        "metadata": {"name": "public", "namespace": APP, "annotations": marks},
        "spec": {"gatewayClassName": "approuting-istio", "listeners": [listener]},
    }
    solver = [{"http01": {"gatewayHTTPRoute": {"parentRefs": [{"name": "public", "kind": "Gateway"}]}}}]
    kubectl.apply(definition(group, "Gateway", "gateways"), definition(group, "HTTPRoute", "httproutes"))
    kubectl("wait", "--for=condition=Established", "crd", f"gateways.{group}", f"httproutes.{group}")
    kubectl.apply(token(cloud), issuer("staging"), issuer("routed", solvers=solver), gateway, certificate(by="routed"))
    assert challenge(kubectl)["status"]["reason"].endswith(": gateway api is not enabled")
    assert not kubectl.get("certificate", "gateway-tls", APP)
    api = "controller.config.cert-manager.io/v1alpha1"
    values = ("--set", f"config.apiVersion={api},config.kind=ControllerConfiguration,config.gatewayAPI.enabled=true")
    kubectl.helm("upgrade", "cert-manager", *CHART, "--namespace", HOME, "--reuse-values", "--wait", *values)
    issued(kubectl, "gateway-tls")


# --- HTTP-01 -------------------------------------------------------------


def ingress_controller() -> list[Json]:
    """ingress-nginx behind a load balancer, with its class."""
    where = "ingress-nginx"
    controller = deployment("controller", where, "registry.k8s.io/ingress-nginx/controller:v1.15.1", "/nginx-ingress-controller")
    controller["spec"]["template"]["spec"]["containers"][0]["ports"] = [
        {"name": "http", "containerPort": 8080},
        {"name": "https", "containerPort": 443},
    ]
    entry = service("controller", where)
    ports = [{"name": name, "port": port, "targetPort": name} for name, port in (("http", 80), ("https", 443))]
    entry["spec"] |= {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": ports}
    kind: Json = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}}
    return [namespace(where), kind | {"spec": {"controller": "k8s.io/ingress-nginx"}}, entry, controller]


def entrance() -> Json:
    """An Ingress with the certificate, to a Service that is not there."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": NAME, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    spec = {"ingressClassName": "nginx", "tls": [{"hosts": [NAME], "secretName": "web-tls"}], "rules": [rule]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": APP}, "spec": spec}


DNS = {"ports": [{"port": 53, "protocol": "UDP"}]}


def policy(name: str, place: str = APP, **spec: t.Any) -> Json:
    metadata = {"name": name, "namespace": place}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {"policyTypes": ["Ingress"]} | spec,
    }


def point(cloud: LocalCloud, address: str) -> None:
    """The A record of the name."""
    zone = zones(cloud.ask("GET", "state"))["klinematrix.com"]
    headers = {"Authorization": f"Bearer {cloud.environment['CLOUDFLARE_API_TOKEN']}"}
    record = {"type": "A", "name": NAME, "content": address, "ttl": 60, "proxied": False}
    url = f"https://api.cloudflare.com/client/v4/zones/{zone['id']}/dns_records"
    assert requests.post(url, json=record, headers=headers, timeout=10).status_code == 200


def test_a_certificate_by_http01_needs_a_name_a_controller_and_an_open_port(cloud: LocalCloud, kubectl: Kubectl) -> None:
    by_http = [{"http01": {"ingress": {"ingressClassName": "nginx", "serviceType": "ClusterIP"}}}]
    kubectl("label", "namespace", APP, "pod-security.kubernetes.io/enforce=restricted")
    kubectl.apply(policy("deny", podSelector={}), issuer("production", PRODUCTION, solvers=by_http), certificate(by="production"))
    waiting = "Waiting for HTTP-01 challenge propagation: "
    found = challenge(kubectl)
    assert found["status"]["reason"].startswith(
        f"{waiting}failed to perform self check GET request 'http://{NAME}/.well-known/acme-challenge/"
    )
    assert found["status"]["reason"].endswith(f"dial tcp: lookup {NAME} on 10.0.0.10:53: no such host")
    (solver,) = kubectl.all("ingress", APP)
    assert solver["metadata"]["labels"]["acme.cert-manager.io/http01-solver"] == "true"

    kubectl.apply(*ingress_controller())
    entry = kubectl.until(
        "service", "controller", lambda each: each.get("status", {}).get("loadBalancer", {}).get("ingress"), "ingress-nginx"
    )
    point(cloud, entry["status"]["loadBalancer"]["ingress"][0]["ip"])
    name = found["metadata"]["name"]
    blocked = f"{waiting}wrong status code '504', expected '200'"
    kubectl.until("challenge", name, lambda each: each["status"].get("reason") == blocked, APP)

    home = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
    selector = {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}}
    # To the cluster's own load balancer: the policy has to name the port of the controller's pod.
    ways = [{"ports": [{"port": each} for each in ports]} for ports in ((443, 80), (8080,))]
    kubectl.apply(policy("own", HOME, policyTypes=["Egress"], egress=[DNS, ways[0]]))
    dropped = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    kubectl.until("challenge", name, lambda each: each["status"].get("reason", "").endswith(dropped), APP)
    kubectl.apply(policy("own", HOME, policyTypes=["Egress"], egress=[DNS, *ways]))
    kubectl.until("challenge", name, lambda each: each["status"].get("reason") == blocked, APP)

    kubectl.apply(policy("solver", podSelector=selector, ingress=[{"from": [home], "ports": [{"protocol": "TCP", "port": 8089}]}]))
    issued(kubectl)
    kubectl.apply(entrance())
    assert requests.get(f"https://{NAME}/", timeout=10).status_code == 503  # nobody stands behind it, but people trust it
    kubectl("delete", "ingress", "web", "-n", APP)
    wait_for(lambda: not any(kubectl.all(kind, APP) for kind in ("challenge", "pod", "service", "ingress")))
