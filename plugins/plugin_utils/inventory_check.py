# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An inventory, checked as a whole before anything is called."""

from __future__ import annotations

import difflib
import re
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import inventory_rules as rules
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.estate import (
    cloud_of,
    declared_roles,
    options_of_roles,
    role_of,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.inventory_items import bad_items

CLOSE = 0.85  # how alike a name without a known prefix must be to be taken for a slip
# Only the values of these are checked; a template that cannot be evaluated yet waits for another role's facts.
_UNDEFINED = re.compile(r"'(\w+)' is undefined|has no attribute '(\w+)'")


@dataclass(frozen=True)
class Host:
    """raw: variables as they are written. value: evaluates one; raises what Ansible raises."""

    name: str
    groups: t.Sequence[str]
    raw: t.Mapping[str, t.Any]
    value: t.Callable[[str], t.Any]
    origin: t.Callable[[t.Any], str] = field(default=lambda value: "")


@dataclass
class Findings:
    """Sentences, each once, in the order in which they were found. problems stop a run, warnings do not."""

    problems: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def problem(self, text: str) -> None:
        self.problems[text] = None

    def warning(self, text: str) -> None:
        self.warnings[text] = None


def check(hosts: t.Sequence[Host], provided: t.Collection[str] = ()) -> tuple[Findings, set[tuple[str, str]]]:
    """What is wrong, and what the inventory calls its own. provided: variables that a playbook sets, not the inventory."""
    findings = Findings()
    declared: list[dict[str, t.Any]] = []
    for host in hosts:
        _check_names_of_variables(host, findings)
        _check_secrets(host, findings)
        cloud = cloud_of(host.groups)
        if cloud is None:
            continue
        values: dict[str, t.Any] = {}
        for role in declared_roles(host.raw, cloud):
            values |= _check_role(host, role, provided, findings)
        declared.append(values)
    for values in declared:
        _check_values(values, declared, findings)
    for text in rules.fed_twice(declared):
        findings.problem(text)
    return findings, {each for values in declared for each in rules.owned(values)} | rules.owned_by_ingress(declared)


def compare(own: set[tuple[str, str]], others: t.Mapping[str, set[tuple[str, str]]]) -> Findings:
    """What two inventories both call their own, and names that point to the other one."""
    findings = Findings()
    for other, theirs in others.items():
        for kind, name in sorted(own & theirs):
            findings.problem(f"{kind} {name} is declared in the inventory {other} too: each belongs to one inventory only")
        for kind, name in sorted(own - theirs):
            if other.casefold() in re.split(r"[-_. ]", name.casefold()):
                findings.problem(f"{kind} {name} is called after the inventory {other}, which this is not")
    return findings


def _check_names_of_variables(host: Host, findings: Findings) -> None:
    """Variables that no role knows: a misspelt one is ignored by Ansible without a word."""
    every = [name for found in options_of_roles().values() for name in found[1]]
    for name, value in host.raw.items():
        if name.startswith(("_", "ansible_")) or name in every:
            continue
        role = role_of(name)
        known = options_of_roles()[role][1] if role else every
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6 if role else CLOSE)
        where = host.origin(value) or host.name
        advice = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known))}" if role else ""
        if role:
            findings.problem(f"{where}: the role {role} has no variable {name}: {advice}")
        elif near:
            findings.warning(f"{where}: nothing here knows a variable {name}: {advice}")


def _check_secrets(host: Host, findings: Findings) -> None:
    for name, value in host.raw.items():
        for path in rules.secrets_in(name, value):
            where = host.origin(value) or host.name
            findings.problem(
                f"{where}: {path} is a secret in plain text: take it from the environment or a lookup, or encrypt it with ansible-vault;"
                " and change it at its cloud, for it has been seen"
            )


def _check_role(host: Host, role: str, provided: t.Collection[str], findings: Findings) -> dict[str, t.Any]:
    """The evaluated variables of a role, checked against its argument_specs."""
    main, everything = options_of_roles()[role]
    values: dict[str, t.Any] = {}
    later: set[str] = set(provided)
    for name in everything:
        if name not in host.raw:
            continue
        try:
            values[name] = host.value(name)
        except Exception as error:
            later.add(name)
            _explain(host, name, error, findings)
    # What an entry point needs that a playbook may or may not use is not required of the inventory.
    needed = {name for name, option in main.items() if option.get("required")} - later
    spec = {name: {**option, "required": name in needed} for name, option in {**everything, **main}.items()}
    checked = ArgumentSpecValidator(spec).validate(values)
    for text in checked.error_messages:
        findings.problem(f"{host.name}: role {role}: {text[:300]}")
    return {name: value for name, value in checked.validated_parameters.items() if name in values and value is not None}


def _explain(host: Host, name: str, error: Exception, findings: Findings) -> None:
    """A template that refers to a fact of a role has to wait; one that refers to nothing at all is misspelt."""
    found = _UNDEFINED.search(str(error))
    missing = (found[1] or found[2]) if found else None
    if missing and role_of(missing):
        return
    where = host.origin(host.raw[name]) or host.name
    reason = f"it refers to {missing}, which is not defined" if missing else type(error).__name__
    findings.problem(f"{where}: {name} cannot be evaluated: {reason}")


def _check_values(values: rules.Variables, everywhere: t.Sequence[rules.Variables], findings: Findings) -> None:
    for text in (
        *bad_items(values),
        *rules.bad_names(values),
        *rules.bad_records(values),
        *rules.bad_choices(values),
        *rules.twice(values),
    ):
        findings.problem(text)
    for text, certain in rules.dangling(values, everywhere):
        (findings.problem if certain else findings.warning)(text)
