# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's own interface, `/_sandbox/*` on the proxy's address."""

from __future__ import annotations

import os
import typing as t

from sandbox.http import Reply, Request
from sandbox.world import World


class Control:
    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str], t.Callable[[Request], t.Any]] = {
            ("GET", "status"): lambda _: self._status(),
            ("GET", "journal"): lambda _: world.journal.as_json(),
            ("DELETE", "journal"): lambda _: world.journal.clear(),
            ("GET", "state"): lambda _: world.state,
            ("PUT", "state"): lambda request: world.replace(request.json()),
            ("POST", "reset"): lambda _: self._reset(),
            ("GET", "faults"): lambda _: world.faults.as_json(),
            ("POST", "faults"): lambda request: self._add_faults(request.json()),
            ("DELETE", "faults"): lambda _: world.faults.clear(),
        }

    def answer(self, request: Request) -> Reply:
        handler = self._routes.get((request.method, request.path.removeprefix("/_sandbox/")))
        if handler is None:
            return Reply.of_json({"error": f"no {request.method} {request.path} here"}, 404)
        try:
            return Reply.of_json(handler(request))
        except (ValueError, TypeError) as error:
            return Reply.of_json({"error": str(error)}, 400)

    def _status(self) -> dict[str, t.Any]:
        clouds = {
            cloud.name: {"hosts": [host for service in cloud.services for host in service.names], "operations": len(cloud.operations)}
            for cloud in self._world.clouds
        }
        return {"pid": os.getpid(), "verified": self._world.verified(), "clouds": clouds, "calls": len(self._world.journal.as_json())}

    def _reset(self) -> None:
        self._world.faults.clear()
        self._world.reset()
        self._world.journal.clear()

    def _add_faults(self, wanted: t.Any) -> list[dict[str, t.Any]]:
        """One rule or a list of rules."""
        for each in wanted if isinstance(wanted, list) else [wanted]:
            self._world.faults.add(each)
        return self._world.faults.as_json()
