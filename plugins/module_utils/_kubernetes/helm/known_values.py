# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Values that a chart does not know, or as something else: most charts take them without a word and do nothing, or odd things. Pure.

Known is what stands in values.yaml, is a property of values.schema.json, or belongs to a chart within the chart. Where the chart has
null or something empty everything goes; so it does below what charts hand on to Kubernetes as it is, of which values.yaml
often shows only a part: a slip there is an unknown field of an object, which the server refuses.
"""

from __future__ import annotations

import difflib
import re
import typing as t
from dataclasses import dataclass, field

from ..._core.errors import PlanError
from ..._core.rules import pointer
from ..._core.unknown import has_unknown
from ..errors import CLOUD
from .chart import Chart
from .values import Steps, Values, fits, leaves, merged, steps_of

GLOBAL, TAGS = "global", "tags"  # keys that mean the same in every chart (helm.sh/docs/topics/charts)
_HANDED_ON = re.compile(r"^(resources|affinity|nodeSelector|(updateS|s)trategy)$|([aA]nnotations|[lL]abels|[sS]ecurityContext)$")
_TYPED = frozenset({"type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"})  # words of a schema that say of what kind a value is
TRUTH, SINGLE = "true or false", "a single value"
_DEEPEST = 20  # steps along references of a schema: they may go round in circles


def refuse_unknown(chart: Chart, values: Values, allowed: t.Sequence[str]) -> None:
    """Raises PlanError that names every key which the chart does not know, and the nearest that it knows."""
    search = _Search(tuple(steps_of(path) for path in allowed))
    search.chart(chart, values, {}, ())
    if not search.strange:
        _refuse_odd(chart, search.odd)
        return
    known = [found[0] for found in leaves(chart.values)]
    listed = "; ".join(_said(steps, keys, known) for steps, keys in search.strange)
    raise PlanError(
        f"values: chart {chart.name} {chart.version} does not know {listed}",
        code="unknown_values",
        cloud=CLOUD,
        hint="Correct them; if the chart reads what its values.yaml does not show, name the paths in allow_unknown_values",
    )


def _refuse_odd(chart: Chart, odd: t.Sequence[str]) -> None:
    if odd:
        raise PlanError(
            f"values: chart {chart.name} {chart.version} takes something else: {'; '.join(odd)}",
            code="odd_values",
            cloud=CLOUD,
            hint="Correct them; if the chart takes both, name the paths in allow_unknown_values",
        )


def _oddness(value: t.Any, default: t.Any) -> str | None:
    """What is wrong with a value, by what the chart has in its place.

    helm puts a mapping into a text as `map[]`, and takes any text for true. What is empty or null stands for anything, and single
    values for each other.
    """
    if value is None or default in (None, "", [], {}) or has_unknown(value):
        return None
    given, wanted = _sort(value), _sort(default)
    if given == wanted or (given == TRUTH and wanted == SINGLE) or (wanted == TRUTH and isinstance(value, (int, float))):
        return None
    return f"is {'text' if isinstance(value, str) else given}, there it is {wanted}"


def _sort(value: t.Any) -> str:
    return next((name for kind, name in ((dict, "a mapping"), (list, "a list"), (bool, TRUTH)) if isinstance(value, kind)), SINGLE)


def _said(steps: Steps, keys: t.Sequence[str], known: t.Sequence[Steps]) -> str:
    shown = _pointer(steps)
    near = difflib.get_close_matches(steps[-1], keys, 1, 0.6)
    if near:
        return f"{shown} (nearest: {_pointer((*steps[:-1], near[0]))})"
    elsewhere = sorted({each[: each.index(steps[-1]) + 1] for each in known if steps[-1] in each}, key=len)
    if elsewhere:
        return f"{shown} (there is {_pointer(elsewhere[0])})"
    some = ", ".join(sorted(keys)[:6])
    return f"{shown} (known there: {some}{', ...' if len(keys) > 6 else ''})" if keys else shown


def _pointer(steps: Steps) -> str:
    shown = ""
    for step in steps:
        shown = pointer(shown, step)
    return shown


@dataclass
class _Search:
    """strange: keys that nobody knows, with those that are known in their place. odd: values that are of another kind, in words."""

    allowed: tuple[Steps, ...]
    strange: list[tuple[Steps, list[str]]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    def chart(self, chart: Chart, values: Values, more: Values, steps: Steps) -> None:
        """Values for one chart. more: what the chart around it sets for it."""
        defaults = merged(_with_switches(chart), more)
        within = {each.name: each.chart for each in chart.dependencies}
        common = _global_of(chart)
        for key, value in values.items():
            path = (*steps, key)
            if key in within and isinstance(value, dict) and not self._allows(path):
                below = within[key]
                if below is not None:
                    self.chart(below, value, defaults[key] if isinstance(defaults.get(key), dict) else {}, path)
            elif key == GLOBAL:
                self._below(value, common, _global_schema(chart), path)
            elif key not in within:
                self._key(key, value, defaults, _Schema.of(chart), path)

    def _key(self, key: str, value: t.Any, defaults: Values, schema: _Schema, path: Steps) -> None:
        if self._allows(path):
            return
        known = schema.names()
        if key not in defaults and key not in known and not schema.takes(key):
            self.strange.append((path, [*defaults, *(name for name in known if name not in defaults)]))
            return
        default, below = defaults.get(key), schema.at(key)
        # Where the chart's schema says what it takes, that counts.
        oddness = None if below.is_typed or _HANDED_ON.search(key) else _oddness(value, default)
        if oddness:
            self.odd.append(f"{_pointer(path)} {oddness}")
        self._below(value, default, below, path)

    def _below(self, value: t.Any, default: t.Any, schema: _Schema, path: Steps) -> None:
        if not isinstance(value, dict) or not isinstance(default, dict) or not default or _HANDED_ON.search(path[-1]):
            return
        for key, each in value.items():
            self._key(key, each, default, schema, (*path, key))

    def _allows(self, path: Steps) -> bool:
        return any(fits(pattern, path) for pattern in self.allowed)


def _with_imports(chart: Chart) -> Values:
    """What the chart sets, over what it takes from its dependencies."""
    found = chart.values
    for each in chart.dependencies:
        inner = {} if each.chart is None or not each.imports else merged(_with_imports(each.chart), _at(found, each.name))
        for child, parent in each.imports:
            found = merged(_below_path(parent, _at(inner, child)), found)
    return found


def _at(values: Values, path: str) -> Values:
    """The mapping at a dotted path; empty if there is none."""
    found: t.Any = values
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _below_path(path: str, value: t.Any) -> Values:
    for step in reversed([] if path == "." else path.split(".")):
        value = {step: value}
    return t.cast("Values", value)


def _with_switches(chart: Chart) -> Values:
    """What the chart sets, with the switches of its dependencies: they need not stand in values.yaml."""
    found = _with_imports(chart)
    for each in chart.dependencies:
        if each.tags:
            found = merged({TAGS: dict.fromkeys(each.tags, True)}, found)
        for condition in each.conditions:
            found = merged(_below_path(condition, True), found)
    return found


def _global_of(chart: Chart) -> Values:
    """What a chart and all within it take as global; empty if none says anything about it: then everything goes."""
    found: Values = {}
    for each in chart.dependencies:
        if each.chart is not None:
            found = merged(found, _global_of(each.chart))
    own = chart.values.get(GLOBAL)
    return merged(found, own) if isinstance(own, dict) else found


def _global_schema(chart: Chart) -> _Schema:
    """What the schemas of a chart and of all within it say of global."""
    inner = [_global_schema(each.chart) for each in chart.dependencies if each.chart is not None]
    return _Schema(tuple(place for each in (_Schema.of(chart).at(GLOBAL), *inner) for place in each.places))


@dataclass(frozen=True)
class _Schema:
    """Places in JSON schemas that speak of the same value, each with the whole that its references start from."""

    places: tuple[tuple[t.Any, Values], ...]

    @classmethod
    def of(cls, chart: Chart) -> _Schema:
        return cls(((chart.schema, chart.schema),))

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for part, _root in self._parts() for name in part.get("properties") or ()))

    def at(self, key: str) -> _Schema:
        """What they say of a property."""
        return _Schema(tuple((part["properties"][key], root) for part, root in self._parts() if key in (part.get("properties") or ())))

    @property
    def is_typed(self) -> bool:
        """Whether any of them says of what kind the value is."""
        return any(isinstance(here, dict) and not _TYPED.isdisjoint(here) for here, _root in self.places)

    def takes(self, key: str) -> bool:
        """Whether keys of any name, or of such names, are meant."""
        for part, _root in self._parts():
            if isinstance(part.get("additionalProperties"), dict) and part["additionalProperties"]:
                return True
            if any(re.search(pattern, key) for pattern in part.get("patternProperties") or ()):
                return True
        return False

    def _parts(self) -> t.Iterator[tuple[Values, Values]]:
        for here, root in self.places:
            yield from ((part, root) for part in _parts(here, root, 0))


def _parts(schema: t.Any, root: Values, depth: int) -> t.Iterator[Values]:
    """A schema, and those that it refers to or is put together from."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    yield schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        found: t.Any = root
        for step in steps_of(reference[1:]) if len(reference) > 1 else ():
            found = found.get(step) if isinstance(found, dict) else None
        yield from _parts(found, root, depth + 1)
    for word in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(word) or ():
            yield from _parts(each, root, depth + 1)
