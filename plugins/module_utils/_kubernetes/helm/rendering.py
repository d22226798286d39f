# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a chart makes of its values: rendered by helm for the versions and kinds of the real cluster, told apart from what is random."""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field

from ..._core.errors import PlanError
from ..._core.rules import Difference, Leaf, differences, pointer
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from ..access import ServerAccess
from ..documents import Malformed, documents
from ..errors import CLOUD
from ..names import Manifest, expanded, ref_of
from ..shape import known_keys, normal, rule_of, secrets_of
from .binary import Helm, HelmError, scratch
from .chart import Chart
from .values import Values, as_stdin

KEEP = ("helm.sh/resource-policy", "keep")  # helm.sh/docs/howto/charts_tips_and_tricks
HOOK = "helm.sh/hook"
# What helm writes on everything that it installs (pkg/action/validate.go), beside what the chart renders.
MANAGED_BY = ("app.kubernetes.io/managed-by", "Helm")
# Names in one argument: Linux takes no argument of more than 128 KiB, and operators of clouds bring thousands of kinds.
_AT_ONCE = 500
_NOT_OF_THE_CHART = ("missing_kind", "missing_namespace", "Forbidden")


@dataclass
class Renderer:
    """Renders one release. access: None while there is no cluster to ask; then helm supposes one.

    kube_version, api_versions: what the cluster is and serves. exists: the release does; what is there with the names of its objects is
    then its own for helm, though it may have lost its label. revision: the number that the rendering is for.
    unnumbered: the chart uses that number in a way that does not take another one; it has been rendered as revision 1.
    """

    helm: Helm
    chart: Chart
    name: str
    namespace: str
    values: Values = field(repr=False)
    access: ServerAccess | None = None
    kube_version: str | None = None
    api_versions: t.Sequence[str] = ()
    exists: bool = False
    unnumbered: bool = False
    warn: t.Callable[[str], None] = field(default=lambda text: None, repr=False)

    def apart(self, revision: int, *, upgrade: bool) -> list[Manifest]:
        """Rendered without asking the cluster: quick, and blind for what the chart looks up there."""
        return self._render(revision, upgrade, server=False)

    def there(self, revision: int, *, upgrade: bool) -> list[Manifest]:
        """Rendered as a real run will, looking up in the cluster what the chart looks up. What is random is known after apply only.

        So is what depends on the time: the second time it is rendered for another one, for often both times are the same second.
        """
        found = self._looking(revision, upgrade)
        if found == self._render(revision, upgrade, server=False, dated=True):
            return found
        return merged(found, self._looking(revision, upgrade, dated=True))

    def _looking(self, revision: int, upgrade: bool, *, dated: bool = False) -> list[Manifest]:
        if self.access is None:
            return self._render(revision, upgrade, server=False, dated=dated)
        try:
            return self._render(revision, upgrade, server=True, dated=dated)
        except HelmError as error:
            # helm refuses to look at kinds that nothing serves yet; a preview may be about just those.
            if error.failure["code"] not in _NOT_OF_THE_CHART:
                raise
            if error.failure["code"] == "Forbidden":
                self.warn(
                    f"release {self.namespace}/{self.name}: helm may not look into the cluster ({error.said}). What the chart looks up "
                    "there is taken for absent, and differences may be no real ones"
                )
            return self._render(revision, upgrade, server=False, dated=dated)

    def _render(self, revision: int, upgrade: bool, *, server: bool, dated: bool = False) -> list[Manifest]:
        changed = self.chart.counts or (dated and self.chart.dates)
        try:
            return self._rendered(revision, upgrade, server=server, dated=dated)
        except HelmError as error:
            # What was put into a copy of the templates may be what does not go: then as they are.
            if not changed or error.failure["code"] != "rendering":
                raise
            found = self._rendered(None, upgrade, server=server)
            self.unnumbered = self.chart.counts
            return found

    def _rendered(self, revision: int | None, upgrade: bool, *, server: bool, dated: bool = False) -> list[Manifest]:
        flags = ["--namespace", self.namespace, "--no-hooks", "--values", "-"]
        flags += ["--is-upgrade"] if upgrade else []
        flags += ["--dry-run=server", *(["--take-ownership"] if self.exists else [])] if server else []
        flags += ["--kube-version", self.kube_version] if self.kube_version else []
        for first in range(0, len(self.api_versions), _AT_ONCE):
            flags += ["--api-versions", ",".join(self.api_versions[first : first + _AT_ONCE])]
        # A schema cannot judge what is known only after apply.
        flags += ["--skip-schema-validation"] if has_unknown(self.values) else []
        what = f"render release {self.namespace}/{self.name} from chart {self.chart.name} {self.chart.version}"
        with scratch() as home:
            text = self.helm.run(
                what,
                ("template",),
                self.name,
                self.chart.at(home, revision, dated=dated),
                *flags,
                home=home,
                stdin=as_stdin(self.values),
                access=self.access if server else None,
            )
        return parsed(text, what)


def parsed(text: str, what: str) -> list[Manifest]:
    """The objects of a rendering, hooks left out. Raises PlanError for what is no object."""
    try:
        found = documents(text)
    except Malformed as error:
        raise PlanError(
            f"{what}: {error}", code="bad_rendering", cloud=CLOUD, hint="This is a fault of the chart, or of a value in it"
        ) from None
    objects = [inner for each in found for inner in expanded(each)]
    for each in objects:
        metadata = each.get("metadata") if isinstance(each, dict) else None
        if not isinstance(metadata, dict) or not metadata.get("name") or not each.get("kind"):
            raise PlanError(f"{what}: it renders something that is no object", code="bad_rendering", cloud=CLOUD)
    return [each for each in objects if HOOK not in (each["metadata"].get("annotations") or {})]


def merged(one: t.Sequence[Manifest], other: t.Sequence[Manifest]) -> list[Manifest]:
    """Two renderings of the same, with the marker where they differ. Where nothing has an object's name, the name is random."""
    there = {ref_of(each): each for each in other}
    nameless = {"metadata": {"name": None}}
    return [t.cast("Manifest", _marked(each, there.get(ref_of(each), {**each, **nameless}))) for each in one]


def _marked(one: t.Any, other: t.Any) -> t.Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _marked(value, other.get(key)) for key, value in one.items()}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_marked(*pair) for pair in zip(one, other, strict=True)]
    return one if one == other else KNOWN_AFTER_APPLY


def owned(manifest: Manifest, name: str, namespace: str) -> Manifest:
    """An object as helm puts it into the cluster."""
    metadata = manifest["metadata"]
    labels = {**(metadata.get("labels") or {}), MANAGED_BY[0]: MANAGED_BY[1]}
    return {
        **manifest,
        "metadata": {**metadata, "labels": labels, "annotations": {**(metadata.get("annotations") or {}), **_marks(name, namespace)}},
    }


def belongs(live: Manifest, name: str, namespace: str) -> bool:
    """Whether helm would take an object that is there for one of this release (pkg/action/validate.go)."""
    metadata = live.get("metadata") or {}
    noted = metadata.get("annotations") or {}
    marked = all(noted.get(key) == value for key, value in _marks(name, namespace).items())
    return marked and (metadata.get("labels") or {}).get(MANAGED_BY[0]) == MANAGED_BY[1]


def _marks(name: str, namespace: str) -> dict[str, str]:
    return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}


def is_kept(manifest: Manifest) -> bool:
    """Whether the object outlives its release."""
    noted = (manifest.get("metadata") or {}).get("annotations") or {}
    return str(noted.get(KEEP[0], "")).strip().lower() == KEEP[1]


def but_for_number(found: t.Sequence[Difference], number: int) -> list[Difference]:
    """Differences without those of texts that are but the number of the revision, which a rendering calls 1."""
    return [
        each
        for each in found
        if not (isinstance(each.before, str) and isinstance(each.after, str) and re.sub(rf"\b{number}\b", "1", each.before) == each.after)
    ]


def rendered_differences(have: t.Sequence[Manifest], want: t.Sequence[Manifest], namespace: str) -> list[Difference]:
    """Where two renderings differ, by object and path. What is known only after apply does not count: it differs each time."""
    before, after = ({ref_of(each, namespace=namespace): each for each in side} for side in (have, want))
    random = {(ref.group, ref.kind) for ref in after if has_unknown(ref.name)}
    after = {ref: each for ref, each in after.items() if not has_unknown(ref.name)}
    gone = [ref for ref in before if ref not in after and (ref.group, ref.kind) not in random]
    found: list[Difference] = []
    for ref in [*after, *gone]:
        called = f"{ref.kind} {ref.name if ref.namespace == namespace else ref.place}"
        found += _of_object(pointer("/manifest", called), before.get(ref), after.get(ref))
    return found


def _of_object(path: str, have: Manifest | None, want: Manifest | None) -> t.Iterator[Difference]:
    if have is want:
        return
    if have is None or want is None:
        yield Difference(path, None if have is None else "rendered", None if want is None else "rendered", Leaf())
        return
    there, wanted = normal(have), normal(want)
    rule = rule_of([there, wanted], known_keys(there, wanted))
    for each in differences(rule, there, wanted, path):
        if not has_unknown(each.after) and not has_unknown(_decoded(each.after)):
            yield each


def _decoded(value: t.Any) -> t.Any:
    """The text of a Secret's value: a marker in it was put into base64."""
    try:
        return base64.b64decode(value, validate=True).decode() if isinstance(value, str) else value
    except ValueError:
        return value


def secrets_in(manifests: t.Iterable[Manifest]) -> set[str]:
    """Every text that stands in a Secret among them."""
    return {text for each in manifests for text in secrets_of(each)}
