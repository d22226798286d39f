# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloudflare_record and cloudflare_records against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud, zones
from tests.steps import BOTH_WAYS, direct, four_steps

ZONE = {"zone": "klinematrix.com"}
RECORDS: list[dict[str, t.Any]] = [
    {"name": "@", "type": "A", "content": "4.217.130.195"},
    {"name": "www", "type": "CNAME", "content": "klinematrix.com", "proxied": True},
    {"name": "v6", "type": "AAAA", "content": "2001:DB8:0::1", "ttl": 300},
    {"name": "@", "type": "TXT", "content": "v=spf1 include:spf.qcloud.com ~all"},
    {"name": "@", "type": "TXT", "content": "v=spf1 include:qcloudmail.com ~all"},
    {"name": "long", "type": "TXT", "content": "k=" + "x" * 600},
    {"name": "@", "type": "MX", "content": "MX1.example.net.", "priority": 10},
    {"name": "@", "type": "MX", "content": "mx2.example.net", "priority": 20},
    {"name": "@", "type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}},
    {"name": "_sip._tcp", "type": "SRV", "data": {"priority": 1, "weight": 2, "port": 5060, "target": "sip.example.net"}},
    {"name": "_443._tcp", "type": "TLSA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "AB" * 32}},
    {"name": "svc", "type": "HTTPS", "data": {"priority": 1, "target": ".", "value": 'alpn="h2"'}},
    {"name": "host", "type": "SSHFP", "data": {"algorithm": 4, "type": 2, "fingerprint": "cd" * 32}},
    {"name": "u", "type": "URI", "priority": 5, "data": {"weight": 1, "target": "https://example.net/"}},
    {"name": "münchen", "type": "A", "content": "192.0.2.7", "comment": "an old friend"},
]


def the_records(cloud: LocalCloud) -> list[dict[str, t.Any]]:
    zone = zones(cloud.ask("GET", "state"))["klinematrix.com"]
    return list(zone["records"].values())


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_set(cloud: LocalCloud, in_process: bool) -> None:
    _, applied, again, _ = four_steps(cloud, "cloudflare_records", in_process=in_process, **ZONE, owner="t", purge="owned", records=RECORDS)
    assert applied.writes == ["POST dns.records.batch"]
    assert len(again.calls) == 2  # the zone by name, its records
    spf = [record["content"] for record in the_records(cloud) if "spf1" in record["content"]]
    assert spf == ['"v=spf1 include:spf.qcloud.com include:qcloudmail.com ~all"']


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_one(cloud: LocalCloud, in_process: bool) -> None:
    done = four_steps(cloud, "cloudflare_record", in_process=in_process, **ZONE, **RECORDS[3])
    assert done[0].result["record"]["id"] == "(known after apply)"
    assert done[1].result["record"]["id"] == the_records(cloud)[0]["id"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["type"])
def test_one_record_comes_and_goes(cloud: LocalCloud, record: dict[str, t.Any]) -> None:
    assert direct(cloud, "cloudflare_record", **ZONE, **record).result["changed"]
    assert not direct(cloud, "cloudflare_record", **ZONE, **record).result["changed"]
    gone = {**ZONE, "name": record["name"], "type": record["type"], "state": "absent"}
    preview, applied, again = (direct(cloud, "cloudflare_record", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert (again.result["changed"], again.writes, the_records(cloud)) == (False, [], [])


def test_a_zone_id_saves_the_look_up(cloud: LocalCloud) -> None:
    zone_id = zones(cloud.ask("GET", "state"))["klinematrix.com"]["id"]
    many = [{"name": f"host{number}", "type": "A", "content": f"192.0.2.{number}"} for number in range(120)]
    done = four_steps(cloud, "cloudflare_records", in_process=True, **ZONE, zone_id=zone_id, records=many)
    assert [len(each.calls) for each in done] == [1, 2, 1, 1]


def apply(cloud: LocalCloud, records: list[dict[str, t.Any]], **options: t.Any) -> t.Any:
    return direct(cloud, "cloudflare_records", **ZONE, records=records, **options)


def test_a_changed_value_is_changed_back_not_doubled(cloud: LocalCloud) -> None:
    apply(cloud, RECORDS[:5])
    with cloud.state() as state:
        for zone in state["cloudflare"]["api"]["zones"].values():
            for record in zone["records"].values():
                if record["type"] == "A":
                    record["content"] = "198.51.100.66"
                if "spf1" in record["content"]:
                    record["content"] = '"v=spf1 +all"'
    done = apply(cloud, RECORDS[:5])
    found = [(change["action"], field["path"], field["before"]) for change in done.result["changes"] for field in change["fields"]]
    assert found == [("update", "/content", "198.51.100.66"), ("update", "/content", '"v=spf1 +all"')]
    assert len(the_records(cloud)) == 4


def test_purge_removes_only_what_is_ours(cloud: LocalCloud) -> None:
    apply(cloud, RECORDS[:7], owner="us", purge="owned")
    apply(cloud, [{"name": "theirs", "type": "A", "content": "192.0.2.9"}], owner="them")
    done = apply(cloud, RECORDS[1:7], owner="us", purge="owned")
    assert [(change["action"], change["name"]) for change in done.result["changes"]] == [("delete", "klinematrix.com A 4.217.130.195")]
    assert "theirs.klinematrix.com" in {record["name"] for record in the_records(cloud)}


def test_mass_deletion_is_refused_and_names_its_override(cloud: LocalCloud) -> None:
    apply(cloud, RECORDS, owner="us")
    done = apply(cloud, RECORDS[:1], owner="us", purge="owned")
    assert (done.status, done.writes) == ("failed", [])
    assert "allow_mass_delete: true" in done.result["msg"]
    assert apply(cloud, RECORDS[:1], owner="us", purge="owned", allow_mass_delete=True).status == "ok"
    assert len(the_records(cloud)) == 1


def test_an_address_becomes_a_cname_in_one_transaction(cloud: LocalCloud) -> None:
    apply(cloud, [{"name": "shop", "type": "A", "content": "192.0.2.1"}])
    done = apply(
        cloud, [{"name": "shop", "type": "A", "state": "absent"}, {"name": "shop", "type": "CNAME", "content": "shop.example.net"}]
    )
    assert done.writes == ["POST dns.records.batch"]
    assert [record["type"] for record in the_records(cloud)] == ["CNAME"]


def test_merging_keeps_what_a_present_spf_record_allows(cloud: LocalCloud) -> None:
    apply(cloud, [{"name": "@", "type": "TXT", "content": "v=spf1 include:other.example.net ~all"}])
    apply(cloud, [{"name": "@", "type": "TXT", "content": "v=spf1 include:spf.qcloud.com ~all"}], merge_spf=True)
    assert [record["content"] for record in the_records(cloud)] == ['"v=spf1 include:other.example.net include:spf.qcloud.com ~all"']


BAD = [
    ([{"name": "@", "type": "A", "content": "4.217.130"}], "klinematrix.com A: 4.217.130 is no IPv4 address"),
    ([{"name": "-x-", "type": "A", "content": "192.0.2.1"}], "not a valid DNS name"),
    ([{"name": "@", "type": "TXT", "content": "x" * 9000}], "over the limit of 4096"),
    ([{"name": "@", "type": "CAA", "content": "0 issue x"}], "declared with data"),
    ([{"name": "@", "type": "MX", "content": "mx.example.net"}], "priority is missing"),
    ([{"name": "a", "type": "TXT", "content": "x", "proxied": True}], "proxied is possible for A, AAAA, CNAME only"),
    ([{"name": "a", "type": "A", "content": "192.0.2.1", "ttl": 5}], "ttl 5 is out of range"),
    (
        [{"name": "a", "type": "A", "content": "192.0.2.1"}, {"name": "a", "type": "CNAME", "content": "b.example.net"}],
        "A CNAME cannot share its name",
    ),
    ([{"name": "a", "type": "A", "content": "192.0.2.1"}] * 2, "declared twice"),
    ([{"name": "@", "type": "TXT", "content": f"v=spf1 a {end}"} for end in ("~all", "-all")], "end differently: ~all, -all"),
    (
        [{"name": "@", "type": "TXT", "content": "v=spf1 " + " ".join(f"include:{n}.example.net" for n in range(11)) + " ~all"}],
        "more than 10 look-ups",
    ),
]


@pytest.mark.parametrize(("records", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, records: list[dict[str, t.Any]], words: str) -> None:
    for check in (True, False):
        done = direct(cloud, "cloudflare_records", check=check, **ZONE, records=records)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def test_a_cname_beside_a_record_of_somebody_else_is_refused_in_the_preview(cloud: LocalCloud) -> None:
    apply(cloud, [{"name": "a", "type": "A", "content": "192.0.2.1"}])
    done = direct(cloud, "cloudflare_record", check=True, **ZONE, name="a", type="CNAME", content="b.example.net")
    assert done.status == "failed"
    assert "a A record stands at the same name (192.0.2.1)" in done.result["msg"]


def test_a_preview_of_what_is_known_after_apply(cloud: LocalCloud) -> None:
    record = {"name": "dkim._domainkey", "type": "TXT", "content": "(known after apply)"}
    preview, applied = (direct(cloud, "cloudflare_records", check=check, **ZONE, records=[record]) for check in (True, False))
    assert [field["after"] for field in preview.result["changes"][0]["fields"]][-1] == "(known after apply)"
    assert "known only after apply" in applied.result["msg"]
    assert applied.calls == []


def planted(cloud: LocalCloud, permissions: list[str], status: str = "active") -> str:
    token = "planted-" + "t" * 32
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][token] = {"id": "f" * 32, "status": status, "permissions": permissions}
    return token


def test_errors_of_credentials_say_what_to_do(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {**ZONE, "name": "@", "type": "A", "content": "192.0.2.1"}
    wrong = direct(cloud, "cloudflare_record", **record, api_token="wrong-" + "w" * 34)
    assert (wrong.status, wrong.result["failure"]["status"]) == ("failed", 403)
    assert "find the zone klinematrix.com: Invalid access token" in wrong.result["msg"]
    assert "CLOUDFLARE_API_TOKEN" in wrong.result["msg"]
    broken = direct(cloud, "cloudflare_record", **record, api_token="first-line-" + "w" * 30 + "\nsecond-line")
    assert broken.result["failure"]["code"] == "no_credentials"
    assert "first-line" not in str(broken.result)
    malformed = direct(cloud, "cloudflare_record", **record, api_token="short")
    assert "is it complete" in malformed.result["msg"]
    assert "w" * 34 not in str(wrong.result)
    reader = direct(cloud, "cloudflare_record", **record, api_token=planted(cloud, ["Zone Read", "DNS Read"]))
    assert (reader.status, reader.result["failure"]["status"]) == ("failed", 403)
    assert "Zone:DNS:Edit" in reader.result["msg"]
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    none = direct(cloud, "cloudflare_record", **record)
    assert none.result["failure"]["code"] == "no_credentials"
    assert "CLOUDFLARE_API_TOKEN" in none.result["msg"]


FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"status": 401, "retryable": False}),
    ({"kind": "status", "status": 403}, {"status": 403, "retryable": False}),
    ({"kind": "status", "status": 404}, {"status": 404, "retryable": False}),
    ({"kind": "status", "status": 409}, {"status": 409, "retryable": False}),
    ({"kind": "expired_token"}, {"retryable": False}),
    ({"kind": "status", "status": 500}, {"status": 500, "retryable": True}),
    ({"kind": "reset"}, {"code": "no_answer", "retryable": True}),
    ({"kind": "reset", "when": "after"}, {"code": "no_answer", "retryable": True}),
]


@pytest.mark.parametrize(
    ("fault", "failure"), FAULTS, ids=[f"{fault['kind']}-{fault.get('status', fault.get('when', ''))}" for fault, _ in FAULTS]
)
def test_a_write_that_fails_is_sent_once_and_a_rerun_finishes(
    cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any]
) -> None:
    cloud.fault(**fault, write=True, count=None)
    failed = apply(cloud, RECORDS[:3])
    assert failed.status == "failed"
    assert len(failed.writes) == 1
    assert {key: failed.result["failure"][key] for key in failure} == failure
    assert (failed.result["applied"], failed.result["not_applied"]) == ([], ["write 3 DNS records of klinematrix.com"])
    cloud.heal()
    assert apply(cloud, RECORDS[:3]).status == "ok"
    assert len(the_records(cloud)) == 3


def test_throttled_calls_wait_as_asked_and_go_on(cloud: LocalCloud) -> None:
    cloud.fault("status", status=429, retry_after=0.2, count=3)
    done = apply(cloud, RECORDS[:3])
    assert done.status == "ok"
    assert [call["status"] for call in done.calls] == [429, 429, 429, 200, 200, 200]


def test_reads_survive_resets_and_errors(cloud: LocalCloud) -> None:
    cloud.fault("reset", write=False)
    cloud.fault("status", status=503, write=False)
    cloud.fault("latency", seconds=0.2, write=False, count=2)
    assert apply(cloud, RECORDS[:3]).status == "ok"


def test_a_forged_write_in_check_mode_is_refused_and_named(cloud: LocalCloud) -> None:
    client = Client(cloud.environment["CLOUDFLARE_API_TOKEN"], Traffic("cloudflare", read_only=True))
    with pytest.raises(WriteRefused, match="POST /client/v4/zones/x/dns_records/batch"):
        client.send("write", "POST", "/zones/x/dns_records/batch", {})
    assert cloud.journal == []
