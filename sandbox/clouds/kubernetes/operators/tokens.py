# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that the cluster issues for a service account, as TokenRequest does: what Entra's federated credentials are held against."""

from __future__ import annotations

import base64
import json
import time
import typing as t
from collections.abc import Sequence
from uuid import uuid4

from sandbox.clouds.kubernetes.errors import Json

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


def service_account_token(cluster: Cluster, account: Json, audiences: Sequence[str], seconds: int = 3600) -> str:
    """A JWT of the cluster's issuer. Its signature means nothing: Entra's emulation checks the claims only."""
    metadata = account["metadata"]
    now = int(time.time())
    claims = {
        "aud": [*audiences],
        "exp": now + seconds,
        "iat": now,
        "iss": cluster.record["issuer"],
        "jti": str(uuid4()),
        "kubernetes.io": {"namespace": metadata["namespace"], "serviceaccount": {"name": metadata["name"], "uid": metadata["uid"]}},
        "nbf": now,
        "sub": f"system:serviceaccount:{metadata['namespace']}:{metadata['name']}",
    }
    return ".".join(_part(each) for each in ({"alg": "RS256", "kid": "emulated"}, claims, {}))


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
