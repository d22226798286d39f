# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account: a tenant, a subscription, and who is known in them. None of this is secret: the one secret is the deployer's,
and it lives in the state.
"""

from __future__ import annotations

import time
import typing as t
from datetime import UTC, datetime

from sandbox.cloud import Service

if t.TYPE_CHECKING:
    from sandbox.clouds.azure import Azure

TENANT_ID = "5f0c2d9a-8a1b-4c3e-9d57-3b6e1f04a7c2"
TENANT_DOMAIN = "klinematrix.onmicrosoft.com"
SUBSCRIPTION_ID = "b7a4e1c8-63d2-4f7b-8e0a-9c15d2f68b43"
SUBSCRIPTION_NAME = "klinematrix"

# Somebody else's tenant, in which the deployer's application is known too: a token from there must be refused here.
OTHER_TENANT_ID = "0d9e7b35-42f6-4a18-b1c9-7e58a3d6f021"

DEPLOYER_APP_ID = "c1d83f5e-7b29-4e60-a4f8-2d60b97e13a5"
DEPLOYER_OBJECT_ID = "e92b6a47-05c1-4d3f-93be-6f814c70d258"
USER_OBJECT_ID = "38f5c0d1-9e64-4b87-a2d3-51c07b8e6f94"

# The machine that the instance metadata service speaks for, and its system-assigned identity.
MACHINE_APP_ID = "9a27c4e6-1f83-4d50-b6e9-08d5f3b2c741"
MACHINE_OBJECT_ID = "64d1f8b2-c07e-4395-8a6d-e3b9205f17ca"


class AzureService(Service):
    """A service that knows which cloud it belongs to."""

    @property
    def azure(self) -> Azure:
        return t.cast("Azure", self.cloud)


def now() -> float:
    return time.time()


def timestamp(seconds: float, digits: int = 7) -> str:
    """UTC in ISO 8601. Services differ in how many digits of a second they write."""
    moment = datetime.fromtimestamp(seconds, UTC)
    fraction = f".{moment.microsecond:06d}0"[: digits + 1] if digits else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
