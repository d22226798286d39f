# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request being carried out: where it goes, who sent it, and what the handlers need of the service."""

from __future__ import annotations

import base64
import hashlib
import time
import typing as t
from dataclasses import dataclass, field

from sandbox.clouds.alibaba.keys import Key
from sandbox.clouds.alibaba.oss import markup
from sandbox.clouds.alibaba.oss.errors import Refused, malformed_xml
from sandbox.clouds.alibaba.oss.place import Place
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.alibaba.oss import Oss

Bucket = dict[str, t.Any]


@dataclass
class Call:
    service: Oss
    request: Request
    place: Place
    request_id: str
    key: Key | None = None  # who signed; None is anybody
    now: float = field(default_factory=time.time)

    # --- what was asked ----------------------------------------------------

    @property
    def params(self) -> dict[str, str]:
        return self.request.params

    def header(self, name: str, default: str = "") -> str:
        return self.request.headers.get(name, default)

    def document(self, root: str, schema: markup.Schema, ec: str | None = None) -> t.Any:
        """The request's XML body, read strictly."""
        try:
            return markup.read(root, schema, self.checked_body())
        except markup.Malformed as error:
            raise malformed_xml(ec) from error

    def checked_body(self) -> bytes:
        """The body, once its Content-MD5 has been found right."""
        given = self.header("content-md5")
        if given and given != base64.b64encode(hashlib.md5(self.request.body).digest()).decode():
            raise Refused(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
        return self.request.body

    # --- what exists -------------------------------------------------------

    @property
    def account(self) -> str:
        return str(self.service.cloud.credentials["account_id"])

    @property
    def buckets(self) -> dict[str, Bucket]:
        return t.cast("dict[str, Bucket]", self.service.data["buckets"])

    @property
    def name(self) -> str:
        return self.place.bucket or ""

    @property
    def bucket(self) -> Bucket:
        try:
            return self.buckets[self.name]
        except KeyError:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist.", "0015-00000101", BucketName=self.name) from None

    # --- settings: what a sub-resource holds -------------------------------

    def setting(self, name: str) -> t.Any:
        """What GET shows: after a write the old value, for as long as a `bucket.setting` slow-down says."""
        stale = self.bucket["stale"].get(name)
        return stale["value"] if stale and stale["until"] > self.now else self.bucket["settings"].get(name)

    def keep(self, name: str, value: t.Any) -> Reply:
        self._remember(name)
        self.bucket["settings"][name] = value
        return Reply(200)

    def drop(self, name: str) -> Reply:
        self._remember(name)
        self.bucket["settings"].pop(name, None)
        return Reply(204)

    def _remember(self, name: str) -> None:
        delay = self.service.seconds("bucket.setting", 0.0)
        if delay > 0:
            self.bucket["stale"][name] = {"value": self.bucket["settings"].get(name), "until": self.now + delay}

    # --- answers -----------------------------------------------------------

    def answer(self, root: str, value: t.Any, **headers: str) -> Reply:
        return Reply.of_xml(markup.write(root, value), headers=headers)


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))


def http_date(moment: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(moment))
