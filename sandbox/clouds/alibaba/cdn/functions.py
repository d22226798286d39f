# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions that can be configured on a domain, with their arguments.

Source: help.aliyun.com/cdn/developer-reference/parameters-for-configuring-features-for-domain-names. Defaults are those that the
page names; that reading a function returns arguments which nobody set is known for l2_oss_key and taken to hold for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

SWITCH = re.compile(r"on|off")
NUMBER = re.compile(r"\d+")
PATH = re.compile(r"/.*")
WEIGHT = re.compile(r"[1-9]\d?")
REDIRECT = re.compile(r"301|308")
OPERATION = re.compile(r"add|delete|modify|rewrite")
TTL = re.compile(r"0|[1-9]\d{0,7}")


@dataclass(frozen=True)
class Function:
    """required, optional: argument names; an optional one has the default that a read shows (None: not shown unless set).
    many: whether a domain can have several records of it. rivals: functions that cannot stand beside it.
    """

    required: tuple[str, ...]
    optional: dict[str, str | None] = field(default_factory=dict)
    many: bool = False
    rivals: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        return {*self.required, *self.optional}

    def filled(self, given: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in self.optional.items() if value is not None} | given


def _absent(*names: str) -> dict[str, str | None]:
    return dict.fromkeys(names)


_CACHING: dict[str, str | None] = {
    "weight": "1",
    "swift_origin_cache_high": "off",
    "swift_no_cache_low": "off",
    "swift_follow_cachetime": "off",
    "force_revalidate": "off",
}
_CODES: dict[str, str | None] = {
    "swift_code_origin_cache_high": "off",
    "swift_code_no_cache_low": "off",
    "swift_code_follow_cachetime": "off",
    "force_revalidate": "off",
}
_REFERER: dict[str, str | None] = {"allow_empty": "off", "redirect_url": "", "disable_ast": "off", "ignore_scheme": "off"}
_IPS = {"ip_acl_xfwd": "on", **_absent("customize_response_status_code", "ip_list_notes")}
_REWRITING = _absent("duplicate", "header_source", "header_destination", "match_all")
_HEADER = _absent("header_value") | _REWRITING

FUNCTIONS: dict[str, Function] = {
    "ipv6": Function(("switch",), {"region": "*"}),
    # Origin
    "set_req_host_header": Function(("domain_name",)),
    "forward_scheme": Function(("enable",), {"scheme_origin": "follow", "scheme_origin_port": None}),
    "l2_oss_key": Function(("private_oss_auth",), {"perm_private_oss_tbl": ""}),
    "oss_key_list": Function(("host", "key"), many=True),
    "oss_auth": Function(("oss_bucket_id",), {"oss_pri_buckets": None}),
    "https_origin_sni": Function(("enabled", "https_origin_sni")),
    "forward_timeout": Function(("forward_timeout",)),
    "advanced_origin": Function(("variable_type", "variable", "conditions", "value", "origin"), many=True, rivals=("origin_dns_host",)),
    "origin_dns_host": Function(("ali_origin_dns_host",), many=True, rivals=("advanced_origin",)),
    "origin_host": Function(("origin", "host"), many=True),
    "origin_sni": Function(("origin", "sni_host"), _absent("keepalive_sni"), many=True),
    "origin_certificate_verification": Function(("enabled",), _absent("common_name_whitelist")),
    "ali_origin_port_scheme": Function(("port", "scheme"), many=True),
    "ipv6_origin": Function(("enable", "follow"), {"ipv6_v4_mix_used": "off"}),
    "follow_302": Function(
        ("enable",),
        _absent("response_header", "modify_host", "expired_time")
        | {"max_tries": "2", "retain_args": "off", "retain_header": "off", "retain_host": "off", "cache": "off"}
        | {"follow_origin_host": "off", "follow_5xx_retry_origin": "off"},
    ),
    "set_req_header": Function(("key", "value"), many=True),
    "origin_request_header": Function(("header_operation_type", "header_name"), _HEADER, many=True),
    "origin_response_header": Function(("header_operation_type", "header_name"), _HEADER, many=True),
    "back_to_origin_url_rewrite": Function(("source_url", "target_url"), {"flag": ""}, many=True),
    "back_to_origin_argument_rewrite": Function(
        ("enable",), _absent("delete_argument", "save_argument", "add_argument", "modify_argument") | {"ignore_all_argument": "off"}
    ),
    # Caching
    "filetype_based_ttl_set": Function(("ttl", "file_type"), _CACHING, many=True),
    "path_based_ttl_set": Function(("ttl", "path"), _CACHING, many=True),
    "filetype_force_ttl_code": Function(("file_type", "code_string"), _CODES, many=True),
    "path_force_ttl_code": Function(("path", "code_string"), _CODES, many=True),
    "default_ttl_code": Function(("default_ttl_code",)),
    "set_resp_header": Function(("key", "value"), _absent("header_operation_type", "access_origin_control") | _REWRITING, many=True),
    "error_page": Function(("error_code", "rewrite_page"), many=True),
    "host_redirect": Function(("regex", "replacement"), {"flag": "", "rewrite_method": None}, many=True),
    "self_defined_cachekey": Function((), _absent("uri", "args", "headers", "variable"), many=True),
    "rewrite_host": Function(("share_host",)),
    "serving_stale_content": Function((), _absent("origin_error_status_code", "extend_expiration_time", "origin_first")),
    "set_hashkey_args": Function(("disable", "keep_oss_args"), {"hashkey_args": ""}, rivals=("ali_remove_args",)),
    "ali_remove_args": Function(("ali_remove_args", "keep_oss_args"), rivals=("set_hashkey_args",)),
    # HTTPS
    "https_option": Function((), _absent("http2", "ocsp_stapling")),
    "http_force": Function(("enable",), {"http_rewrite": "301"}, rivals=("https_force",)),
    "https_force": Function(("enable",), {"https_rewrite": "301"}, rivals=("http_force",)),
    "https_tls_version": Function(
        (), {"tls10": "on", "tls11": "on", "tls12": "on", "tls13": "on", "ciphersuitegroup": "all", "ciphersuite": None}
    ),
    "HSTS": Function(("enabled", "https_hsts_max_age"), {"https_hsts_include_subdomains": "off"}),
    # Access
    "referer_white_list_set": Function(("refer_domain_allow_list",), _REFERER, rivals=("referer_black_list_set",)),
    "referer_black_list_set": Function(("refer_domain_deny_list",), _REFERER, rivals=("referer_white_list_set",)),
    "ip_allow_list_set": Function(("ip_list",), _IPS, rivals=("ip_black_list_set",)),
    "ip_black_list_set": Function(("ip_list",), _IPS, rivals=("ip_allow_list_set",)),
    "ali_ua": Function(("ua", "type")),
    "ali_location": Function(("location", "type")),
    "aliauth": Function(
        ("auth_type", "auth_key1"),
        _absent("auth_key2", "req_auth_ip_white", "sign_param", "time_param", "time_format", "path_encoding")
        | {"auth_m3u8": "on", "ali_auth_delta": "1800", "req_auth_ip_acl_xfwd": "on"},
    ),
    # Performance
    "tesla": Function(("enable",), {"trim_js": "off", "trim_css": "off"}),
    "gzip": Function(("enable",)),
    "brotli": Function(("enable",)),
    "range": Function(("enable",)),
    "video_seek": Function(("enable",), _absent("flv_seek_by_time", "mp4_seek_start", "mp4_seek_end", "flv_seek_start", "flv_seek_end")),
    "image_transform": Function(("enable", "filetype"), _absent("webp", "orient", "slim")),
    "limit_rate": Function(
        ("ali_limit_rate",),
        _absent("ali_limit_rate_after", "traffic_limit_arg", "traffic_limit_unit", "ali_limit_start_hour", "ali_limit_end_hour"),
    ),
    # Rules
    "edge_function": Function(
        ("rule", "pri", "enable", "name"), {"pos": "head", "brk": "off", **_absent("option", "grammar", "jsmode")}, many=True
    ),
    "condition": Function(("rule",), many=True),
}

_VALUES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(("enabled", "switch", "private_oss_auth", "disable", "keep_oss_args", "http2", "ocsp_stapling", "duplicate"), SWITCH),
    **dict.fromkeys(("tls10", "tls11", "tls12", "tls13", "allow_empty", "disable_ast", "ignore_scheme", "match_all"), SWITCH),
    **dict.fromkeys([name for name, default in {**_CACHING, **_CODES}.items() if default == "off"], SWITCH),
    **dict.fromkeys(("https_hsts_max_age", "forward_timeout", "error_code", "pri", "ali_auth_delta"), NUMBER),
    **dict.fromkeys(("http_rewrite", "https_rewrite"), REDIRECT),
    "enable": re.compile(r"on|off|force"),
    "header_operation_type": OPERATION,
    "scheme_origin": re.compile(r"http|https|follow"),
    "type": re.compile(r"black|white"),
    "path": PATH,
    "ttl": TTL,
    "weight": WEIGHT,
}


def acceptable(name: str, value: str) -> bool:
    """Whether the service takes this value for an argument of that name."""
    pattern = _VALUES.get(name)
    test: Callable[[str], object] = pattern.fullmatch if pattern else lambda _: True
    return bool(test(value))
