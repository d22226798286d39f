# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts of a few lines, made by tests."""

from __future__ import annotations

import io
import tarfile
import typing as t
from pathlib import Path

import yaml

VALUES: dict[str, t.Any] = {
    "replicas": 1,
    "image": {"repository": "nginx", "tag": "1"},
    "env": {},
    "tolerations": [],
    "affinity": None,
    "password": "",
}
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  replicas: "{{ .Values.replicas }}"
"""


def chart_files(
    name: str = "tiny",
    version: str = "1.0.0",
    *,
    values: t.Any = None,
    templates: t.Mapping[str, str] | None = None,
    about: t.Mapping[str, t.Any] | None = None,
    **more: str,
) -> dict[str, str]:
    """The files of a chart by path. about: more of Chart.yaml. more: other files, with __ for a slash and _dot_ for a dot."""
    head = {"apiVersion": "v2", "name": name, "version": version, "appVersion": "7", **(about or {})}
    files = {"Chart.yaml": yaml.safe_dump(head), "values.yaml": yaml.safe_dump(VALUES if values is None else values)}
    files |= {f"templates/{file}": text for file, text in ({"all.yaml": TEMPLATE} if templates is None else templates).items()}
    return files | {path.replace("__", "/").replace("_dot_", "."): text for path, text in more.items()}


def packaged(files: t.Mapping[str, str | bytes], name: str = "tiny") -> bytes:
    """The files as a chart archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def folder(place: Path, files: t.Mapping[str, str]) -> str:
    """The files as a chart in a folder; returns its path."""
    for path, text in files.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return str(place)
