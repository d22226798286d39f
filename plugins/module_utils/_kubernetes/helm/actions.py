# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What helm is told to do to a release, and what to say when it fails: how far it came, why, and what is next."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..._core.errors import CloudError, HybridCloudError
from ..client import Client
from ..comparison import Comparison
from ..errors import CLOUD
from ..names import Manifest
from ..readiness import held_by
from ..reasons import LET_GO, why
from .binary import Helm, HelmError, scratch
from .chart import Chart
from .members import Scope
from .storage import UNINSTALLING, Revision, history
from .values import Values, as_stdin

SLACK = 120.0  # seconds for everything that helm does beside waiting
WARNINGS = 4  # of the last events in a message


@dataclass(frozen=True)
class Bounds:
    """timeout: seconds for each thing that helm waits for. rollback: bring back what was there when it fails."""

    wait: bool
    timeout: int
    rollback: bool
    history_max: int


@dataclass(frozen=True)
class Actions:
    """The verbs that write, for one release. guard: called before each; it raises if what was looked at is no longer so."""

    helm: Helm
    client: Client
    scope: Scope
    bounds: Bounds
    guard: t.Callable[[], None] = lambda: None

    def install(self, chart: Chart, values: Values, *, create_namespace: bool, existing: bool, beside: t.Sequence[Comparison] = ()) -> None:
        """Install or upgrade. The values are the whole: nothing of earlier ones is kept.

        beside: what helm creates and never takes back.
        """
        flags = ["--install", "--reset-values", "--values", "-", "--history-max", str(self.bounds.history_max), *self._common()]
        flags += ["--create-namespace"] if create_namespace else []
        if self.bounds.wait and self.bounds.rollback:
            flags.append("--atomic" if self.helm.program.major < 4 else "--rollback-on-failure")
        what = f"{'upgrade' if existing else 'install'} {self.scope} with chart {chart.name} {chart.version}"
        with scratch() as home:
            self._run(what, "upgrade", self.scope.name, chart.at(home), *flags, stdin=as_stdin(values), about=beside, hooks=chart.hooks)

    def roll_back(self, revision: int, *more: str, hooks: int = 0) -> None:
        flags = ["--history-max", str(self.bounds.history_max), *self._common(), *more]
        self._run(f"roll {self.scope} back to revision {revision}", "rollback", self.scope.name, str(revision), *flags, hooks=hooks)

    def settle(self, revision: int) -> None:
        """Take a release that is pending back to a revision, for an upgrade that follows.

        Without hooks and without waiting: that is for the upgrade, and what is pending may well be what never becomes ready.
        """
        replace(self, bounds=replace(self.bounds, wait=False)).roll_back(revision, "--no-hooks")

    def uninstall(self, removed: t.Sequence[Comparison], *, hooks: int) -> None:
        """removed: the objects that go with it."""
        self._run(f"uninstall {self.scope}", "uninstall", self.scope.name, *self._patience(), about=removed, hooks=hooks)

    def _common(self) -> list[str]:
        # What is declared wins, as with helm 3: whose hands have changed a field does not matter.
        return self._patience() + (["--server-side=true", "--force-conflicts"] if self.helm.program.major >= 4 else [])

    def _patience(self) -> list[str]:
        """Where, and how long helm waits.

        helm 4 waits as helm 3 does (`legacy`). Its own strategy (`watcher`) takes a hook's Job with ttlSecondsAfterFinished: 0 for failed,
        or waits for it in vain, when the Job is gone before it was seen complete (helm/helm#31786, #32224, mended in #32586); and it calls
        a Service of type LoadBalancer ready that has no address yet.
        """
        flags = ["--namespace", self.scope.namespace, "--timeout", f"{self.bounds.timeout}s"]
        return flags + ([self._wait] if self.bounds.wait else [])

    @property
    def _wait(self) -> str:
        return "--wait" if self.helm.program.major < 4 else "--wait=legacy"

    def _run(self, what: str, verb: str, *arguments: str, stdin: str = "", about: t.Sequence[Comparison] = (), hooks: int = 0) -> None:
        self.guard()
        begin = datetime.now(UTC)
        # It may wait for each hook, for the upgrade, and for the rollback after it.
        longest = (hooks + 2) * self.bounds.timeout + SLACK
        try:
            self.helm.run(what, (verb,), *arguments, stdin=stdin, access=self.client.access(), timeout=longest)
        except HelmError as error:
            raise self._explained(what, error, begin, self._what_became_of_it(verb, about)) from None

    # --- when it fails ---------------------------------------------------------------

    def _explained(self, what: str, error: HelmError, begin: datetime, outcome: str) -> CloudError:
        said = error.said or str(error)
        warnings = self._warnings(begin)
        text = f"{said.rstrip('.')}" + (f"; {'; '.join(warnings)}" if warnings else "")
        advice = why(text).partition("A rerun")[0].strip() if warnings else ""
        advice = (LET_GO if "held by " in outcome else advice) or error.failure["hint"] or ""
        hint = ". ".join(part.rstrip(".") for part in (outcome, advice) if part)
        return CloudError(
            what,
            text,
            cloud=CLOUD,
            code=error.failure["code"],
            retryable=error.failure["retryable"],
            executed=None,
            hint=hint,
        )

    def _what_became_of_it(self, verb: str, about: t.Sequence[Comparison]) -> str:
        try:
            revisions = history(self.client, self.scope.namespace, self.scope.name)
            left = self._left(about)
        except HybridCloudError:
            return "What became of the release is not known, the API server does not tell; a rerun looks and picks it up"
        return outcome(revisions, uninstalled=verb == "uninstall", left=left)

    def _left(self, objects: t.Sequence[Comparison]) -> list[str]:
        """Which of these are there, and what holds them where they are being deleted."""
        found: list[str] = []
        for each in objects:
            live = self.client.find(f"read {each.ref}", each.declared.path)
            if live is not None:
                holders = held_by(live) if live["metadata"].get("deletionTimestamp") else ""
                found.append(f"{each.ref}" + (f" ({holders})" if holders else ""))
        return found

    def _warnings(self, begin: datetime) -> list[str]:
        """What the cluster has complained about since helm began."""
        since = begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            path = f"/api/v1/namespaces/{self.scope.namespace}/events"
            events = self.client.list("list the warnings", path, fieldSelector="type=Warning")
        except HybridCloudError:
            return []
        fresh = sorted((each for each in events if _time(each) >= since), key=_time)
        # The same is said of every pod of a workload: of one is enough.
        return list({str(each.get("message")): _said(each) for each in fresh}.values())[-WARNINGS:]


def outcome(revisions: t.Sequence[Revision], *, uninstalled: bool = False, left: t.Sequence[str] = ()) -> str:
    """What state a failure has left a release in, and what a rerun does about it.

    uninstalled: that was what was tried. left: what is there of what was to go, or of what helm has made and does not take back.
    """
    listed = ", ".join(left)
    if not revisions and uninstalled:
        still = f"; still there and of no release any more: {listed}" if left else ", and nothing of it is left"
        return f"helm has taken the release out of its books{still}; a rerun finds nothing to do"
    if not revisions:
        return f"Nothing of the release is left{f' but {listed}' if left else ''}; a rerun installs it"
    last = revisions[-1]
    if last.rolled_back_to is not None and last.status == "deployed":
        return f"It was rolled back to revision {last.rolled_back_to}, which is now revision {last.number}; a rerun tries again"
    if last.status == UNINSTALLING:
        still = f"still there: {listed}" if left else "some of its objects may be left"
        return f"Revision {last.number} is {last.status}, {still}; a rerun goes on"
    if last.is_pending:
        return f"Revision {last.number} is {last.status}; a rerun recovers it when recover_pending_after has passed, with 0 at once"
    if last.status == "deployed":
        return f"Revision {last.number} is deployed as before; a rerun tries again"
    return f"Revision {last.number} is {last.status} and its objects are still there; a rerun upgrades it"


def _time(event: Manifest) -> str:
    found = event.get("lastTimestamp") or event.get("eventTime") or (event.get("metadata") or {}).get("creationTimestamp") or ""
    return re.sub(r"\.\d+Z$", "Z", str(found))


def _said(event: Manifest) -> str:
    about = event.get("involvedObject") or {}
    words = ": ".join(str(event[name]) for name in ("reason", "message") if event.get(name))
    return f"{about.get('kind')} {about.get('name')}: {words}"[:300]
