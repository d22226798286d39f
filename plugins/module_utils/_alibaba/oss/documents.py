# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""XML documents of OSS: built from plain values, read element by element."""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ..._core.errors import CloudError
from ..credentials import CLOUD

Element = ElementTree.Element


def build(root: str, value: t.Any) -> bytes:
    """A document. A mapping becomes child elements, a list repeats its element, None and empty lists leave it out."""
    return _element(root, value).encode()


def _element(name: str, value: t.Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, t.Mapping):
        inner = "".join(_element(child, each) for child, each in value.items())
        return f"<{name}>{inner}</{name}>"
    return f"<{name}>{escape(as_text(value))}</{name}>"


def as_text(value: t.Any) -> str:
    """A scalar as OSS writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse(what: str, body: bytes) -> Element:
    """The root element, names without their namespaces. `what` is the sentence for errors."""
    try:
        if re.search(rb"<!(DOCTYPE|ENTITY)", body):
            raise ValueError("a document type has no place here")
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError) as error:
        raise CloudError(what, f"the answer is no XML of OSS: {error}", cloud=CLOUD, code="bad_answer", retryable=True) from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text(element: Element, path: str, default: str = "") -> str:
    """The text of the element at `path` (`Destination/Bucket`); `default` where there is none or it is empty."""
    return element.findtext(path) or default


def texts(element: Element, path: str) -> list[str]:
    return [each.text or "" for each in element.findall(path)]


def flag(element: Element, path: str, default: bool = False) -> bool:
    """A switch, whichever way it is written: true, Enabled, enabled, enabling."""
    return text(element, path, as_text(default)).casefold() in ("true", "enabled", "enabling")


def number(element: Element, path: str, default: int = 0) -> int:
    found = text(element, path)
    return int(found) if found.isdecimal() else default


def plain(element: Element) -> t.Any:
    """An element as data, in OSS's own names: texts and mappings; an element that repeats becomes a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, t.Any] = {}
    for child in element:
        value = plain(child)
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[child.tag] = value
    return found
