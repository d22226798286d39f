# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the whole test suite, or some of its legs: python -m tools.test [LEG ...]

Two legs run at a time. Each writes .test/LEG.log; a line says what it counted. The last line is the sum.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import textwrap
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed

from tools import venv
from tools.legs import Leg, legs
from tools.work import RESULTS, ROOT, Work


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.test", description="Run the test suite.")
    parser.add_argument("legs", nargs="*", metavar="LEG", help="only these (default: all)")
    parser.add_argument("--list", action="store_true", help="say which legs there are, and run nothing")
    parser.add_argument("--jobs", type=int, default=2, help="legs that run at the same time (default: 2)")
    options = parser.parse_args()

    known = {leg.name: leg for leg in legs(venv.environments())}
    unknown = [name for name in options.legs if name not in known]
    if unknown:
        parser.error(f"no such leg: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.legs or known]
    if options.list:
        for leg in chosen:
            print(f"{leg.name:<12} {leg.purpose}")
        return 0
    chosen = [leg for leg in chosen if _is_there(leg)]
    for number, folder in venv.environments().items():
        if any(leg.venv == folder for leg in chosen):
            venv.ensure(number, folder)
    return run(chosen, options.jobs)


def run(chosen: list[Leg], jobs: int) -> int:
    RESULTS.mkdir(exist_ok=True)
    start = time.monotonic()
    done = []
    pool = ThreadPoolExecutor(jobs)
    try:
        for future in as_completed([pool.submit(_run_leg, leg) for leg in chosen]):
            work, seconds = future.result()
            done.append(work)
            _report(work, seconds)
    finally:
        pool.shutdown(cancel_futures=True)
    empty = [work.name for work in done if not work.passed + work.failed]
    if empty:
        print(f"nothing was tested by {', '.join(empty)}: see the logs in {os.path.relpath(RESULTS, ROOT)}/")
    failed = sum(work.failed for work in done)
    skipped = sum(work.skipped for work in done)
    print(f"{len(done)} legs in {time.monotonic() - start:.0f} s{f', {skipped} skipped' if skipped else ''}\n")
    print(f"{sum(work.passed for work in done)} passed, {failed} failed", flush=True)
    return 1 if failed or empty or not done else 0


def _run_leg(leg: Leg) -> tuple[Work, float]:
    start = time.monotonic()
    # Several people, or one in two terminals, may test the same work tree: the second one waits for the leg.
    with (RESULTS / f"{leg.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work = Work(leg.name, leg.venv)
        try:
            leg.run(work)
        except Exception:
            work.count(False, traceback.format_exc())
    return work, time.monotonic() - start


def _report(work: Work, seconds: float) -> None:
    counted = f"{work.passed:>5} passed, {work.failed} failed" + (f", {work.skipped} skipped" if work.skipped else "")
    print(f"{work.name:<12} {counted:<36} {seconds:>5.0f} s  {work.remark}".rstrip(), flush=True)
    for problem in work.problems:
        print(textwrap.indent(problem, "  | ", lambda line: True))
    if work.problems:
        print(f"  the whole log: {os.path.relpath(work.log, ROOT)}", flush=True)


def _is_there(leg: Leg) -> bool:
    if any(ROOT.glob(leg.tests)):
        return True
    print(f"{leg.name:<12} not there yet: {leg.tests}")
    return False


if __name__ == "__main__":
    sys.exit(main())
