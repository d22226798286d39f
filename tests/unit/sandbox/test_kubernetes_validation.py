# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulated API server refuses of the built-in kinds that users write, field by field and in the real server's words."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.clouds.kubernetes import decoding, defaults, validation
from sandbox.clouds.kubernetes.built_in import node_of
from sandbox.clouds.kubernetes.resources import BUILT_IN

Thing = dict[str, t.Any]
LABELS = {"app": "web"}
NOT_NEGATIVE = "must be greater than or equal to 0"
VERSION = "1.35.1"
A_PORT = "must be between 1 and 65535, inclusive"
A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
A_PERCENTAGE = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is "
    "'[0-9]+%')"
)
OUTSIDE = "may only be used when `type` is 'LoadBalancer'"


def problems(gv: str, plural: str, spec: Thing | None, name: str = "web", **more: t.Any) -> list[str]:
    """What is wrong with a new object, as errors tell it."""
    resource = BUILT_IN[gv, plural]
    node = node_of(resource, VERSION)
    assert node is not None
    sent = {"metadata": {"name": name, **more}, **({} if spec is None else {"spec": spec})}
    read: Thing = decoding.decode(node, sent).value | {"kind": resource.kind}
    defaults.fill(resource, read)
    return [f"{cause.field}: {cause.text}" for cause in validation.check(resource, read)]


def deployment(pod: Thing | None = None, container: Thing | None = None, **spec: t.Any) -> list[str]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": "a", **(container or {})}], **(pod or {})}}
    return problems("apps/v1", "deployments", {"selector": {"matchLabels": LABELS}, "template": template, **spec})


# --- workloads ----------------------------------------------------------------------------


def test_a_deployment_that_says_nothing() -> None:
    missing = "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`"
    wanted = ["spec.selector: Required value", missing, "spec.template.spec.containers: Required value"]
    assert problems("apps/v1", "deployments", {}) == problems("apps/v1", "deployments", None) == wanted
    assert deployment() == []


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"replicas": -1}, [f"spec.replicas: Invalid value: -1: {NOT_NEGATIVE}"]),
        ({"minReadySeconds": -1}, [f"spec.minReadySeconds: Invalid value: -1: {NOT_NEGATIVE}"]),
        (
            {"progressDeadlineSeconds": 5, "minReadySeconds": 10},
            ["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": "many", "maxUnavailable": "200%"}}},
            [
                'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
                f'spec.strategy.rollingUpdate.maxSurge: Invalid value: "many": {A_PERCENTAGE}',
            ],
        ),
        ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
        (
            {"selector": {"matchLabels": LABELS, "matchExpressions": [{"key": "app", "operator": "In"}]}},
            [
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
                'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
    ],
)
def test_deployments(spec: Thing, wanted: list[str]) -> None:
    assert deployment(**spec) == wanted


@pytest.mark.parametrize(
    ("pod", "wanted"),
    [
        ({"restartPolicy": "Never"}, 'restartPolicy: Unsupported value: "Never": supported values: "Always"'),
        ({"activeDeadlineSeconds": 5}, "activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"),
        ({"volumes": [{"name": "a", "secret": {}}]}, "volumes[0].secret.secretName: Required value"),
        ({"volumes": [{"name": "a", "persistentVolumeClaim": {}}]}, "volumes[0].persistentVolumeClaim.claimName: Required value"),
        (
            {"volumes": [{"name": "a", "configMap": {"name": "a", "items": [{"key": "a", "path": "../x"}]}}]},
            "volumes[0].configMap.items[0].path: Invalid value: \"../x\": must not contain '..'",
        ),
        (
            {"tolerations": [{"operator": "Like", "key": "a"}]},
            'tolerations[0].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
        ),
        (
            {"tolerations": [{"operator": "Exists", "key": "a", "effect": "NoSchedule", "tolerationSeconds": 1}]},
            "tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
        ({"securityContext": {"fsGroup": -1}}, "securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive"),
        (
            {"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "Fail"}]},
            'topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Fail": supported values: "DoNotSchedule", '
            '"ScheduleAnyway"',
        ),
    ],
)
def test_pods(pod: Thing, wanted: str) -> None:
    assert deployment(pod) == [f"spec.template.spec.{wanted}"]


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        ({"envFrom": [{}]}, 'envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'),
        ({"envFrom": [{"secretRef": {}}]}, "envFrom[0].secretRef.name: Required value"),
        ({"lifecycle": {"preStop": {}}}, "lifecycle.preStop: Required value: must specify a handler type"),
        (
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.host"}}}]},
            'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.host": error converting fieldPath: field label not '
            "supported: spec.host",
        ),
        ({"livenessProbe": {"httpGet": {"port": 99999}}}, f"livenessProbe.httpGet.port: Invalid value: 99999: {A_PORT}"),
        (
            {"readinessProbe": {"tcpSocket": {"port": "123"}}},
            'readinessProbe.tcpSocket.port: Invalid value: "123": must contain at least one letter (a-z)',
        ),
        (
            {"securityContext": {"runAsUser": -1}},
            "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ),
        (
            {"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
            'securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` '
            "to false and `privileged` to true",
        ),
    ],
)
def test_containers(container: Thing, wanted: str) -> None:
    assert deployment(container=container) == [f"spec.template.spec.containers[0].{wanted}"]


RUN = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}


def test_jobs() -> None:
    assert problems("batch/v1", "jobs", RUN) == []
    always = {"template": {"spec": {"containers": [{"name": "a", "image": "a"}]}}}
    needed = 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    assert problems("batch/v1", "jobs", always) == [needed]
    assert problems("batch/v1", "jobs", {**RUN, "backoffLimit": -2, "completionMode": "Half"}) == [
        f"spec.backoffLimit: Invalid value: -2: {NOT_NEGATIVE}",
        'spec.completionMode: Unsupported value: "Half": supported values: "Indexed", "NonIndexed"',
    ]


def test_the_selector_of_a_job_is_the_servers_affair() -> None:
    own = {**RUN, "selector": {"matchLabels": LABELS}}
    wanted = 'spec.selector: Invalid value: {"matchLabels":{"app":"web"}}: `selector` not auto-generated'
    assert problems("batch/v1", "jobs", own) == [wanted]
    assert problems("batch/v1", "jobs", {**own, "manualSelector": True}) == []


def test_cron_jobs() -> None:
    good = {"schedule": "0 3 * * SUN", "jobTemplate": {"spec": RUN}, "timeZone": "Asia/Shanghai"}
    assert problems("batch/v1", "cronjobs", good) == []
    assert problems("batch/v1", "cronjobs", good | {"schedule": "0 3 * * 7", "timeZone": "Asia/Nowhere"}) == [
        'spec.schedule: Invalid value: "0 3 * * 7": end of range (7) above maximum (6): 7',
        'spec.timeZone: Invalid value: "Asia/Nowhere": unknown time zone Asia/Nowhere',
    ]
    zone = "TZ=UTC 0 3 * * *"
    wanted = f'spec.schedule: Invalid value: "{zone}": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    assert problems("batch/v1", "cronjobs", good | {"schedule": zone}) == [wanted]
    long = "n" * 53
    assert problems("batch/v1", "cronjobs", good, long) == [f'metadata.name: Invalid value: "{long}": must be no more than 52 characters']


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"minReplicas": 0}, "minReplicas: Invalid value: 0: must be greater than or equal to 1"),
        (
            {"metrics": [{"type": "Load"}]},
            'metrics[0].type: Unsupported value: "Load": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
        ),
        ({"metrics": [{"type": "Resource"}]}, "metrics[0].resource: Required value: must populate information for the given metric source"),
        (
            {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}]},
            "metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
        ),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
            "behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
        ),
    ],
)
def test_autoscalers(spec: Thing, wanted: str) -> None:
    good = {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    assert problems("autoscaling/v2", "horizontalpodautoscalers", good) == []
    assert problems("autoscaling/v2", "horizontalpodautoscalers", good | spec) == [f"spec.{wanted}"]


@pytest.mark.parametrize(
    ("value", "why"), [("150%", "must not be greater than 100%"), ("half", A_PERCENTAGE), (-1, NOT_NEGATIVE), (1, ""), ("50%", "")]
)
def test_budgets(value: t.Any, why: str) -> None:
    shown = f'"{value}"' if isinstance(value, str) else value
    wanted = [f"spec.minAvailable: Invalid value: {shown}: {why}"] if why else []
    assert problems("policy/v1", "poddisruptionbudgets", {"minAvailable": value, "selector": {}}) == wanted


# --- network ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (
            {"externalTrafficPolicy": "Local"},
            'externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
        ),
        (
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0"]},
            f'loadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": {A_CIDR}',
        ),
        ({"loadBalancerSourceRanges": ["10.0.0.0/8"]}, f"loadBalancerSourceRanges: Forbidden: {OUTSIDE}"),
        (
            {"ports": [{"port": 80, "targetPort": "web_1"}]},
            'ports[0].targetPort: Invalid value: "web_1": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        ),
        (
            {"ports": [{"port": 80, "protocol": "HTTP"}]},
            'ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        ),
        ({"sessionAffinity": "Cookie"}, 'sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'),
    ],
)
def test_services(spec: Thing, wanted: str) -> None:
    assert problems("v1", "services", {"ports": [{"port": 80}], **spec}) == [f"spec.{wanted}"]
    assert problems("v1", "services", {"ports": [{"port": 80, "targetPort": "http"}], "selector": LABELS}) == []


def ingress(path: Thing | None = None, host: str = "a.example.com", **spec: t.Any) -> list[str]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend, **(path or {})}]}}
    return problems("networking.k8s.io/v1", "ingresses", {"rules": [rule], **spec})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ({"path": "/a//b"}, "path: Invalid value: \"/a//b\": must not contain '//'"),
        ({"path": "api"}, 'path: Invalid value: "api": must be an absolute path'),
        ({"backend": {"service": {"name": "web"}}}, "backend: Required value: port name or number is required"),
    ],
)
def test_paths_of_an_ingress(path: Thing, wanted: str) -> None:
    assert ingress(path) == [f"spec.rules[0].http.paths[0].{wanted}"]


def test_names_in_an_ingress() -> None:
    assert ingress(host="*.example.com", tls=[{"hosts": ["*.example.com"], "secretName": "tls"}]) == []
    assert ingress(host="10.0.0.1") == ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']
    (wildcard,) = ingress(host="*.*.example.com")
    assert wildcard.startswith("spec.rules[0].host: Invalid value: \"*.*.example.com\": a wildcard DNS-1123 subdomain must start with '*.'")
    (secret,) = ingress(tls=[{"secretName": "My_Tls"}])
    assert secret.startswith('spec.tls[0].secretName: Invalid value: "My_Tls": a lowercase RFC 1123 subdomain must consist of')


def test_an_ingress_with_its_class_in_two_places() -> None:
    old = "kubernetes.io/ingress.class"
    spec = {"ingressClassName": "nginx", "defaultBackend": {"service": {"name": "web", "port": {"name": "http"}}}}
    both = problems("networking.k8s.io/v1", "ingresses", spec, annotations={old: "nginx"})
    assert both == [f'annotations.{old}: Invalid value: "nginx": can not be set when the class field is also set']


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"policyTypes": ["Outgress"]}, 'policyTypes[0]: Unsupported value: "Outgress": supported values: "Egress", "Ingress"'),
        ({"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]}, f'egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0": {A_CIDR}'),
        (
            {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
            'egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        ),
        ({"ingress": [{"from": [{}]}]}, "ingress[0].from[0]: Required value: must specify a peer"),
        (
            {"ingress": [{"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
            "ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
        ),
        ({"ingress": [{"ports": [{"port": 0}]}]}, f"ingress[0].ports[0].port: Invalid value: 0: {A_PORT}"),
        (
            {"ingress": [{"ports": [{"port": 80, "endPort": 70}]}]},
            "ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`",
        ),
        (
            {"ingress": [{"ports": [{"port": 80, "protocol": "HTTP"}]}]},
            'ingress[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        ),
        (
            {"ingress": [{"from": [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}}]}]},
            'ingress[0].from[0].namespaceSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        ),
    ],
)
def test_network_policies(spec: Thing, wanted: str) -> None:
    assert problems("networking.k8s.io/v1", "networkpolicies", {"podSelector": {}, **spec}) == [f"spec.{wanted}"]
    good = {"podSelector": {}, "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}, {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}
    assert problems("networking.k8s.io/v1", "networkpolicies", good) == []


# --- webhooks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "wanted"),
    [
        ({"timeoutSeconds": 40}, "timeoutSeconds: Invalid value: 40: the timeout value must be between 1 and 30 seconds"),
        ({"failurePolicy": "Retry"}, 'failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"'),
        ({"sideEffects": "Some"}, 'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'),
        (
            {"clientConfig": {"url": "http://check.example.com"}},
            "clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
        ),
    ],
)
def test_webhooks(hook: Thing, wanted: str) -> None:
    good = {"name": "a.b.io", "clientConfig": {"url": "https://a.b.io"}, "sideEffects": "None", "admissionReviewVersions": ["v1"]}

    def found(webhook: Thing) -> list[str]:
        read: Thing = {"metadata": {"name": "w"}, "kind": "ValidatingWebhookConfiguration", "webhooks": [webhook]}
        resource = BUILT_IN["admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"]
        defaults.fill(resource, read)
        return [f"{cause.field}: {cause.text}" for cause in validation.check(resource, read)]

    assert found(good) == []
    assert found(good | hook) == [f"webhooks[0].{wanted}"]
