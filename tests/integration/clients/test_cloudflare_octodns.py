# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloudflare as octoDNS sees it: a client that somebody else wrote plans, applies and dumps a whole zone."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from octodns.manager import Manager
from octodns_cloudflare import CloudflareProvider

from tests.cloud import LocalCloud

WANTED: dict[str, t.Any] = {
    "": [
        {"type": "A", "ttl": 300, "values": ["20.0.0.1", "20.0.0.2"], "octodns": {"cloudflare": {"comment": "the ingress"}}},
        {
            "type": "MX",
            "ttl": 300,
            "values": [{"preference": 10, "exchange": "mx1.example.net."}, {"preference": 20, "exchange": "mx2.example.net."}],
        },
        {"type": "TXT", "ttl": 300, "values": ["v=spf1 include:qcloudmail.com ~all", "x" * 300]},
        {"type": "CAA", "ttl": 300, "value": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}},
        {"type": "SSHFP", "ttl": 300, "value": {"algorithm": 4, "fingerprint_type": 2, "fingerprint": "ab" * 32}},
    ],
    "www": {"type": "CNAME", "ttl": 300, "value": "klinematrix.com.", "octodns": {"cloudflare": {"proxied": True, "auto-ttl": True}}},
    "v6": {"type": "AAAA", "ttl": 300, "value": "2001:db8::1"},
    "child": [
        {"type": "NS", "ttl": 3600, "values": ["ns1.example.net.", "ns2.example.net."]},
        {"type": "DS", "ttl": 3600, "value": {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "AB" * 32}},
    ],
    "_sip._tcp": {"type": "SRV", "ttl": 300, "value": {"priority": 10, "weight": 5, "port": 5060, "target": "sip.example.net."}},
    "_25._tcp": {
        "type": "TLSA",
        "ttl": 300,
        "value": {"certificate_usage": 3, "selector": 1, "matching_type": 1, "certificate_association_data": "ab" * 32},
    },
    "naptr": {
        "type": "NAPTR",
        "ttl": 300,
        "value": {
            "order": 30,
            "preference": 100,
            "flags": "S",
            "service": "SIP+D2T",
            "regexp": "",
            "replacement": "_sip.example.net.",
        },
    },
    "svc": {"type": "HTTPS", "ttl": 300, "value": {"svcpriority": 1, "targetname": ".", "svcparams": {"alpn": ["h3", "h2"]}}},
    "loc": {
        "type": "LOC",
        "ttl": 300,
        "value": {
            **{"lat_degrees": 31, "lat_minutes": 58, "lat_seconds": 52.1, "lat_direction": "S"},
            **{"long_degrees": 115, "long_minutes": 49, "long_seconds": 11.7, "long_direction": "E"},
            **{"altitude": 20, "size": 10, "precision_horz": 10, "precision_vert": 2},
        },
    },
}


@pytest.fixture
def octodns(cloud: LocalCloud, tmp_path: Path) -> t.Callable[[dict[str, t.Any]], Manager]:
    """A manager that would make the zone hold exactly these records."""

    def manager(wanted: dict[str, t.Any]) -> Manager:
        files = tmp_path / "zones"
        files.mkdir(exist_ok=True)
        (files / "klinematrix.com.yaml").write_text(yaml.safe_dump(wanted))
        config = {
            "providers": {
                "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": str(files), "enforce_order": False},
                "cloudflare": {
                    "class": "octodns_cloudflare.CloudflareProvider",
                    "token": cloud.environment["CLOUDFLARE_API_TOKEN"],
                    "records_per_page": 10,
                    "retry_count": 1,
                },
            },
            "zones": {"klinematrix.com.": {"sources": ["files"], "targets": ["cloudflare"]}},
        }
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        return Manager(str(path))

    return manager


def test_a_zone_is_made_and_then_nothing_is_left_to_do(cloud: LocalCloud, octodns: t.Callable[[dict[str, t.Any]], Manager]) -> None:
    assert octodns(WANTED).sync(dry_run=False) == 14
    assert octodns(WANTED).sync(dry_run=True) == 0
    assert {entry["action"] for entry in cloud.journal} == {"zones.list", "dns.records.list", "dns.records.create", "pagerules.list"}


def test_changes_are_found_and_applied(cloud: LocalCloud, octodns: t.Callable[[dict[str, t.Any]], Manager]) -> None:
    small = {"www": {"type": "CNAME", "ttl": 300, "value": "example.net."}, "gone": {"type": "A", "ttl": 300, "value": "20.0.0.9"}}
    assert octodns(small).sync(dry_run=False, force=True) == 2
    turned = {"www": {"type": "A", "ttl": 600, "values": ["20.0.0.1", "20.0.0.2"]}}
    assert octodns(turned).sync(dry_run=False, force=True) == 3
    assert octodns(turned).sync(dry_run=True) == 0


def test_a_zone_is_dumped_as_it_was_written(octodns: t.Callable[[dict[str, t.Any]], Manager], tmp_path: Path) -> None:
    octodns(WANTED).sync(dry_run=False)
    dump = tmp_path / "dump"
    octodns(WANTED).dump(zone="klinematrix.com.", output_dir=str(dump), sources=["cloudflare"])
    dumped = yaml.safe_load((dump / "klinematrix.com.yaml").read_text())
    assert dumped.keys() == WANTED.keys()
    addresses = next(record for record in dumped[""] if record["type"] == "A")
    assert (addresses["values"], addresses["octodns"]["cloudflare"]["comment"]) == (["20.0.0.1", "20.0.0.2"], "the ingress")
    assert dumped["svc"]["value"]["svcparams"] == {"alpn": ["h3", "h2"]}
    assert dumped["www"]["octodns"]["cloudflare"]["proxied"] is True


def test_the_tools_error_carries_the_clouds_words(cloud: LocalCloud) -> None:
    provider = CloudflareProvider("cloudflare", token="x" * 40)
    with pytest.raises(Exception, match="Invalid access token"):
        provider.list_zones()
