# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy files are what the modules' own list of rights says, and the reader's can write nothing."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.entra.permissions import Permission
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.estate import CLOUDS, options_of_roles
from tools.policies import FOLDER, texts

READING = re.compile(r"(Get|List|Describe)[A-Z]\w*")


def test_the_files_are_up_to_date() -> None:
    assert {file.name: file.read_text() for file in FOLDER.iterdir()} == texts(), "run python -m tools.policies"


def actions(name: str) -> list[str]:
    """Every right that a policy file names."""

    def walk(value: t.Any) -> t.Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                if key in ("Action", "action", "Actions", "DataActions"):
                    yield from each
                elif key == "permission_groups":
                    yield from (group["name"] for group in each)
                else:
                    yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    return list(walk(json.loads((FOLDER / name).read_text())))


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_every_right_that_is_checked_is_granted(cloud: t.Any) -> None:
    granted = set(actions(cloud.policy))
    # A role grants nothing in the directory; an administrator consents to its permissions.
    rights = [right for right in cloud.rights if not isinstance(right, Permission)]
    for right in rights:
        # The role key_vault assigns what reaches into a vault; writing at Cloudflare includes reading.
        assert {right.name, right.name.replace(" Read", " Write")} & granted or getattr(right, "data", False), right.name
    assert {right.name for right in rights if not right.write} <= set(actions(cloud.reader_policy))


# What is read with a POST, or inside of a vault, is an action of Azure.
READING_ACTIONS = (
    "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
    "Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/action",
    # What its owner may do in the cluster is another matter, see docs/policies.md.
    "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
)


@pytest.mark.parametrize("name", [cloud.reader_policy for cloud in CLOUDS.values()])
def test_a_reader_can_write_nothing(name: str) -> None:
    for action in actions(name):
        verb = action.rpartition(":")[2]
        assert READING.fullmatch(verb) or action.endswith(("/read", " Read")) or action in READING_ACTIONS, action


def test_no_policy_allows_everything() -> None:
    for name in texts():
        if name.endswith(".json"):
            assert not [action for action in actions(name) if "*" in action], name


def test_the_rights_are_for_roles_that_there_are() -> None:
    parts = {"cloudflare_registration"}
    named = {role for cloud in CLOUDS.values() for right in cloud.rights for role in right.roles}
    assert named - parts <= set(options_of_roles())
