# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What runs a module: an AnsibleModule or an action plugin. The code below knows only this."""

from __future__ import annotations

import typing as t


class Host(t.Protocol):
    """The side of Ansible that a reconciler sees.

    params: validated options. check_mode: nothing may be written. diff: the user asked for differences.
    shared: values that outlive the task where something keeps them (tokens); an empty mapping otherwise.
    """

    params: dict[str, t.Any]
    check_mode: bool
    diff: bool
    shared: t.MutableMapping[str, t.Any]

    def warn(self, text: str) -> None: ...

    def tell(self, text: str) -> None:
        """Show progress while something takes its time."""

    def succeed(self, result: dict[str, t.Any]) -> t.NoReturn: ...

    def fail(self, message: str, result: dict[str, t.Any]) -> t.NoReturn: ...
