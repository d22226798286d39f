# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway of Alibaba Cloud's APIs: signatures of three kinds, keys, tokens, rights and errors; and STS."""

from __future__ import annotations

import json
import typing as t
import uuid

import pytest
import requests
from alibabacloud_sts20150401 import models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest, RpcRequest

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import KEY_ID, acs3, config, core, core_client, ours, planted_key, refused, rpc, stamp

STS = "sts.aliyuncs.com"
WHO = "GetCallerIdentity"
WHO_VERSION = "2015-04-01"


def sts(*arguments: t.Any) -> StsClient:
    return StsClient(config(STS, *arguments))


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["Code"]


# --- signatures that are good -------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rpc_signature_of_the_core_sdk(cloud: LocalCloud, method: str) -> None:
    me = core("sts", WHO, method=method, Odd="a b*~/é")
    assert me["Arn"] == f"acs:ram::{me['AccountId']}:user/deployer"
    assert (me["IdentityType"], me["PrincipalId"]) == ("RAMUser", me["UserId"])


def test_rpc_signature_covers_the_form(cloud: LocalCloud) -> None:
    request = CommonRequest(domain="vpc.aliyuncs.com", version="2016-04-28", action_name="DescribeVpcs")
    request.set_protocol_type(protocol_type.HTTPS)
    request.set_method("POST")
    request.add_body_params("VpcId", "vpc with/odd é*~")
    assert json.loads(core_client().do_action_with_exception(request))["TotalCount"] == 0


def test_roa_signature_of_the_core_sdk(cloud: LocalCloud) -> None:
    request = CommonRequest(
        domain="modelstudio.cn-beijing.aliyuncs.com", version="2026-02-10", action_name="ListApiKeys", uri_pattern="/modelstudio/apikeys"
    )
    request.set_protocol_type(protocol_type.HTTPS)
    request.set_method("GET")
    request.add_query_param("description", "odd é/ *~")
    assert json.loads(core_client().do_action_with_exception(request))["totalCount"] == 0
    with refused("SignatureDoesNotMatch", 400):
        core_client((ours()[0], "wrong", None)).do_action_with_exception(request)


def test_acs3_signature_of_the_tea_sdk(cloud: LocalCloud) -> None:
    assert sts().get_caller_identity().body.identity_type == "RAMUser"
    assert [(entry["action"], entry["write"], entry["status"]) for entry in cloud.journal] == [(WHO, False, 200)]


def test_acs3_made_by_hand(cloud: LocalCloud) -> None:
    answer = acs3(STS, WHO, WHO_VERSION, "POST")
    assert answer.json()["RequestId"] == answer.headers["x-acs-request-id"]


def test_rpc_answers_in_xml_unless_told_otherwise(cloud: LocalCloud) -> None:
    assert rpc(WHO, Format=None).text.startswith('<?xml version="1.0" encoding="UTF-8"?><GetCallerIdentityResponse>')
    assert "<Code>InvalidTimeStamp.Format</Code>" in rpc(WHO, Format="XML", Timestamp="yesterday").text


# --- signatures that are not ----------------------------------------------------


class WhoAmI(RpcRequest):
    """A request of a product, as the old SDKs have one for each operation."""

    def __init__(self) -> None:
        super().__init__("Sts", WHO_VERSION, WHO)
        self.set_endpoint(STS)
        self.set_protocol_type(protocol_type.HTTPS)


def test_a_wrong_secret(cloud: LocalCloud) -> None:
    """The core SDK finds its own string to sign in the gateway's message, and blames the secret; not for a CommonRequest."""
    wrong = (ours()[0], "wrong", None)
    with refused("InvalidAccessKeySecret", 400):
        core_client(wrong).do_action_with_exception(WhoAmI())
    with refused("SignatureDoesNotMatch", 400):
        core("sts", WHO, wrong)
    with refused("SignatureDoesNotMatch", 400):
        sts(wrong).get_caller_identity()


@pytest.mark.parametrize(
    "name", ["AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp", "Version"]
)
def test_common_parameters_are_mandatory(cloud: LocalCloud, name: str) -> None:
    answer = rpc(WHO, **({"Signature": ""} if name == "Signature" else {name: None}))
    assert code(answer) == (400, f"Missing{name}")
    assert answer.json()["Message"] == f"{name} is mandatory for this action."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Timestamp": stamp(-1000)}, "InvalidTimeStamp.Expired"),
        ({"Timestamp": stamp(1000)}, "InvalidTimeStamp.Expired"),
        ({"Timestamp": "2026-01-01 10:00:00"}, "InvalidTimeStamp.Format"),
        ({"SignatureMethod": "HMAC-MD5"}, "InvalidSignatureMethod"),
        ({"Signature": "AAAA"}, "SignatureDoesNotMatch"),
        ({"Version": "2014-01-01"}, "InvalidVersion"),
    ],
)
def test_rpc_refusals(cloud: LocalCloud, changes: dict[str, str], expected: str) -> None:
    assert code(rpc(WHO, **changes)) == (400, expected)


def test_the_body_of_an_error(cloud: LocalCloud) -> None:
    body = rpc(WHO, AccessKeyId="LTAI5tNobody").json()
    assert (body["Code"], body["HostId"], body["Message"]) == ("InvalidAccessKeyId.NotFound", STS, "Specified access key is not found.")
    assert body["Recommend"].startswith("https://api.aliyun.com/troubleshoot?q=InvalidAccessKeyId.NotFound&product=Sts&requestId=")
    assert body["RequestId"] in body["Recommend"]


def test_a_nonce_is_good_once(cloud: LocalCloud) -> None:
    nonce = uuid.uuid4().hex
    assert rpc(WHO, SignatureNonce=nonce).status_code == 200
    assert code(rpc(WHO, SignatureNonce=nonce)) == (400, "SignatureNonceUsed")
    assert acs3(STS, WHO, WHO_VERSION, x_acs_signature_nonce=f"{nonce}3").status_code == 200
    assert code(acs3(STS, WHO, WHO_VERSION, x_acs_signature_nonce=f"{nonce}3")) == (400, "SignatureNonceUsed")


def test_a_failed_call_does_not_use_up_its_nonce(cloud: LocalCloud) -> None:
    nonce = uuid.uuid4().hex
    assert code(rpc(WHO, SignatureNonce=nonce, Signature="AAAA")) == (400, "SignatureDoesNotMatch")
    assert rpc(WHO, SignatureNonce=nonce).status_code == 200


def test_acs3_refusals(cloud: LocalCloud) -> None:
    assert code(acs3(STS, WHO, WHO_VERSION, "POST", body=b"a=1", sent=b"a=2")) == (400, "SignatureDoesNotMatch")
    assert code(acs3(STS, WHO, WHO_VERSION, x_acs_date=stamp(-1000))) == (400, "InvalidTimeStamp.Expired")
    assert code(acs3(STS, WHO, WHO_VERSION, x_acs_signature_nonce=None)) == (400, "Missingx-acs-signature-nonce")
    assert code(acs3(STS, WHO, WHO_VERSION, host=None)) == (400, "IncompleteSignature")
    assert code(acs3(STS, WHO, "2014-01-01")) == (400, "InvalidVersion")


def test_unknown_operations(cloud: LocalCloud) -> None:
    assert code(rpc("GetCallerIdentitty1x".lower())) == (404, "InvalidAction.NotFound")
    assert code(rpc("")) == (404, "InvalidAction.NotFound")
    host = "modelstudio.cn-beijing.aliyuncs.com"
    assert code(acs3(host, "nothing", "2026-02-10", path="/modelstudio/nothing")) == (404, "InvalidApi.NotFound")
    # A name that the vendor may well have is not called unknown.
    assert rpc("AssumeRoleWithOIDC").json()["error"]["code"] == "Sandbox.NotEmulated"


def test_plain_http_is_refused(cloud: LocalCloud) -> None:
    """What the core SDK does when its protocol is not the very constant."""
    request = CommonRequest(domain=STS, version=WHO_VERSION, action_name=WHO)
    request.set_protocol_type("".join(["ht", "tps"]))
    with pytest.raises(ServerException) as caught:
        core_client().do_action_with_exception(request)
    assert "credentials would travel in clear" in str(caught.value)


def test_hosts_that_do_not_exist(cloud: LocalCloud) -> None:
    for host in ("modelstudio.cn-hangzhou.aliyuncs.com", "dashscope.cn-hangzhou.aliyuncs.com"):
        with pytest.raises(requests.exceptions.ProxyError):
            requests.get(f"https://{host}/", timeout=10)


# --- keys, tokens and rights ------------------------------------------------------


def test_keys_that_are_switched_off_or_unknown(cloud: LocalCloud) -> None:
    with planted_key(cloud, active=False) as off, refused("InvalidAccessKeyId.Inactive", 400):
        core("sts", WHO, off)
    with refused("InvalidAccessKeyId.NotFound", 404):
        sts(("LTAI5tNobody", "x", None)).get_caller_identity()


def test_a_weaker_key_is_told_what_it_lacks(cloud: LocalCloud) -> None:
    with planted_key(cloud, policy=["cdn:Describe*"]) as weak:
        assert core("cdn", "DescribeUserDomains", weak)["TotalCount"] == 0
        with refused("NoPermission", 403):
            core("cdn", "StopCdnDomain", weak, DomainName="img.klinematrix.com")
        with pytest.raises(AlibabaCloudException) as caught:
            sts(weak).assume_role(models.AssumeRoleRequest(role_arn="acs:ram::1:role/x", role_session_name="xx"))
        detail = caught.value.data["AccessDeniedDetail"]
        assert (detail["AuthAction"], detail["NoPermissionType"], detail["AuthPrincipalDisplayName"]) == (
            "sts:AssumeRole",
            "ImplicitDeny",
            "weak",
        )
        with refused("Forbidden.RAM", 403):
            core("vpc", "DescribeVpcs", weak)
        # Who one is, one may always ask.
        assert core("sts", WHO, weak)["Arn"].endswith(":user/weak")


def new_role(name: str, action: str = "cdn:Describe*", principal: str | None = None) -> str:
    """A role with one right; returns its ARN."""
    account = core("sts", WHO)["AccountId"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [principal or f"acs:ram::{account}:root"]}}
    right = {"Effect": "Allow", "Action": action, "Resource": "*"}
    core("ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "1", "Statement": [trust]}))
    core("ram", "CreatePolicy", PolicyName=f"{name}-rights", PolicyDocument=json.dumps({"Version": "1", "Statement": [right]}))
    core("ram", "AttachPolicyToRole", RoleName=name, PolicyName=f"{name}-rights", PolicyType="Custom")
    return f"acs:ram::{account}:role/{name}"


def test_an_assumed_role(cloud: LocalCloud) -> None:
    arn = new_role("reader")
    made = sts().assume_role(models.AssumeRoleRequest(role_arn=arn, role_session_name="night", duration_seconds=900)).body
    assert made.assumed_role_user.arn.endswith(":assumed-role/reader/night")
    key = (made.credentials.access_key_id, made.credentials.access_key_secret, made.credentials.security_token)
    assert core("sts", WHO, key)["IdentityType"] == "AssumedRoleUser"
    assert sts(key).get_caller_identity().body.arn == made.assumed_role_user.arn
    assert core("cdn", "DescribeUserDomains", key)["TotalCount"] == 0
    with refused("NoPermission", 403):
        core("cdn", "StopCdnDomain", key, DomainName="img.klinematrix.com")
    with refused("MissingSecurityToken", 400):
        core("sts", WHO, (key[0], key[1], None))
    with refused("InvalidSecurityToken.MismatchWithAccessKey", 400):
        sts((key[0], key[1], "CAISother")).get_caller_identity()
    with refused("InvalidSecurityToken.Malformed", 400):
        sts((*ours()[:2], "CAISother")).get_caller_identity()
    with cloud.state() as state:
        state["alibaba"]["sts"]["sessions"][key[0]]["expires"] = 1
    with refused("InvalidSecurityToken.Expired", 400):
        core("sts", WHO, key)


def test_roles_that_cannot_be_assumed(cloud: LocalCloud) -> None:
    arn = new_role("narrow", principal="acs:ram::1234567890123456:root")

    def assume(**changes: t.Any) -> None:
        sts().assume_role(models.AssumeRoleRequest(**{"role_arn": arn, "role_session_name": "night", **changes}))

    with refused("NoPermission", 403):
        assume()
    with refused("EntityNotExist.Role", 404):
        assume(role_arn=arn.replace("narrow", "nobody"))
    with refused("InvalidParameter.RoleArn", 400):
        assume(role_arn="narrow")
    with refused("InvalidParameter.DurationSeconds", 400):
        assume(duration_seconds=7200)
    with refused("MissingRoleSessionName", 400):
        assume(role_session_name=None)


def test_a_session_policy_narrows(cloud: LocalCloud) -> None:
    policy = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "cdn:DescribeCdnService", "Resource": "*"}]})
    made = core("sts", "AssumeRole", RoleArn=new_role("wide", "cdn:*"), RoleSessionName="night", Policy=policy)["Credentials"]
    key = (made["AccessKeyId"], made["AccessKeySecret"], made["SecurityToken"])
    assert core("cdn", "DescribeCdnService", key)["InternetChargeType"] == "PayByTraffic"
    with refused("NoPermission", 403):
        core("cdn", "DescribeUserDomains", key)


# --- trouble on demand --------------------------------------------------------------


def test_faults_speak_as_the_gateway(cloud: LocalCloud) -> None:
    cloud.fault("status", cloud="alibaba", status=429)
    with refused("Throttling.User", 429):
        core("sts", WHO)
    cloud.fault("status", cloud="alibaba", status=400, code="Throttling.Api", action=WHO)
    with refused("Throttling.Api", 400):
        sts().get_caller_identity()
    cloud.fault("status", cloud="alibaba", status=503)
    with refused("ServiceUnavailable", 503):
        core("sts", WHO)
    cloud.fault("expired_token", cloud="alibaba")
    with refused("InvalidSecurityToken.Expired", 400):
        core("sts", WHO)
    assert core("sts", WHO)["AccountId"]


def test_the_account_looks_like_one(cloud: LocalCloud) -> None:
    assert cloud.environment[KEY_ID].startswith("LTAI5t")
    assert len(core("sts", WHO)["AccountId"]) == 16
