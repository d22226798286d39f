# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of the account: the ones it came with, those of RAM users, and temporary ones of assumed roles."""

from __future__ import annotations

import secrets
import string
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from sandbox.cloud import Cloud


@dataclass(frozen=True)
class Key:
    """An access key, and who is behind it.

    allow: what this key may, whatever its user may: actions, or a whole policy (planted by tests); None asks RAM.
    role, session, policy: of a temporary key, the role, its session's name and the policy that narrows it.
    """

    id: str
    secret: str
    active: bool
    user: str | None = None
    allow: list[str] | dict[str, t.Any] | None = None
    role: str | None = None
    session: str | None = None
    policy: dict[str, t.Any] | None = None
    token: str | None = None
    expires: float | None = None


def find(cloud: Cloud, key_id: str) -> Key | None:
    """The key of that id, wherever it came from."""
    planted = cloud.credentials["access_keys"].get(key_id)
    if planted:
        return Key(key_id, planted["secret"], planted.get("active", True), user=planted.get("user"), allow=planted.get("policy"))
    owned = cloud.data.get("ram", {}).get("access_keys", {}).get(key_id)
    if owned:
        return Key(key_id, owned["secret"], owned["status"] == "Active", user=owned["user"])
    session = cloud.data.get("sts", {}).get("sessions", {}).get(key_id)
    return Key(key_id, active=True, **session) if session else None


def alnum(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def digits(length: int) -> str:
    return secrets.choice("123456789") + "".join(secrets.choice(string.digits) for _ in range(length - 1))
