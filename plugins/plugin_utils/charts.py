# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Which chart in which version an add-on is: `meta/charts.yml`, the one place where versions stand."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

FILE = Path(__file__).resolve().parent.parent.parent / "meta" / "charts.yml"


class Chart(t.TypedDict):
    """chart: a name within `repository`, or an OCI reference; then there is no repository."""

    chart: str
    repository: str | None
    version: str


@functools.cache
def charts() -> dict[str, Chart]:
    """All charts by the name of the add-on."""
    found = yaml_load(FILE.read_text(encoding="utf-8"))["charts"]
    return {
        name: {"chart": each["chart"], "repository": each.get("repository"), "version": str(each["version"])}
        for name, each in found.items()
    }


def chart(name: str) -> Chart:
    """The chart of an add-on; raises LookupError, with the names that there are, for one that is not known."""
    try:
        return t.cast("Chart", dict(charts()[name]))
    except KeyError:
        raise LookupError(f"no chart {name}: there are {', '.join(charts())}") from None
