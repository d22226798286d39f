# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts and their versions: one file, found by a lookup, findable by Renovate."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.charts import FILE, charts

ROLES = Path(__file__).resolve().parents[3] / "roles"
NAME = "klinematrix.hybrid_cloud.chart"


def template(text: str) -> object:
    return Templar(DataLoader()).template(trust_as_template(text))


def test_the_lookup_gives_chart_repository_and_version() -> None:
    assert template(f"{{{{ lookup('{NAME}', 'external-secrets') }}}}") == {
        "chart": "external-secrets",
        "repository": "https://charts.external-secrets.io",
        "version": charts()["external-secrets"]["version"],
    }
    assert template(f"{{{{ lookup('{NAME}', 'cert-manager').repository }}}}") is None
    assert [each["chart"] for each in lookup_loader.get(NAME).run(["traefik", "ingress-nginx"])] == [  # type: ignore[no-untyped-call]
        "oci://ghcr.io/traefik/helm/traefik",
        "ingress-nginx",
    ]


def test_a_chart_that_is_not_known_is_told_with_those_that_are() -> None:
    with pytest.raises(AnsibleError, match=r"no chart certmanager: there are cert-manager, external-secrets"):
        template(f"{{{{ lookup('{NAME}', 'certmanager') }}}}")


@pytest.mark.parametrize("name", list(charts()))
def test_each_chart_is_pinned_and_renovate_can_find_newer_ones(name: str) -> None:
    found = charts()[name]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", found["version"])
    assert found["chart"].startswith("oci://") == (found["repository"] is None)
    comment = r"# renovate: datasource=(helm|docker) depName=(\S+)( registryUrl=(\S+))?\n\s+version: "
    entry = re.search(rf"^  {name}:\n((?:    .*\n)+)", FILE.read_text(), re.MULTILINE)
    assert entry
    hint = re.search(comment, entry[1])
    assert hint
    if found["repository"]:
        assert (hint[1], hint[2], hint[4]) == ("helm", found["chart"], found["repository"])
    else:
        assert (hint[1], f"oci://{hint[2]}") == ("docker", found["chart"])


def test_no_role_has_a_version_of_its_own() -> None:
    for file in ROLES.glob("*/defaults/main.yml"):
        for line in re.findall(r"^\w+_chart_version:.*$", file.read_text(), re.MULTILINE):
            assert NAME in line, f"{file}: {line}"
