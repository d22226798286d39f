# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the declared values of Azure's resources are changed in the local cloud, see `mutations`."""

from __future__ import annotations

import base64
import typing as t
from collections.abc import Callable

State = dict[str, t.Any]
Mutate = Callable[[State], None]
Finding = tuple[str, str, str]


def azure_resource(state: State, name: str) -> State:
    """What the local cloud keeps of a resource of Azure, by its name."""
    (found,) = [each for each in state["azure"]["arm"]["resources"].values() if each["name"] == name]
    return t.cast(State, found["body"])


def azure_value(name: str, path: str, value: t.Any) -> Mutate:
    """Put a value at a JSON pointer of a resource of Azure."""

    def mutate(state: State) -> None:
        *parents, last = path.split("/")[1:]
        place = azure_resource(state, name)
        for part in parents:
            place = place[part]
        place[last] = value

    return mutate


VAULT = "klinematrix-test-kv"
VAULT_VALUES: dict[str, t.Any] = {
    "/properties/sku/name": "premium",
    "/properties/enableRbacAuthorization": False,
    "/tags/estate": "theirs",
}
ADDRESS = "FinancialAgent-ingress-ip"
ADDRESS_VALUES: dict[str, t.Any] = {
    "/sku/name": "StandardV2",
    "/properties/publicIPAllocationMethod": "Dynamic",
    "/tags/estate": "theirs",
}
REGISTRY = "financialAgent"
REGISTRY_VALUES: dict[str, t.Any] = {"/sku/name": "Standard", "/properties/adminUserEnabled": True, "/tags/estate": "theirs"}


CLUSTER = "FinancialAgent-AKS"
CLUSTER_VALUES: dict[str, t.Any] = {
    "/sku/name": "Automatic",
    "/sku/tier": "Standard",
    "/location": "japaneast",
    "/tags/estate": "theirs",
    "/properties/oidcIssuerProfile/enabled": False,
    "/properties/securityProfile/workloadIdentity/enabled": False,
    "/properties/networkProfile/networkPlugin": "kubenet",
    "/properties/networkProfile/networkPluginMode": "other",
    "/properties/networkProfile/networkPolicy": "calico",
    "/properties/networkProfile/networkDataplane": "azure",
    "/properties/autoUpgradeProfile/upgradeChannel": "rapid",
    "/properties/autoUpgradeProfile/nodeOSUpgradeChannel": "None",
    "/properties/azureMonitorProfile/metrics/enabled": False,
    "/properties/addonProfiles/omsagent/enabled": False,
    "/properties/addonProfiles/omsagent/config/logAnalyticsWorkspaceResourceID": "/subscriptions/0/resourceGroups/theirs/providers/theirs",
    "/properties/addonProfiles/omsagent/config/useAADAuth": "false",
}
POOL_VALUES: dict[str, t.Any] = {
    "/properties/vmSize": "Standard_D4ls_v5",
    "/properties/enableAutoScaling": False,
    "/properties/minCount": 0,
    "/properties/maxCount": 3,
}
WINDOW_VALUES: dict[str, t.Any] = {
    "/properties/maintenanceWindow/schedule/weekly/dayOfWeek": "Monday",
    "/properties/maintenanceWindow/schedule/weekly/intervalWeeks": 2,
    "/properties/maintenanceWindow/durationHours": 8,
    "/properties/maintenanceWindow/startTime": "12:00",
    "/properties/maintenanceWindow/utcOffset": "+00:00",
}
ACCOUNT, DATABASE = "financialagent-mongodb", "financialagent"
ACCOUNT_VALUES: dict[str, t.Any] = {
    "/kind": "GlobalDocumentDB",
    "/location": "japaneast",
    "/tags/estate": "theirs",
    "/properties/apiProperties/serverVersion": "6.0",
    "/properties/consistencyPolicy/defaultConsistencyLevel": "Eventual",
    "/properties/enableAutomaticFailover": False,
    "/properties/backupPolicy/continuousModeProperties/tier": "Continuous7Days",
    "/properties/backupPolicy/type": "Periodic",
    "/properties/minimalTlsVersion": "Tls11",
}


IDENTITY_NAME, CREDENTIAL = "FinancialAgent-external-secrets", "external-secrets-system-external-secrets"
CREDENTIAL_VALUES: dict[str, t.Any] = {
    "/properties/issuer": "https://koreacentral.oic.prod-aks.azure.com/theirs/theirs/",
    "/properties/subject": "system:serviceaccount:theirs:theirs",
    "/properties/audiences": ["theirs"],
}
NETWORK, SUBNET = "FinancialAgent-vnet", "private-endpoints"
NETWORK_VALUES: dict[str, t.Any] = {"/properties/addressSpace/addressPrefixes": ["10.32.0.0/17"], "/tags/estate": "theirs"}


def upgraded(state: State) -> None:
    (found,) = [each for each in state["azure"]["arm"]["resources"].values() if each["name"] == CLUSTER]
    found["version"] = found["body"]["properties"]["kubernetesVersion"] = "1.36.2"


def pool_of_before(name: str) -> Mutate:
    """A node pool that was left behind by an upgrade."""

    def mutate(state: State) -> None:
        azure_resource(state, name)["properties"] |= {"orchestratorVersion": "1.34.5", "currentOrchestratorVersion": "1.34.5"}

    return mutate


def swapped_regions(state: State) -> None:
    first, second = azure_resource(state, ACCOUNT)["properties"]["locations"]
    first["failoverPriority"], second["failoverPriority"] = second["failoverPriority"], first["failoverPriority"]


def lost_region(state: State) -> None:
    azure_resource(state, ACCOUNT)["properties"]["locations"].pop()


def scaled_up(state: State) -> None:
    (found,) = [each for each in state["azure"]["arm"]["resources"].values() if each["name"] == DATABASE]
    found["throughput"]["autoscaleSettings"]["maxThroughput"] = 40000


def new_key(state: State) -> None:
    """The account's key was regenerated, so the vault's connection string is of no use any more."""
    (found,) = [each for each in state["azure"]["arm"]["resources"].values() if each["name"] == ACCOUNT]
    found["keys"]["primary"] = base64.b64encode(b"another key").decode()


def retag_group(state: State) -> None:
    state["azure"]["arm"]["groups"]["financialagent"]["tags"]["estate"] = "theirs"


def unprotect(state: State) -> None:
    azure_resource(state, VAULT)["properties"].pop("enablePurgeProtection")


def narrower_subnet(state: State) -> None:
    """A subnet of one range is kept as addressPrefix, and found under the name it is declared by."""
    azure_resource(state, SUBNET)["properties"]["addressPrefix"] = "10.32.16.0/25"


APPLICATION = "financialagent-test"
APPLICATION_VALUES: dict[str, tuple[str, t.Any]] = {
    "/sign_in_audience": ("signInAudience", "AzureADMultipleOrgs"),
    "/redirect_uris/web": ("web/redirectUris", ["https://elsewhere.example.com/auth/callback"]),
    "/redirect_uris/spa": ("spa/redirectUris", []),
    "/home_page_url": ("web/homePageUrl", None),
    "/logout_url": ("web/logoutUrl", "https://elsewhere.example.com/logout"),
    "/notes": ("notes", "theirs"),
    "/tags": ("tags", ["theirs"]),
}


def application(state: State) -> State:
    (found,) = state["azure"]["graph"]["applications"].values()
    return t.cast(State, found["body"])


def application_value(place: str, value: t.Any) -> Mutate:
    def mutate(state: State) -> None:
        *parents, last = place.split("/")
        body = application(state)
        for part in parents:
            body = body[part]
        body[last] = value

    return mutate


def no_principal(state: State) -> None:
    state["azure"]["graph"]["service_principals"] = {}


def key_is_gone(state: State) -> None:
    """Somebody removed the key in the directory: what the vault holds is of no use any more."""
    application(state)["passwordCredentials"] = []


def azure_mutations() -> dict[Finding, Mutate]:
    found: dict[Finding, Mutate] = {
        ("resource_group", "FinancialAgent", "/tags/estate"): retag_group,
        ("aks_cluster", CLUSTER, "/properties/kubernetesVersion"): upgraded,
        ("aks_node_pool", f"{CLUSTER}/agentpool", "/properties/mode"): azure_value("agentpool", "/properties/mode", "User"),
        ("aks_node_pool", f"{CLUSTER}/userpoolv2", "/properties/nodeLabels/memory"): azure_value(
            "userpoolv2", "/properties/nodeLabels/memory", "low"
        ),
        ("cosmos_db_account", ACCOUNT, "/properties/locations/Korea Central/failoverPriority"): swapped_regions,
        ("cosmos_db_account", ACCOUNT, "/properties/locations/Japan East"): lost_region,
        ("cosmos_db_throughput", f"{ACCOUNT}/{DATABASE}/default", "/properties/resource/autoscaleSettings/maxThroughput"): scaled_up,
        ("entra_application", APPLICATION, "/secret"): key_is_gone,
        ("entra_application", APPLICATION, "/service_principal"): no_principal,
        ("key_vault", VAULT, "/properties/enablePurgeProtection"): unprotect,
        ("secret", "mongodb-url", "/value"): new_key,
        ("subnet", f"{NETWORK}/{SUBNET}", "/properties/addressPrefixes"): narrower_subnet,
    }
    for pool in ("agentpool", "userpool", "userpoolv2"):
        found["aks_node_pool", f"{CLUSTER}/{pool}", "/properties/orchestratorVersion"] = pool_of_before(pool)
        found |= {("aks_node_pool", f"{CLUSTER}/{pool}", path): azure_value(pool, path, value) for path, value in POOL_VALUES.items()}
    for pool in ("userpool", "userpoolv2"):
        found["aks_node_pool", f"{CLUSTER}/{pool}", "/properties/mode"] = azure_value(pool, "/properties/mode", "System")
    for window in ("aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"):
        for path, value in WINDOW_VALUES.items():
            found["aks_maintenance_window", f"{CLUSTER}/{window}", path] = azure_value(window, path, value)
    found |= {("aks_cluster", CLUSTER, path): azure_value(CLUSTER, path, value) for path, value in CLUSTER_VALUES.items()}
    found |= {("entra_application", APPLICATION, path): application_value(*where) for path, where in APPLICATION_VALUES.items()}
    federated = ("federated_credential", f"{IDENTITY_NAME}/{CREDENTIAL}")
    found["managed_identity", IDENTITY_NAME, "/tags/estate"] = azure_value(IDENTITY_NAME, "/tags/estate", "theirs")
    found |= {(*federated, path): azure_value(CREDENTIAL, path, value) for path, value in CREDENTIAL_VALUES.items()}
    found |= {("virtual_network", NETWORK, path): azure_value(NETWORK, path, value) for path, value in NETWORK_VALUES.items()}
    found |= {("public_ip", ADDRESS, path): azure_value(ADDRESS, path, value) for path, value in ADDRESS_VALUES.items()}
    found |= {("key_vault", VAULT, path): azure_value(VAULT, path, value) for path, value in VAULT_VALUES.items()}
    found |= {("container_registry", REGISTRY, path): azure_value(REGISTRY, path, value) for path, value in REGISTRY_VALUES.items()}
    found |= {("cosmos_db_account", ACCOUNT, path): azure_value(ACCOUNT, path, value) for path, value in ACCOUNT_VALUES.items()}
    return found
