# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret that was rotated in the vault reaches the pods; what was there before is good until then, and no longer than is wished."""

from __future__ import annotations

import hashlib
import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import Ran, direct, run_playbook

VAULT, NAME, VARIABLE = "klinematrix-test-kv", "dashscope-api-key", "DASHSCOPE_API_KEY"
NEW = "sk-made-up-and-rotated-0001"
# What a person does with the vendor's own client.
READ = """
from azure.identity import EnvironmentCredential
from azure.keyvault.secrets import SecretClient

def client(vault):
    return SecretClient(vault, EnvironmentCredential())
"""
QUICK = [f"-e{role}_wait_timeout={seconds}" for role, seconds in (("external_secrets", 15), ("backend", 15), ("verify", 5))]


# The stand-in for the backend tells what it was started with at a path that the estate's own Ingress does not let in.
DOOR: dict[str, t.Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "door", "namespace": "klinematrix-test"},
    "spec": {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "klinematrix.com",
                "http": {
                    "paths": [
                        {
                            "path": "/_stand_in",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "backend", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
    },
}


@pytest.fixture
def estate(converged: LocalCloud) -> LocalCloud:
    group = f"/subscriptions/{converged.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/FinancialAgent"
    cluster = f"{group}/providers/Microsoft.ContainerService/managedClusters/FinancialAgent-AKS"
    done = direct(converged, "k8s_objects", aks_cluster_id=cluster, objects=[DOOR])
    assert done.status == "ok", done.result
    return converged


def rotate(cloud: LocalCloud, *arguments: str) -> Ran:
    return run_playbook(cloud, "playbooks/rotate_secret.yml", ["-i", "inventories/test", *QUICK, *arguments])


def running(cloud: LocalCloud) -> dict[str, t.Any]:
    """What the backend says of itself to whoever asks for it: its pod, and digests of its environment."""
    script = "import requests; print(requests.get('https://klinematrix.com/_stand_in/environment', timeout=10).text)"
    return t.cast("dict[str, t.Any]", json.loads(cloud.python(script)))


def versions(cloud: LocalCloud, name: str = NAME) -> list[bool]:
    found = direct(cloud, "key_vault_secrets_info", vault=VAULT, names=[name], versions=True)
    return [each["enabled"] for each in found.result["secrets"][0]["versions"]]


def writes(ran: Ran) -> list[str]:
    return [write for done in ran.done for write in done.writes]


def all_changes(ran: Ran) -> list[dict[str, t.Any]]:
    return [change for done in ran.done for change in done.result.get("changes") or ()]


def changed(ran: Ran) -> list[str]:
    return [f"{change['kind']} {change['name']}" for change in all_changes(ran)]


def test_a_rotated_secret_reaches_the_pods(estate: LocalCloud) -> None:
    before = running(estate)
    kept = direct(estate, "key_vault_secret", vault=VAULT, name=NAME, value=NEW)
    assert kept.result["changed"]

    preview = rotate(estate, "--check")
    assert (preview.code, writes(preview)) == (0, []), preview.output[-3000:]
    ran = rotate(estate)
    assert ran.code == 0, ran.output[-3000:]
    assert changed(ran) == changed(preview) == [f"ExternalSecret klinematrix-test/{NAME}", "Deployment klinematrix-test/backend"]
    assert NEW not in ran.output + str([done.result for done in ran.done])

    after = running(estate)
    assert after["pod"] != before["pod"]
    assert after["sha256"][VARIABLE] == hashlib.sha256(NEW.encode()).hexdigest() != before["sha256"][VARIABLE]
    assert {name for name in after["sha256"] if after["sha256"][name] != before["sha256"][name]} == {VARIABLE}
    assert versions(estate) == [True, True]

    again = rotate(estate, "-erotate_retire_old_versions=true")
    assert again.code == 0, again.output[-3000:]
    assert changed(again) == [f"secret_version {changed_version(again)}"]
    assert versions(estate) == [True, False]
    assert running(estate) == after


def changed_version(ran: Ran) -> str:
    (found,) = [change["name"] for done in ran.done for change in done.result.get("changes") or ()]
    assert found.startswith(f"{NAME}/")
    return t.cast("str", found)


def test_a_secret_that_is_not_synced_replaces_no_pod_and_turns_nothing_off(estate: LocalCloud) -> None:
    before = running(estate)
    mail = direct(estate, "key_vault_secret", vault=VAULT, name="tencent-ses-credentials", value="no JSON at all")
    assert mail.result["changed"]
    ran = rotate(estate, "-erotate_retire_old_versions=true")
    assert ran.code == 2
    failed = next(done for done in ran.done if done.status == "failed")
    assert "tencent-ses-credentials" in failed.result["msg"]
    assert failed.result["failure"]["hint"]
    assert running(estate) == before
    assert versions(estate) == [True]


def test_a_value_that_no_pod_starts_with_costs_nothing_and_can_be_taken_back(estate: LocalCloud) -> None:
    before = running(estate)
    vault = f"https://{VAULT}.vault.azure.net/"
    good = estate.python(f"{READ}\nprint(client({vault!r}).get_secret('mongodb-url').value)").strip()
    assert direct(estate, "key_vault_secret", vault=VAULT, name="mongodb-url", value="no-connection-string-0001").result["changed"]
    ran = rotate(estate, "-erotate_retire_old_versions=true", "-ebackend_wait_timeout=5")
    assert ran.code == 2
    said = [done.result["msg"] for done in ran.done if done.status == "failed"]
    assert "CrashLoopBackOff" in said[0]
    assert "give the vault the value before as a new version" in said[1]
    assert "no-connection-string-0001" not in ran.output + str([done.result for done in ran.done])
    assert running(estate) == before
    assert versions(estate, "mongodb-url") == [True, True]

    assert direct(estate, "key_vault_secret", vault=VAULT, name="mongodb-url", value=good).result["changed"]
    back = rotate(estate)
    assert back.code == 0, back.output[-3000:]
    assert good not in back.output
    assert running(estate)["sha256"] == before["sha256"]


def test_the_preview_of_a_run_that_writes_a_secret_shows_the_sync_and_the_rollout(estate: LocalCloud) -> None:
    arguments = ["-i", "inventories/test", "--tags", "key_vault,cosmos_db,external_secrets,backend"]
    environment = {"APP_CLOUDFLARE_API_TOKEN": "made-up-and-newer-token-0001"}
    assert direct(estate, "key_vault_secret", vault=VAULT, name="mongodb-url", value="somebody-else-wrote-this").result["changed"]
    estate.forget()
    preview = run_playbook(estate, "site.yml", [*arguments, "--check"], environment)
    assert (preview.code, writes(preview)) == (0, []), preview.output[-3000:]
    for kind, name in (("ExternalSecret", "cloudflare-api-token"), ("ExternalSecret", "mongodb-url"), ("Deployment", "mongodb-url")):
        assert f"{name}=(known after apply)" in str([change for change in all_changes(preview) if change["kind"] == kind])
    ran = run_playbook(estate, "site.yml", arguments, environment)
    assert ran.code == 0, ran.output[-3000:]
    assert sorted(changed(ran)) == sorted(changed(preview))
    assert len(changed(ran)) == 5
