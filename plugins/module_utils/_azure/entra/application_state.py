# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An application between the options of its module and the directory's own properties. Pure.

learn.microsoft.com/graph/api/resources/application; limits of redirect URIs: learn.microsoft.com/entra/identity-platform/reply-url.
"""

from __future__ import annotations

import re
import typing as t
from urllib.parse import urlsplit

from ..._core.errors import PlanError
from ..._core.normal import set_of
from ..._core.plan import State
from ..._core.rules import Leaf, Map
from ..._core.spec import ArgumentSpec
from ..errors import CLOUD

# Option → the directory's name for a platform.
PLATFORMS = {"web": "web", "spa": "spa", "public_client": "publicClient"}
PERSONAL = frozenset({"AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"})
AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", *sorted(PERSONAL))
# Without a word about it, only the tenant's own accounts; the directory itself would let everybody in.
DEFAULT_AUDIENCE = "AzureADMyOrg"
LONGEST = 256  # characters of a redirect URI, and of a name
MOST, MOST_PERSONAL = 256, 100  # redirect URIs of all platforms
OUTPUTS = ("id", "app_id", "service_principal_id")
SECRET_OUTPUTS = ("key_id", "secret_id", "secret_version", "secret_expires")

RULE = Map(
    {
        "display_name": Leaf(),
        "sign_in_audience": Leaf(),
        "redirect_uris": Map({name: Leaf(normal=set_of()) for name in PLATFORMS}),
        "home_page_url": Leaf(absent=""),
        "logout_url": Leaf(absent=""),
        "notes": Leaf(absent=""),
        "tags": Leaf(normal=set_of()),
        "service_principal": Leaf(absent=False),
        "assignment_required": Leaf(absent=False),
        # What the vault holds, in words; never the value.
        "secret": Leaf(),
        **{name: Leaf() for name in (*OUTPUTS, *SECRET_OUTPUTS)},
    }
)
# Fields of the application itself; the others live elsewhere.
PROPERTIES = ("display_name", "sign_in_audience", "redirect_uris", "home_page_url", "logout_url", "notes", "tags")

_URIS: dict[str, t.Any] = {"type": "list", "elements": "str"}
APPLICATION = ArgumentSpec(
    {
        "display_name": {"type": "str"},
        "app_id": {"type": "str"},
        "sign_in_audience": {"type": "str", "choices": [*AUDIENCES]},
        "redirect_uris": {"type": "dict", "options": dict.fromkeys(PLATFORMS, _URIS)},
        "home_page_url": {"type": "str"},
        "logout_url": {"type": "str"},
        "notes": {"type": "str"},
        "tags": {"type": "list", "elements": "str"},
        "service_principal": {"type": "bool", "default": True},
        "assignment_required": {"type": "bool"},
        "client_secret_in_vault": {
            "type": "dict",
            "no_log": False,
            "options": {
                "name": {"type": "str", "required": True},
                "label": {"type": "str"},
                "days": {"type": "int", "default": 180},
                "rotate_days": {"type": "int", "default": 30},
            },
        },
    },
    required_one_of=(("display_name", "app_id"),),
)


def declared(params: t.Mapping[str, t.Any]) -> State:
    """What a task declares of an application. Raises PlanError for what the directory would refuse."""
    name = params["display_name"]
    if name is not None and not 0 < len(name.strip()) <= LONGEST:
        raise PlanError(f"display_name: {len(name.strip())} characters; it needs 1 to {LONGEST}", cloud=CLOUD)
    if params["assignment_required"] and not params["service_principal"]:
        raise PlanError("assignment_required is a setting of the service principal, and service_principal is false", cloud=CLOUD)
    state = {field: params[field] for field in PROPERTIES}
    state["display_name"] = None if name is None else name.strip()
    if state["redirect_uris"] is not None:
        state["redirect_uris"] = {each: uris for each, uris in state["redirect_uris"].items() if uris is not None}
    state["service_principal"] = params["service_principal"]
    state["assignment_required"] = params["assignment_required"]
    return {field: value for field, value in state.items() if value is not None}


def present(application: t.Mapping[str, t.Any]) -> State:
    """An application as it is read, in the options' words."""
    web = application.get("web") or {}
    state = {
        "id": application["id"],
        "app_id": application["appId"],
        "display_name": application["displayName"],
        "sign_in_audience": application["signInAudience"],
        "redirect_uris": {name: list((application.get(theirs) or {}).get("redirectUris") or []) for name, theirs in PLATFORMS.items()},
        "home_page_url": web.get("homePageUrl"),
        "logout_url": web.get("logoutUrl"),
        "notes": application.get("notes"),
        "tags": list(application.get("tags") or []),
    }
    return {field: value for field, value in state.items() if value is not None}


def wire(after: State, touched: t.Collection[str], raw: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The properties to send: those that are touched. `raw` is the application as read, empty for a new one.

    All platforms go in one call, so that an address can move from one to another. What is complex is sent whole: `web` and `api` hold
    settings that are not ours.
    """
    names = {"display_name": "displayName", "sign_in_audience": "signInAudience", "tags": "tags"}
    body = {theirs: after[ours] for ours, theirs in names.items() if ours in touched}
    if "notes" in touched:
        body["notes"] = after["notes"] or None
    uris = after.get("redirect_uris") or {}
    if "redirect_uris" in touched:
        body |= {theirs: {"redirectUris": uris[ours]} for ours, theirs in PLATFORMS.items() if ours in uris}
    if {"redirect_uris", "home_page_url", "logout_url"} & set(touched):
        # The settings by address follow from the addresses; sent along, old ones would be refused.
        kept = {name: value for name, value in (raw.get("web") or {}).items() if name != "redirectUriSettings" and value is not None}
        pages = {"homePageUrl": after.get("home_page_url"), "logoutUrl": after.get("logout_url")}
        body["web"] = kept | body.get("web", {}) | {name: value or None for name, value in pages.items() if value is not None}
    if "sign_in_audience" in touched and after["sign_in_audience"] in PERSONAL:
        # Personal accounts get tokens of version 2 only, and the directory wants both said in one call.
        body["api"] = {**(raw.get("api") or {}), "requestedAccessTokenVersion": 2}
    return body


def check_uris(state: State) -> None:
    """Refuse redirect URIs that the directory would refuse. Raises PlanError."""
    platforms = {name: uris for name, uris in (state.get("redirect_uris") or {}).items() if uris}
    homes: dict[str, str] = {}
    for platform, uris in platforms.items():
        for uri in uris:
            reason = _fault(uri, platform)
            if uri in homes:
                other = homes[uri]
                reason = "it is listed twice" if other == platform else f"it is one of {other} too; take it away there"
            if reason:
                raise PlanError(f"redirect_uris {platform}: {uri} is not possible: {reason}", code="invalid_redirect_uri", cloud=CLOUD)
            homes[uri] = platform
    most = MOST_PERSONAL if state.get("sign_in_audience") in PERSONAL else MOST
    if len(homes) > most:
        raise PlanError(f"redirect_uris: {len(homes)} in all; an application of this audience can have {most}", cloud=CLOUD)


def _fault(uri: str, platform: str) -> str | None:
    parts = urlsplit(uri)
    if not parts.scheme:
        return "it has no scheme"
    if parts.fragment or re.search(r"[!$'(),;\s]", uri):
        return "fragments, blanks and the characters ! $ ' ( ) , ; are not allowed"
    if len(uri) > LONGEST:
        return f"it has more than {LONGEST} characters"
    plain = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    if platform != "public_client" and not (parts.netloc and (parts.scheme == "https" or plain)):
        return "it must begin with https://, except for localhost"
    return None
