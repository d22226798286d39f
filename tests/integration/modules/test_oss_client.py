# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for OSS in bad weather: refusals, trouble, forged writes, planted secrets."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.steps import direct, play, task

WHERE = {"name": "financial-agent-charts", "region": "cn-shanghai"}
CORS: dict[str, t.Any] = {"cors_rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]}
KEY, SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"


def client(cloud: LocalCloud, *, read_only: bool = False, waited: list[float] | None = None) -> Client:
    pauses: list[float] = [] if waited is None else waited
    credentials = Credentials(cloud.environment[KEY], cloud.environment[SECRET])
    return Client(credentials, "cn-shanghai", Traffic("alibaba", read_only), Retry(sleep=pauses.append))


# --- the write guard ---------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "sub", "named"),
    [
        ("PUT", "cors", "PUT financial-agent-charts.oss-cn-shanghai.aliyuncs.com/?cors"),
        ("DELETE", "lifecycle", "?lifecycle"),
        ("POST", "replication&comp=add", "?replication&comp=add"),
        ("PUT", "", "PUT financial-agent-charts.oss-cn-shanghai.aliyuncs.com/"),
    ],
)
def test_a_forged_write_is_refused_and_named(cloud: LocalCloud, verb: str, sub: str, named: str) -> None:
    with pytest.raises(WriteRefused) as refused:
        client(cloud, read_only=True).send("forge", verb, WHERE["name"], sub, b"<x/>")
    assert named in str(refused.value)
    assert cloud.journal == []


def test_reads_pass_the_guard(cloud: LocalCloud) -> None:
    with pytest.raises(CloudError) as missing:
        client(cloud, read_only=True).get("read", WHERE["name"], "bucketInfo")
    assert missing.value.code == "NoSuchBucket"


# --- trouble -------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reads_are_repeated_until_it_works(cloud: LocalCloud, status: int) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.fault("status", cloud="alibaba", method="GET", status=status, count=2)
    waited: list[float] = []
    assert client(cloud, waited=waited).get("read", WHERE["name"], "bucketInfo").body
    assert len(waited) == 2


def test_the_cloud_says_how_long_to_wait(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.fault("status", cloud="alibaba", method="GET", status=503, retry_after=7)
    waited: list[float] = []
    client(cloud, waited=waited).get("read", WHERE["name"], "bucketInfo")
    assert waited == [7.0]


def test_a_dropped_connection_is_repeated_for_a_put_and_not_for_a_post(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.forget()
    cloud.fault("reset", cloud="alibaba", method="PUT", count=1)
    client(cloud).send("write", "PUT", WHERE["name"], "acl", headers={"x-oss-acl": "private"})
    assert len(cloud.writes) == 2
    cloud.forget()
    cloud.fault("reset", cloud="alibaba", method="POST", count=None)
    with pytest.raises(CloudError) as lost:
        client(cloud).send("add", "POST", WHERE["name"], "replication&comp=add", b"<x/>")
    assert (lost.value.code, lost.value.executed, len(cloud.writes)) == ("no_answer", None, 1)


def test_a_refused_post_is_repeated_because_it_was_not_carried_out(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.forget()
    cloud.fault("status", cloud="alibaba", method="POST", status=429, count=1)
    client(cloud).send("get a token", "POST", WHERE["name"], "cname&comp=token", TOKEN)
    assert len(cloud.writes) == 2


TOKEN = b"<BucketCnameConfiguration><Cname><Domain>img.klinematrix.com</Domain></Cname></BucketCnameConfiguration>"


def test_a_busy_bucket_is_repeated_and_a_taken_name_is_not(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.fault("status", cloud="alibaba", method="PUT", status=409, count=1)  # OperationAborted
    assert direct(cloud, "oss_bucket", **WHERE, **CORS).status == "ok"
    cloud.fault("status", cloud="alibaba", method="PUT", status=409, code="BucketAlreadyExists", count=None)
    done = direct(cloud, "oss_bucket", name="another-bucket", region="cn-shanghai")
    assert (done.result["failure"]["code"], len(done.writes)) == ("BucketAlreadyExists", 1)
    assert "choose another name" in done.result["msg"]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ({"kind": "status", "status": 401}, "AccessDenied", 401),
        ({"kind": "status", "status": 403}, "AccessDenied", 403),
        ({"kind": "expired_token"}, "SecurityTokenExpired", 403),
        ({"kind": "status", "status": 400, "code": "PublicEndpointForbidden"}, "PublicEndpointForbidden", 400),
    ],
)
def test_refusals_say_what_who_and_how_to_go_on(cloud: LocalCloud, fault: dict[str, t.Any], code: str, status: int) -> None:
    cloud.fault(**{"cloud": "alibaba", "count": None, **fault})
    done = direct(cloud, "oss_bucket", check=True, **WHERE)
    failure = done.result["failure"]
    assert (failure["cloud"], failure["code"], failure["status"], failure["retryable"]) == ("alibaba", code, status, False)
    assert len(failure["request_id"]) == 24
    assert failure["hint"]
    assert done.result["msg"].startswith("read the bucket financial-agent-charts: ")


def test_half_way_says_what_was_applied(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    cloud.fault("status", cloud="alibaba", method="PUT", action="PutBucketLifecycle", status=403, count=None)
    wanted: dict[str, t.Any] = {**CORS, "lifecycle_rules": [{"id": "a", "expiration": {"days": 9}}], "tags": {"a": "b"}}
    done = direct(cloud, "oss_bucket", **WHERE, **wanted)
    assert done.result["applied"] == ["write the CORS rules of financial-agent-charts"]
    assert done.result["not_applied"] == [
        "write the lifecycle rules of financial-agent-charts",
        "write the tags of financial-agent-charts",
    ]
    cloud.heal()
    rerun = direct(cloud, "oss_bucket", **WHERE, **wanted)
    assert rerun.writes == ["PUT PutBucketLifecycle", "PUT PutBucketTags"]


# --- whose bucket, whose right ---------------------------------------------------


def test_a_bucket_of_another_account_is_a_clear_error(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    with cloud.state() as state:
        state["alibaba"]["oss"]["buckets"][WHERE["name"]]["owner"] = "1999999999999999"
    for check in (True, False):
        done = direct(cloud, "oss_bucket", check=check, **WHERE, acl="private")
        assert (done.result["failure"]["code"], done.writes) == ("AccessDenied", [])
        assert "does not belong to you" in done.result["msg"]


def test_the_missing_right_is_named(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE)
    with cloud.state() as state:
        allow = ["oss:GetBucketInfo", "oss:GetBucketCors"]
        state["alibaba"]["credentials"]["access_keys"]["LTAI5tWEAK"] = {
            "secret": "weak-" + "w" * 30,
            "user": "weak",
            "active": True,
            "policy": allow,
        }
    weak = {"access_key_id": "LTAI5tWEAK", "access_key_secret": "weak-" + "w" * 30}
    assert direct(cloud, "oss_bucket", check=True, **WHERE, **CORS, **weak).result["changed"]
    done = direct(cloud, "oss_bucket", **WHERE, **CORS, **weak)
    assert "lacks the right oss:PutBucketCors" in done.result["msg"]


@pytest.mark.parametrize("which", ["access_key_id", "access_key_secret"])
def test_a_wrong_key_is_refused_without_showing_it(cloud: LocalCloud, which: str) -> None:
    keys = {"access_key_id": cloud.environment[KEY], "access_key_secret": cloud.environment[SECRET]}
    done = direct(cloud, "oss_bucket", **WHERE, **{**keys, which: "wrong-" + "x" * 24})
    assert done.result["failure"]["code"] == {"access_key_id": "InvalidAccessKeyId", "access_key_secret": "SignatureDoesNotMatch"}[which]
    text = json.dumps(done.result)
    assert "Check the" in text
    for secret in (cloud.environment[SECRET], "wrong-" + "x" * 24, "OSS4-HMAC-SHA256"):
        assert secret not in text.replace(json.dumps(done.result.get("invocation")), "")


# --- credentials -----------------------------------------------------------------


def test_the_login_of_the_aliyun_cli_is_enough(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = {"name": "dev", "mode": "AK", "access_key_id": cloud.environment[KEY], "access_key_secret": cloud.environment[SECRET]}
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "dev", "profiles": [profile]}))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(KEY)
    monkeypatch.delenv(SECRET)
    assert direct(cloud, "oss_bucket", **WHERE).result["changed"]
    (tmp_path / ".aliyun" / "config.json").unlink()
    done = direct(cloud, "oss_bucket", **WHERE)
    assert (done.result["failure"]["code"], len(done.calls)) == ("no_credentials", 0)
    assert f"access_key_id and access_key_secret, or the environment variables {KEY}" in done.result["msg"]


# --- secrets -----------------------------------------------------------------


def test_secrets_that_nobody_passed_in_never_show(cloud: LocalCloud) -> None:
    canary = "canary-of-the-origin-" + "c" * 20
    direct(cloud, "oss_bucket", **WHERE)
    mirror = {
        "RuleNumber": 1,
        "Redirect": {
            "RedirectType": "Mirror",
            "MirrorURL": f"https://user:{canary}@origin.example.com/",
            "MirrorHeaders": {"Set": {"Key": "Authorization", "Value": canary}},
        },
    }
    with cloud.state() as state:
        state["alibaba"]["oss"]["buckets"][WHERE["name"]]["settings"]["website"] = {"RoutingRules": {"RoutingRule": [mirror]}}
    website = {"website": {"index_document": "index.html"}}
    tasks = [
        task("oss_bucket_info", settings=["all"]),
        *(task("oss_bucket", check=check, **WHERE, **website) for check in (True, False)),
        task("oss_bucket", **WHERE, acl="public-read"),
    ]
    ran = play(cloud, tasks, arguments=["-vvvv"])
    assert [done.status for done in ran.done] == ["ok", "ok", "ok", "failed"]
    text = ran.output + json.dumps([done.result for done in ran.done])
    assert "RuleNumber" in text  # the rule itself is seen
    for secret in (canary, cloud.environment[SECRET], "Signature="):
        assert secret not in text


# --- looking -----------------------------------------------------------------


def test_info_is_as_the_module_returns_it(cloud: LocalCloud) -> None:
    direct(cloud, "oss_bucket", **WHERE, acl="private", **CORS)
    direct(cloud, "oss_bucket", name="elsewhere", region="cn-beijing")
    found = direct(cloud, "oss_bucket_info", names=[WHERE["name"], "not-there"], region="oss-cn-shanghai", settings=["cors_rules"])
    (bucket,) = found.result["buckets"]
    assert bucket == direct(cloud, "oss_bucket", **WHERE, **CORS).result["bucket"]
    assert len(found.reads) == 3 + 1  # a bucket that is not there is asked the same
    assert (found.result["changed"], found.result["changes"], found.writes) == (False, [], [])
    everything = direct(cloud, "oss_bucket_info", settings=["all"])
    assert [each["name"] for each in everything.result["buckets"]] == ["elsewhere", WHERE["name"]]
    here = direct(cloud, "oss_bucket_info", region="cn-beijing")
    assert [each["region"] for each in here.result["buckets"]] == ["cn-beijing"]
    assert here.reads == ["GET ListBuckets", "GET GetBucketInfo"]
