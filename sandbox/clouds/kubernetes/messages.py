# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that typed clients send in protobuf, by their field numbers (generated.proto of k8s.io/api and k8s.io/apimachinery).

kubectl creates these kinds with typed clients; what it applies, patches or edits travels as JSON.
"""

from __future__ import annotations

import typing as t

TEXTS: t.Final = "map"  # map<string, string>
BYTES: t.Final = "map of bytes"
AMOUNTS: t.Final = "map of quantities"
AMOUNT: t.Final = "quantity"
INT_OR_TEXT: t.Final = "int or string"
# A message is {field number: (name, type)}; a type is str, int, bool, one of the above, another message, or [type] when it is repeated.
Message = dict[int, tuple[str, t.Any]]


def _numbered(*fields: tuple[str, t.Any]) -> Message:
    """A message whose fields are numbered from 1."""
    return dict(enumerate(fields, 1))


OWNER: Message = {
    1: ("kind", str),
    3: ("name", str),
    4: ("uid", str),
    5: ("apiVersion", str),
    6: ("controller", bool),
    7: ("blockOwnerDeletion", bool),
}
META: Message = {
    1: ("name", str),
    2: ("generateName", str),
    3: ("namespace", str),
    5: ("uid", str),
    6: ("resourceVersion", str),
    11: ("labels", TEXTS),
    12: ("annotations", TEXTS),
    13: ("ownerReferences", [OWNER]),
    14: ("finalizers", [str]),
}
_META = (("metadata", META),)
SELECTOR = _numbered(("matchLabels", TEXTS), ("matchExpressions", [_numbered(("key", str), ("operator", str), ("values", [str]))]))

# --- core ---------------------------------------------------------------------------------
_RESOURCES = _numbered(("limits", AMOUNTS), ("requests", AMOUNTS))
_PORT = _numbered(("name", str), ("hostPort", int), ("containerPort", int), ("protocol", str), ("hostIP", str))
_CONTAINER: Message = {
    1: ("name", str),
    2: ("image", str),
    3: ("command", [str]),
    4: ("args", [str]),
    5: ("workingDir", str),
    6: ("ports", [_PORT]),
    7: ("env", [_numbered(("name", str), ("value", str))]),
    8: ("resources", _RESOURCES),
    13: ("terminationMessagePath", str),
    14: ("imagePullPolicy", str),
    16: ("stdin", bool),
    17: ("stdinOnce", bool),
    18: ("tty", bool),
    20: ("terminationMessagePolicy", str),
}
_POD: Message = {
    2: ("containers", [_CONTAINER]),
    3: ("restartPolicy", str),
    4: ("terminationGracePeriodSeconds", int),
    5: ("activeDeadlineSeconds", int),
    6: ("dnsPolicy", str),
    7: ("nodeSelector", TEXTS),
    8: ("serviceAccountName", str),
    9: ("serviceAccount", str),
    10: ("nodeName", str),
    11: ("hostNetwork", bool),
    15: ("imagePullSecrets", [_numbered(("name", str))]),
    19: ("schedulerName", str),
    20: ("initContainers", [_CONTAINER]),
    21: ("automountServiceAccountToken", bool),
}
_TEMPLATE = _numbered(*_META, ("spec", _POD))
_SERVICE_PORT = _numbered(
    ("name", str), ("protocol", str), ("port", int), ("targetPort", INT_OR_TEXT), ("nodePort", int), ("appProtocol", str)
)
_SERVICE: Message = {
    1: ("ports", [_SERVICE_PORT]),
    2: ("selector", TEXTS),
    3: ("clusterIP", str),
    4: ("type", str),
    5: ("externalIPs", [str]),
    7: ("sessionAffinity", str),
    8: ("loadBalancerIP", str),
    10: ("externalName", str),
    11: ("externalTrafficPolicy", str),
}
_NAMED = _numbered(("name", str))

# --- workloads ------------------------------------------------------------------------------
_DEPLOYMENT: Message = {
    1: ("replicas", int),
    2: ("selector", SELECTOR),
    3: ("template", _TEMPLATE),
    4: ("strategy", _numbered(("type", str))),
    5: ("minReadySeconds", int),
    6: ("revisionHistoryLimit", int),
    7: ("paused", bool),
    9: ("progressDeadlineSeconds", int),
}
_JOB: Message = {
    1: ("parallelism", int),
    2: ("completions", int),
    3: ("activeDeadlineSeconds", int),
    4: ("selector", SELECTOR),
    5: ("manualSelector", bool),
    6: ("template", _TEMPLATE),
    7: ("backoffLimit", int),
    8: ("ttlSecondsAfterFinished", int),
    9: ("completionMode", str),
    10: ("suspend", bool),
}
_CRON_JOB: Message = {
    1: ("schedule", str),
    2: ("startingDeadlineSeconds", int),
    3: ("concurrencyPolicy", str),
    4: ("suspend", bool),
    5: ("jobTemplate", _numbered(*_META, ("spec", _JOB))),
    6: ("successfulJobsHistoryLimit", int),
    7: ("failedJobsHistoryLimit", int),
    8: ("timeZone", str),
}
_TARGET = _numbered(("type", str), ("value", AMOUNT), ("averageValue", AMOUNT), ("averageUtilization", int))
_METRIC: Message = {1: ("type", str), 4: ("resource", _numbered(("name", str), ("target", _TARGET)))}
_REFERENCE = _numbered(("kind", str), ("name", str), ("apiVersion", str))
_AUTOSCALER = _numbered(("scaleTargetRef", _REFERENCE), ("minReplicas", int), ("maxReplicas", int), ("metrics", [_METRIC]))
_BUDGET = _numbered(("minAvailable", INT_OR_TEXT), ("selector", SELECTOR), ("maxUnavailable", INT_OR_TEXT))

# --- network ----------------------------------------------------------------------------------
_BACKEND: Message = {4: ("service", _numbered(("name", str), ("port", _numbered(("name", str), ("number", int)))))}
_PATHS = _numbered(("paths", [_numbered(("path", str), ("backend", _BACKEND), ("pathType", str))]))
_INGRESS = _numbered(
    ("defaultBackend", _BACKEND),
    ("tls", [_numbered(("hosts", [str]), ("secretName", str))]),
    ("rules", [_numbered(("host", str), ("", _numbered(("http", _PATHS))))]),  # the second is embedded: it has no name in JSON
    ("ingressClassName", str),
)

# --- rights -----------------------------------------------------------------------------------
_RULE = _numbered(("verbs", [str]), ("apiGroups", [str]), ("resources", [str]), ("resourceNames", [str]), ("nonResourceURLs", [str]))
_SUBJECT = _numbered(("kind", str), ("apiGroup", str), ("name", str), ("namespace", str))
_ROLE_REFERENCE = _numbered(("apiGroup", str), ("kind", str), ("name", str))
_BINDING = _numbered(*_META, ("subjects", [_SUBJECT]), ("roleRef", _ROLE_REFERENCE))
_ACCESS = _numbered(
    ("namespace", str), ("verb", str), ("group", str), ("version", str), ("resource", str), ("subresource", str), ("name", str)
)
_ASK = _numbered(("resourceAttributes", _ACCESS), ("nonResourceAttributes", _numbered(("path", str), ("verb", str))))
_TOKEN: Message = {
    1: ("audiences", [str]),
    3: ("boundObjectRef", _numbered(("kind", str), ("apiVersion", str), ("name", str), ("uid", str))),
    4: ("expirationSeconds", int),
}
_OPTIONS: Message = {
    1: ("gracePeriodSeconds", int),
    2: ("preconditions", _numbered(("uid", str), ("resourceVersion", str))),
    3: ("orphanDependents", bool),
    4: ("propagationPolicy", str),
    5: ("dryRun", [str]),
}

KINDS: t.Final[dict[str, Message]] = {
    "ClusterRole": _numbered(*_META, ("rules", [_RULE]), ("aggregationRule", _numbered(("clusterRoleSelectors", [SELECTOR])))),
    "ClusterRoleBinding": _BINDING,
    "ConfigMap": _numbered(*_META, ("data", TEXTS), ("binaryData", BYTES), ("immutable", bool)),
    "CronJob": _numbered(*_META, ("spec", _CRON_JOB)),
    "DeleteOptions": _OPTIONS,
    "Deployment": _numbered(*_META, ("spec", _DEPLOYMENT)),
    "Eviction": _numbered(*_META, ("deleteOptions", _OPTIONS)),
    "HorizontalPodAutoscaler": _numbered(*_META, ("spec", _AUTOSCALER)),
    "Ingress": _numbered(*_META, ("spec", _INGRESS)),
    "Job": _numbered(*_META, ("spec", _JOB)),
    "Namespace": _numbered(*_META),
    "Pod": _numbered(*_META, ("spec", _POD)),
    "PodDisruptionBudget": _numbered(*_META, ("spec", _BUDGET)),
    "PriorityClass": _numbered(*_META, ("value", int), ("globalDefault", bool), ("description", str), ("preemptionPolicy", str)),
    "ResourceQuota": _numbered(*_META, ("spec", _numbered(("hard", AMOUNTS), ("scopes", [str])))),
    "Role": _numbered(*_META, ("rules", [_RULE])),
    "RoleBinding": _BINDING,
    "Scale": _numbered(*_META, ("spec", _numbered(("replicas", int)))),
    "Secret": _numbered(*_META, ("data", BYTES), ("type", str), ("stringData", TEXTS), ("immutable", bool)),
    "SelfSubjectAccessReview": _numbered(*_META, ("spec", _ASK)),
    "SelfSubjectReview": _numbered(*_META),
    "SelfSubjectRulesReview": _numbered(*_META, ("spec", _numbered(("namespace", str)))),
    "Service": _numbered(*_META, ("spec", _SERVICE)),
    "ServiceAccount": _numbered(*_META, ("secrets", [_NAMED]), ("imagePullSecrets", [_NAMED]), ("automountServiceAccountToken", bool)),
    "TokenRequest": _numbered(*_META, ("spec", _TOKEN)),
}
