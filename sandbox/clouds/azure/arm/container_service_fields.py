# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a managed cluster's body (Microsoft.ContainerService, 2026-08-01), with the defaults that the service fills in."""

from __future__ import annotations

from sandbox.clouds.azure.arm.container_service_versions import LONG_TERM, OFFICIAL
from sandbox.clouds.azure.arm.rules import Field

NETWORK = "properties/networkProfile"
OPEN = (
    *("aadProfile", "addonProfiles", "autoScalerProfile", "bootstrapProfile", "httpProxyConfig", "ingressProfile", "linuxProfile"),
    *("metricsProfile", "nodeProvisioningProfile", "servicePrincipalProfile", "storageProfile", "windowsProfile"),
    *("workloadAutoScalerProfile", "identityProfile", "nodeResourceGroupProfile", "serviceMeshProfile"),
)
READ_ONLY = (
    *("provisioningState", "powerState", "maxAgentPools", "currentKubernetesVersion", "fqdn", "privateFQDN", "azurePortalFQDN"),
    *("resourceUID", "status"),
)
FIELDS = (
    Field("sku/name", one_of=("Base", "Automatic"), default="Base"),
    Field("sku/tier", one_of=("Free", "Standard", "Premium"), default="Free"),
    Field("identity/type", one_of=("SystemAssigned", "UserAssigned", "None")),
    Field("identity/userAssignedIdentities", kind=dict),
    Field("properties/kubernetesVersion", pattern=r"\d+\.\d+(\.\d+)?"),
    Field("properties/dnsPrefix", immutable=True, pattern=r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?"),
    Field("properties/agentPoolProfiles", kind=list),
    Field("properties/nodeResourceGroup", immutable=True, between=(1, 80)),
    Field("properties/enableRBAC", kind=bool, default=True, immutable=True),
    Field("properties/disableLocalAccounts", kind=bool, default=False),
    Field("properties/supportPlan", one_of=(OFFICIAL, LONG_TERM), default=OFFICIAL),
    Field("properties/oidcIssuerProfile/enabled", kind=bool, default=False),
    Field("properties/securityProfile/workloadIdentity/enabled", kind=bool),
    Field("properties/securityProfile/imageCleaner", kind=dict),
    Field("properties/securityProfile/defender", kind=dict),
    Field("properties/azureMonitorProfile/metrics/enabled", kind=bool),
    Field("properties/azureMonitorProfile/metrics/kubeStateMetrics", kind=dict),
    Field("properties/azureMonitorProfile/containerInsights", kind=dict),
    Field("properties/autoUpgradeProfile/upgradeChannel", one_of=("rapid", "stable", "patch", "node-image", "none")),
    Field(
        "properties/autoUpgradeProfile/nodeOSUpgradeChannel",
        one_of=("None", "Unmanaged", "NodeImage", "SecurityPatch"),
        default="NodeImage",
    ),
    Field("properties/apiServerAccessProfile/authorizedIPRanges", kind=list),
    Field("properties/apiServerAccessProfile/enablePrivateCluster", kind=bool, immutable=True),
    Field("properties/apiServerAccessProfile/privateDNSZone", immutable=True),
    Field("properties/apiServerAccessProfile/disableRunCommand", kind=bool),
    Field("properties/diskEncryptionSetID", immutable=True),
    # Plugin, mode, policy and data plane have transitions of their own.
    Field(f"{NETWORK}/networkPlugin", one_of=("azure", "kubenet", "none"), default="kubenet"),
    Field(f"{NETWORK}/networkPluginMode", one_of=("overlay",)),
    Field(f"{NETWORK}/networkPolicy", one_of=("none", "calico", "azure", "cilium"), default="none"),
    Field(f"{NETWORK}/networkDataplane", one_of=("azure", "cilium"), default="azure"),
    Field(f"{NETWORK}/podCidr", immutable=True),
    Field(f"{NETWORK}/serviceCidr", immutable=True, default="10.0.0.0/16"),
    Field(f"{NETWORK}/dnsServiceIP", immutable=True, default="10.0.0.10"),
    Field(f"{NETWORK}/podCidrs", kind=list),
    Field(f"{NETWORK}/serviceCidrs", kind=list),
    Field(f"{NETWORK}/ipFamilies", kind=list),
    Field(f"{NETWORK}/loadBalancerSku", one_of=("standard", "basic"), immutable=True, default="standard"),
    Field(
        f"{NETWORK}/outboundType",
        one_of=("loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none"),
        default="loadBalancer",
    ),
    Field(f"{NETWORK}/loadBalancerProfile", kind=dict),
    *(Field(f"properties/{name}", kind=dict) for name in OPEN),
    *(Field(f"properties/{name}", read_only=True) for name in READ_ONLY),
)

# What the cluster autoscaler runs with unless told otherwise (…/azure/aks/cluster-autoscaler, "autoscaler profile").
SCALER = {
    "balance-similar-node-groups": "false",
    "daemonset-eviction-for-empty-nodes": False,
    "daemonset-eviction-for-occupied-nodes": True,
    "expander": "random",
    "ignore-daemonsets-utilization": False,
    "max-empty-bulk-delete": "10",
    "max-graceful-termination-sec": "600",
    "max-node-provision-time": "15m",
    "max-total-unready-percentage": "45",
    "new-pod-scale-up-delay": "0s",
    "ok-total-unready-count": "3",
    "scale-down-delay-after-add": "10m",
    "scale-down-delay-after-delete": "10s",
    "scale-down-delay-after-failure": "3m",
    "scale-down-unneeded-time": "10m",
    "scale-down-unready-time": "20m",
    "scale-down-utilization-threshold": "0.5",
    "scan-interval": "10s",
    "skip-nodes-with-local-storage": "false",
    "skip-nodes-with-system-pods": "true",
}
