# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to a cluster's API server: fetched in memory, as a user or an administrator, without another program."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.aks.access import SERVER_APPLICATION, access_to
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.arm import Arm
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.integration.modules.aks import ID, aks, hurry, prepare, seed

ENTRA = {"admin_group_object_ids": ["11111111-1111-1111-1111-111111111111"], "azure_rbac": True}


@pytest.fixture
def cluster(cloud: LocalCloud) -> LocalCloud:
    prepare(cloud)
    hurry(cloud)
    seed(cloud)
    return cloud


def arm() -> Arm:
    """A client that may not write: credentials are reads."""
    return Arm(Credential(identity_of({}), {}), Traffic("azure", read_only=True))


@pytest.mark.parametrize("admin", [False, True])
def test_a_cluster_with_accounts_of_its_own_gives_a_certificate(cluster: LocalCloud, admin: bool) -> None:
    found = access_to(arm(), ID, admin=admin)
    assert re.fullmatch(r"https://[\w.-]+\.azmk8s\.io:443", found.server)
    assert found.authority == Path(cluster.environment["SSL_CERT_FILE"]).read_text()
    assert found.certificate is not None
    assert found.key is not None
    assert found.key.startswith("-----BEGIN RSA PRIVATE KEY")
    assert (found.token, found.key not in repr(found), cluster.writes) == (None, True, [])


def test_where_entra_signs_in_the_identity_gets_its_own_token(cluster: LocalCloud) -> None:
    assert aks(cluster, entra=ENTRA).status == "ok"
    found = access_to(arm(), ID)
    assert (found.certificate, found.key) == (None, None)
    assert found.token is not None
    body = found.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert SERVER_APPLICATION in claims["aud"]
    assert found.token not in repr(found)


def test_without_local_accounts_there_is_no_administrator(cluster: LocalCloud) -> None:
    assert aks(cluster, entra=ENTRA, local_accounts=False).status == "ok"
    with pytest.raises(CloudError, match=r"get admin credentials of FinancialAgent-AKS.*disable local accounts"):
        access_to(arm(), ID, admin=True)


def test_a_cluster_that_is_not_there_is_named(cluster: LocalCloud) -> None:
    with pytest.raises(CloudError, match="get user credentials of other") as missing:
        access_to(arm(), ID.replace("FinancialAgent-AKS", "other"))
    assert missing.value.status == 404
