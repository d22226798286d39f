# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server fills in where nothing is declared, kind by kind: an object read back is more than its manifest.

k8s.io/kubernetes/pkg/apis/*/v1/defaults.go
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes.defaults_pod import pod, pod_spec
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.resources import Resource

RBAC_GROUP = "rbac.authorization.k8s.io"


def fill(resource: Resource, each: Json) -> None:
    """Put the defaults of a built-in kind into an object."""
    handler = _HANDLERS.get(resource.kind)
    if handler:
        handler(each)


def _template(spec: Json) -> None:
    template = spec.setdefault("template", {})
    pod_spec(template.setdefault("spec", {}))


def _deployment(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    _template(spec)


def _stateful_set(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    _template(spec)
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        _claim(claim)
        claim.setdefault("status", {}).setdefault("phase", "Pending")


def _daemon_set(each: Json) -> None:
    spec = each.setdefault("spec", {})
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    _template(spec)


def _replica_set(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)
    if not each["metadata"].get("labels") and ((spec.get("template") or {}).get("metadata") or {}).get("labels"):
        each["metadata"]["labels"] = dict(spec["template"]["metadata"]["labels"])


def _job(each: Json) -> None:
    spec = each.setdefault("spec", {})
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2147483647 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed")
    _template(spec)


def _cron_job(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    _template(spec.setdefault("jobTemplate", {}).setdefault("spec", {}))


def _pod(each: Json) -> None:
    pod_spec(each.setdefault("spec", {}))
    pod(each)


def _service(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {}).setdefault("timeoutSeconds", 10800)
    kind = spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port")
    if kind in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _namespace(each: Json) -> None:
    if each["metadata"].get("name"):
        each["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = each["metadata"]["name"]


def _network_policy(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in (*(spec.get("ingress") or ()), *(spec.get("egress") or ())):
        for port in rule.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _autoscaler(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is None:
        return
    up = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max"}
    quick = [{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]
    down = {"selectPolicy": "Max"}
    slow = [{"type": "Percent", "value": 100, "periodSeconds": 15}]
    for name, usual, policies in (("scaleUp", up, quick), ("scaleDown", down, slow)):
        rules = behavior.get(name) or {}
        behavior[name] = {**usual, "policies": policies, **rules}


def _webhooks(each: Json) -> None:
    for hook in each.get("webhooks") or ():
        hook.setdefault("failurePolicy", "Fail")
        hook.setdefault("matchPolicy", "Equivalent")
        hook.setdefault("namespaceSelector", {})
        hook.setdefault("objectSelector", {})
        hook.setdefault("timeoutSeconds", 10)
        if each.get("kind") == "MutatingWebhookConfiguration":
            hook.setdefault("reinvocationPolicy", "Never")
        for rule in hook.get("rules") or ():
            rule.setdefault("scope", "*")
        service = (hook.get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)


def _policy(each: Json) -> None:
    each.setdefault("spec", {}).setdefault("failurePolicy", "Fail")


def _secret(each: Json) -> None:
    each.setdefault("type", "Opaque")


def _claim(each: Json) -> None:
    each.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def _volume(each: Json) -> None:
    spec = each.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")


def _storage_class(each: Json) -> None:
    each.setdefault("reclaimPolicy", "Delete")
    each.setdefault("volumeBindingMode", "Immediate")


def _binding(each: Json) -> None:
    reference = each.get("roleRef")
    if isinstance(reference, dict):
        reference["apiGroup"] = reference.get("apiGroup") or RBAC_GROUP
    for subject in each.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = subject.get("apiGroup") or RBAC_GROUP


def _definition(each: Json) -> None:
    spec = each.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {"strategy": "None"})
    service = ((spec["conversion"].get("webhook") or {}).get("clientConfig") or {}).get("service")
    if service is not None:
        service.setdefault("port", 443)


def _priority_class(each: Json) -> None:
    each.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _slices(each: Json) -> None:
    for port in each.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("name", "")


_HANDLERS: t.Final[dict[str, Callable[[Json], None]]] = {
    "ClusterRoleBinding": _binding,
    "CronJob": _cron_job,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "EndpointSlice": _slices,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "MutatingWebhookConfiguration": _webhooks,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PriorityClass": _priority_class,
    "ReplicaSet": _replica_set,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
    "StorageClass": _storage_class,
    "ValidatingAdmissionPolicy": _policy,
    "ValidatingWebhookConfiguration": _webhooks,
}
