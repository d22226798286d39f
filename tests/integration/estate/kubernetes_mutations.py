# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a declared value of a running object is changed in the local cloud, whatever object it is."""

from __future__ import annotations

import typing as t
from functools import partial

from tests.integration.estate.azure_mutations import Finding, Mutate, State

# What tells objects and items of lists apart: changed, it is another thing. The server keeps the old name of serviceAccountName beside it,
# so that both are found; and nothing can be changed in the empty emptyDir.
NAMES = ("/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/serviceAccountName", "/emptyDir")
LISTS = ("/containers", "/env", "/ports", "/volumes", "/volumeMounts", "/webhooks", "/topologySpreadConstraints")
KEYS = (("name",), ("port", "protocol"), ("containerPort", "protocol"), ("mountPath",), ("topologyKey", "whenUnsatisfiable"), ("type",))


def is_name(finding: Finding) -> bool:
    path = finding[2]
    above, _, last = path.rpartition("/")
    return path.endswith(NAMES) or (above.rpartition("/")[0].endswith(LISTS) and last in {key for keys in KEYS for key in keys})


def kubernetes_mutations(findings: t.Iterable[Finding]) -> dict[Finding, Mutate]:
    """Each field of each kind once: what it means does not depend on the object."""
    fields = {(kind, path): (kind, name, path) for kind, name, path in findings}
    return {finding: partial(_mutate, finding) for finding in fields.values() if not is_name(finding)}


def _mutate(finding: Finding, state: State) -> None:
    kind, name, path = finding
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    place = running(state, kind, name)
    for step in steps[:-1]:
        place = place[_key(place, step)]
    last = _key(place, steps[-1])
    place[last] = other(place[last])


def running(state: State, kind: str, name: str) -> t.Any:
    """The one object of this kind and place: `klinematrix-test/backend`, or a name alone."""
    (cluster,) = state["kubernetes"]["api"]["clusters"].values()
    place = name if "/" in name else f"/{name}"
    (found,) = [kept[place] for kept in cluster["objects"].values() if place in kept and kept[place]["kind"] == kind]
    return found


def _key(place: t.Any, step: str) -> t.Any:
    if isinstance(place, dict):
        return step
    for number, item in enumerate(place):
        if isinstance(item, dict) and any("-".join(str(item.get(key)) for key in keys) == step for keys in KEYS):
            return number
    return int(step)


def other(value: t.Any) -> t.Any:
    """Another value of the same sort."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [*value[:-1], other(value[-1])] if value else [{}]
    first = next(iter(value), "other")
    return {**value, first: other(value.get(first, ""))}
