# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The signature TC3-HMAC-SHA256.

Source: "Signature v3" of the API 3.0 documents (product/213/30654 and the same page under each product), and the SDK's
`AbstractClient._get_tc3_signature`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.http import Request

ALGORITHM = "TC3-HMAC-SHA256"
VALIDITY = 300  # seconds that the client's clock may be off
ALWAYS_SIGNED = {"content-type", "host"}
_FORM = re.compile(
    rf"{ALGORITHM} +Credential=(?P<secret_id>[^/,\s]+)/(?P<date>[^/,\s]+)/(?P<service>[^/,\s]+)/tc3_request, *"
    r"SignedHeaders=(?P<signed>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Authorization:
    secret_id: str
    date: str
    service: str
    signed: list[str]
    signature: str

    @classmethod
    def parse(cls, header: str) -> Authorization | None:
        found = _FORM.fullmatch(header.strip())
        if found is None:
            return None
        return cls(found["secret_id"], found["date"], found["service"], found["signed"].split(";"), found["signature"])

    def valid(self, request: Request, key: str, service: str, timestamp: int) -> bool:
        """Whether the signature fits the request: made with this key, for this service, on the day of its timestamp."""
        day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        if (self.date, self.service) != (day, service) or not set(self.signed) >= ALWAYS_SIGNED:
            return False
        if any(name not in request.headers for name in self.signed):
            return False
        return hmac.compare_digest(self.signature, self._expected(request, key, timestamp))

    def _expected(self, request: Request, key: str, timestamp: int) -> str:
        headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in self.signed)
        unsigned = request.headers.get("x-tc-content-sha256") == "UNSIGNED-PAYLOAD"
        payload = b"UNSIGNED-PAYLOAD" if unsigned else request.body
        # The path is always "/" and a POST has no query, whatever was sent.
        canonical = f"{request.method}\n/\n\n{headers}\n{';'.join(self.signed)}\n{hashlib.sha256(payload).hexdigest()}"
        scope = f"{self.date}/{self.service}/tc3_request"
        to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        secret = f"TC3{key}".encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        return hmac.new(secret, to_sign.encode(), "sha256").hexdigest()
