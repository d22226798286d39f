# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift by mutation: every declared value, changed one at a time, is found by exactly its path."""

from __future__ import annotations

import json
import typing as t
from collections import Counter

import pytest

from tests.cloud import LocalCloud
from tests.integration.estate.azure_mutations import Mutate
from tests.integration.estate.conftest import Declared
from tests.integration.estate.kubernetes_mutations import kubernetes_mutations
from tests.integration.estate.looks import Finding, Look, findings, touched_by
from tests.integration.estate.mutations import IDENTITY, all_mutations


def is_covered(finding: Finding, mutations: t.Mapping[Finding, t.Any]) -> bool:
    kind, name, path = finding
    if (kind, path) in IDENTITY:
        return True
    # A keyed item that goes as a whole stands for its parts.
    return any(known[:2] == (kind, name) and (path == known[2] or path.startswith(f"{known[2]}/")) for known in mutations)


def is_found(finding: Finding, found: list[Finding]) -> bool:
    """Whether this was found, and nothing else.

    What cannot be changed in place is found by a refusal that names the thing. Where a change locks us out of something else (a vault
    whose access model was switched), that something is refused, which is the truth. A keyed item that is gone is found by its parts.
    """
    kind, name, path = finding
    seen = [each for each in found if each[0] != "refused"]
    if not seen:
        return [f"{kind} {name}" in each[2] or f"{kind}: cannot be changed in place: {name}{path} is" in each[2] for each in found] == [
            True
        ]
    return all(each[:2] == (kind, name) and (each[2] == path or each[2].startswith(f"{path}/")) for each in seen)


def test_every_declared_value_is_found_when_it_changes(
    converged: LocalCloud, declared: list[Declared], looks: list[Look], capsys: pytest.CaptureFixture[str]
) -> None:
    values = [each[1:4] for each in declared if each.cloud != "kubernetes" and each.kind != "resource_provider"]
    assert len(values) > 60
    mutations = all_mutations(values)
    assert [finding for finding in values if not is_covered(finding, mutations)] == []
    judge(converged, [look for look in looks if not look.in_cluster], mutations, capsys, "azure", "alibaba", "tencent", "cloudflare")


def test_every_declared_value_of_the_cluster_is_found_when_it_changes(
    converged: LocalCloud, declared: list[Declared], cluster_looks: list[Look], capsys: pytest.CaptureFixture[str]
) -> None:
    plain = [each[1:4] for each in declared if each.module == "k8s_objects"]
    # Of what helm has installed one object of each kind: they are all looked at in the same way.
    released = {each.kind: each[1:4] for each in declared if each.module == "helm_release" and each.path.startswith("/metadata/labels/")}
    assert (len(plain) > 200, len(released) > 10) == (True, True)
    judge(converged, cluster_looks, kubernetes_mutations([*plain, *released.values()]), capsys, "kubernetes")


def judge(
    cloud: LocalCloud, looks: list[Look], mutations: t.Mapping[Finding, Mutate], capsys: pytest.CaptureFixture[str], *clouds: str
) -> None:
    """Change one value after the other; each must be found, and nothing else. clouds: where they are."""
    untouched = {name: state for name, state in cloud.ask("GET", "state").items() if name in clouds}
    text = json.dumps(untouched)
    score: Counter[str] = Counter()
    missed: list[tuple[Finding, t.Any]] = []
    for finding, mutate in mutations.items():
        state = json.loads(text)  # much quicker than a deep copy
        mutate(state)
        cloud.ask("PUT", "state", state)
        cloud.forget()  # or each look would read all that was looked at before
        touched = touched_by(untouched, state)
        found = findings(cloud, (look.narrowed(touched) for look in looks if look.concerns(touched)))
        score[f"{finding[0]} found"] += is_found(finding, found)
        score[f"{finding[0]} declared"] += 1
        score[f"{finding[0]} false"] += sum(each[0] not in ("refused", finding[0]) for each in found)
        if not is_found(finding, found):
            missed.append((finding, found))
    cloud.ask("PUT", "state", untouched)
    with capsys.disabled():
        print("\nDrift by mutation (found/declared, and what else was found):")
        for kind in sorted({finding[0] for finding in mutations}):
            print(f"  {kind:<32}{score[f'{kind} found']:>4}/{score[f'{kind} declared']:<4}{score[f'{kind} false']:>4}")
    assert missed == [], "\n".join(map(str, missed))


def test_an_untouched_estate_has_no_finding_in_ten_runs(converged: LocalCloud, looks: list[Look]) -> None:
    assert [findings(converged, looks) for _ in range(10)] == [[]] * 10
    assert converged.writes == []
