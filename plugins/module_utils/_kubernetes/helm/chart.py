# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Charts: fetched once a task, checked by digest before anything looks into them, read for what they know."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tarfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ..._core.errors import PlanError
from ..._core.unknown import has_unknown
from ..documents import Malformed, document, documents
from ..errors import CLOUD
from ..names import Manifest
from .binary import Helm, HelmError, scratch
from .offers import what_there_is
from .values import Values, keyed, merged

# A pinned version is one version (semver.org); helm would also take ranges such as ^1.2, which mean something else tomorrow.
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
# With all that leads to it: `.ctx.Release.Revision`, `(index . "ctx").Release.Revision`.
_REVISION = re.compile(rb"(?:\$\w*|\([^()]*\))?(?:\.\w+)*\.Release\.Revision\b")
_ACTION = re.compile(rb"\{\{.*?\}\}", re.DOTALL)
# The function `now`; quoted text is passed over.
_NOW = re.compile(rb"""("(?:\\.|[^"\\])*"|`[^`]*`|/\*.*?\*/)|(?<![\w.$"-])now(?![\w"-])""", re.DOTALL)
_ANOTHER_TIME = rb'(toDate "2006-01-02 15:04:05" "2001-02-03 04:05:06")'
_HOOKS = re.compile(rb"helm\.sh/hook[\"']?\s*:")
LARGEST = 100 * 2**20  # bytes of an unpacked chart, as helm itself has it (pkg/chart/loader/archive)


@dataclass(frozen=True)
class Source:
    """Where a chart comes from. chart: its name in `repository`, an OCI reference, or a path."""

    chart: str
    repository: str | None = None
    version: str | None = None
    digest: str | None = None

    @property
    def is_path(self) -> bool:
        return self.repository is None and not self.chart.startswith("oci://")

    @property
    def reference(self) -> str:
        """How errors call it."""
        where = f" of {self.repository}" if self.repository else ""
        return f"chart {self.chart}{where}" + (f", version {self.version}" if self.version else "")


@dataclass(frozen=True)
class Dependency:
    """A chart within a chart. name: the key of its values. conditions: values that switch it on, as dotted paths.

    imports: which of its values the chart around it takes for its own, from path to path (`import-values`).
    """

    name: str
    chart: Chart | None
    conditions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()

    def is_on(self, values: Values) -> bool:
        """By the values of the chart around it: the first condition that they answer counts, or else its tags (pkg/chart/v2/util)."""
        said = [each for each in (_truth(values, condition.split(".")) for condition in self.conditions) if each is not None]
        tags = [_truth(values, ["tags", tag]) for tag in self.tags]
        return said[0] if said else True in tags or False not in tags


@dataclass(frozen=True)
class Chart:
    """What a chart says of itself.

    archive: as it was fetched; None for a folder. path: the folder. definitions: of its own crds/, which helm only ever creates.
    counts: its templates use the number of the revision. dates: they use the time of the rendering.
    hooks: how many they hold, those of charts within it too.
    """

    name: str
    version: str
    app_version: str | None
    values: dict[str, t.Any]
    schema: dict[str, t.Any]
    dependencies: tuple[Dependency, ...] = ()
    definitions: tuple[Manifest, ...] = ()
    archive: bytes | None = field(default=None, repr=False)
    path: str | None = None
    counts: bool = False
    dates: bool = False
    hooks: int = 0

    def definitions_with(self, values: Values) -> list[Manifest]:
        """Its definitions, with those of the dependencies that the values switch on."""
        whole = merged(self.values, values)
        found = [*self.definitions]
        for each in self.dependencies:
            if each.chart is not None and each.is_on(whole):
                own, shared = whole.get(each.name), {name: whole.get(name) or {} for name in ("global", "tags")}
                found += each.chart.definitions_with({**(own if isinstance(own, dict) else {}), **shared})
        return found

    def at(self, place: Path, revision: int | None = None, *, dated: bool = False) -> str:
        """The chart as an argument for helm, put into a folder where it is not one already.

        revision: a number that the templates shall take for that of the revision; `helm template` always says 1.
        dated: they shall take another time for now.
        """
        numbers, times = self.counts and revision is not None, self.dates and dated
        if numbers or times:
            return self._rewritten(place / "chart", revision if numbers else None, times)
        if self.archive is None:
            return str(self.path)
        file = place / "chart.tgz"
        file.write_bytes(self.archive)
        return str(file)

    def _rewritten(self, place: Path, revision: int | None, times: bool) -> str:
        if self.archive is None:
            shutil.copytree(str(self.path), place)
        else:
            with tarfile.open(fileobj=io.BytesIO(self.archive), mode="r:gz") as tar:
                tar.extractall(place, filter="data")
            place = next(each.parent for each in sorted(place.glob("*/Chart.yaml")))
        for file in place.rglob("*"):
            if file.is_file() and "templates" in file.relative_to(place).parts:
                content = file.read_bytes()
                if revision is not None:
                    content = _REVISION.sub(b"(int %d)" % revision, content)
                file.write_bytes(_dated(content) if times else content)
        return str(place)


def _dated(template: bytes) -> bytes:
    return _ACTION.sub(lambda action: _NOW.sub(lambda found: found[1] or _ANOTHER_TIME, action[0]), template)


def fetch(helm: Helm, source: Source) -> Chart:
    """The chart of a source. Raises PlanError for one that is not there, is refused, or is not the one that was meant."""
    _check(source)
    if source.is_path:
        chart = _of_path(source)
    else:
        archive = _pulled(helm, source)
        _compare_digest(source, archive)
        chart = _of_archive(source, archive)
    if source.version and chart.version.removeprefix("v") != source.version.removeprefix("v"):
        raise PlanError(
            f"{source.reference}: this is version {chart.version}",
            code="chart_version",
            cloud=CLOUD,
            hint="Declare the version that is there, or leave version out for a path",
        )
    return chart


def _check(source: Source) -> None:
    if any(holds_login(address or "") for address in (source.repository, source.chart)):
        raise PlanError(
            "the address of the chart holds a password, a user or a query",
            cloud=CLOUD,
            hint="Processes and messages would show it. Log in at a registry (helm registry login), or give the path of an archive",
        )
    if not source.is_path and not source.version:
        raise PlanError(
            f"{source.reference}: no version is declared",
            code="not_pinned",
            cloud=CLOUD,
            hint="Set version: what is newest changes behind everybody's back",
        )
    if source.version:
        one_version(source.version, source.reference)
    if source.digest and not _DIGEST.fullmatch(source.digest):
        hint = "It is sha256: and 64 hexadecimal digits: that of the archive"
        raise PlanError(f"{source.reference}: its digest is no SHA-256", cloud=CLOUD, hint=hint)
    if source.repository and not source.repository.startswith(("https://", "http://", "oci://")):
        raise PlanError(f"{source.reference}: its repository is no URL", cloud=CLOUD, hint="It starts with https:// or oci://")


def holds_login(address: str) -> bool:
    """Whether an address says more than where something is: a token may stand as the user as well, or in a query."""
    parts = urlsplit(address if "://" in address else "")
    return "@" in parts.netloc or bool(parts.query)


def one_version(version: str, what: str | None = None) -> None:
    """Raises PlanError for what is no version or more than one. what: the chart that it is for."""
    if not _VERSION.fullmatch(version):
        hint = "In full it has three numbers, such as 1.2.3"
        raise PlanError(f"{what or version}: this is not one version", code="not_pinned", cloud=CLOUD, hint=hint)


def _pulled(helm: Helm, source: Source) -> bytes:
    """The archive, as it lies in its repository or registry."""
    name, where = source.chart, []
    if source.repository and source.repository.startswith("oci://"):
        name = f"{source.repository.rstrip('/')}/{source.chart}"
    elif source.repository:
        where = ["--repo", source.repository]
    with scratch() as home:
        try:
            helm.run(f"fetch {source.reference}", ("pull",), name, "--version", str(source.version), "-d", str(home), *where, home=home)
        except HelmError as error:
            raise what_there_is(helm, source.reference, name, source.repository if where else None, str(source.version), error) from None
        return next(home.glob("*.tgz")).read_bytes()


def _compare_digest(source: Source, archive: bytes) -> None:
    if source.digest is None:
        return
    wanted, found = source.digest.removeprefix("sha256:").lower(), hashlib.sha256(archive).hexdigest()
    if wanted != found:
        raise PlanError(
            f"{source.reference}: its archive has the digest sha256:{found}, declared is sha256:{wanted}",
            code="digest",
            cloud=CLOUD,
            hint="It is not the chart that was meant: find out who has published it anew before the digest is changed",
        )


def _of_path(source: Source) -> Chart:
    path = Path(source.chart).expanduser()
    if path.is_dir():
        if source.digest:
            raise PlanError(f"{source.reference}: a folder has no digest", cloud=CLOUD, hint="Leave digest out, or package the chart")
        files = {
            str(each.relative_to(path)): each for each in sorted(path.rglob("*")) if each.is_file() and _counts(str(each.relative_to(path)))
        }
        return _parsed(source, {name: each.read_bytes() for name, each in files.items()}, path=str(path.resolve()))
    if path.is_file():
        archive = path.read_bytes()
        _compare_digest(source, archive)
        return _of_archive(source, archive)
    raise PlanError(
        f"{source.reference}: there is no such folder or archive",
        code="no_chart",
        cloud=CLOUD,
        hint="A chart by its name needs repository; one in a registry starts with oci://",
    )


def _of_archive(source: Source, archive: bytes) -> Chart:
    return _parsed(source, _unpacked(source, archive), archive=archive)


def _unpacked(source: Source, archive: bytes) -> dict[str, bytes]:
    """The files of an archive that count here, by their path below the chart's folder."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            left = LARGEST
            for member in tar:
                name = "/".join(PurePosixPath(member.name).parts[1:])
                if not member.isfile() or not _counts(name):
                    continue
                left -= member.size
                content = tar.extractfile(member)
                if left < 0 or content is None:
                    raise PlanError(f"{source.reference}: it is larger than {LARGEST // 2**20} MiB unpacked", cloud=CLOUD)
                found[name] = content.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PlanError(f"{source.reference}: it is no chart archive: {error}", code="no_chart", cloud=CLOUD) from None
    return found


_COUNTING = re.compile(
    r"(charts/[^/]+/)*(Chart\.yaml|values\.yaml|values\.schema\.json|requirements\.yaml|crds/.+|templates/.+|charts/[^/]+\.tgz)"
)


def _counts(name: str) -> bool:
    return _COUNTING.fullmatch(name) is not None


def _parsed(source: Source, files: t.Mapping[str, bytes], *, archive: bytes | None = None, path: str | None = None) -> Chart:
    if "Chart.yaml" not in files:
        raise PlanError(f"{source.reference}: it has no Chart.yaml", code="no_chart", cloud=CLOUD)
    about = _mapping(source, files, "Chart.yaml")
    needed = about.get("dependencies") or _mapping(source, files, "requirements.yaml").get("dependencies") or ()
    try:
        schema = json.loads(files.get("values.schema.json") or b"{}")
    except ValueError as error:
        raise PlanError(f"{source.reference}: values.schema.json: {error}", cloud=CLOUD) from None
    app_version = about.get("appVersion")
    templates = [content for name, content in files.items() if "templates" in name.split("/")]
    dependencies = tuple(_dependencies(source, files, needed))
    return Chart(
        name=str(about.get("name")),
        version=str(about.get("version")),
        app_version=None if app_version is None else str(app_version),
        values=_mapping(source, files, "values.yaml"),
        schema=schema if isinstance(schema, dict) else {},
        dependencies=dependencies,
        definitions=tuple(_definitions(source, files)),
        archive=archive,
        path=path,
        counts=any(_REVISION.search(each) for each in templates),
        dates=any(_dated(each) != each for each in templates),
        hooks=sum(len(_HOOKS.findall(content)) for name, content in files.items() if name.startswith("templates/"))
        + sum(each.chart.hooks for each in dependencies if each.chart),
    )


def _mapping(source: Source, files: t.Mapping[str, bytes], name: str) -> dict[str, t.Any]:
    try:
        found = document(files.get(name, b""))
    except Malformed as error:
        raise PlanError(f"{source.reference}: {name}: {error}", code="no_chart", cloud=CLOUD) from None
    return t.cast("dict[str, t.Any]", keyed(found)) if isinstance(found, dict) else {}


def _dependencies(source: Source, files: t.Mapping[str, bytes], needed: t.Sequence[t.Mapping[str, t.Any]]) -> t.Iterator[Dependency]:
    inside = _charts_within(source, files)
    declared = {str(each.get("name")) for each in needed}
    for each in needed:
        name = str(each.get("name"))
        conditions = tuple(text.strip() for text in str(each.get("condition") or "").split(",") if text.strip())
        tags, imports = tuple(map(str, each.get("tags") or ())), tuple(map(_import, each.get("import-values") or ()))
        yield Dependency(str(each.get("alias") or name), inside.get(name), conditions, tags, imports)
    for name, chart in inside.items():
        if name not in declared:
            yield Dependency(name, chart)


def _truth(values: Values, steps: t.Sequence[str]) -> bool | None:
    """What a switch says; None if nobody has set it. What is known only after apply may well be on."""
    found: t.Any = values
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return True if has_unknown(found) else found if isinstance(found, bool) else None


def _import(declared: t.Any) -> tuple[str, str]:
    """From where in a dependency to where in the chart: by name below `exports`, or by both paths."""
    if isinstance(declared, dict):
        return str(declared.get("child")), str(declared.get("parent"))
    return f"exports.{declared}", "."


def _charts_within(source: Source, files: t.Mapping[str, bytes]) -> dict[str, Chart]:
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        if not name.startswith("charts/"):
            continue
        folder, *rest = name.removeprefix("charts/").split("/", 1)
        if rest:
            folders.setdefault(folder, {})[rest[0]] = content
        else:
            folders[folder] = _unpacked(source, content)
    charts = [_parsed(source, each) for each in folders.values() if "Chart.yaml" in each]
    return {chart.name: chart for chart in charts}


def _definitions(source: Source, files: t.Mapping[str, bytes]) -> t.Iterator[Manifest]:
    for name, content in files.items():
        if re.fullmatch(r"crds/.+\.(yaml|yml|json)", name):
            try:
                yield from (each for each in documents(content) if isinstance(each, dict) and each.get("kind"))
            except Malformed as error:
                raise PlanError(f"{source.reference}: {name}: {error}", code="no_chart", cloud=CLOUD) from None
