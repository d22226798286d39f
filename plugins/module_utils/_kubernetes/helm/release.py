# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A release as declared: compared three ways (declared with stored, stored with rendered, rendered with live), brought about by helm.

helm is asked to write only where chart, values or what they render differ from what is stored, or the release is not well. Where only
live objects differ they are put right one by one, in helm's name, and no revision is made.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ..._core.apply import Step, Waves
from ..._core.plan import State
from ..._core.rules import Difference
from ..errors import CLOUD
from ..names import Manifest
from .base import OfRelease, between, field_differences
from .chart import Chart, Source, fetch
from .known_values import refuse_unknown
from .rendering import Renderer, but_for_number, rendered_differences
from .storage import UNINSTALLING, Revision, origin, settled
from .values import declared_values, texts, value_differences

INSTALLED = "Install complete"  # how helm describes a revision that an installation has made (pkg/action/install.go)


class Release(OfRelease):
    """One release, present."""

    chart: Chart

    def want(self) -> dict[str, State | None]:
        params = self.params
        self.values = declared_values(params["values"], params["values_files"] or ())
        self.helm.hidden |= self.secrecy.hidden(self.values)
        self.helm.quoted |= {text for text in texts(self.values) if text}
        self.chart = fetch(self.helm, Source(params["chart"], params["repository"], params["version"], params["digest"]))
        refuse_unknown(self.chart, self.values, params["allow_unknown_values"] or ())
        return {}

    def compare(self) -> None:
        current, renderer = self.current, self._renderer()
        stored = [] if current is None else current.objects
        if current is None:
            facts = {"chart": self.chart.name, "version": self.chart.version}
            self.fields = [*field_differences({}, facts), *value_differences({}, self.values, self.secrecy)]
            wanted = renderer.there(1, upgrade=False)
            if self.params["create_namespace"] and self.members.lacks_namespace():
                self.before_helm.append(self.members.namespace())
        else:
            self.fields = between(current, self.chart.name, self.chart.version, self.values, self.secrecy)
            wanted = renderer.there(current.number + 1, upgrade=True) if self.fields else self._rendered(renderer, current, stored)
        self.before_helm += self.members.definitions(self.chart.definitions_with(self.values))
        self.compare_objects(stored, wanted, uninstalled=self._is_going)

    def _renderer(self) -> Renderer:
        found = Renderer(self.helm, self.chart, self.scope.name, self.scope.namespace, self.values, warn=self.host.warn)
        found.exists = self.current is not None
        if self.members.there:
            found.access = self.client.access()
            found.kube_version = str(self.client.get("read the cluster's version", "/version")["gitVersion"])
            found.api_versions = self.members.discovery.api_versions()
        return found

    def _rendered(self, renderer: Renderer, current: Revision, stored: list[Manifest]) -> list[Manifest]:
        """What shall run when values and chart are as stored: what is stored, unless the chart renders something else by now."""
        made = origin(self.revisions, current)
        upgrade = made.description != INSTALLED
        if not self._off_but_for_number(renderer, stored, renderer.apart(made.number, upgrade=upgrade), made.number):
            return stored
        # The cluster may have a say in it, or chance: that takes a closer look.
        if not self._off_but_for_number(renderer, stored, renderer.there(made.number, upgrade=upgrade), made.number):
            return stored
        wanted = renderer.there(current.number + 1, upgrade=True)
        self.fields = self._off(stored, wanted)
        return wanted if self.fields else stored

    def _off(self, stored: list[Manifest], rendered: list[Manifest]) -> list[Difference]:
        return rendered_differences(stored, rendered, self.scope.namespace)

    def _off_but_for_number(self, renderer: Renderer, stored: list[Manifest], rendered: list[Manifest], number: int) -> list[Difference]:
        found = self._off(stored, rendered)
        return but_for_number(found, number) if renderer.unnumbered else found

    # --- what is written ----------------------------------------------------------------

    def waves(self, plan: t.Any) -> Waves:
        definitions = [each for each in self.before_helm if self.current and each.declared.resource]
        if definitions:
            # helm brings them with the installation, never later.
            yield [Step(each.changes()[0].title, partial(self.members.put_right, each)) for each in definitions]
            yield [Step("see the definitions established", partial(self.members.wait, definitions))]
        yield from super().waves(plan)

    def by_helm(self) -> Waves:
        if self.current and self.current.is_pending:
            yield [Step(f"recover {self.scope} from {self.current.status}", self._recover)]
        yield [Step(f"{'update' if self.current else 'create'} {CLOUD} {self.kind.name} {self.scope.place}", self._install)]

    def _install(self) -> None:
        create = bool(self.params["create_namespace"])
        self.actions.install(self.chart, self.values, create_namespace=create, existing=self.current is not None, beside=self.before_helm)

    def _recover(self) -> None:
        """helm refuses to touch what it thinks somebody else is at: take it back to a revision, or finish its uninstallation.

        A revision that was never well will do too: what matters is that helm takes the release for settled, and that nothing goes.
        """
        if self._is_going:
            self.actions.uninstall(self.removed, hooks=self.current.hooks if self.current else 0)
        else:
            self.actions.settle(settled(self.revisions).number)
        self.seen = self.look_again()

    @property
    def _is_going(self) -> bool:
        return self.current is not None and self.current.status == UNINSTALLING

    def foreseen(self) -> dict[str, t.Any]:
        return {"chart": self.chart.name, "version": self.chart.version, "app_version": self.chart.app_version}
