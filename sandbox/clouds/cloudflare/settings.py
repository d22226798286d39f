# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a zone, one by one.

Names and values are those of the SDK (cloudflare/types/zones/setting_edit_response.py and its neighbours). Codes 1006, 1007 and 1057 with
their words: issues 1787 of Cloudflare's Terraform provider and others that quote them. The values of a new zone are assumed, except where
the SDK names a default.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.clouds.cloudflare.service import Api, operation
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, refusal, stamp
from sandbox.http import Reply, Request

SOURCE = "developers.cloudflare.com/api/resources/zones/subresources/settings"


@dataclass(frozen=True)
class Setting:
    """The value in a new zone, what is allowed, and whether the free plan may change it."""

    default: t.Any
    allowed: Callable[[t.Any], bool]
    editable: bool = True


def _one_of(*values: t.Any) -> Callable[[t.Any], bool]:
    return lambda value: any(value == each and type(value) is type(each) for each in values)


def _switch(default: str, editable: bool = True) -> Setting:
    return Setting(default, _one_of("on", "off"), editable)


def _transport_security(value: t.Any) -> bool:
    """security_header: {strict_transport_security: {...}}, any part of it."""
    inner = value.get("strict_transport_security") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(inner, dict) or not set(inner) <= set(_HSTS):
        return False
    return all(type(each) is type(_HSTS[name]) and (name != "max_age" or each >= 0) for name, each in inner.items())


_HSTS: Json = {"enabled": False, "max_age": 0, "include_subdomains": False, "preload": False, "nosniff": False}
_BROWSER_CACHE = (
    *(0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800, 259200, 345600, 432000),
    *(691200, 1382400, 2073600, 2678400, 5356800, 16070400, 31536000),
)
_CHALLENGE = (300, 900, 1800, 2700, 3600, 7200, 10800, 14400, 28800, 57600, 86400, 604800, 2592000, 31536000)

SETTINGS: dict[str, Setting] = {
    "0rtt": _switch("off"),
    "advanced_ddos": _switch("on", editable=False),
    "always_online": _switch("off"),
    "always_use_https": _switch("off"),
    "automatic_https_rewrites": _switch("on"),
    "brotli": _switch("on"),
    "browser_cache_ttl": Setting(14400, _one_of(*_BROWSER_CACHE)),
    "browser_check": _switch("on"),
    "cache_level": Setting("aggressive", _one_of("aggressive", "basic", "simplified")),
    "challenge_ttl": Setting(1800, _one_of(*_CHALLENGE)),
    "ciphers": Setting([], lambda value: isinstance(value, list), editable=False),
    "cname_flattening": Setting("flatten_at_root", _one_of("flatten_at_root", "flatten_all"), editable=False),
    "development_mode": _switch("off"),
    "early_hints": _switch("off"),
    "email_obfuscation": _switch("on"),
    "h2_prioritization": Setting("off", _one_of("on", "off", "custom"), editable=False),
    "hotlink_protection": _switch("off"),
    "http2": _switch("on", editable=False),
    "http3": _switch("on"),
    "image_resizing": Setting("off", _one_of("on", "off", "open"), editable=False),
    "ip_geolocation": _switch("on"),
    "ipv6": _switch("on"),
    "max_upload": Setting(100, _one_of(100)),
    "min_tls_version": Setting("1.0", _one_of("1.0", "1.1", "1.2", "1.3")),
    "mirage": _switch("off", editable=False),
    "opportunistic_encryption": _switch("on"),
    "opportunistic_onion": _switch("on"),
    "orange_to_orange": _switch("off", editable=False),
    "origin_error_page_pass_thru": _switch("off", editable=False),
    "origin_max_http_version": Setting("2", _one_of("1", "2")),
    "polish": Setting("off", _one_of("off", "lossless", "lossy"), editable=False),
    "prefetch_preload": _switch("off", editable=False),
    "privacy_pass": _switch("on"),
    "proxy_read_timeout": Setting("100", lambda value: str(value).isdigit(), editable=False),
    "pseudo_ipv4": Setting("off", _one_of("off", "add_header", "overwrite_header")),
    "replace_insecure_js": _switch("on"),
    "response_buffering": _switch("off", editable=False),
    "rocket_loader": _switch("off"),
    "security_header": Setting({"strict_transport_security": _HSTS}, _transport_security),
    "security_level": Setting("medium", _one_of("off", "essentially_off", "low", "medium", "high", "under_attack")),
    "server_side_exclude": _switch("on"),
    "sort_query_string_for_cache": _switch("off", editable=False),
    "ssl": Setting("full", _one_of("off", "flexible", "full", "strict")),
    "tls_1_2_only": _switch("off"),
    "tls_1_3": Setting("on", _one_of("on", "off", "zrt")),
    "tls_client_auth": _switch("off"),
    "true_client_ip_header": _switch("off", editable=False),
    "waf": _switch("off", editable=False),
    "webp": _switch("off", editable=False),
    "websockets": _switch("on"),
}


@operation("GET", "/zones/{zone}/settings", "zones.settings.list", "Zone Settings Read", verified="assumed", source="no longer in the SDK")
def list_settings(api: Api, request: Request, zone: Json) -> Reply:
    return answer([_shown(zone, name) for name in SETTINGS])


@operation("GET", "/zones/{zone}/settings/{setting}", "zones.settings.get", "Zone Settings Read", verified="sdk", source=SOURCE)
def get_setting(api: Api, request: Request, zone: Json, setting: str) -> Reply:
    _known(setting)
    return answer(_shown(zone, setting))


@operation("PATCH", "/zones/{zone}/settings/{setting}", "zones.settings.edit", "Zone Settings Write", verified="sdk", source=SOURCE)
def change_setting(api: Api, request: Request, zone: Json, setting: str) -> Reply:
    known, sent = _known(setting), body_of(request)
    if not known.editable:
        raise refusal(400, 1057, f"{setting} cannot be modified for this zone")
    if "value" not in sent or not known.allowed(sent["value"]):
        raise refusal(400, 1007, f"Invalid value for zone setting {setting}")
    value = sent["value"]
    if setting == "security_header":  # parts that are not sent keep their value
        inner = _shown(zone, setting)["value"]["strict_transport_security"]
        value = {"strict_transport_security": inner | value["strict_transport_security"]}
    zone["settings"][setting] = {"value": value, "modified_on": time.time()}
    return answer(_shown(zone, setting))


def _known(name: str) -> Setting:
    if name not in SETTINGS:
        raise refusal(400, 1006, f"Unrecognized zone setting name: {name}")
    return SETTINGS[name]


def _shown(zone: Json, name: str) -> Json:
    """`modified_on` is null until somebody changes the setting."""
    setting, changed = SETTINGS[name], zone["settings"].get(name)
    value = setting.default if changed is None else changed["value"]
    shown = {"id": name, "value": value, "modified_on": changed and stamp(changed["modified_on"]), "editable": setting.editable}
    if name == "development_mode":
        shown["time_remaining"] = max(0, round(changed["modified_on"] + 3 * 3600 - time.time())) if value == "on" else 0
    return shown
