# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really works in a cluster, and the way out of each trouble that is known."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.verification import checks

SPACE = "example"
MAIL = {"name": "mail", "namespace": SPACE}
TEST = {"environment": "test", "environments": ["test"]}
PROD = {"environment": "prod", "environments": ["test"]}


def thing(kind: str, name: str, status: str = "True", reason: str = "", message: str = "", **spec: t.Any) -> dict[str, t.Any]:
    condition = {"type": "Ready", "status": status, "reason": reason, "message": message}
    return {"kind": kind, "metadata": {"name": name, "namespace": SPACE}, "spec": spec, "status": {"conditions": [condition]}}


def deployment(available: int, value: str | None = None) -> dict[str, t.Any]:
    env = [] if value is None else [{"name": "EMAIL_BYPASS_MODE", "value": value}]
    made = thing("Deployment", "backend", replicas=2, template={"spec": {"containers": [{"name": "backend", "env": env}]}})
    return {**made, "status": {"availableReplicas": available}}


def one(found: list[dict[str, t.Any]], kind: str, *wanted: t.Any) -> dict[str, t.Any]:
    (judged,) = checks(found, kind, *wanted)
    assert judged["ok"] or (judged["found"] and judged["fix"])
    return t.cast("dict[str, t.Any]", judged)


def test_what_is_synced_is_well() -> None:
    assert one([thing("ExternalSecret", "mail", reason="SecretSynced")], "synced", [MAIL])["ok"]


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        ("AADSTS700213: No matching federated identity record found", "system:serviceaccount:"),
        ("ForbiddenByRbac: Caller is not authorized to perform action", "Key Vault Secrets User"),
        ("property TENCENT_SECRET_ID does not exist in key tencent-ses-credentials", '{"TENCENT_SECRET_ID"'),
        ("error unmarshalling json data", '{"TENCENT_SECRET_ID"'),
        ("SecretNotFound: A secret with (name/id) mail was not found in this key vault", "no such secret"),
        ("using cluster store is not allowed from namespace: denied by spec.condition; conditions", "external_secrets"),
    ],
)
def test_the_known_troubles_have_a_way_out(message: str, fix: str) -> None:
    judged = one([thing("ExternalSecret", "mail", "False", "SecretSyncedError", message)], "synced", [MAIL])
    assert not judged["ok"]
    assert message in judged["found"]
    assert fix in judged["fix"]


def test_what_is_not_there_and_what_nobody_has_looked_at_yet() -> None:
    assert one([], "synced", [MAIL])["found"] == "it is not there"
    fresh = {**thing("ExternalSecret", "mail"), "status": {}}
    assert one([fresh], "synced", [MAIL])["found"] == "its controller has said nothing yet"


def test_the_store_is_looked_at_too() -> None:
    store = thing("ClusterSecretStore", "vault", "False", "InvalidProviderConfig", "unable to create client")
    assert [each["ok"] for each in checks([store, thing("ExternalSecret", "mail")], "synced", [MAIL], "vault")] == [False, True]


def test_certificates() -> None:
    assert one([thing("Certificate", "backend-tls")], "certificates", SPACE)["ok"]
    assert "Ingress with `tls`" in one([], "certificates", SPACE)["fix"]
    limited = thing("Certificate", "backend-tls", "False", "Failed", "429 urn:ietf:params:acme:error:rateLimited: too many certificates")
    assert "letsencrypt-staging" in one([limited], "certificates", SPACE)["fix"]


@pytest.mark.parametrize(("available", "ok"), [(2, True), (1, False), (0, False)])
def test_workloads_have_all_their_pods(available: int, ok: bool) -> None:
    assert one([deployment(available)], "workloads", SPACE)["ok"] is ok


def test_nothing_at_all_is_not_well() -> None:
    assert one([], "workloads", SPACE)["found"] == "no Deployment"


@pytest.mark.parametrize(
    ("mode", "value", "ok"),
    [(TEST, "true", True), (TEST, "false", False), (TEST, None, False), (PROD, "false", True), (PROD, None, True), (PROD, "True", False)],
)
def test_mail_is_held_back_in_test_and_nowhere_else(mode: dict[str, t.Any], value: str | None, ok: bool) -> None:
    assert one([deployment(2, value)], "mail_mode", "backend", mode)["ok"] is ok


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"name": "@", "content": "192.0.2.1"}, [True]),
        ({"name": "@", "content": "192.0.2.66"}, [False]),
        ({"name": "@", "content": "192.0.2.66", "proxied": True}, []),
        ({"name": "www", "content": "192.0.2.66"}, []),
    ],
)
def test_the_name_points_to_the_ingress(record: dict[str, t.Any], expected: list[bool]) -> None:
    judged = checks([{"type": "A", **record}], "address", "example.com", "example.com", "192.0.2.1")
    assert [each["ok"] for each in judged] == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"ok": True, "http": {"to_https": True}}, [True, True]),
        ({"ok": True, "http": {"to_https": False, "status": 200}}, [True, False]),
        ({"ok": False, "problem": {"code": "untrusted_issuer", "text": "staging", "hint": "Switch to production"}, "http": None}, [False]),
    ],
)
def test_an_endpoint(seen: dict[str, t.Any], expected: list[bool]) -> None:
    assert [each["ok"] for each in checks(seen, "endpoint", "https://example.com/api/health")] == expected
