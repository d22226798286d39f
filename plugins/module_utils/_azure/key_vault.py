# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A key vault with friendly options: the vault, the deleted one that may hold its name, and our own role on it."""

from __future__ import annotations

import typing as t

from .._core.apply import Step, Waves
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.normal import folded, location
from .._core.plan import Change, Kind, State, States, make_plan
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from . import role_assignments
from .arm import Arm
from .bodies import as_declared, at, laid_under
from .errors import CLOUD
from .place import place_of
from .resource_types.key_vault import KEY_VAULT
from .resources import Resource
from .roles import role_id
from .secrets import VaultSecrets

VERSION = KEY_VAULT.version
DELETED = Kind(CLOUD, "deleted_key_vault", Map({"location": Leaf(), "scheduledPurgeDate": Leaf(), "id": Leaf()}), id_field="id")


class KeyVault(Resource):
    """A vault. While a deleted vault holds its name, that one is recovered, and then made as declared."""

    identity: t.ClassVar[tuple[str, ...]] = ("resource_group",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = self._params = host.params
        arm = Arm.of(host, traffic)
        present = params["state"] == "present"
        super().__init__(
            arm,
            KEY_VAULT,
            lambda: place_of(KEY_VAULT, params["name"], subscription=arm.subscription, group=params["resource_group"]),
            body_of(params) if present else None,
            register=params["register_provider"],
        )
        self._present = present
        self._host, self._traffic = host, traffic
        self._deleted: State | None = None
        self._role_state: State | None = None

    def want(self) -> dict[str, State | None]:
        if self._present and not self._params["location"]:
            raise PlanError("key_vault: a vault that shall be there needs a location", cloud=CLOUD)
        days = self._params["soft_delete_retention_days"]
        if days is not None and not 7 <= days <= 90:
            raise PlanError(f"soft_delete_retention_days is {days}: it can be 7 to 90", cloud=CLOUD)
        wanted = super().want()
        self._label = self.place.label
        self._role_label = f"{self._params['deployer_role']} for the deployer at {self._label}"
        return wanted

    def read(self) -> dict[str, State]:
        have = super().read()
        if have:
            self._role_state = self._find_role()
        elif self._present or self._params["purge"]:
            self._deleted = self._find_deleted()
        return have

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        purged = self._purge(have)
        declared = want[self._label]
        if self._deleted is not None and not purged and declared is not None:
            # All that is known of a deleted vault is that it is one; what it was set to is seen when it is back.
            gone = {"id": self.place.path, "deleted": True, "location": self._deleted["location"]}
            wanted = laid_under({"deleted": False}, declared)
            changes = self._registration() + make_plan(self.kind, {self._label: gone}, {self._label: wanted})
        else:
            changes = super().plan(have, want)
        return [*purged, *changes, *self._role_changes()] if self._present else [*changes, *purged]

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[self._step_of(change)] for change in plan]

    def result(self, after: States) -> dict[str, t.Any]:
        shown = {name: value for name, value in self.shown(after.get(self._label)).items() if name != "deleted"}
        return {"key_vault": {**shown, "uri": f"https://{self.place.name.casefold()}.vault.azure.net/"} if shown else {}}

    # --- a deleted vault of this name -------------------------------------------

    def _find_deleted(self) -> State | None:
        what = f"look for a deleted vault {self.place.name}"
        base = f"/subscriptions/{self._arm.subscription}/providers/Microsoft.KeyVault"
        region = location(self._params["location"])
        try:
            if region:
                found = self._arm.find(what, f"{base}/locations/{region}/deletedVaults/{self.place.name}", VERSION)
            else:
                everywhere = self._arm.all(what, f"{base}/deletedVaults", VERSION)
                found = next((each for each in everywhere if folded(each["name"]) == folded(self.place.name)), None)
        except CloudError as error:
            if error.status != 403:
                raise
            # Looking needs a right on the subscription; who has none may still make vaults in a group.
            self._host.warn(f"{what}: not allowed, so a deleted vault of this name would not be seen")
            return None
        if found is None:
            return None
        facts = found["properties"]
        return {
            "id": found["id"],
            "location": facts["location"],
            "scheduledPurgeDate": facts.get("scheduledPurgeDate"),
            "protected": facts.get("purgeProtectionEnabled", False),
        }

    def _purge(self, have: States) -> list[Change]:
        """The end of a deleted vault: only where it was asked for, and only where it may be."""
        gone = self._deleted
        if have and not self._present and self._params["purge"]:
            vault = have[self._label]
            gone = {"location": vault["location"], "protected": at(vault, "/properties/enablePurgeProtection")}
        if gone is None or (self._present and self._params["recover"]):
            return []
        if not self._params["purge"]:
            raise PlanError(
                f"key_vault {self._label}: a deleted vault holds this name until {gone['scheduledPurgeDate']}",
                code="deleted_vault",
                cloud=CLOUD,
                hint="Set recover: true to bring it back with its secrets, or purge: true to destroy it for good",
            )
        if gone["protected"]:
            raise self._protected()
        return make_plan(DELETED, {self._label: {name: value for name, value in gone.items() if name != "protected"}}, {self._label: None})

    def _protected(self) -> PlanError:
        return PlanError(
            f"key_vault {self._label}: purge protection is on, nobody can purge it before its time is over",
            code="purge_protected",
            cloud=CLOUD,
            hint="Set purge: false",
        )

    # --- our own role -----------------------------------------------------------

    def _find_role(self) -> State | None:
        role = self._params["deployer_role"]
        if not role or not self._present:
            return None
        return role_assignments.find(self._arm, self.place.path, role_id(self._arm, role, self.place.path), self._arm.object_id)

    def _role_changes(self) -> list[Change]:
        role = self._params["deployer_role"]
        if not role or not self._present:
            return []
        wanted = {
            "scope": self.place.path,
            "roleDefinitionId": role_assignments.definition_of(self._arm, role_id(self._arm, role, self.place.path)),
            "principalId": self._arm.object_id,
            "principalType": self._arm.principal_type,
        }
        have = {} if self._role_state is None else {self._role_label: self._role_state}
        return make_plan(role_assignments.KIND, have, {self._role_label: wanted})

    def _wait_for_role(self, change: Change) -> dict[str, State]:
        """A new role does not work at once: wait until the vault lets us in, or nobody can write a secret right after this."""
        found = role_assignments.step(self._arm, change).call()
        secrets = VaultSecrets.of(self._host, self._traffic, vault="name", auth=None)
        what = f"use the role {self._params['deployer_role']} on {self._label}"
        try:
            self._arm.wait_until(what, secrets.is_open, bool, lambda seen: "the vault does not let us in yet")
        except CloudError as error:
            if error.code not in ("ForbiddenByFirewall", "ForbiddenByConnection"):
                raise
            self._host.warn(f"{what}: nobody can tell from here whether it works yet: {error}")
        return dict(found or {})

    # --- steps ------------------------------------------------------------------

    def _step_of(self, change: Change) -> Step:
        if change.kind is DELETED:
            return Step(change.title, self._carry_out_purge)
        if change.kind is role_assignments.KIND:
            return Step(change.title, lambda: self._wait_for_role(change))
        if change.kind is self.kind and change.touches("deleted"):
            return Step(f"recover azure key_vault {self._label}", lambda: self._recover(change))
        return self.step(change)

    def _recover(self, change: Change) -> dict[str, State]:
        declared = self._declared or {}
        back: State = {"location": declared["location"], "properties": {"createMode": "recover"}}
        needed = laid_under(KEY_VAULT.defaults(self._arm), {})["properties"]
        back["properties"] |= {"tenantId": needed["tenantId"], "sku": at(declared, "/properties/sku") or needed["sku"]}
        title = f"recover azure key_vault {self._label}"
        self._arm.write(title, "PUT", self.place.path, VERSION, back, sdk=KEY_VAULT.sdk)
        found = self._arm.settled(title, self.place.path, VERSION, KEY_VAULT.sdk)
        if found is None:
            raise CloudError(title, "it is not there afterwards", cloud=CLOUD, code="provisioning_failed", executed=True)
        now = as_declared(found, declared)
        for rest in make_plan(self.kind, {self._label: now}, {self._label: declared}):
            now = as_declared(self.write(rest), declared)
        return {change.name: {**now, "deleted": False}}

    def _carry_out_purge(self) -> None:
        what = f"purge the deleted vault {self._label}"
        gone = self._arm.wait_until(what, self._find_deleted, bool, lambda seen: "not among the deleted vaults yet")
        self._arm.finish(what, self._arm.write(what, "POST", f"{gone['id']}/purge", VERSION))
        self._arm.wait_until(what, self._find_deleted, lambda seen: seen is None, lambda seen: "still there")


def body_of(params: t.Mapping[str, t.Any]) -> State:
    """The options as the body of a vault."""
    rules = params["network_rules"]
    properties = {
        "sku": {"family": "A", "name": params["sku"]} if params["sku"] else None,
        "enableRbacAuthorization": params["rbac"],
        "softDeleteRetentionInDays": params["soft_delete_retention_days"],
        # The service refuses an explicit `false`, also of a vault that has none.
        "enablePurgeProtection": params["purge_protection"],
        "publicNetworkAccess": None
        if params["public_network_access"] is None
        else ("Disabled", "Enabled")[params["public_network_access"]],
        "networkAcls": None if rules is None else _network_acls(rules),
    }
    body = {"location": params["location"], "tags": params["tags"], "properties": {k: v for k, v in properties.items() if v is not None}}
    return {name: value for name, value in body.items() if value}


def _network_acls(rules: t.Mapping[str, t.Any]) -> State:
    found = {
        "defaultAction": rules["default_action"],
        "bypass": rules["bypass"],
        "ipRules": None if rules["ip_rules"] is None else [{"value": each} for each in rules["ip_rules"]],
        "virtualNetworkRules": None if rules["subnet_ids"] is None else [{"id": each} for each in rules["subnet_ids"]],
    }
    return {name: value for name, value in found.items() if value is not None}
