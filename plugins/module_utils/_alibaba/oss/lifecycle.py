# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Lifecycle rules: declared, written and read. Both sides have the same plain form, so that they compare by value.

That form leaves out what says nothing. Dates are midnights in UTC, as OSS returns them. A move by the last access always says
what happens on a visit and to small files: there the documents and the service disagree about the defaults. Size filters exclude
the word about small files (help.aliyun.com/en/oss/user-guide/0014-00000054).
"""

from __future__ import annotations

import itertools
import re
import typing as t

from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.unknown import has_unknown
from ..credentials import CLOUD
from .documents import Element, flag, number, text

# From warm to cold; a move goes to a colder class only, unless it goes back because somebody read the object.
COLDER = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
MOST_RULES = 1000
ACTIONS = ("expiration", "transitions", "noncurrent_version_expiration", "noncurrent_version_transitions", "abort_multipart_upload")
# Our name, OSS's element and how it is read, for the leaves of all actions.
_NUMBERS = {"days": "Days", "noncurrent_days": "NoncurrentDays"}
_DATES = {"date": "Date", "created_before_date": "CreatedBeforeDate"}
_SWITCHES = {
    "expired_object_delete_marker": "ExpiredObjectDeleteMarker",
    "is_access_time": "IsAccessTime",
    "return_to_std_when_visit": "ReturnToStdWhenVisit",
    "allow_small_file": "AllowSmallFile",
}
_OFF_IS_NOTHING = ("expired_object_delete_marker", "is_access_time")
_TEXTS = {"storage_class": "StorageClass"}
_ELEMENTS = {**_NUMBERS, **_DATES, **_TEXTS, **_SWITCHES}
_ONE = {
    "expiration": "Expiration",
    "noncurrent_version_expiration": "NoncurrentVersionExpiration",
    "abort_multipart_upload": "AbortMultipartUpload",
}
_MANY = {"transitions": "Transition", "noncurrent_version_transitions": "NoncurrentVersionTransition"}


# --- declared ----------------------------------------------------------------


def declared(bucket: str, rules: t.Sequence[t.Mapping[str, t.Any]]) -> list[State]:
    """The rules in the plain form. Raises PlanError for what OSS would refuse."""
    if len(rules) > MOST_RULES:
        raise _refused(bucket, f"{len(rules)} lifecycle rules; OSS takes {MOST_RULES}")
    found = [_rule(bucket, rule) for rule in rules]
    names = [rule["id"] for rule in found]
    if len(set(names)) < len(names):
        raise _refused(bucket, "two lifecycle rules have the same id")
    return found


def _refused(where: str, sentence: str, hint: str | None = None) -> PlanError:
    return PlanError(f"bucket {where}: {sentence}", cloud=CLOUD, hint=hint)


def _rule(bucket: str, rule: t.Mapping[str, t.Any]) -> State:
    where = f"{bucket}: lifecycle rule {rule['id']}"
    if not 1 <= len(rule["id"]) <= 255:
        raise _refused(where, "the id has 1 to 255 characters")
    state: State = {
        "id": rule["id"],
        "prefix": rule.get("prefix") or "",
        "enabled": rule.get("enabled") is not False,
        "tags": {str(key): "" if value is None else str(value) for key, value in (rule.get("tags") or {}).items()},
        "filter": _filter(where, rule.get("filter") or {}),
        **{name: _step(where, rule.get(name) or {}) for name in _ONE},
    }
    sized = bool({*state["filter"]} - {"not"})
    state |= {name: [_by_access(_step(where, each), sized) for each in rule.get(name) or []] for name in _MANY}
    if not any(state[name] for name in ACTIONS):
        raise _refused(where, f"it does nothing: give one of {', '.join(ACTIONS)}")
    for name in ("expiration", "transitions", "abort_multipart_upload"):
        for step in state[name] if isinstance(state[name], list) else [state[name]]:
            times = [key for key in ("days", *_DATES, "expired_object_delete_marker") if key in step]
            if step and len(times) != 1:
                raise _refused(where, f"{name}: give exactly one point in time, not {' and '.join(times) or 'none'}")
    _check_order(where, state)
    return state


def _step(where: str, step: t.Mapping[str, t.Any]) -> State:
    """One action without what says nothing."""
    found = {key: value for key, value in step.items() if value is not None and not (value is False and key in _OFF_IS_NOTHING)}
    for key in _DATES:
        if key in found and not has_unknown(found[key]):
            found[key] = midnight(found[key])
            if found[key] is None:
                raise _refused(where, f"{step[key]} is no date", "Write 2026-11-01; OSS knows days in UTC, no times")
    for key in _NUMBERS:
        if found.get(key, 1) < 1:
            raise _refused(where, f"{key} is at least 1")
    return found


def _by_access(step: State, sized: bool) -> State:
    """A move with both words that go with the last access, or with none of them."""
    words = {"return_to_std_when_visit": False, "allow_small_file": True}
    rest = {key: value for key, value in step.items() if key not in words}
    if not step.get("is_access_time"):
        return rest
    said = {key: step.get(key, usual) for key, usual in words.items() if not (sized and key == "allow_small_file")}
    return {**rest, **said}


def midnight(value: str) -> str | None:
    """A date as OSS returns it: 2026-11-01 is 2026-11-01T00:00:00.000Z. None for what is no day in UTC."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?)?", value.strip())
    return f"{found[1]}T00:00:00.000Z" if found else None


def _filter(where: str, value: t.Mapping[str, t.Any]) -> State:
    """Size limits, and what is left out (`not`: prefix, tag)."""
    unknown = {*value} - {"object_size_greater_than", "object_size_less_than", "not"}
    if unknown:
        raise _refused(where, f"filter has no {', '.join(sorted(unknown))}", "Known: object_size_greater_than, object_size_less_than, not")
    found: State = {key: int(value[key]) for key in ("object_size_greater_than", "object_size_less_than") if value.get(key) is not None}
    excluded = value.get("not") or []
    if excluded:
        found["not"] = [
            {
                "prefix": str(each.get("prefix") or ""),
                **({"tag": {"key": str(each["tag"]["key"]), "value": str(each["tag"].get("value") or "")}} if each.get("tag") else {}),
            }
            for each in excluded
        ]
    return found


def _check_order(where: str, state: State) -> None:
    """Colder comes later, and nothing expires before it has moved. Moves by the last access have a clock of their own."""
    moves = [step for step in state["transitions"] if "days" in step and not step.get("is_access_time")]
    ordered = sorted(moves, key=lambda step: COLDER.index(step["storage_class"]))
    for warmer, colder in itertools.pairwise(ordered):
        if colder["days"] <= warmer["days"]:
            raise _refused(where, f"transitions: {colder['storage_class']} must come later than {warmer['storage_class']}")
    end = state["expiration"].get("days")
    if end is not None and any(step["days"] >= end for step in moves):
        raise _refused(where, f"expiration after {end} days must be later than every transition")


# --- written and read --------------------------------------------------------


def write(rules: t.Sequence[State]) -> list[State]:
    """The `Rule` elements."""
    return [
        {
            "ID": rule["id"],
            "Prefix": rule["prefix"],
            "Status": "Enabled" if rule["enabled"] else "Disabled",
            "Tag": [{"Key": key, "Value": value} for key, value in rule["tags"].items()],
            "Filter": _write_filter(rule["filter"]),
            **{element: _write_step(rule[name]) or None for name, element in _ONE.items()},
            **{element: [_write_step(each) for each in rule[name]] for name, element in _MANY.items()},
        }
        for rule in rules
    ]


def _write_step(step: State) -> State:
    return {element: step[name] for name, element in _ELEMENTS.items() if name in step}


def _write_filter(value: State) -> State | None:
    if not value:
        return None
    excluded = [
        {"Prefix": each["prefix"], "Tag": {"Key": each["tag"]["key"], "Value": each["tag"]["value"]} if "tag" in each else None}
        for each in value.get("not", [])
    ]
    return {
        "Not": excluded,
        "ObjectSizeGreaterThan": value.get("object_size_greater_than"),
        "ObjectSizeLessThan": value.get("object_size_less_than"),
    }


def read(root: Element) -> list[State]:
    """The rules of a `LifecycleConfiguration` in the plain form. AtimeBase, which OSS adds, is left out."""
    return [_read_rule(rule) for rule in root.findall("Rule")]


def _read_rule(rule: Element) -> State:
    filtered = _read_filter(rule.find("Filter"))
    sized = bool({*filtered} - {"not"})
    return {
        "id": text(rule, "ID"),
        "prefix": text(rule, "Prefix"),
        "enabled": flag(rule, "Status"),
        "tags": {text(tag, "Key"): text(tag, "Value") for tag in rule.findall("Tag")},
        "filter": filtered,
        **{name: _read_step(rule.find(element)) for name, element in _ONE.items()},
        **{name: [_by_access(_read_step(each), sized) for each in rule.findall(element)] for name, element in _MANY.items()},
    }


def _read_step(step: Element | None) -> State:
    if step is None:
        return {}
    found: State = {name: number(step, element) for name, element in _NUMBERS.items() if step.find(element) is not None}
    found |= {name: midnight(text(step, element)) or text(step, element) for name, element in _DATES.items() if text(step, element)}
    found |= {name: text(step, element) for name, element in _TEXTS.items() if text(step, element)}
    found |= {name: flag(step, element) for name, element in _SWITCHES.items() if step.find(element) is not None}
    return {key: value for key, value in found.items() if not (value is False and key in _OFF_IS_NOTHING)}


def _read_filter(value: Element | None) -> State:
    if value is None:
        return {}
    sizes = {"object_size_greater_than": "ObjectSizeGreaterThan", "object_size_less_than": "ObjectSizeLessThan"}
    found: State = {name: number(value, element) for name, element in sizes.items() if value.find(element) is not None}
    excluded = []
    for each in value.findall("Not"):
        tag = each.find("Tag")
        excluded.append(
            {
                "prefix": text(each, "Prefix"),
                **({"tag": {"key": text(tag, "Key"), "value": text(tag, "Value")}} if tag is not None else {}),
            }
        )
    return found | ({"not": excluded} if excluded else {})
