# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Replication rules: added and removed one by one, never changed. Only RTC can be switched in place.

A rule that is removed closes slowly. Until it is gone it is listed, and its target takes no other rule.
"""

from __future__ import annotations

import typing as t

from ..._core.errors import CloudError
from ..._core.plan import State
from ..._core.rules import differences
from ..._core.wait import Wait
from ..credentials import CLOUD
from .client import Client, region_of
from .declared import destination
from .documents import Element, build, flag, parse, text, texts
from .rules import REPLICATION_RULE

CLOSING = "closing"
WORKING = "doing"


class Replication:
    """The replication rules of one bucket.

    wait: how long a rule may take. patient: wait for the last state of a rule, too, not only for what the next call needs.
    """

    def __init__(self, client: Client, bucket: str, wait: Wait, patient: bool) -> None:
        self._client = client
        self._bucket = bucket
        self._wait = wait
        self._patient = patient
        self._closing: set[str] = set()

    def read(self) -> list[State]:
        """The rules, without those that are closing: nothing can be done about these but to wait."""
        rules = self._list()
        self._closing = {rule["target_bucket"] for rule in rules if rule["status"] == CLOSING}
        return [rule for rule in rules if rule["status"] != CLOSING]

    def add(self, rule: State) -> State:
        """Add a rule once its target is free, and wait until it works; returns its id and status."""
        target = rule["target_bucket"]
        if target in self._closing:  # since this run, or since one that was cut short
            self._until_gone(target)
        what = f"add the replication rule of {self._bucket} to {target}"
        answer = self._client.send(what, "POST", self._bucket, "replication&comp=add", _document(rule))
        rule_id = answer.headers.get("x-oss-replication-rule-id", "")
        return {"id": rule_id, "status": self._started(what, rule_id)}

    def remove(self, rule: State, *, final: bool) -> None:
        """Remove a rule. final: no other rule takes its place."""
        target = rule["target_bucket"]
        what = f"remove the replication rule of {self._bucket} to {target}"
        try:
            self._client.send(what, "POST", self._bucket, "replication&comp=delete", build("ReplicationRules", {"ID": rule["id"]}))
        except CloudError as error:
            if error.code != "NoSuchReplicationRule":
                raise
        self._closing.add(target)
        if final and self._patient:
            self._until_gone(target)

    def switch_rtc(self, rule: State) -> None:
        """Replication time control: the one part of a rule that can be changed."""
        status = {"RTC": {"Status": "enabled" if rule["rtc"] else "disabled"}, "ID": rule["id"]}
        what = f"switch RTC of the replication of {self._bucket} to {rule['target_bucket']}"
        self._client.send(what, "PUT", self._bucket, "rtc", build("ReplicationRule", status))

    def _list(self) -> list[State]:
        what = f"read the replication rules of {self._bucket}"
        try:
            answer = self._client.get(what, self._bucket, "replication")
        except CloudError as error:
            if error.code in ("NoSuchReplicationConfiguration", "NoSuchBucket"):
                return []
            raise
        return [_as_declared(rule) for rule in parse(what, answer.body).findall("Rule")]

    def _until_gone(self, target: str) -> None:
        self._wait.until(
            f"see the replication rule of {self._bucket} to {target} closed",
            lambda: [each for each in self._list() if each["target_bucket"] == target and each["status"] == CLOSING],
            lambda seen: not seen,
            _shown,
            cloud=CLOUD,
        )

    def _started(self, what: str, rule_id: str) -> str:
        if not self._patient:
            return "starting"
        seen = self._wait.until(
            what,
            lambda: [each for each in self._list() if each["id"] == rule_id],
            lambda seen: bool(seen) and seen[0]["status"] == WORKING,
            _shown,
            cloud=CLOUD,
        )
        return str(seen[0]["status"])


def _shown(rules: t.Sequence[State]) -> str:
    return ", ".join(f"{rule['destination']} is {rule['status']}" for rule in rules) or "the rule is not listed yet"


def turned(before: t.Sequence[State], after: t.Sequence[State]) -> tuple[list[State], list[State], list[State], list[State]]:
    """What leads from one set of rules to another: removed, replaced (as they were), added (replaced ones included), RTC switched."""
    there = {rule["destination"]: rule for rule in before}
    wanted = {rule["destination"] for rule in after}
    removed = [rule for rule in before if rule["destination"] not in wanted]
    replaced, added, switched = [], [], []
    for rule in after:
        old = there.get(rule["destination"])
        changed = [] if old is None else [each.path for each in differences(REPLICATION_RULE, old, rule)]
        if changed == ["/rtc"]:
            switched.append(rule)
        elif changed or old is None:
            added.append(rule)
            replaced += [old] if old else []
    return removed, replaced, added, switched


def _document(rule: State) -> bytes:
    encrypted = rule["sse_kms_encrypted_objects"]
    written = {
        "RTC": {"Status": "enabled"} if rule["rtc"] else None,
        "PrefixSet": {"Prefix": rule["prefixes"]} if rule["prefixes"] else None,
        "Action": ",".join(rule["actions"]),
        "Destination": {
            "Bucket": rule["target_bucket"],
            "Location": f"oss-{rule['target_region']}",
            "TransferType": rule["transfer_type"],
        },
        "HistoricalObjectReplication": "enabled" if rule["historical_objects"] else "disabled",
        "SyncRole": rule["sync_role"] or None,
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}} if encrypted else None,
        "EncryptionConfiguration": {"ReplicaKmsKeyID": rule["replica_kms_key_id"]} if encrypted else None,
    }
    return build("ReplicationConfiguration", {"Rule": written})


def _as_declared(rule: Element) -> State:
    prefixes = texts(rule, "PrefixSet/Prefix")
    target = text(rule, "Destination/Bucket")
    return {
        "destination": destination(target, prefixes),
        "target_bucket": target,
        "target_region": region_of(text(rule, "Destination/Location")),
        "prefixes": prefixes,
        "actions": text(rule, "Action", "ALL").split(","),
        "transfer_type": text(rule, "Destination/TransferType", "internal"),
        "historical_objects": flag(rule, "HistoricalObjectReplication"),
        "sync_role": text(rule, "SyncRole"),
        "sse_kms_encrypted_objects": flag(rule, "SourceSelectionCriteria/SseKmsEncryptedObjects/Status"),
        "replica_kms_key_id": text(rule, "EncryptionConfiguration/ReplicaKmsKeyID"),
        "rtc": flag(rule, "RTC/Status"),
        "id": text(rule, "ID"),
        "status": text(rule, "Status"),
    }
