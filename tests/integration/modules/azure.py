# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of azure_resource share."""

from __future__ import annotations

import typing as t

from tests.cloud import LocalCloud
from tests.steps import Done, direct

GROUP: dict[str, t.Any] = {
    "type": "Microsoft.Resources/resourceGroups",
    "name": "FinancialAgent",
    "location": "Korea Central",
    "tags": {"owner": "platform"},
}
IDENTITY: dict[str, t.Any] = {
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "name": "app",
    "resource_group": "FinancialAgent",
    "location": "Korea Central",
}
CREDENTIAL: dict[str, t.Any] = {
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "properties": {"issuer": "https://koreacentral.oic.prod-aks.azure.com/a/b/", "subject": "system:serviceaccount:eso:eso"},
}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def resource(cloud: LocalCloud, declared: dict[str, t.Any], *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "azure_resource", check=check, **{**declared, **more})


def ready(cloud: LocalCloud) -> None:
    """A group, and its subscription registered."""
    assert resource(cloud, GROUP).status == "ok"
    assert resource(cloud, IDENTITY, name="seed").status == "ok"
    cloud.forget()


def found_changes(done: Done) -> list[tuple[str, str, str]]:
    return [(change["action"], change["kind"], field["path"]) for change in done.result["changes"] for field in change["fields"]]
