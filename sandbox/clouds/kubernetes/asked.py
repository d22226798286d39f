# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every writing call says of itself: who writes, how strictly, whether only to try; and on which object."""

from __future__ import annotations

import json
import typing as t

from sandbox.clouds.kubernetes.calls import Call, is_dry
from sandbox.clouds.kubernetes.errors import Json, bad_request, not_found
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.writing import Change
from sandbox.http import Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


def change_of(request: Request, call: Call, user: User, patch: str | None = None) -> Change:
    manager = request.params.get("fieldManager") or request.headers.get("user-agent", "unknown").split("/")[0].split(" ")[0]
    if len(manager) > 128:
        raise bad_request("fieldManager: Too long: may not be more than 128 bytes")
    wanted = request.params.get("fieldValidation") or "Warn"
    if wanted not in ("Strict", "Warn", "Ignore"):
        raise bad_request(f'fieldValidation: Unsupported value: "{wanted}": supported values: "Ignore", "Strict", "Warn"')
    for name, value in request.query:
        if name == "dryRun" and value != "All":
            raise bad_request(f'dryRun: Unsupported value: "{value}": supported values: "All"')
    subresource = call.subresource if call.subresource in ("status", "scale") else ""
    return Change(manager, subresource=subresource, dry=is_dry(request), user=user.name, by=user, validation=wanted, patch=patch)


def number_of(request: Request, name: str) -> int:
    """A number of the query, 0 when it is not there; refused in the words of Go's parser when it is none."""
    text = request.params.get(name) or "0"
    try:
        return int(text)
    except ValueError:
        raise bad_request(f"strconv.ParseInt: parsing {json.dumps(text)}: invalid syntax") from None


def live_of(cluster: Cluster, call: Call, resource: Resource) -> Json:
    found = cluster.store.get(resource.qualified, call.namespace or None, call.name)
    if found is None:
        raise not_found(resource.qualified, call.name)
    return cluster.shown(resource, found)
