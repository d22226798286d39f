# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What replication carries over: objects that are due appear in the destination bucket, with their time and ETag."""

from __future__ import annotations

from sandbox.clouds.alibaba.oss.call import Bucket, Call
from sandbox.clouds.alibaba.oss.replication import covers, live_rules, status


def schedule(call: Call, key: str, *, delete: bool = False) -> None:
    """Remember a change of the call's bucket for every rule that carries it."""
    for rule in live_rules(call, call.bucket):
        actions = rule["rule"]["Action"].split(",")
        wanted = "ALL" in actions or ("DELETE" if delete else "PUT") in actions
        if wanted and covers(rule, key) and rule["closes"] is None:
            due = max(call.now, rule["starts"]) + call.service.seconds("replication.copy", 0.4)
            call.bucket["outgoing"].append({"rule": rule["id"], "key": key, "delete": delete, "due": due})


def run_due(call: Call) -> None:
    """Carry over what is due, in all buckets."""
    for bucket in call.buckets.values():
        due = [each for each in bucket["outgoing"] if each["due"] <= call.now]
        if not due:
            continue
        bucket["outgoing"] = [each for each in bucket["outgoing"] if each["due"] > call.now]
        rules = {rule["id"]: rule for rule in live_rules(call, bucket) if status(rule, call.now) == "doing"}
        for each in due:
            rule = rules.get(each["rule"])
            target = call.buckets.get(rule["rule"]["Destination"]["Bucket"]) if rule else None
            if target is not None:
                _carry(bucket, target, each["key"], each["delete"])


def _carry(source: Bucket, target: Bucket, key: str, delete: bool) -> None:
    versions = source["objects"].get(key)
    if delete and not versions:
        target["objects"].pop(key, None)
        return
    if not versions or (versions[0]["marker"] and not delete):
        return
    there = target["objects"].setdefault(key, [])
    known = {version["version_id"] for version in there}
    if versions[0]["version_id"] == "null":
        there[:] = [version for version in there if version["version_id"] != "null"]
        known.discard("null")
    there[:0] = [{**version} for version in versions if version["version_id"] not in known]
