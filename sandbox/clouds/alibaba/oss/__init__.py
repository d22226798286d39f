# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud OSS: buckets, their settings, and objects, at the real endpoints of every region."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Service
from sandbox.clouds.alibaba.oss import (
    access,
    buckets,
    cname,
    copies,
    cors,
    lifecycle,
    listing,
    multipart,
    objects,
    replication,
    settings,
    website,
)
from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.errors import USUAL, Refused, error, new_request_id
from sandbox.clouds.alibaba.oss.place import BUCKET_NAME, MAINLAND, Place
from sandbox.clouds.alibaba.oss.rights import authorize
from sandbox.clouds.alibaba.oss.signature import identify
from sandbox.clouds.alibaba.oss.table import Route, table
from sandbox.http import Match, Operation, Reply, Request

# Importing these registers their operations.
_AREAS = (access, buckets, cname, cors, lifecycle, listing, multipart, objects, replication, settings, website)


class Oss(Service):
    """State: `buckets` by name (names are global: a bucket with another `owner` is somebody else's), `public_access_block` of the
    account, `public_endpoint_forbidden` (accounts opened since 2025-03-20 may not use mainland default domains for object APIs), and
    `without_icp`, the domains that have no ICP filing and so cannot be bound to a mainland bucket.
    """

    name = "oss"
    hosts = ("oss-*.aliyuncs.com", "*.oss-*.aliyuncs.com")

    def seed(self) -> dict[str, t.Any]:
        return {"buckets": {}, "public_access_block": None, "public_endpoint_forbidden": False, "without_icp": []}

    def match(self, request: Request) -> Match | None:
        place = Place.of(request)
        if place.level == "service" and place.path:  # path-style addressing: refused whatever was wanted
            operation = Operation("PathStyle", request.method not in ("GET", "HEAD"), "assumed", "error code SecondLevelDomainForbidden")
            return Match(operation, lambda: self._carry_out(None, request, place))
        route = table.find(request.method, place.level, request.params)
        return Match(route.operation, lambda: self._carry_out(route, request, place)) if route else None

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual, message = USUAL.get(status, USUAL[500 if status >= 500 else 400])
        return error(request, status, code or usual, message)

    def expired(self, request: Request) -> Reply:
        return error(request, 403, "SecurityTokenExpired", "The security token you provided has expired.")

    @property
    def operations(self) -> list[Operation]:
        return [route.operation for route in table.routes]

    # --- one call ------------------------------------------------------------

    def _carry_out(self, route: Route | None, request: Request, place: Place) -> Reply:
        call = Call(self, request, place, new_request_id())
        copies.run_due(call)
        try:
            reply = self._answer(call, route)
        except Refused as refused:
            return refused.reply_to(request, call.request_id)
        return reply.with_headers({"Server": "AliyunOSS", "x-oss-request-id": call.request_id, "x-oss-server-time": "3"})

    def _answer(self, call: Call, route: Route | None) -> Reply:
        """Live services look at the name, then at the bucket and its region, and only then at the signature."""
        place = call.place
        if not place.known:
            raise Refused(404, "NoSuchRegion", "NoSuchRegion")
        if route is None:
            raise Refused(403, "SecondLevelDomainForbidden", "Please use virtual hosted style to access.")
        if place.bucket is not None and not BUCKET_NAME.fullmatch(place.bucket):
            raise Refused(400, "InvalidBucketName", "The specified bucket is not valid.", "0015-00000001", BucketName=place.bucket)
        creating = route.operation.name == "PutBucket"
        if place.bucket is not None and not creating:
            self._check_endpoint(call, route)
        region = place.region if place.region or creating or not place.bucket else call.bucket["region"]
        if route.operation.name != "OptionObject":  # browsers send preflight requests without credentials
            call.key = identify(call, region)
            authorize(call, route.action, place.resource.removesuffix("/"))
        return route.handler(call)

    def _check_endpoint(self, call: Call, route: Route) -> None:
        region = call.bucket["region"]
        if call.place.region not in (None, region):
            raise Refused(
                403,
                "AccessDenied",
                "The bucket you are attempting to access must be addressed using the specified endpoint. "
                "Please send all future requests to this endpoint.",
                "0003-00001403",
                Bucket=call.name,
                Endpoint=f"oss-{region}.aliyuncs.com",
            )
        if call.place.region is None and not call.bucket["settings"].get("transferAcceleration", {}).get("Enabled"):
            # The code is the one that a Terraform provider expects; the status is assumed.
            raise Refused(400, "TransferAccelerationDisabled", "Transfer acceleration is disabled on this bucket.")
        if route.data and self.data["public_endpoint_forbidden"] and region in MAINLAND and not call.place.internal:
            message = "Not allowed using the OSS public endpoint , please use CNAME instead."
            raise Refused(400, "PublicEndpointForbidden", message, "0048-00000401")
