# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an identity may do at Azure, as Resource Manager itself sums it up for a scope."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .._core.access import GRANTED, MISSING, Access, Right, Verdict, unknown
from .._core.errors import CloudError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .arm import SCOPE, Arm
from .entra.permissions import PERMISSIONS as DIRECTORY_PERMISSIONS
from .entra.permissions import Directory, Permission
from .errors import CLOUD
from .resource_type import ResourceType
from .resource_types import (
    alerts,
    dashboards,
    data_collection,
    document_db,
    foundation,
    network,
    network_gateways,
    prometheus_rules,
    workspaces,
)
from .resource_types.container_registry import CONTAINER_REGISTRY
from .resource_types.container_service import CLUSTER, MAINTENANCE_WINDOW, NODE_POOL
from .resource_types.key_vault import KEY_VAULT
from .resources import ALWAYS_REGISTERED

VERSION = "2022-04-01"
# Without it nobody can tell what an identity may do.
PERMISSIONS = "Microsoft.Authorization/permissions/read"
GROUP, SUBSCRIPTION, VAULT = "group", "subscription", "vault"
Permissions = t.Sequence[t.Mapping[str, t.Sequence[str]]]


@dataclass(frozen=True)
class Action(Right):
    """An action of Azure's, or what reaches into a vault (a data action). at: group, subscription or vault."""

    at: str = GROUP
    data: bool = False


def _actions(roles: tuple[str, ...], at: str, read: t.Sequence[str], write: t.Sequence[str], *, data: bool = False) -> tuple[Action, ...]:
    return (*(Action(each, roles, False, at, data) for each in read), *(Action(each, roles, True, at, data) for each in write))


def _rows(
    roles: tuple[str, ...], rows: t.Iterable[ResourceType], read: t.Sequence[str] = (), write: t.Sequence[str] = ()
) -> tuple[Action, ...]:
    """What it takes to keep resources of these types in the group, and to register their namespaces. read, write: further actions."""
    rows = tuple(rows)
    spaces = sorted({row.namespace for row in rows if row.namespace.casefold() not in ALWAYS_REGISTERED})
    return (
        *_actions(roles, GROUP, [*(f"{row.name}/read" for row in rows), *read], [*(f"{row.name}/write" for row in rows), *write]),
        *_actions(roles, SUBSCRIPTION, [], [f"{space}/register/action" for space in spaces]),
    )


_GROUP, _VAULT, _REGISTRY, _AKS, _COSMOS = ("resource_group",), ("key_vault",), ("container_registry",), ("aks",), ("cosmos_db",)
_MONITORING, _NETWORK, _WORKLOADS, _SIGN_IN = ("monitoring",), ("network",), ("workload_identity",), ("app_registration",)
_EVERY = (*_GROUP, *_VAULT, *_REGISTRY, *_AKS, *_COSMOS, *_MONITORING, *_NETWORK, *_WORKLOADS)
_WATCHED = (
    *(workspaces.LOG_ANALYTICS, workspaces.MONITOR_WORKSPACE),
    *(data_collection.ENDPOINT, data_collection.RULE, data_collection.ASSOCIATION),
    *(prometheus_rules.RULE_GROUP, alerts.ACTION_GROUP, dashboards.PORTAL_DASHBOARD),
)
_CONNECTED = (*network.ROWS, *network_gateways.ROWS)
_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
_SECRETS = f"{KEY_VAULT.name}/secrets"
# learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
RIGHTS = (
    *_actions(_EVERY, GROUP, [f"{_GROUPS}/read"], []),
    *_actions(_GROUP, GROUP, [], [f"{_GROUPS}/write"]),
    *_rows((*_GROUP, *_WORKLOADS), (foundation.IDENTITY, foundation.FEDERATED_CREDENTIAL)),
    *_rows(_VAULT, (KEY_VAULT,)),
    *_rows(_REGISTRY, (CONTAINER_REGISTRY,)),
    *_actions(_REGISTRY, SUBSCRIPTION, [f"{CONTAINER_REGISTRY.namespace}/locations/operationResults/read"], []),
    # The way into the cluster, for what runs there.
    *_rows(_AKS, (CLUSTER, NODE_POOL, MAINTENANCE_WINDOW), [f"{CLUSTER.name}/listClusterUserCredential/action"]),
    *_actions(_AKS, SUBSCRIPTION, [f"{CLUSTER.namespace}/locations/{each}/read" for each in ("operations", "kubernetesVersions")], []),
    *_rows(_COSMOS, document_db.ROWS, [f"{document_db.ACCOUNT.name}/listConnectionStrings/action"]),
    *_actions(_COSMOS, SUBSCRIPTION, [f"{document_db.ACCOUNT.namespace}/locations/operationsStatus/read"], []),
    *_rows(_MONITORING, _WATCHED),
    *_actions(_MONITORING, SUBSCRIPTION, ["Microsoft.OperationalInsights/locations/operationStatuses/read"], []),
    *_rows(
        _NETWORK,
        _CONNECTED,
        ["Microsoft.Network/connections/sharedKey/read"],
        ["Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.Network/publicIPAddresses/join/action"],
    ),
    *_actions(_NETWORK, SUBSCRIPTION, [f"Microsoft.Network/locations/{each}/read" for each in ("operations", "operationResults")], []),
    *_actions(
        (*_VAULT, *_AKS, *_WORKLOADS),
        GROUP,
        ["Microsoft.Authorization/roleAssignments/read"],
        ["Microsoft.Authorization/roleAssignments/write"],
    ),
    *_actions(_EVERY, SUBSCRIPTION, ["Microsoft.Resources/subscriptions/providers/read"], []),
    *_actions(_VAULT, SUBSCRIPTION, ["Microsoft.KeyVault/locations/deletedVaults/read"], []),
    *_actions(
        (*_VAULT, *_COSMOS, *_SIGN_IN),
        VAULT,
        [f"{_SECRETS}/readMetadata/action", f"{_SECRETS}/getSecret/action"],
        [f"{_SECRETS}/setSecret/action", f"{_SECRETS}/update/action", f"{_SECRETS}/recover/action", f"{_SECRETS}/delete"],
        data=True,
    ),
)
# Roles that the collection hands out, and no others: the condition on the assignment of the policy's role says so.
GIVEN_ROLES = ("AcrPull", "Key Vault Secrets Officer", "Key Vault Secrets User", "Network Contributor")
LOOKED_AT = ArgumentSpec({"resource_group": {"type": "str"}, "key_vault": {"type": "str", "no_log": False}})


class AzureAccess(Access):
    cloud = CLOUD
    rights = (*RIGHTS, *DIRECTORY_PERMISSIONS)
    policy, reader_policy = "azure-role.json", "azure-reader-role.json"

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._arm = Arm.of(host, self.traffic)

    def identify(self) -> dict[str, t.Any]:
        claims = self._arm.credential.claims(SCOPE)
        who = {"tenant": claims.get("tid"), "object_id": claims.get("oid"), "client_id": claims.get("appid") or claims.get("azp")}
        return {**who, "name": claims.get("upn") or claims.get("unique_name"), "subscription_id": self._arm.subscription}

    def judge(self, rights: t.Sequence[Right]) -> list[Verdict]:
        self._seen: dict[str, Permissions | None] = {}
        found, directory = self._scopes(), Directory(self._arm.credential)
        actions = t.cast("t.Sequence[Action | Permission]", rights)
        return [directory.verdict(each) if isinstance(each, Permission) else self._verdict(each, found) for each in actions]

    def wanted(self) -> list[Right]:
        """Rights inside a vault count only once it is there: whoever makes it gets them with it."""
        rights = t.cast("list[Action]", super().wanted())
        self._vault = self._find_vault() if any(each.at == VAULT for each in rights) else None
        return [each for each in rights if each.at != VAULT or self._vault]

    # --- where ----------------------------------------------------------------

    def _scopes(self) -> dict[str, str]:
        """The scope of each kind of right. A group that is not there yet will get what the subscription grants."""
        whole = f"/subscriptions/{self._arm.subscription}"
        group = self.host.params["resource_group"]
        scope = f"{whole}/resourceGroups/{group}" if group else whole
        if self._permissions(scope) is None:
            scope = whole
        return {SUBSCRIPTION: whole, GROUP: scope, VAULT: self._vault or scope}

    def _find_vault(self) -> str | None:
        """The id of the vault, if it is there and its secrets go by roles."""
        group, name = self.host.params["resource_group"], self.host.params["key_vault"]
        if not (group and name):
            return None
        path = f"/subscriptions/{self._arm.subscription}/resourceGroups/{group}/providers/{KEY_VAULT.name}/{name}"
        try:
            found = self._arm.find(f"look for the vault {name}", path, KEY_VAULT.version)
        except CloudError as error:
            if error.status != 403:
                raise
            return None
        return path if found and found["properties"].get("enableRbacAuthorization") else None

    def _permissions(self, scope: str) -> Permissions | None:
        """What the caller's roles grant at a scope, None if the scope is not there."""
        if scope not in self._seen:
            what = f"read what this identity may do at {scope}"
            try:
                answer = self._arm.find(what, f"{scope}/providers/Microsoft.Authorization/permissions", VERSION)
                self._seen[scope] = None if answer is None else answer["value"]
            except CloudError as error:
                if error.status != 403:
                    raise
                self._seen[scope] = []
        return self._seen[scope]

    # --- what -----------------------------------------------------------------

    def _verdict(self, right: Action, scopes: t.Mapping[str, str]) -> Verdict:
        if allows(self._permissions(scopes[right.at]) or [], right.name, data=right.data):
            return GRANTED
        if right.name.endswith("/register/action") and self._is_registered(right.name.partition("/")[0]):
            return GRANTED
        may_assign = allows(self._permissions(scopes[GROUP]) or [], "Microsoft.Authorization/roleAssignments/write")
        if right.data and may_assign and self.host.params["purpose"] == "manage":
            return unknown("not granted yet; the role key_vault gives it to this identity")
        return MISSING

    def _is_registered(self, namespace: str) -> bool:
        """What is registered already needs nobody who may register it."""
        try:
            return self._arm.registration(namespace) == "Registered"
        except CloudError:
            return False


def allows(permissions: Permissions, action: str, *, data: bool = False) -> bool:
    """Whether one entry lists an action and does not take it away again (…/role-based-access-control/overview)."""
    granted, taken = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(_lists(each.get(granted), action) and not _lists(each.get(taken), action) for each in permissions)


def _lists(patterns: t.Sequence[str] | None, action: str) -> bool:
    return any(fnmatchcase(action.casefold(), pattern.casefold()) for pattern in patterns or ())
