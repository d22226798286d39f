# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of type LoadBalancer: where their addresses come from, and the probe that decides whether anything gets through."""

from __future__ import annotations

import pytest
import requests

from tests.integration.clients.edge_estate import (
    ADDRESS,
    HOST,
    NETWORK_CONTRIBUTOR,
    Estate,
    Get,
    controller,
    load_balancer,
    serve,
)

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


def test_a_service_without_annotations_gets_an_address_that_goes_with_it(estate: Estate) -> None:
    estate.apply(controller(), load_balancer())
    found = estate.until(estate.service_address)
    assert found == "4.217.130.196"
    properties = estate.azure.arm("GET", estate.id, version="2026-08-01").json()["properties"]
    group = f"{estate.azure.subscription}/resourceGroups/{properties['nodeResourceGroup']}"
    path = f"{group}/providers/Microsoft.Network/publicIPAddresses"
    (address,) = estate.azure.arm("GET", path, version="2025-05-01").json()["value"]
    assert (address["properties"]["ipAddress"], "ipConfiguration" in address["properties"]) == (found, True)
    estate.delete("Service", "controller", "ingress-nginx")
    estate.until(lambda: estate.azure.arm("GET", path, version="2025-05-01").json()["value"] == [])


def test_an_address_of_ones_own_needs_a_right_and_is_then_in_use(estate: Estate) -> None:
    annotations = {"load_balancer_resource_group": "FinancialAgent", "pip_name": "ingress"}
    estate.apply(controller(), load_balancer(**annotations))

    def failure(words: str) -> bool:
        return any(reason == "SyncLoadBalancerFailed" and words in text for reason, text in estate.events("controller", "ingress-nginx"))

    estate.until(lambda: failure("does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read'"))
    assert estate.service_address() == ""
    estate.grant(estate.identities()[0], NETWORK_CONTRIBUTOR, estate.azure.group)
    estate.until(lambda: estate.service_address() == ADDRESS)
    shown = estate.azure.arm("GET", estate.address, version="2025-05-01").json()["properties"]["ipConfiguration"]["id"]
    assert "/loadBalancers/kubernetes/frontendIPConfigurations/" in shown
    refused = estate.azure.arm("DELETE", estate.address, version="2025-05-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "PublicIPAddressCannotBeDeleted")
    estate.apply(load_balancer(load_balancer_resource_group="FinancialAgent", pip_name="nowhere"))
    estate.until(
        lambda: failure("PublicIP from annotation azure-pip-name(-IPv6)=nowhere for service ingress-nginx/controller doesn't exist")
    )
    estate.delete("Service", "controller", "ingress-nginx")
    estate.until(lambda: estate.azure.arm("DELETE", estate.address, version="2025-05-01").ok)


def test_no_port_of_an_address_is_had_twice(estate: Estate) -> None:
    """The text is the one that users quote of cloud-provider-azure."""
    annotations = {"load_balancer_resource_group": "FinancialAgent", "pip_name": "ingress"}
    estate.grant(estate.identities()[0], NETWORK_CONTRIBUTOR, estate.azure.group)
    estate.apply(controller(), load_balancer(**annotations))
    estate.until(lambda: estate.service_address() == ADDRESS)
    second = load_balancer(**annotations)
    second["metadata"]["name"] = "second"
    estate.apply(second)
    text = "is trying to consume the port 80 which is being referenced by an existing loadBalancing rule"
    estate.until(lambda: any(text in each for _, each in estate.events("second", "ingress-nginx")))
    assert not estate.get("Service", "second", "ingress-nginx").get("status", {}).get("loadBalancer")
    assert estate.service_address() == ADDRESS
    estate.delete("Service", "controller", "ingress-nginx")
    estate.until(lambda: estate.get("Service", "second", "ingress-nginx")["status"]["loadBalancer"])


@pytest.mark.parametrize(
    ("policy", "annotations", "answers"),
    [
        ("Local", {}, True),
        ("Cluster", {}, False),
        ("Cluster", {"load_balancer_health_probe_request_path": "/healthz"}, True),
    ],
)
def test_a_probe_that_takes_everything_out(estate: Estate, get: Get, policy: str, annotations: dict[str, str], answers: bool) -> None:
    serve(estate)
    estate.apply(load_balancer(None, policy, load_balancer_resource_group="FinancialAgent", pip_name="ingress", **annotations))
    if answers:
        assert get(f"https://{HOST}/api/health").status_code == 200
    else:
        with pytest.raises(requests.exceptions.ConnectionError):
            get(f"https://{HOST}/api/health")
