# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""HTTPS below the SDK, and where there is none: sessions that obey the environment, and nothing but it."""

from __future__ import annotations

import os
import typing as t

from .._sdk import load
from .credentials import CLOUD

TIMEOUT = (10.0, 60.0)  # seconds to connect, and until the first piece of an answer
# Certificate authorities, the most specific first.
CA_VARIABLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def authorities() -> str | bool:
    """The file of certificate authorities that the environment names, or True for those of the library."""
    return next((path for path in (os.environ.get(name) for name in CA_VARIABLES) if path), True)


def session() -> t.Any:
    """A session of requests. A ~/.netrc never replaces our own authorization."""
    made = load("requests", CLOUD).Session()
    made.auth = lambda prepared: prepared
    return made


class Https:
    """Calls to one API, through the proxy of the environment."""

    def __init__(self) -> None:
        self.errors: type[Exception] = load("requests", CLOUD).RequestException
        self._session = session()

    def send(self, method: str, url: str, headers: t.Mapping[str, str], body: bytes | None = None) -> t.Any:
        """The response, whatever its status; redirections are not followed. Raises `errors` when there is none."""
        return self._session.request(
            method, url, headers=dict(headers), data=body, timeout=TIMEOUT, verify=authorities(), allow_redirects=False
        )


def json_of(response: t.Any) -> dict[str, t.Any]:
    """The answer as an object; an empty one for anything else (a page of a proxy)."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
