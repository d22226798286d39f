# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may know whom. The local cloud is a witness only as long as it learns nothing from the accused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def all_imports(folder: str) -> dict[str, set[str]]:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, folder
    return {str(file.relative_to(ROOT)): imports(file) for file in files}


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("sandbox", ("ansible", "plugins")),
        ("plugins", ("sandbox", "tests", "tools")),
        (
            "plugins/module_utils/_core",
            ("ansible", "azure", "cloudflare", "oss2", "aliyunsdkcore", "tencentcloud", "requests", "kubernetes", "urllib3", ".."),
        ),
    ],
)
def test_nobody_imports_what_it_must_not_know(folder: str, forbidden: tuple[str, ...]) -> None:
    guilty = {file: sorted(name for name in names if name.startswith(forbidden)) for file, names in all_imports(folder).items()}
    assert {file: names for file, names in guilty.items() if names} == {}


@pytest.mark.parametrize("cloud", ["azure", "alibaba", "tencent", "cloudflare"])
def test_clouds_do_not_know_each_other_in_the_product(cloud: str) -> None:
    # A secret goes straight from where it is made into a vault: that class of Azure is the one that others may use.
    others = {"_azure", "_alibaba", "_tencent", "_cloudflare"} - {f"_{cloud}"}
    found = {
        (file, name)
        for file, names in all_imports(f"plugins/module_utils/_{cloud}").items()
        for name in names
        for other in others
        if f".{other}" in name and name != ".._azure.secrets" and not name.endswith("._azure.secrets")
    }
    assert found == set()
