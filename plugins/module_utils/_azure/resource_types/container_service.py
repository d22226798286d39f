# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.ContainerService: clusters, node pools, maintenance windows.

Properties: learn.microsoft.com/azure/templates/microsoft.containerservice/managedclusters; what can change in place:
learn.microsoft.com/azure/aks/update-azure-cni and the provider's own refusals.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.rules import Leaf, Map
from ..aks.versions import same_version
from ..arm import Sdk
from ..resource_type import TAGS, WORD, ResourceType, body
from .key_vault import FLAG, address

VERSION = "2026-08-01"
FIXED = Leaf(immutable=True)
AT_CREATION = Leaf(create_only=True)


def text(value: t.Any) -> t.Any:
    """Settings that the service keeps as words: true is "true", 10 is "10"."""
    return value if value is None else str(value).casefold()


def _steps(*allowed: tuple[str, str]) -> t.Callable[[t.Any, t.Any], bool]:
    """The transitions that are possible in place: (from, to)."""
    return lambda have, want: (normal.folded(have or "none"), normal.folded(want)) in allowed


NETWORK = Map(
    {
        "networkPlugin": Leaf(normal=normal.folded, immutable=_steps(("kubenet", "azure"))),
        "networkPluginMode": Leaf(normal=normal.folded, immutable=_steps(("none", "overlay"))),
        "networkPolicy": Leaf(
            normal=normal.folded,
            absent="none",
            immutable=_steps(("none", "azure"), ("none", "calico"), ("none", "cilium"), ("azure", "cilium"), ("calico", "cilium")),
        ),
        "networkDataplane": Leaf(normal=normal.folded, absent="azure", immutable=_steps(("azure", "cilium"), ("none", "cilium"))),
        "outboundType": WORD,
        "loadBalancerSku": Leaf(normal=normal.folded, create_only=True),
        # An adopted cluster keeps the addresses that it was made with.
        "podCidr": AT_CREATION,
        "serviceCidr": AT_CREATION,
        "dnsServiceIP": AT_CREATION,
    }
)
WORKSPACE, ENTRA_AUTH = "logAnalyticsWorkspaceResourceID", "useAADAuth"
OMSAGENT = Map({"enabled": FLAG, "config": Map({WORKSPACE: Leaf(normal=normal.arm_id), ENTRA_AUTH: Leaf(normal=text)})})

CLUSTER = ResourceType(
    name="Microsoft.ContainerService/managedClusters",
    kind="aks_cluster",
    version=VERSION,
    rule=body(
        Map(
            {
                "kubernetesVersion": Leaf(same=same_version),
                "dnsPrefix": AT_CREATION,
                "nodeResourceGroup": AT_CREATION,
                "enableRBAC": AT_CREATION,
                "supportPlan": Leaf(normal=normal.folded, absent="KubernetesOfficial"),
                "disableLocalAccounts": FLAG,
                # It cannot be turned off again.
                "oidcIssuerProfile": Map({"enabled": Leaf(absent=False, immutable=lambda have, want: bool(want))}),
                "securityProfile": Map({"workloadIdentity": Map({"enabled": FLAG})}),
                "networkProfile": NETWORK,
                "autoUpgradeProfile": Map(
                    {
                        "upgradeChannel": Leaf(normal=normal.folded, absent="none"),
                        "nodeOSUpgradeChannel": Leaf(normal=normal.folded, absent="None"),
                    }
                ),
                "azureMonitorProfile": Map(
                    {
                        "metrics": Map(
                            {
                                "enabled": FLAG,
                                "kubeStateMetrics": Map(
                                    {"metricLabelsAllowlist": Leaf(absent=""), "metricAnnotationsAllowList": Leaf(absent="")}
                                ),
                            }
                        )
                    }
                ),
                "addonProfiles": Map({"omsagent": OMSAGENT}),
                "apiServerAccessProfile": Map({"authorizedIPRanges": Leaf(normal=normal.set_of(address))}),
                "aadProfile": Map(
                    {
                        "managed": Leaf(absent=False, immutable=lambda have, want: bool(want)),
                        "enableAzureRBAC": FLAG,
                        "adminGroupObjectIDs": Leaf(normal=normal.set_of(normal.folded)),
                    }
                ),
                "autoScalerProfile": Map(other=Leaf(normal=text)),
            }
        ),
        sku=Map({"name": WORD, "tier": WORD}),
        identity=Map({"type": WORD}),
    ),
    outputs=(
        "/identity/principalId",
        "/identity/tenantId",
        "/properties/currentKubernetesVersion",
        "/properties/fqdn",
        "/properties/identityProfile",
        "/properties/oidcIssuerProfile/issuerURL",
    ),
    defaults=lambda arm: {
        "sku": {"name": "Base", "tier": "Free"},
        "identity": {"type": "SystemAssigned"},
        "properties": {"enableRBAC": True},
    },
    name_pattern=r"[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?",
    name_rule="1 to 63 letters, digits, '-' and '_', a letter or digit at both ends",
    sdk=Sdk("azure.mgmt.containerservice", "ContainerServiceClient", "managed_clusters"),
    confirm_delete=True,
)

_LINUX = frozenset({"ubuntu", "ubuntu2204", "ubuntu2404", "azurelinux", "azurelinux3"})


def _among_linux(have: t.Any, want: t.Any) -> bool:
    return {normal.folded(have), normal.folded(want)} <= _LINUX


FIXED_WORD = Leaf(normal=normal.folded, immutable=True)
FIXED_ID = Leaf(normal=normal.arm_id, immutable=True)
NODE_POOL = ResourceType(
    name="Microsoft.ContainerService/managedClusters/agentPools",
    kind="aks_node_pool",
    version=VERSION,
    rule=body(
        Map(
            {
                "mode": WORD,
                "vmSize": FIXED_WORD,
                "count": Leaf(normal=normal.number),
                "enableAutoScaling": FLAG,
                "minCount": Leaf(normal=normal.number),
                "maxCount": Leaf(normal=normal.number),
                "orchestratorVersion": Leaf(same=same_version),
                "type": Leaf(normal=normal.folded, create_only=True),
                "osType": FIXED_WORD,
                "osSKU": Leaf(normal=normal.folded, immutable=_among_linux),
                "osDiskSizeGB": Leaf(normal=normal.number, immutable=True),
                "osDiskType": FIXED_WORD,
                "maxPods": Leaf(normal=normal.number, immutable=True),
                "vnetSubnetID": FIXED_ID,
                "podSubnetID": FIXED_ID,
                "availabilityZones": Leaf(normal=normal.set_of(text), immutable=True),
                "enableNodePublicIP": Leaf(absent=False, immutable=True),
                "scaleSetPriority": Leaf(normal=normal.folded, absent="Regular", immutable=True),
                "scaleSetEvictionPolicy": FIXED_WORD,
                "spotMaxPrice": Leaf(normal=normal.number, immutable=True),
                "nodeLabels": Map(other=Leaf()),
                "nodeTaints": Leaf(normal=normal.set_of()),
                "upgradeSettings": Map({"maxSurge": Leaf(normal=text)}),
                "tags": TAGS,
            }
        ),
        tracked=False,
    ),
    defaults=lambda arm: {"properties": {"mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets"}},
    name_pattern=r"[a-z][a-z0-9]{0,11}",
    name_rule="1 to 12 small letters and digits, a letter first",
    sdk=Sdk("azure.mgmt.containerservice", "ContainerServiceClient", "agent_pools"),
)

MAINTENANCE_WINDOW = ResourceType(
    name="Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
    kind="aks_maintenance_window",
    version=VERSION,
    rule=body(
        Map(
            {
                "maintenanceWindow": Map(
                    {
                        "schedule": Map(
                            {
                                "daily": Map({"intervalDays": Leaf(normal=normal.number)}),
                                "weekly": Map({"intervalWeeks": Leaf(normal=normal.number), "dayOfWeek": WORD}),
                            }
                        ),
                        "durationHours": Leaf(normal=normal.number),
                        "utcOffset": Leaf(absent="+00:00"),
                        "startTime": Leaf(),
                        "startDate": Leaf(),
                    }
                )
            }
        ),
        tracked=False,
    ),
    name_pattern=r"aksManaged(AutoUpgrade|NodeOSUpgrade)Schedule",
    name_rule="aksManagedAutoUpgradeSchedule or aksManagedNodeOSUpgradeSchedule",
    sdk=Sdk("azure.mgmt.containerservice", "ContainerServiceClient", "maintenance_configurations", put="create_or_update", delete="delete"),
)

ROWS = (CLUSTER, NODE_POOL, MAINTENANCE_WINDOW)
