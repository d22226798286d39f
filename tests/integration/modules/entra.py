# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of applications and of their secrets share."""

from __future__ import annotations

import copy
import typing as t
from datetime import UTC, datetime, timedelta

from tests.cloud import LocalCloud
from tests.steps import Done, direct

VAULT, SECRET = "klinematrix-test-kv", "entra-client-secret"
CALLBACK, OTHER, LOCAL = "https://app.klinematrix.com/auth/callback", "https://app.klinematrix.com/auth/silent", "http://localhost:3000"
APP: dict[str, t.Any] = {
    "display_name": "financialagent-test",
    "sign_in_audience": "AzureADMyOrg",
    "redirect_uris": {"web": [CALLBACK, OTHER], "spa": [LOCAL], "public_client": ["msauth.com.klinematrix.app://auth"]},
    "home_page_url": "https://app.klinematrix.com",
    "logout_url": "https://app.klinematrix.com/logout",
    "notes": "Sign-in of the web application",
    "tags": ["financialagent", "test"],
    "assignment_required": True,
}
STORED: dict[str, t.Any] = {"key_vault": VAULT, "client_secret_in_vault": {"name": SECRET}}


def ground(cloud: LocalCloud) -> None:
    """A vault whose secrets may be written."""

    def make() -> None:
        group: dict[str, t.Any] = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "azure_resource", **group).status == "ok"
        vault: dict[str, t.Any] = {"name": VAULT, "resource_group": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "key_vault", **vault, deployer_role="Key Vault Secrets Officer").status == "ok"

    cloud.once("a vault for an application's secret", make)


def with_application(cloud: LocalCloud) -> None:
    """An application with its secret in the vault."""
    ground(cloud)
    cloud.once("an application with its secret", lambda: applied(app(cloud, **STORED)))


def app(cloud: LocalCloud, *, check: bool = False, **options: t.Any) -> Done:
    return direct(cloud, "entra_application", check=check, **copy.deepcopy(APP | options))


def applied(done: Done) -> None:
    assert done.status == "ok", done.result["msg"]


def record(state: dict[str, t.Any]) -> dict[str, t.Any]:
    (found,) = state["azure"]["graph"]["applications"].values()
    return t.cast("dict[str, t.Any]", found)


def keys(cloud: LocalCloud) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", record(cloud.ask("GET", "state"))["body"]["passwordCredentials"])


def versions(cloud: LocalCloud) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", cloud.ask("GET", "state")["azure"]["vault"]["secrets"][VAULT][SECRET]["versions"])


def end_in(cloud: LocalCloud, days: float) -> str:
    """Let the newest key end in so many days; returns the day."""
    moment = datetime.now(UTC) + timedelta(days=days)
    with cloud.state() as state:
        record(state)["body"]["passwordCredentials"][0]["endDateTime"] = f"{moment:%Y-%m-%dT%H:%M:%S.0000000Z}"
    return f"{moment:%Y-%m-%d}"
