# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that are missing, broken or too old are named before anything is begun."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm import binary
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.programs import troubles

HELM = "echo v3.19.0"
KUBECTL = """echo '{"clientVersion": {}, "kustomizeVersion": "v5.7.1"}'"""


def put(monkeypatch: pytest.MonkeyPatch, place: Path, **programs: str) -> None:
    """Programs of the test's own, the only ones there are."""
    for name, script in programs.items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.setattr(binary.sys, "executable", str(place / "python"))


def test_the_real_ones_are_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    text = "{{ query('klinematrix.hybrid_cloud.program_troubles') }}"
    assert Templar(DataLoader()).template(trust_as_template(text)) == []


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ({"helm": HELM, "kubectl": KUBECTL}, []),
        ({"helm": HELM, "kustomize": "echo v5.0.0"}, []),
        ({"helm": HELM, "kustomize": "echo '{Version:kustomize/v4.5.7 GitCommit:56d82a8}'"}, []),
        ({}, ["no helm on PATH. Install helm 3.17", "neither kubectl nor kustomize on PATH. Install kubectl 1.24"]),
        ({"helm": "echo v3.16.4", "kubectl": KUBECTL}, ["is helm v3.16.4: too old. Install helm 3.17"]),
        ({"helm": "exit 1", "kubectl": "exit 1"}, ["helm does not say what version", "kubectl does not say which kustomize"]),
        ({"helm": HELM, "kubectl": "echo '{\"clientVersion\": {}}'"}, ["does not say which kustomize it is"]),
        ({"helm": HELM, "kustomize": "echo v3.9.4"}, ["is kustomize 3.9: too old. Install kubectl 1.24"]),
    ],
)
def test_each_trouble_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, programs: dict[str, str], words: list[str]
) -> None:
    put(monkeypatch, tmp_path, **programs)
    found = troubles()
    assert len(found) == len(words), found
    for text, word in zip(found, words, strict=True):
        assert word in text
