# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway of Tencent Cloud's API: signatures, common parameters, rights, rate and errors."""

from __future__ import annotations

import os
import secrets
import typing as t

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.cloud import LocalCloud
from tests.integration.clients.tencent import call, code_of, common, plant_domain, planted, refused, ses_client, signed, until

RIGHT: list[dict[str, t.Any]] = [
    {},
    {"signed": ["content-type", "host", "x-tc-action"]},
    {"headers": {"content-type": "application/json; charset=utf-8"}},
    {"host": "ses.ap-hongkong.tencentcloudapi.com"},
    {"host": "ses.intl.tencentcloudapi.com", "headers": {"x-tc-region": "ap-singapore"}},
    {"age": 240},
]
WRONG: list[tuple[dict[str, t.Any], str]] = [
    ({"key": "x" * 32}, "AuthFailure.SignatureFailure"),
    ({"sent": b'{"a": 1}'}, "AuthFailure.SignatureFailure"),
    ({"service": "cvm"}, "AuthFailure.SignatureFailure"),
    ({"date": "2020-01-01"}, "AuthFailure.SignatureFailure"),
    ({"signed": ["host"]}, "AuthFailure.SignatureFailure"),
    ({"signed": ["content-type", "host", "x-tc-action"], "after": {"x-tc-action": "GetEmailIdentity"}}, "AuthFailure.SignatureFailure"),
    ({"secret_id": "AKID" + "a" * 32}, "AuthFailure.SecretIdNotFound"),
    ({"age": 600}, "AuthFailure.SignatureExpire"),
    ({"age": -600}, "AuthFailure.SignatureExpire"),
    ({"after": {"x-tc-token": "t"}}, "AuthFailure.TokenFailure"),
    ({"after": {"authorization": "Bearer x"}}, "AuthFailure.InvalidAuthorization"),
    ({"after": {"authorization": None}}, "AuthFailure.InvalidAuthorization"),
    ({"after": {"x-tc-timestamp": None}}, "MissingParameter"),
    ({"after": {"x-tc-version": None}}, "MissingParameter"),
    ({"after": {"x-tc-region": None}}, "MissingParameter"),
    ({"after": {"x-tc-action": None}}, "MissingParameter"),
    ({"after": {"x-tc-version": "2019-10-02"}}, "NoSuchVersion"),
    ({"after": {"x-tc-region": "ap-singapore"}}, "UnsupportedRegion"),
    ({"action": "ListMails"}, "InvalidAction"),
    ({"body": b"no json"}, "InvalidParameter"),
    ({"body": b'{"Limit": 1}'}, "UnknownParameter"),
    ({"action": "GetEmailIdentity"}, "MissingParameter"),
    ({"action": "GetEmailIdentity", "body": b'{"EmailIdentity": 1}'}, "InvalidParameter"),
    ({"action": "ListEmailIdentities", "body": b'{"Limit": "1"}'}, "InvalidParameter"),
    ({"action": "ListEmailIdentities", "body": b'{"TagList": [{"TagKey": "a"}]}'}, "MissingParameter"),
]


def code(answer: dict[str, t.Any]) -> str | None:
    assert answer["RequestId"]
    return t.cast("str | None", answer.get("Error", {}).get("Code"))


def test_the_credentials_look_like_the_vendors(cloud: LocalCloud) -> None:
    assert len(os.environ["TENCENTCLOUD_SECRET_ID"]) == 36
    assert os.environ["TENCENTCLOUD_SECRET_ID"].startswith("AKID")
    assert len(os.environ["TENCENTCLOUD_SECRET_KEY"]) == 32


def test_right_signatures_pass(cloud: LocalCloud) -> None:
    assert [code(signed(**changes)) for changes in RIGHT] == [None] * len(RIGHT)


def test_wrong_calls_are_refused(cloud: LocalCloud) -> None:
    assert [(changes, code(signed(**changes))) for changes, _ in WRONG] == WRONG


def test_errors_speak_chinese_unless_asked_for_english(cloud: LocalCloud) -> None:
    unknown = {"action": "GetEmailIdentity", "body": b'{"EmailIdentity": "a.klinematrix.com"}'}
    assert signed(**unknown)["Error"]["Message"] == "This sender domain does not exist. Create it first."
    assert signed(**unknown, after={"x-tc-language": "zh-CN"})["Error"]["Message"].startswith("该域名还没有创建")
    assert signed(**unknown, after={"x-tc-language": None})["Error"]["Message"].startswith("该域名还没有创建")
    typed = signed(action="ListEmailIdentities", body=b'{"TagList": [1]}', after={"x-tc-language": None})
    assert typed["Error"]["Message"] == "参数 `TagList.0` 取值类型错误。参数类型应为 `object`。"


def test_a_temporary_key_needs_its_token(cloud: LocalCloud) -> None:
    temporary = {"key": secrets.token_hex(16), "user": "visitor", "token": secrets.token_hex(40)}
    with cloud.state() as state:
        state["tencent"]["credentials"]["secret_ids"]["AKIDtemporary"] = temporary
    try:
        assert (
            common("ses", "ListEmailAddress", credential=Credential("AKIDtemporary", temporary["key"], temporary["token"]))["EmailSenders"]
            == []
        )
        with refused("AuthFailure.TokenFailure"):
            common("ses", "ListEmailAddress", credential=Credential("AKIDtemporary", temporary["key"]))
    finally:
        with cloud.state() as state:
            del state["tencent"]["credentials"]["secret_ids"]["AKIDtemporary"]


def test_rights_come_from_the_policy(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    weak = {
        "key": "k" * 32,
        "user": "reader",
        "policy": {
            "version": "2.0",
            "statement": [
                {"effect": "allow", "action": ["ses:Get*", "ses:List*"], "resource": "*"},
                {"effect": "deny", "action": "name/ses:ListEmailTemplates", "resource": ["*"]},
                {"effect": "allow", "action": "ses:DeleteEmailAddress", "resource": "qcs::ses:*"},
                {"effect": "allow", "action": "ses:CreateEmailAddress", "resource": "qcs::ses:*:uin/*:senderdomain/a@mail.klinematrix.com"},
            ],
        },
    }
    with planted(cloud, "AKIDweak", **weak):
        reader = Credential("AKIDweak", "k" * 32)
        assert common("ses", "ListEmailAddress", credential=reader)["EmailSenders"] == []
        common("ses", "CreateEmailAddress", {"EmailAddress": "a@mail.klinematrix.com"}, reader)
        for action, parameters in {
            "CreateEmailIdentity": {"EmailIdentity": "b.klinematrix.com"},
            "ListEmailTemplates": {"Limit": 1, "Offset": 0},
            "DeleteEmailAddress": {"EmailAddress": "a@mail.klinematrix.com"},
            "CreateEmailAddress": {"EmailAddress": "b@mail.klinematrix.com"},
        }.items():
            with pytest.raises(TencentCloudSDKException) as caught:
                common("ses", action, parameters, reader)
            assert caught.value.get_code() == "AuthFailure.UnauthorizedOperation"
            assert f"you are not authorized to perform operation (ses:{action})\nresource (" in caught.value.get_message()
            assert f"[request id:{caught.value.get_request_id()}]" in caught.value.get_message()


def test_many_calls_in_a_second_are_too_many(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["tencent"]["ses"]["requests_per_second"] = 2
    client = ses_client()
    # What an earlier test has asked in the same second counts too, so either answer may come first.
    for code in ("RequestLimitExceeded", None):
        until(lambda expected=code: code_of(lambda: call(client, "ListEmailAddress")) == expected)


def test_faults_speak_the_clouds_words(cloud: LocalCloud) -> None:
    client = ses_client()
    for rule, expected in (
        ({"kind": "status", "status": 429}, "RequestLimitExceeded"),
        ({"kind": "status", "status": 500}, "InternalError"),
        ({"kind": "status", "status": 403}, "AuthFailure.UnauthorizedOperation"),
        ({"kind": "status", "code": "FailedOperation.ServiceNotAvailable"}, "FailedOperation.ServiceNotAvailable"),
        ({"kind": "expired_token"}, "AuthFailure.TokenFailure"),
    ):
        cloud.fault(**rule, cloud="tencent", action="ListEmailAddress")
        with refused(expected):
            call(client, "ListEmailAddress")
    cloud.fault("status", status=502)
    with pytest.raises(TencentCloudSDKException) as caught:  # no JSON: a balancer's page
        call(client, "ListEmailAddress")
    assert caught.value.get_code() == "ServerNetworkError"
    assert call(client, "ListEmailAddress")["EmailSenders"] == []


def test_the_journal_tells_reads_from_writes_though_all_are_posts(cloud: LocalCloud) -> None:
    client = ses_client()
    call(client, "ListEmailAddress")
    call(client, "CreateEmailIdentity", EmailIdentity="mail.klinematrix.com")
    common("sts", "GetCallerIdentity")
    assert [(entry["cloud"], entry["action"], entry["write"], entry["method"]) for entry in cloud.journal] == [
        ("tencent", "ListEmailAddress", False, "POST"),
        ("tencent", "CreateEmailIdentity", True, "POST"),
        ("tencent", "GetCallerIdentity", False, "POST"),
    ]


def test_what_is_not_emulated_says_so(cloud: LocalCloud) -> None:
    headers = {"X-TC-Action": "BatchSendEmail", "Content-Type": "application/json"}
    answer = requests.post("https://ses.tencentcloudapi.com/", json={}, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "Sandbox.NotEmulated")
    assert requests.get("https://ses.tencentcloudapi.com/?Action=ListEmailAddress", timeout=10).status_code == 501
