# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Values of charts: merged as helm merges them, and compared by path. Pure but for reading the files."""

from __future__ import annotations

import base64
import json
import re
import typing as t
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ..._core.errors import PlanError
from ..._core.rules import Difference, Leaf, pointer
from ..._core.unknown import has_unknown
from ..documents import Malformed, documents
from ..errors import CLOUD
from ..secret_names import is_secret_name, is_telling

Values = dict[str, t.Any]
Steps = tuple[str, ...]
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_PART = 8  # characters from which on a value is looked for inside a longer secret
_WHOLE = 6  # characters of a secret that is looked for inside longer values


def declared_values(values: t.Any, files: t.Sequence[str]) -> Values:
    """The values of the files, one over the other, and on top those given inline. Raises PlanError for files that are none."""
    found: Values = {}
    for name in files:
        found = merged(found, _of_file(Path(name).expanduser()))
    return merged(found, keyed(values or {}))


def _of_file(path: Path) -> Values:
    try:
        content = documents(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"values_files: {path} cannot be read: {error.strerror}", cloud=CLOUD) from None
    except UnicodeDecodeError:
        raise PlanError(f"values_files: {path} is no text in UTF-8", cloud=CLOUD) from None
    except Malformed as error:
        raise PlanError(f"values_files: {path}: {error}", cloud=CLOUD) from None
    if len(content) > 1:
        hint = "helm would take the first and drop the rest: make it one, or several files"
        raise PlanError(f"values_files: {path} has {len(content)} documents", cloud=CLOUD, hint=hint)
    if not all(isinstance(each, dict) for each in content):
        raise PlanError(f"values_files: {path} is no mapping", cloud=CLOUD)
    return keyed(content[0]) if content else {}


def keyed(value: t.Any) -> t.Any:
    """A value whose keys are text, as Go makes it when it turns YAML into JSON: of 8080 and of true too."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): keyed(each) for key, each in value.items()}
    return [keyed(each) for each in value] if isinstance(value, list) else value


def merged(under: t.Mapping[str, t.Any], over: t.Mapping[str, t.Any]) -> Values:
    """Mappings merge, everything else replaces. A null stays, for it also removes what the chart sets.

    Source: helm.sh/docs/chart_template_guide/values_files.
    """
    found = dict(under)
    for key, value in over.items():
        there = found.get(key)
        found[key] = merged(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return found


def as_stdin(values: Values) -> str:
    """The values for helm to read. JSON is YAML in which nothing can be taken for something else, but for the characters that YAML does
    not print or takes for the end of a line. Others stay as they are: Go's parser knows no pairs of surrogates.
    """
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(values, ensure_ascii=False))


def steps_of(path: str) -> Steps:
    """The steps of a path into values: `/image/tag` as results show it, or `image.tag` as helm writes it."""
    if path.startswith("/"):
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/"))
    return tuple(step.replace("\0", ".") for step in path.replace("\\.", "\0").split("."))


def fits(pattern: Steps, steps: Steps) -> bool:
    """Whether steps lead to what a pattern names, or below it. `*` is any one step."""
    return len(pattern) <= len(steps) and all(one in ("*", step) for one, step in zip(pattern, steps, strict=False))


def texts(value: t.Any) -> t.Iterator[str]:
    """Every text in a value, at any depth, and every number as it may stand in a text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _spelt(value)
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def _spelt(number: float) -> t.Iterator[str]:
    """A number as it was given, and as Go writes it that has read it from JSON: 1.2345678e+07."""
    yield str(number)
    with suppress(OverflowError):
        digits = len(Decimal(repr(float(number))).normalize().as_tuple().digits)
        yield f"{float(number):.{digits - 1}e}"


@dataclass(frozen=True)
class Secrecy:
    """Which values must not be shown: those under declared paths, those under keys of such names, and those that stand in Secrets.

    known: every value of the Secrets that the chart renders or has rendered. A value may have one in it, or be a part of one.
    """

    patterns: tuple[Steps, ...] = ()
    known: frozenset[str] = frozenset()

    def covers(self, steps: Steps, value: t.Any) -> bool:
        """Whether a value, or anything in it, is secret."""
        return self._declared(steps) or bool(self._secrets(value, steps))

    def holds(self, text: str) -> bool:
        """Whether a text is a known secret, has one in it, or stands in one."""
        if not is_telling(text):
            return False
        return text in self.known or any(
            (len(each) >= _WHOLE and is_telling(each) and each in text) or (len(text) >= _PART and _stands_in(text, each))
            for each in self.known
        )

    def hidden(self, values: Values) -> set[str]:
        """The texts among these values that must not be shown, as they are and in base64, as Secrets have them."""
        found = {text for text in self._secrets(values, ()) if not has_unknown(text)}
        return {form for text in found for form in (text, base64.b64encode(text.encode()).decode())}

    def _declared(self, steps: Steps) -> bool:
        return any(fits(pattern, steps) for pattern in self.patterns)

    def _secrets(self, value: t.Any, steps: Steps) -> set[str]:
        if isinstance(value, dict):
            found = {text for key, each in value.items() for text in self._secrets(each, (*steps, str(key)))}
            named = isinstance(value.get("name"), str) and is_secret_name(value["name"])
            return found | (_told(value.get("value")) if named else set())
        if isinstance(value, list):
            return {text for place, each in enumerate(value) for text in self._secrets(each, (*steps, str(place)))}
        told = _told(value)
        return told if told and (self._declared(steps) or _is_named_secret(steps) or any(map(self.holds, told))) else set()


def _told(value: t.Any) -> set[str]:
    return {text for text in texts(value) if text}


def _is_named_secret(steps: Steps) -> bool:
    """Whether a value's name tells, or that of a list that it is in."""
    return any(is_secret_name(step) for step, below in zip(steps, (*steps[1:], "0"), strict=True) if below.isdigit())


def _stands_in(text: str, secret: str) -> bool:
    """Whether a text is a part of a secret. In a file of many lines it counts only as what is secret there: most of the others are not."""
    if text not in secret:
        return False
    lines = [line for line in secret.splitlines() if text in line]
    return "\n" not in secret.strip() or any(f":{text}@" in line or _is_named_secret(_name_before(text, line)) for line in lines)


def _name_before(text: str, line: str) -> Steps:
    return tuple(re.findall(r"[\w-]+", line.partition(text)[0])[-1:])


def leaves(values: t.Any, steps: Steps = ()) -> t.Iterator[tuple[Steps, t.Any]]:
    """Every value that is no mapping, and where it stands."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from leaves(value, (*steps, str(key)))
    else:
        yield steps, values


def value_differences(
    have: t.Mapping[str, t.Any], want: t.Mapping[str, t.Any], secrecy: Secrecy, root: str = "/values"
) -> list[Difference]:
    """Where two sets of values differ. A value that is gone has no `after`.

    Nulls count as nothing: helm does not always keep them, and what they do shows in what the chart renders.
    """
    return list(_differences(have, want, secrecy, (), root))


def _differences(have: t.Any, want: t.Any, secrecy: Secrecy, steps: Steps, path: str) -> t.Iterator[Difference]:
    if _is_map(have) and _is_map(want):
        have, want = have or {}, want or {}
        for key in [*want, *(key for key in have if key not in want)]:
            yield from _differences(have.get(key), want.get(key), secrecy, (*steps, str(key)), pointer(path, key))
    elif not same(have, want):
        secret = any(secrecy.covers(steps, side) for side in (have, want))
        yield Difference(path, have, want, Leaf(secret=secret))


def same(one: t.Any, other: t.Any) -> bool:
    """Whether two values are the same to helm: true is not 1, 1.0 is 1, and a map of nothing is nothing."""
    if _is_map(one) and _is_map(other):
        one, other = one or {}, other or {}
        return all(same(one.get(key), other.get(key)) for key in {*one, *other})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other or _as_float(one) == _as_float(other))


def _as_float(value: t.Any) -> float | object:
    """A number as helm keeps it: beyond 2^53 not every one is a number of its own."""
    try:
        return float(value) if isinstance(value, (int, float)) else object()
    except OverflowError:
        return object()


def _is_map(value: t.Any) -> bool:
    return value is None or isinstance(value, dict)
