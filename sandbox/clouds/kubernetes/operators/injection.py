# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who fills in the `caBundle` of webhooks, a little after their pods have become ready.

External Secrets' cert controller makes a CA, keeps it in the Secret `<release>-webhook` and writes it into the configurations that carry
its label. cert-manager's webhook makes one too, in `cert-manager-webhook-ca`; its cainjector copies it to whatever carries its
annotation. ingress-nginx uses two Jobs of kube-webhook-certgen.

Sources: external-secrets pkg/controllers/webhookconfig and crds; cert-manager pkg/controller/cainjector, pkg/server/tls/authority;
ingress-nginx images/kube-webhook-certgen.
"""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.objects import arguments_of, encoded, running, secret_value
from sandbox.clouds.kubernetes.operators.work import Work

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GROUP = "admissionregistration.k8s.io/v1"
CONFIGURATIONS = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
LABEL = "external-secrets.io/component"
FROM_SECRET, FROM_CERTIFICATE = "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-ca-from"


class CertController:
    """External Secrets' cert controller, for its own webhook."""

    def reconcile(self, cluster: Cluster, now: float) -> None:
        deployment = running(cluster, "external-secrets-cert-controller")
        if deployment is None:
            return
        namespace = deployment["metadata"]["namespace"]
        named = _options(arguments_of(deployment))
        name = named.get("secret-name", "external-secrets-webhook")
        secret = cluster.get("v1", "secrets", namespace, name)
        if secret is None:
            return  # the chart makes it, empty
        pair = None
        if not secret_value(secret, "ca.crt"):
            pair = cluster.api.cloud.world.authority.issue([f"{named.get('service-name', name)}.{namespace}.svc"], trusted=False, days=3650)
            filled = {"ca.crt": pair.chain, "ca.key": pair.key, "tls.crt": pair.chain, "tls.key": pair.key}
            secret = secret | {"data": {key: encoded(text.encode()) for key, text in filled.items()}}
            cluster.write("v1", "secrets", secret, manager="external-secrets")
        bundle = (secret.get("data") or {})["ca.crt"]
        for configuration in cluster.list(GROUP, CONFIGURATIONS[0], labels=f"{LABEL}=webhook"):
            _inject(cluster, configuration, CONFIGURATIONS[0], bundle, "external-secrets", now)


class Cainjector:
    """cert-manager's webhook with its CA, and the cainjector."""

    def reconcile(self, cluster: Cluster, now: float) -> None:
        webhook = running(cluster, "webhook")
        if webhook is not None:
            self._make_authority(cluster, webhook)
        if running(cluster, "cainjector") is None:
            return
        for plural in CONFIGURATIONS:
            for configuration in cluster.list(GROUP, plural):
                bundle = self._bundle(cluster, configuration["metadata"].get("annotations") or {})
                if bundle:
                    _inject(cluster, configuration, plural, bundle, "cainjector", now)

    def _make_authority(self, cluster: Cluster, webhook: Json) -> None:
        namespace = webhook["metadata"]["namespace"]
        names = [each.partition("=")[2] for each in arguments_of(webhook) if each.startswith("--dynamic-serving-ca-secret-name=")]
        name = names[0] if names else f"{webhook['metadata']['name']}-ca"
        if cluster.get("v1", "secrets", namespace, name) is None:
            pair = cluster.api.cloud.world.authority.issue([f"{webhook['metadata']['name']}.{namespace}.svc"], trusted=False, days=365)
            secret = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": namespace, "annotations": {"cert-manager.io/allow-direct-injection": "true"}},
                "type": "Opaque",
                "data": {
                    "ca.crt": encoded(pair.chain.encode()),
                    "tls.crt": encoded(pair.chain.encode()),
                    "tls.key": encoded(pair.key.encode()),
                },
            }
            cluster.write("v1", "secrets", secret, manager="webhook")

    def _bundle(self, cluster: Cluster, marks: t.Mapping[str, str]) -> str | None:
        """The CA that an annotation asks for. A Secret has to allow it; that of a Certificate need not."""
        if FROM_SECRET in marks:
            namespace, _, name = marks[FROM_SECRET].partition("/")
            secret = cluster.get("v1", "secrets", namespace, name)
            if secret is None or (secret["metadata"].get("annotations") or {}).get("cert-manager.io/allow-direct-injection") != "true":
                return None
            return (secret.get("data") or {}).get("ca.crt")
        if FROM_CERTIFICATE in marks:
            namespace, _, name = marks[FROM_CERTIFICATE].partition("/")
            certificate = cluster.get("cert-manager.io/v1", "certificates", namespace, name)
            secret = cluster.get("v1", "secrets", namespace, certificate["spec"]["secretName"]) if certificate else None
            return (secret.get("data") or {}).get("ca.crt") if secret else None
        return None


class Certgen:
    """ingress-nginx's two Jobs: one makes the certificate, one patches the configuration. They do it while they run: then they are gone."""

    def reconcile(self, cluster: Cluster, now: float) -> None:
        for pod in cluster.list("v1", "pods"):
            container, namespace = pod["spec"]["containers"][0], pod["metadata"]["namespace"]
            if "/kube-webhook-certgen" in container["image"] and (pod.get("status") or {}).get("phase") in ("Running", "Succeeded"):
                written = [*(container.get("command") or ()), *(container.get("args") or ())]
                self._run(cluster, [each.replace("$(POD_NAMESPACE)", namespace) for each in written], namespace)

    def _run(self, cluster: Cluster, arguments: t.Sequence[str], namespace: str) -> None:
        named = _options(arguments)
        namespace = named.get("namespace", namespace)
        if "secret-name" not in named:
            return
        if "create" in arguments and "host" in named and cluster.get("v1", "secrets", namespace, named["secret-name"]) is None:
            self._create(cluster, namespace, named)
        if "patch" in arguments:
            self._patch(cluster, namespace, named)

    def _create(self, cluster: Cluster, namespace: str, named: t.Mapping[str, str]) -> None:
        pair = cluster.api.cloud.world.authority.issue(named["host"].split(","), trusted=False, days=36500)
        data = {"ca": pair.chain, "cert": pair.chain, "key": pair.key}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": named["secret-name"], "namespace": namespace},
            "type": "Opaque",
            "data": {key: encoded(text.encode()) for key, text in data.items()},
        }
        cluster.write("v1", "secrets", secret, manager="kube-webhook-certgen")

    def _patch(self, cluster: Cluster, namespace: str, named: t.Mapping[str, str]) -> None:
        secret = cluster.get("v1", "secrets", namespace, named["secret-name"])
        for configuration in cluster.list(GROUP, CONFIGURATIONS[0]):
            if secret and configuration["metadata"]["name"] == named.get("webhook-name"):
                _write(cluster, configuration, CONFIGURATIONS[0], secret["data"]["ca"], "kube-webhook-certgen")


def _options(arguments: t.Sequence[str]) -> dict[str, str]:
    return dict(each.removeprefix("--").split("=", 1) for each in arguments if each.startswith("--") and "=" in each)


def _inject(cluster: Cluster, configuration: Json, plural: str, bundle: str, manager: str, now: float) -> None:
    """Fill the bundle in when its time has come."""
    if _lacks(configuration, bundle):
        work = Work(cluster, configuration, "Webhooks_InjectCa", 0.1)
        if work.due(str(configuration["metadata"].get("generation")), now):
            _write(cluster, configuration, plural, bundle, manager)
            work.done(now)


def _write(cluster: Cluster, configuration: Json, plural: str, bundle: str, manager: str) -> None:
    if _lacks(configuration, bundle):
        fresh = copy.deepcopy(configuration)
        for each in fresh["webhooks"]:
            each["clientConfig"]["caBundle"] = bundle
        cluster.write(GROUP, plural, fresh, manager=manager)


def _lacks(configuration: Json, bundle: str) -> bool:
    return any(each["clientConfig"].get("caBundle") != bundle for each in configuration.get("webhooks") or ())
