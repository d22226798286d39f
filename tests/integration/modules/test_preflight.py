# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role preflight as playbooks run it: the inventory without a call, then every cloud by itself."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.cloud import ROOT, LocalCloud
from tests.integration.identities import restrict
from tests.steps import Done, Ran, run_playbook

PREFLIGHT = "playbooks/preflight.yml"
INVENTORY = "Find what is wrong in the inventory before anything is called"
ACCESS = "Look who we are, and which rights are missing"
SECRET = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"


def inventory(folder: Path, **files: dict[str, t.Any]) -> list[str]:
    """A copy of the estate's inventory, with more variables in some files of group_vars."""
    copy = folder / "inventories" / "mine"
    shutil.copytree(ROOT / "inventories" / "test", copy)
    (folder / "examples").symlink_to(ROOT / "examples")
    for group, variables in files.items():
        (copy / "group_vars" / group).mkdir()
        shutil.move(copy / "group_vars" / f"{group}.yml", copy / "group_vars" / group / "estate.yml")
        (copy / "group_vars" / group / "more.yml").write_text(yaml.safe_dump(variables))
    return ["-i", str(copy)]


def of(ran: Ran, name: str) -> list[Done]:
    return [done for done in ran.done if done.task.endswith(name)]


def calls(cloud: LocalCloud) -> list[dict[str, t.Any]]:
    return [call for call in cloud.journal if call["host"] != "login.microsoftonline.com"]


def test_the_estate_passes_and_is_only_read(cloud: LocalCloud) -> None:
    ran = run_playbook(cloud, PREFLIGHT, ["-i", "inventories/test"])
    assert ran.code == 0, ran.output[-3000:]
    looked = of(ran, ACCESS)
    assert {done.result["access"]["cloud"] for done in looked} == {"alibaba", "azure", "cloudflare", "tencent"}
    assert {len(done.result["access"]["missing"]) for done in looked} == {0}
    assert {call["cloud"] for call in calls(cloud)} == {"alibaba", "azure", "cloudflare", "tencent"}
    assert [call["action"] for call in calls(cloud) if call["write"]] == []
    assert "DMARC with p=none" in ran.output


def test_a_limited_run_checks_the_whole_inventory_and_one_cloud(cloud: LocalCloud) -> None:
    ran = run_playbook(cloud, PREFLIGHT, ["-i", "inventories/test", "--limit", "cloudflare", "--check"])
    assert ran.code == 0, ran.output[-3000:]
    assert {call["cloud"] for call in calls(cloud)} == {"cloudflare"}


def test_what_is_wrong_is_found_before_anything_is_called(cloud: LocalCloud, tmp_path: Path) -> None:
    wrong = inventory(
        tmp_path,
        cloudflare={"cloudflare_dns_recrods": [], "cloudflare_dns_purge": "sometimes"},
        azure_foundation={"key_vault_name": "not_a_vault"},
        tencent={"tencent_secret_key": SECRET, "tencent_ses_zone": "{{ estate_domian }}"},
    )
    ran = run_playbook(cloud, PREFLIGHT, wrong)
    assert (ran.code != 0, calls(cloud)) == (True, [])
    (done,) = of(ran, INVENTORY)
    said = "\n".join(done.result["problems"])
    assert "group_vars/cloudflare/more.yml:2: the role cloudflare_dns has no variable cloudflare_dns_recrods" in said
    assert "did you mean cloudflare_dns_records?" in said
    assert "value of cloudflare_dns_purge must be one of: none, owned, all" in said
    assert "key_vault name 'not_a_vault' is invalid" in said
    assert "tencent_secret_key is a secret in plain text" in said
    assert "it refers to estate_domian, which is not defined" in said
    assert len(done.result["problems"]) == 5
    assert SECRET not in ran.output


def test_two_inventories_may_not_own_the_same(cloud: LocalCloud, tmp_path: Path) -> None:
    mine = inventory(tmp_path, all={"preflight_other_inventories": [str(ROOT / "inventories" / "test")]})
    ran = run_playbook(cloud, PREFLIGHT, mine)
    (done,) = of(ran, INVENTORY)
    said = "\n".join(done.result["problems"])
    assert (ran.code != 0, calls(cloud)) == (True, [])
    for thing in ("vault klinematrix-test-kv", "bucket financial-agent-charts", "DNS record www.klinematrix.com A"):
        assert f"{thing} is declared in the inventory test too" in said


def test_one_cloud_without_credentials_does_not_stop_the_others(cloud: LocalCloud) -> None:
    ran = run_playbook(cloud, PREFLIGHT, ["-i", "inventories/test"], {"CLOUDFLARE_API_TOKEN": ""})
    assert ran.code != 0
    (failed,) = [done for done in of(ran, ACCESS) if done.status == "failed"]
    assert failed.result["failure"]["code"] == "no_credentials"
    assert "CLOUDFLARE_API_TOKEN" in failed.result["msg"]
    looked = {done.result["access"]["cloud"] for done in of(ran, ACCESS) if done is not failed}
    assert looked == {"alibaba", "azure", "tencent"}


@pytest.mark.parametrize(
    ("variables", "task", "words"),
    [
        (
            {"backend_environment": "prod"},
            "Refuse to hold mail back where people wait for it",
            "EMAIL_BYPASS_MODE is set in the environment prod (Deployment backend, container backend",
        ),
        ({"backend_overlay": "overlays/tset"}, "Render the overlay", "there is no folder overlays/tset"),
    ],
    ids=["mail held back", "no overlay"],
)
def test_an_overlay_is_refused_before_anything_is_written(
    cloud: LocalCloud, tmp_path: Path, variables: dict[str, t.Any], task: str, words: str
) -> None:
    mine = inventory(tmp_path, kubernetes=variables)
    ran = run_playbook(cloud, PREFLIGHT, mine)
    (refused,) = of(ran, task)
    assert (ran.code != 0, refused.status) == (True, "failed")
    assert words in refused.result["msg"]
    assert [call["action"] for call in calls(cloud) if call["write"]] == []
    without = run_playbook(cloud, PREFLIGHT, [*mine, "--limit", "kubernetes", "--skip-tags", "backend"])
    assert (without.code, of(without, task)) == (0, [])


GATED = [
    {"import_playbook": str(ROOT / "playbooks" / "preflight.yml"), "vars": {"hybrid_cloud_read_only": True}},
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"name": "Judge", "klinematrix.hybrid_cloud.drift_gate": {}, "run_once": True}],
    },
]


def test_in_a_drift_run_its_failures_are_unknown(cloud: LocalCloud, tmp_path: Path) -> None:
    playbook = tmp_path / "gated.yml"
    playbook.write_text(yaml.safe_dump(GATED, sort_keys=False))
    restrict(cloud, reader=True)
    clean = run_playbook(cloud, playbook, ["-i", "inventories/test"])
    assert (clean.code, clean.done[-1].result["drift"]["status"]) == (0, "clean"), clean.output[-3000:]

    wrong = inventory(tmp_path, cloudflare={"cloudflare_dns_recrods": []})
    blind = run_playbook(cloud, playbook, wrong, {"TENCENTCLOUD_SECRET_KEY": "x" * 32})
    drift = blind.done[-1].result["drift"]
    assert (blind.code != 0, drift["status"], drift["findings"]) == (True, "blind", [])
    unknown = "\n".join(drift["unknown"])
    assert "cloudflare_dns_recrods" in unknown
    assert "tencent-main" in unknown
    assert "alibaba-main: Look" not in unknown
