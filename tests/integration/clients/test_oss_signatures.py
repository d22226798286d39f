# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: signatures, and what is wrong with them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import BEIJING, CHARTS, SHANGHAI, deployer, new, old, plant_key, refused


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


def signed_get(
    query: str, moment: float, *, region: str = SHANGHAI, key: str = "", secret: str = "", name: str = CHARTS
) -> requests.Response:
    """A GET signed by hand, so that each part of the signature can be wrong on its own."""
    access = key or deployer()[0]
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))
    scope = f"{stamp[:8]}/{region}/oss/aliyun_v4_request"
    canonical = f"GET\n/{name}/\n{query}\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:{stamp}\n\n\nUNSIGNED-PAYLOAD"
    text = f"OSS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing = ("aliyun_v4" + (secret or deployer()[1])).encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, text.encode(), "sha256").hex()
    headers = {
        "x-oss-date": stamp,
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
        "Authorization": f"OSS4-HMAC-SHA256 Credential={access}/{scope}, Signature={signature}",
    }
    return requests.get(f"https://{name}.oss-{SHANGHAI}.aliyuncs.com/?{query}", headers=headers, timeout=10)


def test_a_signature_by_hand(bucket: oss2.Bucket) -> None:
    assert signed_get("acl", time.time()).status_code == 200
    wrong = signed_get("acl", time.time(), secret="wrong")
    assert (wrong.status_code, "<EC>0002-00000201</EC>" in wrong.text, "<CanonicalRequest>" in wrong.text) == (403, True, True)
    assert "<Code>SignatureDoesNotMatch</Code>" in wrong.text
    assert deployer()[1] not in wrong.text


def test_clock_region_and_key_are_checked(bucket: oss2.Bucket) -> None:
    for skew in (-1000, 1000):
        late = signed_get("acl", time.time() + skew)
        assert (late.status_code, late.headers["x-oss-ec"]) == (403, "0002-00000504")
        assert "<Code>RequestTimeTooSkewed</Code>" in late.text
    region = signed_get("acl", time.time(), region=BEIJING)
    assert (region.status_code, region.headers["x-oss-ec"]) == (400, "0002-00000226")
    assert "Invalid signing region in Authorization header." in region.text
    nobody = signed_get("acl", time.time(), key="LTAI5tNobody")
    assert (nobody.status_code, nobody.headers["x-oss-ec"]) == (403, "0002-00000902")


def test_version_1_is_refused(bucket: oss2.Bucket) -> None:
    first = oss2.Bucket(oss2.Auth(*deployer()), f"https://oss-{SHANGHAI}.aliyuncs.com", CHARTS)
    with refused(403, "AccessDenied", "0002-00000080"):
        first.get_bucket_info()
    link = requests.get(first.sign_url("GET", "a.png", 60), timeout=10)
    assert (link.status_code, link.headers["x-oss-ec"]) == (403, "0002-00000080")


def test_a_wrong_secret_and_a_switched_off_key(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    with refused(403, "SignatureDoesNotMatch", "0002-00000201"):
        old(key=(deployer()[0], "wrong")).get_bucket_acl()
    off = plant_key(cloud, "off", active=False)
    with refused(403, "InvalidAccessKeyId", "0002-00000904"):
        old(key=off).get_bucket_acl()


def test_errors_to_head_travel_in_a_header(bucket: oss2.Bucket) -> None:
    wrong_region = oss2.Bucket(oss2.AuthV4(*deployer()), f"https://oss-{SHANGHAI}.aliyuncs.com", CHARTS, region="cn-nowhere")
    with refused(400, "InvalidArgument", "0002-00000226", says="Invalid signing region"):
        wrong_region.head_object("a.png")


def test_a_token_goes_with_its_key_only(cloud: LocalCloud, bucket: oss2.Bucket) -> None:
    with refused(403, "InvalidAccessKeyId", "0002-00000002"):
        new(token="not-a-token").get_bucket_acl(oss.GetBucketAclRequest(bucket=CHARTS))
    session = {"secret": "made-up", "role": "charts", "session": "one", "token": "a-token", "policy": None, "user": None}
    role = {"RoleId": "1", "policies": [["System", "AliyunOSSFullAccess"]]}
    with cloud.state() as state:
        sts = state["alibaba"].setdefault("sts", {}).setdefault("sessions", {})
        state["alibaba"].setdefault("ram", {}).setdefault("roles", {})["charts"] = role
        sts["STS.Good"] = {**session, "expires": time.time() + 600}
        sts["STS.Late"] = {**session, "expires": time.time() - 1}
    good = new(key=("STS.Good", "made-up"), token="a-token")
    assert good.get_bucket_acl(oss.GetBucketAclRequest(bucket=CHARTS)).acl == "private"
    link = good.presign(oss.GetObjectRequest(bucket=CHARTS, key="none"), expires=datetime.timedelta(hours=1))
    assert requests.get(str(link.url), timeout=10).status_code == 404
    with refused(403, "InvalidSecurityToken"):
        new(key=("STS.Good", "made-up"), token="another").get_bucket_acl(oss.GetBucketAclRequest(bucket=CHARTS))
    with refused(403, "SecurityTokenExpired"):
        new(key=("STS.Late", "made-up"), token="a-token").get_bucket_acl(oss.GetBucketAclRequest(bucket=CHARTS))


def test_a_wrong_checksum(bucket: oss2.Bucket) -> None:
    with refused(400, "InvalidDigest"):
        bucket.put_object("a.png", b"a", headers={"Content-MD5": base64.b64encode(hashlib.md5(b"b").digest()).decode()})
    bucket.put_object("a.png", b"a", headers={"Content-MD5": base64.b64encode(hashlib.md5(b"a").digest()).decode()})
    assert bucket.object_exists("a.png")
