# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML bodies: read strictly by a schema into plain JSON values, and written back in the schema's order.

Writing in one fixed order is what OSS does: a client that compares documents as text sees differences that are none.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import escape

Value = t.Any  # dict for a Node, list for a Many, str, int or bool for a leaf


class Malformed(ValueError):
    pass


@dataclass(frozen=True)
class Text:
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def read(self, element: ElementTree.Element) -> str:
        value = _leaf(element)
        if (self.choices and value not in self.choices) or (self.pattern and not re.fullmatch(self.pattern, value)):
            raise Malformed(f"{element.tag}: {value}")
        return value


@dataclass(frozen=True)
class Whole:
    least: int = 0
    most: int = 2**31 - 1

    def read(self, element: ElementTree.Element) -> int:
        value = _leaf(element)
        if not re.fullmatch(r"\d{1,10}", value) or not self.least <= int(value) <= self.most:
            raise Malformed(f"{element.tag}: {value}")
        return int(value)


@dataclass(frozen=True)
class Flag:
    """true or false; `True` is taken too (oss2 and the documentation's samples write it)."""

    def read(self, element: ElementTree.Element) -> bool:
        value = _leaf(element).lower()
        if value not in ("true", "false"):
            raise Malformed(f"{element.tag}: {value}")
        return value == "true"


@dataclass(frozen=True)
class Many:
    of: Schema
    most: int = 1000


@dataclass(frozen=True)
class Node:
    children: t.Mapping[str, Schema | Many]
    required: tuple[str, ...] = field(default=())

    def read(self, element: ElementTree.Element) -> dict[str, Value]:
        found: dict[str, list[ElementTree.Element]] = {}
        for child in element:
            found.setdefault(child.tag, []).append(child)
        if set(found) - set(self.children) or set(self.required) - set(found):
            raise Malformed(element.tag)
        return {name: _read_all(self.children[name], found[name]) for name in self.children if name in found}


Schema = Text | Whole | Flag | Node


def read(name: str, schema: Schema, body: bytes) -> Value:
    """The value of a document whose root is `name`; raises Malformed."""
    if b"<!" in body:  # document types and entities have no place here
        raise Malformed("doctype")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Malformed(str(error)) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != name:
        raise Malformed(root.tag)
    return schema.read(root)


def write(name: str, value: Value) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element(name, value)}\n'


def element(name: str, value: Value) -> str:
    """One element; a list repeats it; None leaves it out."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(element(child, each) for child, each in value.items())}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _leaf(element: ElementTree.Element) -> str:
    if len(element):
        raise Malformed(element.tag)
    return (element.text or "").strip()


def _read_all(schema: Schema | Many, elements: list[ElementTree.Element]) -> Value:
    if isinstance(schema, Many):
        if len(elements) > schema.most:
            raise Malformed(elements[0].tag)
        return [schema.of.read(each) for each in elements]
    if len(elements) > 1:
        raise Malformed(elements[0].tag)
    return schema.read(elements[0])
