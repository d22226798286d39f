# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DashScope: inference with the API keys of Model Studio.

Sources: dashscope 2.0 (paths, shapes), help.aliyun.com "Error codes" (codes and messages), "Generate a temporary API key".
State: `tokens`, temporary keys; `calls` by workspace and model, for rate limits; `arrears`, whether the account owes money.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
import typing as t
import uuid
from dataclasses import dataclass

from sandbox.cloud import Service
from sandbox.clouds.alibaba.gateway import expect
from sandbox.clouds.alibaba.modelstudio.catalogue import MODELS, Model
from sandbox.clouds.alibaba.modelstudio.models import grants
from sandbox.http import Match, Operation, Refusal, Reply, Request, Routes

LEGACY_HOSTS = {
    "dashscope.aliyuncs.com": "cn-beijing",
    "dashscope-intl.aliyuncs.com": "ap-southeast-1",
    "dashscope-us.aliyuncs.com": "us-east-1",
    "cn-hongkong.dashscope.aliyuncs.com": "cn-hongkong",
}
MAAS_REGIONS = ("cn-beijing", "ap-southeast-1", "us-east-1", "cn-hongkong", "eu-central-1", "ap-northeast-1")
HERE = ipaddress.ip_address("127.0.0.1")
FAULTS = {
    400: ("InvalidParameter", "Required parameter(s) missing or invalid, please check the request parameters."),
    401: ("InvalidApiKey", "Invalid API-key provided."),
    403: ("AccessDenied", "Access denied."),
    404: ("ModelNotFound", "Model can not be found."),
    429: ("Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
    503: ("ServiceUnavailable", "Service is unavailable."),
}
OPENAI_CODES = {
    "InvalidApiKey": ("invalid_api_key", "Incorrect API key provided."),
    "ModelNotFound": ("model_not_found", None),
    "AccessDenied": ("access_denied", None),
    "InvalidParameter": ("invalid_parameter_error", None),
    "Throttling.RateQuota": ("limit_requests", None),
    "Throttling.AllocationQuota": ("insufficient_quota", None),
    "InternalError": ("internal_error", None),
}
routes = Routes()


@dataclass(frozen=True)
class Caller:
    """The API key that a request comes with, and the region whose key it is."""

    key: dict[str, t.Any]
    region: dict[str, t.Any]
    temporary: bool

    @property
    def models(self) -> set[str]:
        """What the key may call: the models of its workspace, or those of them that the key itself names."""
        granted = grants(self.region, self.key["workspaceId"])
        scope = self.key["auth"].get("modelAccessScope", {"allowAllModels": True})
        return granted if scope["allowAllModels"] else granted & set(scope["accessibleModels"])


class DashScope(Service):
    name = "dashscope"
    hosts = (*LEGACY_HOSTS, *(f"*.{region}.maas.aliyuncs.com" for region in MAAS_REGIONS))

    def seed(self) -> dict[str, t.Any]:
        return {"tokens": {}, "calls": {}, "arrears": False}

    def match(self, request: Request) -> Match | None:
        return routes.match(self, request)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual, message = FAULTS.get(status, ("InternalError", "An internal error has occured, please try again later."))
        return refuse(request, status, code or usual, message).reply

    def expired(self, request: Request) -> Reply:
        return self.error(request, 401)

    @property
    def operations(self) -> list[Operation]:
        return routes.operations

    def caller(self, request: Request) -> Caller:
        """The key of the bearer token: known in this host's region, enabled, in its workspace, from an allowed address."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise refuse(request, 401, "InvalidApiKey", "No API-key provided.")
        temporary = self.data["tokens"].get(token)
        if temporary and temporary["expires_at"] <= time.time():
            temporary = token = ""
        value = temporary["value"] if temporary else token
        label, _, rest = request.host.partition(".")
        region_name = LEGACY_HOSTS.get(request.host) or rest.partition(".")[0]
        region = self.cloud.data["modelstudio"]["regions"].get(region_name, {"keys": {}, "workspaces": {}})
        key = next((each for each in region["keys"].values() if value and each["apiKeyValue"] == value), None)
        if key is None or key["disabled"]:
            raise refuse(request, 401, "InvalidApiKey", "Invalid API-key provided.")
        wanted = {request.headers.get("x-dashscope-workspace"), None if request.host in LEGACY_HOSTS else label} - {None}
        if not wanted <= region["workspaces"].keys():
            message = "Access denied: Either you are not authorized to access this workspace, or the workspace does not exist."
            raise refuse(request, 401, "NOT AUTHORIZED", message)
        if wanted - {key["workspaceId"]}:
            raise refuse(request, 403, "Workspace.AccessDenied", "Workspace access denied.")
        networks = [ipaddress.ip_network(each, strict=False) for each in key["auth"].get("accessIps", ["0.0.0.0/0"])]
        if not any(HERE in network for network in networks):
            raise refuse(request, 403, "AccessDenied", "Access denied.")
        return Caller(key, region, bool(temporary))

    def model(self, request: Request, caller: Caller, name: t.Any) -> Model:
        """A model that the caller may use now. Counts nothing yet."""
        if not name or not isinstance(name, str):
            raise refuse(request, 400, "InvalidParameter", "Required parameter(s) missing or invalid, please check the request parameters.")
        if name not in MODELS:
            raise refuse(request, 404, "ModelNotFound", f"The model {name} does not exist or you do not have access to it.")
        if name not in caller.models:
            raise refuse(request, 403, "Model.AccessDenied", "Model access denied.")
        if self.data["arrears"]:
            raise refuse(request, 400, "Arrearage", "Access denied, please make sure your account is in good standing.")
        self._throttle(request, caller, name)
        return MODELS[name]

    def count(self, caller: Caller, model: Model, tokens: int) -> None:
        calls = self.data["calls"].setdefault(f"{caller.key['workspaceId']}/{model.name}", [])
        calls.append([time.time(), tokens])
        del calls[:-2000]

    def _throttle(self, request: Request, caller: Caller, model: str) -> None:
        """The workspace's own limits; those of the account are too high to be met here."""
        limit = caller.region["limits"].get(caller.key["workspaceId"], {}).get(model, {})
        calls = self.data["calls"].get(f"{caller.key['workspaceId']}/{model}", [])
        recent = [each for each in calls if each[0] > time.time() - limit.get("requestLimitPeriod", 0)]
        if len(recent) >= limit.get("requestLimit", float("inf")):
            raise refuse(request, 429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")
        used = sum(each[1] for each in calls if each[0] > time.time() - limit.get("usageLimitPeriod", 0))
        if used >= limit.get("usageLimit", float("inf")):
            raise refuse(request, 429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit.")


def refuse(request: Request, status: int, code: str, message: str) -> Refusal:
    """An error in DashScope's own form, or in OpenAI's on the compatible paths."""
    request_id = str(uuid.uuid4())
    if not request.path.startswith("/compatible-mode/"):
        return Refusal(Reply.of_json({"code": code, "message": message, "request_id": request_id}, status))
    openai, other = OPENAI_CODES.get(code, (code, None))
    kind = "invalid_request_error" if status < 429 else openai
    body = {"error": {"message": other or message, "type": kind, "param": None, "code": openai}, "request_id": request_id}
    return Refusal(Reply.of_json(body, status))


def json_body(request: Request) -> dict[str, t.Any]:
    try:
        body = request.json()
        expect(isinstance(body, dict))
    except ValueError:
        raise refuse(request, 400, "InvalidParameter", "Required body invalid, please check the request body format.") from None
    if request.headers.get("x-dashscope-sse") == "enable" or body.get("stream"):
        message = {"error": {"code": "Sandbox.NotEmulated", "message": "sandbox: streamed answers are not emulated"}}
        raise Refusal(Reply.of_json(message, 501))
    return t.cast("dict[str, t.Any]", body)


@routes.add("GET", "/api/v1/models", "models.list", verified="sdk", source="dashscope 2.0 models.py")
def list_models(scope: DashScope, request: Request) -> Reply:
    caller = scope.caller(request)
    number, size = request.params.get("page_no", "1"), request.params.get("page_size", "10")
    if not number.isdigit() or not size.isdigit() or not 1 <= int(size) <= 100 or number == "0":
        raise refuse(request, 400, "InvalidParameter", "Required parameter(s) missing or invalid, please check the request parameters.")
    named = request.params.get("model")
    found = [each for each in MODELS.values() if each.name in caller.models and named in (None, each.name)]
    start = (int(number) - 1) * int(size)
    rows = [{"model": each.name, "name": each.title, "provider": "qwen"} for each in found[start : start + int(size)]]
    output = {"models": rows, "total": len(found), "page_no": int(number), "page_size": int(size)}
    return Reply.of_json({"request_id": str(uuid.uuid4()), "output": output})


@routes.add("GET", "/compatible-mode/v1/models", "compatible.models.list", verified="assumed", source="used as a probe by public clients")
def list_compatible_models(scope: DashScope, request: Request) -> Reply:
    caller = scope.caller(request)
    rows = [{"id": name, "object": "model", "created": 1704067200, "owned_by": "system"} for name in MODELS if name in caller.models]
    return Reply.of_json({"object": "list", "data": rows})


@routes.add("POST", "/api/v1/tokens", "tokens.create", verified="spec", source="help.aliyun.com/model-studio/generate-temporary-api-key")
def create_token(scope: DashScope, request: Request) -> Reply:
    """A temporary key with the rights of its parent; it cannot be taken back, and makes no further ones."""
    caller = scope.caller(request)
    seconds = request.params.get("expire_in_seconds", "60")
    if caller.temporary:
        raise refuse(request, 403, "AccessDenied", "Access denied.")
    if not seconds.isdigit() or not 1 <= int(seconds) <= 1800:
        raise refuse(request, 400, "InvalidParameter", "expire_in_seconds must be in the range of [1, 1800].")
    token, expires = f"st-{secrets.token_urlsafe(36)}", int(time.time()) + int(seconds)
    scope.data["tokens"][token] = {"value": caller.key["apiKeyValue"], "expires_at": expires}
    return Reply.of_json({"token": token, "expires_at": expires})


@routes.add(
    "POST",
    "/api/v1/services/aigc/multimodal-generation/generation",
    "multimodal-generation",
    write=False,
    verified="sdk",
    source="dashscope 2.0 multimodal_conversation.py",
)
def generate(scope: DashScope, request: Request) -> Reply:
    caller = scope.caller(request)
    body = json_body(request)
    model = scope.model(request, caller, body.get("model"))
    messages = (body.get("input") or {}).get("messages")
    texts, images = _contents(request, model, messages, ("text", "image", "video"))
    told = _complete(request, scope, caller, model, (body.get("parameters") or {}).get("max_tokens"), texts, images)
    choice = {"finish_reason": told.finish, "message": {"role": "assistant", "content": [{"text": told.text}]}}
    usage = {"input_tokens": told.read, "output_tokens": told.written, "total_tokens": told.read + told.written}
    usage |= {"image_tokens": told.seen} if images else {}
    return Reply.of_json({"output": {"choices": [choice]}, "usage": usage, "request_id": str(uuid.uuid4())})


@routes.add(
    "POST",
    "/compatible-mode/v1/chat/completions",
    "compatible.chat.completions",
    write=False,
    verified="spec",
    source="help.aliyun.com/model-studio/qwen-api-via-openai-chat-completions",
)
def complete_chat(scope: DashScope, request: Request) -> Reply:
    caller = scope.caller(request)
    body = json_body(request)
    model = scope.model(request, caller, body.get("model"))
    texts, images = _contents(request, model, body.get("messages"), ("text", "image_url", "video_url"))
    told = _complete(request, scope, caller, model, body.get("max_tokens"), texts, images)
    usage: dict[str, t.Any] = {"prompt_tokens": told.read, "completion_tokens": told.written, "total_tokens": told.read + told.written}
    choice = {"index": 0, "finish_reason": told.finish, "logprobs": None, "message": {"role": "assistant", "content": told.text}}
    facts = {"id": f"chatcmpl-{uuid.uuid4()}", "object": "chat.completion", "created": int(time.time()), "model": model.name}
    return Reply.of_json({**facts, "choices": [choice], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 0}}})


@dataclass(frozen=True)
class Told:
    """An answer of a model, and how many tokens it took."""

    text: str
    finish: str
    read: int
    seen: int
    written: int


def _complete(request: Request, scope: DashScope, caller: Caller, model: Model, limit: t.Any, texts: list[str], images: int) -> Told:
    """The same words for everybody, cut to the wanted length."""
    if limit is not None and (not isinstance(limit, int) or not 1 <= limit <= model.output):
        raise refuse(request, 400, "InvalidParameter", f"Range of max_tokens should be [1, {model.output}]")
    words = f"The local cloud stands in for {model.name}: it has read {len(' '.join(texts))} characters and seen {images} images.".split()
    text = " ".join(words[:limit])
    seen = 1226 * images
    told = Told(text, "stop" if limit is None or limit >= len(words) else "length", seen + _tokens(texts), seen, len(text.split()))
    scope.count(caller, model, told.read + told.written)
    return told


def _tokens(texts: list[str]) -> int:
    return 10 + sum(len(each) for each in texts) // 4


def _contents(request: Request, model: Model, messages: t.Any, kinds: tuple[str, ...]) -> tuple[list[str], int]:
    """The texts of a conversation, and how many pictures come with them."""
    texts: list[str] = []
    images = 0
    try:
        expect(isinstance(messages, list) and messages)
        for message in messages:
            expect(message["role"] in ("system", "user", "assistant", "tool"))
            parts = message["content"]
            for part in [{"text": parts}] if isinstance(parts, str) else parts:
                expect(any(kind in part for kind in kinds))
                if "text" in part:
                    texts.append(str(part["text"]))
                else:
                    images += 1
    except (ValueError, KeyError, TypeError):
        message = "Required parameter(s) missing or invalid, please check the request parameters."
        raise refuse(request, 400, "InvalidParameter", message) from None
    if images and not model.sees:
        raise refuse(request, 400, "InvalidParameter", f"The model {model.name} does not support image input.")
    return texts, images
