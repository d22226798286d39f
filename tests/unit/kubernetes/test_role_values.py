# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles set on charts and in custom resources, held against the facts about the real ones."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.binary import Helm, find
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.chart import Source, fetch
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.known_values import refuse_unknown
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.charts import chart
from sandbox.clouds.kubernetes.charts import facts, packing
from tests.charts import check_resource, check_values
from tests.roles import Role, of_inventory

KNOWN: dict[str, t.Any] = {
    "external_secrets_client_id": "00000000-0000-0000-0000-000000000001",
    "external_secrets_tenant_id": "00000000-0000-0000-0000-000000000002",
    "external_secrets_vault_url": "https://example-kv.vault.azure.net/",
    "cert_manager_email": "operations@example.com",
    "ingress_address": "192.0.2.10",
    "ingress_public_ip_resource_group": "example",
}
ROLES = {"external_secrets": "external-secrets", "cert_manager": "cert-manager"}
# Each option of a role that reaches the values of its chart, on and off.
VARIANTS: list[tuple[str, str, dict[str, t.Any]]] = [
    ("external_secrets", "external-secrets", {}),
    ("external_secrets", "external-secrets", {"external_secrets_replicas": 1}),
    ("cert_manager", "cert-manager", {}),
    ("cert_manager", "cert-manager", {"cert_manager_replicas": 1, "cert_manager_gateway_api": True, "cert_manager_dns01_nameservers": []}),
    ("ingress", "traefik", {}),
    ("ingress", "traefik", {"ingress_replicas": 1, "ingress_nginx_annotations": True, "ingress_gateway_api": True}),
    ("ingress", "traefik", {"ingress_https_redirect": False, "ingress_trusted_proxies": ["198.51.100.0/24"]}),
    ("ingress", "ingress-nginx", {"ingress_controller": "ingress_nginx", "ingress_public_ip_name": "example-ip"}),
    (
        "ingress",
        "ingress-nginx",
        {
            "ingress_controller": "ingress_nginx",
            "ingress_external_traffic_policy": "Cluster",
            "ingress_trusted_proxies": ["198.51.100.0/24"],
        },
    ),
]


def rendered(role: Role, name: str, place: Path) -> list[dict[str, t.Any]]:
    """What the stand-in of a role's chart makes of the role's values, hooks included."""
    addon = {"external-secrets": "external_secrets", "cert-manager": "cert_manager"}.get(name, "ingress")
    path = packing.unpack(name, role.value(f"{addon}_chart_version"), place)
    words = [find().path, "template", role.value(f"{addon}_release"), str(path), "--namespace", role.value(f"{addon}_namespace")]
    words += ["--values", "-", "--kube-version", "1.35.2", "--api-versions", "policy/v1/PodDisruptionBudget"]
    ran = subprocess.run(words, input=json.dumps(role.value(f"__{addon}_values")), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [each for each in yaml.safe_load_all(ran.stdout) if each]


def of(role: str, environment: str, **given: t.Any) -> Role:
    return Role(role, **{**of_inventory(environment, "kubernetes"), **KNOWN, **given})


@pytest.mark.parametrize(("role", "name", "given"), VARIANTS)
def test_the_chart_knows_every_value_that_a_role_sets(role: str, name: str, given: dict[str, t.Any]) -> None:
    values = Role(role, **KNOWN, **given).value(f"__{role}_values")
    assert check_values(name, values) == []
    assert values


@pytest.mark.parametrize(("role", "name", "given"), VARIANTS)
def test_the_policy_of_a_role_opens_every_port_that_a_service_of_its_chart_leads_to(
    role: str, name: str, given: dict[str, t.Any], tmp_path: Path
) -> None:
    found = Role(role, **KNOWN, **given)
    objects = rendered(found, name, tmp_path)
    pods = [each["spec"]["template"]["spec"] for each in objects if each["kind"] == "Deployment"]
    numbers = {port["name"]: port["containerPort"] for pod in pods for port in pod["containers"][0]["ports"]}
    aims = {port.get("targetPort", port["port"]) for each in objects if each["kind"] == "Service" for port in each["spec"]["ports"]}
    (policy,) = found.value(f"__{role}_policy")
    opened = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    assert {aim if isinstance(aim, int) else numbers[aim] for aim in aims} <= opened


@pytest.mark.parametrize("environment", ["test", "prod"])
@pytest.mark.parametrize("role", ["external_secrets", "cert_manager", "ingress"])
def test_so_do_the_charts_of_the_inventories(environment: str, role: str) -> None:
    found = of(role, environment)
    name = ROLES.get(role) or found.value("__ingress_addon")
    assert check_values(name, found.value(f"__{role}_values")) == []


@pytest.mark.parametrize("name", facts.charts())
def test_the_facts_are_about_the_versions_that_the_roles_install(name: str) -> None:
    assert facts.chart(name)["version"] == chart(name)["version"]


def test_values_of_the_user_are_laid_over_those_of_the_role() -> None:
    mine = {"webhook": {"replicaCount": 5}, "log": {"level": "debug"}}
    values = Role("external_secrets", **KNOWN, external_secrets_values=mine).value("__external_secrets_values")
    assert (values["webhook"]["replicaCount"], values["webhook"]["failurePolicy"]) == (5, "Fail")
    assert values["log"] == {"level": "debug"}
    assert values["replicaCount"] == 2


@pytest.mark.parametrize("role", ["external_secrets", "cert_manager", "ingress"])
@pytest.mark.parametrize("replicas", [1, 2])
def test_a_disruption_budget_never_blocks_the_only_pod(role: str, replicas: int) -> None:
    values = Role(role, **KNOWN, **{f"{role}_replicas": replicas}).value(f"__{role}_values")
    parts = [values, *(values[part] for part in ("webhook", "certController", "cainjector") if part in values)]
    assert {part["podDisruptionBudget"]["enabled"] for part in parts} == {replicas > 1}


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_custom_resources_have_the_fields_of_their_definitions(environment: str) -> None:
    secrets, issuers = of("external_secrets", environment), of("cert_manager", environment, cert_manager_self_signed=True)
    resources = [
        secrets.value("__external_secrets_store"),
        *secrets.value("__external_secrets_synced"),
        *issuers.value("__cert_manager_issuers"),
        *of("ingress", environment, ingress_controller="aks_app_routing", ingress_gateway_hosts=["example.com"]).value("__ingress_gateway"),
    ]
    assert len(resources) == 10
    assert {each["metadata"]["name"]: check_resource(each) for each in resources if check_resource(each)} == {}


def test_a_store_is_open_to_the_namespaces_of_its_secrets_only() -> None:
    (condition,) = of("external_secrets", "test").value("__external_secrets_store")["spec"]["conditions"]
    assert condition == {"namespaces": ["cert-manager", "klinematrix-test"]}


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_the_token_of_the_challenges_goes_where_cert_manager_is(environment: str) -> None:
    secrets = of("external_secrets", environment, cert_manager_namespace="elsewhere").value("external_secrets_secrets")
    assert {each["name"]: each["namespace"] for each in secrets}["cloudflare-api-token"] == "elsewhere"


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_the_key_of_langsmith_goes_through_the_vault_where_it_is_wanted(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_LANGSMITH_API_KEY", "lsv2_example")
    for wanted in (False, True):
        given = {"estate_langsmith": wanted}
        synced = {each["name"]: each for each in of("external_secrets", environment, **given).value("external_secrets_secrets")}
        vault = Role("key_vault", **{**of_inventory(environment, "azure_foundation"), **given}).value("key_vault_secrets")
        assert ("langsmith-api-key" in synced) is wanted
        assert [each["value"] for each in vault if each["name"] == "langsmith-api-key"] == ["lsv2_example"] * wanted
    assert synced["langsmith-api-key"]["data"] == {"LANGSMITH_API_KEY": {"key": "langsmith-api-key"}}


def test_the_subject_of_the_credential_is_the_account_that_reads_the_vault() -> None:
    store = of("external_secrets", "test").value("__external_secrets_store")
    account = store["spec"]["provider"]["azurekv"]["serviceAccountRef"]
    accounts = Role("workload_identity", **of_inventory("test", "azure_platform")).value("workload_identity_identities", "service_accounts")
    assert accounts == [[f"{account['namespace']}/{account['name']}"]]


@pytest.mark.parametrize(
    ("policy", "controller", "path"),
    [("Local", "ingress_nginx", None), ("Cluster", "ingress_nginx", "/healthz"), ("Cluster", "traefik", None)],
)
def test_the_load_balancer_asks_where_somebody_answers(policy: str, controller: str, path: str | None) -> None:
    role = Role("ingress", ingress_controller=controller, ingress_external_traffic_policy=policy)
    annotations = role.value("__ingress_annotations")
    assert annotations.get("service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path") == path


def test_ingress_nginx_is_closed_as_far_as_it_can_be() -> None:
    values = Role("ingress", ingress_controller="ingress_nginx").value("__ingress_values")["controller"]
    assert (values["allowSnippetAnnotations"], values["enableAnnotationValidations"]) == (False, True)
    assert values["config"]["annotations-risk-level"] == "High"


def test_one_class_is_never_served_twice() -> None:
    providers = Role("ingress", ingress_nginx_annotations=True).value("__ingress_values")["providers"]
    assert providers["kubernetesIngress"]["ingressClass"] == "traefik"
    assert providers["kubernetesIngressNGINX"]["ingressClass"] == "nginx"


@pytest.mark.parametrize("role", ["external_secrets", "cert_manager", "ingress"])
def test_operators_reach_the_api_server_wherever_it_listens(role: str) -> None:
    """Policies see it behind its Service: at 443 in AKS, at 6443 in most other clusters."""
    assert {443, 6443} <= open_ports(role)


@pytest.mark.parametrize("controller", ["traefik", "ingress_nginx"])
def test_cert_manager_reaches_its_own_challenges_behind_the_ingress(controller: str) -> None:
    """What asks for the load balancer's address inside the cluster is led to the pods right away, at their own ports."""
    web = {"traefik": {8000, 8443}, "ingress_nginx": {80, 443}}[controller]
    listening = {each["port"] for each in Role("ingress", ingress_controller=controller).value("__ingress_ports")}
    assert web <= listening & open_ports("cert_manager")


def open_ports(role: str) -> set[int]:
    """Where the pods of an add-on may go by TCP."""
    (policy,) = Role(role, **KNOWN).value(f"__{role}_policy")
    return {port["port"] for rule in policy["spec"]["egress"] for port in rule.get("ports", ()) if port["protocol"] == "TCP"}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "traefik"),
        ({"ingress_release": "edge"}, "edge-traefik"),
        ({"ingress_release": "traefik-internal"}, "traefik-internal"),
        ({"ingress_release": "edge", "ingress_values": {"fullnameOverride": "front"}}, "front"),
        ({"ingress_controller": "ingress_nginx"}, "nginx-ingress-ingress-nginx-controller"),
        ({"ingress_controller": "ingress_nginx", "ingress_release": "ingress-nginx"}, "ingress-nginx-controller"),
    ],
)
def test_the_service_is_called_as_the_chart_calls_it(given: dict[str, t.Any], name: str, tmp_path: Path) -> None:
    role = Role("ingress", **given)
    services = [each for each in rendered(role, role.value("__ingress_addon"), tmp_path) if each["kind"] == "Service"]
    (entry,) = [each["metadata"] for each in services if each["spec"]["type"] == "LoadBalancer"]
    assert entry["name"] == name
    place = role.value("__ingress_place")
    assert (place["name"], place["namespace"]) == (entry["name"], entry["namespace"])


def test_a_class_that_two_controllers_know_has_no_label_of_ours() -> None:
    (found,) = Role("ingress", ingress_nginx_annotations=True).value("__ingress_nginx_class")
    assert found == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }


@pytest.mark.parametrize(("controller", "allowed"), [("ingress_nginx", []), ("traefik", ["/service/spec/externalTrafficPolicy"])])
def test_only_what_the_chart_does_not_show_is_allowed(controller: str, allowed: list[str], tmp_path: Path) -> None:
    role = Role("ingress", ingress_controller=controller)
    assert role.value("__ingress_allowed") == allowed
    addon = role.value("__ingress_addon")
    found = fetch(
        Helm(Traffic("kubernetes", read_only=True)), Source(str(packing.unpack(addon, role.value("ingress_chart_version"), tmp_path)))
    )
    refuse_unknown(found, role.value("__ingress_values"), allowed)
    for path in allowed:
        with pytest.raises(PlanError, match=path):
            refuse_unknown(found, role.value("__ingress_values"), [])


def test_roles_agree_where_nobody_says_anything() -> None:
    ingress = Role("ingress")
    assert Role("cert_manager").value("cert_manager_ingress_class") == ingress.value("ingress_class")
    assert Role("network_policies").value("network_policies_ingress_namespace") == ingress.value("ingress_namespace")


def test_a_challenge_may_be_solved_by_a_route() -> None:
    solver = {"http01": {"gatewayHTTPRoute": {"parentRefs": [{"kind": "Gateway", "name": "public", "namespace": "ingress"}]}}}
    issuers = Role("cert_manager", **KNOWN, cert_manager_solvers=[solver]).value("__cert_manager_issuers")
    assert [check_resource(each) for each in issuers] == [[], []]
    (place,) = solver["http01"]["gatewayHTTPRoute"]["parentRefs"]
    gateway = Role("ingress", ingress_controller="aks_app_routing").value("__ingress_gateway")[0]
    assert (gateway["metadata"]["name"], gateway["metadata"]["namespace"]) == (place["name"], place["namespace"])


def test_a_gateway_with_tls_is_probed_where_something_answers() -> None:
    name = "service.beta.kubernetes.io/port_443_health-probe_protocol"
    for hosts, probe in (([], None), (["example.com"], "tcp")):
        (gateway,) = Role("ingress", ingress_controller="aks_app_routing", ingress_gateway_hosts=hosts).value("__ingress_gateway")
        assert gateway["spec"]["infrastructure"]["annotations"].get(name) == probe


@pytest.mark.parametrize("controller", ["traefik", "ingress_nginx"])
@pytest.mark.parametrize(("kind", "waits"), [("LoadBalancer", True), ("ClusterIP", False), ("NodePort", False)])
def test_only_a_load_balancer_gets_an_address(controller: str, kind: str, waits: bool) -> None:
    given = {"traefik": {"service": {"spec": {"type": kind}}}, "ingress_nginx": {"controller": {"service": {"type": kind}}}}[controller]
    assert Role("ingress", ingress_controller=controller, ingress_values=given).value("__ingress_addressed") is waits


def test_the_kinds_of_external_secrets_outlive_the_release(tmp_path: Path) -> None:
    """Whoever removes the release would else remove every ExternalSecret, and with it every Secret."""
    made = rendered(of("external_secrets", "test"), "external-secrets", tmp_path)
    kinds = [each for each in made if each["kind"] == "CustomResourceDefinition"]
    assert len(kinds) > 20
    assert {each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in kinds} == {"keep"}


@pytest.mark.parametrize("outside", [True, False])
@pytest.mark.parametrize("controller", ["traefik", "ingress_nginx"])
def test_only_what_is_reached_from_outside_says_how(controller: str, outside: bool, tmp_path: Path) -> None:
    kind = "LoadBalancer" if outside else "ClusterIP"
    given = {"traefik": {"service": {"spec": {"type": kind}}}, "ingress_nginx": {"controller": {"service": {"type": kind}}}}[controller]
    role = Role("ingress", ingress_controller=controller, ingress_values=given)
    services = [each["spec"] for each in rendered(role, role.value("__ingress_addon"), tmp_path) if each["kind"] == "Service"]
    assert {each.get("externalTrafficPolicy") for each in services} == ({"Local", None} if outside else {None})


def service(name: str, group: str = "example", **of: t.Any) -> dict[str, t.Any]:
    prefix = "service.beta.kubernetes.io/azure-"
    notes = {f"{prefix}pip-name": "example-ip", f"{prefix}load-balancer-resource-group": group}
    space, _, short = name.partition("/")
    if "release" in of:
        notes |= {"meta.helm.sh/release-name": of["release"], "meta.helm.sh/release-namespace": space}
    labels = {"gateway.networking.k8s.io/gateway-name": of["gateway"]} if "gateway" in of else {}
    ports = [{"port": port} for port in of.get("ports", (80, 443))]
    metadata = {"name": short, "namespace": space, "annotations": notes, "labels": labels}
    return {"metadata": metadata, "spec": {"type": "LoadBalancer", "ports": ports}}


OLD = service("ingress-nginx/nginx-ingress-ingress-nginx-controller", release="nginx-ingress")


@pytest.mark.parametrize(
    ("controller", "there", "taken"),
    [
        ("traefik", [OLD], [("ingress-nginx", "nginx-ingress")]),
        (
            "traefik",
            [service("traefik/traefik", release="traefik"), service("other/one", group="elsewhere"), service("mail/smtp", ports=(25,))],
            [],
        ),
        ("traefik", [service("ingress/public-approuting-istio", gateway="public")], [("", "")]),
        ("ingress_nginx", [OLD], []),
        ("aks_app_routing", [OLD, service("ingress/public-approuting-istio", gateway="public")], [("ingress-nginx", "nginx-ingress")]),
    ],
)
def test_who_else_has_the_address(controller: str, there: list[dict[str, t.Any]], taken: list[tuple[str, str]]) -> None:
    address = {"ingress_public_ip_name": "Example-IP", "ingress_public_ip_resource_group": "EXAMPLE"}
    role = Role("ingress", ingress_controller=controller, **address, __ingress_services={"objects": there})
    assert [(each["namespace"], each["release"]) for each in role.value("__ingress_taken")] == taken
    assert [each["release"] for each in role.value("__ingress_foreign")] == [""] * sum(not release for _, release in taken)
