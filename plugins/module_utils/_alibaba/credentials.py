# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Who we are at Alibaba Cloud: options, the environment, or the login that the aliyun CLI keeps."""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._core.errors import PlanError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.words import one_word

CLOUD = "alibaba"

# No environment fallbacks here: a key from an option must never be joined by a token from the environment.
AUTH = ArgumentSpec(
    {
        "access_key_id": {"type": "str"},
        "access_key_secret": {"type": "str", "no_log": True},
        "security_token": {"type": "str", "no_log": True},
        "profile": {"type": "str"},
    },
    required_together=(("access_key_id", "access_key_secret"),),
    mutually_exclusive=(("access_key_id", "profile"),),
)

_ENVIRONMENT = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
_WAY_OUT = (
    "Set access_key_id and access_key_secret, or the environment variables ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET (and ALIBABA_CLOUD_SECURITY_TOKEN for temporary keys), or log in with `aliyun configure`"
)


@dataclass(frozen=True)
class Credentials:
    """An access key; `security_token` belongs to temporary ones."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


def credentials_of(host: Host) -> Credentials:
    """The credentials of a task, taken whole from the first source that has any.

    In this order: the options, the profile that the option names, the environment, the aliyun CLI's profile
    (ALIBABA_CLOUD_PROFILE, else its current one). Raises PlanError `no_credentials`.
    """
    params = host.params
    found = _pair("the options", params.get("access_key_id"), params.get("access_key_secret"), params.get("security_token"))
    if found:
        return found
    if params.get("profile"):
        return _of_profile(params["profile"])
    found = _pair("the environment", *(os.environ.get(name) for name in _ENVIRONMENT))
    return found or _of_profile(os.environ.get("ALIBABA_CLOUD_PROFILE"))


def _pair(source: str, key_id: str | None, secret: str | None, token: str | None) -> Credentials | None:
    key_id, secret, token = ((text or "").strip() for text in (key_id, secret, token))
    if bool(key_id) != bool(secret):
        raise _none(f"{source}: {'the secret of the access key' if key_id else 'the id of the access key'} is missing")
    for what, text in (("the id", key_id), ("the secret", secret), ("the security token", token)):
        one_word(text, f"{source}: {what} of the access key", CLOUD)
    return Credentials(key_id, secret, token or None) if key_id else None


def _of_profile(name: str | None) -> Credentials:
    """A profile of the aliyun CLI's configuration; None is its current one."""
    path = Path.home() / ".aliyun" / "config.json"
    configuration = _configuration(path)
    if configuration is None:
        raise _none(f"there is no {path}" if name else None)
    wanted = name or configuration.get("current") or "default"
    profiles: dict[str, dict[str, t.Any]] = {each["name"]: each for each in configuration.get("profiles") or [] if "name" in each}
    profile = profiles.get(wanted)
    if profile is None:
        raise _none(f"{path} has no profile {wanted}, only {', '.join(sorted(profiles)) or 'none at all'}")
    mode = profile.get("mode") or "AK"
    if mode not in ("AK", "StsToken"):
        raise _none(f"profile {wanted} of the aliyun CLI has mode {mode}; only AK and StsToken hold a key that can be used directly")
    token = profile.get("sts_token") if mode == "StsToken" else None
    found = _pair(f"profile {wanted} of the aliyun CLI", profile.get("access_key_id"), profile.get("access_key_secret"), token)
    if found is None:
        raise _none(f"profile {wanted} of the aliyun CLI holds no access key")
    return found


def _configuration(path: Path) -> dict[str, t.Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _none(f"{path} is no JSON object") from None
    return found


def _none(reason: str | None) -> PlanError:
    sentence = "no Alibaba Cloud credentials" + (f": {reason}" if reason else "")
    return PlanError(sentence, code="no_credentials", cloud=CLOUD, hint=_WAY_OUT)
