# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWX objects refer to each other and to files that exist, and hold no secret."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


class Loader(yaml.SafeLoader):
    """Knows Ansible's !unsafe."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
OBJECTS: dict[str, list[dict[str, t.Any]]] = yaml.load((ROOT / "awx/controller.yml").read_text(), Loader)
TEMPLATES = OBJECTS["controller_templates"]


def names(kind: str) -> set[str]:
    return {each["name"] for each in OBJECTS[f"controller_{kind}"]}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["name"])
def test_a_template_refers_to_what_exists(template: dict[str, t.Any]) -> None:
    assert (ROOT / template["playbook"]).is_file()
    assert template["project"] in names("projects")
    assert template["inventory"] in names("inventories")
    assert set(template["credentials"]) <= names("credentials")
    assert template["execution_environment"] in names("execution_environments")


def test_what_reads_has_a_readers_credentials() -> None:
    for template in TEMPLATES:
        writes = template["playbook"] == "site.yml" and template["job_type"] == "run"
        assert [credential.rpartition(" ")[2] for credential in template["credentials"]] == ["deployer" if writes else "reader"]


def test_drift_runs_every_night_in_each_environment() -> None:
    drift = {template["name"] for template in TEMPLATES if template["playbook"] == "playbooks/drift.yml"}
    assert {schedule["unified_job_template"] for schedule in OBJECTS["controller_schedules"]} == drift
    for schedule in OBJECTS["controller_schedules"]:
        # AWX refuses a rule without these.
        assert re.fullmatch(r"DTSTART;TZID=[\w/]+:\d{8}T\d{6} RRULE:FREQ=DAILY;INTERVAL=1", schedule["rrule"])


def test_inventories_are_directories_of_the_project() -> None:
    assert all((ROOT / source["source_path"]).is_dir() for source in OBJECTS["controller_inventory_sources"])


def test_every_injected_value_is_an_input() -> None:
    (kind,) = OBJECTS["controller_credential_types"]
    fields = {field["id"] for field in kind["inputs"]["fields"]}
    assert {value.strip("{} ") for value in kind["injectors"]["env"].values()} == fields
    assert set(kind["inputs"]["required"]) <= fields
