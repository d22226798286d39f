# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the estate's backend: its health, its metrics, and by digests the environment with which it was started. It does not start
with a MONGODB_URL that is none."""

from __future__ import annotations

import typing as t

from sandbox.http import Reply

METRICS = """# HELP http_requests_total Requests that were answered.
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/api/health",status="200"} 1
# HELP process_start_time_seconds When the process was started.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1
"""


def starts(environment: t.Mapping[str, str]) -> bool:
    """Every driver of MongoDB refuses what is no connection string (mongodb.com/docs/manual/reference/connection-string)."""
    url = environment.get("MONGODB_URL")
    return url is None or url.startswith(("mongodb://", "mongodb+srv://"))


def answer(method: str, path: str, environment: t.Mapping[str, str], pod: str = "") -> Reply:
    """`environment`: SHA-256 of each variable's value, by name. It is told at a path of the stand-in's own, for tests."""
    if method not in ("GET", "HEAD"):
        return Reply.of_json({"detail": "Method Not Allowed"}, 405)
    if path == "/api/health" or path.startswith("/api/health/"):
        return Reply.of_json({"status": "ok"})
    if path == "/metrics":
        return Reply(200, METRICS.encode(), {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
    if path == "/_stand_in/environment":
        return Reply.of_json({"pod": pod, "sha256": dict(environment)})
    return Reply.of_json({"detail": "Not Found"}, 404)
