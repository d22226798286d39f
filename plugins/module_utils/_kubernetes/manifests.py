# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a task declares: objects given inline, in files, and as an overlay that kustomize renders."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from .._core.errors import PlanError
from .._core.unknown import has_unknown
from .documents import Malformed, documents
from .errors import CLOUD
from .kustomize import rendered
from .names import Manifest, expanded

SET = "hybrid-cloud.klinematrix.com/set"  # the label that says which set an object belongs to
QUOTE = "Quote it"
Sourced = tuple[str, t.Any]  # where it stands, for messages; the document


def declared_manifests(params: t.Mapping[str, t.Any]) -> list[Manifest]:
    """Every object that a task declares, checked for what makes it an object. Raises PlanError."""
    overlay = params["kustomize"]
    given: list[Sourced] = [(f"objects[{number}]", each) for number, each in enumerate(params["objects"] or ())]
    for name in params["files"] or ():
        given += _of_file(Path(name))
    if overlay:
        given += documents_in(f"kustomize {overlay}", rendered(overlay))
    if not given and params["objects"] is None:
        places = [*(params["files"] or ()), *([f"kustomize {overlay}"] if overlay else [])]
        raise PlanError(f"there is no object in {', '.join(places)}", cloud=CLOUD, hint="If nothing shall be declared, say objects: []")
    found = [_checked(where, each) for where, document in given for each in expanded(document)]
    return [_labelled(each, params["set"]) for each in found] if params["set"] else found


def _of_file(path: Path) -> list[Sourced]:
    try:
        return documents_in(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}", cloud=CLOUD) from None


def documents_in(where: str, text: str) -> list[Sourced]:
    """The documents of a text, read as kubectl reads them. Raises PlanError."""
    try:
        # To JSON and back: what JSON has not, Kubernetes does not take, and its keys are text.
        found = json.loads(json.dumps(documents(text), allow_nan=False))
    except Malformed as error:
        hint = "Templates are not filled in here: give what they make in objects" if "{{" in text else None
        raise PlanError(f"{where}: no YAML: {error}", cloud=CLOUD, hint=hint) from None
    except (TypeError, ValueError):
        raise PlanError(f"{where}: holds values that are no JSON", cloud=CLOUD) from None
    return [(f"{where}, document {number}", each) for number, each in enumerate(found, 1)]


def _checked(where: str, document: t.Any) -> Manifest:
    if not isinstance(document, dict):
        raise PlanError(f"{where}: is {type(document).__name__}, not a mapping", cloud=CLOUD)
    metadata = document["metadata"] if isinstance(document.get("metadata"), dict) else {}
    values = {"apiVersion": document.get("apiVersion"), "kind": document.get("kind"), "metadata.name": metadata.get("name")}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            nameless = "An object is told apart by its name: generateName cannot be declared" if name == "metadata.name" else None
            raise PlanError(
                f"{where} ({values['kind'] or 'no kind'}): {name} is {'missing' if value is None else f'{value!r}, not text'}",
                cloud=CLOUD,
                hint=nameless if value is None else QUOTE,
            )
    called = f"{where}: {document['kind']} {metadata['name']}"
    if not has_unknown(metadata["name"]) and "/" in metadata["name"]:
        raise PlanError(f"{called}: the name has a slash", cloud=CLOUD)
    for holder in ("labels", "annotations"):
        _refuse_other_than_text(called, holder, metadata.get(holder))
    if (document["apiVersion"], document["kind"]) == ("v1", "Secret"):
        for holder in ("data", "stringData"):
            _refuse_other_than_text(called, holder, document.get(holder), secret=True)
    return document


def _refuse_other_than_text(called: str, holder: str, found: t.Any, *, secret: bool = False) -> None:
    """Servers say the same, but quote what they were given; and what YAML has made of an unquoted value is not what was written."""
    if found is None:
        return
    if not isinstance(found, dict):
        raise PlanError(f"{called}: {holder} is {type(found).__name__}, not a mapping", cloud=CLOUD)
    for key, value in found.items():
        if not isinstance(value, str) and value is not None:
            shown = type(value).__name__ if secret else repr(value)
            raise PlanError(f"{called}: {key} of {holder} is {shown}, not text", cloud=CLOUD, hint=QUOTE)


def _labelled(manifest: Manifest, name: str) -> Manifest:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), SET: name}}}
