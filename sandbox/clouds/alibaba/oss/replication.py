# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication rules: they start, run and close over time, and cannot be changed in between.

Beside the documentation, what live systems were seen to do: oss2's own live tests (KMS parts vanish without a SyncRole), and the
versioning states of both buckets that must agree.
"""

from __future__ import annotations

import typing as t
import uuid

from sandbox.clouds.alibaba.oss.call import Bucket, Call, http_date
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument, invalid_request, malformed_xml
from sandbox.clouds.alibaba.oss.markup import Many, Node, Text
from sandbox.clouds.alibaba.oss.place import REGIONS
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

Rule = dict[str, t.Any]
MOST_RULES = 100
EC_XML = "0031-00000001"
SWITCH = Text(choices=("enabled", "disabled"))

DESTINATION = Node({"Bucket": Text(pattern=".+"), "Location": Text(pattern=".+"), "TransferType": Text()}, required=("Bucket", "Location"))
RULE = Node(
    {
        "ID": Text(),
        "RTC": Node({"Status": SWITCH}, required=("Status",)),
        "PrefixSet": Node({"Prefix": Many(Text(pattern=r".{0,1023}"))}),
        "Action": Text(),
        "Destination": DESTINATION,
        "Status": Text(),
        "HistoricalObjectReplication": SWITCH,
        "SyncRole": Text(),
        "SourceSelectionCriteria": Node(
            {"SseKmsEncryptedObjects": Node({"Status": Text(choices=("Enabled", "Disabled"))})}, required=("SseKmsEncryptedObjects",)
        ),
        "EncryptionConfiguration": Node({"ReplicaKmsKeyID": Text()}),
    },
    required=("Destination",),
)
CONFIGURATION = Node({"Rule": Many(RULE)})
IDS = Node({"ID": Many(Text())})
RTC = Node({"RTC": Node({"Status": SWITCH}, required=("Status",)), "ID": Text()}, required=("RTC", "ID"))


# --- what a rule is doing --------------------------------------------------------


def status(rule: Rule, now: float) -> str:
    if rule["closes"] is not None:
        return "closing" if now < rule["closes"] else "gone"
    return "starting" if now < rule["starts"] else "doing"


def live_rules(call: Call, bucket: Bucket) -> list[Rule]:
    """The rules that are still there, those that are closing included."""
    bucket["replication"] = [rule for rule in bucket["replication"] if status(rule, call.now) != "gone"]
    return t.cast("list[Rule]", bucket["replication"])


def covers(rule: Rule, key: str) -> bool:
    prefixes = rule["rule"].get("PrefixSet", {}).get("Prefix", [])
    return not prefixes or any(key.startswith(prefix) for prefix in prefixes)


# --- adding ------------------------------------------------------------------------


@table.add("POST", "bucket", "PutBucketReplication", "replication&comp=add", verified="sdk")
def add_rule(call: Call) -> Reply:
    rules = call.document("ReplicationConfiguration", CONFIGURATION, EC_XML).get("Rule", [])
    if not rules:
        raise Refused(400, "NoReplicationRule", "No replication rule specified.")
    if len(rules) > 1:
        raise Refused(400, "TooManyReplicationRules", "OSS only support one replication rule now.")
    wanted: Rule = rules[0]
    _check(call, wanted)
    rule: Rule = {
        "id": wanted.pop("ID", "") or str(uuid.uuid4()),
        "rule": _normal(wanted),
        "created": call.now,
        "starts": call.now + call.service.seconds("replication.start", 0.8),
        "closes": None,
        "rtc": None,
        "old": 0,
    }
    call.bucket["replication"].append(rule)
    if wanted.get("RTC", {}).get("Status") == "enabled":
        rule["rtc"] = rule["starts"] + call.service.seconds("replication.rtc", 0.5)
    if rule["rule"]["HistoricalObjectReplication"] == "enabled":
        due = rule["starts"] + call.service.seconds("replication.copy", 0.4)
        old = [key for key, versions in call.bucket["objects"].items() if covers(rule, key) and not versions[0]["marker"]]
        call.bucket["outgoing"] += [{"rule": rule["id"], "key": key, "delete": False, "due": due, "old": True} for key in old]
        rule["old"] = len(old)
    return Reply(200, headers={"x-oss-replication-rule-id": rule["id"]})


def _check(call: Call, wanted: Rule) -> None:
    name, location = wanted["Destination"]["Bucket"], wanted["Destination"]["Location"]
    target = call.buckets.get(name)
    rules = live_rules(call, call.bucket)
    if target is None or name == call.name or target["owner"] != call.bucket["owner"]:
        raise Refused(400, "InvalidTargetBucket", "The target bucket is invalid for bucket replication.")
    if location.startswith("oss-") and location.removeprefix("oss-") not in REGIONS:
        raise Refused(400, "BadReplicationLocation", "The replication location you choose is invalid.")
    if location != f"oss-{target['region']}":  # a location without `oss-` is no location
        raise Refused(400, "InvalidTargetLocation", "The target bucket you specified does not locate in the target location.")
    if any(rule["rule"]["Destination"]["Bucket"] == name for rule in rules):
        raise Refused(400, "BucketReplicationAlreadyExist", "Bucket replication already exists.", "0031-00000044")
    if any(rule["id"] == wanted.get("ID") for rule in rules):
        raise invalid_argument("The replication rule ID already exists.", ArgumentName="ID", ArgumentValue=wanted["ID"])
    if len(rules) >= MOST_RULES:
        raise Refused(400, "TooManyOutgoingReplication", "The number of replication rules is beyond limit.")
    _check_options(call, wanted, call.bucket["region"] == target["region"])
    versioning = [each["settings"].get("versioning", {}).get("Status") for each in (call.bucket, target)]
    if versioning[0] != versioning[1]:
        raise invalid_request("Different versioning status between source bucket and target bucket.")


def _check_options(call: Call, wanted: Rule, same_region: bool) -> None:
    if "Status" in wanted:
        raise malformed_xml(EC_XML)
    if len(wanted.get("PrefixSet", {}).get("Prefix", [])) > 10:
        raise Refused(400, "TooManyPrefixes", "The bucket replication rule's prefixes number is beyond limit.")
    transfer = wanted["Destination"].get("TransferType", "internal")
    if transfer not in ("internal", "oss_acc") or (transfer == "oss_acc" and same_region):
        raise invalid_argument("The specified transfer type is not supported.", ArgumentName="TransferType", ArgumentValue=transfer)
    if same_region and wanted.get("RTC", {}).get("Status") == "enabled":
        raise Refused(400, "ReplicationLocationNotSupportRtc", "RTC is not supported in the replication location.")
    actions = wanted.get("Action", "ALL").split(",")
    if not {*actions} <= {"ALL", "PUT", "DELETE", "ABORT"} or len({*actions}) < len(actions) or ("ALL" in actions and len(actions) > 1):
        raise invalid_argument("The replication action is invalid.", ArgumentName="Action", ArgumentValue=wanted.get("Action", ""))
    encrypted = wanted.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"
    if encrypted and not wanted.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID"):
        raise invalid_argument("ReplicaKmsKeyID must be specified.", ArgumentName="ReplicaKmsKeyID")


def _normal(wanted: Rule) -> Rule:
    """Defaults filled in, the default transfer type left out, and no KMS part without a role (or, for its key, when it is switched off)."""
    rule = {**wanted, "Action": wanted.get("Action", "ALL")}
    rule["HistoricalObjectReplication"] = wanted.get("HistoricalObjectReplication", "enabled")
    if rule["Destination"].get("TransferType") == "internal":
        rule["Destination"] = {name: value for name, value in rule["Destination"].items() if name != "TransferType"}
    for name in ("RTC", "ID", *(("PrefixSet",) if not rule.get("PrefixSet", {}).get("Prefix") else ())):
        rule.pop(name, None)
    criteria = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status")
    if not rule.get("SyncRole") or criteria != "Enabled":
        rule.pop("EncryptionConfiguration", None)
    if not rule.get("SyncRole"):
        rule.pop("SyncRole", None)
        rule.pop("SourceSelectionCriteria", None)
    return rule


# --- reading -----------------------------------------------------------------------


@table.add("GET", "bucket", "GetBucketReplication", "replication", verified="sdk")
def get_rules(call: Call) -> Reply:
    rules = live_rules(call, call.bucket)
    if not rules:
        message = "The bucket you specified does not have replication configuration."
        raise Refused(404, "NoSuchReplicationConfiguration", message, BucketName=call.name)
    return call.answer("ReplicationConfiguration", {"Rule": [_shown(call, rule) for rule in rules]})


def _shown(call: Call, rule: Rule) -> Rule:
    whole = {**rule["rule"], "ID": rule["id"], "Status": status(rule, call.now)}
    if rule["rtc"] is not None:
        whole["RTC"] = {"Status": "enabling" if call.now < rule["rtc"] else "enabled"}
    return {name: whole[name] for name in RULE.children if name in whole}


@table.add("GET", "bucket", "GetBucketReplicationProgress", "replicationProgress", verified="sdk")
def get_progress(call: Call) -> Reply:
    """`Progress` only while the rule is at work. The share of old objects and the time up to which new ones are there."""
    rule = _rule(call, call.params.get("rule-id", ""))
    names = ("ID", "PrefixSet", "Action", "Destination", "Status", "HistoricalObjectReplication")
    shown = {name: value for name, value in _shown(call, rule).items() if name in names}
    if status(rule, call.now) == "doing":
        waiting = [each for each in call.bucket["outgoing"] if each["rule"] == rule["id"]]
        copied = rule["old"] - sum("old" in each for each in waiting)
        share = {"HistoricalObject": str(round(copied / rule["old"], 2) if rule["old"] else 1.0)}
        fresh = http_date(min((each["due"] for each in waiting), default=call.now))
        shown["Progress"] = (share if rule["rule"]["HistoricalObjectReplication"] == "enabled" else {}) | {"NewObject": fresh}
    return call.answer("ReplicationProgress", {"Rule": [shown]})


def _rule(call: Call, name: str) -> Rule:
    for rule in live_rules(call, call.bucket):
        if rule["id"] == name:
            return rule
    raise Refused(404, "NoSuchReplicationRule", "The BucketReplicationRule you specified does not exist.")


@table.add("GET", "bucket", "GetBucketReplicationLocation", "replicationLocation", verified="sdk")
def get_locations(call: Call) -> Reply:
    others = [f"oss-{region}" for region in REGIONS if region != call.bucket["region"]]
    faster = [{"Location": each, "TransferTypes": {"Type": ["oss_acc"]}} for each in others if not each.startswith("oss-cn-")]
    return call.answer(
        "ReplicationLocation",
        {
            "Location": others,
            "LocationTransferTypeConstraint": {"LocationTransferType": faster},
            "LocationRTCConstraint": {"Location": [each for each in others if each.startswith("oss-cn-")]},
        },
    )


# --- changing ----------------------------------------------------------------------


@table.add("PUT", "bucket", "PutBucketRtc", "rtc", verified="sdk", action="PutBucketRtc")
def put_rtc(call: Call) -> Reply:
    """The only part of a rule that can be changed."""
    wanted = call.document("ReplicationRule", RTC, EC_XML)
    rule = _rule(call, wanted["ID"])
    target = call.buckets.get(rule["rule"]["Destination"]["Bucket"])
    if wanted["RTC"]["Status"] == "disabled":
        rule["rtc"] = None
        return Reply(200)
    if target is None or target["region"] == call.bucket["region"]:
        raise Refused(400, "ReplicationLocationNotSupportRtc", "RTC is not supported in the replication location.")
    if rule["rtc"] is None:
        rule["rtc"] = max(call.now, rule["starts"]) + call.service.seconds("replication.rtc", 0.5)
    return Reply(200)


@table.add("POST", "bucket", "DeleteBucketReplication", "replication&comp=delete", verified="sdk")
def delete_rule(call: Call) -> Reply:
    """The rule closes slowly; until it is gone it is listed and its destination is taken. 200 for nothing, 204 when closing already."""
    names = call.document("ReplicationRules", IDS, EC_XML).get("ID", [])
    if len(names) > 1:
        raise Refused(400, "TooManyReplicationRules", "OSS only support one replication rule now.")
    if not live_rules(call, call.bucket):
        return Reply(200)
    rule = _rule(call, names[0] if names else "")
    if rule["closes"] is not None:
        return Reply(204)
    rule["closes"] = call.now + call.service.seconds("replication.close", 1.0)
    return Reply(200)
