# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloudflare: one account, its zones with their DNS records and settings, and the registrar."""

from __future__ import annotations

import secrets
import typing as t

# Each of these brings its operations.
import sandbox.clouds.cloudflare.accounts
import sandbox.clouds.cloudflare.batch
import sandbox.clouds.cloudflare.dns_records
import sandbox.clouds.cloudflare.dnssec
import sandbox.clouds.cloudflare.registrar
import sandbox.clouds.cloudflare.settings
import sandbox.clouds.cloudflare.zones  # noqa: F401
from sandbox.cloud import Cloud
from sandbox.clouds.cloudflare.access import EVERYTHING
from sandbox.clouds.cloudflare.service import Api

# What cert-manager's documentation asks for.
SOLVES_CHALLENGES = ("Zone Read", "DNS Write")


class Cloudflare(Cloud):
    name = "cloudflare"
    service_types = (Api,)

    def new_credentials(self) -> dict[str, t.Any]:
        """tokens: token → {id, status: active|disabled|expired, permissions: the API's permission groups, zones: ids or null for all}."""
        deployer, solver = secrets.token_urlsafe(30), secrets.token_urlsafe(30)
        return {
            "api_token": deployer,
            "app_token": solver,
            "tokens": {deployer: _token(EVERYTHING), solver: _token(SOLVES_CHALLENGES)},
        }

    def environment(self) -> dict[str, str]:
        """The deployer's under the SDK's name; the cluster's own, for DNS-01 challenges, with APP_ before it."""
        return {"CLOUDFLARE_API_TOKEN": self.credentials["api_token"], "APP_CLOUDFLARE_API_TOKEN": self.credentials["app_token"]}


def _token(permissions: tuple[str, ...]) -> dict[str, t.Any]:
    return {"id": secrets.token_hex(16), "status": "active", "permissions": list(permissions), "zones": None}
