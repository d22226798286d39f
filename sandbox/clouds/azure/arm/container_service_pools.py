# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Node pools of AKS: each a resource of its own, and all of them also part of their cluster."""

from __future__ import annotations

import re
import typing as t
from copy import deepcopy
from uuid import uuid4

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.container_service_versions import API_VERSIONS, SOURCE, check_step, numbers, resolve
from sandbox.clouds.azure.arm.rules import Body, Field, accept, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target, state_of
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

CLUSTERS = "Microsoft.ContainerService/managedClusters"
UBUNTU = ("Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux", "AzureLinux3")
READ_ONLY = ("provisioningState", "powerState", "currentOrchestratorVersion", "nodeImageVersion", "eTag", "status")


def immutable(field: Field, text: str) -> Refusal:
    """The refusal of a field that breaks its rule, as this provider words it."""
    name = field.path.replace("/", ".")
    if "cannot be changed" in text:
        return refuse(400, "PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", target=name)
    return refuse(400, "InvalidParameter", text, target=name)


def refuse_unknown(fields: t.Iterable[Field], properties: t.Any) -> None:
    """This provider refuses names that it does not know (assumed: its decoder is strict; the wording is that of Go)."""
    known = {field.path.split("/")[1].lower() for field in fields if field.path.startswith("properties/")}
    for name in properties if isinstance(properties, dict) else ():
        if name.lower() not in known:
            raise refuse(400, "UnmarshalError", f'UnmarshalEntity encountered error: json: unknown field "{name}".', target=name)


class AgentPools(ResourceType):
    name = f"{CLUSTERS}/agentPools"
    operations = "AgentPools"
    versions = API_VERSIONS
    source = f"{SOURCE}/agent-pools"
    verbs = ("GET", "PUT")
    tracked = False
    fields = (
        Field("properties/count", kind=int, between=(0, 1000)),
        Field("properties/vmSize", immutable=True, required=True, pattern=r"(?i)Standard_[A-Z]\w+"),
        Field("properties/osDiskSizeGB", kind=int, immutable=True, default=128),
        Field("properties/osDiskType", one_of=("Managed", "Ephemeral"), immutable=True, default="Managed"),
        Field("properties/kubeletDiskType", one_of=("OS", "Temporary"), immutable=True, default="OS"),
        Field("properties/maxPods", kind=int, between=(10, 250), immutable=True, default=110),
        Field("properties/vnetSubnetID", immutable=True),
        Field("properties/podSubnetID", immutable=True),
        Field("properties/osType", one_of=("Linux", "Windows"), immutable=True, default="Linux"),
        Field("properties/osSKU", one_of=(*UBUNTU, "Windows2022", "Windows2025"), default="Ubuntu"),
        Field("properties/minCount", kind=int, between=(0, 1000)),
        Field("properties/maxCount", kind=int, between=(1, 1000)),
        Field("properties/enableAutoScaling", kind=bool, default=False),
        Field("properties/scaleDownMode", one_of=("Delete", "Deallocate"), default="Delete"),
        Field("properties/type", one_of=("VirtualMachineScaleSets", "VirtualMachines"), immutable=True, default="VirtualMachineScaleSets"),
        Field("properties/mode", one_of=("System", "User", "Gateway"), default="User"),
        Field("properties/orchestratorVersion"),
        Field("properties/upgradeSettings", kind=dict),
        Field("properties/availabilityZones", kind=list, immutable=True),
        Field("properties/enableNodePublicIP", kind=bool, immutable=True, default=False),
        Field("properties/scaleSetPriority", one_of=("Regular", "Spot"), immutable=True),
        Field("properties/scaleSetEvictionPolicy", one_of=("Delete", "Deallocate"), immutable=True),
        Field("properties/spotMaxPrice", kind=float, immutable=True),
        Field("properties/tags", kind=dict),
        Field("properties/nodeLabels", kind=dict),
        Field("properties/nodeTaints", kind=list),
        Field("properties/enableEncryptionAtHost", kind=bool, immutable=True, default=False),
        Field("properties/enableFIPS", kind=bool, immutable=True, default=False),
        Field("properties/enableUltraSSD", kind=bool, immutable=True, default=False),
        Field("properties/networkProfile", kind=dict),
        Field("properties/securityProfile", kind=dict),
        *(Field(f"properties/{name}", read_only=True) for name in READ_ONLY),
    )
    name_pattern = r"[a-z][a-z0-9]{0,11}"
    seconds = {"create": 0.2, "update": 0.2, "delete": 0.2}
    shows_state = True
    serial = True
    busy = "OperationNotAllowed"

    def complain(self, field: Field, text: str) -> Refusal:
        return immutable(field, text)

    def check_name(self, arm: Arm, target: Target) -> None:
        _check_pool_name(target.name)

    def begin(self, arm: Arm, target: Target) -> None:
        check_idle(arm, target.key.rsplit("/", 2)[0])

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        refuse_unknown(self.fields, sent.get("properties"))
        cluster = arm.data["resources"][target.key.rsplit("/", 2)[0]]
        siblings = [each for each in of_cluster(arm, cluster["id"]) if each["id"].lower() != target.key]
        fresh = checked(cluster, fresh, kept)
        if not any(each["body"]["properties"]["mode"] == "System" for each in siblings) and fresh["properties"]["mode"] != "System":
            raise _no_system_pool()
        return fresh

    def written(self, arm: Arm, record: Record) -> None:
        record["etag"] = str(uuid4())
        record["failed"] = False

    def written_id(self, record: Record) -> str:
        return t.cast(str, record["id"]).replace("/resourceGroups/", "/resourcegroups/")

    def extra(self, arm: Arm, record: Record) -> Body:
        return facts(record)


def facts(record: Record) -> Body:
    """What only the service says about a pool. The names of its tags come back in small letters."""
    properties = record["body"]["properties"]
    version = properties["currentOrchestratorVersion"]
    found: Body = {
        "provisioningState": "Failed" if record.get("failed") else state_of(record),
        "powerState": {"code": "Running"},
        "currentOrchestratorVersion": version,
        "nodeImageVersion": f"AKSUbuntu-2204gen2containerd-2026{version.replace('.', '')}",
        "eTag": record["etag"],
    }
    if "tags" in properties:
        found["tags"] = {name.lower(): value for name, value in properties["tags"].items()}
    return found


def _check_pool_name(name: str) -> None:
    if not re.fullmatch(AgentPools.name_pattern, name):
        raise refuse(
            400,
            "InvalidParameter",
            f"Agent pool name '{name}' is invalid: it must start with a lower case letter and have only letters and numbers, at most 12.",
            target="agentPoolProfile.name",
        )


def checked(cluster: Body, fresh: Body, kept: Record | None) -> Body:
    """A pool's body by the rules that need more than one field, with what the service decides filled in."""
    pool = fresh["properties"]
    before = kept["body"]["properties"] if kept else None
    _check_scaling(pool, before)
    if before and before["osSKU"] != pool["osSKU"] and not {before["osSKU"], pool["osSKU"]} <= set(UBUNTU):
        raise immutable(Field("properties/osSKU"), "cannot be changed")
    if pool["mode"] == "System" and (pool["osType"] != "Linux" or pool.get("scaleSetPriority") == "Spot"):
        raise refuse(400, "InvalidParameter", "A system node pool must be a regular one of Linux nodes.", target="properties.mode")
    control_plane, plan = cluster["version"], cluster["body"]["properties"]["supportPlan"]
    asked = pool.get("orchestratorVersion")
    running = before["currentOrchestratorVersion"] if before else None
    if asked is None:
        pool["orchestratorVersion"] = before["orchestratorVersion"] if before else control_plane
        full = running or control_plane
    elif before and asked == before["orchestratorVersion"]:
        full = running
    else:
        full = resolve(asked, plan)
        if asked.count(".") == 1 and control_plane.startswith(f"{asked}."):
            full = control_plane  # an alias follows the control plane
    if numbers(full) > numbers(control_plane):
        text = f"Node pool version {full} and control plane version {control_plane} are incompatible: a node pool cannot be newer."
        raise refuse(400, "NodePoolMcVersionIncompatible", text)
    if running:
        check_step("node pool", running, full)
    pool["currentOrchestratorVersion"] = full
    pool["upgradeSettings"] = {"maxSurge": "10%", "maxUnavailable": "0"} | (pool.get("upgradeSettings") or {})
    return fresh


def _check_scaling(pool: Body, before: Body | None) -> None:
    low, high, scaling = pool.get("minCount"), pool.get("maxCount"), pool["enableAutoScaling"]
    if not scaling and (low is not None or high is not None):
        text = "The properties 'minCount' and 'maxCount' must be null when 'enableAutoScaling' is false."
        raise refuse(400, "InvalidParameter", text, target="properties.minCount")
    if "count" not in pool:
        if before is None:
            raise refuse(400, "InvalidParameter", "Required parameter agentPoolProfile.count is missing (null).", target="properties.count")
        pool["count"] = before["count"]
    if not scaling:
        return
    if low is None or high is None or low > high:
        text = "With 'enableAutoScaling', 'minCount' and 'maxCount' are required, and 'minCount' must not be above 'maxCount'."
        raise refuse(400, "InvalidParameter", text, target="properties.minCount")
    count = before["count"] if before else pool["count"]  # the autoscaler decides once the pool is there
    if before is None and not low <= count <= high:
        text = f"The value of 'count' ({count}) must be between 'minCount' ({low}) and 'maxCount' ({high})."
        raise refuse(400, "InvalidParameter", text, target="properties.count")
    pool["count"] = min(max(count, low), high)


def of_cluster(arm: Arm, cluster: str) -> list[Record]:
    """The pools of a cluster, newest first."""
    prefix = f"{cluster}/agentPools/".lower()
    return [each for key, each in reversed(arm.data["resources"].items()) if key.startswith(prefix)]


def check_idle(arm: Arm, cluster: str) -> None:
    """One operation at a time for a cluster and all its pools."""
    for record in (arm.data["resources"][cluster.lower()], *of_cluster(arm, cluster)):
        if record["until"] > now():
            raise refuse(
                409,
                "OperationNotAllowed",
                f"Operation is not allowed: Another operation ({record['doing']}) is in progress on '{record['name']}', please wait for it "
                "to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details",
            )


def from_profile(arm: Arm, cluster: Body, where: str, profile: t.Any) -> tuple[str, Body]:
    """A pool as part of its cluster's body, checked like one of its own: its name and the body to keep."""
    name = profile.get("name") if isinstance(profile, dict) else None
    if not isinstance(name, str):
        raise refuse(400, "InvalidParameter", "Required parameter agentPoolProfile.name is missing (null).", target="agentPoolProfile.name")
    _check_pool_name(name)
    sent = {"properties": {key: value for key, value in profile.items() if key != "name"}}
    refuse_unknown(AgentPools.fields, sent["properties"])
    kept = arm.data["resources"].get(f"{where}/agentPools/{name}".lower())
    return name, checked(cluster, accept(AgentPools.fields, sent, kept["body"] if kept else None, immutable), kept)


def keep(arm: Arm, cluster: Record, name: str, body: Body) -> None:
    path = f"{cluster['id']}/agentPools/{name}"
    kept = arm.data["resources"].get(path.lower())
    fresh: Record = kept or {"id": path, "type": AgentPools.name, "name": name, "created": now(), "until": now(), "gone": None}
    fresh |= {"body": body, "changed": now(), "created_by": cluster["created_by"], "changed_by": cluster["changed_by"]}
    fresh |= {"doing": "Updating", "etag": str(uuid4())}
    arm.data["resources"][path.lower()] = fresh


def as_profile(record: Record) -> Body:
    return {"name": record["name"], **deepcopy(record["body"]["properties"]), **facts(record)}


def check_system_pool(modes: t.Iterable[str]) -> None:
    if "System" not in modes:
        raise _no_system_pool()


def _no_system_pool() -> Refusal:
    return refuse(400, "InvalidParameter", "There has to be at least one system agent pool.", target="agentPoolProfile.mode")


POOLS = AgentPools()
engine.register(POOLS)


@operation(
    "DELETE",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}/agentPools/{name}",
    "AgentPools_Delete",
    versions=API_VERSIONS,
    kind="managedClusters/agentPools",
    verified="sdk",
    source=f"{SOURCE}/agent-pools",
)
def delete_pool(arm: Arm, request: Request, subscription: str, group: str, cluster: str, name: str) -> Reply:
    target = engine.target_of(POOLS, arm, request, subscription, group, (cluster, name))
    rest = [each for each in of_cluster(arm, target.id.rsplit("/", 2)[0]) if each["id"].lower() != target.key]
    if target.key in arm.data["resources"]:
        check_system_pool(at(each["body"], "properties/mode") for each in rest)
    return engine.delete(POOLS, arm, request, subscription=subscription, group=group, cluster=cluster, name=name)
