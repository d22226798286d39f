# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: who may speak to it, and buckets as such."""

from __future__ import annotations

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import BEIJING, CHARTS, SHANGHAI, SPARE, deployer, new, old, oss_state, plant_key, refused

HOST = f"{CHARTS}.oss-{SHANGHAI}.aliyuncs.com"


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


# --- rights --------------------------------------------------------------------------


def test_a_key_may_do_what_it_was_granted(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    bucket.put_object("charts/a.png", b"a")
    reader = plant_key(
        cloud,
        "reader",
        policy={
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": f"acs:oss:*:*:{CHARTS}/charts/*"}],
        },
    )
    assert old(key=reader).get_object("charts/a.png").read() == b"a"
    with refused(403, "AccessDenied", "0003-00000001", says="because of bucket acl"):
        old(key=reader).get_object("other.png")
    with refused(403, "AccessDenied", "0003-00000001", says="does not belong to you"):
        old(key=reader).get_bucket_info()
    with refused(403, "AccessDenied", "0003-00000202"):
        old(SPARE, key=reader).create_bucket()
    with refused(403, "AccessDenied", says="forbidden to list buckets"):
        new(key=reader).list_buckets(oss.ListBucketsRequest())
    with pytest.raises(oss2.exceptions.AccessDenied) as caught:
        old(key=reader).put_bucket_acl("private")
    assert caught.value.details["Bucket"] == CHARTS  # beside AccessDeniedDetail, which oss2 flattens
    assert "oss:PutBucketAcl" in caught.value.body.decode()
    by_actions = plant_key(cloud, "lister", policy=["oss:ListBuckets"])
    assert [each.name for each in new(key=by_actions).list_buckets(oss.ListBucketsRequest()).buckets or []] == [CHARTS]


def test_anybody_sees_what_is_public(bucket: oss2.Bucket) -> None:
    bucket.put_object("a.png", b"a")
    url = f"https://{HOST}/a.png"
    private = requests.get(url, timeout=10)
    assert (private.status_code, private.headers["x-oss-ec"]) == (403, "0003-00000001")
    with refused(403, "AccessDenied", says="Put public bucket acl is not allowed"):
        bucket.put_bucket_acl("public-read")
    client = new()
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=CHARTS))
    bucket.put_bucket_acl("public-read")
    assert (bucket.get_bucket_acl().acl, requests.get(url, timeout=10).content) == ("public-read", b"a")
    assert requests.put(url, data=b"b", timeout=10).status_code == 403
    assert requests.get(f"https://{HOST}/?acl", timeout=10).status_code == 403
    assert requests.get(f"https://oss-{SHANGHAI}.aliyuncs.com/", timeout=10).status_code == 403
    block = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_bucket_public_access_block(oss.PutBucketPublicAccessBlockRequest(bucket=CHARTS, public_access_block_configuration=block))
    assert requests.get(url, timeout=10).status_code == 403  # what was public no longer is


def test_a_bucket_of_somebody_else(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    with oss_state(cloud) as state:
        state["buckets"][CHARTS]["owner"] = "1000000000000001"
    with refused(403, "AccessDenied", "0003-00000001", says="does not belong to you"):
        bucket.get_bucket_info()
    with refused(409, "BucketAlreadyExists", "0015-00000102", says="shared by all users"):
        bucket.create_bucket()
    assert not new().list_buckets(oss.ListBucketsRequest()).buckets


# --- buckets -------------------------------------------------------------------------


def test_a_new_bucket(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    client = new()
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=CHARTS)).bucket_info
    assert info is not None
    assert (info.name, info.location, info.storage_class, info.data_redundancy_type) == (CHARTS, "oss-cn-shanghai", "Standard", "LRS")
    assert (info.acl, info.versioning, info.block_public_access, info.access_monitor) == ("private", None, True, "Disabled")
    assert (info.transfer_acceleration, info.cross_region_replication) == ("Disabled", "Disabled")
    assert info.sse_rule is not None
    assert info.sse_rule.sse_algorithm == "None"
    assert (info.extranet_endpoint, info.intranet_endpoint) == ("oss-cn-shanghai.aliyuncs.com", "oss-cn-shanghai-internal.aliyuncs.com")
    older = bucket.get_bucket_info()
    assert (older.bucket_encryption_rule.sse_algorithm, older.versioning_status) == (None, None)
    assert bucket.get_bucket_location().location == "oss-cn-shanghai"
    assert client.get_bucket_location(oss.GetBucketLocationRequest(bucket=CHARTS)).location == "oss-cn-shanghai"
    stat = client.get_bucket_stat(oss.GetBucketStatRequest(bucket=CHARTS))
    assert (stat.storage, stat.object_count, stat.multi_part_upload_count, stat.delete_marker_count) == (0, 0, 0, 0)
    with cloud.state() as state:
        assert info.owner is not None
        assert info.owner.id == state["alibaba"]["credentials"]["account_id"]


def test_what_a_bucket_is_made_of_stays(bucket: oss2.Bucket) -> None:
    bucket.create_bucket("private")  # not an error, and no news
    with refused(409, "BucketAlreadyExists", says="can't modify location"):
        old(region=BEIJING).create_bucket()
    with refused(409, "BucketAlreadyExists", says="storage class"):
        bucket.create_bucket(input=oss2.models.BucketCreateConfig("IA"))
    with refused(409, "BucketAlreadyExists", says="data redundancy type"):
        bucket.create_bucket(input=oss2.models.BucketCreateConfig("Standard", "ZRS"))
    with refused(403, "AccessDenied", says="Put public bucket acl is not allowed"):
        old(SPARE).create_bucket("public-read")
    with refused(404, "NoSuchBucket", "0015-00000101"):
        old(SPARE).get_bucket_info()
    new().put_bucket(
        oss.PutBucketRequest(
            bucket=SPARE,
            resource_group_id="rg-charts",
            create_bucket_configuration=oss.CreateBucketConfiguration(storage_class="IA", data_redundancy_type="ZRS"),
        )
    )
    info = new().get_bucket_info(oss.GetBucketInfoRequest(bucket=SPARE)).bucket_info
    assert info is not None
    assert (info.storage_class, info.data_redundancy_type, info.resource_group_id) == ("IA", "ZRS", "rg-charts")


def test_names_and_limits(cloud: LocalCloud) -> None:
    for method in ("GET", "PUT"):
        answer = requests.request(method, f"https://ab.oss-{SHANGHAI}.aliyuncs.com/?acl", timeout=10)  # longer ones are no host names
        assert (answer.status_code, answer.headers["x-oss-ec"]) == (400, "0015-00000001")
    bucket = old()
    bucket.create_bucket()
    with oss_state(cloud) as state:
        state["buckets"] |= {f"filler-{number:03}": state["buckets"][CHARTS] for number in range(99)}
    with refused(400, "TooManyBuckets"):
        old(SPARE).create_bucket()
    old(SPARE, BEIJING).create_bucket()  # the limit is a region's


def test_wrong_endpoints(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.AccessDenied) as caught:
        old(region=BEIJING).get_bucket_info()
    assert (caught.value.ec, caught.value.details["Endpoint"]) == ("0003-00001403", "oss-cn-shanghai.aliyuncs.com")
    path_style = requests.get(f"https://oss-{SHANGHAI}.aliyuncs.com/{CHARTS}/a.png", timeout=10)
    assert (path_style.status_code, "SecondLevelDomainForbidden" in path_style.text) == (403, True)
    assert requests.get(f"https://{CHARTS}.oss-cn-atlantis.aliyuncs.com/", timeout=10).status_code == 404
    assert old(endpoint=f"https://oss-{SHANGHAI}-internal.aliyuncs.com").get_bucket_acl().acl == "private"
    faster = old(endpoint="https://oss-accelerate.aliyuncs.com")
    with refused(400, "TransferAccelerationDisabled"):
        faster.get_bucket_acl()
    bucket.put_bucket_transfer_acceleration("true")
    assert faster.get_bucket_acl().acl == "private"
    with oss_state(cloud) as state:
        state["public_endpoint_forbidden"] = True
    with refused(400, "PublicEndpointForbidden", "0048-00000401"):
        bucket.put_object("a.png", b"a")
    assert bucket.get_bucket_acl().acl == "private"  # settings can still be made


def test_listing_buckets_by_pages(cloud: LocalCloud) -> None:
    for number, region in enumerate((SHANGHAI, BEIJING, SHANGHAI, SHANGHAI, SHANGHAI)):
        old(f"charts-{number}", region).create_bucket()
    old("other", SHANGHAI).create_bucket()
    service = oss2.Service(oss2.AuthV4(*deployer()), f"https://oss-{SHANGHAI}.aliyuncs.com", region=SHANGHAI)
    first = service.list_buckets(prefix="charts-", max_keys=2)
    assert ([each.name for each in first.buckets], first.is_truncated, first.next_marker) == (["charts-0", "charts-1"], True, "charts-1")
    assert [each.location for each in first.buckets] == ["oss-cn-shanghai", "oss-cn-beijing"]
    assert [each.name for each in oss2.BucketIterator(service, prefix="charts-", max_keys=2)] == [f"charts-{number}" for number in range(5)]
    pages = new().list_buckets_paginator().iter_page(oss.ListBucketsRequest(max_keys=4))
    assert [[each.name for each in page.buckets or []] for page in pages] == [
        [f"charts-{number}" for number in range(4)],
        ["charts-4", "other"],
    ]
    with refused(400, "InvalidArgument"):
        service.list_buckets(max_keys=1001)
    regions = new().describe_regions(oss.DescribeRegionsRequest(regions="oss-cn-shanghai")).region_info or []
    assert [each.internal_endpoint for each in regions] == ["oss-cn-shanghai-internal.aliyuncs.com"]


def test_deleting_a_bucket(bucket: oss2.Bucket) -> None:
    bucket.put_object("a.png", b"a")
    with refused(409, "BucketNotEmpty", "0015-00000301"):
        bucket.delete_bucket()
    bucket.delete_object("a.png")
    upload = bucket.init_multipart_upload("big").upload_id
    with refused(409, "BucketNotEmpty"):
        bucket.delete_bucket()
    bucket.abort_multipart_upload("big", upload)
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    bucket.put_object("a.png", b"a")
    bucket.delete_object("a.png")
    with refused(409, "BucketNotEmpty"):  # an old version and a delete marker
        bucket.delete_bucket()
    listed = bucket.list_object_versions()
    versions = oss2.models.BatchDeleteObjectVersionList(
        [oss2.models.BatchDeleteObjectVersion(each.key, each.versionid) for each in listed.versions + listed.delete_marker]
    )
    bucket.delete_object_versions(versions)
    assert bucket.delete_bucket().status == 204
    with refused(404, "NoSuchBucket", "0015-00000101"):
        bucket.delete_bucket()


# --- the world around ----------------------------------------------------------------


def test_faults_speak_as_oss_does(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    cloud.fault("status", cloud="alibaba", status=503, retry_after=3)
    with refused(503, "ServiceUnavailable"):
        bucket.get_bucket_info()
    cloud.fault("status", action="PutBucketAcl", status=409, code="OperationConflict")
    with refused(409, "OperationConflict"):
        bucket.put_bucket_acl("private")
    cloud.fault("expired_token")
    with refused(403, "SecurityTokenExpired"):
        bucket.get_bucket_info()
    client = new()
    cloud.fault("status", status=500, count=1)
    with refused(500, "InternalError"):
        client.get_bucket_info(oss.GetBucketInfoRequest(bucket=CHARTS))


def test_the_journal_knows_reads_from_writes(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    cloud.forget()
    bucket.get_bucket_acl()
    bucket.put_bucket_acl("private")
    with pytest.raises(oss2.exceptions.NoSuchReplicationRule):
        bucket.get_bucket_replication_progress("none")
    assert [(entry["action"], entry["write"]) for entry in cloud.journal] == [
        ("GetBucketAcl", False),
        ("PutBucketAcl", True),
        ("GetBucketReplicationProgress", False),
    ]
    assert requests.get(f"https://{HOST}/?inventory", timeout=10).status_code == 501  # never mistaken for a list of objects
