# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why certificates and secrets do not come, in the words of who makes them, and what to do about it."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.operators import Json, Kubectl, trust
from tests.integration.clients.test_cert_manager import certificate, issuer, limited, token
from tests.integration.clients.test_cert_manager import kubectl as kubectl
from tests.integration.clients.test_external_secrets import Estate, external, store
from tests.integration.clients.test_external_secrets import estate as estate
from tests.steps import direct


def refused(cloud: LocalCloud, kubectl: Kubectl, *declared: Json) -> str:
    done = direct(cloud, "k8s_objects", kubeconfig=str(kubectl.kubeconfig), objects=list(declared), wait=True, wait_timeout=3)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "not_ready"), done.result
    return str(done.result["msg"])


def test_a_certificate_that_is_not_issued_says_what_it_waits_for(cloud: LocalCloud, kubectl: Kubectl) -> None:
    kubectl.apply(issuer("staging"))
    said = refused(cloud, kubectl, certificate("one"))
    assert 'secrets "cloudflare-api-token" not found' in said
    assert "cert-manager's token for Cloudflare is not there, or lacks a right" in said
    kubectl.apply(token(cloud, limited(cloud, "Zone Read", "DNS Read")))
    said = refused(cloud, kubectl, certificate("two"))
    assert "Authentication error" in said
    assert "challenge one-" not in said  # that is another certificate's
    assert "The issuer is not there" in refused(cloud, kubectl, certificate("three", by="nope"))
    assert "check the issuer's e-mail address" in refused(cloud, kubectl, issuer("bad", email="ops@example.com"))


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ({"dataFrom": [{"extract": {"key": "plain"}}]}, "write it anew, as one JSON object"),
        ({"secretStoreRef": {"kind": "ClusterSecretStore", "name": "azure-keyvalt"}}, "correct its name in secretStoreRef"),
        ({"data": [{"secretKey": "a", "remoteRef": {"key": "tencent-ses-credentials", "property": "NOPE"}}]}, "and the field in it"),
    ],
)
def test_a_secret_that_is_not_synced_says_why(estate: Estate, spec: Json, hint: str) -> None:
    estate.kubectl.apply(store(estate.azure))
    assert hint in refused(estate.azure.cloud, estate.kubectl, external("mongodb-url", **spec))


def test_a_login_that_is_not_federated_is_told_as_such(estate: Estate) -> None:
    trust(estate.azure, "system:serviceaccount:elsewhere:nobody")
    for declared in (store(estate.azure), external("mongodb-url")):
        said = refused(estate.azure.cloud, estate.kubectl, declared)
        assert "The identity has no federated credential for this service account" in said
        assert said.count("AADSTS700213") == 1
