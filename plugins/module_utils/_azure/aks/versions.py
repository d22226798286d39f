# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Kubernetes versions: full ones and aliases (1.35), and which may follow which. Pure."""

from __future__ import annotations

import typing as t

from ..._core.errors import PlanError
from ..errors import CLOUD


def is_alias(version: str) -> bool:
    """A minor version: the service chooses the patch."""
    return version.count(".") == 1


def same_version(have: t.Any, want: t.Any) -> bool:
    """Whether what runs is what is declared; an alias is, with any patch."""
    return have == want or (isinstance(have, str) and is_alias(str(want)) and have.startswith(f"{want}."))


def numbers(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        raise PlanError(f"kubernetes_version {version!r} is no version such as 1.35 or 1.35.4", cloud=CLOUD) from None


def is_newer(version: str, than: str) -> bool:
    """Compared by as many numbers as both have, so an alias is never newer than one of its patches."""
    left, right = numbers(version), numbers(than)
    shared = min(len(left), len(right))
    return left[:shared] > right[:shared]


def check_upgrade(what: str, have: str | None, want: str | None) -> None:
    """Raise PlanError for a change of version that the service refuses: backwards, or over more than one minor version."""
    if not have or not want or same_version(have, want):
        return
    before, after = numbers(have), numbers(want)
    if is_newer(have, want):
        hint = f"Declare {'.'.join(have.split('.')[:2])}: versions only go forward"
        raise PlanError(
            f"{what} runs {have}, declared {want}: it cannot go back; nothing was changed", code="immutable", cloud=CLOUD, hint=hint
        )
    if after[0] != before[0] or after[1] - before[1] > 1:
        raise PlanError(
            f"{what} runs {have}, declared {want}: upgrades go one minor version at a time; nothing was changed",
            code="version_step",
            cloud=CLOUD,
            hint=f"Declare {before[0]}.{before[1] + 1} first, then go on",
        )


def check_offered(version: str, plan: str, offered: t.Sequence[t.Mapping[str, t.Any]], where: str) -> None:
    """Raise PlanError for a version that the region does not offer under the support plan. `offered` is what the service lists."""
    minor = ".".join(version.split(".")[:2])
    plans_of = {str(each["version"]): (each.get("capabilities") or {}).get("supportPlan") or [] for each in offered}
    patches = next((each.get("patchVersions") or {} for each in offered if each["version"] == minor), {})
    plans = plans_of.get(minor, [])
    if minor not in plans_of or (not is_alias(version) and version not in patches):
        known = [*patches] or [each for each, supported in plans_of.items() if plan in supported]
        raise PlanError(
            f"Kubernetes {version} is not offered in {where}",
            code="K8sVersionNotSupported",
            cloud=CLOUD,
            hint=f"There is {', '.join(sorted(known, key=numbers))}; an alias such as 1.35 takes the newest patch",
        )
    if plan.casefold() not in {each.casefold() for each in plans}:
        raise PlanError(
            f"Kubernetes {version} is not offered in {where} with support plan {plan}",
            code="K8sVersionNotSupported",
            cloud=CLOUD,
            hint=f"It comes with {', '.join(plans) or 'none'}; AKSLongTermSupport needs sku_tier Premium",
        )
