# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations of Key Vault's data plane share: routes, versions, errors."""

from __future__ import annotations

import typing as t

from sandbox.http import Refusal, Reply, Routes

# The versions that the vendor's SDK knows; older ones go on working, their retirement is that of the control plane only.
VERSIONS = ("2015-06-01", "2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")

routes = Routes()


def failure(status: int, code: str, message: str, inner: str | None = None) -> Reply:
    error: dict[str, t.Any] = {"code": code, "message": message}
    if inner:
        error["innererror"] = {"code": inner}
    return Reply.of_json({"error": error}, status, {"Content-Type": "application/json; charset=utf-8"})


def refuse(status: int, code: str, message: str, inner: str | None = None) -> Refusal:
    return Refusal(failure(status, code, message, inner))
