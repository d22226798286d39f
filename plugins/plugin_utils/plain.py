# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Values of Ansible as plain JSON values: without tags, and without the lazy containers that hold on to a templar."""

from __future__ import annotations

import datetime
import json
import typing as t

from ansible.errors import AnsibleError


def plain(value: t.Any) -> t.Any:
    """The value as an ordinary module would get it. Raises AnsibleError for what is no JSON."""
    try:
        return json.loads(json.dumps(value, default=_as_text))
    except TypeError as error:
        raise AnsibleError(f"a value is no JSON: {error}") from error


def _as_text(value: t.Any) -> str:
    """A date that YAML made of an unquoted text, as an ordinary module would get it."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not serializable")
