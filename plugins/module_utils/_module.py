# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A module, runnable both ways: as an ordinary Ansible module and in process through an action plugin."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ._core.host import Host
from ._core.reconcile import Reconciler, reconcile
from ._core.spec import ArgumentSpec
from ._core.traffic import Traffic


class ModuleHost:
    """The host of an ordinary module run."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.params: dict[str, t.Any] = module.params
        self.check_mode: bool = module.check_mode
        self.diff: bool = module._diff
        self.shared: t.MutableMapping[str, t.Any] = {}

    def warn(self, text: str) -> None:
        self._module.warn(text)

    def tell(self, text: str) -> None:
        """A module has no channel to the terminal before it ends."""

    def succeed(self, result: dict[str, t.Any]) -> t.NoReturn:
        self._module.exit_json(**result)
        raise AssertionError("exit_json does not return")

    def fail(self, message: str, result: dict[str, t.Any]) -> t.NoReturn:
        self._module.fail_json(msg=message, **result)
        raise AssertionError("fail_json does not return")


class DiscreetModule(AnsibleModule):  # type: ignore[misc]
    """A module whose arguments hold secrets deep inside: they are not logged, and results carry them as `shown` makes them."""

    def __init__(self, shown: t.Callable[[dict[str, t.Any]], dict[str, t.Any]], **arguments: t.Any) -> None:
        self._shown = shown
        super().__init__(no_log=True, **arguments)

    def _return_formatted(self, kwargs: dict[str, t.Any]) -> None:
        kwargs.setdefault("invocation", {"module_args": self._shown(self.params)})
        super()._return_formatted(kwargs)


@dataclass(frozen=True)
class Module:
    """What a module file declares: its options, its cloud, and what it manages.

    shown: its arguments fit to be shown, for a module in whose arguments secrets stand beside what may be seen.
    """

    spec: ArgumentSpec
    cloud: str
    make: t.Callable[[Host, Traffic], Reconciler]
    shown: t.Callable[[dict[str, t.Any]], dict[str, t.Any]] | None = None

    def main(self) -> None:
        arguments = {"supports_check_mode": True, **self.spec.as_arguments()}
        self.run(ModuleHost(DiscreetModule(self.shown, **arguments) if self.shown else AnsibleModule(**arguments)))

    def run(self, host: Host) -> t.NoReturn:
        reconcile(host, self.make, self.cloud)
