# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aks_cluster against the local cloud: what is declared, found, mended, refused and left alone."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.aks import (
    ADDRESSES,
    CLUSTER,
    DECLARED,
    ID,
    POOLS,
    REGISTRY,
    WORKSPACE,
    actions,
    aks,
    fields,
    hurry,
    pool_names,
    pools,
    prepare,
    properties,
    record,
    register,
    seed,
)
from tests.steps import direct, four_steps

UNKNOWN = "(known after apply)"
WINDOW = f"{CLUSTER}/aksManagedAutoUpgradeSchedule"


@pytest.fixture(autouse=True)
def group(cloud: LocalCloud) -> None:
    prepare(cloud)
    hurry(cloud)


def with_roles(**more: t.Any) -> dict[str, t.Any]:
    return {
        **DECLARED,
        "attached_registries": [REGISTRY],
        "network_contributor_scopes": [ADDRESSES],
        "container_insights": {"workspace_id": WORKSPACE},
        **more,
    }


def test_four_steps(cloud: LocalCloud) -> None:
    cloud.heal()  # operations take their time
    preview, applied, again, _ = four_steps(cloud, "aks_cluster", in_process=False, **with_roles())
    assert actions(preview) == [
        ("update", "resource_provider", "Microsoft.ContainerService"),
        ("create", "aks_cluster", CLUSTER),
        *(("create", "aks_node_pool", f"{CLUSTER}/{pool['name']}") for pool in POOLS),
        ("create", "aks_maintenance_window", WINDOW),
        ("create", "role_assignment", f"AcrPull for the kubelet identity of {CLUSTER} at financialAgent"),
        ("create", "role_assignment", f"Network Contributor for the cluster identity of {CLUSTER} at Addresses"),
    ]
    # A new cluster comes with its first system pool; the others follow as children.
    assert applied.writes[:5] == [
        "POST Providers_Register",
        "PUT ManagedClusters_CreateOrUpdate",
        *["PUT AgentPools_CreateOrUpdate"] * 2,
        "PUT MaintenanceConfigurations_CreateOrUpdate",
    ]
    assert set(applied.writes[5:]) == {"PUT RoleAssignments_Create"}
    assert again.reads.count("GET ManagedClusters_Get") == 1


def test_a_preview_of_a_new_cluster_tells_what_can_be_known(cloud: LocalCloud) -> None:
    done = aks(cloud, check=True, attached_registries=[f"{UNKNOWN}"], network_contributor_scopes=[ADDRESSES])
    shown = done.result["aks_cluster"]
    assert shown["id"] == ID
    for name in ("fqdn", "oidc_issuer_url", "principal_id", "node_resource_group", "current_kubernetes_version"):
        assert shown[name] == UNKNOWN
    assert set(shown["kubelet_identity"].values()) == {UNKNOWN}
    roles = [change for change in done.result["changes"] if change["kind"] == "role_assignment"]
    assert [change["action"] for change in roles] == ["create", "create"]
    assert cloud.writes == []


def test_what_the_result_tells(cloud: LocalCloud) -> None:
    seed(cloud)
    shown = aks(cloud).result["aks_cluster"]
    kept = record(cloud.ask("GET", "state"))
    assert shown["oidc_issuer_url"] == kept["issuer"]
    assert shown["principal_id"] == kept["principal_id"]
    assert shown["current_kubernetes_version"] == "1.35.4"
    assert shown["node_resource_group"] == f"MC_FinancialAgent_{CLUSTER}_koreacentral"
    assert [pool["name"] for pool in shown["node_pools"]] == ["agentpool", "userpool", "userpoolv2"]


# --- drift ---------------------------------------------------------------------------------------------

CLUSTER_MUTATIONS: list[tuple[str, t.Any, str]] = [
    ("networkProfile/outboundType", "userDefinedRouting", ""),
    ("autoUpgradeProfile/upgradeChannel", "rapid", "/properties/autoUpgradeProfile/upgradeChannel"),
    ("autoUpgradeProfile/nodeOSUpgradeChannel", "None", "/properties/autoUpgradeProfile/nodeOSUpgradeChannel"),
    ("securityProfile/workloadIdentity/enabled", False, "/properties/securityProfile/workloadIdentity/enabled"),
    ("azureMonitorProfile/metrics/enabled", False, "/properties/azureMonitorProfile/metrics/enabled"),
    (
        "apiServerAccessProfile/authorizedIPRanges",
        ["203.0.113.8/32", "198.51.100.0/24"],
        "/properties/apiServerAccessProfile/authorizedIPRanges",
    ),
    ("autoScalerProfile/scan-interval", "10s", "/properties/autoScalerProfile/scan-interval"),
    ("addonProfiles/omsagent/enabled", False, "/properties/addonProfiles/omsagent/enabled"),
    ("addonProfiles/omsagent/config/useAADAuth", "false", "/properties/addonProfiles/omsagent/config/useAADAuth"),
]


@pytest.mark.parametrize(("field", "value", "path"), CLUSTER_MUTATIONS, ids=[field for field, *_ in CLUSTER_MUTATIONS])
def test_what_somebody_changes_on_the_cluster_is_found_by_its_path_and_mended(
    cloud: LocalCloud, field: str, value: t.Any, path: str
) -> None:
    insights = {"container_insights": {"workspace_id": WORKSPACE}}
    seed(cloud, **insights)
    with cloud.state() as state:
        place = record(state)["body"]["properties"]
        *parents, last = field.split("/")
        for part in parents:
            place = place[part]
        place[last] = value
    done = aks(cloud, **insights)
    assert [found for _, found in fields(done)] == ([path] if path else [])
    assert done.writes == (["PUT ManagedClusters_CreateOrUpdate"] if path else [])
    assert aks(cloud, **insights).result["changed"] is False


POOL_MUTATIONS: list[tuple[str, str, t.Any, str]] = [
    ("userpool", "maxCount", 3, "/properties/maxCount"),
    ("userpool", "mode", "System", "/properties/mode"),
    ("userpool", "nodeLabels", {"app": "other"}, "/properties/nodeLabels/app"),
    ("userpool", "tags", {"Owner": "else"}, "/properties/tags/Owner"),
    ("userpoolv2", "nodeTaints", [], "/properties/nodeTaints"),
]


@pytest.mark.parametrize(("pool", "field", "value", "path"), POOL_MUTATIONS, ids=[each[1] for each in POOL_MUTATIONS])
def test_what_somebody_changes_on_a_pool_is_found_by_its_path_and_mended(
    cloud: LocalCloud, pool: str, field: str, value: t.Any, path: str
) -> None:
    seed(cloud)
    before = properties(cloud, pool)
    with cloud.state() as state:
        record(state, f"{ID}/agentPools/{pool}")["body"]["properties"][field] = value
    done = aks(cloud)
    assert list(fields(done)) == [(f"{CLUSTER}/{pool}", path)]
    assert done.writes == ["PUT AgentPools_CreateOrUpdate"]
    assert properties(cloud, pool) == before


def test_a_window_that_somebody_moves_is_moved_back(cloud: LocalCloud) -> None:
    seed(cloud)
    window = f"{ID}/maintenanceConfigurations/aksManagedAutoUpgradeSchedule"
    with cloud.state() as state:
        record(state, window)["body"]["properties"]["maintenanceWindow"]["startTime"] = "12:00"
    done = aks(cloud)
    assert fields(done) == {(WINDOW, "/properties/maintenanceWindow/startTime"): ("12:00", "03:00")}
    assert done.writes == ["PUT MaintenanceConfigurations_CreateOrUpdate"]


def test_a_cluster_made_by_others_is_adopted(cloud: LocalCloud) -> None:
    """What can only be set at creation differs, and is neither compared nor touched."""
    theirs = {"pod_cidr": "172.16.0.0/16", "service_cidr": "172.31.0.0/20", "dns_service_ip": "172.31.0.53"}
    seed(cloud, network=DECLARED["network"] | theirs, dns_prefix="made-by-others", node_resource_group="others-nodes")
    ours = {"dns_prefix": "ours", "node_resource_group": "our-nodes"}
    assert aks(cloud, **ours).result["changed"] is False
    done = aks(cloud, **ours, sku_tier="Standard")
    assert fields(done) == {(CLUSTER, "/sku/tier"): ("Free", "Standard")}
    kept = properties(cloud)
    assert (kept["networkProfile"]["serviceCidr"], kept["dnsPrefix"]) == ("172.31.0.0/20", "made-by-others")
    assert done.result["aks_cluster"]["node_resource_group"] == "others-nodes"


def test_a_write_that_failed_half_way_is_written_again(cloud: LocalCloud) -> None:
    seed(cloud)
    with cloud.state() as state:
        record(state, f"{ID}/agentPools/userpool")["failed"] = True
        record(state)["failed"] = True
    done = aks(cloud)
    assert fields(done) == {
        (CLUSTER, "/properties/provisioningState"): ("Failed", "Succeeded"),
        (f"{CLUSTER}/userpool", "/properties/provisioningState"): ("Failed", "Succeeded"),
    }
    assert aks(cloud).result["changed"] is False


# --- node pools ------------------------------------------------------------------------------------------


def test_a_pool_that_is_to_go_goes_after_what_replaces_it(cloud: LocalCloud) -> None:
    seed(cloud)
    wanted = [{"name": "agentpool", "state": "absent"}, {**POOLS[0], "name": "system2"}, *POOLS[1:]]
    preview, done = (aks(cloud, check=check, node_pools=wanted) for check in (True, False))
    assert preview.result["changes"] == done.result["changes"]
    assert done.writes == ["PUT AgentPools_CreateOrUpdate", "DELETE AgentPools_Delete"]
    assert pool_names(cloud) == {"system2", "userpool", "userpoolv2"}
    assert aks(cloud, node_pools=wanted).result["changed"] is False


def test_scaling_is_turned_off_without_its_bounds(cloud: LocalCloud) -> None:
    seed(cloud)
    fixed = pools(userpool={"autoscaling": False, "min_count": None, "max_count": None, "count": 2})
    done = aks(cloud, node_pools=fixed)
    assert {path for _, path in fields(done)} == {"/properties/enableAutoScaling", "/properties/count"}
    assert "minCount" not in properties(cloud, "userpool")
    assert aks(cloud, node_pools=fixed).result["changed"] is False


# --- versions --------------------------------------------------------------------------------------------


def test_the_control_plane_is_upgraded_before_its_pools(cloud: LocalCloud) -> None:
    seed(cloud)
    preview, done, again = (aks(cloud, check=check, kubernetes_version="1.36") for check in (True, False, False))
    assert preview.result["changes"] == done.result["changes"]
    upgraded = {(f"{CLUSTER}/{pool['name']}", "/properties/orchestratorVersion"): ("1.35.4", "1.36") for pool in POOLS}
    assert fields(done) == upgraded | {(CLUSTER, "/properties/kubernetesVersion"): ("1.35.4", "1.36")}
    assert done.writes == ["PUT ManagedClusters_CreateOrUpdate", *["PUT AgentPools_CreateOrUpdate"] * 3]
    assert (record(cloud.ask("GET", "state"))["version"], properties(cloud)["kubernetesVersion"]) == ("1.36.2", "1.36")
    assert again.result["changed"] is False


def test_an_alias_stands_for_any_patch_and_stays_as_it_was_asked_for(cloud: LocalCloud) -> None:
    seed(cloud, kubernetes_version="1.35.1")
    done = aks(cloud, sku_tier="Standard")
    assert fields(done) == {(CLUSTER, "/sku/tier"): ("Free", "Standard")}
    assert record(cloud.ask("GET", "state"))["version"] == "1.35.1"


# --- refusals ----------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"kubernetes_version": "1.37"}, "one minor version at a time"),
    ({"kubernetes_version": "1.34"}, "it cannot go back"),
    ({"kubernetes_version": "1.35.9"}, "Kubernetes 1.35.9 is not offered in koreacentral"),
    ({"location": "japaneast"}, "/location is 'koreacentral', declared 'japaneast'"),
    ({"oidc_issuer": False, "workload_identity": None}, "/properties/oidcIssuerProfile/enabled is True, declared False"),
    ({"network": {"plugin": "kubenet"}}, "/properties/networkProfile/networkPlugin is 'azure', declared 'kubenet'"),
    ({"network": {"policy": "calico"}}, "/properties/networkProfile/networkPolicy is 'cilium', declared 'calico'"),
    ({"network": {"dataplane": "azure"}}, "/properties/networkProfile/networkDataplane is 'cilium', declared 'azure'"),
    ({"node_pools": pools(userpool={"vm_size": "Standard_D4ls_v5"})}, "userpool/properties/vmSize is 'Standard_D2ls_v5'"),
    ({"node_pools": pools(userpool={"os_type": "Windows"})}, "userpool/properties/osType is 'Linux', declared 'Windows'"),
    ({"node_pools": pools(userpool={"max_pods": 30})}, "userpool/properties/maxPods is 110, declared 30"),
    ({"node_pools": pools(agentpool={"mode": "User"})}, "a pool of mode System must remain"),
    ({"node_pools": [{"name": "agentpool", "state": "absent"}]}, "a pool of mode System must remain"),
    ({"node_pools": [{"name": "new"}]}, "a new pool needs a vm_size"),
    ({"node_pools": pools(userpool={"kubernetes_version": "1.36"})}, "is newer than the cluster's 1.35"),
    ({"node_pools": [*POOLS, {**POOLS[0]}]}, "agentpool is declared more than once"),
    ({"node_pools": pools(userpool={"min_count": 3})}, "min_count 3 is above max_count 1"),
    ({"support_plan": "AKSLongTermSupport"}, "needs sku_tier Premium"),
    ({"state": "absent"}, "this deletes everything in it"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_is_refused_in_a_preview_too(cloud: LocalCloud, change: dict[str, t.Any], words: str) -> None:
    seed(cloud)
    for check in (True, False):
        done = aks(cloud, check=check, **change)
        assert done.status == "failed"
        assert words in done.result["msg"]
    assert cloud.writes == []


def test_a_version_out_of_standard_support_is_refused_before_anything_is_made(cloud: LocalCloud) -> None:
    register(cloud)
    done = aks(cloud, check=True, kubernetes_version="1.32")
    assert "is not offered in koreacentral with support plan KubernetesOfficial" in done.result["msg"]
    done = aks(cloud, kubernetes_version="1.32", sku_tier="Premium", support_plan="AKSLongTermSupport")
    assert done.result["aks_cluster"]["current_kubernetes_version"] == "1.32.10"


def test_network_policy_moves_to_cilium_in_place(cloud: LocalCloud) -> None:
    classic = {"plugin": "azure", "policy": "azure"}
    seed(cloud, network=classic)
    done = aks(cloud, network=classic | {"policy": "cilium", "dataplane": "cilium", "plugin_mode": "overlay"})
    assert done.writes == ["PUT ManagedClusters_CreateOrUpdate"]
    assert properties(cloud)["networkProfile"]["networkPolicy"] == "cilium"


# --- operations ----------------------------------------------------------------------------------------------


def test_what_is_still_under_way_is_waited_for(cloud: LocalCloud) -> None:
    register(cloud)
    seed(cloud, node_pools=POOLS[:2])
    with cloud.state() as state:
        late = record(state, f"{ID}/agentPools/userpool")
        late["doing"], late["until"] = "Updating", late["changed"] + 1.5
    done = aks(cloud, sku_tier="Standard")
    assert (done.status, done.writes[0]) == ("ok", "PUT ManagedClusters_CreateOrUpdate")


def test_a_busy_cluster_is_tried_again(cloud: LocalCloud) -> None:
    seed(cloud)
    cloud.fault("status", status=409, code="AnotherOperationInProgress", action="ManagedClusters_CreateOrUpdate", count=1)
    done = aks(cloud, sku_tier="Standard")
    assert done.status == "ok"
    assert done.writes == ["PUT ManagedClusters_CreateOrUpdate"] * 2


def test_a_cluster_goes_with_its_nodes_when_that_is_confirmed(cloud: LocalCloud) -> None:
    seed(cloud)
    gone = {"name": CLUSTER, "resource_group": "FinancialAgent", "state": "absent", "confirm_delete": CLUSTER}
    preview, done, again = (direct(cloud, "aks_cluster", check=check, **gone) for check in (True, False, False))
    assert actions(preview) == actions(done) == [("delete", "aks_cluster", CLUSTER)]
    assert again.result["changed"] is False
    assert f"mc_financialagent_{CLUSTER}_koreacentral".lower() not in json.dumps(cloud.ask("GET", "state")["azure"]["arm"]["groups"])
