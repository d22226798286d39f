# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure by hand: plain HTTP calls with a token, for what no SDK does or what an SDK would not let through."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

import requests

from tests.cloud import LocalCloud

MANAGEMENT = "https://management.azure.com"
VAULT = "https://vault.azure.net"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
VERSIONS = {"groups": "2024-03-01", "vaults": "2026-02-01", "identities": "2024-11-30", "authorization": "2022-04-01"}


def error(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def wait_for(what: Callable[[], t.Any], seconds: float = 10) -> t.Any:
    """The first true answer, within a bound."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


class AzureRaw:
    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.session = requests.Session()
        environment = cloud.environment
        self.tenant = environment["AZURE_TENANT_ID"]
        self.client_id = environment["AZURE_CLIENT_ID"]
        self.secret = environment["AZURE_CLIENT_SECRET"]
        self.subscription = f"/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/FinancialAgent"
        self.vault = f"{self.group}/providers/Microsoft.KeyVault/vaults/klinematrix-test-kv"
        self._tokens: dict[str, str] = {}

    def ask_token(self, tenant: str | None = None, **form: str) -> requests.Response:
        """The token endpoint, as the client credentials grant describes it; `form` replaces or (with "") removes fields."""
        usual = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "scope": f"{MANAGEMENT}/.default",
        }
        sent = {name: value for name, value in (usual | form).items() if value}
        return self.session.post(f"https://login.microsoftonline.com/{tenant or self.tenant}/oauth2/v2.0/token", data=sent, timeout=10)

    def token(self, resource: str = MANAGEMENT) -> str:
        if resource not in self._tokens:
            self._tokens[resource] = self.ask_token(scope=f"{resource}/.default").json()["access_token"]
        return self._tokens[resource]

    def arm(
        self, method: str, path: str, body: t.Any = None, version: str | None = "", token: str | None = "", **headers: str
    ) -> requests.Response:
        """Resource Manager. The api-version follows from the path unless it is given; None sends none."""
        chosen = version if version != "" else self._version(path)
        url = path if path.startswith("https:") else MANAGEMENT + path
        if chosen:
            url += f"{'&' if '?' in url else '?'}api-version={chosen}"
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token()}"
        return self.session.request(method, url, json=body, headers=headers, timeout=10)

    def _version(self, path: str) -> str | None:
        if "api-version=" in path:
            return None
        low = path.lower().partition("?")[0]
        kinds = (
            ("microsoft.authorization", "authorization"),
            ("microsoft.managedidentity/", "identities"),
            ("microsoft.keyvault/", "vaults"),
        )
        return next((VERSIONS[kind] for part, kind in kinds if part in low), VERSIONS["groups"])

    def data(self, method: str, path: str, body: t.Any = None, version: str = "7.4", token: str | None = "") -> requests.Response:
        """The data plane of the vault."""
        headers = {} if token is None else {"Authorization": f"Bearer {token or self.token(VAULT)}"}
        url = f"https://klinematrix-test-kv.vault.azure.net{path}{'&' if '?' in path else '?'}api-version={version}"
        return self.session.request(method, url, json=body, headers=headers, timeout=10)

    # --- an estate to start from -----------------------------------------

    def register(self, *namespaces: str) -> None:
        for namespace in namespaces:
            self.arm("POST", f"{self.subscription}/providers/{namespace}/register", version="2021-04-01")
        for namespace in namespaces:
            path = f"{self.subscription}/providers/{namespace}"
            wait_for(lambda: self.arm("GET", path, version="2021-04-01").json()["registrationState"] == "Registered")  # noqa: B023  called at once

    def with_group(self) -> AzureRaw:
        """A subscription with the namespaces registered, and the group."""
        with self.cloud.state() as state:
            for provider in state["azure"]["arm"]["providers"].values():
                provider["state"] = "Registered"
        assert self.arm("PUT", self.group, {"location": "koreacentral"}).status_code == 201
        return self

    def vault_body(self, **properties: t.Any) -> dict[str, t.Any]:
        usual = {"tenantId": self.tenant, "sku": {"family": "A", "name": "standard"}}
        return {"location": "koreacentral", "properties": usual | properties}

    def with_vault(self, **properties: t.Any) -> AzureRaw:
        """The group with a vault in it, ready to use."""
        self.with_group()
        answer = self.arm("PUT", self.vault, self.vault_body(**properties))
        assert answer.status_code == 200, answer.text
        wait_for(lambda: self.arm("GET", self.vault).json()["properties"]["provisioningState"] == "Succeeded")
        return self

    def with_secrets(self, **properties: t.Any) -> AzureRaw:
        """A vault whose secrets the deployer may write, with the assignment in force."""
        self.with_vault(**properties)
        with self.cloud.state() as state:
            scope, name = self.vault, "11111111-2222-4333-8444-555555555555"
            like = next(iter(state["azure"]["arm"]["role_assignments"].values()))
            key = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}".lower()
            state["azure"]["arm"]["role_assignments"][key] = like | {"scope": scope, "name": name, "role": SECRETS_OFFICER, "effective": 0}
        return self
