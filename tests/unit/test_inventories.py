# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments differ in values only, own nothing together, and hold no secret."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = sorted(path.name for path in (ROOT / "inventories").iterdir() if path.is_dir())
SECRET = re.compile(r"(secret|token|password|(access|api)_key)(_key)?$", re.IGNORECASE)


def files(environment: str) -> dict[str, dict[str, t.Any]]:
    folder = ROOT / "inventories" / environment
    return {str(file.relative_to(folder)): yaml.safe_load(file.read_text()) for file in sorted(folder.rglob("*.yml"))}


def values(environment: str, group: str) -> dict[str, t.Any]:
    """The variables of a group's first host, templated as Ansible does."""
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(ROOT / "inventories" / environment)])
    variables = VariableManager(loader, inventory)
    host = inventory.groups[group].get_hosts()[0]
    facts = variables.get_vars(host=host)
    return t.cast(
        "dict[str, t.Any]",
        Templar(loader, variables=facts).template(
            {name: facts[name] for name in facts if name.startswith(("oss_", "key_vault_name", "cloudflare_dns_"))}
        ),
    )


def test_there_is_a_test_and_a_prod() -> None:
    assert ENVIRONMENTS == ["prod", "test"]


def test_the_same_files_with_the_same_keys() -> None:
    first, *others = [{name: list(data) for name, data in files(environment).items()} for environment in ENVIRONMENTS]
    assert all(other == first for other in others)


def test_nothing_is_owned_twice() -> None:
    owners: dict[t.Any, str] = {}
    for environment in ENVIRONMENTS:
        dns, alibaba, azure = (values(environment, group) for group in ("cloudflare", "alibaba", "azure"))
        owned = {("vault", azure["key_vault_name"]), ("mark", dns["cloudflare_dns_owner"])}
        owned |= {("bucket", bucket["name"]) for bucket in alibaba["oss_buckets"]}
        owned |= {("record", dns["cloudflare_dns_zone"], record["name"], record["type"]) for record in dns["cloudflare_dns_records"]}
        assert len(owned) >= 6
        taken = {thing: owners[thing] for thing in owned if thing in owners}
        assert taken == {}
        owners |= dict.fromkeys(owned, environment)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_secret_is_written_down(environment: str) -> None:
    def literals(value: t.Any, path: str) -> t.Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                yield from literals(each, f"{path}/{key}")
        elif isinstance(value, list):
            for number, each in enumerate(value):
                yield from literals(each, f"{path}/{number}")
        elif isinstance(value, str) and value and "{{" not in value and SECRET.search(path):
            yield path

    found = [path for name, data in files(environment).items() for path in literals(data, name)]
    assert found == []
