# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: each setting of a bucket, written by one SDK and read by the other; what is shown before, after, and when it is refused."""

from __future__ import annotations

import re

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import BEIJING, CHARTS, SHANGHAI, new, old, oss_state, raw, refused


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


# --- versioning, encryption ------------------------------------------------------------


def test_versioning(bucket: oss2.Bucket) -> None:
    assert (bucket.get_bucket_versioning().status, bucket.get_bucket_info().versioning_status) == (None, None)
    assert "Status" not in raw(bucket, "GET", "versioning")
    new().put_bucket_versioning(
        oss.PutBucketVersioningRequest(bucket=CHARTS, versioning_configuration=oss.VersioningConfiguration(status="Enabled"))
    )
    assert (bucket.get_bucket_versioning().status, bucket.get_bucket_info().versioning_status) == ("Enabled", "Enabled")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Suspended"))
    assert new().get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=CHARTS)).version_status == "Suspended"
    with refused(400, "MalformedXML"):
        bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Disabled"))


def test_encryption(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchServerSideEncryptionRule"):
        bucket.get_bucket_encryption()
    bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("AES256"))
    assert bucket.get_bucket_encryption().sse_algorithm == "AES256"
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm == "AES256"
    assert "<KMSMasterKeyID></KMSMasterKeyID>" in raw(bucket, "GET", "encryption")
    by_default = oss.ApplyServerSideEncryptionByDefault(sse_algorithm="KMS", kms_master_key_id="key-1", kms_data_encryption="SM4")
    rule = oss.ServerSideEncryptionRule(apply_server_side_encryption_by_default=by_default)
    new().put_bucket_encryption(oss.PutBucketEncryptionRequest(bucket=CHARTS, server_side_encryption_rule=rule))
    shown = new().get_bucket_encryption(oss.GetBucketEncryptionRequest(bucket=CHARTS)).server_side_encryption_rule
    assert shown is not None
    assert shown.apply_server_side_encryption_by_default is not None
    assert (
        vars(shown.apply_server_side_encryption_by_default).items() >= {"kms_master_key_id": "key-1", "kms_data_encryption": "SM4"}.items()
    )
    with refused(400, "InvalidEncryptionAlgorithmError"):
        bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("aes256"))
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("AES256", "key-1"))
    assert bucket.delete_bucket_encryption().status == 204
    assert bucket.delete_bucket_encryption().status == 204


# --- CORS ----------------------------------------------------------------------------------


def test_cors(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchCORSConfiguration"):
        bucket.get_bucket_cors()
    rules = [
        oss2.models.CorsRule(["*"], ["GET", "HEAD"], ["*"], [], 3600),
        oss2.models.CorsRule(["https://b.example"], ["PUT"], ["x-oss-*"], ["ETag"], None),
    ]
    bucket.put_bucket_cors(oss2.models.BucketCors(rules))
    shown = new().get_bucket_cors(oss.GetBucketCorsRequest(bucket=CHARTS)).cors_configuration
    assert shown is not None
    assert [rule.allowed_methods for rule in shown.cors_rules or []] == [["GET", "HEAD"], ["PUT"]]
    assert ([rule.max_age_seconds for rule in shown.cors_rules or []], shown.response_vary) == ([3600, None], False)
    assert bucket.delete_bucket_cors().status == 204
    first = oss.CORSRule(allowed_origins=["https://a.example"], allowed_methods=["GET"])
    configuration = oss.CORSConfiguration(cors_rules=[first], response_vary=True)
    new().put_bucket_cors(oss.PutBucketCorsRequest(bucket=CHARTS, cors_configuration=configuration))
    assert "<ResponseVary>true</ResponseVary>" in raw(bucket, "GET", "cors")
    with refused(400, "MalformedXML"):
        bucket.put_bucket_cors(oss2.models.BucketCors([oss2.models.CorsRule(["*"], ["OPTIONS"], [], [], 1)]))
    with refused(400, "MalformedXML"):
        bucket.put_bucket_cors(oss2.models.BucketCors([oss2.models.CorsRule(["*.*.example"], ["GET"], [], [], 1)]))
    with refused(400, "CORSRuleBeyondLimit"):
        bucket.put_bucket_cors(oss2.models.BucketCors([rules[0]] * 21))


def test_browsers_meet_the_first_rule_that_fits(bucket: oss2.Bucket) -> None:
    url = f"https://{CHARTS}.oss-{SHANGHAI}.aliyuncs.com/a.png"
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-one"}
    assert requests.options(url, headers=asked, timeout=10).status_code == 403
    bucket.put_bucket_cors(oss2.models.BucketCors([oss2.models.CorsRule(["https://*.example"], ["GET"], ["x-*"], ["ETag"], 60)]))
    request = oss.OptionObjectRequest(
        bucket=CHARTS, key="a.png", origin=asked["Origin"], access_control_request_method="GET", access_control_request_headers="x-one"
    )
    answer = new().option_object(request)
    assert (answer.access_control_allow_origin, answer.access_control_max_age) == ("https://a.example", 60)
    assert requests.options(url, headers={**asked, "Origin": "https://a.test"}, timeout=10).status_code == 403
    bucket.put_object("a.png", b"a")
    shown = requests.get(bucket.sign_url("GET", "a.png", 60), headers={"Origin": "https://a.example"}, timeout=10)
    assert (shown.headers["Access-Control-Allow-Origin"], shown.headers["Access-Control-Expose-Headers"]) == ("https://a.example", "ETag")


# --- the rest ----------------------------------------------------------------------------


def test_transfer_acceleration(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchTransferAccelerationConfiguration"):
        bucket.get_bucket_transfer_acceleration()
    for wanted in (True, False):
        configuration = oss.TransferAccelerationConfiguration(enabled=wanted)
        request = oss.PutBucketTransferAccelerationRequest(bucket=CHARTS, transfer_acceleration_configuration=configuration)
        new().put_bucket_transfer_acceleration(request)
        assert bucket.get_bucket_transfer_acceleration().enabled == str(wanted).lower()
        assert bucket.get_bucket_info().transfer_acceleration == ("Enabled" if wanted else "Disabled")
    with refused(400, "MalformedXML"):
        bucket.put_bucket_transfer_acceleration("yes")


def test_logging(bucket: oss2.Bucket) -> None:
    assert bucket.get_bucket_logging().target_bucket == ""
    old("logs").create_bucket()
    old("far", BEIJING).create_bucket()
    bucket.put_bucket_logging(oss2.models.BucketLogging("logs", "charts/"))
    shown = new().get_bucket_logging(oss.GetBucketLoggingRequest(bucket=CHARTS)).bucket_logging_status
    assert shown is not None
    assert shown.logging_enabled is not None
    assert (shown.logging_enabled.target_bucket, shown.logging_enabled.target_prefix) == ("logs", "charts/")
    info = new().get_bucket_info(oss.GetBucketInfoRequest(bucket=CHARTS)).bucket_info
    assert info is not None
    assert info.bucket_policy is not None
    assert (info.bucket_policy.log_bucket, info.bucket_policy.log_prefix) == ("logs", "charts/")
    for target in ("none", "far"):
        with refused(400, "InvalidTargetBucketForLogging"):
            bucket.put_bucket_logging(oss2.models.BucketLogging(target, ""))
    assert bucket.delete_bucket_logging().status == 204
    assert bucket.get_bucket_logging().target_bucket == ""


def test_tags(bucket: oss2.Bucket) -> None:
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}
    tags = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="owner", value="data"), oss.Tag(key="app", value="charts")]))
    new().put_bucket_tags(oss.PutBucketTagsRequest(bucket=CHARTS, tagging=tags))
    assert list(bucket.get_bucket_tagging().tag_set.tagging_rule.items()) == [("app", "charts"), ("owner", "data")]
    found = new().list_buckets(oss.ListBucketsRequest(tag_key="app", tag_value="charts")).buckets or []
    assert [each.name for each in found] == [CHARTS]
    assert not new().list_buckets(oss.ListBucketsRequest(tag_key="app", tag_value="other")).buckets
    raw(bucket, "DELETE", "tagging=app")
    shown = new().get_bucket_tags(oss.GetBucketTagsRequest(bucket=CHARTS)).tagging
    assert shown is not None
    assert shown.tag_set is not None
    assert [tag.key for tag in shown.tag_set.tags or []] == ["owner"]
    with refused(400, "TooManyTags"):
        raw(bucket, "PUT", "tagging", f"<Tagging><TagSet>{'<Tag><Key>k</Key></Tag>' * 21}</TagSet></Tagging>")
    with refused(400, "InvalidTag"):
        raw(bucket, "PUT", "tagging", f"<Tagging><TagSet>{'<Tag><Key>k</Key></Tag>' * 2}</TagSet></Tagging>")
    assert bucket.delete_bucket_tagging().status == 204
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}


def test_website(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchWebsiteConfiguration"):
        bucket.get_bucket_website()
    bucket.put_bucket_website(oss2.models.BucketWebsite("index.html", "error.html"))
    shown = new().get_bucket_website(oss.GetBucketWebsiteRequest(bucket=CHARTS)).website_configuration
    assert shown is not None
    assert shown.index_document is not None
    assert shown.error_document is not None
    assert (shown.index_document.suffix, shown.error_document.key) == ("index.html", "error.html")
    index = oss.IndexDocument(suffix="home.html", support_sub_dir=True, type=1)
    rules = [
        oss.RoutingRule(
            rule_number=number,
            condition=oss.RoutingRuleCondition(key_prefix_equals="old/", http_error_code_returned_equals=404),
            redirect=oss.RoutingRuleRedirect(redirect_type="External", protocol="https", host_name="a.example", http_redirect_code=302),
        )
        for number in (2, 1)
    ]
    website = oss.WebsiteConfiguration(index_document=index, routing_rules=oss.RoutingRules(routing_rules=rules))
    new().put_bucket_website(oss.PutBucketWebsiteRequest(bucket=CHARTS, website_configuration=website))
    assert re.findall(r"<RuleNumber>(\d)", raw(bucket, "GET", "website")) == ["1", "2"]
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_website(oss2.models.BucketWebsite("a/index.html", "error.html"))
    assert bucket.delete_bucket_website().status == 204
    with refused(404, "NoSuchWebsiteConfiguration"):
        bucket.get_bucket_website()


def test_tls_payer_and_resource_group(bucket: oss2.Bucket) -> None:
    client = new()
    with refused(404, "NoSuchHttpsConfig"):
        client.get_bucket_https_config(oss.GetBucketHttpsConfigRequest(bucket=CHARTS))
    https = oss.HttpsConfiguration(tls=oss.TLS(enable=True, tls_versions=["TLSv1.3", "TLSv1.2"]))
    client.put_bucket_https_config(oss.PutBucketHttpsConfigRequest(bucket=CHARTS, https_configuration=https))
    shown = client.get_bucket_https_config(oss.GetBucketHttpsConfigRequest(bucket=CHARTS)).https_configuration
    assert shown is not None
    assert shown.tls is not None
    assert (shown.tls.enable, shown.tls.tls_versions) == (True, ["TLSv1.2", "TLSv1.3"])
    with refused(400, "MalformedXML"):
        raw(bucket, "PUT", "httpsConfig", "<HttpsConfiguration><TLS><Enable>true</Enable></TLS></HttpsConfiguration>")
    assert client.get_bucket_request_payment(oss.GetBucketRequestPaymentRequest(bucket=CHARTS)).request_payment_configuration
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"
    bucket.put_bucket_request_payment("Requester")
    assert bucket.get_bucket_request_payment().payer == "Requester"
    bucket.put_bucket_resource_group("rg-charts")
    answer = client.get_bucket_resource_group(oss.GetBucketResourceGroupRequest(bucket=CHARTS))
    assert answer.bucket_resource_group_configuration is not None
    assert answer.bucket_resource_group_configuration.resource_group_id == "rg-charts"
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_resource_group("charts")
    assert bucket.get_bucket_access_monitor().access_monitor.status == "Disabled"


def test_a_setting_may_take_effect_late(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    cloud.fault("slow_operation", cloud="alibaba", action="bucket.setting", seconds=60)
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    assert bucket.get_bucket_versioning().status is None
    with oss_state(cloud) as state:
        state["buckets"][CHARTS]["stale"]["versioning"]["until"] = 0
    assert bucket.get_bucket_versioning().status == "Enabled"


@pytest.mark.parametrize("body", ["", "<", "<Other/>", "<!DOCTYPE a><VersioningConfiguration/>", "<VersioningConfiguration/>"])
def test_bodies_that_are_none(bucket: oss2.Bucket, body: str) -> None:
    with refused(400, "MalformedXML"):
        raw(bucket, "PUT", "versioning", body)
