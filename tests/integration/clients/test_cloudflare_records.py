# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloudflare: one DNS record at a time, by the vendor's SDK: normal forms, validation and conflicts."""

from __future__ import annotations

import typing as t

import cloudflare
import pytest
import requests

from tests.cloud import LocalCloud

TEXT = "v=DKIM1; k=rsa; p=" + "A" * 300


class Zone:
    """The seeded zone: shortcuts for its records."""

    def __init__(self) -> None:
        self.client = cloudflare.Cloudflare(max_retries=0)
        self.id = next(iter(self.client.zones.list(name="klinematrix.com"))).id

    def create(self, kind: str, name: str, content: str | None = None, **fields: t.Any) -> t.Any:
        value = {} if content is None else {"content": content}
        return self.client.dns.records.create(zone_id=self.id, type=kind, name=name, **value, **{"ttl": 1, **fields})  # type: ignore[call-overload]

    def refused(self, kind: str, name: str, content: str | None = None, **fields: t.Any) -> list[int | None]:
        with pytest.raises(cloudflare.APIStatusError) as error:
            self.create(kind, name, content, **fields)
        assert error.value.status_code == 400
        return [each.code for each in error.value.errors]

    def raw(self, method: str, path: str = "", kind: str | None = None, **options: t.Any) -> requests.Response:
        url = f"https://api.cloudflare.com/client/v4/zones/{self.id}/dns_records{path}"
        headers = {"Authorization": f"Bearer {self.client.api_token}"} | ({} if kind is None else {"Content-Type": kind})
        return requests.request(method, url, headers=headers, timeout=10, **options)


@pytest.fixture
def zone(cloud: LocalCloud) -> Zone:
    return Zone()


CONTENTS: list[tuple[str, str, str]] = [
    ("A", "20.0.0.1", "20.0.0.1"),
    ("AAAA", "2001:DB8:0:0::0:1", "2001:db8::1"),
    ("CNAME", "Target.Example.NET.", "target.example.net"),
    ("NS", "NS1.example.net.", "ns1.example.net"),
    ("PTR", "host.example.net", "host.example.net"),
    ("TXT", "v=spf1 -all", "v=spf1 -all"),
    ("TXT", '"v=spf1 -all"', '"v=spf1 -all"'),
    ("TXT", '"one"   "two"', '"one" "two"'),
    ("TXT", f'"{TEXT}"', f'"{TEXT[:255]}" "{TEXT[255:]}"'),
    ("TXT", TEXT, TEXT),
    ("OPENPGPKEY", "mQENBFzj", "mQENBFzj"),
]


def test_content_in_normal_form(zone: Zone) -> None:
    for number, (kind, sent, returned) in enumerate(CONTENTS):
        record = zone.create(kind, f"n{number}", sent)
        assert (record.content, record.name, record.type) == (returned, f"n{number}.klinematrix.com", kind)
        assert zone.client.dns.records.get(record.id, zone_id=zone.id) == record


COMPOSED: list[tuple[str, dict[str, t.Any], str]] = [
    ("CAA", {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}, '0 issue "letsencrypt.org"'),
    ("CERT", {"type": 9, "key_tag": 1, "algorithm": 2, "certificate": "AAAA"}, "9 1 2 AAAA"),
    ("DNSKEY", {"flags": 257, "protocol": 3, "algorithm": 13, "public_key": "AAAA"}, "257 3 13 AAAA"),
    ("HTTPS", {"priority": 1, "target": ".", "value": ' alpn="h3,h2"'}, '1 . alpn="h3,h2"'),
    ("SVCB", {"priority": 1, "target": "svc.example.net.", "value": 'alpn="h2"'}, '1 svc.example.net. alpn="h2"'),
    (
        "NAPTR",
        {"order": 30, "preference": 100, "flags": "S", "service": "SIP+D2T", "regex": "", "replacement": "_sip._tls.example.net."},
        '30 100 "S" "SIP+D2T" "" _sip._tls.example.net.',
    ),
    ("SMIMEA", {"usage": 3, "selector": 0, "matching_type": 1, "certificate": "ab12"}, "3 0 1 ab12"),
    ("TLSA", {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "ab12"}, "3 1 1 ab12"),
    ("SSHFP", {"algorithm": 4, "type": 2, "fingerprint": "ab12"}, "4 2 ab12"),
    ("SRV", {"priority": 10, "weight": 5, "port": 5060, "target": "SIP.example.net."}, "10 5 5060 sip.example.net"),
    (
        "LOC",
        {
            **{"lat_degrees": 31, "lat_minutes": 58, "lat_seconds": 52.1, "lat_direction": "S"},
            **{"long_degrees": 115, "long_minutes": 49, "long_seconds": 11.7, "long_direction": "E"},
            **{"altitude": 20, "size": 10, "precision_horz": 10, "precision_vert": 2},
        },
        "IN LOC 31 58 52.1 S 115 49 11.7 E 20m 10m 10m 2m",
    ),
]


def test_content_is_composed_from_data(zone: Zone) -> None:
    for kind, data, content in COMPOSED:
        record = zone.create(kind, "_25._tcp", data=data)
        assert record.content == content
        assert record.proxiable is False
        first = next(iter(data))
        assert zone.refused(kind, "other", data={name: value for name, value in data.items() if name != first}) == [9101], kind
        assert zone.refused(kind, "other") == [9100], kind


def test_typed_clients_see_floats_where_the_wire_has_integers(zone: Zone) -> None:
    record = zone.create("SRV", "_sip._tcp", data={"priority": 10.0, "weight": 5, "port": 5060, "target": "sip.example.net"})
    assert (type(record.data.port), record.data.port) == (float, 5060)
    (wire,) = zone.raw("GET").json()["result"]
    assert wire["data"] == {"priority": 10, "weight": 5, "port": 5060, "target": "sip.example.net"}
    assert (type(wire["data"]["priority"]), wire["priority"]) == (int, 10)


def test_mx_and_uri_have_a_priority_of_their_own(zone: Zone) -> None:
    mail = zone.create("MX", "@", "MX1.example.net.", priority=10)
    assert (mail.content, mail.priority, mail.name) == ("mx1.example.net", 10, "klinematrix.com")
    assert zone.create("MX", "nomail", ".", priority=0).content == "."
    link = zone.create("URI", "_ftp._tcp", priority=10, data={"weight": 1, "target": "ftp://ftp.example.net/"})
    assert (link.priority, link.content) == (10, '10 1 "ftp://ftp.example.net/"')
    assert zone.refused("MX", "@", "192.0.2.1") == [9100, 9009]
    assert zone.refused("MX", "@", "mx.example.net", priority=70000) == [9008]
    assert zone.refused("URI", "_ftp._tcp", data={"weight": 1, "target": "x"}) == [9100]


NAMES = [
    ("@", "klinematrix.com"),
    ("klinematrix.com", "klinematrix.com"),
    ("WWW", "www.klinematrix.com"),
    ("www.klinematrix.com.", "www.klinematrix.com"),
    ("*", "*.klinematrix.com"),
    ("_dmarc", "_dmarc.klinematrix.com"),
    ("bücher", "xn--bcher-kva.klinematrix.com"),
    ("www.example.org", "www.example.org.klinematrix.com"),
    ("notklinematrix.com", "notklinematrix.com.klinematrix.com"),
]


def test_names_become_full_names(zone: Zone) -> None:
    for number, (sent, returned) in enumerate(NAMES):
        assert zone.create("A", sent, f"20.0.0.{number}").name == returned


def test_what_is_returned_when_nothing_was_said(zone: Zone) -> None:
    zone.create("CNAME", "c", "example.net")
    zone.create("A", "a", "20.0.0.1", proxied=True, ttl=300)
    address, alias = zone.raw("GET", params={"order": "name"}).json()["result"]
    assert set(address) == {
        *(
            "id",
            "name",
            "type",
            "content",
            "proxiable",
            "proxied",
            "ttl",
            "settings",
            "meta",
            "comment",
            "tags",
            "created_on",
            "modified_on",
        )
    }
    assert (address["proxied"], address["ttl"], address["comment"], address["tags"], address["meta"]) == (True, 1, None, [], {})
    assert address["settings"] == {"ipv4_only": False, "ipv6_only": False}
    assert alias["settings"] == {"flatten_cname": False, "ipv4_only": False, "ipv6_only": False}
    assert alias["proxied"] is False


REFUSED: list[tuple[str, str | None, dict[str, t.Any], int]] = [
    ("A", "300.1.1.1", {}, 9005),
    ("A", "1.1", {}, 9005),
    ("AAAA", "1.2.3.4", {}, 9006),
    ("CNAME", "192.0.2.1", {}, 9007),
    ("CNAME", "sub.klinematrix.com", {}, 9039),
    ("TXT", '"one', {}, 9051),
    ("TXT", '"these" ones"', {}, 9051),
    ("TXT", "a" * 4081, {}, 9015),
    ("A", "20.0.0.1", {"ttl": 59}, 9021),
    ("A", "20.0.0.1", {"ttl": 86401}, 9021),
    ("A", "20.0.0.1", {"ttl": "300"}, 9022),
    ("TXT", "x", {"proxied": True}, 9004),
    ("A", "10.0.0.1", {"proxied": True}, 9003),
    ("A", "20.0.0.1", {"comment": "x" * 101}, 9313),
    ("A", "20.0.0.1", {"tags": ["owner:dns"]}, 9300),
    ("CNAME", "example.net", {"settings": {"flatten_cname": True}}, 9401),
    ("SPF", "v=spf1 -all", {}, 9020),
    ("A", None, {}, 9100),
    ("DS", None, {"data": {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "ab"}}, 81059),
]


def test_what_is_refused(zone: Zone) -> None:
    for kind, content, fields, code in REFUSED:
        assert zone.refused(kind, "sub", content, **fields) == [code], (kind, content, fields)
    assert zone.raw("GET").json()["result"] == []


def test_bad_names(zone: Zone) -> None:
    for name in ("-a", "a b", "a..b", "x" * 64, "a*b", "a.*"):
        assert zone.refused("A", name, "20.0.0.1") == [9000], name


def test_bodies_that_are_no_json(zone: Zone) -> None:
    assert zone.raw("POST", data="{}").json()["errors"][0]["message"] == "Content-type must be application/json."
    assert zone.raw("POST", data="{", kind="application/json").status_code == 400
    assert zone.raw("POST", json=[]).json()["errors"][0]["code"] == 9207


def test_texts_of_one_name_share_a_limit(zone: Zone) -> None:
    for letter in "ab":
        zone.create("TXT", "long", letter * 4080)
    assert zone.refused("TXT", "long", "c" * 33) == [83011]
    zone.create("TXT", "other", "c" * 33)


def test_conflicts(zone: Zone) -> None:
    zone.create("A", "host", "20.0.0.1", ttl=300)
    zone.create("A", "host", "20.0.0.2")
    assert zone.refused("A", "host", "20.0.0.1", ttl=300) == [81058]
    assert zone.refused("A", "HOST.klinematrix.com.", "20.0.0.1", ttl=600) == [81057]
    assert zone.refused("CNAME", "host", "example.net") == [81053]
    zone.create("CNAME", "alias", "example.net")
    zone.create("TXT", "alias", "besides a CNAME, which Cloudflare allows")
    assert zone.refused("A", "alias", "20.0.0.1") == [81054]
    assert zone.refused("AAAA", "alias", "2001:db8::1") == [81054]
    assert zone.refused("CNAME", "alias", "example.org") == [81053]
    zone.create("MX", "@", "mx.example.net", priority=10)
    zone.create("MX", "@", "mx.example.net", priority=20)
    assert zone.refused("MX", "@", "mx.example.net", priority=10) == [81058]


def test_delegations(zone: Zone) -> None:
    delegation = zone.create("NS", "child", "ns1.example.net")
    assert zone.refused("A", "child", "20.0.0.1") == [81056]
    signer = zone.create("DS", "child", data={"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "AB"})
    with pytest.raises(cloudflare.BadRequestError):
        zone.client.dns.records.delete(delegation.id, zone_id=zone.id)
    zone.client.dns.records.delete(signer.id, zone_id=zone.id)
    zone.client.dns.records.delete(delegation.id, zone_id=zone.id)
    zone.create("NS", "@", "ns1.example.net")  # kept, though it has no effect
    assert zone.refused("NS", "@", "ada.ns.cloudflare.com") == [9037]


def test_patch_keeps_and_put_resets(zone: Zone) -> None:
    records = zone.client.dns.records
    made = zone.create("A", "host", "20.0.0.1", ttl=300, comment="why", settings={"ipv4_only": True})
    patched = t.cast(t.Any, records.edit(made.id, zone_id=zone.id, name="host", type="A", ttl=600, content="20.0.0.2"))
    assert (patched.comment, patched.content, patched.ttl, patched.settings.ipv4_only) == ("why", "20.0.0.2", 600, True)
    assert (patched.created_on, patched.comment_modified_on) == (made.created_on, made.comment_modified_on)
    assert patched.modified_on > made.modified_on
    put = t.cast(t.Any, records.update(made.id, zone_id=zone.id, name="host", type="A", ttl=1, content="20.0.0.2"))
    assert (put.comment, put.ttl, put.settings.ipv4_only, put.comment_modified_on) == (None, 1, False, None)
    assert zone.raw("PUT", f"/{made.id}", json={"type": "A", "content": "20.0.0.2"}).json()["errors"][0]["code"] == 9100
    assert zone.raw("PATCH", f"/{made.id}", json={"proxied": True}).json()["result"]["ttl"] == 1


def test_a_change_can_conflict_too(zone: Zone) -> None:
    zone.create("A", "host", "20.0.0.1")
    other = zone.create("A", "host", "20.0.0.2")
    answer = zone.raw("PATCH", f"/{other.id}", json={"content": "20.0.0.1"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 81058)
    assert zone.client.dns.records.get(other.id, zone_id=zone.id) == other


def test_unknown_records(zone: Zone) -> None:
    made = zone.create("A", "host", "20.0.0.1")
    deleted = zone.client.dns.records.delete(made.id, zone_id=zone.id)
    assert deleted is not None
    assert deleted.id == made.id
    for call in (zone.client.dns.records.delete, zone.client.dns.records.get):
        with pytest.raises(cloudflare.NotFoundError) as refused:
            call(made.id, zone_id=zone.id)
        assert refused.value.errors[0].code == 81044
    assert zone.raw("GET", "/nonsense").json()["errors"][0]["code"] == 7003


def test_records_of_other_services_are_read_only(cloud: LocalCloud, zone: Zone) -> None:
    made = zone.create("TXT", "@", "v=spf1 include:_spf.mx.cloudflare.net ~all")
    with cloud.state() as state:
        state["cloudflare"]["api"]["zones"][zone.id]["records"][made.id]["meta"] = {"email_routing": True, "read_only": True}
    assert zone.raw("GET", f"/{made.id}").json()["result"]["meta"]["read_only"] is True
    assert zone.raw("DELETE", f"/{made.id}").status_code == 400
    assert zone.raw("PATCH", f"/{made.id}", json={"ttl": 60}).status_code == 400
    assert len(zone.raw("GET").json()["result"]) == 1


def test_scanning_is_not_emulated(zone: Zone) -> None:
    assert zone.raw("POST", "/scan").status_code == 501
    assert zone.raw("GET", params={"include_shadow_metadata": "true"}).status_code == 501
