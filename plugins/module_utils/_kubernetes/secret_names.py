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
    r"(pass(word|wd|phrase)s?|secret|token|credentials?|(api|access|account|private|secret|license|encryption)[-_]?keys?"
    r"|conn(ection)?[-_]?str(ing)?|dsn|(password|secret|token)[-_]?value)$"
    # As a word of its own only: not `compass`, nor PWD, the folder that a shell is in.
    r"|(?-i:(^|[-_])pass|[-_]PASS|^PASS|[a-z0-9]Pass|(^|[-_])pwd|[-_]PWD|[a-z0-9]Pwd)$",
    re.IGNORECASE,
)
_ONLY_NAMES = re.compile(r"^existing|^name|^proxy[-_]?pass$", re.IGNORECASE)
# Texts that are in every Secret and everywhere else: that one stands in a Secret says nothing about the others.
_ORDINARY = frozenset(
    {
        *("admin", "administrator", "application", "backend", "database", "debug", "default", "development", "disable", "disabled"),
        *(
            "enable",
            "enabled",
            "example",
            "false",
            "frontend",
            "guest",
            "http",
            "https",
            "info",
            "localhost",
            "master",
            "mongodb",
            "mysql",
            "none",
            "null",
            "password",
        ),
        *(
            "postgres",
            "postgresql",
            "prefer",
            "primary",
            "private",
            "prod",
            "production",
            "public",
            "rabbitmq",
            "read",
            "redis",
            "require",
            "required",
            "root",
            "secret",
        ),
        *("staging", "string", "test", "testing", "token", "true", "user", "username", "verify", "warn", "warning", "write"),
    }
)
SHORTEST = 4  # characters of a secret that is looked for elsewhere: shorter ones are in every sentence
_NUMBER = 6  # the same for numbers: shorter ones are ports


def is_secret_name(name: str) -> bool:
    """Whether what is called so is secret, as far as its name tells."""
    return _SECRET.search(name) is not None and _ONLY_NAMES.search(name) is None


def is_telling(text: str) -> bool:
    """Whether what reads like a secret may well be that secret, wherever it stands."""
    return len(text) >= (_NUMBER if text.isdigit() else SHORTEST) and text.casefold() not in _ORDINARY


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
