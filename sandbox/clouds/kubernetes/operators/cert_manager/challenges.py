# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenges: presented, seen, accepted, and cleaned up.

Source: cert-manager/cert-manager pkg/controller/acmechallenges/sync.go at v1.21. A challenge that cannot be presented stays pending and
is tried again, so it recovers when its reason has gone; one that the ACME server refuses is over, and the whole issuance with it.
"""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.cert_manager import dns01, http01
from sandbox.clouds.kubernetes.operators.cert_manager.names import ACME, Installation
from sandbox.clouds.kubernetes.operators.objects import for_each, leaving, report, set_status
from sandbox.clouds.kubernetes.operators.work import Work

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

COMPONENT = "cert-manager-challenges"
SOLVERS = {"DNS-01": dns01, "HTTP-01": http01}


def reconcile(cluster: Cluster, installation: Installation, now: float) -> None:
    for_each(cluster.list(ACME, "challenges"), lambda challenge: _look_at(cluster, installation, challenge, now))


def _look_at(cluster: Cluster, installation: Installation, challenge: Json, now: float) -> None:
    status = challenge.get("status") or {}
    if leaving(challenge):
        _let_go(cluster, installation, challenge)
    elif not status.get("state"):
        report(cluster, challenge, "Normal", "Started", "Challenge scheduled for processing", COMPONENT, now)
        set_status(cluster, challenge, status | {"processing": True, "presented": False, "state": "pending"}, COMPONENT)
    elif status["state"] == "pending":
        work = Work(cluster, challenge, "Challenges_Solve", 0.05)
        if work.due(f"{status.get('presented')}", now):
            work.done(now) if _step(cluster, installation, challenge, dict(status), now) else work.failed(now)


def _step(cluster: Cluster, installation: Installation, challenge: Json, status: Json, now: float) -> bool:
    """Present, or check and accept. Returns whether it went on."""
    kind = challenge["spec"]["type"]
    solver = SOLVERS[kind]
    if not status.get("presented"):
        try:
            solver.present(cluster, installation, challenge)
        except dns01.Failed as error:
            report(cluster, challenge, "Warning", "PresentError", f"Error presenting challenge: {error}", COMPONENT, now)
            set_status(cluster, challenge, status | {"reason": str(error)}, COMPONENT)
            return False
        report(cluster, challenge, "Normal", "Presented", f"Presented challenge using {kind} challenge mechanism", COMPONENT, now)
        set_status(cluster, challenge, status | {"presented": True, "reason": ""}, COMPONENT)
        return True
    missing = solver.missing(cluster, challenge)
    if missing:
        set_status(cluster, challenge, status | {"reason": f"Waiting for {kind} challenge propagation: {missing}"}, COMPONENT)
        return False
    name = challenge["spec"]["dnsName"]
    report(cluster, challenge, "Normal", "DomainVerified", f'Domain "{name}" verified with "{kind}" validation', COMPONENT, now)
    solver.clean_up(cluster, installation, challenge)
    status |= {"state": "valid", "reason": "Successfully authorized domain", "processing": False, "presented": False}
    set_status(cluster, challenge, status, COMPONENT)
    return True


def _let_go(cluster: Cluster, installation: Installation, challenge: Json) -> None:
    """Take away what was presented, then the finalizer."""
    if not challenge["metadata"].get("finalizers"):
        return
    if (challenge.get("status") or {}).get("presented"):
        SOLVERS[challenge["spec"]["type"]].clean_up(cluster, installation, challenge)
    fresh = copy.deepcopy(challenge)
    fresh["metadata"]["finalizers"] = []
    cluster.write(ACME, "challenges", fresh, manager=COMPONENT)
