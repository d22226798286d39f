# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: who sees a bucket (policy, Block Public Access, Referer), and under which domains."""

from __future__ import annotations

import json
import typing as t

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import CHARTS, SHANGHAI, SPARE, new, old, oss_state, raw, refused


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


def test_policy(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchBucketPolicy"):
        bucket.get_bucket_policy()
    statement = {"Effect": "Allow", "Action": ["oss:GetObject"], "Principal": ["20214760404935xxxx"], "Resource": f"acs:oss:*:*:{CHARTS}/*"}
    policy: dict[str, t.Any] = {"Version": "1", "Statement": [statement]}
    bucket.put_bucket_policy(json.dumps(policy, indent=2))
    answer = new().get_bucket_policy(oss.GetBucketPolicyRequest(bucket=CHARTS))
    assert (json.loads(answer.body), b"\n" in answer.body.encode()) == (policy, False)
    assert not is_public()
    everybody = {"Version": "1", "Statement": [statement | {"Principal": "*"}]}
    with refused(403, "AccessDenied", says="Put public bucket policy is not allowed"):
        bucket.put_bucket_policy(json.dumps(everybody))
    for broken in (
        "{",
        json.dumps({"Version": "2", "Statement": [statement]}),
        json.dumps({"Version": "1", "Statement": []}),
        json.dumps({"Version": "1", "Statement": [statement | {"Effect": "allow"}]}),
        json.dumps({"Version": "1", "Statement": [statement | {"Action": ["s3:GetObject"]}]}),
        json.dumps({"Version": "1", "Statement": [statement | {"Resource": "acs:oss:*:*:other/*"}]}),
        json.dumps({"Version": "1", "Statement": [statement | {"Who": "me"}]}),
    ):
        with refused(400, "InvalidPolicyDocument"):
            bucket.put_bucket_policy(broken)
    raw(bucket, "DELETE", "publicAccessBlock")
    new().put_bucket_policy(oss.PutBucketPolicyRequest(bucket=CHARTS, body=json.dumps(everybody)))
    assert is_public()
    bucket.put_object("a.png", b"a")
    url = f"https://{CHARTS}.oss-{SHANGHAI}.aliyuncs.com/a.png"
    assert requests.get(url, timeout=10).content == b"a"
    deny = {"Effect": "Deny", "Action": "oss:PutObject", "Principal": "*", "Resource": f"acs:oss:*:*:{CHARTS}/*"}
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": [deny]}))
    with refused(403, "AccessDenied", "0003-00000101"):
        bucket.put_object("b.png", b"b")
    assert bucket.delete_bucket_policy().status == 204
    assert requests.get(url, timeout=10).status_code == 403


def is_public() -> bool:
    status = new().get_bucket_policy_status(oss.GetBucketPolicyStatusRequest(bucket=CHARTS)).policy_status
    assert status is not None
    return bool(status.is_public)


def test_block_public_access(bucket: oss2.Bucket) -> None:
    client = new()

    def shown() -> bool | None:
        answer = client.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(bucket=CHARTS))
        assert answer.public_access_block_configuration is not None
        return answer.public_access_block_configuration.block_public_access

    assert shown() is True
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=CHARTS))
    assert (shown(), "<BlockPublicAccess>false</BlockPublicAccess>" in raw(bucket, "GET", "bucketInfo")) == (False, True)
    block = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_public_access_block(oss.PutPublicAccessBlockRequest(public_access_block_configuration=block))
    account = client.get_public_access_block(oss.GetPublicAccessBlockRequest()).public_access_block_configuration
    assert account is not None
    assert account.block_public_access is True
    with refused(403, "AccessDenied", says="Put public bucket acl is not allowed"):
        bucket.put_bucket_acl("public-read")
    client.delete_public_access_block(oss.DeletePublicAccessBlockRequest())
    bucket.put_bucket_acl("public-read")
    assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket=CHARTS)).acl == "public-read"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=CHARTS, acl="private"))
    with refused(400, "InvalidArgument", says="no such bucket access control exists"):
        bucket.put_bucket_acl("public")
    client.put_bucket_public_access_block(oss.PutBucketPublicAccessBlockRequest(bucket=CHARTS, public_access_block_configuration=block))
    assert shown() is True


def test_referer(bucket: oss2.Bucket) -> None:
    assert (bucket.get_bucket_referer().allow_empty_referer, bucket.get_bucket_referer().referers) == (True, [])
    configuration = oss.RefererConfiguration(
        allow_empty_referer=False,
        referer_list=oss.RefererList(referers=["https://*.example"]),
        referer_blacklist=oss.RefererBlacklist(referers=["https://bad.example"]),
    )
    new().put_bucket_referer(oss.PutBucketRefererRequest(bucket=CHARTS, referer_configuration=configuration))
    assert bucket.get_bucket_referer().referers == ["https://*.example"]
    shown = new().get_bucket_referer(oss.GetBucketRefererRequest(bucket=CHARTS)).referer_configuration
    assert shown is not None
    assert (shown.allow_empty_referer, shown.allow_truncate_query_string, shown.truncate_path) == (False, True, False)
    with refused(400, "MalformedXML"):
        raw(
            bucket, "PUT", "referer", "<RefererConfiguration><AllowEmptyReferer>no</AllowEmptyReferer><RefererList/></RefererConfiguration>"
        )


def cname(domain: str, certificate: oss.CertificateConfiguration | None = None) -> t.Any:
    return oss.BucketCnameConfiguration(cname=oss.Cname(domain=domain, certificate_configuration=certificate))


def test_custom_domains(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    client, domain = new(), "img.klinematrix.com"
    put = oss.PutCnameRequest(bucket=CHARTS, bucket_cname_configuration=cname(domain))
    with refused(404, "CnameTokenNotFound", "0018-00000301"):
        client.get_cname_token(oss.GetCnameTokenRequest(bucket=CHARTS, cname=domain))
    with refused(403, "NeedVerifyDomainOwnership"):
        client.put_cname(put)
    token = client.create_cname_token(oss.CreateCnameTokenRequest(bucket=CHARTS, bucket_cname_configuration=cname(domain))).cname_token
    again = bucket.create_bucket_cname_token(domain)
    assert token is not None
    assert (token.cname, token.token) == (domain, again.token)
    assert bucket.get_bucket_cname_token(domain).token == token.token
    with refused(403, "NeedVerifyDomainOwnership"):
        client.put_cname(put)
    with cloud.state() as state:  # the TXT record in the zone at Cloudflare, however that keeps it
        record = {"type": "TXT", "name": f"_dnsauth.{domain}", "content": f'"{token.token}"'}
        state["cloudflare"].setdefault("planted", [record])
    client.put_cname(put)
    listed = client.list_cname(oss.ListCnameRequest(bucket=CHARTS))
    assert ([each.domain for each in listed.cnames or []], listed.bucket) == ([domain], CHARTS)
    certificate = oss.CertificateConfiguration(certificate="PEM", private_key="PEM", force=True)
    client.put_cname(oss.PutCnameRequest(bucket=CHARTS, bucket_cname_configuration=cname(domain, certificate)))
    bound = bucket.list_bucket_cname().cname[0]
    assert (bound.domain, bound.certificate.status) == (domain, "Enabled")
    old(SPARE).create_bucket()
    with refused(409, "CnameAlreadyExists"):
        client.put_cname(oss.PutCnameRequest(bucket=SPARE, bucket_cname_configuration=cname(domain)))
    with refused(400, "InvalidArgument"):
        bucket.put_bucket_cname(oss2.models.PutBucketCnameRequest("no domain"))
    assert bucket.delete_bucket_cname(domain).status == 200
    assert not client.list_cname(oss.ListCnameRequest(bucket=CHARTS)).cnames
    with refused(404, "NoSuchCname"):
        client.delete_cname(oss.DeleteCnameRequest(bucket=CHARTS, bucket_cname_configuration=cname(domain)))
    with oss_state(cloud) as oss_data:
        oss_data["without_icp"] = ["klinematrix.com"]
    with refused(404, "NoSuchCnameInRecord"):
        client.put_cname(put)
