# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options that several modules of this cloud share, and what is made of them."""

from __future__ import annotations

import typing as t

from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import State
from .._core.spec import STATE, ArgumentSpec
from .._core.traffic import Traffic
from .arm import Arm
from .bodies import filled, secrets_in
from .credentials import AUTH
from .errors import CLOUD
from .generic import generic
from .place import GROUPS, Place, place_of
from .resource_type import ResourceType
from .resource_types import table
from .resources import Resource, ResourceInfo

TIMEOUT = ArgumentSpec({"timeout": {"type": "int", "default": 1800}})
AZURE = AUTH | TIMEOUT

# Which resource it is.
PLACE = ArgumentSpec(
    {
        "type": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "resource_group": {"type": "str"},
        "parent": {"type": "str"},
        "scope": {"type": "str"},
        "api_version": {"type": "str"},
        "outputs": {"type": "list", "elements": "str", "default": []},
    },
    mutually_exclusive=(("resource_group", "parent", "scope"),),
)

# What it shall be: option → name in the body.
BODY = {
    "location": "location",
    "tags": "tags",
    "properties": "properties",
    "sku": "sku",
    "kind": "kind",
    "identity": "identity",
    "zones": "zones",
    "managed_by": "managedBy",
}
RESOURCE = (
    PLACE
    | STATE
    | ArgumentSpec(
        {
            "location": {"type": "str"},
            "tags": {"type": "dict"},
            "properties": {"type": "dict"},
            "secret_properties": {"type": "dict", "no_log": True},
            "sku": {"type": "dict"},
            "kind": {"type": "str"},
            "identity": {"type": "dict"},
            "zones": {"type": "list", "elements": "str"},
            "managed_by": {"type": "str"},
            "write_only": {"type": "list", "elements": "str", "default": []},
            "rewrite": {"type": "bool", "default": False},
            "register_provider": {"type": "bool", "default": True},
            "confirm_delete": {"type": "str"},
        }
    )
)

# Which vault, and what may happen to deleted secrets that hold a name.
VAULT = ArgumentSpec(
    {
        "vault": {"type": "str", "required": True},
        "recover": {"type": "bool", "default": True},
        "purge": {"type": "bool", "default": False},
    }
)

# One secret.
SECRET: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "value": {"type": "raw", "no_log": True},
    "content_type": {"type": "str"},
    "tags": {"type": "dict"},
    "enabled": {"type": "bool"},
    "expires_on": {"type": "str"},
    "not_before": {"type": "str"},
}


def resource_of(host: Host, traffic: Traffic) -> Resource:
    """The reconciler for the options of `azure_resource`."""
    params = host.params
    arm = Arm.of(host, traffic)
    row, declared = declared_of(params)
    made = Resource(
        arm,
        row,
        lambda: place(params, arm, row),
        declared if params["state"] == "present" else None,
        register=params["register_provider"],
        confirmed=params["confirm_delete"] == params["name"],
    )
    made.rewrite = params["rewrite"]
    return made


def resource_info_of(host: Host, traffic: Traffic) -> ResourceInfo:
    """The reconciler for the options of `azure_resource_info`."""
    params = host.params
    arm = Arm.of(host, traffic)
    row = row_of(params, {})
    return ResourceInfo(host, traffic, arm, row, lambda: place(params, arm, row))


def declared_of(params: t.Mapping[str, t.Any]) -> tuple[ResourceType, State]:
    """What one resource shall be: its row of the table, and its body. Raises PlanError."""
    shown = {name: params[option] for option, name in BODY.items() if params[option] is not None}
    secret = params["secret_properties"]
    declared = filled(shown, {"properties": secret}) if secret else shown
    row = row_of(params, declared)
    for path in secrets_in(row.rule, shown):
        raise PlanError(
            f"{row.name} {params['name']}: {path} is a secret, and properties are shown (with -vvv, for example)",
            code="shown_secret",
            cloud=CLOUD,
            hint="Declare it in secret_properties, in the same place below",
        )
    return row, declared


def row_of(params: t.Mapping[str, t.Any], declared: State) -> ResourceType:
    """The row of the table for a task, or one made for it. Raises PlanError."""
    row, version = table.find(params["type"]), params["api_version"]
    if declared:
        table.refuse_creation(params["type"])
    if row is None and version is None:
        raise table.unknown(params["type"])
    if row is None:
        return generic(params["type"], version, declared, params.get("write_only") or (), params["outputs"])
    for option, what in (
        ("api_version", "its api-version is pinned"),
        ("write_only", "its rules are known"),
        ("outputs", "its outputs are known"),
    ):
        if params.get(option):
            raise PlanError(f"{option} is for types that this collection does not know by itself; {row.name}: {what}", cloud=CLOUD)
    return row


def place(params: t.Mapping[str, t.Any], arm: Arm, row: ResourceType) -> Place:
    """Where a task's resource is. The subscription is looked up only when neither an option nor an id says it."""
    given = params["parent"] or params["scope"]
    subscription = "" if given and row.name.casefold() != GROUPS.casefold() else arm.subscription
    return place_of(
        row, params["name"], subscription=subscription, group=params["resource_group"], parent=params["parent"], scope=params["scope"]
    )
