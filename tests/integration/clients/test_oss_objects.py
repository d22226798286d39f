# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: objects, versions, multipart uploads and pre-signed links."""

from __future__ import annotations

import datetime
import io

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import CHARTS, SPARE, deployer, new, old, refused

NAME = "charts/é +&'.png"


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


def test_an_object(bucket: oss2.Bucket) -> None:
    client = new()
    written = client.put_object(oss.PutObjectRequest(bucket=CHARTS, key=NAME, body=b"0123456789", metadata={"kind": "line"}))
    assert written.etag == '"781E5E245D69B566979B86E28D23F2C7"'
    read = bucket.get_object(NAME)
    assert (read.read(), read.headers["x-oss-meta-kind"], read.content_type) == (b"0123456789", "line", "image/png")
    assert read.server_crc == read.client_crc  # oss2 computes its own
    assert bucket.get_object(NAME, byte_range=(2, 4)).read() == b"234"
    assert bucket.get_object(NAME, byte_range=(None, 3)).read() == b"789"
    head = client.head_object(oss.HeadObjectRequest(bucket=CHARTS, key=NAME))
    assert (head.content_length, head.storage_class, head.object_type) == (10, "Standard", "Normal")
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=CHARTS, key=NAME))
    assert meta.content_length == 10
    assert client.get_object(oss.GetObjectRequest(bucket=CHARTS, key=NAME)).status_code == 200
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object(NAME, headers={"If-None-Match": read.headers["ETag"]})
    with refused(412, "PreconditionFailed"):
        bucket.get_object(NAME, headers={"If-Match": "other"})
    with refused(409, "FileAlreadyExists"):
        bucket.put_object(NAME, b"again", headers={"x-oss-forbid-overwrite": "true"})
    bucket.copy_object(CHARTS, NAME, "copy.png")
    assert bucket.get_object("copy.png").read() == b"0123456789"
    with refused(404, "NoSuchKey", "0026-00000001"):
        bucket.get_object("none.png")
    with refused(404, "NoSuchKey", "0026-00000001"):
        bucket.head_object("none.png")
    client.delete_object(oss.DeleteObjectRequest(bucket=CHARTS, key=NAME))
    bucket.delete_object(NAME)  # deleting nothing is no error
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 10)


def test_acl_tags_and_encryption_of_an_object(bucket: oss2.Bucket) -> None:
    bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("AES256"))
    assert bucket.put_object("a.png", b"a", headers={"x-oss-tagging": "kind=line"}).headers["x-oss-server-side-encryption"] == "AES256"
    assert bucket.get_object_tagging("a.png").tag_set.tagging_rule == {"kind": "line"}
    rule = oss2.models.TaggingRule()
    rule.add("kind", "bar")
    bucket.put_object_tagging("a.png", oss2.models.Tagging(rule))
    assert bucket.get_object("a.png").headers["x-oss-tagging-count"] == "1"
    bucket.delete_object_tagging("a.png")
    assert bucket.get_object_tagging("a.png").tag_set.tagging_rule == {}
    assert bucket.get_object_acl("a.png").acl == "default"
    with refused(403, "AccessDenied", says="Put public object acl is not allowed"):
        bucket.put_object_acl("a.png", "public-read")
    new().delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=CHARTS))
    bucket.put_object_acl("a.png", "public-read")
    assert requests.get(f"https://{CHARTS}.oss-cn-shanghai.aliyuncs.com/a.png", timeout=10).content == b"a"


def test_listing_objects(bucket: oss2.Bucket) -> None:
    names = [f"charts/{number:02}.png" for number in range(12)] + ["a é.png", "maps/1.png", "top.png"]
    for name in names:
        bucket.put_object(name, b"x")
    assert [each.key for each in oss2.ObjectIteratorV2(bucket, max_keys=4)] == sorted(names)
    assert [each.key for each in oss2.ObjectIterator(bucket, max_keys=4)] == sorted(names)
    pages = new().list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=CHARTS, delimiter="/", max_keys=2))
    found = [[each.prefix for each in page.common_prefixes or []] + [each.key for each in page.contents or []] for page in pages]
    assert found == [["charts/", "a é.png"], ["maps/", "top.png"]]
    part = bucket.list_objects_v2(prefix="charts/", start_after="charts/09.png", fetch_owner=True)
    assert ([each.key for each in part.object_list], part.is_truncated) == (["charts/10.png", "charts/11.png"], False)
    with refused(400, "InvalidArgument"):
        bucket.list_objects_v2(max_keys=0)
    with refused(400, "InvalidArgument"):
        bucket.list_objects_v2(continuation_token="not a token")
    assert bucket.batch_delete_objects(["a é.png", "top.png"]).deleted_keys == ["a é.png", "top.png"]
    many = oss.DeleteMultipleObjectsRequest(bucket=CHARTS, objects=[oss.DeleteObject(key=name) for name in names])
    assert len(new().delete_multiple_objects(many).deleted_objects or []) == len(names)
    assert bucket.list_objects_v2().object_list == []


def test_versions(bucket: oss2.Bucket) -> None:
    bucket.put_object("a.png", b"zero")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    first = bucket.put_object("a.png", b"one").versionid
    marker = bucket.delete_object("a.png")
    assert marker.delete_marker is True
    with refused(404, "NoSuchKey"):
        bucket.get_object("a.png")
    assert bucket.get_object("a.png", params={"versionId": first}).read() == b"one"
    assert bucket.get_object("a.png", params={"versionId": "null"}).read() == b"zero"
    with refused(405, "MethodNotAllowed"):
        bucket.get_object("a.png", params={"versionId": marker.versionid})
    with refused(404, "NoSuchVersion"):
        bucket.get_object("a.png", params={"versionId": "none"})
    bucket.put_object("b.png", b"b")
    whole = [(each.key, each.versionid, each.is_latest) for each in bucket.list_object_versions().versions]
    assert whole[:2] == [("a.png", first, False), ("a.png", "null", False)]
    page = bucket.list_object_versions(max_keys=2)
    rest = bucket.list_object_versions(key_marker=page.next_key_marker, versionid_marker=page.next_versionid_marker)
    assert (page.is_truncated, rest.versions[0].versionid) == (True, "null")
    bucket.delete_object("a.png", params={"versionId": marker.versionid})
    assert bucket.get_object("a.png").read() == b"one"  # the marker is gone
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Suspended"))
    bucket.put_object("a.png", b"two")
    assert [each.versionid for each in bucket.list_object_versions(prefix="a").versions] == ["null", first]


def test_multipart(bucket: oss2.Bucket) -> None:
    upload = bucket.init_multipart_upload("big.bin").upload_id
    part = b"p" * 102400
    done = [bucket.upload_part("big.bin", upload, number, part) for number in (1, 2)]
    assert [each.part_number for each in bucket.list_parts("big.bin", upload).parts] == [1, 2]
    assert [each.key for each in bucket.list_multipart_uploads().upload_list] == ["big.bin"]
    assert bucket.get_bucket_stat().multi_part_upload_count == 1
    with refused(400, "InvalidPart"):
        bucket.complete_multipart_upload("big.bin", upload, [oss2.models.PartInfo(3, done[0].etag)])
    bucket.complete_multipart_upload("big.bin", upload, [oss2.models.PartInfo(number, each.etag) for number, each in enumerate(done, 1)])
    head = bucket.head_object("big.bin")
    assert (head.content_length, head.object_type, head.etag[-2:]) == (204800, "Multipart", "-2")
    with refused(404, "NoSuchUpload"):
        bucket.upload_part("big.bin", upload, 3, part)
    other = bucket.init_multipart_upload("other.bin").upload_id
    small = [bucket.upload_part("other.bin", other, number, b"small") for number in (1, 2)]
    with refused(400, "EntityTooSmall"):
        bucket.complete_multipart_upload(
            "other.bin", other, [oss2.models.PartInfo(number, each.etag) for number, each in enumerate(small, 1)]
        )
    bucket.abort_multipart_upload("other.bin", other)
    uploaded = new().uploader(part_size=102400).upload_from(oss.PutObjectRequest(bucket=CHARTS, key="up.bin"), io.BytesIO(part * 3))
    assert uploaded.status_code == 200
    assert bucket.head_object("up.bin").content_length == 307200


def test_links(bucket: oss2.Bucket) -> None:
    """Pre-signed by both SDKs, followed by a client that knows nothing of OSS."""
    put = new().presign(oss.PutObjectRequest(bucket=CHARTS, key=NAME, content_type="image/png"))
    assert requests.put(str(put.url), data=b"chart", headers=put.signed_headers, timeout=10).status_code == 200
    for link in (
        bucket.sign_url("GET", NAME, 600, slash_safe=True),
        bucket.sign_url("GET", NAME, 600),
        str(new().presign(oss.GetObjectRequest(bucket=CHARTS, key=NAME)).url),
    ):
        answer = requests.get(link, timeout=10)
        assert (answer.status_code, answer.content, answer.headers["x-oss-force-download"]) == (200, b"chart", "true")
        assert answer.headers["Content-Disposition"] == "attachment"
    for broken in (link.replace("x-oss-expires=900", "x-oss-expires=901"), link.replace("charts", "charts2", 1), link + "&versionId=null"):
        assert "<Code>" in requests.get(broken, timeout=10).text
    assert requests.get(link + "&versionId=null", timeout=10).headers["x-oss-ec"] == "0002-00000201"
    assert requests.delete(link, timeout=10).status_code == 403  # signed for GET alone
    assert requests.put(str(put.url), data=b"x", headers={"Content-Type": "text/plain"}, timeout=10).status_code == 403


def test_links_do_not_live_for_ever(bucket: oss2.Bucket) -> None:
    bucket.put_object("a.png", b"a")
    week = 7 * 24 * 3600
    assert requests.get(bucket.sign_url("GET", "a.png", week), timeout=10).status_code == 200
    too_long = requests.get(bucket.sign_url("GET", "a.png", week + 1), timeout=10)
    assert (too_long.status_code, "<Code>InvalidArgument</Code>" in too_long.text) == (400, True)
    without = requests.get(bucket.sign_url("GET", "a.png", 60).replace("x-oss-expires=60", "x-oss-expires="), timeout=10)
    assert (without.status_code, without.headers["x-oss-ec"]) == (400, "0002-00000216")
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    signer = oss.signer.SignerV4()
    context = oss.types.SigningContext(product="oss", region="cn-shanghai", bucket=CHARTS, key="a.png")
    context.request = oss.types.HttpRequest("GET", f"https://{CHARTS}.oss-cn-shanghai.aliyuncs.com/a.png")
    context.credentials = oss.credentials.StaticCredentialsProvider(*deployer()).get_credentials()
    context.signing_time, context.expiration_time = past, past + datetime.timedelta(minutes=5)
    context.auth_method_query = True
    signer.sign(context)
    late = requests.get(context.request.url, timeout=10)
    assert (late.status_code, "Request has expired." in late.text) == (403, True)


def test_names_of_objects(bucket: oss2.Bucket) -> None:
    with refused(400, "InvalidObjectName"):
        bucket.put_object("x" * 1024, b"x")
    with refused(404, "NoSuchBucket", "0015-00000101"):
        old(SPARE).put_object("a.png", b"a")
