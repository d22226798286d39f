# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clients for Model Studio and DashScope in bad weather."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.dashscope import DashScope, access, host_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.client import ModelStudio
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import core
from tests.integration.clients.azure_raw import AzureRaw
from tests.steps import direct

KEY, SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
PATH = "/modelstudio/apikeys"
PLAIN = {"description": "klinematrix-test backend", "key_vault": "klinematrix-test-kv", "secret_name": "dashscope-api-key"}


def studio(
    cloud: LocalCloud, *, credentials: Credentials | None = None, read_only: bool = False, waited: list[float] | None = None
) -> ModelStudio:
    pauses: list[float] = [] if waited is None else waited
    who = credentials or Credentials(cloud.environment[KEY], cloud.environment[SECRET])
    return ModelStudio("cn-beijing", who, Traffic("alibaba", read_only), Retry(sleep=pauses.append))


def create(cloud: LocalCloud, description: str = "app", **form: str) -> dict[str, t.Any]:
    made = studio(cloud).call("create", "CreateApiKey", "POST", PATH, query={"description": description}, form=form or None)
    return t.cast("dict[str, t.Any]", made["apiKey"])


def listed(client: ModelStudio, page: int = 100) -> list[dict[str, t.Any]]:
    return client.all("list", "ListApiKeys", PATH, "apiKeys", page=page)


def inference(value: str, *, may_cost: bool = False, waited: list[float] | None = None) -> DashScope:
    pauses: list[float] = [] if waited is None else waited
    return DashScope("dashscope.aliyuncs.com", value, Traffic("alibaba", False), may_cost=may_cost, retry=Retry(sleep=pauses.append))


# --- signatures, pages -----------------------------------------------------------


def test_what_is_signed_is_what_is_sent(cloud: LocalCloud) -> None:
    """Names with everything in them that encodings trip over, in the query and in the form."""
    odd = "käse & brot/100% +1 ~a*b'(c)=日本"
    create(cloud, odd, **{"auth.type": "Custom", "auth.accessIps.1": "127.0.0.0/8"})
    (found,) = listed(studio(cloud))
    assert (found["description"], found["auth"]["accessIps"]) == (odd, ["127.0.0.0/8"])


def test_lists_are_read_to_the_end(cloud: LocalCloud) -> None:
    for number in range(5):
        create(cloud, f"app {number}")
    cloud.forget()
    assert len(listed(studio(cloud), page=2)) == 5
    assert len(cloud.journal) == 3


def test_temporary_credentials(cloud: LocalCloud) -> None:
    account = core("sts", "GetCallerIdentity")["AccountId"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
    core("ram", "CreateRole", RoleName="night", AssumeRolePolicyDocument=json.dumps({"Version": "1", "Statement": [trust]}))
    core("ram", "AttachPolicyToRole", PolicyType="System", PolicyName="AliyunModelStudioFullAccess", RoleName="night")
    made = core("sts", "AssumeRole", RoleArn=f"acs:ram::{account}:role/night", RoleSessionName="night")["Credentials"]
    who = Credentials(made["AccessKeyId"], made["AccessKeySecret"], made["SecurityToken"])
    assert listed(studio(cloud, credentials=who)) == []
    with pytest.raises(CloudError) as wrong:
        listed(studio(cloud, credentials=Credentials(who.access_key_id, "wrong", who.security_token)))
    assert wrong.value.code == "SignatureDoesNotMatch"
    assert str(who.security_token)[:20] not in str(wrong.value)


# --- the write guard ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "method", "path"),
    [
        ("CreateApiKey", "POST", PATH),
        ("ResetApiKey", "PUT", f"{PATH}/1/reset"),
        ("DeleteApiKey", "DELETE", f"{PATH}/1"),
        ("UpdateModelLimits", "POST", "/modelstudio/models/limits"),
    ],
)
def test_a_forged_write_is_refused_and_named(cloud: LocalCloud, action: str, method: str, path: str) -> None:
    with pytest.raises(WriteRefused, match=rf"{action} \({method} modelstudio.cn-beijing.aliyuncs.com{path}\)"):
        studio(cloud, read_only=True).call("forge", action, method, path)
    assert cloud.journal == []


def test_what_is_paid_for_is_never_sent_unasked(cloud: LocalCloud) -> None:
    value = create(cloud)["apiKeyValue"]
    cloud.forget()
    with pytest.raises(WriteRefused, match="multimodal-generation"):
        inference(value).converse("qwen-vl-plus")
    assert cloud.journal == []
    assert inference(value, may_cost=True).converse("qwen-vl-plus")["output_tokens"] == 1


# --- trouble ------------------------------------------------------------------------


FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"code": "InvalidAccessKeyId.NotFound", "retryable": False}),
    ({"kind": "status", "status": 403}, {"code": "NoPermission", "retryable": False}),
    ({"kind": "status", "status": 404}, {"status": 404, "retryable": False}),
    ({"kind": "status", "status": 409}, {"code": "OperationConflict", "retryable": False}),
    ({"kind": "status", "status": 500}, {"status": 500, "retryable": True}),
    ({"kind": "reset"}, {"code": "no_answer", "retryable": True}),
    ({"kind": "reset", "when": "after"}, {"code": "no_answer", "retryable": True}),
]


@pytest.mark.parametrize(("fault", "failure"), FAULTS, ids=[f"{each[0]['kind']}-{each[0].get('status', '')}" for each in FAULTS])
def test_a_creation_that_fails_is_sent_once_and_a_rerun_finishes(
    cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any]
) -> None:
    AzureRaw(cloud).with_secrets()
    cloud.fault(**fault, action="CreateApiKey", count=None)
    failed = direct(cloud, "dashscope_key", **PLAIN)
    assert (failed.status, failed.writes) == ("failed", ["POST CreateApiKey"])
    assert {key: failed.result["failure"][key] for key in failure} == failure
    cloud.heal()
    # Where the answer got lost there is a key whose value nobody knows.
    assert direct(cloud, "dashscope_key", **PLAIN, rotate="if_secret_missing").status == "ok"
    assert len(listed(studio(cloud))) == 1


def test_throttled_calls_wait_as_asked(cloud: LocalCloud) -> None:
    waited: list[float] = []
    cloud.fault("status", status=429, retry_after=3, count=1)
    cloud.fault("status", status=400, code="Throttling.User", count=1)
    cloud.fault("reset", count=1)
    assert listed(studio(cloud, waited=waited)) == []
    assert (waited[0], len(waited)) == (3, 3)


def test_a_used_up_quota_is_not_waited_for(cloud: LocalCloud) -> None:
    value = create(cloud)["apiKeyValue"]
    waited: list[float] = []
    cloud.fault("status", action="models.list", status=429, code="Throttling.AllocationQuota", count=1)
    with pytest.raises(CloudError) as used:
        inference(value, waited=waited).knows("qwen-vl-plus")
    assert (used.value.failure["retryable"], waited) == (False, [])
    cloud.fault("status", action="models.list", status=429, code="Throttling.RateQuota", count=1)
    assert inference(value, waited=waited).knows("qwen-vl-plus") is True
    assert len(waited) == 1


def test_what_a_key_may_do_is_told_apart_from_trouble(cloud: LocalCloud) -> None:
    value = create(cloud)["apiKeyValue"]
    assert access(inference(value), ["qwen-vl-plus", "none"]) == {"qwen-vl-plus": "available", "none": "not available"}
    assert access(inference("sk-wrong"), ["qwen-vl-plus"]) == {"qwen-vl-plus": "InvalidApiKey"}
    cloud.fault("status", action="models.list", status=500, count=None)
    with pytest.raises(CloudError) as trouble:
        access(inference(value), ["qwen-vl-plus"])
    assert trouble.value.status == 500


def test_hosts_of_regions() -> None:
    assert host_of("cn-beijing", None) == "dashscope.aliyuncs.com"
    assert host_of("eu-central-1", "ws-1") == "ws-1.eu-central-1.maas.aliyuncs.com"
    with pytest.raises(PlanError, match="workspace is missing"):
        host_of("eu-central-1", None)


def test_regions_without_a_host_of_their_own(cloud: LocalCloud) -> None:
    AzureRaw(cloud).with_secrets()
    done = direct(cloud, "dashscope_key", **PLAIN, region="eu-central-1", models=["qwen-vl-plus"])
    assert done.status == "ok", done.result["msg"]
    assert done.result["key"]["host"] == f"{done.result['key']['workspace']}.eu-central-1.maas.aliyuncs.com"
