# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a server's refusal of an object means for whoever declared it. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import PlanError
from .errors import CLOUD, ApiError
from .fields import MISSING, Path, below, leaves, pointer_of, value_at
from .names import Manifest, Ref
from .order import DEFINITION, NAMESPACE, defined_by, rank
from .ownership import entries_of, is_ours

# How API servers say that a field cannot be changed (apimachinery's ValidateImmutableField, and the kinds with texts of their own).
_IMMUTABLE = re.compile(
    r"field is immutable|may not change once set|updates to (statefulset|job) spec|is immutable after creation|cannot change roleRef"
    r"|field can not be less than status\.capacity|immutable (when|if|as)|updates to \w+ are forbidden|may not be changed in an update"
    r"|pod updates may not change fields other than|value is immutable",
    re.IGNORECASE,
)
_HOLDS_DATA = frozenset({"PersistentVolume", "PersistentVolumeClaim"})
QUOTED = 200  # characters of a value in a message
_UNKNOWN_FIELD = re.compile(r"unknown field|field not declared in schema", re.IGNORECASE)


def refused(ref: Ref, error: ApiError) -> PlanError:
    """The error for an object that the dry run refused: previews fail as the real run would, before anything is written."""
    objections = [_short(f"{pointer(each['field'])}: {each['message']}") for each in error.causes if each["field"]]
    immutable = [text for text in objections if _IMMUTABLE.search(text)] or ([error.text] if _IMMUTABLE.search(error.text) else [])
    if immutable:
        code, what = "immutable", f"cannot be changed in place: {'; '.join(immutable)}"
        hint = f"Declare what is there, or delete {ref} yourself and run again: it is never replaced silently"
        if ref.kind in _HOLDS_DATA:
            hint = "Declare what is there; for another one, declare one of another name, and move the data"
    elif _UNKNOWN_FIELD.search(error.text):
        code, what = "unknown_field", _typed(error.text)
        hint = f"Check the spelling, and that the version serves it (kubectl explain {ref.kind.lower()} --recursive)"
    else:
        code, what, hint = "invalid", "; ".join(objections) or _typed(error.text), "Correct the declared object"
    found = PlanError(f"{ref}: {what.rstrip('.')}; nothing was changed", code=code, cloud=CLOUD, hint=hint)
    found.failure |= {"status": error.status, "request_id": error.failure["request_id"]}
    return found


def is_fixed(error: ApiError) -> bool:
    """Whether something cannot be changed any more."""
    return _IMMUTABLE.search(" ".join([error.text, *(each["message"] for each in error.causes)])) is not None


def fixed_of(error: ApiError, paths: t.Sequence[Path]) -> list[Path]:
    """Those of some paths that a refusal is about; all of them where it does not say."""
    fields = [pointer(each["field"]) for each in error.causes if each["field"]]
    shown = {path: pointer_of(path) for path in paths}
    named = [
        path
        for path in paths
        if any(f"{shown[path]}/".startswith(f"{each}/") or f"{each}/".startswith(f"{shown[path]}/") for each in fields)
    ]
    return named or list(paths)


def in_the_way(error: ApiError, live: Manifest, declared: Manifest, manager: str, additions: t.Sequence[Path]) -> list[Path]:
    """What of an object a refusal names that nobody declares or owns: a default that does not go with what is declared, as
    `rollingUpdate` with the strategy Recreate.
    """
    found = [tuple(f"f:{step}" for step in each["field"].split(".")) for each in error.causes if not _IMMUTABLE.search(each["message"])]
    owned = {
        path
        for entry in entries_of(live)
        if not is_ours(entry, manager)
        for path in leaves(entry.get("fieldsV1") or {})
        if not any(below(path, top) for top in additions)
    }
    return [
        path
        for path in found
        if value_at(live, path) is not MISSING and value_at(declared, path) is MISSING and not any(below(each, path) for each in owned)
    ]


def awaited(ref: Ref, api_version: str, error: ApiError, before: t.Iterable[tuple[Ref, Manifest]]) -> Ref | None:
    """What of the objects that a task writes before this one may mend its refusal: its definition, its namespace, or what the server
    says it misses.
    """
    for other, manifest in before:
        if rank(other.kind) >= rank(ref.kind):
            continue
        if other.kind == DEFINITION:
            mends = error.is_invalid and (api_version, ref.kind) in defined_by([manifest])
        elif other.kind == NAMESPACE:
            # Its labels and annotations say what policies demand of what is in it.
            mends = error.status == 403 and not error.lacks_right and other.name == ref.namespace
        else:
            mends = other.namespace in (None, ref.namespace) and _names(error.text, other)
        if mends:
            return other
    return None


def _names(text: str, ref: Ref) -> bool:
    """Whether a text is about an object: `serviceaccount "x" not found`, `no PriorityClass with name x was found`."""
    kind = ref.kind.casefold() in text.replace(" ", "").casefold()
    return kind and "found" in text and re.search(rf"(?<![\w.-]){re.escape(ref.name)}(?![\w.-])", text) is not None


def _typed(text: str) -> str:
    """`failed to create typed patch object (...; apps/v1, Kind=Deployment): .spec.replica: ...`: the object is named already."""
    return re.sub(r"^failed to create typed patch object \([^)]*\): ", "", text)


def _short(objection: str) -> str:
    """Without a quoted value that is longer than what is said about it: a whole pod template, filled in by the server."""
    found = re.fullmatch(r"(.*?Invalid value: )(.*)(: .*)", objection, re.DOTALL)
    return f"{found[1]}...{found[3]}" if found and len(found[2]) > QUOTED else objection


def pointer(field: str) -> str:
    """A field as servers name it (`spec.template.spec.containers[0].image`), as results do (`/spec/template/spec/containers/0/image`)."""
    steps = re.findall(r"\[([^\]]*)\]|([^.\[\]]+)", field)
    return "".join(f"/{(inside or plain).replace('~', '~0').replace('/', '~1')}" for inside, plain in steps)
