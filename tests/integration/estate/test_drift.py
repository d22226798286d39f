# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estate of inventories/test: preview on nothing, converge, again, and drift."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud, zones
from tests.steps import Ran, run_playbook

INVENTORY = ["-i", "inventories/test"]
# Where one cloud shows it as well as all of them.
PART = ["--limit", "cloudflare", "-e", "hybrid_cloud_accept_partial=true"]


def site(cloud: LocalCloud, *arguments: str) -> Ran:
    return run_playbook(cloud, "site.yml", [*INVENTORY, *arguments])


def drift(cloud: LocalCloud, *arguments: str, **environment: str) -> Ran:
    return run_playbook(cloud, "playbooks/drift.yml", [*INVENTORY, *arguments], environment)


def test_a_preview_of_an_empty_estate_runs_to_its_end_and_writes_nothing(cloud: LocalCloud) -> None:
    preview = site(cloud, "--check", "--diff")
    assert preview.code == 0, preview.output[-4000:]
    assert sum(bool(done.result.get("changed")) for done in preview.done) > 30
    assert cloud.writes == []


def test_a_second_run_changes_nothing(converged: LocalCloud) -> None:
    again = site(converged)
    assert again.code == 0
    assert not any(done.result.get("changed") for done in again.done)
    assert converged.reads
    assert converged.writes == []
    assert "WARNING]" not in again.output


def test_prod_previews_as_a_whole_on_nothing(cloud: LocalCloud) -> None:
    preview = run_playbook(cloud, "site.yml", ["-i", "inventories/prod", "--check"])
    assert preview.code == 0, preview.output[-4000:]
    assert ", 0 unknown, " in preview.output
    assert cloud.writes == []


def test_the_cluster_alone_looks_up_what_other_hosts_would_have_published(converged: LocalCloud) -> None:
    ran = site(converged, "--tags", "kubernetes", "--check")
    assert ran.code == 0, ran.output[-4000:]
    assert "ESTATE: 0 changes, 0 unknown" in ran.output


def test_an_untouched_estate_is_clean_without_a_write_and_without_check(converged: LocalCloud) -> None:
    ran = drift(converged)
    assert ran.code == 0, ran.output[-4000:]
    assert "clean: 0 findings, 0 unknown" in ran.output
    assert converged.writes == []


def test_drift_fails_and_names_the_path_and_writes_nothing(converged: LocalCloud) -> None:
    with converged.state() as state:
        for record in zones(state)["klinematrix.com"]["records"].values():
            if record["name"] == "www.klinematrix.com":
                record["content"] = "198.51.100.66"
    ran = drift(converged)
    assert ran.code == 2
    assert 'update  cloudflare dns_record www.klinematrix.com A/content: "198.51.100.66" -> "4.217.130.195"' in ran.output
    assert converged.writes == []


def test_drift_is_blind_without_the_callback(converged: LocalCloud) -> None:
    ran = drift(converged, *PART, ANSIBLE_CALLBACKS_ENABLED="record")
    assert ran.code == 2
    assert "is not loaded" in ran.output


@pytest.mark.parametrize(
    "arguments", [["--limit", "cloudflare"], ["--tags", "cloudflare_dns"], ["--limit", "tencent", "--skip-tags", "verify"]], ids=" ".join
)
def test_a_part_is_never_called_clean(converged: LocalCloud, arguments: list[str]) -> None:
    ran = drift(converged, *arguments)
    assert ran.code == 2
    for option, value in zip(arguments[::2], arguments[1::2], strict=True):
        assert f"whatever {option} {value} left out" in ran.output
    assert drift(converged, *arguments, "-e", "hybrid_cloud_accept_partial=true").code == 0


def test_results_that_are_censored_are_not_clean(converged: LocalCloud) -> None:
    ran = drift(converged, *PART, ANSIBLE_NO_LOG="1")
    assert ran.code == 2
    assert "unseen" in ran.output


def test_the_read_only_switch_never_opens_what_check_has_closed(cloud: LocalCloud) -> None:
    ran = site(cloud, "--check", *PART, "-e", "hybrid_cloud_read_only=false")
    assert ran.code == 0, ran.output[-4000:]
    assert cloud.writes == []


def test_a_cloud_that_does_not_answer_is_unknown_not_clean(converged: LocalCloud) -> None:
    converged.fault("status", status=403, cloud="cloudflare", count=None)
    ran = drift(converged, *PART)
    assert ran.code == 2
    assert "unknown" in ran.output
