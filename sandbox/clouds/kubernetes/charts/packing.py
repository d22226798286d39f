# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-in charts as files and as archives. The same files always make the same bytes, so that a digest stays what it is."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import yaml

from sandbox.clouds.kubernetes.charts import definitions, facts, values
from sandbox.clouds.kubernetes.charts.catalog import CHARTS, Chart, Release


def metadata(chart: Chart, release: Release) -> dict[str, str]:
    """What stands in Chart.yaml, in an index, and as the config in a registry."""
    return {
        "apiVersion": "v2",
        "name": chart.name,
        "description": chart.description,
        "type": "application",
        "version": release.version,
        "appVersion": release.app_version,
        "kubeVersion": chart.kube_version,
        "home": chart.home,
    }


@functools.cache
def archive(name: str, version: str) -> bytes:
    """The chart as a .tgz; raises KeyError for a version that there is not."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in sorted(files(name, version).items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def digest(name: str, version: str) -> str:
    """SHA-256 of the archive, in hexadecimal."""
    return hashlib.sha256(archive(name, version)).hexdigest()


def unpack(name: str, version: str, folder: Path) -> Path:
    """Write the chart into a folder of its name there, for helm to use by its path."""
    for path, content in files(name, version).items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / name


def files(name: str, version: str) -> dict[str, bytes]:
    """The chart's files by their path; raises KeyError for a version that there is not."""
    chart = CHARTS[name]
    release = chart.release(version)
    if release is None:
        raise KeyError(version)
    folder = values.STAND_INS / name / "templates"
    return {
        "Chart.yaml": _yaml(metadata(chart, release)),
        "values.yaml": _yaml(values.defaults(name)),
        "values.schema.json": json.dumps(values.schema(name), indent=1).encode(),
        **{f"templates/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())},
        **dict(_definition(chart, kind) for kind in (facts.kinds(chart.kinds) if chart.kinds else [])),
    }


def _definition(chart: Chart, kind: facts.Kind) -> tuple[str, bytes]:
    """Where a kind's definition stands, and what stands there: as it is, or as a template."""
    content = definitions.definition(kind)
    if chart.crds_folder:
        return f"crds/{kind.group}_{kind.plural}.yaml", _yaml(content)
    head, name, rest = _yaml(content).decode().partition(f"  name: {kind.plural}.{kind.group}\n")
    labels = f'  {{{{- include "{chart.name}.crd.metadata" . | nindent 2 }}}}\n'
    start = f"{{{{- if {definitions.condition(chart.name, kind.kind)} }}}}\n"
    return f"templates/crd-{kind.group}_{kind.plural}.yaml", f"{start}{head}{name}{labels}{rest}{{{{- end }}}}\n".encode()


def _yaml(content: object) -> bytes:
    return yaml.safe_dump(content, sort_keys=False).encode()
