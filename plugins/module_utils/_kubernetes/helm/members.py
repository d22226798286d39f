# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The objects of a release in its cluster: compared with what runs, put right without helm where helm would not look."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime

from ..._core.errors import PlanError
from ..client import Client
from ..comparison import Comparison, Declared, Ignore, absent, creation
from ..discovery import Discovery
from ..errors import CLOUD
from ..live import Comparer
from ..names import Manifest, Ref, Resource, group_of, ref_of
from ..order import DEFINITION, NAMESPACE, defined_by, probably_namespaced
from ..readiness import judge_since
from ..shape import normal
from ..waiting import Goal, Patience
from .binary import NAME_HINT
from .rendering import is_kept, owned
from .storage import moment

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")  # pkg/chart/v2/util/validate_name.go
_LONGEST = 53  # characters of a name
MANAGER = "helm"  # under whose name helm writes (cmd/helm), and so do we for its releases


@dataclass(frozen=True)
class Scope:
    """Which release it is."""

    name: str
    namespace: str

    def __post_init__(self) -> None:
        """Raises PlanError for a name that helm would not take, or take for a flag."""
        if not _NAME.fullmatch(self.name) or len(self.name) > _LONGEST:
            raise PlanError(f"{self.name!r} is no name of a release", code="invalid_name", cloud=CLOUD, hint=NAME_HINT)

    @property
    def place(self) -> str:
        return f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"release {self.place}"


class Members:
    """The objects of one release. there: whether there is a cluster to ask."""

    def __init__(self, client: Client, scope: Scope, ignore: t.Sequence[Ignore], patience: Patience) -> None:
        self.there = True
        self.discovery = Discovery(client)
        self._client = client
        self._scope = scope
        self.begun: datetime | None = None  # when the release was installed
        self._comparer = Comparer(client, MANAGER, ignore, made=self._is_made_by_helm)
        self._patience = patience
        self._upcoming: dict[tuple[str, str], Resource] = {}

    def lacks_namespace(self) -> bool:
        """Whether the release's namespace is not there yet."""
        space = self._scope.namespace
        return not self.there or self._client.find(f"read Namespace {space}", f"/api/v1/namespaces/{space}") is None

    def namespace(self) -> Comparison:
        """The namespace, as helm will create it."""
        manifest = {
            "apiVersion": "v1",
            "kind": NAMESPACE,
            "metadata": {"name": self._scope.namespace, "labels": {"name": self._scope.namespace}},
        }
        return creation(self._declared(manifest))

    def definitions(self, manifests: t.Sequence[Manifest]) -> list[Comparison]:
        """Those of a chart's crds/ that are not there. What is there is left as it is, as helm leaves it."""
        self._upcoming = defined_by(manifests)
        declared = [self._declared(normal(each)) for each in manifests if each["kind"] == DEFINITION]
        lives = self._comparer.lives(declared) if self.there else {}
        return [creation(each) for each in declared if each.ref not in lives]

    def compare(self, manifests: t.Sequence[Manifest], before: t.Mapping[Ref, Manifest] | None = None) -> list[Comparison]:
        """Rendered objects against those that run. Raises PlanError for what the server would refuse.

        before: what is stored, if helm is going to write the release: it writes what is rendered, whatever autoscalers have set since.
        """
        self._upcoming |= defined_by(manifests)
        declared = [self._declared(owned(normal(each), self._scope.name, self._scope.namespace)) for each in manifests]
        if before is not None:
            stored = [before.get(ref_of(each, namespace=self._scope.namespace)) for each in manifests]
            declared = [replace(each, replaces=normal(had) if had else {}) for each, had in zip(declared, stored, strict=True)]
        return self._comparer.compare(declared) if self.there else [creation(each) for each in declared]

    def doomed(self, manifests: t.Sequence[Manifest], *, uninstalled: bool) -> list[Comparison]:
        """Those of the stored objects that are there and go.

        What is to be kept helm tells by what is stored when it uninstalls (pkg/action/resource_policy.go), and by what runs when an upgrade
        or a rollback has no place for it any more (pkg/kube/client.go).
        """
        declared = [self._declared(normal(each)) for each in manifests if not (uninstalled and is_kept(each))]
        lives = self._comparer.lives(declared) if self.there else {}
        return [
            absent(each.ref, lives[each.ref], each.resource)
            for each in declared
            if each.resource and each.ref in lives and (uninstalled or not is_kept(lives[each.ref]))
        ]

    def put_right(self, found: Comparison) -> None:
        """Bring one object about, in helm's name."""
        self._comparer.put_right(found)

    def claim(self, found: Comparison) -> None:
        """Let helm take away what hands have added to an object, when it applies it next."""
        self._comparer.claim(found)

    def wait(self, found: t.Sequence[Comparison]) -> None:
        """Wait until these objects are ready."""
        goals = [Goal(each.ref, each.declared.server, f"{each.ref} ready", judge_since(each.raw, changed=True)) for each in found]
        self._patience.until(goals)

    def _is_made_by_helm(self, live: Manifest) -> bool:
        """Whether an object came with the release, or after it. What is older was taken over."""
        created = moment(str(live["metadata"].get("creationTimestamp")))
        return self.begun is not None and created is not None and created >= self.begun.replace(microsecond=0)

    def _declared(self, manifest: Manifest) -> Declared:
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        resource = self.discovery.find(api_version, kind) if self.there else None
        upcoming = self._upcoming.get((api_version, kind))
        if self.there and resource is None and upcoming is None:
            self._refuse_version(manifest)
        known = resource or upcoming
        metadata = {**manifest["metadata"]}
        if not (known.namespaced if known else probably_namespaced(kind)):
            metadata.pop("namespace", None)
        else:
            metadata.setdefault("namespace", self._scope.namespace)
        manifest = {**manifest, "metadata": metadata}
        return Declared(manifest, ref_of(manifest), resource, upcoming)

    def _refuse_version(self, manifest: Manifest) -> None:
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        served = self.discovery.versions(group_of(api_version), kind)
        if served:
            raise PlanError(
                f"{self._scope}: {kind} {manifest['metadata']['name']}: {api_version} is not served",
                code="version_not_served",
                cloud=CLOUD,
                hint=f"The cluster serves {', '.join(served)}: take a version of the chart that renders one of them",
            )
