# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model Studio, driven by its SDK, and DashScope, by its own and by hand."""

from __future__ import annotations

import time
import typing as t

import dashscope
import pytest
import requests
from alibabacloud_modelstudio20260210 import models as m
from alibabacloud_modelstudio20260210.client import Client
from dashscope.models import Models

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import acs3, config, planted_key, refused

LEGACY = "https://dashscope.aliyuncs.com"
CHAT = f"{LEGACY}/compatible-mode/v1/chat/completions"
PING = [{"role": "user", "content": [{"text": "ping"}]}]


def studio(region: str = "cn-beijing", *arguments: t.Any) -> Client:
    return Client(config(f"modelstudio.{region}.aliyuncs.com", *arguments))


@pytest.fixture
def beijing(cloud: LocalCloud) -> Client:
    return studio()


def create(client: Client, description: str = "app", **wanted: t.Any) -> m.CreateApiKeyResponseBodyApiKey:
    return client.create_api_key(m.CreateApiKeyRequest(description=description, **wanted)).body.api_key


def custom(ips: list[str] | None = None, models: list[str] | None = None) -> m.CreateApiKeyRequestAuth:
    scope = None if models is None else m.CreateApiKeyRequestAuthModelAccessScope(allow_all_models=False, accessible_models=models)
    return m.CreateApiKeyRequestAuth(type="Custom", access_ips=ips, model_access_scope=scope)


def descriptions(client: Client, **wanted: t.Any) -> list[str]:
    return [each.description for each in client.list_api_keys(m.ListApiKeysRequest(**wanted)).body.api_keys]


def workspace(client: Client) -> m.ListWorkspacesResponseBodyWorkspaces:
    """The default one."""
    return client.list_workspaces(m.ListWorkspacesRequest()).body.workspaces[0]


def limit(client: Client, model: str = "qwen-vl-plus", operation: str = "OVERLAY", workspace_id: str | None = None, **values: int) -> None:
    wanted = m.UpdateModelLimitsRequestWorkspaceLimits(model=model, operation_type=operation, **values)
    client.update_model_limits(
        m.UpdateModelLimitsRequest(workspace_id=workspace_id or workspace(client).workspace_id, workspace_limits=[wanted])
    )


# --- keys -----------------------------------------------------------------------


def test_a_value_is_shown_once(beijing: Client) -> None:
    made = create(beijing, "ansible:klinematrix/dashscope")
    assert made.api_key_value.startswith("sk-")
    assert made.workspace_id == workspace(beijing).workspace_id
    (listed,) = beijing.list_api_keys(m.ListApiKeysRequest()).body.api_keys
    read = beijing.get_api_key(str(made.api_key_id)).body.api_key
    for shown in (listed, read):
        assert shown.api_key_id == made.api_key_id
        assert "***" in shown.api_key_value
        assert made.api_key_value not in str(shown.to_map())
        assert (shown.disabled, shown.auth.type, shown.workspace_name) == (0, "All", "Default Workspace")


def test_listing(beijing: Client) -> None:
    for name in ("app", "App two", "other"):
        create(beijing, name)
    assert descriptions(beijing, description="aPP") == ["App two", "app"]
    assert descriptions(beijing, order="ASC", order_by="apiKeyId") == ["app", "App two", "other"]
    first = beijing.list_api_keys(m.ListApiKeysRequest(max_results=2)).body
    assert (first.total_count, len(first.api_keys), bool(first.next_token)) == (3, 2, True)
    second = beijing.list_api_keys(m.ListApiKeysRequest(max_results=2, next_token=first.next_token)).body
    assert ([each.description for each in second.api_keys], second.next_token) == (["app"], None)
    assert descriptions(beijing, api_key_id=second.api_keys[0].api_key_id) == ["app"]
    with refused("InvalidParameter.maxResults", 400):
        descriptions(beijing, max_results=101)
    with refused("WorkSpaceNotFound", 404):
        descriptions(beijing, workspace_id="ws-nothing")


def test_custom_rights_are_filled_up(beijing: Client) -> None:
    made = create(beijing, auth=custom(models=["qwen-vl-plus"]))
    auth = beijing.get_api_key(str(made.api_key_id)).body.api_key.auth
    assert (auth.type, auth.access_ips) == ("Custom", ["0.0.0.0/0", "::/0"])
    assert (auth.model_access_scope.allow_all_models, auth.model_access_scope.accessible_models) == (False, ["qwen-vl-plus"])
    with refused("InvalidParameter.auth.accessIps", 400):
        create(beijing, auth=custom(ips=["nowhere"]))
    with refused("InvalidParameter.auth.modelAccessScope", 400):
        create(beijing, auth=custom(models=["no-such-model"]))
    with refused("InvalidParameter.auth.type", 400):
        create(beijing, auth=m.CreateApiKeyRequestAuth(type="Some"))


def test_updating(beijing: Client) -> None:
    key_id = str(create(beijing, auth=custom(ips=["203.0.113.0/24"])).api_key_id)
    beijing.update_api_key(key_id, m.UpdateApiKeyRequest(description="renamed"))
    shown = beijing.get_api_key(key_id).body.api_key
    assert (shown.description, shown.auth.access_ips) == ("renamed", ["203.0.113.0/24"])
    # Rights are given completely: the addresses that are left out here are reset.
    beijing.update_api_key(key_id, m.UpdateApiKeyRequest(auth=m.UpdateApiKeyRequestAuth(type="Custom")))
    shown = beijing.get_api_key(key_id).body.api_key
    assert (shown.description, shown.auth.access_ips) == ("renamed", ["0.0.0.0/0", "::/0"])


def test_a_key_that_is_not_there(beijing: Client) -> None:
    with refused("ApiKeyNotFound", 404):
        beijing.get_api_key("1")
    key_id = str(create(beijing).api_key_id)
    beijing.delete_api_key(key_id)
    with refused("ApiKeyNotFound", 404):
        beijing.delete_api_key(key_id)
    assert descriptions(beijing) == []


def test_users_see_their_own_keys(cloud: LocalCloud, beijing: Client) -> None:
    made = create(beijing)
    with planted_key(cloud, policy=["modelstudio:ListApiKeys", "modelstudio:GetApiKey"]) as weak:
        other = studio("cn-beijing", weak)
        assert descriptions(other) == []
        with refused("ApiKeyNotFound", 404):
            other.get_api_key(str(made.api_key_id))
        with refused("NoPermission", 403):
            create(other)


def test_regions_are_apart(beijing: Client) -> None:
    create(beijing)
    assert descriptions(studio("ap-southeast-1")) == []
    assert workspace(studio("ap-southeast-1")).region == "ap-southeast-1"


def test_operations_that_are_not_emulated_say_so(beijing: Client) -> None:
    answer = acs3("modelstudio.cn-beijing.aliyuncs.com", "GetBillingOverview", "2026-02-10", path="/modelstudio/billing/overview")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "Sandbox.NotEmulated")


# --- workspaces, limits, permissions ------------------------------------------------


def test_workspaces(beijing: Client) -> None:
    made = beijing.create_workspace(m.CreateWorkspaceRequest(workspace_name="charts")).body.workspace
    assert made.api_host == f"{made.workspace_id}.cn-beijing.maas.aliyuncs.com"
    with refused("WorkSpaceAlreadyExists", 400):
        beijing.create_workspace(m.CreateWorkspaceRequest(workspace_name="charts"))
    with refused("InvalidParameter.serviceSite", 400):
        beijing.create_workspace(m.CreateWorkspaceRequest(workspace_name="x", service_site="us"))
    names = [each.workspace_name for each in beijing.list_workspaces(m.ListWorkspacesRequest()).body.workspaces]
    assert names == ["Default Workspace", "charts"]
    key = create(beijing, workspace_id=made.workspace_id)
    done = beijing.delete_workspace(made.workspace_id, m.DeleteWorkspaceRequest()).body
    assert (done.is_deleted, [each.resource_type for each in done.fail_reasons]) == (False, ["apiKey"])
    beijing.delete_api_key(str(key.api_key_id))
    assert beijing.delete_workspace(made.workspace_id, m.DeleteWorkspaceRequest()).body.is_deleted is True
    assert beijing.delete_workspace(workspace(beijing).workspace_id, m.DeleteWorkspaceRequest()).body.is_deleted is False
    with refused("WorkSpaceNotFound", 404):
        create(beijing, workspace_id=made.workspace_id)


def test_limits(beijing: Client) -> None:
    def own() -> m.ListModelLimitsResponseBodyLimitsWorkspaceLimit | None:
        (row,) = beijing.list_model_limits(m.ListModelLimitsRequest(model="qwen-vl-plus")).body.limits
        assert row.model_limit.request_limit_period == 60
        return row.workspace_limit

    assert own() is None
    limit(beijing, request_limit=30, request_limit_period=60, usage_limit=1000, usage_limit_period=60)
    found = own()
    assert found is not None
    assert (found.request_limit, found.usage_limit, found.usage_limit_field) == (30, 1000, "total_tokens")
    limit(beijing, request_limit=20, request_limit_period=60)
    found = own()
    assert found is not None
    assert (found.request_limit, found.usage_limit) == (20, None)
    limit(beijing, operation="DELETE")
    assert own() is None
    assert len(beijing.list_model_limits(m.ListModelLimitsRequest(name="VL")).body.limits) > 1
    for values in (
        {},
        {"request_limit": 5},
        {"request_limit": 10**9, "request_limit_period": 60},
        {"request_limit": 0, "request_limit_period": 60},
    ):
        with refused("InvalidParameter.workspaceLimits", 400):
            limit(beijing, **values)
    with refused("InvalidParameter.workspaceLimits", 400):
        limit(beijing, model="no-such-model", operation="DELETE")


def test_permissions(beijing: Client) -> None:
    made = beijing.create_workspace(m.CreateWorkspaceRequest(workspace_name="charts")).body.workspace.workspace_id

    def granted() -> list[str]:
        request = m.ListModelPermissionsRequest(workspace_id=made, authorization_scope="AUTHORIZED", model_action="INFERENCE")
        return [each.model for each in beijing.list_model_permissions(request).body.list]

    assert granted() == []
    one = m.UpdateModelPermissionsRequestModels(model="qwen-vl-plus", inference=True)
    beijing.update_model_permissions(m.UpdateModelPermissionsRequest(workspace_id=made, access_all_entities="KEEP", models=[one]))
    assert granted() == ["qwen-vl-plus"]
    beijing.update_model_permissions(m.UpdateModelPermissionsRequest(workspace_id=made, access_all_entities="OPEN"))
    assert "qwen-max" in granted()
    beijing.update_model_permissions(m.UpdateModelPermissionsRequest(workspace_id=made, access_all_entities="CLOSE"))
    assert granted() == []
    catalogue = beijing.list_models(m.ListModelsRequest(model="qwen-vl-plus")).body.models
    assert [each.inference_metadata.request_modality for each in catalogue] == [["Text", "Image"]]


# --- inference -------------------------------------------------------------------------


def converse(value: str, model: str = "qwen-vl-plus", **parameters: t.Any) -> t.Any:
    return dashscope.MultiModalConversation.call(model=model, api_key=value, messages=PING, **parameters)


def bearer(value: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}", **headers}


def models(host: str, value: str, **headers: str) -> requests.Response:
    return requests.get(
        f"https://{host}/api/v1/models?model=qwen-vl-plus&page_no=1&page_size=1", headers=bearer(value, **headers), timeout=10
    )


def test_a_key_works_where_it_belongs(beijing: Client) -> None:
    made = create(beijing)
    own = workspace(beijing).api_host
    found = Models.get("qwen-vl-plus", api_key=made.api_key_value)
    assert (found.status_code, found.output["model"]) == (200, "qwen-vl-plus")
    assert Models.get("no-such-model", api_key=made.api_key_value).status_code == 404
    assert models(own, made.api_key_value).status_code == 200
    for host in ("dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com", "ws-1.eu-central-1.maas.aliyuncs.com"):
        answer = models(host, made.api_key_value)
        assert (answer.status_code, answer.json()["code"]) == (401, "InvalidApiKey")


def test_a_key_and_its_workspace(beijing: Client) -> None:
    made = create(beijing)
    other = beijing.create_workspace(m.CreateWorkspaceRequest(workspace_name="charts")).body.workspace
    assert models(other.api_host, made.api_key_value).json()["code"] == "Workspace.AccessDenied"
    assert models("ws-unknown.cn-beijing.maas.aliyuncs.com", made.api_key_value).json()["code"] == "NOT AUTHORIZED"
    header = {"X-DashScope-WorkSpace": other.workspace_id}
    assert models("dashscope.aliyuncs.com", made.api_key_value, **header).json()["code"] == "Workspace.AccessDenied"
    # A workspace of one's own may call nothing until models are granted to it.
    limited = create(beijing, workspace_id=other.workspace_id)
    assert converse(limited.api_key_value).code == "Model.AccessDenied"


def test_conversations(beijing: Client) -> None:
    value = create(beijing).api_key_value
    short = converse(value, max_tokens=1)
    assert (short.status_code, short.output.choices[0].finish_reason, short.usage.output_tokens) == (200, "length", 1)
    assert converse(value).output.choices[0].finish_reason == "stop"
    picture = [{"role": "user", "content": [{"image": "data:image/png;base64,AAAA"}, {"text": "what is it?"}]}]
    seen = dashscope.MultiModalConversation.call(model="qwen-vl-plus", api_key=value, messages=picture)
    assert seen.usage["image_tokens"] > 0
    blind = dashscope.MultiModalConversation.call(model="qwen-plus", api_key=value, messages=picture)
    assert (blind.status_code, blind.code) == (400, "InvalidParameter")
    assert converse(value, max_tokens=100000).code == "InvalidParameter"
    unknown = converse(value, model="no-such-model")
    assert (unknown.status_code, unknown.code) == (404, "ModelNotFound")


def test_the_form_of_openai(beijing: Client) -> None:
    value = create(beijing).api_key_value
    question = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}, {"type": "text", "text": "?"}]}
    ]
    answer = requests.post(
        CHAT, headers=bearer(value), json={"model": "qwen-vl-plus", "messages": question, "max_tokens": 2}, timeout=10
    ).json()
    assert (answer["object"], answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]) == (
        "chat.completion",
        "length",
        2,
    )
    listed = requests.get(f"{LEGACY}/compatible-mode/v1/models", headers=bearer(value), timeout=10).json()
    assert "qwen-vl-plus" in [each["id"] for each in listed["data"]]
    for key, model, status, code in (("sk-x", "qwen-plus", 401, "invalid_api_key"), (value, "no", 404, "model_not_found")):
        told = requests.post(CHAT, headers=bearer(key), json={"model": model, "messages": PING}, timeout=10)
        assert (told.status_code, told.json()["error"]["code"]) == (status, code)


def test_keys_that_do_not_work(beijing: Client) -> None:
    made = create(beijing)
    key_id = str(made.api_key_id)
    assert requests.get(f"{LEGACY}/api/v1/models", timeout=10).json()["message"] == "No API-key provided."
    beijing.disable_api_key(key_id, m.DisableApiKeyRequest())
    assert (converse(made.api_key_value).status_code, beijing.get_api_key(key_id).body.api_key.disabled) == (401, 1)
    beijing.enable_api_key(key_id, m.EnableApiKeyRequest())
    assert converse(made.api_key_value).status_code == 200
    fresh = beijing.reset_api_key(key_id, m.ResetApiKeyRequest()).body.api_key
    assert (fresh.api_key_id, fresh.workspace_id) == (made.api_key_id, made.workspace_id)
    assert (converse(made.api_key_value).code, converse(fresh.api_key_value).status_code) == ("InvalidApiKey", 200)
    beijing.delete_api_key(key_id)
    assert converse(fresh.api_key_value).code == "InvalidApiKey"


def test_keys_with_narrow_rights(beijing: Client) -> None:
    elsewhere = create(beijing, auth=custom(ips=["203.0.113.0/24"]))
    assert converse(elsewhere.api_key_value).code == "AccessDenied"
    here = create(beijing, auth=custom(ips=["127.0.0.0/8"], models=["qwen-vl-plus"]))
    assert converse(here.api_key_value).status_code == 200
    denied = converse(here.api_key_value, model="qwen-vl-max")
    assert (denied.status_code, denied.code) == (403, "Model.AccessDenied")


def test_limits_of_the_workspace_bite(beijing: Client) -> None:
    value = create(beijing).api_key_value
    limit(beijing, request_limit=2, request_limit_period=60)
    assert [converse(value).code for _ in range(3)] == ["", "", "Throttling.RateQuota"]
    assert converse(value, model="qwen-vl-max").status_code == 200
    limit(beijing, usage_limit=1, usage_limit_period=60)
    told = converse(value)
    assert (told.status_code, told.code) == (429, "Throttling.AllocationQuota")
    limit(beijing, operation="DELETE")
    assert converse(value).status_code == 200


def test_arrears(cloud: LocalCloud, beijing: Client) -> None:
    value = create(beijing).api_key_value
    with cloud.state() as state:
        state["alibaba"]["dashscope"]["arrears"] = True
    assert (converse(value).code, Models.get("qwen-vl-plus", api_key=value).status_code) == ("Arrearage", 200)


def test_temporary_keys(cloud: LocalCloud, beijing: Client) -> None:
    made = create(beijing)
    tokens = f"{LEGACY}/api/v1/tokens"
    short = requests.post(f"{tokens}?expire_in_seconds=30", headers=bearer(made.api_key_value), timeout=10).json()
    assert short["token"].startswith("st-")
    assert 0 < short["expires_at"] - time.time() <= 30
    assert converse(short["token"]).status_code == 200
    assert requests.post(tokens, headers=bearer(short["token"]), timeout=10).status_code == 403
    answer = requests.post(f"{tokens}?expire_in_seconds=1801", headers=bearer(made.api_key_value), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    with cloud.state() as state:
        state["alibaba"]["dashscope"]["tokens"][short["token"]]["expires_at"] = 1
    assert converse(short["token"]).code == "InvalidApiKey"


def test_faults_speak_as_dashscope(cloud: LocalCloud, beijing: Client) -> None:
    value = create(beijing).api_key_value
    for status, code in ((429, "Throttling.RateQuota"), (503, "ServiceUnavailable"), (500, "InternalError")):
        cloud.fault("status", cloud="alibaba", status=status)
        told = converse(value)
        assert (told.status_code, told.code) == (status, code)
    cloud.fault("status", cloud="alibaba", status=429, code="Throttling.AllocationQuota")
    told = requests.post(CHAT, headers=bearer(value), json={"model": "qwen-plus", "messages": PING}, timeout=10)
    assert told.json()["error"]["code"] == "insufficient_quota"


def test_what_counts_as_a_write(cloud: LocalCloud, beijing: Client) -> None:
    value = create(beijing).api_key_value
    cloud.forget()
    converse(value)
    models("dashscope.aliyuncs.com", value)
    assert cloud.writes == []
    requests.post(f"{LEGACY}/api/v1/tokens", headers=bearer(value), timeout=10)
    assert [entry["action"] for entry in cloud.writes] == ["tokens.create"]
