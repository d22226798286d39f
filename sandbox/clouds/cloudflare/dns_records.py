# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS records one at a time, the list of them, and the whole zone as a file.

What an import answers, with its messages: issue 89 of cloudflare/python-cloudflare.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
from collections import Counter

from sandbox.clouds.cloudflare.filters import selected
from sandbox.clouds.cloudflare.record_set import RecordSet, shown
from sandbox.clouds.cloudflare.service import Api, operation
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, page_of, refusal
from sandbox.clouds.cloudflare.zonefile import parsed, written
from sandbox.http import Refusal, Reply, Request

RECORDS = "/zones/{zone}/dns_records"
ONE = RECORDS + "/{record}"
SOURCE = "developers.cloudflare.com/api/resources/dns/subresources/records"


@operation("GET", RECORDS, "dns.records.list", "DNS Read", verified="sdk", source=SOURCE)
def list_records(api: Api, request: Request, zone: Json) -> Reply:
    return page_of([shown(each) for each in selected(RecordSet(zone).all(), request)], request, default=100, most=5_000_000)


@operation("POST", RECORDS, "dns.records.create", "DNS Write", verified="sdk", source=SOURCE)
def create_record(api: Api, request: Request, zone: Json) -> Reply:
    return answer(shown(RecordSet(zone).create(body_of(request))))


@operation("GET", RECORDS + "/export", "dns.records.export", "DNS Read", verified="sdk", source=SOURCE)
def export(api: Api, request: Request, zone: Json) -> Reply:
    return Reply(200, written(zone).encode(), {"Content-Type": "text/plain;charset=UTF-8"})


@operation("POST", RECORDS + "/import", "dns.records.import", "DNS Write", verified="sdk", source=SOURCE)
def import_(api: Api, request: Request, zone: Json) -> Reply:
    """Records that cannot be added are told in `messages`; the others are added all the same."""
    form = _form(request)
    if "file" not in form:
        raise refusal(400, 9207, "Failed to parse form data. Make sure the Content-Type is multipart/form-data.")
    try:
        wanted = list(parsed(form["file"], zone["name"], form.get("proxied") == "true"))
    except (ValueError, IndexError):
        raise refusal(400, 9207, "Failed to parse the zone file.") from None  # words assumed
    added: Counter[str] = Counter()
    messages: list[Json] = []
    for record in wanted:
        try:
            added[RecordSet(zone).create(record)["type"]] += 1
        except Refusal as refused:
            said = json.loads(refused.reply.body)["errors"][0]
            messages.append({"code": said["code"], "message": f"{record['name'].removesuffix('.')}: {said['message']}"})
    result = {"recs_added": added.total(), "recs_added_by_type": dict(added), "total_records_parsed": len(wanted)}
    return answer(result, messages=messages)


def _form(request: Request) -> dict[str, str]:
    """The fields of a multipart/form-data body."""
    kind = request.headers.get("content-type", "")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    fields: dict[str, str] = {}
    for part in message.iter_parts() if kind.startswith("multipart/form-data") else ():
        payload = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        fields[str(name)] = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return fields


@operation("GET", ONE, "dns.records.get", "DNS Read", verified="sdk", source=SOURCE)
def get_record(api: Api, request: Request, zone: Json, record: str) -> Reply:
    return answer(shown(RecordSet(zone).get(record)))


@operation("PUT", ONE, "dns.records.update", "DNS Write", verified="sdk", source=SOURCE)
def replace_record(api: Api, request: Request, zone: Json, record: str) -> Reply:
    return answer(shown(RecordSet(zone).replace(record, body_of(request))))


@operation("PATCH", ONE, "dns.records.edit", "DNS Write", verified="sdk", source=SOURCE)
def change_record(api: Api, request: Request, zone: Json, record: str) -> Reply:
    return answer(shown(RecordSet(zone).change(record, body_of(request))))


@operation("DELETE", ONE, "dns.records.delete", "DNS Write", verified="sdk", source=SOURCE)
def delete_record(api: Api, request: Request, zone: Json, record: str) -> Reply:
    return answer({"id": RecordSet(zone).delete(record)["id"]})
