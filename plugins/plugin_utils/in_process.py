# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Running a module in Ansible's own process: the same code, without the half second of starting an interpreter.

What a user can see must be the same as with the ordinary module: validation and its messages, masked arguments, the
task's environment, check mode and diff. Where it could not be, the ordinary module runs: see `why_not`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import run_state
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.plain import plain

COLLECTION = "klinematrix.hybrid_cloud"
_MODULES = f"ansible_collections.{COLLECTION}.plugins.modules"
_INTERPRETERS_FOR_US = (None, "auto", "auto_silent", "auto_legacy", "auto_legacy_silent", sys.executable)


class InProcessAction(ActionBase):
    """Action plugin of every module of this collection; each has a subclass of its own name."""

    _supports_async = True
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        task_vars = task_vars or {}
        # Drift runs read only, whatever the play says: the same switch closes both doors.
        self._task.check_mode = bool(self._task.check_mode) or self._flag(task_vars, "hybrid_cloud_read_only", False)
        result = super().run(tmp, task_vars)
        run_state.count_task()
        if self.why_not(task_vars):
            executed = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
            return t.cast("dict[str, t.Any]", merge_hash(result, executed))
        return {**result, **self._run_here(task_vars)}

    def why_not(self, task_vars: dict[str, t.Any]) -> str | None:
        """The reason for which this task cannot run in process, or None."""
        if not self._flag(task_vars, "hybrid_cloud_in_process", True):
            return "hybrid_cloud_in_process is false"
        if self._task.async_val:
            return "async"
        if getattr(self._connection, "transport", "") != "local":
            return "the connection is not local"
        if self._play_context.become:
            return "become"
        interpreter = task_vars.get("ansible_python_interpreter")
        wanted = None if interpreter is None else str(self._templar.template(interpreter))
        if wanted not in _INTERPRETERS_FOR_US:
            return f"another interpreter: {wanted}"
        return None

    def _flag(self, task_vars: dict[str, t.Any], name: str, default: bool) -> bool:
        value = self._templar.template(task_vars.get(name, default))
        return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on", "y", "t")

    def _run_here(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        name = self._task.resolved_action or self._task.action
        module: Module = importlib.import_module(f"{_MODULES}.{name.rpartition('.')[2]}").MODULE
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        # A module gets its arguments as JSON text; the same trip removes Ansible's tags, which break identity tests in SDKs.
        arguments = plain(self._task.args)
        with _environment(plain(environment)):
            return run_module(
                module,
                name,
                arguments,
                check_mode=bool(self._task.check_mode),
                diff=bool(self._task.diff or self._play_context.diff),
                show_arguments=_shows_arguments(task_vars),
            )


def run_module(
    module: Module, name: str, arguments: dict[str, t.Any], *, check_mode: bool, diff: bool, show_arguments: bool = False
) -> dict[str, t.Any]:
    """Validate arguments and run, as AnsibleModule does; returns the result, JSON values only, no_log values masked."""
    spec = module.spec.as_arguments()
    checked = ModuleArgumentSpecValidator(spec.pop("argument_spec"), **spec).validate(arguments)
    parameters = checked.validated_parameters
    result: dict[str, t.Any]
    if checked.error_messages:
        text = checked.errors.msg
        if isinstance(checked.errors[0], UnsupportedError):
            text = f"Unsupported parameters for ({name}) module: {text}"
        result = {"failed": True, "msg": text}
    else:
        host = ActionHost(parameters, check_mode=check_mode, diff=diff)
        try:
            module.run(host)
        except _Done as done:
            result = done.result
        if host.warnings:
            result["warnings"] = host.warnings
    if show_arguments:
        result["invocation"] = {"module_args": module.shown(parameters) if module.shown else parameters}
    return t.cast("dict[str, t.Any]", remove_values(plain(result), checked._no_log_values))


def _shows_arguments(task_vars: dict[str, t.Any]) -> bool:
    """Whether results carry the module's arguments: a setting since ansible-core 2.21, always so before."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


class _Done(BaseException):
    """The module has ended. Not an Exception, as SystemExit is none: nothing below may catch it by accident."""

    def __init__(self, result: dict[str, t.Any]) -> None:
        super().__init__()
        self.result = result


class ActionHost:
    """The host of a run in process."""

    def __init__(self, params: dict[str, t.Any], *, check_mode: bool, diff: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self.diff = diff
        self.shared: t.MutableMapping[str, t.Any] = run_state.SHARED
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def tell(self, text: str) -> None:
        Display().display(f"  {text}", color="bright blue")

    def succeed(self, result: dict[str, t.Any]) -> t.NoReturn:
        raise _Done(result)

    def fail(self, message: str, result: dict[str, t.Any]) -> t.NoReturn:
        raise _Done({**result, "failed": True, "msg": message})


@contextlib.contextmanager
def _environment(added: dict[str, t.Any]) -> t.Iterator[None]:
    """The task's `environment:`, as long as the module runs. A worker process runs one task at a time."""
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in added.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
