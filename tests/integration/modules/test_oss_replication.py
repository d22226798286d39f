# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""oss_bucket's slow parts against the local cloud: replication rules and domains of one's own."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import Done, direct

SOURCE = {"name": "financial-agent-charts", "region": "cn-shanghai"}
TARGETS = {"replica-hangzhou": "cn-hangzhou", "replica-beijing": "cn-beijing", "replica-nearby": "cn-shanghai"}
DOMAIN = "img.klinematrix.com"
Rule = dict[str, t.Any]


def to(bucket: str, **options: t.Any) -> Rule:
    return {"target_bucket": bucket, "target_region": TARGETS[bucket], **options}


def run(cloud: LocalCloud, *rules: Rule, check: bool = False, **options: t.Any) -> Done:
    return direct(cloud, "oss_bucket", check=check, **SOURCE, replication=[dict(rule) for rule in rules], **options)


def rules_of(cloud: LocalCloud) -> list[Rule]:
    return list(cloud.ask("GET", "state")["alibaba"]["oss"]["buckets"][SOURCE["name"]]["replication"])


@pytest.fixture
def buckets(cloud: LocalCloud) -> LocalCloud:
    for name, region in ({SOURCE["name"]: SOURCE["region"]} | TARGETS).items():
        assert direct(cloud, "oss_bucket", name=name, region=region).result["changed"]
    return cloud


RULES: dict[str, Rule] = {
    "plain": to("replica-hangzhou"),
    "all spelled out": to("replica-hangzhou", actions=["PUT", "ABORT", "DELETE"], transfer_type="internal", historical_objects=False),
    "prefixes": to("replica-hangzhou", prefixes=["reports/", "charts/"], actions=["PUT"]),
    "nearby": to("replica-nearby"),
    "accelerated": to("replica-hangzhou", transfer_type="oss_acc"),
    "RTC": to("replica-hangzhou", rtc=True),
    "KMS": to("replica-hangzhou", sync_role="AliyunOSSRole", sse_kms_encrypted_objects=True, replica_kms_key_id="key-1"),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_comes_stays_and_goes(buckets: LocalCloud, name: str) -> None:
    preview, applied = run(buckets, RULES[name], check=True), run(buckets, RULES[name])
    assert applied.status == "ok", applied.result
    assert preview.result["diff"] == applied.result["diff"]
    assert applied.writes == ["POST PutBucketReplication"]
    assert applied.result["bucket"]["replication"][0]["status"] == "doing"
    again = run(buckets, RULES[name])
    assert (again.result["changes"], again.writes) == ([], [])
    gone = run(buckets)
    assert gone.writes == ["POST DeleteBucketReplication"]
    again = run(buckets)
    assert (again.result["changed"], again.result["bucket"]["replication"], rules_of(buckets)) == (False, [], [])


def test_a_changed_rule_is_removed_waited_for_and_added(buckets: LocalCloud) -> None:
    run(buckets, to("replica-hangzhou"))
    before = rules_of(buckets)[0]["id"]
    done = run(buckets, to("replica-hangzhou", actions=["PUT"], historical_objects=False))
    (change,) = done.result["changes"]
    assert [field["path"] for field in change["fields"]] == ["/replication/replica-hangzhou/actions"]
    assert done.writes == ["POST DeleteBucketReplication", "POST PutBucketReplication"]
    (rule,) = rules_of(buckets)
    assert (rule["rule"]["Action"], rule["rule"]["HistoricalObjectReplication"]) == ("PUT", "disabled")
    assert done.result["bucket"]["replication"][0]["id"] == rule["id"] != before
    # What happened to the objects of before is history: it is no difference.
    assert not run(buckets, to("replica-hangzhou", actions=["PUT"])).result["changed"]


def test_rtc_is_switched_in_place(buckets: LocalCloud) -> None:
    run(buckets, to("replica-hangzhou"))
    for on in (True, False):
        done = run(buckets, to("replica-hangzhou", rtc=on))
        assert done.writes == ["PUT PutBucketRtc"]
        assert not run(buckets, to("replica-hangzhou", rtc=on)).result["changed"]


def test_rules_are_told_apart_by_target_and_those_not_declared_go(buckets: LocalCloud) -> None:
    run(buckets, to("replica-hangzhou"), to("replica-beijing"))
    kept = next(rule["id"] for rule in rules_of(buckets) if rule["rule"]["Destination"]["Bucket"] == "replica-beijing")
    done = run(buckets, to("replica-beijing"), to("replica-nearby"))
    assert sorted(done.writes) == ["POST DeleteBucketReplication", "POST PutBucketReplication"]
    assert {rule["rule"]["Destination"]["Bucket"]: rule["id"] for rule in rules_of(buckets)}["replica-beijing"] == kept


def test_a_rerun_picks_up_a_rule_that_is_still_closing(buckets: LocalCloud) -> None:
    run(buckets, to("replica-hangzhou"))
    buckets.fault("slow_operation", action="replication.close", seconds=2.5, count=None)
    cut = run(buckets, to("replica-hangzhou", actions=["PUT"]), wait_timeout=0)
    assert (cut.status, cut.result["failure"]["code"]) == ("failed", "timeout")
    assert cut.result["applied"] == ["stop the replication of financial-agent-charts to replica-hangzhou"]
    assert cut.result["not_applied"] == ["start the replication of financial-agent-charts to replica-hangzhou"]
    assert "closing" in cut.result["msg"]
    rerun = run(buckets, to("replica-hangzhou", actions=["PUT"]))
    assert rerun.writes == ["POST PutBucketReplication"]
    assert [rule["rule"]["Action"] for rule in rules_of(buckets)] == ["PUT"]


def test_a_rule_that_does_not_start_in_time_is_found_by_the_rerun(buckets: LocalCloud) -> None:
    buckets.fault("slow_operation", action="replication.start", seconds=30, count=None)
    late = run(buckets, to("replica-hangzhou"), wait_timeout=0)
    assert (late.result["failure"]["code"], "starting" in late.result["msg"]) == ("timeout", True)
    rerun = run(buckets, to("replica-hangzhou"))
    assert (rerun.result["changed"], rerun.result["bucket"]["replication"][0]["status"]) == (False, "starting")


def test_nobody_needs_to_wait(buckets: LocalCloud) -> None:
    buckets.fault("slow_operation", action="replication.*", seconds=30, count=None)
    done = run(buckets, to("replica-hangzhou"), wait=False)
    assert done.result["bucket"]["replication"][0]["status"] == "starting"
    assert sorted(done.reads) == ["GET GetBucketInfo", "GET GetBucketReplication"]


def test_adding_a_rule_is_sent_once(buckets: LocalCloud) -> None:
    buckets.fault("status", cloud="alibaba", method="POST", status=500, count=None)
    done = run(buckets, to("replica-hangzhou"))
    assert (done.status, done.writes) == ("failed", ["POST PutBucketReplication"])
    assert done.result["not_applied"] == ["start the replication of financial-agent-charts to replica-hangzhou"]
    buckets.heal()
    # The answer is lost, the rule is there.
    buckets.fault("reset", cloud="alibaba", method="POST", when="after")
    lost = run(buckets, to("replica-hangzhou"))
    assert (lost.status, len(lost.writes), len(rules_of(buckets))) == ("failed", 1, 1)
    assert not run(buckets, to("replica-hangzhou")).result["changed"]


def test_what_oss_refuses_comes_with_a_way_out(buckets: LocalCloud) -> None:
    done = run(buckets, {"target_bucket": "no-such-bucket", "target_region": "cn-hangzhou"})
    assert (done.result["failure"]["code"], done.result["failure"]["status"]) == ("InvalidTargetBucket", 400)
    assert "The target bucket must exist" in done.result["msg"]


# --- domains of one's own ------------------------------------------------------


def bind(cloud: LocalCloud, check: bool = False, **options: t.Any) -> Done:
    return direct(cloud, "oss_bucket", check=check, **SOURCE, **{"cnames": [{"domain": DOMAIN}], **options})


def publish(cloud: LocalCloud, record: Rule) -> None:
    assert direct(cloud, "cloudflare_record", zone="klinematrix.com", **record).status == "ok"


def test_a_domain_is_bound_once_its_record_is_published(cloud: LocalCloud) -> None:
    preview = bind(cloud, check=True)
    (shown,) = preview.result["bucket"]["cnames"]
    assert shown["verification"] == {"name": f"_dnsauth.{DOMAIN}", "type": "TXT", "content": "(known after apply)"}
    first = bind(cloud)
    (cname,) = first.result["bucket"]["cnames"]
    assert first.result["diff"] == preview.result["diff"]
    assert (first.status, cname["status"]) == ("ok", "unverified")
    assert f"_dnsauth.{DOMAIN}" in first.result["warnings"][0]
    # Until it is bound, a preview names the same record, so that what is published does not look like a change.
    assert bind(cloud, check=True).result["bucket"]["cnames"][0]["verification"] == cname["verification"]
    publish(cloud, cname["verification"])
    second = bind(cloud)
    assert second.result["bucket"]["cnames"][0]["status"] == "Enabled"
    third = bind(cloud)
    assert (third.result["changes"], third.writes) == ([], [])
    assert third.result["bucket"]["cnames"][0]["verification"] == cname["verification"]
    gone = bind(cloud, cnames=[])
    assert gone.writes == ["POST DeleteCname"]
    assert not bind(cloud, cnames=[]).result["changed"]


def test_a_certificate_is_changed_in_place(cloud: LocalCloud) -> None:
    publish(cloud, bind(cloud).result["bucket"]["cnames"][0]["verification"])
    for certificate in ("493****-cn-hangzhou", "494****-cn-hangzhou"):
        options = {"cnames": [{"domain": DOMAIN, "certificate_id": certificate}]}
        done = bind(cloud, **options)
        assert done.result["changed"]
        assert not bind(cloud, **options).result["changed"]
    assert done.writes == ["POST PutCname"]


def test_a_domain_without_filing_is_refused_in_words(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["alibaba"]["oss"]["without_icp"] = ["klinematrix.com"]
    done = bind(cloud)
    assert (done.result["failure"]["code"], "ICP filing" in done.result["msg"]) == ("NoSuchCnameInRecord", True)
    assert done.result["applied"] == ["create alibaba oss_bucket financial-agent-charts"]
