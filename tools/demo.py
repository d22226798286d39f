# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole promise in two minutes, without a cloud account: preview, converge, converge again, and drift.

Exit code 0 only if all of it held.
"""

from __future__ import annotations

import sys
import time
import typing as t

from tools.estate import Estate, Run, estate
from tools.tamper import CHANGES

LINE = "─" * 100
Row = tuple[str, str, bool]


def main() -> int:
    begin = time.monotonic()
    with estate() as cloud:
        verified = cloud.ask("GET", "status")["verified"]
        known = ", ".join(f"{count} {level}" for level, count in verified.items())
        title("A local cloud answers for the real host names; nothing leaves this machine")
        print(f"Operations known from: {known}")
        rows = [*preview(cloud), *converge(cloud), *again(cloud), *drift(cloud)]
    title(f"Summary after {time.monotonic() - begin:.0f} s")
    for what, seen, held in rows:
        print(f"  {'held  ' if held else 'BROKEN'}  {what:<62} {seen}")
    return 0 if all(held for _, _, held in rows) else 1


def preview(cloud: Estate) -> t.Iterator[Row]:
    run = step(cloud, "What would happen on an empty estate? The dry run cannot write.", "site.yml", "--check", "--diff", show=True)
    yield "preview of an empty estate runs to its end", recap(run), run.code == 0 and run.recap.get("changed", 0) > 0
    yield "preview writes nothing", f"{run.reads} reads, {run.writes} writes", run.writes == 0


def converge(cloud: Estate) -> t.Iterator[Row]:
    run = step(cloud, "Make it so.", "site.yml")
    yield "converge", recap(run), run.code == 0 and run.recap.get("failed") == 0 and run.writes > 0


def again(cloud: Estate) -> t.Iterator[Row]:
    run = step(cloud, "Again: nothing is left to do.", "site.yml")
    yield "a second run changes nothing", recap(run), run.code == 0 and run.recap.get("changed") == 0
    yield "a second run writes nothing", f"{run.reads} reads, {run.writes} writes", run.writes == 0


def drift(cloud: Estate) -> t.Iterator[Row]:
    title("Somebody changes things behind our back, with the vendors' own clients")
    for change in CHANGES.values():
        cloud.python("tools.tamper", change.name)
        print(f"  {change.client:<28} {change.what}")
    run = step(cloud, "What drifted? This playbook only reads, and fails when something differs.", "playbooks/drift.yml", show=True)
    expected = sorted(finding for change in CHANGES.values() for finding in (change.finding, *change.also))
    missed, false = sorted(set(expected) - set(run.findings)), sorted(set(run.findings) - set(expected))
    seen = f"{len(expected) - len(missed)} of {len(expected)} found, {len(false)} false"
    yield "drift names exactly what was changed, by path", seen, run.findings == expected and run.code == 2
    for each in missed:
        yield "  missed", each, False
    for each in false:
        yield "  false", each, False
    yield "the drift run writes nothing", f"{run.reads} reads, {run.writes} writes", run.writes == 0


def step(cloud: Estate, why: str, playbook: str, *arguments: str, show: bool = False) -> Run:
    title(why)
    print(f"$ ansible-playbook {playbook} -i inventories/test {' '.join(arguments)}".rstrip(), flush=True)
    run = cloud.play(playbook, *arguments, show=show)
    if not show:
        # A run that went wrong is shown whole: that is what somebody needs then.
        print(run.output if run.code else run.output[run.output.find("PLAY RECAP") :].rstrip())
    print(f"({run.seconds:.1f} s, {run.reads} reads, {run.writes} writes, exit code {run.code})", flush=True)
    return run


def recap(run: Run) -> str:
    return ", ".join(f"{name}={run.recap.get(name, 0)}" for name in ("ok", "changed", "failed"))


def title(text: str) -> None:
    print(f"\n{LINE}\n{text}\n{LINE}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
