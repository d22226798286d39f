# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets on the wire: what may be sent, and the forms in which a secret comes back."""

from __future__ import annotations

import hashlib
import re
import typing as t
from collections.abc import Iterable

from sandbox.clouds.azure.vault_api import refuse
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.vault import Open

LONGEST = 25 * 1024
PAGE = 25

Secret = dict[str, t.Any]
Version = dict[str, t.Any]


def check_name(name: str) -> None:
    if not re.fullmatch(r"[0-9a-zA-Z-]{1,127}", name):
        raise refuse(400, "BadParameter", f"The request URI contains an invalid name: {name}")


def body_of(request: Request) -> dict[str, t.Any]:
    try:
        sent = request.json()
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise refuse(400, "BadParameter", "The request body is not a JSON object.")
    return sent


def value_of(sent: dict[str, t.Any]) -> str:
    value = sent.get("value")
    if not isinstance(value, str):
        raise refuse(400, "BadParameter", "Property 'value' is missing or invalid.")
    if len(value.encode()) > LONGEST:
        raise refuse(400, "BadParameter", f"The value of the secret is too long: the maximum is {LONGEST} bytes.")
    return value


def apply(version: Version, sent: dict[str, t.Any]) -> None:
    """Attributes, content type and tags onto a version. Limits: …/key-vault/secrets/about-secrets."""
    attributes = sent.get("attributes") or {}
    for name, kind in (("enabled", bool), ("nbf", int), ("exp", int)):
        if attributes.get(name) is not None:
            if not isinstance(attributes[name], kind):
                raise refuse(400, "BadParameter", f"Property 'attributes.{name}' is invalid.")
            version[name] = attributes[name]
    if sent.get("contentType") is not None:
        if not isinstance(sent["contentType"], str) or len(sent["contentType"]) > 255:
            raise refuse(400, "BadParameter", "Property 'contentType' is longer than 255 characters.")
        version["contentType"] = sent["contentType"]
    tags = sent.get("tags")
    if tags is not None:
        if not isinstance(tags, dict) or len(tags) > 15 or any(not isinstance(value, str) or len(value) > 256 for value in tags.values()):
            raise refuse(
                400, "BadParameter", "Property 'tags' has more than 15 entries, or one that is no string of at most 256 characters."
            )
        version["tags"] = dict(tags)


# --- what is returned ----------------------------------------------------


def _attributes(vault: Open, version: Version) -> dict[str, t.Any]:
    days = vault.properties["softDeleteRetentionInDays"]
    level = "Recoverable" if days == 90 else "CustomizedRecoverable"
    if not vault.properties.get("enablePurgeProtection"):
        level += "+Purgeable"
    dates: dict[str, t.Any] = {name: version[name] for name in ("nbf", "exp") if name in version}
    times = {"created": version["created"], "updated": version["updated"]}
    return {"enabled": version["enabled"], **dates, **times, "recoveryLevel": level, "recoverableDays": days}


def bundle_of(vault: Open, secret: Secret, version: Version, *, value: bool = False) -> dict[str, t.Any]:
    bundle: dict[str, t.Any] = {"value": version["value"]} if value else {}
    bundle |= {name: version[name] for name in ("contentType",) if name in version}
    bundle |= {"id": f"{vault.url}/secrets/{secret['name']}/{version['id']}", "attributes": _attributes(vault, version)}
    return bundle | {name: version[name] for name in ("tags",) if name in version}


def item_of(vault: Open, secret: Secret, version: Version, *, versioned: bool = False) -> dict[str, t.Any]:
    item = bundle_of(vault, secret, version)
    return item if versioned else item | {"id": f"{vault.url}/secrets/{secret['name']}"}


def deleted_of(vault: Open, secret: Secret, *, item: bool = False) -> dict[str, t.Any]:
    found = item_of(vault, secret, secret["versions"][-1], versioned=not item)
    dates = {"deletedDate": int(secret["since"]), "scheduledPurgeDate": int(secret["ends"])}
    return {"recoveryId": f"{vault.url}/deletedsecrets/{secret['name']}", **dates, **found}


def page(vault: Open, request: Request, items: Iterable[dict[str, t.Any]]) -> Reply:
    """At most 25 at a time, in no order that means anything; the last page's nextLink is null."""
    every = sorted(items, key=lambda item: hashlib.sha256(item["id"].encode()).hexdigest())
    asked = request.params.get("maxresults", str(PAGE))
    if not asked.isdigit() or not 1 <= int(asked) <= PAGE:
        raise refuse(400, "BadParameter", f"Invalid maxresults: it must be between 1 and {PAGE}.")
    start, size = int(request.params.get("$skiptoken", "0") or 0), int(asked)
    more = start + size < len(every)
    version = request.params["api-version"]
    link = f"{vault.url}{request.path}?api-version={version}&$skiptoken={start + size}&maxresults={size}" if more else None
    return Reply.of_json({"value": every[start : start + size], "nextLink": link})
