# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CDN without a cloud: functions, origins, certificates, names, errors."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.cdn import api, certificate, functions, origins
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.cdn.domain import name_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.errors import no_answer, refusal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.rpc import READING
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import differences, overlay

NOTHING: dict[str, t.Any] = dict.fromkeys(("private_origin", "force_https", "http2", "cache_rules", "functions"))
RULE = {"path": None, "file_types": None, "weight": None, "honor_origin": None}


# --- functions -----------------------------------------------------------------


def test_options_become_functions() -> None:
    options = {
        **NOTHING,
        "private_origin": True,
        "force_https": False,
        "cache_rules": [{**RULE, "path": "/a/", "ttl": 60}, {**RULE, "file_types": [".png", "jpg"], "ttl": 5, "honor_origin": True}],
        "functions": [{"name": "set_resp_header", "args": {"key": "X-A", "value": 1}}, {"name": "gzip", "state": "absent"}],
    }
    entries, absent, secret = functions.declared(options)
    assert {label: each["args"] for label, each in entries.items()} == {
        "l2_oss_key": {"private_oss_auth": "on"},
        "https_force": {"enable": "off"},
        "path_based_ttl_set /a/": {"path": "/a/", "ttl": "60"},
        "filetype_based_ttl_set jpg,png": {"file_type": "png,jpg", "ttl": "5", "swift_origin_cache_high": "on"},
        "set_resp_header X-A": {"key": "X-A", "value": "1"},
    }
    assert (absent, secret) == (["gzip"], set())


def record(number: int, name: str, **args: str) -> dict[str, t.Any]:
    return {"id": str(number), "name": name, "args": args, "status": "success", "label": functions.label_of(name, args)}


def one(name: str, **args: str) -> dict[str, dict[str, t.Any]]:
    label = functions.label_of(name, args)
    return {label: {"function": label, "name": name, "args": args}}


def test_only_what_is_declared_is_shown() -> None:
    there = [record(1, "aliauth", auth_type="type_a", auth_key1="hidden"), record(2, "set_req_header", key="Authorization", value="hidden")]
    shown, matched, doomed = functions.present(there, one("aliauth", auth_type="type_b"), [], ())
    assert (shown, doomed) == ([{"function": "aliauth", "args": {"auth_type": "type_a"}}], [])
    # When it is written, what is not declared is kept all the same.
    sent = functions.wire(one("aliauth", auth_type="type_b")["aliauth"], matched["aliauth"])
    assert sent["configId"] == 1
    assert {"argName": "auth_key1", "argValue": "hidden"} in sent["functionArgs"]


def test_of_two_records_the_one_that_says_it_all_is_ours() -> None:
    there = [record(number, "set_resp_header", key="X", value=str(number)) for number in (1, 2)]
    _, matched, doomed = functions.present(there, one("set_resp_header", key="X", value="2"), [], ())
    assert (matched["set_resp_header X"]["id"], doomed) == ("2", [])


def test_a_second_record_of_a_cache_rule_has_to_go() -> None:
    there = [record(number, "path_based_ttl_set", path="/", ttl=str(number)) for number in (1, 2)]
    wanted = one("path_based_ttl_set", path="/", ttl="2")
    shown, _, doomed = functions.present(there, wanted, [], functions.CACHE_RULES)
    assert [each["id"] for each in doomed] == ["1"]
    found = list(differences(functions.rule_of(), shown, [{"function": label, "args": each["args"]} for label, each in wanted.items()]))
    assert [each.path for each in found] == ["/path_based_ttl_set ~1 1"]


FILLED = {"weight": "1", "swift_no_cache_low": "off"}
PATHS = st.text("abc/", max_size=5).map(lambda text: f"/{text}")
RULES = st.dictionaries(PATHS, st.integers(0, 99999999).map(str), min_size=1, max_size=4)


@given(RULES, RULES, st.randoms())
def test_once_applied_nothing_is_left_to_do(before: dict[str, str], after: dict[str, str], chance: t.Any) -> None:
    """Against a service that fills in defaults, keeps records by id and returns them in an order of its own."""
    entries = {label: entry for path, ttl in after.items() for label, entry in one("path_based_ttl_set", path=path, ttl=ttl).items()}
    store = {number: {**FILLED, "path": path, "ttl": ttl} for number, (path, ttl) in enumerate(before.items(), 1)}

    def read() -> tuple[t.Any, ...]:
        records = [record(number, "path_based_ttl_set", **args) for number, args in store.items()]
        chance.shuffle(records)
        return functions.present(records, entries, [], functions.CACHE_RULES)

    want = [{"function": label, "args": each["args"]} for label, each in entries.items()]
    shown, matched, doomed = read()
    rule = functions.rule_of()
    assert not list(differences(rule, overlay(rule, shown, want), want))
    for each in doomed:
        del store[int(each["id"])]
    for label, entry in entries.items():
        sent = functions.wire(entry, matched.get(label))
        args = {each["argName"]: each["argValue"] for each in sent["functionArgs"]}
        store[sent.get("configId") or 100 + len(store)] = {**FILLED, **args}
    assert not list(differences(rule, read()[0], want))
    assert {each["path"]: each["ttl"] for each in store.values()} == after


def test_records_as_the_api_returns_them() -> None:
    args = {"FunctionArg": [{"ArgName": "ttl", "ArgValue": "1"}, {"ArgName": "path", "ArgValue": "/"}]}
    configs = [
        {"ConfigId": 7, "FunctionName": "path_based_ttl_set", "Status": "success", "FunctionArgs": args},
        {"ConfigId": "8", "FunctionName": "path_based_ttl_set", "Status": "success", "FunctionArgs": args, "ParentId": "7"},
    ]
    assert functions.records_of(configs) == [record(7, "path_based_ttl_set", ttl="1", path="/")]


@pytest.mark.parametrize(("value", "text"), [(True, "on"), (False, "off"), (3600, "3600"), ("x", "x"), ({"a": 1}, '{"a": 1}')])
def test_arguments_are_text(value: t.Any, text: str) -> None:
    assert functions.text_of(value) == text


# --- origins ---------------------------------------------------------------------


def test_a_bucket_is_reached_over_tls() -> None:
    for region in ("cn-shanghai", "oss-cn-shanghai"):
        found = origins.declared({"origin_bucket": "charts", "origin_region": region, "sources": None})
        assert found == [{"content": "charts.oss-cn-shanghai.aliyuncs.com", "type": "oss", "port": 443}]


def test_origins_on_the_wire_have_the_types_of_the_service() -> None:
    sent = json.loads(origins.wire([{"content": "a.example.com", "type": "domain"}]))
    assert sent == [{"content": "a.example.com", "type": "domain", "port": 80, "priority": "20", "weight": "10"}]


@given(st.permutations([{"Content": name, "Type": "domain", "Port": 80, "Priority": "20", "Weight": "10"} for name in "abc"]))
def test_origins_have_no_order(models: list[dict[str, t.Any]]) -> None:
    want = [{"content": name, "type": "domain"} for name in "abc"]
    assert not list(differences(origins.RULE, origins.present({"SourceModels": {"SourceModel": models}}), want))


# --- certificates --------------------------------------------------------------------


def pem(raw: bytes, width: int = 64) -> str:
    text = base64.b64encode(raw).decode()
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=1, max_size=50))
def test_a_certificate_is_its_first_one_however_it_is_laid_out(first: bytes, second: bytes) -> None:
    expected = hashlib.sha256(first).hexdigest()
    for text in (pem(first), pem(first, 20), pem(first).replace("\n", "\r\n"), f"bag attributes\n{pem(first)}{pem(second)}"):
        assert certificate.fingerprint(text) == expected


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate(text: str) -> None:
    assert certificate.fingerprint(text) is None


# --- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "root"),
    [("img.example.com", "example.com"), (".example.com", "example.com"), ("a.b.example.com.cn", "example.com.cn"), ("x.co", "x.co")],
)
def test_roots(name: str, root: str) -> None:
    assert api.verification(name, "verify_1") == {"name": f"verification.{root}", "type": "TXT", "content": "verify_1"}


def test_names() -> None:
    assert name_of("*.Example.com.") == name_of(".example.com") == ".example.com"
    assert api.pointing(".example.com", "x.w.kunlunsl.com")[0]["name"] == "*.example.com"
    for bad in ("example", "-a.example.com", "a..example.com", "a_b.example.com", ""):
        with pytest.raises(PlanError):
            name_of(bad)


# --- actions and errors -----------------------------------------------------------------


@pytest.mark.parametrize("action", ["DescribeCdnDomainDetail", "ListUsers", "GetCallerIdentity", "QueryResources"])
def test_actions_that_read(action: str) -> None:
    assert READING.fullmatch(action)


@pytest.mark.parametrize(
    "action", ["AddCdnDomain", "VerifyDomainOwner", "Describe", "Getaway", "ListenAll", "UpdateList", "RefreshDescribeX"]
)
def test_actions_that_write(action: str) -> None:
    assert not READING.fullmatch(action)


def error(status: int, code: str, message: str = "no", **facts: t.Any) -> t.Any:
    return refusal("do it", status=status, code=code, message=message, request_id="1", **facts)


@pytest.mark.parametrize(
    ("status", "code", "retryable", "executed"),
    [
        (400, "Throttling.User", True, False),
        (400, "Throttling", True, False),
        (503, "ServiceUnavailable", True, False),
        (500, "InternalError", True, None),
        (429, "Throttling.RateQuota", True, False),
        (429, "Throttling.AllocationQuota", False, False),
        (403, "NoPermission", False, False),
        (404, "InvalidDomain.NotFound", False, False),
        (400, "InvalidSources.Malformed", False, False),
    ],
)
def test_what_a_later_try_can_mend(status: int, code: str, retryable: bool, executed: bool | None) -> None:
    found = error(status, code)
    assert (found.failure["retryable"], found.executed) == (retryable, executed)


def test_errors_quote_nothing_that_was_signed() -> None:
    quoted = "Specified signature is not matched with our calculation. server string to sign is:POST&SSLPri%3Dsecret"
    found = error(400, "SignatureDoesNotMatch", quoted)
    assert "secret of the access key" in str(found)
    assert "SSLPri" not in str(found)
    lost = no_answer("ask", "cdn.aliyuncs.com", OSError("Max retries exceeded with url: /?Signature=abc&SecurityToken=def (Caused by X)"))
    assert "(Caused by X)" in str(lost)
    assert "abc" not in str(lost)
    assert "def" not in str(lost)


def test_a_missing_right_is_named() -> None:
    assert "cdn:AddCdnDomain" in error(403, "NoPermission", right="cdn:AddCdnDomain").failure["hint"]
    assert error(403, "Forbidden.RAM").failure["hint"] == "The RAM user lacks a right for this call"
