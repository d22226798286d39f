# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""YAML as Kubernetes and helm read it. Python's loader takes 1:30 for a number, 2026-01-01 for a date and 1e3 for text. Pure."""

from __future__ import annotations

import functools
import re
import typing as t

from .._sdk import load
from .errors import CLOUD

# What unquoted text stands for, by the tag of its kind: the pattern, and the characters that it begins with.
_PLAIN = {
    "tag:yaml.org,2002:bool": (
        r"y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF",
        "yYtToOnNfF",
    ),
    "tag:yaml.org,2002:int": (r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789"),
    "tag:yaml.org,2002:float": (r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
}
_REPLACED = {*_PLAIN, "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}


class Malformed(ValueError):
    """Text that is no YAML. Says what is wrong and where, without the text around it: it may be a secret."""


def documents(text: str | bytes) -> list[t.Any]:
    """Every document that holds something; not to be changed, they are kept. Raises Malformed."""
    return list(_parsed(text))


# What is rendered is mostly what is stored, letter for letter, and definitions of custom resources are megabytes.
@functools.lru_cache(maxsize=8)
def _parsed(text: str | bytes) -> tuple[t.Any, ...]:
    yaml = load("yaml", CLOUD)
    try:
        return tuple(each for each in yaml.load_all(text, Loader=_loader()) if each is not None)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Malformed(f"{getattr(error, 'problem', None) or 'no YAML'}" + (f" in line {mark.line + 1}" if mark else "")) from None


def document(text: str | bytes) -> t.Any:
    """The first document; None if there is none. Raises Malformed."""
    return next(iter(documents(text)), None)


@functools.cache
def _loader() -> t.Any:
    """The safe loader, with the scalars that Go's parser (sigs.k8s.io/yaml) knows."""
    yaml = load("yaml", CLOUD)
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: t.Any = type("Loader", (base,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    for tag, (pattern, first) in _PLAIN.items():
        loader.add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), list(first))
    loader.add_constructor("tag:yaml.org,2002:int", _integer)
    loader.add_constructor("tag:yaml.org,2002:bool", _truth)
    return loader


def _integer(loader: t.Any, node: t.Any) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    sign, digits = (-1 if text.startswith("-") else 1), text.lstrip("+-")
    if digits.startswith("0") and len(digits) > 1 and digits[1].isdigit():
        return int(sign * int(digits, 8))
    return int(sign * int(digits, 0))


def _truth(loader: t.Any, node: t.Any) -> bool:
    return str(loader.construct_scalar(node)).lower() in ("y", "yes", "true", "on")
