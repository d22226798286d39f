# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the usual modules for AKS get wrong, one test for each: false drift, drift that is not seen, damage, and secrets that are shown."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.aks import (
    CLUSTER,
    DECLARED,
    ID,
    POOLS,
    WORKSPACE,
    aks,
    fields,
    hurry,
    plant_pool,
    pool_names,
    pools,
    prepare,
    properties,
    record,
    seed,
)


@pytest.fixture(autouse=True)
def group(cloud: LocalCloud) -> None:
    prepare(cloud)
    hurry(cloud)


def test_a_pool_that_is_not_declared_is_never_touched(cloud: LocalCloud) -> None:
    seed(cloud)
    plant_pool(
        cloud,
        "theirs",
        count=7,
        maxCount=9,
        tags={"team": "theirs"},
        vnetSubnetID="/subscriptions/0/x",
        availabilityZones=["1", "2"],
        osSKU="AzureLinux",
    )
    before = properties(cloud, "theirs")
    assert aks(cloud).result["changed"] is False
    # Neither by a write of the cluster, nor by one of another pool, nor by a new one.
    done = aks(cloud, sku_tier="Standard", node_pools=[*pools(userpool={"max_count": 2}), {**POOLS[1], "name": "more"}])
    assert done.writes == ["PUT ManagedClusters_CreateOrUpdate", *["PUT AgentPools_CreateOrUpdate"] * 2]
    assert properties(cloud, "theirs") == before


def test_pools_are_purged_only_when_that_is_asked_for(cloud: LocalCloud) -> None:
    seed(cloud)
    plant_pool(cloud, "theirs")
    preview, done = (aks(cloud, check=check, purge_node_pools=True) for check in (True, False))
    assert preview.result["changes"] == done.result["changes"]
    assert done.writes == ["DELETE AgentPools_Delete"]
    assert pool_names(cloud) == {pool["name"] for pool in POOLS}


def test_authorized_ranges_are_compared_by_value_not_by_number(cloud: LocalCloud) -> None:
    seed(cloud)
    assert aks(cloud, authorized_ip_ranges=["198.51.100.0/24", "203.0.113.7/32"]).result["changed"] is False
    done = aks(cloud, authorized_ip_ranges=["198.51.100.0/24", "203.0.113.8"])
    assert [path for _, path in fields(done)] == ["/properties/apiServerAccessProfile/authorizedIPRanges"]


def test_the_number_of_nodes_is_no_drift_under_the_autoscaler(cloud: LocalCloud) -> None:
    declared = pools(userpool={"count": 1, "max_count": 3})
    seed(cloud, node_pools=declared)
    with cloud.state() as state:
        record(state, f"{ID}/agentPools/userpool")["body"]["properties"]["count"] = 3
    assert aks(cloud, node_pools=declared).result["changed"] is False
    aks(cloud, node_pools=pools(userpool={"count": 1, "max_count": 4}))
    assert properties(cloud, "userpool")["count"] == 3


def test_neither_rbac_nor_a_version_that_is_not_declared_is_a_change(cloud: LocalCloud) -> None:
    seed(cloud)
    done = aks(cloud, kubernetes_version=None)
    assert (done.status, done.result["changed"]) == ("ok", False)


def test_korea_central_and_other_spellings_are_no_drift(cloud: LocalCloud) -> None:
    seed(cloud, container_insights={"workspace_id": WORKSPACE})
    spelled = pools(userpool={"vm_size": "standard_d2LS_v5", "os_type": "Linux"})
    other = {"container_insights": {"workspace_id": WORKSPACE.upper()}, "node_pools": list(reversed(spelled))}
    for location in ("koreacentral", "KoreaCentral", "Korea Central"):
        assert aks(cloud, location=location, **other).result["changes"] == []


@pytest.mark.parametrize("case", ["zones", "node_public_ip", "os_sku"])
def test_what_the_cluster_does_not_have_is_compared_and_no_crash(cloud: LocalCloud, case: str) -> None:
    seed(cloud)
    value: t.Any = {"zones": ["1"], "node_public_ip": True, "os_sku": "Windows2022"}[case]
    done = aks(cloud, check=True, node_pools=pools(userpool={case: value}))
    assert done.result["failure"]["code"] == "immutable"


@pytest.mark.parametrize(("field", "value"), [("spot_max_price", 0.5), ("priority", "Spot"), ("vnet_subnet_id", "/subscriptions/0/a")])
def test_immutable_values_of_a_pool_are_refused_in_the_preview(cloud: LocalCloud, field: str, value: t.Any) -> None:
    seed(cloud)
    done = aks(cloud, check=True, node_pools=pools(userpool={field: value}))
    assert done.result["failure"]["code"] == "immutable"
    assert f"{CLUSTER}/userpool/properties/" in done.result["msg"]


def test_the_distribution_and_the_version_of_a_pool_are_compared(cloud: LocalCloud) -> None:
    seed(cloud, kubernetes_version="1.36", node_pools=pools(userpool={"kubernetes_version": "1.35"}))
    done = aks(cloud, kubernetes_version="1.36", node_pools=pools(userpool={"os_sku": "AzureLinux"}))
    assert fields(done) == {
        (f"{CLUSTER}/userpool", "/properties/osSKU"): ("Ubuntu", "AzureLinux"),
        (f"{CLUSTER}/userpool", "/properties/orchestratorVersion"): ("1.35.4", "1.36"),
    }


def test_absent_of_a_pool_that_is_not_there_is_no_change(cloud: LocalCloud) -> None:
    seed(cloud)
    done = aks(cloud, check=True, node_pools=[*POOLS, {"name": "nothing", "state": "absent"}])
    assert done.result["changed"] is False


def test_the_deletion_of_a_pool_is_awaited(cloud: LocalCloud) -> None:
    seed(cloud)
    assert aks(cloud, node_pools=[{"name": "userpool", "state": "absent"}]).writes == ["DELETE AgentPools_Delete"]
    assert pool_names(cloud) == {"agentpool", "userpoolv2"}


def shown(cloud: LocalCloud) -> dict[str, t.Any]:
    """What a declaration can set. What the service makes for itself (load balancer, storage drivers) comes back with every read."""
    kept = properties(cloud)
    made = ("loadBalancerProfile", "serviceCidrs", "podCidrs", "ipFamilies")
    names = (
        *("aadProfile", "addonProfiles", "apiServerAccessProfile", "autoScalerProfile", "autoUpgradeProfile", "azureMonitorProfile"),
        *("dnsPrefix", "disableLocalAccounts", "kubernetesVersion", "nodeResourceGroup", "oidcIssuerProfile", "securityProfile"),
    )
    network = {name: value for name, value in kept["networkProfile"].items() if name not in made}
    return {name: kept[name] for name in names} | {"networkProfile": network, "oidc": kept["oidcIssuerProfile"]["enabled"]}


def test_a_write_keeps_what_is_not_declared(cloud: LocalCloud) -> None:
    """Tags, the issuer, monitoring and the tier: a whole write that leaves them out would take them away."""
    seed(cloud, sku_tier="Standard", entra={"azure_rbac": True}, container_insights={"workspace_id": WORKSPACE})
    with cloud.state() as state:
        record(state)["body"]["tags"]["theirs"] = "x"
    before = shown(cloud)
    little = {name: DECLARED[name] for name in ("name", "resource_group", "location")} | {"tags": {"owner": "new"}}
    nothing: dict[str, t.Any] = dict.fromkeys(name for name in DECLARED if name not in little)
    assert list(fields(aks(cloud, **nothing | little))) == [(CLUSTER, "/tags/owner")]
    kept = record(cloud.ask("GET", "state"))
    assert (kept["body"]["tags"], kept["body"]["sku"]["tier"]) == ({"owner": "new", "theirs": "x"}, "Standard")
    assert shown(cloud) == before


def test_changes_of_entra_are_found(cloud: LocalCloud) -> None:
    seed(cloud, entra={"admin_group_object_ids": ["11111111-2222-3333-4444-555555555555"], "azure_rbac": False})
    done = aks(cloud, entra={"admin_group_object_ids": ["AAAAAAAA-2222-3333-4444-555555555555"], "azure_rbac": True}, local_accounts=False)
    paths = {path for _, path in fields(done)}
    assert paths == {
        "/properties/aadProfile/adminGroupObjectIDs",
        "/properties/aadProfile/enableAzureRBAC",
        "/properties/disableLocalAccounts",
    }


def test_no_credential_is_fetched_or_returned(cloud: LocalCloud) -> None:
    seed(cloud)
    done = aks(cloud, sku_tier="Standard")
    text = json.dumps(done.result).casefold()
    for word in ("kubeconfig", "client-key-data", "certificate-authority-data", "begin "):
        assert word not in text
    assert not [call for call in cloud.journal if "Credential" in str(call["action"])]
