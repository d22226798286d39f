# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: replication rules over their whole life, what they refuse, and the objects that they carry."""

from __future__ import annotations

import typing as t

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2.models import BucketVersioningConfig, ReplicationRule

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import BEIJING, CHARTS, SPARE, new, old, plant_key, refused, until


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    """The source in Shanghai; its spare is in Beijing."""
    old(SPARE, BEIJING).create_bucket()
    bucket = old()
    bucket.create_bucket()
    return bucket


def rule(**facts: t.Any) -> ReplicationRule:
    return ReplicationRule(**{"target_bucket_name": SPARE, "target_bucket_location": "oss-cn-beijing", "action_list": ["ALL"], **facts})


def status(bucket: oss2.Bucket) -> str | None:
    """What the first rule is doing; None when there is none. oss2 has no class of its own for that answer."""
    try:
        return str(bucket.get_bucket_replication().rule_list[0].status)
    except oss2.exceptions.ServerError as error:
        if error.code != "NoSuchReplicationConfiguration":
            raise
        return None


def test_the_life_of_a_rule(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchReplicationConfiguration"):
        bucket.get_bucket_replication()
    name = bucket.put_bucket_replication(rule()).headers["x-oss-replication-rule-id"]
    shown = bucket.get_bucket_replication().rule_list[0]
    assert (shown.rule_id, shown.status, shown.action_list) == (name, "starting", ["ALL"])
    assert (shown.target_bucket_name, shown.target_bucket_location, shown.target_transfer_type) == (SPARE, "oss-cn-beijing", None)
    assert bucket.get_bucket_info().cross_region_replication == "Enabled"
    progress = bucket.get_bucket_replication_progress(name).progress
    assert (progress.status, progress.new_object_progress, progress.is_enable_historical_object_replication) == ("starting", None, True)
    with refused(400, "BucketReplicationAlreadyExist", "0031-00000044"):
        bucket.put_bucket_replication(rule(rule_id="another"))
    until(lambda: status(bucket) == "doing")
    progress = bucket.get_bucket_replication_progress(name).progress
    assert (progress.historical_object_progress, progress.new_object_progress.endswith("GMT")) == (1.0, True)
    cloud.fault("slow_operation", cloud="alibaba", action="replication.close", seconds=2)
    assert bucket.delete_bucket_replication(name).status == 200
    assert bucket.delete_bucket_replication(name).status == 204  # it is closing already
    assert status(bucket) == "closing"
    with refused(400, "BucketReplicationAlreadyExist"):
        bucket.put_bucket_replication(rule())
    until(lambda: status(bucket) is None)
    with refused(404, "NoSuchReplicationRule"):
        bucket.get_bucket_replication_progress(name)
    assert bucket.get_bucket_info().cross_region_replication == "Disabled"
    assert bucket.delete_bucket_replication(name).status == 200  # nothing there is no error
    bucket.put_bucket_replication(rule())


def test_everything_a_rule_can_say(bucket: oss2.Bucket) -> None:
    client = new()
    whole = oss.ReplicationRule(
        rtc=oss.ReplicationTimeControl(status="enabled"),
        prefix_set=oss.ReplicationPrefixSet(prefixs=["charts/", "maps/"]),
        action="PUT,DELETE",
        destination=oss.ReplicationDestination(bucket=SPARE, location="oss-cn-beijing", transfer_type="oss_acc"),
        historical_object_replication="disabled",
        sync_role="replicator",
        source_selection_criteria=oss.ReplicationSourceSelectionCriteria(
            sse_kms_encrypted_objects=oss.SseKmsEncryptedObjects(status="Enabled")
        ),
        encryption_configuration=oss.ReplicationEncryptionConfiguration(replica_kms_key_id="key-1"),
    )
    configuration = oss.ReplicationConfiguration(rules=[whole])
    request = oss.PutBucketReplicationRequest(bucket=CHARTS, replication_configuration=configuration)
    name = client.put_bucket_replication(request).headers["x-oss-replication-rule-id"]  # the SDK's own field stays None

    def shown() -> oss.ReplicationRule:
        answer = client.get_bucket_replication(oss.GetBucketReplicationRequest(bucket=CHARTS)).replication_configuration
        assert answer is not None
        assert answer.rules is not None
        return answer.rules[0]

    def rtc() -> str | None:
        present = shown().rtc
        return present.status if present else None

    first = shown()
    assert (first.id, first.action, first.sync_role, rtc()) == (name, "PUT,DELETE", "replicator", "enabling")
    assert first.destination is not None
    assert first.destination.transfer_type == "oss_acc"
    assert first.prefix_set is not None
    assert first.prefix_set.prefixs == ["charts/", "maps/"]
    assert first.encryption_configuration is not None
    assert first.encryption_configuration.replica_kms_key_id == "key-1"
    until(lambda: rtc() == "enabled")
    off = oss.RtcConfiguration(rtc=oss.ReplicationTimeControl(status="disabled"), id=name)
    client.put_bucket_rtc(oss.PutBucketRtcRequest(bucket=CHARTS, rtc_configuration=off))
    assert rtc() is None
    on = oss.RtcConfiguration(rtc=oss.ReplicationTimeControl(status="enabled"), id=name)
    client.put_bucket_rtc(oss.PutBucketRtcRequest(bucket=CHARTS, rtc_configuration=on))
    assert rtc() == "enabling"
    with refused(404, "NoSuchReplicationRule"):
        unknown = oss.RtcConfiguration(rtc=oss.ReplicationTimeControl(status="enabled"), id="unknown")
        client.put_bucket_rtc(oss.PutBucketRtcRequest(bucket=CHARTS, rtc_configuration=unknown))
    progress = client.get_bucket_replication_progress(
        oss.GetBucketReplicationProgressRequest(bucket=CHARTS, rule_id=name)
    ).replication_progress
    assert progress is not None
    assert [each.id for each in progress.rules or []] == [name]
    spare = old(SPARE, BEIJING)
    spare.put_bucket_transfer_acceleration("true")
    with refused(409, "TransferAccAlreadyInUse", "0028-00000003"):
        spare.put_bucket_transfer_acceleration("false")
    closing = oss.ReplicationRules(ids=[name])
    client.delete_bucket_replication(oss.DeleteBucketReplicationRequest(bucket=CHARTS, replication_rules=closing))
    assert shown().status == "closing"


def test_kms_parts_vanish_without_a_role(bucket: oss2.Bucket) -> None:
    bucket.put_bucket_replication(rule(rule_id="own", replica_kms_keyid="key-1", sse_kms_encrypted_objects_status="Enabled"))
    shown = bucket.get_bucket_replication().rule_list[0]
    assert (shown.rule_id, shown.replica_kms_keyid, shown.sse_kms_encrypted_objects_status) == ("own", None, None)


def test_where_one_can_replicate_to(bucket: oss2.Bucket) -> None:
    locations = bucket.get_bucket_replication_location()
    assert "oss-cn-beijing" in locations.location_list
    assert "oss-cn-shanghai" not in locations.location_list
    assert "oss-us-west-1" in [each.location for each in locations.location_transfer_type_list]
    newer = new().get_bucket_replication_location(oss.GetBucketReplicationLocationRequest(bucket=CHARTS)).replication_location
    assert newer is not None
    assert newer.locationrtc_constraint is not None
    assert "oss-cn-beijing" in (newer.locationrtc_constraint.locations or [])


def test_rules_that_cannot_be(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    for target in ("none", CHARTS):
        with refused(400, "InvalidTargetBucket"):
            bucket.put_bucket_replication(rule(target_bucket_name=target))
    for location in ("oss-cn-hangzhou", "cn-beijing"):  # a region's bare name is no location
        with refused(400, "InvalidTargetLocation", says="does not locate in the target location"):
            bucket.put_bucket_replication(rule(target_bucket_location=location))
    with refused(400, "BadReplicationLocation"):
        bucket.put_bucket_replication(rule(target_bucket_location="oss-cn-atlantis"))
    with refused(400, "TooManyPrefixes"):
        bucket.put_bucket_replication(rule(prefix_list=[str(number) for number in range(11)]))
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_replication(rule(target_transfer_type="fast"))
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_replication(rule(action_list=["COPY"]))
    with refused(400, "InvalidArgument", says="ReplicaKmsKeyID"):
        bucket.put_bucket_replication(rule(sync_role_name="role", sse_kms_encrypted_objects_status="Enabled"))
    with refused(400, "MalformedXML", "0031-00000001"):
        bucket._do("POST", CHARTS, "", data="<Rule/>", params={"replication": "", "comp": "add"})
    one = f"<Rule><Destination><Bucket>{SPARE}</Bucket><Location>oss-cn-beijing</Location></Destination></Rule>"
    with refused(400, "TooManyReplicationRules"):
        bucket._do(
            "POST",
            CHARTS,
            "",
            data=f"<ReplicationConfiguration>{one * 2}</ReplicationConfiguration>",
            params={"replication": "", "comp": "add"},
        )
    bucket.put_bucket_versioning(BucketVersioningConfig("Enabled"))
    with refused(400, "InvalidRequest", says="Different versioning status"):
        bucket.put_bucket_replication(rule())
    near = old("near")
    near.create_bucket()
    near.put_bucket_versioning(BucketVersioningConfig("Enabled"))
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_replication(
            rule(target_bucket_name="near", target_bucket_location="oss-cn-shanghai", target_transfer_type="oss_acc")
        )
    bucket.put_bucket_replication(rule(target_bucket_name="near", target_bucket_location="oss-cn-shanghai"))  # within the region
    poor = plant_key(cloud, "poor", policy=["oss:GetBucketReplication"])
    assert len(old(key=poor).get_bucket_replication().rule_list) == 1
    with refused(403, "AccessDenied"):
        old(key=poor).put_bucket_replication(rule())


def test_objects_arrive(bucket: oss2.Bucket) -> None:
    spare = old(SPARE, BEIJING)
    bucket.put_object("charts/before.png", b"before")
    bucket.put_bucket_replication(rule(prefix_list=["charts/"]))
    bucket.put_object("charts/after.png", b"after", headers={"x-oss-meta-kind": "line"})
    bucket.put_object("other.png", b"other")
    assert not spare.object_exists("charts/after.png")  # it takes a moment
    until(lambda: spare.object_exists("charts/after.png") and spare.object_exists("charts/before.png"))
    there, here = spare.get_object("charts/after.png"), bucket.head_object("charts/after.png")
    assert (there.read(), there.headers["x-oss-meta-kind"], there.etag) == (b"after", "line", here.etag)
    assert not spare.object_exists("other.png")
    bucket.delete_object("charts/after.png")
    until(lambda: not spare.object_exists("charts/after.png"))


def test_a_rule_that_only_adds(bucket: oss2.Bucket) -> None:
    spare = old(SPARE, BEIJING)
    for each in (bucket, spare):
        each.put_bucket_versioning(BucketVersioningConfig("Enabled"))
    bucket.put_object("before.png", b"before")
    bucket.put_bucket_replication(rule(action_list=["PUT"], is_enable_historical_object_replication=False))
    first = bucket.put_object("a.png", b"first").versionid
    second = bucket.put_object("a.png", b"second").versionid
    until(lambda: len(spare.list_object_versions().versions) == 2)
    assert [each.versionid for each in spare.list_object_versions().versions] == [second, first]
    bucket.delete_object("a.png")
    bucket.put_object("b.png", b"b")
    until(lambda: spare.object_exists("b.png"))
    assert spare.get_object("a.png").read() == b"second"
    assert not spare.object_exists("before.png")
