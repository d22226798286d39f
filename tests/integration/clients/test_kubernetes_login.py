# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in to a cluster, and what each login may do: by kubectl, by the vendor's Python client, and by hand."""

from __future__ import annotations

import base64
import json
import ssl
import typing as t
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

import pytest
import requests
import yaml

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import VERSION, Cluster

SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
CLUSTER_ADMIN, READER = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", "7f6c6a51-bcf8-42ba-9220-52d62157d7db"
DEPLOYER = "e92b6a47-05c1-4d3f-93be-6f814c70d258"
CONFIG_MAPS = "api/v1/namespaces/default/configmaps"


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    return Cluster(cloud, tmp_path)


def ask(cluster: Cluster, token: str | None, path: str, method: str = "GET", body: t.Any = None) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{cluster.server}/{path}", json=body, headers=headers, timeout=10)


def with_entra(cluster: Cluster, *, azure_rbac: bool = False, groups: tuple[str, ...] = (), local: bool = True) -> None:
    """As if the cluster had been made with the integration."""
    with cluster.cloud.state() as state:
        properties = state["azure"]["arm"]["resources"][cluster.id.lower()]["body"]["properties"]
        profile = {"managed": True, "enableAzureRBAC": azure_rbac, "adminGroupObjectIDs": list(groups), "tenantID": cluster.azure.tenant}
        properties |= {"aadProfile": profile, "disableLocalAccounts": not local}


def entra(cluster: Cluster, resource: str = SERVER_APPLICATION) -> str:
    return str(cluster.azure.ask_token(scope=f"{resource}/.default").json()["access_token"])


# --- the static administrator -----------------------------------------------------


def test_the_kubeconfig_that_azure_gives_works_in_all_its_parts(cluster: Cluster, tmp_path: Path) -> None:
    assert cluster.kubectl("get", "namespaces").returncode == 0
    config = yaml.safe_load(cluster.config.read_text())
    user, server = config["users"][0]["user"], config["clusters"][0]["cluster"]
    authority = base64.b64decode(server["certificate-authority-data"]).decode()
    for name in ("client-certificate-data", "client-key-data"):
        (tmp_path / name).write_bytes(base64.b64decode(user[name]))
    context = ssl.create_default_context(cadata=authority)
    context.load_cert_chain(tmp_path / "client-certificate-data", tmp_path / "client-key-data")
    proxy = urllib.request.ProxyHandler({"https": cluster.cloud.address})
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), proxy)
    with opener.open(f"{server['server']}/{CONFIG_MAPS}", timeout=10) as answer:
        assert json.load(answer)["kind"] == "ConfigMapList"
    assert ask(cluster, user["token"], CONFIG_MAPS).ok


def test_who_shows_nothing_or_something_wrong_is_told_so_in_the_servers_words(cluster: Cluster) -> None:
    for token in (None, "wrong", "a.b.c"):
        answer = ask(cluster, token, CONFIG_MAPS)
        assert (answer.status_code, answer.json()["kind"], answer.json()["reason"]) == (401, "Status", "Unauthorized")


def test_a_certificate_of_another_cluster_is_worth_nothing(cluster: Cluster) -> None:
    with cluster.cloud.state() as state:
        kept = state["kubernetes"]["api"]["clusters"][cluster.id.lower()]
        kept["credentials"]["token"] = "other"
        kept["uid"] = state["azure"]["arm"]["resources"][cluster.id.lower()]["client_id"] = "00000000-0000-4000-8000-000000000001"
    assert "You must be logged in" in cluster.kubectl("get", "pods").stderr


def test_a_host_is_there_as_long_as_its_cluster(cluster: Cluster) -> None:
    assert cluster.azure.arm("DELETE", cluster.id, version=VERSION).status_code in (202, 204)
    cluster.until(lambda: cluster.azure.arm("GET", cluster.id, version=VERSION).status_code == 404)
    with pytest.raises(requests.exceptions.ProxyError):
        ask(cluster, "token", CONFIG_MAPS)
    assert cluster.id.lower() not in cluster.cloud.ask("GET", "state")["kubernetes"]["api"]["clusters"]


# --- Entra ID ------------------------------------------------------------------------


def test_a_token_of_entra_is_nothing_to_a_cluster_without_the_integration(cluster: Cluster) -> None:
    assert ask(cluster, entra(cluster), CONFIG_MAPS).status_code == 401


def test_entra_with_azures_roles(cluster: Cluster) -> None:
    with_entra(cluster, azure_rbac=True)
    token = entra(cluster)
    refused = ask(cluster, token, CONFIG_MAPS)
    assert refused.status_code == 403
    why = "User does not have access to the resource in Azure. Update role assignment to allow access."
    wanted = (
        f'configmaps is forbidden: User "{DEPLOYER}" cannot list resource "configmaps" in API group "" in the namespace "default": {why}'
    )
    assert refused.json()["message"] == wanted
    cluster.grant(DEPLOYER, READER, f"{cluster.id}/namespaces/default")
    assert ask(cluster, token, CONFIG_MAPS).ok
    assert ask(cluster, token, "api/v1/configmaps").status_code == 403
    assert ask(cluster, token, "api/v1/namespaces/default/secrets").status_code == 403
    body = {"metadata": {"name": "a"}}
    assert ask(cluster, token, CONFIG_MAPS, "POST", body).status_code == 403
    cluster.grant(DEPLOYER, CLUSTER_ADMIN, cluster.id)
    assert ask(cluster, token, CONFIG_MAPS, "POST", body).status_code == 201
    assert ask(cluster, token, "apis/rbac.authorization.k8s.io/v1/clusterroles").ok


def test_a_token_for_somebody_else_or_of_yesterday(cluster: Cluster) -> None:
    with_entra(cluster, azure_rbac=True)
    cluster.grant(DEPLOYER, CLUSTER_ADMIN, cluster.id)
    assert ask(cluster, entra(cluster, "https://management.azure.com"), CONFIG_MAPS).status_code == 401
    with cluster.cloud.state() as state:
        state["azure"]["entra"]["token_seconds"] = -10
    assert ask(cluster, entra(cluster), CONFIG_MAPS).status_code == 401


def test_entra_with_roles_of_the_cluster(cluster: Cluster) -> None:
    with_entra(cluster, groups=("group-of-admins",))
    token = entra(cluster)
    assert ask(cluster, token, CONFIG_MAPS).status_code == 403
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": DEPLOYER}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    binding = {"metadata": {"name": "deployer"}, "subjects": [subject], "roleRef": role}
    path = "apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings"
    assert cluster.ask("POST", path, binding).status_code == 201
    assert ask(cluster, token, CONFIG_MAPS).ok
    assert ask(cluster, token, "api/v1/nodes").status_code == 403
    with cluster.cloud.state() as state:
        state["azure"]["entra"]["principals"][DEPLOYER]["groups"] = ["group-of-admins"]
    assert ask(cluster, token, "api/v1/nodes").ok


def test_without_local_accounts_only_entra_gets_in(cluster: Cluster) -> None:
    with_entra(cluster, azure_rbac=True, local=False)
    cluster.grant(DEPLOYER, CLUSTER_ADMIN, cluster.id)
    assert "You must be logged in" in cluster.kubectl("get", "pods").stderr
    assert ask(cluster, entra(cluster), CONFIG_MAPS).ok


# --- service accounts ------------------------------------------------------------------


def test_a_service_accounts_token_its_claims_and_its_rights(cluster: Cluster) -> None:
    for arguments in (("serviceaccount", "robot"), ("role", "reader", "--verb=get,list", "--resource=configmaps")):
        assert cluster.kubectl("create", *arguments).returncode == 0
    assert cluster.kubectl("create", "rolebinding", "robot", "--role=reader", "--serviceaccount=default:robot").returncode == 0
    token = cluster.kubectl("create", "token", "robot", "--duration=20m").stdout.strip()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    record = cluster.azure.arm("GET", cluster.id, version=VERSION).json()["properties"]
    assert claims["iss"] == record["oidcIssuerProfile"]["issuerURL"]
    assert claims["sub"] == "system:serviceaccount:default:robot"
    assert claims["exp"] - claims["iat"] == 1200
    assert ask(cluster, token, CONFIG_MAPS).ok
    assert ask(cluster, token, CONFIG_MAPS, "POST", {"metadata": {"name": "a"}}).status_code == 403
    for_vault = cluster.kubectl("create", "token", "robot", "--audience=api://AzureADTokenExchange").stdout.strip()
    assert ask(cluster, for_vault, CONFIG_MAPS).status_code == 401
    assert cluster.kubectl("delete", "serviceaccount", "robot").returncode == 0
    assert ask(cluster, token, CONFIG_MAPS).status_code == 401


def test_a_token_that_no_one_signed_here(cluster: Cluster) -> None:
    token = cluster.kubectl("create", "token", "default").stdout.strip()
    head, claims, signature = token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"sub": "system:serviceaccount:kube-system:default"}
    text = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    assert ask(cluster, f"{head}.{text}.{signature}", "version").status_code == 401
    assert ask(cluster, token, "version").ok


def test_reviews_say_what_is_true(cluster: Cluster) -> None:
    token = cluster.kubectl("create", "token", "default").stdout.strip()
    path = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def may(who: str, **attributes: str) -> bool:
        done = ask(cluster, who, path, "POST", {"spec": {"resourceAttributes": attributes}})
        assert done.status_code == 201
        return bool(done.json()["status"]["allowed"])

    admin = str(cluster.session.headers["Authorization"]).split()[1]
    assert may(admin, verb="delete", resource="namespaces")
    assert not may(token, verb="list", resource="secrets", namespace="default")
    assert cluster.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").stdout == "masterclient"
    rules = ask(cluster, token, "apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "POST", {"spec": {"namespace": "default"}}).json()
    assert ["selfsubjectreviews"] in [rule["resources"] for rule in rules["status"]["resourceRules"]]
    assert [call["write"] for call in cluster.cloud.journal if call["path"].endswith("reviews")] == [False] * 4


def test_who_acts_as_somebody_else_may_do_what_that_one_may(cluster: Cluster) -> None:
    for arguments in (("serviceaccount", "robot"), ("role", "reader", "--verb=get,list", "--resource=configmaps")):
        assert cluster.kubectl("create", *arguments).returncode == 0
    assert cluster.kubectl("create", "rolebinding", "readers", "--role=reader", "--group=readers").returncode == 0
    robot = "--as=system:serviceaccount:default:robot"
    refused = cluster.kubectl("get", "configmaps", robot)
    who = '"system:serviceaccount:default:robot"'
    assert f'User {who} cannot list resource "configmaps" in API group "" in the namespace "default"' in refused.stderr
    assert cluster.kubectl("auth", "can-i", "list", "configmaps", robot).stdout == "no\n"
    groups = ("--as-group=others", "--as-group=readers")
    assert cluster.kubectl("get", "configmaps", "--as=ada", *groups).returncode == 0
    shown = cluster.kubectl("auth", "whoami", "--as=ada", *groups, "-o", "jsonpath={.status.userInfo}").stdout
    assert json.loads(shown) == {"username": "ada", "groups": ["others", "readers", "system:authenticated"]}
    # The right to do so is a right like others, for each of what is claimed.
    token = cluster.kubectl("create", "token", "robot").stdout.strip()
    headers = {"Authorization": f"Bearer {token}", "Impersonate-User": "ada", "Impersonate-Group": "system:masters"}

    def attempt() -> tuple[int, str]:
        done = requests.get(f"{cluster.server}/{CONFIG_MAPS}", headers=headers, timeout=10)
        return done.status_code, done.json().get("message", "")

    why = f'User {who} cannot impersonate resource "users" in API group "" at the cluster scope'
    assert attempt() == (403, f'users "ada" is forbidden: {why}')
    assert cluster.kubectl("create", "clusterrole", "actor", "--verb=impersonate", "--resource=users").returncode == 0
    bound = cluster.kubectl("create", "clusterrolebinding", "actor", "--clusterrole=actor", "--serviceaccount=default:robot")
    assert bound.returncode == 0
    assert attempt() == (403, f'groups "system:masters" is forbidden: {why.replace("users", "groups")}')


def test_nobody_gives_rights_that_he_has_not(cluster: Cluster) -> None:
    for arguments in (
        ("role", "binder", "--verb=create,get", "--resource=roles.rbac.authorization.k8s.io,configmaps"),
        ("rolebinding", "binder", "--role=binder", "--serviceaccount=default:default"),
    ):
        assert cluster.kubectl("create", *arguments).returncode == 0
    token = cluster.kubectl("create", "token", "default").stdout.strip()
    path = "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"

    def role(plural: str) -> requests.Response:
        rule = {"apiGroups": [""], "resources": [plural], "verbs": ["get"]}
        return ask(cluster, token, path, "POST", {"metadata": {"name": plural}, "rules": [rule]})

    assert role("configmaps").status_code == 201
    refused = role("secrets")
    assert refused.status_code == 403
    assert "is attempting to grant RBAC permissions not currently held" in refused.json()["message"]


def test_the_vendors_client_inside_a_pod(cluster: Cluster, tmp_path: Path) -> None:
    """The in-cluster account: token and certificate in files, the address in the environment."""
    assert cluster.kubectl("create", "clusterrolebinding", "all", "--clusterrole=view", "--group=system:serviceaccounts").returncode == 0
    (tmp_path / "token").write_text(cluster.kubectl("create", "token", "default").stdout.strip())
    authority = yaml.safe_load(cluster.config.read_text())["clusters"][0]["cluster"]["certificate-authority-data"]
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(authority))
    script = f"""
from kubernetes import client
from kubernetes.config.incluster_config import InClusterConfigLoader
InClusterConfigLoader(token_filename={str(tmp_path / "token")!r}, cert_filename={str(tmp_path / "ca.crt")!r}).load_and_set()
configuration = client.Configuration.get_default_copy()
configuration.proxy = {cluster.cloud.address!r}
core = client.CoreV1Api(client.ApiClient(configuration))
print(sorted(each.metadata.name for each in core.list_namespace().items)[0])
"""
    host = urlparse(cluster.server).hostname or ""
    assert cluster.cloud.python(script, KUBERNETES_SERVICE_HOST=host, KUBERNETES_SERVICE_PORT="443").strip() == "default"
