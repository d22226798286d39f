# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least-privilege policies of each cloud, written out from the rights that access_info checks: python -m tools.policies

There is one list of rights, in the modules' own code; the files in roles/preflight/files/policies are that list in the form that each
cloud takes. A test fails when they differ.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "roles" / "preflight" / "files" / "policies"
NAME = "klinematrix.hybrid_cloud"
SUBSCRIPTION, ZONE, ACCOUNT, USER = "SUBSCRIPTION_ID", "ZONE_ID", "ACCOUNT_ID", "USER_ID"
Document = dict[str, t.Any]


def texts() -> dict[str, str]:
    """Every file by its name, as it must be."""
    documents: dict[str, t.Any] = {}
    for reader in (False, True):
        prefix = "reader-" if reader else ""
        documents |= {
            f"azure-{prefix}role.json": azure(reader),
            f"alibaba-{prefix}ram-policy.json": alibaba(reader),
            f"tencent-{prefix}cam-policy.json": tencent(reader),
            f"cloudflare-{prefix}token.json": cloudflare(reader),
        }
    found = {name: json.dumps(document, indent=2) + "\n" for name, document in documents.items()}
    return {**found, "azure-role-condition.txt": azure_condition()}


def azure(reader: bool) -> Document:
    """A custom role as `az role definition create` takes it (learn.microsoft.com/azure/role-based-access-control/role-definitions)."""
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.access import PERMISSIONS, RIGHTS

    # Whoever converges gets the rights inside a vault by a role on that vault, which the role key_vault assigns.
    wanted = [right for right in RIGHTS if not (reader and right.write) and (reader or not right.data)]
    return {
        "Name": f"{NAME} {'reader' if reader else 'deployer'}",
        "IsCustom": True,
        "Description": f"What the collection {NAME} needs to {'look at' if reader else 'keep'} an estate",
        "Actions": sorted({PERMISSIONS, *(right.name for right in wanted if not right.data)}),
        "NotActions": [],
        "DataActions": sorted(right.name for right in wanted if right.data),
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{SUBSCRIPTION}"],
    }


def azure_condition() -> str:
    """The condition on the assignment of that role: it hands out the roles that the collection assigns, and no others.

    learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples, "Constrain roles"
    """
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.access import GIVEN_ROLES
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.roles import BUILT_IN

    ids = ", ".join(BUILT_IN[name] for name in GIVEN_ROLES)
    what = "Microsoft.Authorization/roleAssignments"
    parts = [
        f"((!(ActionMatches{{'{what}/{action}'}})) OR (@{source}[{what}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}}))"
        for action, source in (("write", "Request"), ("delete", "Resource"))
    ]
    return " AND ".join(parts) + "\n"


def alibaba(reader: bool) -> Document:
    """A RAM policy (help.aliyun.com/en/ram, "Policy elements"). One statement for each product, and one to read itself back."""
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.access import READ_BACK, RIGHTS

    groups: dict[tuple[str, str], list[str]] = {}
    for right in RIGHTS:
        if not (reader and right.write):
            groups.setdefault((right.roles[0], right.resource), []).append(right.name)
    statements = [{"Effect": "Allow", "Action": names, "Resource": resource} for (_, resource), names in groups.items()]
    return {"Version": "1", "Statement": [*statements, {"Effect": "Allow", "Action": list(READ_BACK), "Resource": "*"}]}


def tencent(reader: bool) -> Document:
    """A CAM policy (tencentcloud.com/document/product/598, "Syntax structure"). SES knows no resources."""
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.access import READ_BACK, RIGHTS

    names = [right.name for right in RIGHTS if not (reader and right.write)]
    return {
        "version": "2.0",
        "statement": [
            {"effect": "allow", "action": names, "resource": ["*"]},
            {"effect": "allow", "action": list(READ_BACK), "resource": ["*"]},
        ],
    }


def cloudflare(reader: bool) -> Document:
    """A token as POST /user/tokens takes it, with permission groups by name: docs/policies.md fills in their ids."""
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.access import READ_BACK, RIGHTS

    wanted = [right.name for right in RIGHTS if reader is False or not right.write]
    # Write includes read.
    names = [name for name in wanted if name.replace(" Read", " Write") == name or name.replace(" Read", " Write") not in wanted]
    accounts = [name for name in names if name.startswith("Registrar")]
    scopes = {
        f"com.cloudflare.api.account.zone.{ZONE}": [name for name in names if name not in accounts],
        f"com.cloudflare.api.account.{ACCOUNT}": accounts,
        f"com.cloudflare.api.user.{USER}": [READ_BACK],
    }
    return {
        "name": f"{NAME} {'reader' if reader else 'deployer'}",
        "policies": [
            {"effect": "allow", "resources": {scope: "*"}, "permission_groups": [{"name": name} for name in sorted(groups)]}
            for scope, groups in scopes.items()
        ],
    }


def main() -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(ROOT / ".collections")])
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text)
        print(FOLDER / name)


if __name__ == "__main__":
    main()
