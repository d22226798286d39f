# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Ctrl-C while Ansible forks a worker.

Ansible raises KeyboardInterrupt out of its signal handler. Where that falls into a function that Python calls around a fork
(os.register_at_fork), Python prints it and goes on: the workers are gone, and the parent waits for them for ever.
"""

from __future__ import annotations

import os
import signal
import sys
import typing as t

# Seconds until it is raised again, outside of what Python was in the middle of.
SOON = 0.05


def keep_interrupts() -> None:
    """From now on no KeyboardInterrupt of this process is lost. To be called in the main thread."""
    told, pid = sys.unraisablehook, os.getpid()

    def hook(unraisable: t.Any) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt) and os.getpid() == pid:
            signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, SOON)
        else:
            told(unraisable)

    sys.unraisablehook = hook


def _interrupt(number: int, frame: t.Any) -> t.NoReturn:
    raise KeyboardInterrupt
