# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists for people: the Table form of objects, with the columns that kubectl prints
(kubernetes.io/docs/reference/using-api/api-concepts#receiving-resources-as-tables)."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.columns import AGE, COLUMNS, CREATED, WIDE, Cell, Column
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.jsonpath import find
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.times import age


def table(resource: Resource, objects: t.Sequence[Json], meta: Json, include: str = "Metadata", *, headers: bool = True) -> Json:
    columns = _columns(resource)
    wide = () if resource.custom else WIDE.get(resource.kind, ())
    rows = [{"cells": [cell(each) for _, _, cell in (*columns, *wide)], "object": _shown(each, include)} for each in objects]
    definitions = [
        {"name": name, "type": kind, "format": "name" if name == "Name" else "", "description": "", "priority": priority}
        for priority, some in ((0, columns), (1, wide))
        for name, kind, _ in some
    ]
    found: Json = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
    return found | {"columnDefinitions": definitions if headers else [], "rows": rows}


def partial(each: Json) -> Json:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": each["metadata"]}


def _shown(each: Json, include: str) -> Json | None:
    return {"Object": each, "None": None}.get(include, partial(each))


def _columns(resource: Resource) -> list[Column]:
    name: Column = ("Name", "string", lambda each: each["metadata"]["name"])
    if not resource.custom:
        known = COLUMNS.get(resource.kind, ())
        return [name, *known, *(() if AGE in known or CREATED in known else (AGE,))]
    printed = (resource.definition or {}).get("additionalPrinterColumns") or [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    ]
    return [name, *((each["name"], each["type"], _printed(each)) for each in printed)]


def _printed(column: Json) -> Cell:
    def cell(each: Json) -> t.Any:
        values = find(column["jsonPath"], each)
        if not values:
            return None
        if column["type"] == "date":
            return age(str(values[0]))
        return values[0] if len(values) == 1 else ",".join(str(value) for value in values)

    return cell
