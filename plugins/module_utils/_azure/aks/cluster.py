# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A cluster of AKS with its node pools, maintenance windows and the roles of its identities."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._core.apply import Step, Waves
from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.normal import folded, location
from ..._core.plan import Change, DeletionGuard, Kind, State, States, after_plan, make_plan
from ..._core.rules import Map
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .. import role_assignments
from ..arm import Arm
from ..bodies import at, laid_under
from ..errors import CLOUD
from ..place import place_of
from ..progress import is_settled, provisioning
from ..resource_types.container_service import CLUSTER, MAINTENANCE_WINDOW, NODE_POOL, VERSION
from ..resources import PROVIDER, UNREGISTERED, Resource
from ..roles import BUILT_IN
from . import states
from .bodies import WINDOWS, cluster_body, pool_body, refuse_nonsense, window_body
from .child import Child
from .versions import check_offered, check_upgrade, is_newer

POOL_KIND = Kind(CLOUD, NODE_POOL.kind, NODE_POOL.rule, id_field="id")
WINDOW_KIND = Kind(CLOUD, MAINTENANCE_WINDOW.kind, MAINTENANCE_WINDOW.rule, id_field="id")
ORDER = {"create": 0, "update": 1, "delete": 2}  # a pool that is to go may hold what the others must take over first


class AksCluster(Resource):
    """One cluster. Its pools, windows and roles are things of their own in the plan; only declared ones are looked after."""

    identity: t.ClassVar[tuple[str, ...]] = ("resource_group",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = self._params = host.params
        arm = Arm.of(host, traffic)
        self._present = params["state"] == "present"
        super().__init__(
            arm,
            CLUSTER,
            lambda: place_of(CLUSTER, params["name"], subscription=arm.subscription, group=params["resource_group"]),
            cluster_body(params) if self._present else None,
            register=params["register_provider"],
            confirmed=params["confirm_delete"] == params["name"],
        )
        self._cluster_rule = t.cast(Map, self.kind.rule)
        self.kind = replace(self.kind, rule=self._rule_of)
        self._guard = None if params["allow_mass_delete"] else DeletionGuard()
        self._cluster: State = {}
        self._first: Change | None = None
        self._windows: dict[str, State] = {}
        self._roles: dict[str, State] = {}

    def _rule_of(self, state: State) -> Map:
        """The rules of a state for showing it: the set holds the cluster and its pools."""
        return NODE_POOL.rule if "/agentPools/" in str(state.get("id") or "") or at(state, "/properties/vmSize") else self._cluster_rule

    # --- the way through the house ------------------------------------------

    def want(self) -> dict[str, State | None]:
        if not self._present:
            return super().want()
        params = self._params
        if not params["location"]:
            raise PlanError("aks_cluster: a cluster that shall be there needs a location", cloud=CLOUD)
        refuse_nonsense(params)
        wanted = super().want()
        self._label = self.place.label
        pools = {f"{self._label}/{pool['name']}": pool for pool in params["node_pools"] or ()}
        self._declared_pools: dict[str, State | None] = {
            name: None if pool["state"] == "absent" else pool_body(pool, params["kubernetes_version"]) for name, pool in pools.items()
        }
        self._pool_children = {name: Child(self._arm, NODE_POOL, f"{self.place.path}/agentPools", name) for name in pools}
        self._declared_windows = {
            f"{self._label}/{WINDOWS[window['of']]}": window_body(window) for window in params["maintenance_windows"] or ()
        }
        self._wanted_roles = [("AcrPull", "kubelet identity", scope) for scope in params["attached_registries"] or ()]
        self._wanted_roles += [("Network Contributor", "cluster identity", scope) for scope in params["network_contributor_scopes"] or ()]
        return wanted

    def read(self) -> dict[str, State]:
        what = f"read the {CLUSTER.kind} {self.place.label}"
        found = self._arm.wait_until(
            what, lambda: self._arm.find(what, self.place.path, VERSION, CLUSTER.sdk), _is_quiet, lambda seen: provisioning(seen or {})
        )
        if found is None:
            self._look_at_provider()
            return {}
        self._cluster = states.cluster_state(found, self._declared or {})
        have = {self.place.label: self._cluster}
        if not self._present:
            return have
        self._windows = self._read_windows()
        self._roles = self._read_roles()
        return have | states.pool_states(found, self._label, self._declared_pools)

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        if not self._present:
            return super().plan(have, want)
        cluster = have.get(self._label)
        running = at(cluster, "/properties/kubernetesVersion")
        check_upgrade(f"{CLUSTER.kind} {self._label}", running, self._params["kubernetes_version"])
        wanted = want
        if cluster is None:
            named = {"dnsPrefix": self._params["dns_prefix"] or self.place.name.lower().replace("_", "-")[:54]}
            wanted = {self._label: laid_under({"properties": named}, want[self._label] or {})}
        changes = super().plan({self._label: cluster} if cluster else {}, wanted)
        pools = self._plan_pools({name: state for name, state in have.items() if name != self._label}, running)
        windows = make_plan(WINDOW_KIND, self._windows, self._declared_windows)
        return [*changes, *pools, *windows, *self._plan_roles()]

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        super().check(have, [change for change in plan if change.kind is self.kind])
        if not self._present:
            return
        pools = after_plan(
            {name: state for name, state in have.items() if name != self._label}, [change for change in plan if change.kind is POOL_KIND]
        )
        if not any(folded(at(state, "/properties/mode")) == "system" for state in pools.values()):
            raise PlanError(
                f"aks_cluster {self._label}: a pool of mode System must remain; nothing was changed",
                code="no_system_pool",
                cloud=CLOUD,
                hint="Declare a node pool with mode: System",
            )
        for change in plan:
            if change.kind is self.kind and (change.action == "create" or "/properties/kubernetesVersion" in _paths(change)):
                self._check_offered(change)

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        if not self._present:
            return super().waves(plan)
        pools = [change for change in plan if change.kind is POOL_KIND]
        cluster = next((change for change in plan if change.kind is self.kind), None)
        first = _first_system(pools) if cluster and cluster.action == "create" else None
        ordered = sorted((change for change in pools if change is not first), key=lambda change: ORDER[change.action])
        waves = [[self.step(change)] for change in plan if change.kind is PROVIDER]
        waves += [[Step(cluster.title, lambda: self._write_cluster(cluster, first))]] if cluster else []
        # The service takes one operation at a time, and pools only after their control plane.
        waves += [[self._pool_step(change)] for change in ordered]
        waves += [[self._window_step(change)] for change in plan if change.kind is WINDOW_KIND]
        roles = [self._role_step(change) for change in plan if change.kind is role_assignments.KIND]
        return waves + ([roles] if roles else [])

    def result(self, after: States) -> dict[str, t.Any]:
        pools = {name: state for name, state in after.items() if name.startswith(f"{self.place.label}/") and at(state, "/properties/mode")}
        return {CLUSTER.kind: states.result_of(after.get(self.place.label), pools, self.place.path, KNOWN_AFTER_APPLY)}

    # --- node pools -----------------------------------------------------------

    def _plan_pools(self, have: States, running: str | None) -> list[Change]:
        wanted: dict[str, State | None] = {}
        control_plane = self._params["kubernetes_version"] or running
        for name, declared in self._declared_pools.items():
            wanted[name] = None if declared is None else self._wanted_pool(name, have.get(name), declared, control_plane)
        return make_plan(POOL_KIND, have, wanted, purge=self._params["purge_node_pools"], guard=self._guard)

    def _wanted_pool(self, name: str, have: State | None, declared: State, control_plane: str | None) -> State:
        pool = dict(declared["properties"])
        version = pool.get("orchestratorVersion")
        if version and control_plane and is_newer(version, control_plane):
            raise PlanError(f"{NODE_POOL.kind} {name}: version {version} is newer than the control plane's {control_plane}", cloud=CLOUD)
        if have is None:
            if not pool.get("vmSize"):
                raise PlanError(f"{NODE_POOL.kind} {name}: a new pool needs a vm_size", cloud=CLOUD)
            # The service wants a number to begin with, also where the autoscaler takes over.
            pool.setdefault("count", pool.get("minCount", 1))
            return laid_under(NODE_POOL.defaults(self._arm), {"properties": pool})
        check_upgrade(f"{NODE_POOL.kind} {name}", at(have, "/properties/orchestratorVersion"), version)
        scaling = pool.get("enableAutoScaling")
        if at(have, "/properties/enableAutoScaling") if scaling is None else scaling:
            pool.pop("count", None)  # the autoscaler decides
        if provisioning(have).casefold() != "succeeded":
            pool["provisioningState"] = "Succeeded"  # what failed half-way is written again
        return {"properties": pool}

    def _pool_step(self, change: Change) -> Step:
        child = self._pool_children.get(change.name) or Child(self._arm, NODE_POOL, f"{self.place.path}/agentPools", change.name)
        if change.action == "delete":
            return Step(change.title, lambda: child.delete(change))
        kept = None if change.action == "create" or "/properties/orchestratorVersion" in _paths(change) else "orchestratorVersion"
        return Step(change.title, lambda: {change.name: child.write_pool(change, kept)})

    # --- the cluster ------------------------------------------------------------

    def _write_cluster(self, change: Change, first: Change | None) -> dict[str, State]:
        """PUT the cluster; a new one comes with its first system pool, because there is none without."""
        self._first = first
        found = self.write(change)
        self._cluster = states.cluster_state(found, self._declared or {})
        outputs = {change.name: self._cluster}
        return outputs if first is None else outputs | states.pool_states(found, self._label, {first.name: first.after})

    def _whole(self, change: Change) -> State:
        keep = change.action == "update" and "/properties/kubernetesVersion" not in _paths(change)
        sent = states.cluster_sent(super()._whole(change), change.before, keep_version=keep)
        if self._first is not None:
            pool = (self._first.after or {})["properties"]
            sent["properties"]["agentPoolProfiles"] = [{"name": self._first.name.rpartition("/")[2], **states.pool_sent(pool)}]
        return sent

    def _check_offered(self, change: Change) -> None:
        version = at(change.after, "/properties/kubernetesVersion")
        region = location(self._params["location"])
        path = f"/subscriptions/{self._arm.subscription}/providers/Microsoft.ContainerService/locations/{region}/kubernetesVersions"
        if version is None or has_unknown(version):
            return
        try:
            offered = self._arm.get(f"read which Kubernetes versions {region} offers", path, VERSION)["values"]
        except CloudError as error:
            if error.code in UNREGISTERED:
                return  # nobody may ask yet; the service itself refuses
            raise
        plan = at(change.after, "/properties/supportPlan") or "KubernetesOfficial"
        check_offered(version, plan, offered, region)

    # --- maintenance windows ------------------------------------------------------

    def _read_windows(self) -> dict[str, State]:
        found = {}
        for name in self._declared_windows:
            window = Child(self._arm, MAINTENANCE_WINDOW, f"{self.place.path}/maintenanceConfigurations", name).find()
            if window is not None:
                found[name] = window
        return found

    def _window_step(self, change: Change) -> Step:
        child = Child(self._arm, MAINTENANCE_WINDOW, f"{self.place.path}/maintenanceConfigurations", change.name)
        return Step(change.title, lambda: {change.name: child.write(change)})

    # --- roles of the cluster's identities ------------------------------------------

    def _principal(self, whose: str) -> str | None:
        return states.kubelet_of(self._cluster) if whose == "kubelet identity" else states.principal_of(self._cluster)

    def _role_label(self, role: str, whose: str, scope: str) -> str:
        return f"{role} for the {whose} of {self._label} at {scope.rstrip('/').rpartition('/')[2]}"

    def _read_roles(self) -> dict[str, State]:
        found = {}
        for role, whose, scope in self._wanted_roles:
            principal = self._principal(whose)
            there = role_assignments.find(self._arm, scope, BUILT_IN[role], principal) if principal and not has_unknown(scope) else None
            if there is not None:
                found[self._role_label(role, whose, scope)] = there
        return found

    def _plan_roles(self) -> list[Change]:
        wanted: dict[str, State | None] = {}
        for role, whose, scope in self._wanted_roles:
            wanted[self._role_label(role, whose, scope)] = {
                "scope": scope.rstrip("/"),
                "roleDefinitionId": role_assignments.definition_of(self._arm, BUILT_IN[role]),
                "principalId": self._principal(whose) or KNOWN_AFTER_APPLY,
                "principalType": "ServicePrincipal",
            }
        return make_plan(role_assignments.KIND, self._roles, wanted)

    def _role_step(self, change: Change) -> Step:
        whose = next(whose for role, whose, scope in self._wanted_roles if self._role_label(role, whose, scope) == change.name)

        def assign() -> t.Mapping[str, State] | None:
            known = replace(change, after={**(change.after or {}), "principalId": self._principal(whose)})
            return role_assignments.step(self._arm, known).call()

        return Step(change.title, assign)


def _paths(change: Change) -> list[str]:
    return [difference.path for difference in change.differences]


def _is_quiet(found: State | None) -> bool:
    """Nothing is under way on the cluster or one of its pools."""
    pools = at(found, "/properties/agentPoolProfiles") or ()
    return found is None or (is_settled(found) and all(is_settled({"properties": each}) for each in pools))


def _first_system(pools: t.Sequence[Change]) -> Change | None:
    return next((change for change in pools if change.after and folded(at(change.after, "/properties/mode")) == "system"), None)
