# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes versions of AKS: which there are, under which support plan, and which may follow which."""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.regions import REGIONS, canonical
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/aks"
# The stable api-versions that the provider's specification and its Python client know of late.
API_VERSIONS = (
    *("2024-09-01", "2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-07-01", "2025-08-01", "2025-10-01"),
    *("2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"),
)

OFFICIAL, LONG_TERM = "KubernetesOfficial", "AKSLongTermSupport"
# Minor versions with their patches and support plans (github.com/Azure/AKS, CHANGELOG; the patches are made up).
VERSIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "1.32": (("1.32.9", "1.32.10"), (LONG_TERM,)),
    "1.33": (("1.33.7", "1.33.8"), (LONG_TERM,)),
    "1.34": (("1.34.4", "1.34.5"), (LONG_TERM,)),
    "1.35": (("1.35.1", "1.35.4"), (OFFICIAL, LONG_TERM)),
    "1.36": (("1.36.0", "1.36.2"), (OFFICIAL, LONG_TERM)),
    "1.37": (("1.37.0",), (OFFICIAL, LONG_TERM)),
}
DEFAULT = "1.35"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def minor_of(version: str) -> str:
    return ".".join(version.split(".")[:2])


def resolve(asked: str, plan: str) -> str:
    """The full version for a full one or an alias (`1.35`: its newest patch); refuses what is not offered under the support plan."""
    patches, plans = VERSIONS.get(minor_of(asked), ((), ()))
    if asked == minor_of(asked) and patches:
        full = patches[-1]
    elif asked in patches:
        full = asked
    else:
        raise refuse(
            400,
            "K8sVersionNotSupported",
            f"Managed cluster version '{asked}' is not supported. Supported versions: {', '.join(sorted(VERSIONS))}.",
        )
    if plan not in plans:
        raise refuse(
            400,
            "K8sVersionNotSupported",
            f"Managed cluster version '{asked}' is only available for Long-Term Support (LTS). If you intend to onboard to LTS, please "
            "ensure the cluster is in Premium tier and LTS support plan. Otherwise, use a supported version.",
        )
    return full


def check_step(what: str, before: str, after: str) -> None:
    """Upgrades go forward, one minor version at a time (…/azure/aks/upgrade-aks-cluster)."""
    if numbers(after) < numbers(before):
        raise refuse(400, "OperationNotAllowed", f"Downgrading the {what} from {before} to {after} is not allowed.")
    if numbers(after)[1] - numbers(before)[1] > 1:
        text = f"Upgrading the {what} from {before} to {after} is not allowed: only one minor version at a time."
        raise refuse(400, "OperationNotAllowed", text)


@operation(
    "GET",
    "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}/kubernetesVersions",
    "ManagedClusters_ListKubernetesVersions",
    versions=API_VERSIONS,
    kind="locations/kubernetesVersions",
    verified="sdk",
    source=f"{SOURCE}/managed-clusters/list-kubernetes-versions",
)
def list_versions(arm: Arm, request: Request, subscription: str, location: str) -> Reply:
    action = "Microsoft.ContainerService/locations/kubernetesVersions/read"
    arm.authorize(request, action, f"/subscriptions/{subscription}")
    arm.require_registered("Microsoft.ContainerService")
    if canonical(location) not in REGIONS:
        raise refuse(400, "InvalidLocation", f"The location '{location}' is invalid.")
    values = [
        {
            "version": minor,
            "capabilities": {"supportPlan": list(plans)},
            **({"isDefault": True} if minor == DEFAULT else {}),
            "patchVersions": {patch: {"upgrades": following(patch)} for patch in patches},
        }
        for minor, (patches, plans) in reversed(VERSIONS.items())
    ]
    return Reply.of_json({"values": values})


def following(version: str) -> list[str]:
    """What a version may be upgraded to."""
    last = numbers(version)[1] + 1
    every = [patch for patches, _ in VERSIONS.values() for patch in patches]
    return [patch for patch in every if numbers(patch) > numbers(version) and numbers(patch)[1] <= last]
