# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an inventory declares: whose variables are whose, by the roles' own argument_specs."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.access import AlibabaAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.access import AzureAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.access import CloudflareAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.access import TencentAccess

ROLES = Path(__file__).resolve().parent.parent.parent / "roles"
CLOUDS = {each.cloud: each for each in (AzureAccess, AlibabaAccess, TencentAccess, CloudflareAccess)}
# What runs in a cluster is a host too, without an account of its own: the rights are Azure's and the cluster's.
CLUSTER = "kubernetes"
CLUSTER_ROLES = ("network_policies", "cert_manager", "external_secrets", "ingress", "backend")
# Roles that are declared and switched off while this variable is empty.
SWITCHES = {"alibaba_vpn": "alibaba_vpn_gateway_id"}
Options = dict[str, dict[str, t.Any]]


@functools.cache
def roles() -> dict[str, Path]:
    """The file of each role that says which options it has. Their names alone are asked for often, in processes that forget them."""
    return {file.parent.parent.name: file for file in sorted(ROLES.glob("*/meta/argument_specs.yml"))}


@functools.cache
def options_of_roles() -> dict[str, tuple[Options, Options]]:
    """By role: the options of its main entry point, and those of all its entry points together."""
    found = {}
    for role, file in roles().items():
        points = yaml_load(file.read_text(encoding="utf-8"))["argument_specs"]
        everything: Options = {}
        for point in points.values():
            everything |= point.get("options") or {}
        found[role] = (points.get("main", {}).get("options") or {}, everything)
    return found


def role_of(variable: str) -> str | None:
    """The role that a variable belongs to by its name; the longest name of a role wins."""
    fitting = [role for role in roles() if variable.startswith(f"{role}_")]
    return max(fitting, key=len, default=None)


def roles_of(cloud: str) -> list[str]:
    """The roles of this collection that call a cloud, or the cluster, as far as they exist."""
    called = dict.fromkeys(CLUSTER_ROLES if cloud == CLUSTER else (role for right in CLOUDS[cloud].rights for role in right.roles))
    return [role for role in called if role in roles()]


def declared_roles(variables: t.Mapping[str, t.Any], cloud: str) -> list[str]:
    """The roles of a cloud that a host has variables for."""
    named = {role_of(name) for name in variables}
    return [role for role in roles_of(cloud) if role in named]


def needs_of(variables: t.Mapping[str, t.Any], cloud: str) -> list[str]:
    """What access_info must check for a host: its roles, and parts of them that are asked for by a variable."""
    if cloud not in CLOUDS:
        return []
    parts = {"cloudflare_registration": "cloudflare_zone_check_registration"} if cloud == "cloudflare" else {}
    declared = [role for role in declared_roles(variables, cloud) if role not in SWITCHES or variables.get(SWITCHES[role])]
    return declared + [part for part, switch in parts.items() if variables.get(switch)]


def cloud_of(groups: t.Iterable[str]) -> str | None:
    """The cloud that a host stands for: the group that is called like it."""
    return next((group for group in groups if group in (*CLOUDS, CLUSTER)), None)
