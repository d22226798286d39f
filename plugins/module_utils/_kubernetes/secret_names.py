# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What is secret by what it is called, or by where it comes from. Pure."""

from __future__ import annotations

import re
import typing as t

# How values and variables are called that hold secrets, by the end of their names; and those that hold but the names of Secrets.
_SECRET = re.compile(
    r"(pass(word|wd|phrase)|secret|token|credentials?|(api|access|account|private|secret|license|encryption)[-_]?key|connection[-_]?string|dsn)$",
    re.IGNORECASE,
)
_ONLY_NAMES = re.compile(r"^existing|^name", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether what is called so is secret, as far as its name tells."""
    return _SECRET.search(name) is not None and _ONLY_NAMES.search(name) is None


def secret_variables(value: t.Any) -> t.Iterator[str]:
    """Names of variables that are taken from a Secret, or are called as secrets are: hands put values in their place."""
    if isinstance(value, list):
        for each in value:
            yield from secret_variables(each)
    elif isinstance(value, dict):
        name, source = value.get("name"), value.get("valueFrom")
        taken = isinstance(source, dict) and source.get("secretKeyRef")
        if isinstance(name, str) and (taken or ("value" in value and is_secret_name(name))):
            yield name
        for each in value.values():
            yield from secret_variables(each)
