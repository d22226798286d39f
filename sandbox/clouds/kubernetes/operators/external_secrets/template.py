# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ExternalSecret's target.template, engine v2, as far as one action a value goes: `{{ .name }}` with a few functions in a pipe.

Source: external-secrets/external-secrets runtime/template/v2/template.go (missingkey=error, the functions of sprig).
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from collections.abc import Mapping

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_FIELD = re.compile(r"\.([A-Za-z_]\w*)|index\s+\.\s+\"([^\"]+)\"")
_FUNCTIONS: dict[str, t.Callable[[str], str]] = {
    "b64dec": lambda text: base64.b64decode(text).decode(),
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
    "lower": str.lower,
    "quote": lambda text: json.dumps(text, ensure_ascii=False),
    "toString": str,
    "trim": str.strip,
    "upper": str.upper,
}


class BadTemplate(Exception):
    """What the template engine says."""


def rendered(key: str, template: str, data: Mapping[str, bytes]) -> str:
    """Raises BadTemplate."""

    def value(found: re.Match[str]) -> str:
        source, *functions = [part.strip() for part in found[1].split("|")]
        field = _FIELD.fullmatch(source)
        if field is None:
            raise BadTemplate(
                f"unable to parse template at key {key}: {found[0]} is more than the local cloud's template engine understands"
            )
        name = field[1] or field[2]
        if name not in data:
            where = f'template: {key}:1:{found.start() + 3}: executing "{key}" at <.{name}>'
            raise BadTemplate(
                f'unable to execute template at key {key}: unable to execute template: {where}: map has no entry for key "{name}"'
            )
        text = data[name].decode(errors="replace")
        for each in functions:
            if each not in _FUNCTIONS:
                raise BadTemplate(f'unable to parse template at key {key}: template: {key}:1: function "{each}" not defined')
            text = _FUNCTIONS[each](text)
        return text

    return _ACTION.sub(value, template)
