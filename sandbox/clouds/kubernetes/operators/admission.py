# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Admission webhooks: whether a write is refused by one, or by the fact that one cannot be called.

A webhook is called when it is reachable (its service has a ready endpoint) and when its certificate can be checked (`caBundle` is filled
in). What it then says is that of the operator behind it. This is the race that installs run into: the configuration is there before the
pods are.

Sources: kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers; k8s.io/apiserver pkg/admission/plugin/webhook
(rules, ToStatusErr, ErrCallingWebhook); the messages as users quote them for External Secrets (issues 956, 1078, 2217) and cert-manager
(docs/troubleshooting/webhook).
"""

from __future__ import annotations

import time
import typing as t
from urllib.parse import urlsplit

from sandbox.clouds.kubernetes.controllers import endpoints
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.edge import policies
from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.operators.objects import holds, pods_of
from sandbox.clouds.kubernetes.operators.validation import verdict
from sandbox.clouds.kubernetes.registry import Attempt
from sandbox.clouds.kubernetes.selectors import object_fits

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GROUP = "admissionregistration.k8s.io/v1"
# A write to one of these is never sent to a webhook, so that a broken one can be taken away.
EXEMPT = frozenset({"validatingwebhookconfigurations", "mutatingwebhookconfigurations"})
AGENT: Json = {
    "metadata": {"name": "konnectivity-agent", "namespace": "kube-system", "labels": {"app": "konnectivity-agent"}},
    "spec": {"containers": []},
    "status": {"podIP": "10.224.0.4"},
}


def review(cluster: Cluster, write: Attempt) -> None:
    """Ask the webhooks: mutating ones are called first (they change nothing here), then the validating ones. Raises ApiError."""
    if write.resource.gv == GROUP and write.resource.plural in EXEMPT:
        return
    for plural in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        for configuration in cluster.list(GROUP, plural):
            for webhook in configuration.get("webhooks") or ():
                if _wants(cluster, webhook, write):
                    _call(cluster, webhook, write, plural.startswith("validating"))


def checking(cluster: Cluster, pod: Json) -> bool:
    """Whether cert-manager's startupapicheck still waits: it ends when the webhook can be called (cmctl check api --wait)."""
    if not any("/cert-manager-startupapicheck" in each["image"] for each in pod["spec"]["containers"]):
        return False
    kinds = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
    webhooks = [each for kind in kinds for configuration in cluster.list(GROUP, kind) for each in configuration.get("webhooks") or ()]
    mine = [each for each in webhooks if each["name"] == "webhook.cert-manager.io"]
    return not mine or any(_unreachable(cluster, each) for each in mine)


# --- whether it is asked -------------------------------------------------


def _wants(cluster: Cluster, webhook: Json, write: Attempt) -> bool:
    if not any(_fits(rule, write) for rule in webhook.get("rules") or ()):
        return False
    metadata = (write.after or write.before or {}).get("metadata") or {}
    if not object_fits(webhook.get("objectSelector") or {}, metadata.get("labels")):
        return False
    selector = webhook.get("namespaceSelector") or {}
    if write.resource.plural == "namespaces":
        return object_fits(selector, metadata.get("labels"))
    namespace = cluster.get("v1", "namespaces", None, metadata["namespace"]) if write.resource.namespaced else None
    return not write.resource.namespaced or object_fits(selector, ((namespace or {}).get("metadata") or {}).get("labels"))


def _fits(rule: Json, write: Attempt) -> bool:
    group, _, version = write.resource.gv.rpartition("/")
    plural = write.resource.plural
    name = f"{plural}/{write.subresource}" if write.subresource else plural
    return (
        _listed((rule.get("operations") or ()), write.verb)
        and _listed((rule.get("apiGroups") or ()), group)
        and _listed((rule.get("apiVersions") or ()), version)
        and any(each in (name, "*/*", f"{plural}/*") or (each == "*" and not write.subresource) for each in (rule.get("resources") or ()))
        and rule.get("scope", "*") in ("*", "Namespaced" if write.resource.namespaced else "Cluster")
    )


def _listed(allowed: t.Sequence[str], value: str) -> bool:
    return "*" in allowed or value in allowed


# --- what it says --------------------------------------------------------


def _call(cluster: Cluster, webhook: Json, write: Attempt, validating: bool) -> None:
    name = webhook["name"]
    trouble = _unreachable(cluster, webhook)
    if trouble is None:
        said = verdict(cluster, name, write) if validating else None
        if said:
            raise ApiError(403, "Forbidden", f'admission webhook "{name}" denied the request: {said}')
    elif webhook.get("failurePolicy", "Fail") == "Fail":
        told = f'failed calling webhook "{name}": failed to call webhook: {trouble}'
        raise ApiError(500, "InternalError", f"Internal error occurred: {told}", {"causes": [{"message": told}]})


def _unreachable(cluster: Cluster, webhook: Json) -> str | None:
    """Why a webhook cannot be called, in the words of the API server's client; None when it can."""
    service, seconds = webhook["clientConfig"].get("service"), webhook.get("timeoutSeconds", 10)
    if service is None:  # an address outside the cluster, and nothing leaves the machine
        url = webhook["clientConfig"]["url"]
        return f'Post "{url}?timeout={seconds}s": dial tcp: lookup {urlsplit(url).hostname}: no such host'
    url = f"https://{service['name']}.{service['namespace']}.svc:{service.get('port', 443)}{service.get('path', '')}?timeout={seconds}s"
    there = cluster.get("v1", "services", service["namespace"], service["name"])
    if there is None:
        return f'Post "{url}": service "{service["name"]}" not found'
    ready = [each for each in pods_of(cluster, there) if holds(each)]
    if not ready:
        return f'Post "{url}": no endpoints available for service "{service["name"]}"'
    if not any(_lets_in(cluster, there, service.get("port", 443), each) for each in ready):
        return f'Post "{url}": context deadline exceeded'
    if not webhook["clientConfig"].get("caBundle"):
        return f'Post "{url}": tls: failed to verify certificate: x509: certificate signed by unknown authority'
    return None


def _lets_in(cluster: Cluster, service: Json, port: int, pod: Json) -> bool:
    """Whether policies let the API server in; at AKS it comes by way of the konnectivity agents in kube-system."""
    desk = Desk(cluster, time.time())
    entry = next((each for each in service["spec"].get("ports") or () if each["port"] == port), None)
    number = endpoints.port_of(entry, pod) if entry else None
    return number is not None and policies.lets_through(desk, AGENT, pod, number)
