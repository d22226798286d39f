# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Giving the identities of the local cloud exactly the rights of a policy file, and nothing else."""

from __future__ import annotations

import json
import typing as t

from tests.cloud import ROOT, LocalCloud

POLICIES = ROOT / "roles" / "preflight" / "files" / "policies"
CLOUDS = ("azure", "alibaba", "tencent", "cloudflare")
CUSTOM_ROLE = "00000000-0000-4000-8000-00000000c0de"
FILES = {"azure": "azure-{}role.json", "alibaba": "alibaba-{}ram-policy.json", "tencent": "tencent-{}cam-policy.json"}
FILES["cloudflare"] = "cloudflare-{}token.json"


def document(cloud: str, *, reader: bool = False) -> t.Any:
    """A policy file as data."""
    return json.loads((POLICIES / FILES[cloud].format("reader-" if reader else "")).read_text())


def restrict(cloud: LocalCloud, *clouds: str, reader: bool = False) -> None:
    """Let the deployer of these clouds (all if none is named) have just what the policy files grant."""
    with cloud.state() as state:
        for name in clouds or CLOUDS:
            GRANT[name](state[name], document(name, reader=reader))


def grant_azure(state: dict[str, t.Any], role: dict[str, t.Any]) -> None:
    """A custom role instead of the built-in ones. Roles on resources stay: a run has handed them out."""
    arm = state["arm"]
    arm["custom_roles"][CUSTOM_ROLE] = {
        "name": role["Name"],
        "description": role["Description"],
        "actions": role["Actions"],
        "not_actions": role["NotActions"],
        "data_actions": role["DataActions"],
    }
    whole = [each for each in arm["role_assignments"].values() if each["scope"].count("/") == 2]
    for each in whole[1:]:
        del arm["role_assignments"][f"{each['scope']}/providers/Microsoft.Authorization/roleAssignments/{each['name']}".lower()]
    whole[0]["role"] = CUSTOM_ROLE


def grant_alibaba(state: dict[str, t.Any], policy: dict[str, t.Any]) -> None:
    versions = {"v1": {"document": policy, "CreateDate": "2026-11-22T00:00:00Z"}}
    made = {"PolicyName": "estate", "Description": "", "CreateDate": "2026-11-22T00:00:00Z", "UpdateDate": "2026-11-22T00:00:00Z"}
    state["ram"]["policies"]["estate"] = {**made, "default": "v1", "last": 1, "versions": versions}
    state["ram"]["users"]["deployer"]["policies"] = [["Custom", "estate"]]


def grant_tencent(state: dict[str, t.Any], policy: dict[str, t.Any]) -> None:
    (key,) = [each for each in state["credentials"]["secret_ids"].values() if each["user"] == "deployer"]
    made = {"name": "estate", "document": policy, "description": "", "tags": [], "preset": False, "created": 0, "updated": 0}
    state["cam"]["policies"]["900000001"] = made
    blank = dict.fromkeys(("remark", "phone", "country", "email"), "")
    user = {"name": "deployer", "uin": key["uin"], "uid": 1, "console": 0, "created": 0, "policies": ["900000001"]}
    state["cam"]["users"]["deployer"] = {**blank, **user}


def grant_cloudflare(state: dict[str, t.Any], token: dict[str, t.Any]) -> None:
    names = [group["name"] for policy in token["policies"] for group in policy["permission_groups"]]
    state["credentials"]["tokens"][state["credentials"]["api_token"]]["permissions"] = names


GRANT = {"azure": grant_azure, "alibaba": grant_alibaba, "tencent": grant_tencent, "cloudflare": grant_cloudflare}
