# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloudflare: many records at once: lists, filters, pages, transactions and zone files."""

from __future__ import annotations

import typing as t

import cloudflare
import dns.zone
import pytest
import requests

from tests.cloud import LocalCloud


@pytest.fixture
def client(cloud: LocalCloud) -> cloudflare.Cloudflare:
    return cloudflare.Cloudflare(max_retries=0)


@pytest.fixture
def zone_id(client: cloudflare.Cloudflare) -> str:
    return next(iter(client.zones.list(name="klinematrix.com"))).id


def posts(count: int, start: int = 0) -> list[t.Any]:
    return [{"type": "A", "name": f"host{number:03}", "content": "20.0.0.1", "ttl": 300} for number in range(start, start + count)]


def test_pages_come_to_an_end(cloud: LocalCloud, client: cloudflare.Cloudflare, zone_id: str) -> None:
    client.dns.records.batch(zone_id=zone_id, posts=posts(7))
    cloud.forget()
    assert len({record.id for record in client.dns.records.list(zone_id=zone_id, per_page=3)}) == 7
    assert len(cloud.reads) == 4  # three pages, and the empty one after them
    first = client.dns.records.list(zone_id=zone_id)
    assert len(first.result) == 7
    raw = requests.get(
        f"https://api.cloudflare.com/client/v4/zones/{zone_id}/dns_records",
        params={"page": 3, "per_page": 3},
        headers={"Authorization": f"Bearer {client.api_token}"},
        timeout=10,
    )
    assert raw.json()["result_info"] == {"page": 3, "per_page": 3, "count": 1, "total_count": 7, "total_pages": 3}
    for wrong in ({"page": 0}, {"per_page": 0}, {"per_page": 5_000_001}):
        with pytest.raises(cloudflare.BadRequestError):
            client.dns.records.list(zone_id=zone_id, **wrong)  # type: ignore[arg-type]


FILTERS: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"name": {"exact": "WWW.klinematrix.com"}}, ["A www", "TXT www"]),
    ({"name": {"startswith": "w"}, "type": "A"}, ["A www"]),
    ({"name": {"endswith": "dmarc.klinematrix.com"}}, ["TXT _dmarc"]),
    ({"name": {"contains": "mar"}}, ["TXT _dmarc"]),
    ({"content": {"contains": "DMARC1"}}, ["TXT _dmarc"]),
    ({"content": {"exact": "20.0.0.1"}}, ["A www"]),
    ({"comment": {"present": "true"}}, ["TXT _dmarc"]),
    ({"comment": {"absent": "true"}, "type": "TXT"}, ["TXT www"]),
    ({"comment": {"startswith": "spec"}}, ["TXT _dmarc"]),
    ({"proxied": True}, ["CNAME app"]),
    ({"type": "CNAME", "name": {"exact": "www.klinematrix.com"}, "match": "any"}, ["A www", "CNAME app", "TXT www"]),
    ({"search": "dmarc"}, ["TXT _dmarc"]),
    ({"type": "TXT", "order": "name", "direction": "desc"}, ["TXT www", "TXT _dmarc"]),
    ({"tag": {"present": "owner"}}, []),
]


def test_filters(client: cloudflare.Cloudflare, zone_id: str) -> None:
    client.dns.records.batch(
        zone_id=zone_id,
        posts=[
            {"type": "TXT", "name": "www", "content": '"hello"', "ttl": 60},
            {"type": "A", "name": "www", "content": "20.0.0.1", "ttl": 60},
            {"type": "TXT", "name": "_dmarc", "content": '"v=DMARC1; p=none"', "ttl": 60, "comment": "Spec 4"},
            {"type": "CNAME", "name": "app", "content": "www.klinematrix.com", "ttl": 1, "proxied": True},
        ],
    )
    for query, found in FILTERS:
        records = client.dns.records.list(zone_id=zone_id, **query).result
        assert [f"{record.type} {record.name.partition('.')[0]}" for record in records] == found, query


def test_a_batch_runs_in_its_own_order(client: cloudflare.Cloudflare, zone_id: str) -> None:
    """A name turns from A to CNAME in one call, because deletes come first wherever they stand."""
    made = client.dns.records.batch(zone_id=zone_id, posts=posts(3))
    assert made is not None
    assert (made.deletes, made.patches, made.puts) == (None, None, None)
    first, second, third = [record.id for record in made.posts or []]
    done = client.dns.records.batch(
        zone_id=zone_id,
        posts=[{"type": "CNAME", "name": "host000", "content": "example.net", "ttl": 1}],
        puts=[{"id": third, "type": "A", "name": "host002", "content": "20.0.0.9", "ttl": 60}],
        patches=[t.cast(t.Any, {"id": second, "content": "20.0.0.8"})],
        deletes=[{"id": first}],
    )
    assert done is not None
    assert [(record.id, record.content) for record in done.deletes or []] == [(first, "20.0.0.1")]
    assert [(record.content, record.ttl) for record in done.patches or []] == [("20.0.0.8", 300)]
    assert [(record.content, record.ttl) for record in done.puts or []] == [("20.0.0.9", 60)]
    assert {record.type for record in client.dns.records.list(zone_id=zone_id, name={"exact": "host000.klinematrix.com"})} == {"CNAME"}


BROKEN: list[tuple[dict[str, t.Any], int]] = [
    ({"posts": [*posts(2, 10), {"type": "A", "name": "bad", "content": "nonsense", "ttl": 1}]}, 9005),
    ({"posts": posts(1, 0)}, 81058),
    ({"deletes": [{"id": "0" * 32}]}, 81044),
    ({"patches": [{"id": "0" * 32, "ttl": 60}]}, 81044),
    ({"puts": [{"content": "20.0.0.1"}]}, 7003),
    ({"posts": posts(201)}, 9210),
    ({"posts": {}}, 9207),
]


def test_a_failing_batch_changes_nothing(client: cloudflare.Cloudflare, zone_id: str) -> None:
    client.dns.records.batch(zone_id=zone_id, posts=posts(2))
    before = client.dns.records.list(zone_id=zone_id).result
    good = {"patches": [{"id": before[1].id, "ttl": 600}], "posts": posts(1, 50)}
    for broken, code in BROKEN:
        with pytest.raises(cloudflare.APIStatusError) as refused:
            client.dns.records.batch(zone_id=zone_id, **(good | broken))
        assert [each.code for each in refused.value.errors] == [code]
        assert client.dns.records.list(zone_id=zone_id).result == before


def test_a_free_zone_is_full_at_200_records(client: cloudflare.Cloudflare, zone_id: str) -> None:
    client.dns.records.batch(zone_id=zone_id, posts=posts(200))
    with pytest.raises(cloudflare.BadRequestError) as refused:
        client.dns.records.create(zone_id=zone_id, type="A", name="more", content="20.0.0.1", ttl=1)
    assert refused.value.errors[0].code == 81045


def test_a_zone_file_out_and_in_again(client: cloudflare.Cloudflare, zone_id: str) -> None:
    """What is exported is a zone file by the judgement of dnspython, and it comes back as the same records."""
    wanted: list[t.Any] = [
        {"type": "A", "name": "@", "content": "20.0.0.1", "ttl": 300, "comment": "the ingress"},
        {"type": "CNAME", "name": "www", "content": "klinematrix.com", "ttl": 1, "proxied": True},
        {"type": "MX", "name": "@", "content": "mx.example.net", "priority": 10, "ttl": 300},
        {"type": "TXT", "name": "@", "content": '"v=spf1; -all" "two"', "ttl": 300},
        {"type": "CAA", "name": "@", "data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}, "ttl": 300},
        {"type": "SRV", "name": "_sip._tcp", "data": {"priority": 1, "weight": 2, "port": 3, "target": "sip.example.net"}, "ttl": 300},
        {"type": "URI", "name": "_ftp._tcp", "priority": 4, "data": {"weight": 5, "target": "ftp://x.example"}, "ttl": 300},
        {"type": "TLSA", "name": "_25._tcp", "data": {"usage": 3, "selector": 1, "matching_type": 0, "certificate": "ab12"}, "ttl": 300},
        {"type": "HTTPS", "name": "svc", "data": {"priority": 1, "target": ".", "value": 'alpn="h2,h3"'}, "ttl": 300},
    ]
    client.dns.records.batch(zone_id=zone_id, posts=wanted)

    def contents() -> dict[tuple[str, str], dict[str, object]]:
        own = {"id", "created_on", "modified_on", "comment_modified_on"}
        records = client.dns.records.list(zone_id=zone_id)
        return {(each.name, each.type): {name: value for name, value in each.to_dict().items() if name not in own} for each in records}

    before = contents()
    file = client.dns.records.export(zone_id=zone_id)
    assert "the ingress cf_tags=cf-proxied:false" in file
    parsed = dns.zone.from_text(file, origin="klinematrix.com")
    assert {node.to_text() for node in parsed} == {"@", "www", "_sip._tcp", "_ftp._tcp", "_25._tcp", "svc"}
    assert parsed.find_rdataset("@", "MX")[0].to_text() == "10 mx.example.net."

    client.dns.records.batch(zone_id=zone_id, deletes=[{"id": each.id} for each in client.dns.records.list(zone_id=zone_id)])
    answer = client.dns.records.import_(zone_id=zone_id, file=file)
    assert answer is not None
    assert (answer.recs_added, answer.total_records_parsed) == (9, 9)
    assert contents() == before


def test_an_import_says_what_it_left_out(client: cloudflare.Cloudflare, zone_id: str) -> None:
    client.dns.records.create(zone_id=zone_id, type="CNAME", name="www", content="example.net", ttl=1)
    file = (
        "$ORIGIN klinematrix.com.\n$TTL 600\n@ IN SOA ns1. host. (\n 1 2 3\n 4 5 )\nwww A 20.0.0.1\napi IN 60 A 20.0.0.2\n"
        '\tTXT "a;b" ; said\n@ IN NS ada.ns.cloudflare.com.\n@ MX 5 mail\n'
    )
    answer = requests.post(
        f"https://api.cloudflare.com/client/v4/zones/{zone_id}/dns_records/import",
        files={"file": ("zone.txt", file)},
        data={"proxied": "true"},
        headers={"Authorization": f"Bearer {client.api_token}"},
        timeout=10,
    ).json()
    assert answer["result"] == {"recs_added": 3, "recs_added_by_type": {"A": 1, "TXT": 1, "MX": 1}, "total_records_parsed": 4}
    assert [(each["code"], each["message"].partition(":")[0]) for each in answer["messages"]] == [(81054, "www.klinematrix.com")]
    records = {record.type: record for record in client.dns.records.list(zone_id=zone_id)}
    assert (records["A"].proxied, records["TXT"].content, records["TXT"].comment) == (True, '"a;b"', "said")
    assert (records["MX"].content, records["MX"].ttl) == ("mail.klinematrix.com", 600)
    with pytest.raises(cloudflare.BadRequestError, match="INCLUDE"):
        client.dns.records.import_(zone_id=zone_id, file="$INCLUDE other\n")
