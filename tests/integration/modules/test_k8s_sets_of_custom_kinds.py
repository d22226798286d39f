# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of a kind that an add-on brings: a preview comes before the add-on."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, Cluster, actions, objects

SECRET: dict[str, t.Any] = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "mongodb-url"},
    "spec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "azure-keyvault"}},
}


@pytest.mark.parametrize("check", [True, False], ids=["preview", "real run"])
def test_a_kind_that_is_not_served_yet(cloud: LocalCloud, check: bool) -> None:
    Cluster(cloud)
    done = objects(cloud, [SECRET], check=check, set="secrets", prune=True, prune_kinds=["ExternalSecret"])
    if check:
        assert actions(done) == [("create", f"ExternalSecret {NAMESPACE}/mongodb-url")], done.result
    else:
        assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "missing", [])


def test_a_kind_that_nobody_declares_is_still_a_slip(cloud: LocalCloud) -> None:
    Cluster(cloud)
    done = objects(cloud, [SECRET], check=True, set="secrets", prune=True, prune_kinds=["ExternalSecrets"])
    assert "prune_kinds: the cluster serves no ExternalSecrets" in done.result["msg"]
