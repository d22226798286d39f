# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command without a network: python -m tools.offline COMMAND ...

The command gets a network namespace that has only loopback. What passes in there has reached no cloud but the local one. Where
the kernel has no namespaces, or does not allow them, the command runs all the same, and a line says so.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def leave_the_network() -> None:
    """Raise OSError where that is not possible."""
    user, group = os.getuid(), os.getgid()
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except AttributeError:
        raise OSError("this system has no namespaces") from None
    # Who is not root gets the right to it in a user namespace, under the same user id.
    if unshare(CLONE_NEWNET if user == 0 else CLONE_NEWUSER | CLONE_NEWNET):
        raise OSError(os.strerror(ctypes.get_errno()))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        fcntl.ioctl(interface, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def is_possible() -> bool:
    """Tried in a child: half-way there would be no loopback either."""
    child = os.fork()
    if not child:
        try:
            leave_the_network()
        except OSError as error:
            print(f"offline: not possible here, the network stays ({error})", flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def main() -> None:
    if is_possible():
        leave_the_network()
        print("offline: only loopback", flush=True)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
