# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of requests: JSON, YAML and protobuf, and what the server says of those that it cannot read."""

from __future__ import annotations

import contextlib
import json
import typing as t

import yaml

from sandbox.clouds.kubernetes import protobuf
from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request
from sandbox.http import Request

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
ALL_PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY, "application/apply-patch+cbor")


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip()


def unsupported(accepted: t.Iterable[str]) -> ApiError:
    text = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", text, {})


def read(request: Request) -> t.Any:
    """The body as JSON values; {} when there is none."""
    kind, raw = media_type(request), request.body
    if not raw:
        return {}
    if kind == "application/vnd.kubernetes.protobuf" or raw.startswith(protobuf.MAGIC):
        return protobuf.decode(raw)
    if kind.endswith("yaml"):
        return _yaml(raw)
    if kind not in ("", "application/json", "*/*") and not kind.endswith("+json"):
        raise unsupported(("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"))
    try:
        return request.json()
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def _yaml(raw: bytes) -> t.Any:
    """Most clients write YAML as JSON, which is read a hundred times faster."""
    if raw.lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError):
            return json.loads(raw)
    try:
        return yaml.load(raw, Loader=_Loader)
    except yaml.YAMLError as error:
        raise bad_request(f"error decoding YAML: {error}") from None


class _Loader(yaml.SafeLoader):
    """Times stay text, as in Go's YAML."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def object_of(body: t.Any) -> Json:
    """The body as an object: its version, its kind and its metadata have the types that they must have."""
    if not isinstance(body, dict):
        raise bad_request("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct")
    for name in ("apiVersion", "kind"):
        if not isinstance(body.get(name) or "", str):
            why = f"json: cannot unmarshal {_word(body[name])} into Go struct field .{name} of type string"
            raise bad_request(f"couldn't get version/kind; json parse error: {why}")
    if not isinstance(body.get("metadata") or {}, dict):
        raise bad_request(f"json: cannot unmarshal {_word(body['metadata'])} into Go struct field .metadata of type v1.ObjectMeta")
    return body


def _word(value: t.Any) -> str:
    return {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(value), "number")
