# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making pods from templates, as the API server admits them: accounts, Pod Security, and what it fills in.

Sources: kubernetes/kubernetes plugin/pkg/admission/serviceaccount; Azure/azure-workload-identity for what its webhook adds.
"""

from __future__ import annotations

import time
import typing as t
from copy import deepcopy

from sandbox.clouds.azure import account
from sandbox.clouds.kubernetes import errors
from sandbox.clouds.kubernetes.controllers import pod_security
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    ACCOUNTS,
    NAMESPACES,
    PODS,
    Thing,
    annotations_of,
    labels_of,
    name_of,
    namespace_of,
    reference_to,
    suffix,
    uid_of,
)

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster
    from sandbox.clouds.kubernetes.registry import Attempt

WORKLOAD_IDENTITY = "azure.workload.identity"
TOKENS = "/var/run/secrets/azure/tokens"


class Forbidden(Exception):
    """A pod that is refused; the text is the API server's."""

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(f'pods "{shown}" is forbidden: {why}')
        self.why = why


def admit(cluster: Cluster, attempt: Attempt) -> None:
    """What is asked when a client makes a pod itself."""
    if attempt.resource.qualified != "pods" or attempt.verb != "CREATE" or attempt.subresource or attempt.after is None:
        return
    try:
        admitted(Desk(cluster, time.time()), attempt.after, name_of(attempt.after))
    except Forbidden as refused:
        raise errors.forbidden("pods", name_of(attempt.after), refused.why) from None


def create(desk: Desk, owner: Thing, template: Thing, name: str | None = None, **labels: str) -> Thing:
    """A pod of a controller's template. Raises Forbidden."""
    number = desk.memory("names")
    number["next"] = number.get("next", 0) + 1
    base = name_of(owner)
    full = name or f"{base[:57]}-{suffix(5, uid_of(owner), str(number['next']))}"
    given = template.get("metadata") or {}
    metadata: Thing = {name: deepcopy(given[name]) for name in ("labels", "annotations") if given.get(name)}
    metadata |= {"name": full, "namespace": namespace_of(owner), "ownerReferences": [reference_to(owner)]}
    if name is None:
        metadata["generateName"] = f"{base[:57]}-"
    if labels:
        metadata["labels"] = metadata.get("labels", {}) | labels
    pod: Thing = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": deepcopy(template["spec"])}
    return desk.write(PODS, admitted(desk, pod, shown=full if name else f"{base[:57]}-"))


def admitted(desk: Desk, pod: Thing, shown: str) -> Thing:
    """The pod as it is stored. `shown` is its name in a refusal: without the made-up end. Raises Forbidden."""
    namespace, wanted = namespace_of(pod), pod["spec"].get("serviceAccountName") or "default"
    found = desk.get(ACCOUNTS, namespace, wanted)
    if found is None:
        text = f'error looking up service account {namespace}/{wanted}: serviceaccount "{wanted}" not found'
        raise Forbidden(shown, text)
    home = desk.get(NAMESPACES, None, namespace)
    level, version = pod_security.enforced(labels_of(home) if home else {})
    violations = pod_security.violations(pod, level)
    if violations:
        raise Forbidden(shown, f'violates PodSecurity "{level}:{version}": {", ".join(violations)}')
    spec = pod["spec"]
    spec |= {"serviceAccountName": wanted, "serviceAccount": wanted}
    if spec.get("automountServiceAccountToken", found.get("automountServiceAccountToken", True)):
        _mount_token(pod)
    if labels_of(pod).get(f"{WORKLOAD_IDENTITY}/use") == "true" and _has_workload_identity(desk):
        _add_identity(pod, found)
    waiting = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    fresh = [{"key": f"node.kubernetes.io/{each}", **waiting} for each in ("not-ready", "unreachable")]
    known = spec.get("tolerations") or []
    spec["tolerations"] = known + [each for each in fresh if not any(other.get("key") == each["key"] for other in known)]
    return pod


def _containers(pod: Thing) -> list[Thing]:
    return [*(pod["spec"].get("initContainers") or ()), *(pod["spec"].get("containers") or ())]


def _add(container: Thing, field: str, key: str, fresh: Thing) -> None:
    known = container.get(field) or []
    if not any(each.get(key) == fresh[key] for each in known):
        container[field] = [*known, fresh]


def _mount_token(pod: Thing) -> None:
    name = f"kube-api-access-{suffix(5, name_of(pod), namespace_of(pod))}"
    sources: list[Thing] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
    ]
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    for container in _containers(pod):
        _add(container, "volumeMounts", "mountPath", {"mountPath": path, "name": name, "readOnly": True})
    volume = {"name": name, "projected": {"defaultMode": 420, "sources": sources}}
    pod["spec"]["volumes"] = [*(pod["spec"].get("volumes") or ()), volume]


def _has_workload_identity(desk: Desk) -> bool:
    profile = desk.record["body"]["properties"].get("securityProfile") or {}
    return bool((profile.get("workloadIdentity") or {}).get("enabled"))


def _add_identity(pod: Thing, service_account: Thing) -> None:
    annotations = annotations_of(service_account)
    values: dict[str, t.Any] = {
        "AZURE_CLIENT_ID": annotations.get(f"{WORKLOAD_IDENTITY}/client-id", ""),
        "AZURE_TENANT_ID": annotations.get(f"{WORKLOAD_IDENTITY}/tenant-id", account.TENANT_ID),
        "AZURE_FEDERATED_TOKEN_FILE": f"{TOKENS}/azure-identity-token",
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
    }
    for container in _containers(pod):
        for name, value in values.items():
            _add(container, "env", "name", {"name": name, "value": value})
        _add(container, "volumeMounts", "mountPath", {"mountPath": TOKENS, "name": "azure-identity-token", "readOnly": True})
    token = {"audience": "api://AzureADTokenExchange", "expirationSeconds": 3600, "path": "azure-identity-token"}
    volume = {"name": "azure-identity-token", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": token}]}}
    pod["spec"]["volumes"] = [*(pod["spec"].get("volumes") or ()), volume]
