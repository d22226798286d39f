# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""DNS records of an inventory with the types that the module would give them: YAML reads 10 as a number, `-e` gives text."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.options import RECORD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.plain import plain

_SPEC = {"records": {"type": "list", "elements": "dict", "options": {**RECORD, **STATE.options}}}


def typed(records: t.Any) -> list[dict[str, t.Any]]:
    """The records as the module cloudflare_records would get them. Raises PlanError with the module's own words."""
    # Lists of a template are lazy and hold the templar, which the validator would copy, plugin loaders and all.
    checked = ArgumentSpecValidator(_SPEC).validate({"records": plain(records)})
    if checked.error_messages:
        raise PlanError("; ".join(checked.error_messages))
    found: list[dict[str, t.Any]] = checked.validated_parameters["records"] or []
    return [{key: value for key, value in record.items() if value is not None} for record in found]
