# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure: Entra ID, instance metadata, Resource Manager, Key Vault, Microsoft Graph and sign-in."""

from __future__ import annotations

import secrets
import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.azure import account
from sandbox.clouds.azure.arm import Arm
from sandbox.clouds.azure.entra import Entra
from sandbox.clouds.azure.graph import Graph
from sandbox.clouds.azure.imds import Imds
from sandbox.clouds.azure.sign_in import SignIn
from sandbox.clouds.azure.vault import Vault

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes import Kubernetes


class Azure(Cloud):
    name = "azure"
    service_types = (Entra, Imds, Arm, Vault, Graph, SignIn)

    def new_credentials(self) -> dict[str, t.Any]:
        # A client secret looks like `abc8Q~…`, 40 characters; the signing key is Entra's own.
        return {
            "tenant_id": account.TENANT_ID,
            "subscription_id": account.SUBSCRIPTION_ID,
            "client_id": account.DEPLOYER_APP_ID,
            "object_id": account.DEPLOYER_OBJECT_ID,
            "client_secret": f"{secrets.token_urlsafe(2)}8Q~{secrets.token_urlsafe(25)}",
            "signing_key": secrets.token_hex(32),
        }

    def environment(self) -> dict[str, str]:
        return {
            "AZURE_TENANT_ID": account.TENANT_ID,
            "AZURE_CLIENT_ID": account.DEPLOYER_APP_ID,
            "AZURE_CLIENT_SECRET": self.credentials["client_secret"],
            "AZURE_SUBSCRIPTION_ID": account.SUBSCRIPTION_ID,
        }

    @property
    def kubernetes(self) -> Kubernetes:
        """The API servers of this account's clusters."""
        return t.cast("Kubernetes", next(each for each in self.world.clouds if each.name == "kubernetes"))

    @property
    def entra(self) -> Entra:
        return t.cast(Entra, self.services[0])

    @property
    def arm(self) -> Arm:
        return t.cast(Arm, self.services[2])

    @property
    def vault(self) -> Vault:
        return t.cast(Vault, self.services[3])

    @property
    def graph(self) -> Graph:
        return t.cast(Graph, self.services[4])
