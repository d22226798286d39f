# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's access keys, and what the user behind a key may do.

Keys made with the account live in its credentials, as `secret_ids: {id: {key, user, uin, policy?, token?}}`; those that CAM made
live in CAM's state. A key with a `policy` (a CAM policy document) has only the rights that it grants; the keys of a CAM user have
those of the policies attached to the user; every other key has all rights. `token` makes a key temporary: calls must carry it.
"""

from __future__ import annotations

import secrets
import string
import typing as t

from sandbox.clouds.tencent.clock import now

# What the application's own sub-user may do.
SENDS_MAIL = {
    "version": "2.0",
    "statement": [{"effect": "allow", "action": ["ses:SendEmail", "ses:GetSendEmailStatus"], "resource": ["*"]}],
}
ALNUM = string.ascii_letters + string.digits


def alnum(length: int) -> str:
    return "".join(secrets.choice(ALNUM) for _ in range(length))


def digits(length: int) -> str:
    """A number of that many digits, as users and accounts are numbered."""
    return secrets.choice("123456789") + "".join(secrets.choice(string.digits) for _ in range(length - 1))


def new_secret_id() -> str:
    return "AKID" + alnum(32)


def new_key(user: str, uin: int, description: str = "") -> dict[str, t.Any]:
    return {"key": alnum(32), "user": user, "uin": uin, "status": "Active", "created": now(), "description": description}


def new_credentials() -> dict[str, t.Any]:
    deployer, mailer = new_secret_id(), new_secret_id()
    return {
        "uin": int("1000" + digits(8)),
        "app_id": int("125" + digits(7)),
        "deployer": deployer,
        "mailer": mailer,
        "secret_ids": {
            deployer: new_key("deployer", int("1000" + digits(8))),
            mailer: {**new_key("backend-mail", int("1000" + digits(8))), "policy": SENDS_MAIL},
        },
    }


def find_key(data: dict[str, t.Any], secret_id: str) -> dict[str, t.Any] | None:
    """The key of that id, wherever it was made."""
    key = data["credentials"]["secret_ids"].get(secret_id) or data["cam"]["access_keys"].get(secret_id)
    return t.cast("dict[str, t.Any] | None", key)


def uin_of(data: dict[str, t.Any], key: dict[str, t.Any]) -> int:
    """The number of the user behind a key; the account's own where the key names none."""
    return int(key.get("uin") or data["credentials"]["uin"])


def documents_of(data: dict[str, t.Any], key: dict[str, t.Any]) -> list[dict[str, t.Any]] | None:
    """The policy documents that bind the user behind a key; None when all is allowed."""
    if "policy" in key:
        return [key["policy"]]
    user = data["cam"]["users"].get(key.get("user"))
    if user is None:
        return None
    policies = data["cam"]["policies"]
    return [policies[number]["document"] for number in user["policies"] if number in policies]
