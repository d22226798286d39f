# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of an API server: what may be sent, what is sent again, and what its refusals say."""

from __future__ import annotations

import base64
import socket
import threading
import typing as t
from contextlib import suppress

import pytest
import urllib3.exceptions as errors

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.apply import side_by_side
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import client as client_module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import ServerAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.client import APPLY, JSON_PATCH, is_write
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.discovery import Discovery
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import ApiError, no_answer
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Resource
from tests.unit.kubernetes.api import SERVER, Answer, Asked, client, status

DEPLOYMENTS = "/apis/apps/v1/namespaces/test/deployments"
READS = [
    ("GET", DEPLOYMENTS),
    ("GET", "/api/v1/namespaces/test/configmaps/proxy"),
    ("PATCH", f"{DEPLOYMENTS}/backend?dryRun=All&force=true"),
    ("POST", f"{DEPLOYMENTS}?dryRun=All"),
    ("DELETE", f"{DEPLOYMENTS}/backend?dryRun=All"),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"),
]
WRITES = [
    ("PATCH", f"{DEPLOYMENTS}/backend?force=true"),
    ("PATCH", f"{DEPLOYMENTS}/backend?dryRun=None"),
    ("PATCH", f"{DEPLOYMENTS}/backend?dryRun=All&dryRun=None"),
    ("PATCH", f"{DEPLOYMENTS}/dryRun=All"),
    ("DELETE", f"{DEPLOYMENTS}/backend"),
    ("POST", DEPLOYMENTS),
    ("POST", "/api/v1/namespaces/test/serviceaccounts/x/token"),
    ("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"),
    ("GET", "/api/v1/namespaces/test/pods/backend/exec?command=sh"),
    ("GET", "/api/v1/namespaces/test/services/backend/proxy/shutdown"),
    ("OPTIONS", DEPLOYMENTS),
]


@pytest.mark.parametrize(("method", "url"), READS)
def test_what_reads(method: str, url: str) -> None:
    assert not is_write(method, url)


@pytest.mark.parametrize(("method", "url"), WRITES)
def test_everything_else_writes(method: str, url: str) -> None:
    assert is_write(method, url)


def test_a_write_in_check_mode_is_refused_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    api, pool = client(monkeypatch, lambda asked: Answer(200), read_only=True)
    with pytest.raises(WriteRefused, match="PATCH /apis/apps/v1/namespaces/test/deployments/backend"):
        api.send("write", "PATCH", f"{DEPLOYMENTS}/backend", {}, form=APPLY)
    assert pool.asked == []
    api.send("try", "PATCH", f"{DEPLOYMENTS}/backend", {}, form=APPLY, query={"dryRun": "All"})
    assert len(pool.asked) == 1


@pytest.mark.parametrize(
    ("form", "query", "tries"), [(APPLY, {}, 3), (JSON_PATCH, {}, 1), (JSON_PATCH, {"dryRun": "All"}, 3)], ids=["apply", "patch", "dry run"]
)
def test_what_may_have_been_carried_out_is_sent_again_only_if_that_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, form: str, query: dict[str, str], tries: int
) -> None:
    answers: list[Answer | Exception] = [
        Answer(503, b"oops"),
        errors.ProtocolError("Connection aborted.", ConnectionResetError()),
        Answer(200),
    ]
    api, pool = client(monkeypatch, lambda asked: answers[len(pool.asked) - 1])
    if tries == 3:
        api.send("write", "PATCH", "/x", {}, form=form, query=query)
    else:
        with pytest.raises(CloudError, match="oops"):
            api.send("write", "PATCH", "/x", {}, form=form, query=query)
    assert len(pool.asked) == tries


def test_a_dropped_connection_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = client(monkeypatch, lambda asked: errors.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer")))
    with pytest.raises(CloudError, match=r"read x: no answer from https://cluster\.example: ProtocolError.*reset by peer") as caught:
        api.get("read x", "/x")
    assert (caught.value.code, caught.value.executed) == ("no_answer", None)


@pytest.mark.parametrize(("logins", "calls"), [(["old", "new"], 2), (["only"], 1)], ids=["a fresh token", "the same login"])
def test_a_refused_login_is_renewed_once(monkeypatch: pytest.MonkeyPatch, logins: list[str], calls: int) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(200, {"ok": True}) if asked.headers["Authorization"] == "Bearer new" else status(401, "Unauthorized", "Unauthorized")

    api, pool = client(monkeypatch, answer, logins=logins)
    if calls == 2:
        assert api.get("read x", "/x") == {"ok": True}
    else:
        with pytest.raises(CloudError, match="The login was refused"):
            api.get("read x", "/x")
    assert len(pool.asked) == calls


def test_a_refusal_says_what_the_server_said(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = status(403, "Forbidden", 'deployments.apps "x" is forbidden: User "u" cannot patch', name="x", kind="deployments")
    api, pool = client(monkeypatch, lambda asked: refused)
    with pytest.raises(
        CloudError, match=r'apply x: deployments.apps "x" is forbidden.*HTTP 403, Forbidden, request id audit-1.*lacks'
    ) as caught:
        api.send("apply x", "PATCH", "/x", {}, form=APPLY)
    assert caught.value.failure["retryable"] is False
    assert len(pool.asked) == 1


SPECIAL = [
    (status(400, "BadRequest", 'admission webhook "x.example" does not support dry run'), "no_dry_run", "sideEffects"),
    (status(500, "", "rpc error: code = InvalidArgument desc = etcdserver: request is too large"), "RequestEntityTooLarge", "1.5 MB"),
    (status(413, "RequestEntityTooLarge", "limit is 3145728"), "RequestEntityTooLarge", "1.5 MB"),
    (status(403, "Forbidden", 'admission webhook "x.example" denied the request: no'), "denied_by_webhook", "A policy of this cluster"),
    (status(403, "Forbidden", 'pods "x" is forbidden: violates PodSecurity "restricted:latest": ...'), "pod_security", "securityContext"),
    (status(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q, requested: ...'), "quota_exceeded", "raise the quota"),
    (
        status(403, "Forbidden", 'pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found'),
        "missing_service_account",
        "serviceAccountName",
    ),
    (
        status(403, "Forbidden", 'pods "x" is forbidden: no PriorityClass with name y was found'),
        "missing_priority_class",
        "priorityClassName",
    ),
    (status(403, "Forbidden", 'x "y" is forbidden: not yet ready to handle request'), "Forbidden", "what forbids it"),
    (status(403, "Forbidden", 'x "y" is forbidden: User "u" cannot patch resource "x"'), "Forbidden", "give it a Role"),
]


@pytest.mark.parametrize(("answer", "code", "hint"), SPECIAL, ids=[hint for _, _, hint in SPECIAL])
def test_what_trying_again_does_not_mend_says_what_does(monkeypatch: pytest.MonkeyPatch, answer: Answer, code: str, hint: str) -> None:
    api, pool = client(monkeypatch, lambda asked: answer)
    with pytest.raises(ApiError, match=hint) as caught:
        api.send("try x", "PATCH", "/x", {}, form=APPLY)
    assert (caught.value.code, caught.value.failure["retryable"], caught.value.is_invalid, len(pool.asked)) == (code, False, False, 1)


def test_a_private_cluster_that_is_not_reached_is_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    error = no_answer(
        "read x", errors.NameResolutionError("x", t.cast("t.Any", None), socket.gaierror(-2, "unknown")), "https://a.privatelink.b"
    )
    assert "private cluster" in str(error.failure["hint"])


def test_a_server_that_asks_to_wait_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [status(429, "TooManyRequests", "slow down", retryAfterSeconds=3), Answer(200)]
    api, pool = client(monkeypatch, lambda asked: answers.pop(0))
    assert api.send("create x", "POST", "/x", {}) == {}
    assert len(pool.asked) == 2


def test_what_must_not_be_shown_is_not_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = client(monkeypatch, lambda asked: status(422, "Invalid", 'data: Invalid value: "s3cret-value"'))
    with pytest.raises(CloudError) as caught:
        api.send("apply x", "PATCH", "/x", {}, form=APPLY, hidden=["s3cret-value"])
    assert "s3cret-value" not in str(caught.value)
    assert "********" in str(caught.value)


def test_short_secrets_are_taken_out_where_they_are_quoted_and_leave_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = client(monkeypatch, lambda asked: status(422, "Invalid", """data: Invalid value: "e": neither 'e' nor "me\""""))
    with pytest.raises(CloudError) as caught:
        api.send("apply x", "PATCH", "/x", {}, form=APPLY, hidden=["e", ""])
    assert """data: Invalid value: "********": neither '********' nor "me\"""" in str(caught.value)


def test_lists_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Answer:
        second = asked.query.get("continue") == "token"
        items = [{"metadata": {"name": "b" if second else "a"}}]
        return Answer(200, {"kind": "PodList", "apiVersion": "v1", "metadata": {} if second else {"continue": "token"}, "items": items})

    api, _ = client(monkeypatch, answer)
    found = api.list("list pods", "/api/v1/pods")
    assert [each["metadata"]["name"] for each in found] == ["a", "b"]
    pod = Resource("", "v1", "Pod", "pods", True)
    assert pod.item(found[0]) == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}


def test_a_list_whose_next_page_has_expired_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Answer:
        if "continue" in asked.query:
            return status(410, "Expired", "The provided continue parameter is too old to display a consistent list result.")
        items = [{"metadata": {"name": name}} for name in "ab"]
        if "limit" in asked.query:
            return Answer(200, {"metadata": {"continue": "token"}, "items": items[:1]})
        return Answer(200, {"metadata": {}, "items": items})

    api, _ = client(monkeypatch, answer)
    assert [each["metadata"]["name"] for each in api.list("list pods", "/api/v1/pods", labelSelector="a=b")] == ["a", "b"]


# --- connections ---------------------------------------------------------------

PROXIES = [
    (None, {"HTTPS_PROXY": "http://env.example:1"}, "env.example"),
    (None, {"HTTPS_PROXY": "http://env.example:1", "NO_PROXY": ".example"}, None),
    ("http://own.example:2", {"HTTPS_PROXY": "http://env.example:1", "NO_PROXY": "*"}, "own.example"),
    (None, {}, None),
]


@pytest.mark.parametrize(("own", "environment", "host"), PROXIES)
def test_which_proxy_is_used(monkeypatch: pytest.MonkeyPatch, own: str | None, environment: dict[str, str], host: str | None) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    pool = client_module._connections(ServerAccess(SERVER, "x", proxy=own))
    assert (pool.proxy.host if pool.proxy else None) == host


def test_an_older_sdk_that_does_not_look_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """kubernetes 32 and 33 leave the proxy alone unless they are told."""
    settings = type("Settings", (), {"proxy": None, "no_proxy": None, "proxy_headers": None})()
    monkeypatch.setenv("HTTPS_PROXY", "http://env.example:1")
    client_module._choose_proxy(settings, ServerAccess(SERVER, "x"))
    assert settings.proxy == "http://env.example:1"


def test_a_proxy_gets_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = client_module._connections(ServerAccess(SERVER, "x", proxy="http://me:p%40ss@proxy.example:1"))
    assert pool.proxy_headers == {"proxy-authorization": "Basic " + base64.b64encode(b"me:p@ss").decode()}


def test_a_proxy_that_nobody_can_use_is_named_without_its_login() -> None:
    with pytest.raises(PlanError, match=r"the proxy for x cannot be used: its scheme is gopher") as caught:
        client_module._connections(ServerAccess(SERVER, "x", proxy="gopher://me:pass@proxy.example:1"))
    assert "pass@" not in str(caught.value)


# --- discovery ---------------------------------------------------------------


def aggregated(asked: Asked) -> Answer:
    def resource(plural: str, kind: str, scope: str) -> dict[str, t.Any]:
        below = [{"subresource": "status", "responseKind": {"kind": kind}}]
        return {"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": ["get"], "subresources": below}

    groups: dict[str, list[dict[str, t.Any]]] = {
        "/api": [{"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [resource("pods", "Pod", "Namespaced")]}]}],
        "/apis": [
            {
                "metadata": {"name": "example.com"},
                "versions": [{"version": version, "resources": [resource("things", "Thing", "Cluster")]} for version in ("v2", "v1")],
            }
        ],
    }
    assert "apidiscovery.k8s.io" in asked.headers["Accept"]
    return Answer(200, {"kind": "APIGroupDiscoveryList", "items": groups[asked.path]})


def by_group(asked: Asked) -> Answer:
    things = [
        {"name": "things", "kind": "Thing", "namespaced": False, "verbs": ["get"]},
        {"name": "things/status", "kind": "Thing", "namespaced": False, "verbs": ["get"]},
    ]
    versions = [{"groupVersion": "example.com/v1"}, {"groupVersion": "example.com/v2"}]
    pods = [
        {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
        {"name": "pods/status", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
    ]
    bodies: dict[str, dict[str, t.Any]] = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "groups": [{"name": "example.com", "versions": versions, "preferredVersion": versions[1]}]},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": pods},
        **{
            f"/apis/example.com/{v}": {"kind": "APIResourceList", "groupVersion": f"example.com/{v}", "resources": things}
            for v in ("v1", "v2")
        },
    }
    return Answer(200, bodies[asked.path])


@pytest.mark.parametrize(("server", "calls"), [(aggregated, 2), (by_group, 5)], ids=["aggregated", "by group"])
def test_discovery_finds_the_same_either_way(monkeypatch: pytest.MonkeyPatch, server: t.Callable[[Asked], Answer], calls: int) -> None:
    api, pool = client(monkeypatch, server)
    discovery = Discovery(api)
    pod = discovery.find("v1", "Pod")
    thing = discovery.find("example.com/v1", "Thing")
    assert pod == Resource("", "v1", "Pod", "pods", True, frozenset({"get"}), frozenset({"status"}))
    assert thing == Resource("example.com", "v1", "Thing", "things", False, frozenset({"get"}), frozenset({"status"}))
    assert discovery.versions("example.com", "Thing") == ["v2", "v1"]
    assert discovery.find("example.com/v1beta1", "Thing") is None
    assert [each.api_version for each in discovery.every()] == ["v1", "example.com/v2"]
    assert "example.com/v2/Thing" in discovery.api_versions()
    assert len(pool.asked) == calls


def aggregated_without(asked: Asked) -> Answer:
    answer = aggregated(asked)
    if asked.path == "/apis":
        answer.body["items"].append({"metadata": {"name": "metrics.example"}, "versions": [{"version": "v1", "freshness": "Stale"}]})
    return answer


def by_group_without(asked: Asked) -> Answer:
    if asked.path == "/apis/metrics.example/v1":
        return status(503, "ServiceUnavailable", "the server is currently unable to handle the request")
    answer = by_group(asked)
    if asked.path == "/apis":
        answer.body["groups"].append({"name": "metrics.example", "versions": [{"groupVersion": "metrics.example/v1"}]})
    return answer


@pytest.mark.parametrize("server", [aggregated_without, by_group_without], ids=["aggregated", "by group"])
def test_a_part_of_the_api_that_does_not_answer_is_neither_absent_nor_in_the_way(
    monkeypatch: pytest.MonkeyPatch, server: t.Callable[[Asked], Answer]
) -> None:
    api, _ = client(monkeypatch, server)
    discovery = Discovery(api)
    assert discovery.find("v1", "Pod") is not None
    assert discovery.silent == ["metrics.example/v1"]
    with pytest.raises(CloudError, match=r"kind Metric of metrics\.example/v1.*describe apiservice v1\.metrics\.example"):
        discovery.find("metrics.example/v1", "Metric")
    assert discovery.find("metrics.example/v2", "Metric") is None


def test_what_is_served_is_asked_for_once_however_many_ask_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    start, more = threading.Barrier(8), threading.Barrier(3)

    def answer(asked: Asked) -> Answer:
        with suppress(threading.BrokenBarrierError):
            more.wait(0.2)  # /api and /apis wait here for a third asker, and none may come
        return aggregated(asked)

    def ask(kind: str) -> Resource | None:
        start.wait()
        return discovery.find("v1", kind)

    api, pool = client(monkeypatch, answer)
    discovery = Discovery(api)
    assert None not in side_by_side(ask, ["Pod"] * 8)
    assert len(pool.asked) == 2


@pytest.mark.parametrize(
    ("kind", "listed", "there"),
    [
        ("Policy", Answer(200, {"items": [{"metadata": {"name": "policies.example.org"}}]}), True),
        ("Policy", Answer(200, {"items": [{"metadata": {"name": "policies.example.net"}}]}), False),
        ("Policy", status(403, "Forbidden"), False),
        ("Deployment", Answer(500), False),
    ],
    ids=["defined", "of another group", "may not look", "built in"],
)
def test_what_is_defined_may_not_be_served_yet(monkeypatch: pytest.MonkeyPatch, kind: str, listed: Answer, there: bool) -> None:
    api, _ = client(monkeypatch, lambda asked: listed if "customresourcedefinitions" in asked.path else aggregated(asked))
    assert Discovery(api).is_defined("apps/v1" if kind == "Deployment" else "example.org/v1", kind) is there


def test_paths() -> None:
    pod = Resource("", "v1", "Pod", "pods", True)
    role = Resource("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", False)
    assert pod.path("test", "a", "log") == "/api/v1/namespaces/test/pods/a/log"
    assert pod.path() == "/api/v1/pods"
    assert role.path(None, "system:node") == "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node"
    assert pod.path("test", "../x") == "/api/v1/namespaces/test/pods/..%2Fx"
