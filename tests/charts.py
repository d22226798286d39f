# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set on charts and in custom resources, held against the facts about the real ones."""

from __future__ import annotations

import typing as t

import jsonschema

from sandbox.clouds.kubernetes.charts import facts


def check_values(chart: str, values: t.Any) -> list[str]:
    """The values that the chart does not know, or not with that type, by path; raises FileNotFoundError for an unknown chart."""
    return facts.problems(chart, values)


def check_resource(resource: dict[str, t.Any]) -> list[str]:
    """What is wrong in a custom resource, by path; raises LookupError for a kind or a version whose fields are not known."""
    schema = facts.fields(resource["kind"])
    group, _, version = resource["apiVersion"].partition("/")
    owners = [kind for owner in facts.owners() for kind in facts.kinds(owner) if (kind.group, kind.kind) == (group, resource["kind"])]
    if schema is None or not owners or owners[0].versions.get(version) != "stored":
        raise LookupError(f"the fields of {resource['kind']} of {resource['apiVersion']} are not known")
    errors = jsonschema.Draft7Validator(_closed(schema)).iter_errors(resource)
    return sorted(f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors)


def _closed(schema: t.Any) -> t.Any:
    """The schema as an API server takes it that is asked to be strict: what is not named is a mistake. Metadata has a schema of its own."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        closed = {"type": ["integer", "string"]}
    return closed
