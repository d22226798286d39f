# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of HTTPRoutes (kubernetes-sigs/gateway-api config/crd/standard, v1.4.1), by their message; see rules.py.

The server asks for them after it has filled in defaults: a match has a path, a reference its group and kind.
"""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

Part = Mapping[str, t.Any]
Holds = Callable[[t.Any], bool]

_FILTERS = {
    "requestHeaderModifier": "RequestHeaderModifier",
    "responseHeaderModifier": "ResponseHeaderModifier",
    "requestMirror": "RequestMirror",
    "requestRedirect": "RequestRedirect",
    "urlRewrite": "URLRewrite",
    "extensionRef": "ExtensionRef",
}
_MODIFIERS = {"replaceFullPath": "ReplaceFullPath", "replacePrefixMatch": "ReplacePrefixMatch"}
_CHARACTERS = "(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+"
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


def _given(field: str, kind: str) -> Holds:
    """A part of this type has the field that goes with it."""
    return lambda part: part["type"] != kind or field in part


def _only(field: str, kind: str) -> Holds:
    return lambda part: part["type"] == kind or field not in part


def _once(kind: str) -> Holds:
    return lambda filters: _types(filters).count(kind) <= 1


def _types(filters: Iterable[Part]) -> list[str]:
    return [each["type"] for each in filters]


def _sections(parents: Iterable[Part]) -> Iterator[list[str]]:
    """The sections that are named of each parent, empty where the whole of it is meant."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in parents:
        found[each["group"], each["kind"], each["name"], each.get("namespace", "")].append(each.get("sectionName", ""))
    yield from found.values()


def _is_reachable(reference: Part) -> bool:
    return (reference["group"], reference["kind"]) != ("", "Service") or "port" in reference


def _plain(fits: Callable[[str], bool]) -> Holds:
    """Of a path that is no regular expression."""
    return lambda path: path["type"] not in ("Exact", "PathPrefix") or fits(path["value"])


def _without(text: str) -> Holds:
    return _plain(lambda value: text not in value)


def _not_ending(text: str) -> Holds:
    return _plain(lambda value: not value.endswith(text))


def _is_in_time(timeouts: Part) -> bool:
    whole, part = (_milliseconds(timeouts.get(name, "")) for name in ("request", "backendRequest"))
    return whole == 0 or part <= whole


def _milliseconds(duration: str) -> int:
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)(ms|[hms])", duration))


def _replaces(field: str, filters: Iterable[Part]) -> bool:
    paths = [each[field].get("path", {}) for each in filters if field in each]
    return [path["type"] for path in paths if "replacePrefixMatch" in path].count("ReplacePrefixMatch") == 1


def _has_one_prefix(rule: Part) -> bool:
    return [each["path"]["type"] for each in rule["matches"]] == ["PathPrefix"]


def _prefix_of_rule(field: str) -> Holds:
    return lambda rule: not _replaces(field, rule.get("filters", ())) or _has_one_prefix(rule)


def _prefix_of_backends(field: str) -> Holds:
    def holds(rule: Part) -> bool:
        backends = [each for each in rule.get("backendRefs", ()) if _replaces(field, each.get("filters", ()))]
        return len(backends) != 1 or _has_one_prefix(rule)

    return holds


def _redirects_only(rule: Part) -> bool:
    return not rule.get("backendRefs") or not any("requestRedirect" in each for each in rule.get("filters", ()))


HOLDS: dict[str, Holds] = {
    "sectionName must be specified when parentRefs includes 2 or more references to the same parent": lambda parents: all(
        len({bool(each) for each in sections}) == 1 for sections in _sections(parents)
    ),
    "sectionName must be unique when parentRefs includes 2 or more references to the same parent": lambda parents: all(
        len({*sections}) == len(sections) for sections in _sections(parents)
    ),
    **{f"filter.{field} must be nil if the filter.type is not {kind}": _only(field, kind) for field, kind in _FILTERS.items()},
    **{f"filter.{field} must be specified for {kind} filter.type": _given(field, kind) for field, kind in _FILTERS.items()},
    **{f"{field} must be specified when type is set to '{kind}'": _given(field, kind) for field, kind in _MODIFIERS.items()},
    **{f"type must be '{kind}' when {field} is set": _only(field, kind) for field, kind in _MODIFIERS.items()},
    "Must have port for Service reference": _is_reachable,
    "numerator must be less than or equal to denominator": lambda fraction: fraction["numerator"] <= fraction["denominator"],
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter": lambda mirror: not {"percent", "fraction"} <= {*mirror},
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both": lambda filters: (
        not {"RequestRedirect", "URLRewrite"} <= {*_types(filters)}
    ),
    **{
        f"{kind} filter cannot be repeated": _once(kind)
        for kind in ("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite")
    },
    "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']": _plain(
        lambda value: value.startswith("/")
    ),
    **{
        f"must not contain '{text}' when type one of ['Exact', 'PathPrefix']": _without(text)
        for text in ("//", "/./", "/../", "%2f", "%2F", "#")
    },
    **{f"must not end with '{text}' when type one of ['Exact', 'PathPrefix']": _not_ending(text) for text in ("/..", "/.")},
    f"must only contain valid characters (matching ^{_CHARACTERS}$) for types ['Exact', 'PathPrefix']": _plain(
        lambda value: re.fullmatch(_CHARACTERS, value) is not None
    ),
    "backendRequest timeout cannot be longer than request timeout": _is_in_time,
    "RequestRedirect filter must not be used together with backendRefs": _redirects_only,
    **{
        f"{start} {kind} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified": holds
        for start, kind, holds in (
            ("When using", "RequestRedirect", _prefix_of_rule("requestRedirect")),
            ("When using", "URLRewrite", _prefix_of_rule("urlRewrite")),
            ("Within backendRefs, when using", "RequestRedirect", _prefix_of_backends("requestRedirect")),
            ("Within backendRefs, When using", "URLRewrite", _prefix_of_backends("urlRewrite")),
        )
    },
}
