# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and node pools, driven by the vendor's management SDK as it comes: its own models, its own polling, its own login."""

from __future__ import annotations

import base64
import typing as t

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.modules.aks import CLUSTER, DECLARED, GROUP, register
from tests.steps import direct

POOL = {"name": "agentpool", "mode": "System", "vmSize": "Standard_D2ls_v5", "count": 1, "minCount": 1, "maxCount": 1}
BODY: dict[str, t.Any] = {
    "location": "koreacentral",
    "identity": {"type": "SystemAssigned"},
    "sku": {"name": "Base", "tier": "Free"},
    "properties": {
        "dnsPrefix": "theirs",
        "kubernetesVersion": "1.35",
        "enableRBAC": True,
        "agentPoolProfiles": [{**POOL, "enableAutoScaling": True, "osType": "Linux", "type": "VirtualMachineScaleSets"}],
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkPolicy": "cilium",
            "networkDataplane": "cilium",
        },
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {"workloadIdentity": {"enabled": True}},
    },
}
OURS: dict[str, t.Any] = {
    **{name: DECLARED[name] for name in ("name", "resource_group", "location", "kubernetes_version", "oidc_issuer", "workload_identity")},
    "sku_tier": "Free",
    "network": {"plugin": "azure", "plugin_mode": "overlay", "policy": "cilium", "dataplane": "cilium"},
    "node_pools": [
        {"name": "agentpool", "mode": "System", "vm_size": "Standard_D2ls_v5", "autoscaling": True, "min_count": 1, "max_count": 1}
    ],
}


@pytest.fixture
def client(cloud: LocalCloud) -> ContainerServiceClient:
    azure = AzureRaw(cloud).with_group()
    register(cloud)
    login = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return ContainerServiceClient(login, azure.subscription.rpartition("/")[2], polling_interval=0.1)


def test_the_life_of_a_cluster(client: ContainerServiceClient) -> None:
    clusters, pools = client.managed_clusters, client.agent_pools
    with pytest.raises(ResourceNotFoundError):
        clusters.get(GROUP, CLUSTER)
    made = clusters.begin_create_or_update(GROUP, CLUSTER, BODY).result()
    assert made.properties.current_kubernetes_version.startswith("1.35.")
    assert made.properties.oidc_issuer_profile.issuer_url.endswith("/")
    user = {"properties": {"mode": "User", "vmSize": "Standard_E2_v3", "count": 1}}
    assert pools.begin_create_or_update(GROUP, CLUSTER, "userpoolv2", user).result().properties.vm_size == "Standard_E2_v3"
    assert sorted(each.name for each in pools.list(GROUP, CLUSTER)) == ["agentpool", "userpoolv2"]
    (config,) = clusters.list_cluster_admin_credentials(GROUP, CLUSTER).kubeconfigs
    content = config.value if isinstance(config.value, bytes) else base64.b64decode(config.value)
    assert b"client-certificate-data" in bytes(content)
    with pytest.raises(HttpResponseError):
        pools.begin_delete(GROUP, CLUSTER, "agentpool").result()  # the last one of mode System
    pools.begin_delete(GROUP, CLUSTER, "userpoolv2").result()
    assert [each.name for each in pools.list(GROUP, CLUSTER)] == ["agentpool"]


def test_what_it_builds_is_adopted_without_a_change(cloud: LocalCloud, client: ContainerServiceClient) -> None:
    client.managed_clusters.begin_create_or_update(GROUP, CLUSTER, BODY).result()
    done = direct(cloud, "aks_cluster", **OURS)
    assert (done.result["changes"], done.writes) == ([], [])


def test_it_reads_back_what_the_module_builds(cloud: LocalCloud, client: ContainerServiceClient) -> None:
    assert direct(cloud, "aks_cluster", **OURS).status == "ok"
    found = client.managed_clusters.get(GROUP, CLUSTER)
    (pool,) = found.properties.agent_pool_profiles
    assert (pool.vm_size, pool.mode, pool.enable_auto_scaling, pool.max_count) == ("Standard_D2ls_v5", "System", True, 1)
    network = found.properties.network_profile
    assert (network.network_plugin, network.network_plugin_mode, network.network_policy) == ("azure", "overlay", "cilium")
    assert found.properties.security_profile.workload_identity.enabled is True
