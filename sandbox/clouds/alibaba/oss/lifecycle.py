# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lifecycle rules: validated as the EC pages 0014-* say, normalised, and shown; they move and expire nothing here."""

from __future__ import annotations

import calendar
import itertools
import re
import secrets
import time
import typing as t

from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument, invalid_request, malformed_xml
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text, Whole
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

Rule = dict[str, t.Any]
COLDER = ("IA", "Archive", "ColdArchive", "DeepColdArchive")  # from warm to cold

DAYS = Whole(1)
BY_ACCESS = {"IsAccessTime": Flag(), "ReturnToStdWhenVisit": Flag(), "AllowSmallFile": Flag()}
TAG = Node({"Key": Text(), "Value": Text()}, required=("Key",))
RULE = Node(
    {
        "ID": Text(pattern=r".{0,255}"),
        "Prefix": Text(pattern=r"[^*]*"),
        "Status": Text(choices=("Enabled", "Disabled")),
        "Tag": Many(TAG),
        "Filter": Node(
            {
                "Not": Many(Node({"Prefix": Text(), "Tag": TAG})),
                "ObjectSizeGreaterThan": Whole(0, 2**43),
                "ObjectSizeLessThan": Whole(1, 2**43),
            }
        ),
        "Expiration": Node({"Days": DAYS, "Date": Text(), "CreatedBeforeDate": Text(), "ExpiredObjectDeleteMarker": Flag()}),
        "Transition": Many(
            Node({"Days": DAYS, "CreatedBeforeDate": Text(), "StorageClass": Text(), **BY_ACCESS}, required=("StorageClass",))
        ),
        "NoncurrentVersionExpiration": Node({"NoncurrentDays": DAYS}, required=("NoncurrentDays",)),
        "NoncurrentVersionTransition": Many(
            Node({"NoncurrentDays": DAYS, "StorageClass": Text(), **BY_ACCESS}, required=("NoncurrentDays", "StorageClass"))
        ),
        "AbortMultipartUpload": Node({"Days": DAYS, "CreatedBeforeDate": Text()}),
        "AtimeBase": Whole(),
    },
    required=("Status",),
)
LIFECYCLE = Node({"Rule": Many(RULE)}, required=("Rule",))
ACTIONS = ("Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition", "AbortMultipartUpload")


@table.add("PUT", "bucket", "PutBucketLifecycle", "lifecycle", verified="sdk")
def put_lifecycle(call: Call) -> Reply:
    """Replaces every rule."""
    rules: list[Rule] = call.document("LifecycleConfiguration", LIFECYCLE)["Rule"]
    for rule in rules:
        _check(call, rule)
    _check_together(rules, call.header("x-oss-allow-same-action-overlap") == "true")
    return call.keep("lifecycle", {"Rule": [_normal(call, rule) for rule in rules]})


@table.add("GET", "bucket", "GetBucketLifecycle", "lifecycle", verified="sdk")
def get_lifecycle(call: Call) -> Reply:
    setting = call.setting("lifecycle")
    if setting is None:
        raise Refused(404, "NoSuchLifecycle", "No Row found in Lifecycle Table.", BucketName=call.name)
    return call.answer("LifecycleConfiguration", setting)


@table.add("DELETE", "bucket", "DeleteBucketLifecycle", "lifecycle", verified="sdk")
def delete_lifecycle(call: Call) -> Reply:
    return call.drop("lifecycle")


# --- one rule --------------------------------------------------------------------


def _check(call: Call, rule: Rule) -> None:
    if not any(name in rule for name in ACTIONS) or "AtimeBase" in rule:
        raise malformed_xml()
    for each in _steps(rule):
        times = [name for name in ("Days", "Date", "CreatedBeforeDate", "ExpiredObjectDeleteMarker") if name in each]
        if len(times) != 1:
            raise malformed_xml()
        for name in ("Date", "CreatedBeforeDate"):
            if name in each:
                each[name] = _midnight(each[name])
    for each in rule.get("Transition", []) + rule.get("NoncurrentVersionTransition", []):
        if each["StorageClass"] not in COLDER and not (each["StorageClass"] == "Standard" and each.get("IsAccessTime")):
            raise invalid_argument("Invalid StorageClass", ArgumentName="StorageClass", ArgumentValue=each["StorageClass"])
        if each.get("IsAccessTime") and "atime_base" not in call.bucket:
            raise invalid_request("Access tracking is not enabled for the bucket.")  # code and wording assumed
    if len({"Days" in each for each in rule.get("Transition", []) + _end(rule)}) > 1 and _end(rule):
        raise invalid_request("Days and Date cannot be mixed in one rule.", "0014-00000080")
    _check_order([rule])


def _steps(rule: Rule) -> list[Rule]:
    """The actions that say when, by days or by date."""
    return [*rule.get("Transition", []), *([rule["Expiration"]] if "Expiration" in rule else []), *_abort(rule)]


def _end(rule: Rule) -> list[Rule]:
    """When objects expire; what only clears delete markers is no such end."""
    expiration = rule.get("Expiration", {"ExpiredObjectDeleteMarker": True})
    return [] if "ExpiredObjectDeleteMarker" in expiration else [expiration]


def _abort(rule: Rule) -> list[Rule]:
    return [rule["AbortMultipartUpload"]] if "AbortMultipartUpload" in rule else []


def _midnight(text: str) -> str:
    """Dates are midnights in UTC; they come back with milliseconds, whatever form they came in."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})T00:00:00(?:\.0+)?(?:Z|\+00:00)", text)
    try:
        time.strptime(found[1] if found else "", "%Y-%m-%d")
    except ValueError:
        raise invalid_argument("The date must be at midnight GMT.", ArgumentName="Date", ArgumentValue=text) from None
    return f"{found[1] if found else ''}T00:00:00.000Z"


def _normal(call: Call, rule: Rule) -> Rule:
    """An ID is made up where there is none; defaults of access-time transitions are filled in; AtimeBase says since when."""
    for each in rule.get("Transition", []) + rule.get("NoncurrentVersionTransition", []):
        each.setdefault("IsAccessTime", False)
        if each["IsAccessTime"]:
            each.setdefault("ReturnToStdWhenVisit", False)
            each.setdefault("AllowSmallFile", False)
    by_access = any(each["IsAccessTime"] for each in rule.get("Transition", []) + rule.get("NoncurrentVersionTransition", []))
    named = rule | {"ID": rule.get("ID") or secrets.token_hex(16), "Prefix": rule.get("Prefix", "")}
    if by_access:
        named["AtimeBase"] = call.bucket["atime_base"]
    return {name: named[name] for name in RULE.children if name in named}


# --- rules together ------------------------------------------------------------------


def _check_together(rules: list[Rule], may_overlap: bool) -> None:
    names = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(names)) < len(names):
        raise invalid_argument("Rule ID must be unique.", "0014-00000020", ArgumentName="ID")
    for one, other in itertools.combinations(rules, 2):
        if not _overlap(one, other):
            continue
        if not may_overlap:
            _check_same_action(one, other)
        _check_same_clock(one, other)
        _check_order([one, other])


def _overlap(one: Rule, other: Rule) -> bool:
    """Rules meet when one prefix begins the other and no tag keeps them apart."""
    first, second = one.get("Prefix", ""), other.get("Prefix", "")
    tags = [sorted((tag["Key"], tag.get("Value", "")) for tag in rule.get("Tag", [])) for rule in (one, other)]
    return (first.startswith(second) or second.startswith(first)) and (tags[0] == tags[1])


def _check_same_action(one: Rule, other: Rule) -> None:
    if one.get("Prefix", "") == other.get("Prefix", ""):
        raise invalid_request("Rules must have different prefixes.", "0014-00000085")
    for name in ("Expiration", "NoncurrentVersionExpiration", "AbortMultipartUpload"):
        if name in one and name in other:
            raise invalid_request(f"Overlap for same action type {name}", "0014-00000084")
    for name in ("Transition", "NoncurrentVersionTransition"):
        shared = {each["StorageClass"] for each in one.get(name, [])} & {each["StorageClass"] for each in other.get(name, [])}
        if shared:
            raise invalid_request(f"Overlap for same action type {name}", "0014-00000079")


def _check_same_clock(one: Rule, other: Rule) -> None:
    clocks = [{"Days" in each for each in rule.get("Transition", [])} for rule in (one, other)]
    if clocks[0] and clocks[1] and clocks[0] != clocks[1]:
        raise invalid_request("Days and CreatedBeforeDate cannot be mixed in overlapping rules.", "0014-00000080")


def _check_order(rules: list[Rule]) -> None:
    """Colder comes later, and nothing expires before it has moved. Days and dates are not compared with each other."""
    moves = [each for rule in rules for each in rule.get("Transition", []) if not each.get("IsAccessTime")]
    ends = [each for rule in rules for each in _end(rule)]
    for by_days in (True, False):
        steps = sorted((COLDER.index(each["StorageClass"]), _age(each)) for each in moves if ("Days" in each) is by_days)
        expiries = [_age(each) for each in ends if ("Days" in each) is by_days]
        for (class_one, age_one), (class_two, age_two) in itertools.pairwise(steps):
            if class_one != class_two and age_two <= age_one:
                raise invalid_argument(
                    "The transition to a colder storage class must be later.", "0014-00000082", ArgumentName="Transition"
                )
        if steps and expiries and min(expiries) <= max(age for _, age in steps):
            raise invalid_argument("The expiration must be later than the transition.", "0014-00000082", ArgumentName="Expiration")


def _age(step: Rule) -> int:
    """Days after the last change, or the date: either way the bigger, the later."""
    if "Days" in step:
        return int(step["Days"])
    text = step.get("CreatedBeforeDate") or step.get("Date") or ""
    return calendar.timegm(time.strptime(text[:10], "%Y-%m-%d"))
