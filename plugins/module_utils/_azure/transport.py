# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The HTTP transport under every Azure SDK: certificates as the environment says, and the write guard."""

from __future__ import annotations

import os
import re
import typing as t
from urllib.parse import urlsplit

from .._core.traffic import Traffic
from .._sdk import load
from .errors import CLOUD

CONNECT, READ = 10.0, 60.0  # seconds for one call
READING_VERBS = frozenset({"GET", "HEAD"})
# POSTs that only read, by the last step of their path.
READING_POSTS = re.compile(
    r"/(listKeys|listCredentials|listConnectionStrings|readonlykeys|sharedKeys|checkNameAvailability|listClusterUserCredential"
    r"|listClusterAdminCredential|listClusterMonitoringUserCredential|retrieveContinuousBackupInformation)/?",
    re.IGNORECASE,
)


def transport() -> t.Any:
    """An azure-core transport. Proxies come from the environment; the CA too, also under OpenSSL's own name."""
    sdk = load("azure.core.pipeline.transport", CLOUD)
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    authority = next((found for found in (os.environ.get(name) for name in names) if found), True)
    made = sdk.RequestsTransport(connection_timeout=CONNECT, read_timeout=READ, connection_verify=authority)
    made.open()  # now, not in the first of several threads
    return made


def is_write(method: str, url: str) -> bool:
    if method.upper() in READING_VERBS:
        return False
    return method.upper() != "POST" or READING_POSTS.fullmatch(urlsplit(url).path[urlsplit(url).path.rstrip("/").rfind("/") :]) is None


class GuardedTransport:
    """The transport of a task: nothing leaves that the task's traffic does not admit."""

    def __init__(self, traffic: Traffic, inner: t.Any | None = None) -> None:
        self._traffic = traffic
        self._inner = transport() if inner is None else inner

    def send(self, request: t.Any, **options: t.Any) -> t.Any:
        parts = urlsplit(request.url)
        self._traffic.admit(f"{request.method} {parts.netloc}{parts.path}", write=is_write(request.method, request.url))
        return self._inner.send(request, **options)

    def open(self) -> None:
        self._inner.open()

    def close(self) -> None:
        self._inner.close()

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)

    def __enter__(self) -> GuardedTransport:
        return self

    def __exit__(self, *_: object) -> None:
        return
