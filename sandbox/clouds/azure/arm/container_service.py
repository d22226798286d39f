# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Managed clusters of AKS: what may be declared, what may never change, and what comes into being with a cluster."""

from __future__ import annotations

import secrets
import typing as t
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import container_service_network as network
from sandbox.clouds.azure.arm import container_service_pools as pools
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import body_of, operation, refuse
from sandbox.clouds.azure.arm.container_service_fields import FIELDS, SCALER
from sandbox.clouds.azure.arm.container_service_versions import (
    API_VERSIONS,
    DEFAULT,
    LONG_TERM,
    SOURCE,
    check_step,
    following,
    numbers,
    resolve,
)
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target, state_of
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

ONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
WORKSPACES = "Microsoft.OperationalInsights/workspaces"


class Clusters(ResourceType):
    name = "Microsoft.ContainerService/managedClusters"
    operations = "ManagedClusters"
    versions = API_VERSIONS
    source = f"{SOURCE}/managed-clusters"
    verbs = ("GET", "PUT", "DELETE")
    fields = FIELDS
    name_pattern = r"[a-zA-Z0-9]([\w-]{0,61}[a-zA-Z0-9])?"
    seconds = {"create": 0.4, "update": 0.2, "delete": 0.3}
    shows_state = True
    shows_system_data = True
    serial = True
    busy = "OperationNotAllowed"

    def complain(self, field: Field, text: str) -> Refusal:
        return pools.immutable(field, text)

    def begin(self, arm: Arm, target: Target) -> None:
        if target.key in arm.data["resources"]:
            pools.check_idle(arm, target.key)

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        pools.refuse_unknown(FIELDS, sent.get("properties"))
        properties, before = fresh["properties"], kept["body"]["properties"] if kept else None
        self._check_plan(fresh)
        if "type" not in fresh.get("identity", {}):
            raise refuse(
                400, "InvalidParameter", "Required parameter identity is missing (null): give identity or servicePrincipalProfile."
            )
        if before is None and not properties.get("dnsPrefix"):
            raise refuse(400, "InvalidParameter", "Required parameter dnsPrefix is missing (null).", target="dnsPrefix")
        self._set_version(arm, target, properties, kept)
        self._check_switches(arm, properties, before)
        network.check(properties, before)
        profiles = properties.pop("agentPoolProfiles", None)
        if before is None and not profiles:
            raise refuse(400, "InvalidParameter", "At least one agent pool is required.", target="agentPoolProfiles")
        cluster = {"version": properties["currentKubernetesVersion"], "body": fresh}
        kept_pools = [pools.from_profile(arm, cluster, target.id, each) for each in profiles or ()]
        modes = {each["name"]: each["body"]["properties"]["mode"] for each in pools.of_cluster(arm, target.id)}
        pools.check_system_pool([*(modes | {name: body["properties"]["mode"] for name, body in kept_pools}).values()])
        properties["agentPoolProfiles"] = kept_pools
        if any(body["properties"]["enableAutoScaling"] for _, body in kept_pools) or (before and before.get("autoScalerProfile")):
            properties["autoScalerProfile"] = SCALER | (properties.get("autoScalerProfile") or {})
        properties.setdefault("nodeResourceGroup", f"MC_{target.group_name}_{target.name}_{sent['location']}"[:80])
        return fresh

    def _check_plan(self, fresh: Body) -> None:
        if fresh["properties"]["supportPlan"] == LONG_TERM and fresh["sku"]["tier"] != "Premium":
            text = "The support plan AKSLongTermSupport needs the Premium tier."
            raise refuse(400, "InvalidParameter", text, target="properties.supportPlan")
        if fresh["sku"]["tier"] == "Premium" and fresh["properties"]["supportPlan"] != LONG_TERM:
            raise refuse(400, "InvalidParameter", "The Premium tier needs the support plan AKSLongTermSupport.", target="sku.tier")

    def _set_version(self, arm: Arm, target: Target, properties: Body, kept: Record | None) -> None:
        """What was asked for stays as `kubernetesVersion`, also an alias; what runs is `currentKubernetesVersion`."""
        asked: str | None = properties.get("kubernetesVersion")
        if kept is None:
            properties["kubernetesVersion"] = asked or DEFAULT
            properties["currentKubernetesVersion"] = resolve(asked or DEFAULT, properties["supportPlan"])
            return
        running, known = kept["version"], kept["body"]["properties"]["kubernetesVersion"]
        properties["kubernetesVersion"] = asked or known
        same = asked is None or asked in (known, running) or running.startswith(f"{asked}.")
        full: str = running if asked is None or same else resolve(asked, properties["supportPlan"])
        check_step("managed cluster", running, full)
        oldest = min((each["body"]["properties"]["currentOrchestratorVersion"] for each in pools.of_cluster(arm, target.id)), key=numbers)
        if not same and numbers(full)[1] - numbers(oldest)[1] > 3:
            raise refuse(400, "NodePoolMcVersionIncompatible", f"A node pool at {oldest} is too old for a control plane at {full}.")
        properties["currentKubernetesVersion"] = full

    def _check_switches(self, arm: Arm, properties: Body, before: Body | None) -> None:
        if at(properties, "securityProfile/workloadIdentity/enabled") and not properties["oidcIssuerProfile"]["enabled"]:
            text = "Workload identity needs the OIDC issuer to be enabled."
            raise refuse(400, "InvalidParameter", text, target="securityProfile.workloadIdentity")
        if before and before["oidcIssuerProfile"]["enabled"] and not properties["oidcIssuerProfile"]["enabled"]:
            raise refuse(400, "OIDCIssuerFeatureCannotBeDisabled", "OIDC issuer feature cannot be disabled.", target="oidcIssuerProfile")
        managed = at(properties, "aadProfile/managed")
        if before and at(before, "aadProfile/managed") and not managed:
            raise refuse(400, "BadRequest", "Disabling AAD on a cluster with AAD enabled is not supported.", target="aadProfile")
        if properties["disableLocalAccounts"] and not managed:
            text = "Disabling local accounts needs a cluster with managed Entra integration."
            raise refuse(400, "InvalidParameter", text, target="disableLocalAccounts")
        if managed:
            properties["aadProfile"] = {"adminGroupObjectIDs": None, "tenantID": account.TENANT_ID, "enableAzureRBAC": False} | {
                name: value for name, value in properties["aadProfile"].items() if value is not None
            }
        properties["addonProfiles"] = {
            name.lower(): _addon(arm, name, each) for name, each in (properties.get("addonProfiles") or {}).items()
        }

    def created(self, arm: Arm, record: Record) -> None:
        properties = record["body"]["properties"]
        group, location = properties["nodeResourceGroup"], record["body"]["location"]
        path = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}"
        arm.data["groups"][group.lower()] = {
            "id": path,
            "name": group,
            "location": location,
            "tags": None,
            "managedBy": record["id"],
            "gone": None,
        }
        record["issuer"] = record["fqdn"] = None
        record["principal_id"], record["client_id"] = str(uuid4()), str(uuid4())
        record["kubelet"] = f"{path}/providers/{IDENTITIES}/{record['name']}-agentpool"
        record["fqdn"] = f"{properties['dnsPrefix']}-{secrets.token_hex(4)}.hcp.{location}.azmk8s.io".lower()
        kubelet: Record = {"id": record["kubelet"], "type": IDENTITIES, "name": f"{record['name']}-agentpool", "gone": None}
        kubelet |= {
            "created": now(),
            "created_by": record["created_by"],
            "until": now(),
            "changed": now(),
            "changed_by": record["created_by"],
        }
        kubelet |= {"body": {"location": location, "tags": {}, "properties": {"isolationScope": "None"}}, "doing": "Creating"}
        kubelet |= {"client_id": str(uuid4()), "principal_id": str(uuid4())}
        arm.data["resources"][record["kubelet"].lower()] = kubelet
        seconds = arm.seconds("ManagedClusters_Replication", 1.0)
        for each in (record, kubelet):
            arm.azure.entra.add_managed_identity(each["client_id"], each["principal_id"], each["name"], seconds)

    def written(self, arm: Arm, record: Record) -> None:
        properties = record["body"]["properties"]
        record["version"] = properties.pop("currentKubernetesVersion", record.get("version"))
        for name, body in properties.pop("agentPoolProfiles", None) or ():
            pools.keep(arm, record, name, body)
        if properties["oidcIssuerProfile"]["enabled"] and not record["issuer"]:
            region = record["body"]["location"]
            record["issuer"] = f"https://{region}.oic.prod-aks.azure.com/{account.TENANT_ID}/{uuid4()}/"
        record["etag"] = str(uuid4())
        record["failed"] = False

    def deleted(self, arm: Arm, record: Record) -> None:
        """The node resource group goes with its cluster."""
        arm.azure.entra.remove_managed_identity(record["client_id"], record["principal_id"])
        group = record["body"]["properties"]["nodeResourceGroup"]
        prefix = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}/".lower()
        for each in [each for key, each in list(arm.data["resources"].items()) if key.startswith(prefix)]:
            engine.remove(arm, each)
        arm.data["groups"].pop(group.lower(), None)

    # --- form ------------------------------------------------------------------

    def written_id(self, record: Record) -> str:
        return t.cast(str, record["id"]).replace("/resourceGroups/", "/resourcegroups/")

    def extra(self, arm: Arm, record: Record) -> Body:
        properties = record["body"]["properties"]
        kubelet = arm.data["resources"].get(record["kubelet"].lower())
        found: Body = {
            "powerState": {"code": "Stopped" if record.get("stopped") else "Running"},
            "currentKubernetesVersion": record["version"],
            "fqdn": record["fqdn"],
            "azurePortalFQDN": record["fqdn"].replace(".hcp.", ".portal.hcp."),
            "maxAgentPools": 100,
            "resourceUID": record["client_id"].replace("-", "")[:24],
            "agentPoolProfiles": [pools.as_profile(each) for each in pools.of_cluster(arm, record["id"])],
            # As it comes back after somebody has saved the cluster in the portal: names in another case.
            "addonProfiles": {_recased(name): _recased_addon(each) for name, each in properties["addonProfiles"].items()},
            "networkProfile": network.shown(properties["networkProfile"]),
            "oidcIssuerProfile": properties["oidcIssuerProfile"] | ({"issuerURL": record["issuer"]} if record["issuer"] else {}),
            "workloadAutoScalerProfile": {},
            "storageProfile": {
                "diskCSIDriver": {"enabled": True},
                "fileCSIDriver": {"enabled": True},
                "snapshotController": {"enabled": True},
            },
            "metricsProfile": {"costAnalysis": {"enabled": False}},
            "bootstrapProfile": {"artifactSource": "Direct"},
        }
        if kubelet and state_of(record) != self.creating:
            found["identityProfile"] = {
                "kubeletidentity": {
                    "resourceId": record["kubelet"].replace("/resourceGroups/", "/resourcegroups/"),
                    "clientId": kubelet["client_id"],
                    "objectId": kubelet["principal_id"],
                }
            }
        return found

    def render(self, arm: Arm, record: Record) -> Body:
        answer = super().render(arm, record)
        if answer["identity"]["type"] == "SystemAssigned":
            answer["identity"] |= {"principalId": record["principal_id"], "tenantId": account.TENANT_ID}
        if record.get("failed"):
            answer["properties"]["provisioningState"] = "Failed"
        elif any(state_of(each) != "Succeeded" for each in pools.of_cluster(arm, record["id"])):
            answer["properties"]["provisioningState"] = "Updating"
        return answer | {"eTag": record["etag"]}


def _addon(arm: Arm, name: str, addon: t.Any) -> Body:
    if not isinstance(addon, dict) or not isinstance(addon.get("enabled"), bool):
        raise refuse(400, "InvalidParameter", f"addonProfiles.{name}.enabled is required.", target=f"addonProfiles.{name}")
    config = addon.get("config") or {}
    if not all(isinstance(each, str) for each in config.values()):
        raise refuse(400, "InvalidParameter", f"The values of addonProfiles.{name}.config must be strings.", target=f"addonProfiles.{name}")
    workspace = next((value for key, value in config.items() if key.lower() == "loganalyticsworkspaceresourceid"), None)
    if name.lower() == "omsagent" and addon["enabled"]:
        found = arm.data["resources"].get(str(workspace).lower())
        if found is None or found["type"] != WORKSPACES:
            text = f"The Log Analytics workspace '{workspace}' of the omsagent addon could not be found."
            raise refuse(400, "WorkspaceNotFound", text, target="addonProfiles.omsagent")
    return {"enabled": addon["enabled"], "config": config or None}


def _recased(name: str) -> str:
    return {"omsagent": "omsAgent", "azurepolicy": "azurePolicy"}.get(name, name)


def _recased_addon(addon: Body) -> Body:
    return {**addon, "config": {name.lower(): value for name, value in (addon["config"] or {}).items()} or None}


CLUSTERS = Clusters()
engine.register(CLUSTERS)


@operation(
    "PATCH", ONE, "ManagedClusters_UpdateTags", versions=API_VERSIONS, kind="managedClusters", verified="sdk", source=Clusters.source
)
def update_tags(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    """A PATCH of a cluster takes nothing but tags."""
    if set(body_of(request)) - {"tags"}:
        raise refuse(400, "InvalidRequestContent", "Only tags can be updated by a PATCH of a managed cluster.")
    return engine.change(CLUSTERS, arm, request, subscription=subscription, group=group, name=name)


@operation(
    "GET",
    f"{ONE}/upgradeProfiles/default",
    "ManagedClusters_GetUpgradeProfile",
    versions=API_VERSIONS,
    kind="managedClusters/upgradeProfiles",
    verified="sdk",
    source=Clusters.source,
)
def upgrade_profile(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    record = find(arm, request, subscription, group, name, "upgradeProfiles/read")
    members = [(None, record["version"])]
    members += [(each["name"], each["body"]["properties"]["currentOrchestratorVersion"]) for each in pools.of_cluster(arm, record["id"])]
    profiles = [
        {
            **({"name": pool} if pool else {}),
            "kubernetesVersion": version,
            "osType": "Linux",
            "upgrades": [{"kubernetesVersion": each} for each in following(version)],
        }
        for pool, version in members
    ]
    properties = {"controlPlaneProfile": profiles[0], "agentPoolProfiles": profiles[1:]}
    kind = "Microsoft.ContainerService/managedClusters/upgradeprofiles"
    path = f"{CLUSTERS.written_id(record)}/upgradeprofiles/default"
    return Reply.of_json({"id": path, "name": "default", "type": kind, "properties": properties})


def find(arm: Arm, request: Request, subscription: str, group: str, name: str, action: str) -> Record:
    """A cluster on which the caller may do this."""
    target = engine.target_of(CLUSTERS, arm, request, subscription, group, (name,))
    arm.authorize(request, f"{CLUSTERS.name}/{action}", target.id)
    arm.require_group(target.group)
    record = arm.data["resources"].get(target.key)
    if record is None:
        raise Refusal(CLUSTERS.not_found(target))
    return t.cast(Record, record)
