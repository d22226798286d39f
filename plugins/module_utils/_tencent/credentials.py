# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Who we are at Tencent Cloud, and in which region."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.basic import env_fallback

from .._core.errors import PlanError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.words import one_word

CLOUD = "tencent"
# Where SES is (product/1288, common parameters); the last one is that of the international site's accounts.
REGIONS = ["ap-guangzhou", "ap-hongkong", "ap-singapore"]

# No environment fallbacks for the key: one from an option must never be joined by a token from the environment.
AUTH = ArgumentSpec(
    {
        "secret_id": {"type": "str", "no_log": True},
        "secret_key": {"type": "str", "no_log": True},
        "token": {"type": "str", "no_log": True},
        "region": {"type": "str", "choices": REGIONS, "default": "ap-hongkong", "fallback": (env_fallback, ["TENCENTCLOUD_REGION"])},
    },
    required_together=(("secret_id", "secret_key"),),
)

_ENVIRONMENT = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN")


@dataclass(frozen=True)
class Credentials:
    """An access key; `token` belongs to temporary ones."""

    secret_id: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def credentials_of(host: Host) -> Credentials:
    """The key of a task, taken whole from the options or, if they have none, from the environment.

    Raises PlanError `no_credentials`.
    """
    params = host.params
    given = _key("the options", params.get("secret_id"), params.get("secret_key"), params.get("token"))
    found = given or _key("the environment", *(os.environ.get(name) for name in _ENVIRONMENT))
    if found is None:
        raise _none("neither the options nor the environment has a key")
    return found


def _key(source: str, *parts: t.Any) -> Credentials | None:
    secret_id, secret_key, token = ((part or "").strip() for part in parts)
    if bool(secret_id) != bool(secret_key):
        raise _none(f"{source} lack the secret {'key' if secret_id else 'id'}" if source == "the options" else f"{source} lacks half of it")
    for what, text in (("secret id", secret_id), ("secret key", secret_key), ("token", token)):
        one_word(text, f"the {what} of {source}", CLOUD)
    return Credentials(secret_id, secret_key, token or None) if secret_id else None


def _none(reason: str) -> PlanError:
    return PlanError(
        f"no Tencent Cloud credentials: {reason}",
        code="no_credentials",
        cloud=CLOUD,
        hint=(
            "Set secret_id and secret_key, or the environment variables TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY "
            "(and TENCENTCLOUD_TOKEN for a temporary key)"
        ),
    )
