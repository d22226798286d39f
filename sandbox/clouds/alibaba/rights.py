# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a key may do: RAM policies, evaluated as RAM does (an explicit deny wins; nothing is allowed by itself).

Source: help.aliyun.com, RAM "policy evaluation" and "policy elements".
"""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase

from sandbox.clouds.alibaba.keys import Key

if t.TYPE_CHECKING:
    from sandbox.cloud import Cloud

Statement = dict[str, t.Any]

# System policies and the actions they grant on every resource (names from the RAM console; the real ones grant some more).
SYSTEM_POLICIES: dict[str, list[str]] = {
    "AdministratorAccess": ["*"],
    "ReadOnlyAccess": ["*:Describe*", "*:List*", "*:Get*"],
    "AliyunCDNFullAccess": ["cdn:*"],
    "AliyunCDNReadOnlyAccess": ["cdn:Describe*", "cdn:List*"],
    "AliyunOSSFullAccess": ["oss:*"],
    "AliyunOSSReadOnlyAccess": ["oss:Get*", "oss:List*"],
    "AliyunRAMFullAccess": ["ram:*"],
    "AliyunRAMReadOnlyAccess": ["ram:Get*", "ram:List*"],
    "AliyunSTSAssumeRoleAccess": ["sts:AssumeRole"],
    "AliyunVPCReadOnlyAccess": ["vpc:Describe*", "vpc:List*"],
    "AliyunMongoDBReadOnlyAccess": ["dds:Describe*", "dds:List*"],
    "AliyunModelStudioFullAccess": ["modelstudio:*"],
    "AliyunBailianFullAccess": ["modelstudio:*", "sfm:*"],
}


def allows(cloud: Cloud, key: Key, action: str, resource: str) -> bool:
    """Whether the key may do `action` (`cdn:AddCdnDomain`) on `resource` (an ARN)."""
    if key.allow is not None:
        return _decides(statements(key.allow) if isinstance(key.allow, dict) else _statement(key.allow), action, resource)
    ram = cloud.data.get("ram", {})
    holder = ram.get("roles", {}).get(key.role) if key.role else ram.get("users", {}).get(key.user)
    if holder is None:
        # A user that RAM does not list here (a key planted by a test) is an administrator; a deleted role may nothing.
        return key.role is None
    granted = [statement for kind, name in holder["policies"] for statement in _policy(ram, kind, name)]
    narrowed = key.policy is None or _decides(statements(key.policy), action, resource)
    return narrowed and _decides(granted, action, resource)


def statements(document: dict[str, t.Any]) -> list[Statement]:
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def system_document(name: str) -> dict[str, t.Any]:
    return {"Version": "1", "Statement": _statement(SYSTEM_POLICIES[name])}


def _statement(actions: list[str]) -> list[Statement]:
    return [{"Effect": "Allow", "Action": actions, "Resource": "*"}]


def _policy(ram: dict[str, t.Any], kind: str, name: str) -> list[Statement]:
    if kind == "System":
        return statements(system_document(name))
    policy = ram["policies"][name]
    return statements(policy["versions"][policy["default"]]["document"])


def _decides(found: list[Statement], action: str, resource: str) -> bool:
    effects = {each["Effect"] for each in found if _applies(each, action, resource)}
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Statement, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        named = not _any(action.lower(), [each.lower() for each in _list(statement["NotAction"])])
    else:
        named = _any(action.lower(), [each.lower() for each in _list(statement["Action"])])
    return named and _any(resource, _list(statement.get("Resource", "*"))) and _condition(statement)


def _condition(statement: Statement) -> bool:
    """Only the condition that every call here meets (HTTPS) is known; an allowance under any other one does not hold."""
    others = {kind: keys for kind, keys in statement.get("Condition", {}).items() if set(keys) != {"acs:SecureTransport"}}
    return not others or statement["Effect"] == "Deny"


def _any(value: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
