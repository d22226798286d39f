# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts as helm sees them: real helm against the repositories and registries of the local cloud."""

from __future__ import annotations

import hashlib
import re
import subprocess
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.cloud import LocalCloud

Helm = Callable[..., "subprocess.CompletedProcess[str]"]

REPOSITORIES = {
    "external-secrets": ("https://charts.external-secrets.io", "2.9.0", "2.8.0"),
    "cert-manager": ("https://charts.jetstack.io", "v1.21.1", "v1.20.3"),
    "ingress-nginx": ("https://kubernetes.github.io/ingress-nginx", "4.15.1", "4.14.5"),
    "traefik": ("https://traefik.github.io/charts", "41.3.0", "41.1.1"),
}
REGISTRIES = {
    "external-secrets": ("oci://ghcr.io/external-secrets/charts/external-secrets", "2.9.0"),
    "traefik": ("oci://ghcr.io/traefik/helm/traefik", "41.3.0"),
    "cert-manager": ("oci://quay.io/jetstack/charts/cert-manager", "v1.21.1"),
}


@pytest.fixture
def helm(cloud: LocalCloud, tmp_path: Path) -> Helm:
    """helm with folders of its own: it keeps what it has fetched."""
    own = {f"HELM_{what}_HOME": str(tmp_path / what.lower()) for what in ("CACHE", "CONFIG", "DATA")}
    return lambda *words: cloud.run(["helm", *map(str, words)], **own)


def good(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def bad(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0, done.stdout
    return done.stderr


def rendered(helm: Helm, chart: str, tmp_path: Path, values: dict[str, t.Any], *more: str, release: str = "") -> dict[str, t.Any]:
    """What the newest version of a chart makes of the values, by `Kind name`."""
    repository, version, _ = REPOSITORIES[chart]
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    where = ("--repo", repository, "--version", version, "--namespace", "apps", "--values", tmp_path / "values.yaml")
    documents = yaml.safe_load_all(good(helm("template", release or chart, chart, *where, *more)))
    return {f"{each['kind']} {each['metadata']['name']}": each for each in documents if each}


def of_kind(objects: dict[str, t.Any], kind: str) -> list[str]:
    return sorted(name.partition(" ")[2] for name in objects if name.startswith(f"{kind} "))


def arguments(objects: dict[str, t.Any], deployment: str) -> list[str]:
    return t.cast("list[str]", objects[f"Deployment {deployment}"]["spec"]["template"]["spec"]["containers"][0]["args"])


def test_a_repository_is_added_and_searched(cloud: LocalCloud, helm: Helm) -> None:
    good(helm("repo", "add", "eso", "https://charts.external-secrets.io"))
    assert [line.split()[1:3] for line in good(helm("search", "repo", "eso/", "--versions")).splitlines()[1:]] == [
        ["2.9.0", "v2.9.0"],
        ["2.8.0", "v2.8.0"],
    ]
    assert not cloud.writes


@pytest.mark.parametrize("chart", REPOSITORIES)
def test_an_archive_is_what_the_index_says(helm: Helm, tmp_path: Path, chart: str) -> None:
    repository, newest, older = REPOSITORIES[chart]
    good(helm("repo", "add", "it", repository))
    index = yaml.safe_load((tmp_path / "cache/repository/it-index.yaml").read_text())
    good(helm("pull", f"it/{chart}", "--version", newest, "--destination", tmp_path))
    archive = (tmp_path / f"{chart}-{newest}.tgz").read_bytes()
    assert [entry["version"] for entry in index["entries"][chart]] == [newest, older]
    assert index["entries"][chart][0]["digest"] == hashlib.sha256(archive).hexdigest()


@pytest.mark.parametrize("chart", REGISTRIES)
def test_a_chart_is_pulled_from_its_registry_by_version_and_by_digest(cloud: LocalCloud, helm: Helm, tmp_path: Path, chart: str) -> None:
    reference, version = REGISTRIES[chart]
    said = helm("pull", reference, "--version", version, "--destination", tmp_path)
    digest = re.search(r"sha256:[0-9a-f]{64}", good(said) + said.stderr)
    assert digest
    first = [(entry["action"], entry["status"]) for entry in cloud.journal[:3]]
    assert first == [("get manifest", 401), ("token", 200), ("get manifest", 200)]

    archive = tmp_path / f"{chart}-{version}.tgz"
    content = archive.read_bytes()
    archive.unlink()
    good(helm("pull", f"{reference}@{digest[0]}", "--destination", tmp_path))
    assert next(tmp_path.glob("*.tgz")).read_bytes() == content
    assert not cloud.writes


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("traefik", "--repo", "https://traefik.github.io/charts", "--version", "41.3.9"), 'chart "traefik" version "41.3.9" not found'),
        (("trefik", "--repo", "https://traefik.github.io/charts"), 'chart "trefik" not found'),
        (("traefik", "--repo", "https://traefik.github.io/chart"), "404 Not Found"),
        (("oci://ghcr.io/traefik/helm/traefik", "--version", "41.3.9"), "41.3.9: not found"),
        (("oci://quay.io/jetstack/charts/cert-manager", "--version", "v1.21.9"), "v1.21.9: not found"),
        # Whether a repository is missing or private is not told.
        (("oci://ghcr.io/traefik/helm/trefik", "--version", "41.3.0"), "403: denied: requested access to the resource is denied"),
        (("oci://quay.io/jetstack/charts/manager", "--version", "v1.21.1"), "401: unauthorized: access to the requested resource is not"),
        # A tag with a leading v is no version for helm: it must be given whole.
        (("oci://quay.io/jetstack/charts/cert-manager", "--version", "^1.20"), "unable to locate any tags"),
    ],
)
def test_what_does_not_exist_is_refused_in_the_words_of_its_place(helm: Helm, words: tuple[str, ...], expected: str) -> None:
    assert expected in bad(helm("pull", *words))


def test_trouble_in_the_words_of_a_registry(cloud: LocalCloud, helm: Helm) -> None:
    reference, version = REGISTRIES["traefik"]
    cloud.fault("status", cloud="kubernetes", action="get manifest", status=403)
    assert "403: denied: requested access to the resource is denied" in bad(helm("show", "chart", reference, "--version", version))
    cloud.fault("status", cloud="kubernetes", action="get manifest", status=503)
    cloud.forget()
    good(helm("show", "chart", reference, "--version", version))
    assert [entry["status"] for entry in cloud.journal[:2]] == [503, 401]


def test_external_secrets(helm: Helm, tmp_path: Path) -> None:
    values = {
        "replicaCount": 2,
        "leaderElect": True,
        "priorityClassName": "system-cluster-critical",
        "resources": {"requests": {"cpu": "10m"}},
        "serviceAccount": {"name": "reader", "annotations": {"azure.workload.identity/client-id": "11111111-2222"}},
        "podDisruptionBudget": {"enabled": True},
        "networkPolicy": {"enabled": True},
        "serviceMonitor": {"enabled": True},
        "crds": {"createPushSecret": False},
    }
    objects = rendered(helm, "external-secrets", tmp_path, values)

    assert of_kind(objects, "Deployment") == ["external-secrets", "external-secrets-cert-controller", "external-secrets-webhook"]
    assert of_kind(objects, "ServiceAccount") == ["external-secrets-cert-controller", "external-secrets-webhook", "reader"]
    assert objects["ServiceAccount reader"]["metadata"]["annotations"] == values["serviceAccount"]["annotations"]
    assert of_kind(objects, "ValidatingWebhookConfiguration") == ["externalsecret-validate", "secretstore-validate"]
    assert len(of_kind(objects, "CustomResourceDefinition")) == 24
    deployment = objects["Deployment external-secrets"]["spec"]
    assert deployment["replicas"] == 2
    assert deployment["template"]["spec"]["priorityClassName"] == "system-cluster-critical"
    assert deployment["template"]["spec"]["containers"][0]["resources"] == values["resources"]
    assert "--enable-leader-election=true" in arguments(objects, "external-secrets")
    # Without rules of one's own nothing gets out of the pod any more.
    assert objects["NetworkPolicy external-secrets"]["spec"]["egress"] is None
    assert of_kind(objects, "ServiceMonitor") == []

    monitored = rendered(helm, "external-secrets", tmp_path, values, "--api-versions", "monitoring.coreos.com/v1/ServiceMonitor")
    assert of_kind(monitored, "ServiceMonitor") == ["external-secrets-metrics"]
    bare = rendered(
        helm, "external-secrets", tmp_path, {"installCRDs": False, "webhook": {"create": False}, "certController": {"create": False}}
    )
    assert (of_kind(bare, "CustomResourceDefinition"), of_kind(bare, "Deployment")) == ([], ["external-secrets"])


def test_cert_manager(helm: Helm, tmp_path: Path) -> None:
    plain = rendered(helm, "cert-manager", tmp_path, {})
    assert of_kind(plain, "CustomResourceDefinition") == []

    values = {
        "crds": {"enabled": True},
        "replicaCount": 2,
        "webhook": {"replicaCount": 3, "podDisruptionBudget": {"enabled": True}},
        "global": {"priorityClassName": "system-cluster-critical", "leaderElection": {"namespace": "apps"}},
        "networkPolicy": {"enabled": True},
        "dns01RecursiveNameservers": "https://1.1.1.1:443/dns-query",
        "dns01RecursiveNameserversOnly": True,
        "config": {"gatewayAPI": {"enabled": True}},
        "startupapicheck": {"timeout": "5m"},
    }
    objects = rendered(helm, "cert-manager", tmp_path, values)
    assert len(of_kind(objects, "CustomResourceDefinition")) == 6
    kept = objects["CustomResourceDefinition certificates.cert-manager.io"]["metadata"]["annotations"]
    assert kept == {"helm.sh/resource-policy": "keep"}
    assert of_kind(objects, "Deployment") == ["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"]
    assert {"--dns01-recursive-nameservers-only=true", "--leader-election-namespace=apps"} <= set(arguments(objects, "cert-manager"))
    assert of_kind(objects, "PodDisruptionBudget") == ["cert-manager-webhook"]
    assert of_kind(objects, "NetworkPolicy") == ["cert-manager-allow-egress", "cert-manager-allow-ingress"]
    assert yaml.safe_load(objects["ConfigMap cert-manager"]["data"]["config.yaml"]) == values["config"]
    job = objects["Job cert-manager-startupapicheck"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install"
    for kind in ("Mutating", "Validating"):
        hook = objects[f"{kind}WebhookConfiguration cert-manager-webhook"]
        assert hook["metadata"]["annotations"]["cert-manager.io/inject-ca-from-secret"] == "apps/cert-manager-webhook-ca"
        assert "caBundle" not in hook["webhooks"][0]["clientConfig"]


def test_ingress_nginx(helm: Helm, tmp_path: Path) -> None:
    values = {
        "controller": {
            "replicaCount": 2,
            "config": {"use-forwarded-headers": True},
            "ingressClassResource": {"default": True},
            "service": {"annotations": {"service.beta.kubernetes.io/azure-pip-name": "pip"}, "externalTrafficPolicy": "Local"},
            "metrics": {"enabled": True},
        }
    }
    objects = rendered(helm, "ingress-nginx", tmp_path, values, release="nginx-ingress")
    name = "nginx-ingress-ingress-nginx"
    service = objects[f"Service {name}-controller"]
    assert service["metadata"]["annotations"] == values["controller"]["service"]["annotations"]
    assert (service["spec"]["type"], service["spec"]["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert [(port["port"], port["appProtocol"]) for port in service["spec"]["ports"]] == [(80, "http"), (443, "https")]
    assert of_kind(objects, "Service") == [f"{name}-controller", f"{name}-controller-admission", f"{name}-controller-metrics"]
    assert objects[f"ConfigMap {name}-controller"]["data"] == {"use-forwarded-headers": "true"}
    assert objects["IngressClass nginx"]["metadata"]["annotations"] == {"ingressclass.kubernetes.io/is-default-class": "true"}
    assert of_kind(objects, "PodDisruptionBudget") == [f"{name}-controller"]
    jobs = {each: objects[f"Job {each}"]["metadata"]["annotations"]["helm.sh/hook"] for each in of_kind(objects, "Job")}
    assert jobs == {f"{name}-admission-create": "pre-install,pre-upgrade", f"{name}-admission-patch": "post-install,post-upgrade"}
    assert f"ValidatingWebhookConfiguration {name}-admission" in objects


def test_traefik(helm: Helm, tmp_path: Path) -> None:
    values = {
        "deployment": {"replicas": 2},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "service": {"annotations": {"service.beta.kubernetes.io/azure-pip-name": "pip"}, "spec": {"externalTrafficPolicy": "Local"}},
        "providers": {"kubernetesIngressNGINX": {"enabled": True}, "kubernetesGateway": {"enabled": True}},
        "ports": {"web": {"http": {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https"}}}}},
    }
    objects = rendered(helm, "traefik", tmp_path, values)
    # Without a cluster helm knows of no policy/v1, and the chart goes back to what is gone since Kubernetes 1.25.
    assert objects["PodDisruptionBudget traefik"]["apiVersion"] == "policy/v1beta1"
    assert (of_kind(objects, "GatewayClass"), of_kind(objects, "Gateway")) == (["traefik"], ["traefik-gateway"])
    assert of_kind(objects, "IngressClass") == ["traefik"]
    assert objects["Service traefik"]["spec"] | {"ports": [], "selector": {}} == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "ports": [],
        "selector": {},
    }
    assert {
        "--entryPoints.web.http.redirections.entryPoint.to=:443",
        "--providers.kubernetesingressnginx.publishService=apps/traefik",
    } <= set(arguments(objects, "traefik"))

    told = rendered(helm, "traefik", tmp_path, values, "--include-crds", "--api-versions", "policy/v1/PodDisruptionBudget")
    assert told["PodDisruptionBudget traefik"]["apiVersion"] == "policy/v1"
    assert len(of_kind(told, "CustomResourceDefinition")) == 10


@pytest.mark.parametrize(
    ("chart", "setting", "expected"),
    [
        ("external-secrets", "replicaCont=2", "additional properties 'replicaCont' not allowed"),
        ("external-secrets", "replicaCount=two", "at '/replicaCount': got string, want integer"),
        ("cert-manager", "prometheus.servicemonitor.targetPort=9402", "additional properties 'targetPort' not allowed"),
        ("ingress-nginx", "controller.service.annotation.a=b", "additional properties 'annotation' not allowed"),
        ("traefik", "providers.kubernetesIngress.enable=true", "additional properties 'enable' not allowed"),
    ],
)
def test_a_value_that_the_chart_does_not_know_is_refused(helm: Helm, chart: str, setting: str, expected: str) -> None:
    repository, version, _ = REPOSITORIES[chart]
    assert expected in bad(helm("template", chart, chart, "--repo", repository, "--version", version, "--set", setting))


def test_an_older_version_brings_an_older_image(helm: Helm) -> None:
    repository, _, older = REPOSITORIES["external-secrets"]
    assert "external-secrets:v2.8.0" in good(helm("template", "it", "external-secrets", "--repo", repository, "--version", older))
