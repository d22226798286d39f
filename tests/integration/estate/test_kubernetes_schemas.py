# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a converged cluster holds fits the vendor's description of Kubernetes, says a validator that knows nothing of the local cloud."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import kubernetes_validate
import pytest

from tests.integration.modules.k8s import run_kubectl

# Their definitions are in the cluster, not in Kubernetes.
CUSTOM = ("cert-manager.io", "external-secrets.io", "traefik.io", "gateway.networking.k8s.io")


def held(kubeconfig: Path) -> list[dict[str, t.Any]]:
    """Every object of a built-in kind, as kubectl gets it."""
    served = run_kubectl(kubeconfig, "api-resources", "--verbs=get,list", "-o", "name").split()
    kinds = ",".join(each for each in served if not each.endswith(CUSTOM))
    found = json.loads(run_kubectl(kubeconfig, "get", kinds, "-A", "-o", "json", "--show-managed-fields"))
    return t.cast("list[dict[str, t.Any]]", found["items"])


def wrong(thing: dict[str, t.Any], version: str) -> str | None:
    try:
        kubernetes_validate.validate(thing, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        place = "/".join(str(step) for step in error.path)
        return f"{thing['kind']} {thing['metadata'].get('namespace', '')}/{thing['metadata']['name']}: {place}: {error.message[:300]}"
    return None


def test_everything_is_as_the_servers_version_describes_it(kubeconfig: Path) -> None:
    things = held(kubeconfig)
    assert len({thing["kind"] for thing in things}) > 20
    assert [said for thing in things if (said := wrong(thing, "1.35"))] == []


@pytest.mark.parametrize("version", ["1.32", "1.37"])
def test_what_is_declared_fits_the_oldest_and_the_newest_of_aks(kubeconfig: Path, version: str) -> None:
    """Of what somebody applies, not of what the server makes of it."""
    made = {"Node", "Pod", "ReplicaSet", "Event", "Endpoints", "EndpointSlice", "CustomResourceDefinition"}
    things = [each for each in held(kubeconfig) if each["kind"] not in made]
    for each in things:
        each.pop("status", None)
    assert [said for thing in things if (said := wrong(thing, version))] == []
