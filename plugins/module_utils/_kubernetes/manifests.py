# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a task declares: objects given inline, in files, and as an overlay that kustomize renders."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t
from pathlib import Path

from .._core.errors import PlanError
from .._core.unknown import has_unknown
from .._sdk import load
from .errors import CLOUD
from .names import Manifest

SET = "hybrid-cloud.klinematrix.com/set"  # the label that says which set an object belongs to
RENDER_SECONDS = 120.0
Sourced = tuple[str, t.Any]  # where it stands, for messages; the document


def declared_manifests(params: t.Mapping[str, t.Any]) -> list[Manifest]:
    """Every object that a task declares, checked for what makes it an object. Raises PlanError."""
    documents: list[Sourced] = [(f"objects[{number}]", each) for number, each in enumerate(params["objects"] or ())]
    for name in params["files"] or ():
        documents += _of_file(Path(name))
    if params["kustomize"]:
        documents += _documents(f"kustomize {params['kustomize']}", _rendered(params["kustomize"]))
    found = [_checked(where, each) for where, document in documents for each in _expanded(document)]
    return [_labelled(each, params["set"]) for each in found] if params["set"] else found


def _of_file(path: Path) -> list[Sourced]:
    try:
        return _documents(str(path), path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}", cloud=CLOUD) from None


def _documents(where: str, text: str) -> list[Sourced]:
    yaml = load("yaml", CLOUD)
    try:
        # Dates that YAML makes of unquoted text become text again: JSON has none, and Kubernetes takes none.
        found = json.loads(json.dumps(list(yaml.safe_load_all(text)), default=lambda value: value.isoformat()))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise PlanError(f"{where}{place}: no YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}", cloud=CLOUD) from None
    except (TypeError, AttributeError, ValueError):
        raise PlanError(f"{where}: holds values that are no JSON", cloud=CLOUD) from None
    return [(f"{where}, document {number}", each) for number, each in enumerate(found, 1) if each is not None]


def _rendered(overlay: str) -> str:
    """What kustomize makes of an overlay; it asks no server."""
    if shutil.which("kustomize"):
        command = ["kustomize", "build", overlay]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize", overlay]
    else:
        raise PlanError(
            "kustomize needs the program kustomize or kubectl, and neither is on PATH",
            code="missing_program",
            cloud=CLOUD,
            hint="Install one of them (kubernetes.io/docs/tasks/tools), or give the rendered objects in files",
        )
    try:
        ran = subprocess.run(  # pylint: disable=ansible-bad-function
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RENDER_SECONDS, check=True
        )
    except subprocess.TimeoutExpired:
        raise PlanError(f"{' '.join(command)} did not end within {RENDER_SECONDS:.0f} s", cloud=CLOUD) from None
    except subprocess.CalledProcessError as error:
        raise PlanError(f"{' '.join(command)}: {' '.join(error.stderr.split())[-600:]}", code="kustomize", cloud=CLOUD) from None
    return ran.stdout


def _expanded(document: t.Any) -> list[t.Any]:
    """The items of a List, or the object itself."""
    if isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        return [inner for each in document["items"] for inner in _expanded(each)]
    return [document]


def _checked(where: str, document: t.Any) -> Manifest:
    if not isinstance(document, dict):
        raise PlanError(f"{where}: is {type(document).__name__}, not a mapping", cloud=CLOUD)
    metadata = document["metadata"] if isinstance(document.get("metadata"), dict) else {}
    values = {"apiVersion": document.get("apiVersion"), "kind": document.get("kind"), "metadata.name": metadata.get("name")}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise PlanError(
                f"{where} ({values['kind'] or 'no kind'}): {name} is {'missing' if value is None else f'{value!r}, not text'}",
                cloud=CLOUD,
                hint="An object is told apart by its name: generateName cannot be declared" if name == "metadata.name" else None,
            )
    if not has_unknown(metadata["name"]) and "/" in metadata["name"]:
        raise PlanError(f"{where}: the name {metadata['name']!r} has a slash", cloud=CLOUD)
    for holder in ("labels", "annotations"):
        for key, value in (metadata.get(holder) or {}).items():
            if not isinstance(value, str) and value is not None:
                raise PlanError(
                    f"{where}: {document['kind']} {values['metadata.name']}: {holder[:-1]} {key} is {value!r}, not text",
                    cloud=CLOUD,
                    hint="Quote it",
                )
    return document


def _labelled(manifest: Manifest, name: str) -> Manifest:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), SET: name}}}
