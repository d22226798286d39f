# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Pre-signed URLs: whoever holds one may use it, so it goes into a file of its owner and nowhere else.

Signing needs no call. The file is the thing that is kept: a URL in it that still fits and still lives long enough stays.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import tempfile
import time
import typing as t
from calendar import timegm
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from ..._core.apply import Step, Waves
from ..._core.errors import HybridCloudError, PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map
from ..._core.spec import ArgumentSpec
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from ..._sdk import load
from ..credentials import CLOUD, Credentials, credentials_of
from .client import region_of, sign_v4
from .declared import bucket_name

LONGEST = 7 * 24 * 3600
LONGEST_TEMPORARY = 12 * 3600  # as long as a temporary key may live
OWNER_ONLY = "0600"
# What signing itself puts into the query.
SIGNING = frozenset(
    f"x-oss-{name}" for name in ("date", "expires", "signature-version", "credential", "signature", "security-token", "additional-headers")
)

OPTIONS = ArgumentSpec(
    {
        "bucket": {"type": "str", "required": True},
        "region": {"type": "str", "required": True},
        "key": {"type": "str", "required": True, "no_log": False},
        "dest": {"type": "path", "required": True},
        "method": {"type": "str", "choices": ["GET", "HEAD", "PUT", "DELETE"], "default": "GET"},
        "expires": {"type": "int", "default": 3600},
        "renew_before": {"type": "int"},
        "domain": {"type": "str"},
        "params": {"type": "dict", "default": {}},
        "headers": {"type": "dict", "default": {}},
    }
)


@dataclass(frozen=True)
class Wanted:
    """What a URL is for."""

    bucket: str
    region: str
    key: str
    method: str
    expires: int
    domain: str | None
    params: t.Mapping[str, str]
    headers: t.Mapping[str, str]

    @property
    def address(self) -> str:
        """The URL without anything that makes it valid."""
        host = self.domain or f"{self.bucket}.oss-{self.region}.aliyuncs.com"
        query = "&".join(_pair(*item) for item in sorted(self.params.items()))
        return f"https://{host}/{quote(self.key, safe='/')}" + (f"?{query}" if query else "")

    def sign(self, credentials: Credentials) -> str:
        sdk = load("oss2", CLOUD)
        endpoint = f"https://{self.domain}" if self.domain else f"https://oss-{self.region}.aliyuncs.com"
        bucket = sdk.Bucket(sign_v4(sdk, credentials), endpoint, self.bucket, is_cname=bool(self.domain), region=self.region)
        return str(bucket.sign_url(self.method, self.key, self.expires, dict(self.headers), dict(self.params), slash_safe=True))

    def is_signed(self, query: t.Mapping[str, str], credentials: Credentials) -> bool:
        """Whether a URL with this query is ours for this very use: the same key, method, parameters, headers and access key.

        Rules of signature V4: help.aliyun.com/en/oss/developer-reference/add-signatures-to-urls.
        """
        moment = query.get("x-oss-date", "")
        scope = f"{moment[:8]}/{self.region}/oss/aliyun_v4_request"
        signed = sorted((_encoded(key), _encoded(value)) for key, value in query.items() if key != "x-oss-signature")
        headers = sorted((key.lower(), value.strip()) for key, value in self.headers.items())
        canonical = "\n".join(
            (
                self.method,
                _encoded(f"/{self.bucket}/{self.key}", "/"),
                "&".join(f"{key}={value}" if value else key for key, value in signed),
                "".join(f"{key}:{value}\n" for key, value in headers),
                "",
                "UNSIGNED-PAYLOAD",
            )
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        secret = f"aliyun_v4{credentials.access_key_secret}".encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        wanted = hmac.new(secret, "\n".join(("OSS4-HMAC-SHA256", moment, scope, digest)).encode(), "sha256").hexdigest()
        ours = query.get("x-oss-credential") == f"{credentials.access_key_id}/{scope}"
        return ours and hmac.compare_digest(query.get("x-oss-signature", ""), wanted)


class PresignedUrl(Reconciler):
    """One URL in one file."""

    kind = Kind(
        CLOUD, "oss_presigned_url", Map({name: Leaf() for name in ("address", "expires", "valid", "mode", "expires_at")}), ("expires_at",)
    )
    identity = ("bucket", "region", "key", "domain", "params", "headers")

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._host = host
        self._dest = Path(host.params["dest"])

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        region = params["region"] if has_unknown(params["region"]) else region_of(params["region"])
        self._wanted = Wanted(
            bucket_name(params["bucket"]),
            region,
            params["key"],
            params["method"],
            params["expires"],
            params["domain"],
            {str(key): str(value) for key, value in params["params"].items()},
            {str(key): str(value) for key, value in params["headers"].items()},
        )
        self._credentials = credentials_of(self._host)
        usual = params["expires"] // 2
        self._renew_before: int = usual if params["renew_before"] is None else params["renew_before"]
        self._name = f"{self._wanted.bucket}/{self._wanted.key}"
        _check(self._name, self._wanted, self._renew_before, temporary=self._credentials.security_token is not None)
        if not self._dest.parent.is_dir():
            raise PlanError(f"{self._name}: there is no directory {self._dest.parent}", cloud=CLOUD, hint="Create it before this task")
        state: State = {"address": self._wanted.address, "expires": self._wanted.expires, "valid": True, "mode": OWNER_ONLY}
        return {self._name: state}

    def read(self) -> dict[str, State]:
        try:
            url = self._dest.read_text(encoding="utf-8").strip()
            mode = stat.S_IMODE(self._dest.stat().st_mode)
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(f"{self._name}: {self._dest} cannot be read: {type(error).__name__}", cloud=CLOUD) from None
        query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        if url and not (url.startswith("https://") and "x-oss-signature" in query):
            # Whatever it is, it is neither ours to overwrite nor to show.
            raise PlanError(
                f"{self._name}: {self._dest} holds no pre-signed URL", cloud=CLOUD, hint="Choose another dest, or delete the file"
            )
        ends = _end(query)
        lives = ends - time.time() > self._renew_before
        return {
            self._name: {
                "address": _bare(url, query),
                "expires": int(query["x-oss-expires"]) if query.get("x-oss-expires", "").isdecimal() else 0,
                "valid": lives and self._wanted.is_signed(query, self._credentials),
                "mode": f"{mode:04o}",
                "expires_at": _iso(ends),
            }
        }

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        plan = super().plan(have, want)
        for change in plan:
            (change.after or {})["expires_at"] = KNOWN_AFTER_APPLY
        return plan

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(f"write the pre-signed URL of {self._name} to {self._dest}", self._write)]] if plan else []

    def result(self, after: States) -> dict[str, t.Any]:
        state = after[self._name]
        shown = {"bucket": self._wanted.bucket, "key": self._wanted.key, "method": self._wanted.method, "dest": str(self._dest)}
        return {"presigned_url": {**shown, **{name: state[name] for name in ("address", "expires", "expires_at")}}}

    def _write(self) -> dict[str, State]:
        url = self._wanted.sign(self._credentials)
        try:
            # A file of its own first (which only its owner may read), so that nobody ever sees half a URL.
            handle, draft = tempfile.mkstemp(dir=self._dest.parent, prefix=".oss-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{url}\n")
            os.replace(draft, self._dest)
        except OSError as error:
            raise HybridCloudError(f"{self._name}: {self._dest} cannot be written: {error.strerror}", cloud=CLOUD, code="file") from None
        return {self._name: {"expires_at": _iso(_end(dict(parse_qsl(urlsplit(url).query))))}}


def _check(name: str, wanted: Wanted, renew_before: int, *, temporary: bool) -> None:
    longest = LONGEST_TEMPORARY if temporary else LONGEST
    if not 1 <= wanted.expires <= longest:
        reason = "a temporary access key cannot sign for longer" if temporary else "signature V4 allows seven days"
        raise PlanError(f"{name}: expires is 1 to {longest} seconds, not {wanted.expires}", cloud=CLOUD, hint=reason.capitalize())
    if not 0 <= renew_before < wanted.expires:
        raise PlanError(f"{name}: renew_before must be less than expires, which is {wanted.expires}", cloud=CLOUD)
    if not wanted.key or wanted.key.startswith("/"):
        raise PlanError(f"{name}: key is the name of an object, without a slash at its beginning", cloud=CLOUD)
    if wanted.domain and not re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}", wanted.domain):
        raise PlanError(f"{name}: {wanted.domain} is no domain", cloud=CLOUD, hint="Give the host name alone, for example img.example.com")
    if SIGNING & {key.lower() for key in wanted.params}:
        raise PlanError(f"{name}: params holds what signing adds itself", cloud=CLOUD)
    odd = [key for key in wanted.headers if not re.fullmatch(r"content-type|content-md5|x-oss-.+", key.lower())]
    if odd:
        raise PlanError(f"{name}: {', '.join(odd)} cannot be signed", cloud=CLOUD, hint="Only Content-Type, Content-MD5 and x-oss-* can")


def _bare(url: str, query: t.Mapping[str, str]) -> str:
    """What of a URL may be shown."""
    parts = urlsplit(url)
    rest = "&".join(_pair(*item) for item in sorted(query.items()) if item[0] not in SIGNING)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{rest}" if rest else "")


def _end(query: t.Mapping[str, str]) -> float:
    """When a URL ends to be valid, in seconds since 1970; 0 for what is no pre-signed URL."""
    try:
        return timegm(time.strptime(query["x-oss-date"], "%Y%m%dT%H%M%SZ")) + int(query["x-oss-expires"])
    except (KeyError, ValueError):
        return 0


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def _pair(key: str, value: str) -> str:
    return f"{_encoded(key)}={_encoded(value)}" if value else _encoded(key)


def _encoded(text: str, keep: str = "") -> str:
    return quote(text, safe="-_.~" + keep)
