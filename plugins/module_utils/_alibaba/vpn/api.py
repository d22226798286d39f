# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Calls about IPsec connections at a VPN gateway (help.aliyun.com: VPN Gateway, API 2016-04-28 of the product Vpc)."""

from __future__ import annotations

import typing as t

from ..._core.errors import CloudError
from ..._core.wait import Wait
from ..credentials import CLOUD
from ..rpc import Rpc

# Refusals that pass by themselves: a gateway takes one change at a time.
BUSY = frozenset({"VpnGateway.Configuring", "VpnTask.CONFLICT", "Appliance.Configuring", "OperationConflict", "TaskConflict"})
GONE = frozenset({"InvalidVpnGatewayInstanceId.NotFound", "InvalidVpnConnectionInstanceId.NotFound"})
PAGE = 50
Raw = dict[str, t.Any]


class VpnApi:
    def __init__(self, rpc: Rpc, wait: Wait) -> None:
        self._rpc = rpc
        self._wait = wait

    def gateway(self, gateway: str) -> Raw | None:
        """The VPN gateway; None if there is none."""
        try:
            return self._rpc.read(f"read the VPN gateway {gateway}", "DescribeVpnGateway", VpnGatewayId=gateway)
        except CloudError as error:
            if error.code in GONE:
                return None
            raise

    def connections(self, gateway: str) -> list[Raw]:
        what = f"list the connections of the VPN gateway {gateway}"
        return self._all(what, "DescribeVpnConnections", "VpnConnections", "VpnConnection", VpnGatewayId=gateway)

    def customer_gateways(self) -> list[Raw]:
        return self._all("list the customer gateways", "DescribeCustomerGateways", "CustomerGateways", "CustomerGateway")

    def write(self, what: str, action: str, **params: t.Any) -> Raw:
        """One change, as soon as the gateway has carried out the one before it."""

        def attempt() -> Raw | CloudError:
            try:
                return self._rpc.write(what, action, repeatable=action.startswith("Modify"), **params)
            except CloudError as error:
                if error.code in BUSY:
                    return error
                raise

        waiting = "another change of the gateway is under way"
        done = self._wait.until(what, attempt, lambda seen: not isinstance(seen, CloudError), lambda seen: waiting, cloud=CLOUD)
        return t.cast(Raw, done)

    def _all(self, what: str, action: str, outer: str, inner: str, **params: str) -> list[Raw]:
        found: list[Raw] = []
        page = 1
        while True:
            answer = self._rpc.read(what, action, PageNumber=page, PageSize=PAGE, **params)
            items = (answer.get(outer) or {}).get(inner) or []
            found += items
            if not items or len(found) >= int(answer.get("TotalCount") or 0):
                return found
            page += 1
