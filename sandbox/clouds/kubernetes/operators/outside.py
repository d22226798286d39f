# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that an operator makes to the other clouds: through their own code, as any client's, but not in the journal.

The journal tells what the user's tools have asked for; what runs inside the cluster is part of the cloud.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from sandbox.clouds.kubernetes.operators.objects import reaches
from sandbox.http import Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

RESOLVER = "10.0.0.10:53"  # the cluster's DNS service, as AKS sets it


class NoSuchHost(Exception):
    """The name does not resolve; the message is that of Go's resolver."""


def ask(
    cluster: Cluster,
    caller: str,
    method: str,
    url: str,
    *,
    token: str = "",
    form: Mapping[str, str] | None = None,
    body: t.Any = None,
) -> tuple[int, t.Any]:
    """The status and the JSON of an answer. `caller`: which component asks, by its label. Raises NoSuchHost."""
    parts = urlsplit(url)
    service = cluster.api.cloud.world.service_of(parts.hostname or "")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    content = b""
    if form is not None:
        content, headers["content-type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    elif body is not None:
        content, headers["content-type"] = json.dumps(body).encode(), "application/json"
    request = Request(method, "https", parts.hostname or "", parts.path, parts.query, headers, content)
    match = service.match(request) if service else None
    if match is None or not reaches(cluster, caller, 53):
        raise NoSuchHost(unresolved(cluster, caller, method, url))
    try:
        reply: Reply = match.call()
    except Refusal as refusal:
        reply = refusal.reply
    return reply.status, json.loads(reply.body) if reply.body else None


def unresolved(cluster: Cluster, caller: str, method: str, url: str) -> str:
    """What Go says of a name that is not there, or of a resolver that does not answer."""
    why = "no such host" if reaches(cluster, caller, 53) else "i/o timeout"
    return f'{method.title()} "{url}": dial tcp: lookup {urlsplit(url).hostname} on {RESOLVER}: {why}'
