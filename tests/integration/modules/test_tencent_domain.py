# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_ses_domain and tencent_ses_domain_info against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent import domains
from tests.cloud import LocalCloud, zones
from tests.integration.modules.tencent import DOMAIN, actions, is_quiet, limit, plant_domain, plant_sender, ses, write_records
from tests.steps import BOTH_WAYS, Done, direct, four_steps, play, task

MODULE = "tencent_ses_domain"


def domain(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, MODULE, **{"name": DOMAIN, **options})


def fields(done: Done) -> list[tuple[str, t.Any, t.Any]]:
    return [(field["path"], field["before"], field["after"]) for change in done.result["changes"] for field in change["fields"]]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cloud: LocalCloud, in_process: bool) -> None:
    options = {"name": DOMAIN, "dkim_bits": 2048, "tags": {"env": "test"}, "dns_policy": {"zone": "klinematrix.com"}}
    preview, applied, again, _ = four_steps(cloud, MODULE, in_process=in_process, **options)
    assert applied.writes == ["POST CreateEmailIdentity"]
    assert again.reads == ["POST GetEmailIdentity"]
    assert ses(cloud)["identities"][DOMAIN]["tags"] == [{"TagKey": "env", "TagValue": "test"}]
    # The preview knew every record but the key, and a later look returns them in the same order.
    known, real = preview.result["dns_records"], applied.result["dns_records"]
    assert [each if "_domainkey" not in each["name"] else {**each, "content": "(known after apply)"} for each in real] == known
    assert again.result["dns_records"] == real
    assert again.result["domain"]["tags"] == applied.result["domain"]["tags"] == {"env": "test"}


def test_absent_and_back(cloud: LocalCloud) -> None:
    domain(cloud)
    steps = [domain(cloud, state="absent", check=check) for check in (True, False, False, True)]
    assert steps[0].result["diff"] == steps[1].result["diff"] != []
    assert [each.writes for each in steps] == [[], ["POST DeleteEmailIdentity"], [], []]
    assert [each.result["changed"] for each in steps] == [True, True, False, False]
    assert (ses(cloud)["identities"], steps[3].result["domain"], steps[3].result["dns_records"]) == ({}, None, [])


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_a_domain_becomes_verified_and_stays_so_without_a_write(cloud: LocalCloud, in_process: bool) -> None:
    created = domain(cloud)
    write_records(cloud, created.result["dns_records"])
    preview, applied, again, _ = four_steps(cloud, MODULE, in_process=in_process, name=DOMAIN, verify=True, verify_timeout=30)
    assert fields(preview) == [("/verified", False, True)]
    assert applied.writes == ["POST UpdateEmailIdentity"]
    assert applied.result["domain"]["verified"] is True
    assert again.reads == ["POST GetEmailIdentity"]


def test_what_is_still_wrong_is_told_and_a_rerun_finishes(cloud: LocalCloud) -> None:
    records = domain(cloud).result["dns_records"]
    write_records(cloud, [each for each in records if "_domainkey" not in each["name"]])
    write_records(cloud, [{"name": "_dmarc.mail", "type": "TXT", "content": "v=DMARC1"}])
    failed = domain(cloud, verify=True, verify_timeout=2)
    assert (failed.status, failed.result["failure"]["code"], failed.result["failure"]["retryable"]) == ("failed", "timeout", True)
    message = failed.result["msg"]
    assert f"TXT _dmarc.{DOMAIN} shows v=DMARC1, wanted v=DMARC1; p=none" in message
    assert f"TXT qcloudhk2048._domainkey.{DOMAIN} is not seen, wanted v=DKIM1; k=rsa; p=" in message
    assert "MX" not in message
    write_records(cloud, records)
    done = domain(cloud, verify=True, verify_timeout=30)
    assert (done.status, done.result["domain"]["verified"]) == ("ok", True)


def test_a_check_that_is_under_way_is_picked_up(cloud: LocalCloud) -> None:
    limit(cloud, verification_needs=[])
    domain(cloud)
    cloud.fault("slow_operation", cloud="tencent", action="ses.verify", seconds=3600, count=1)
    assert domain(cloud, verify=True, verify_timeout=1).status == "failed"
    with cloud.state() as state:  # an hour later
        state["tencent"]["ses"]["identities"][DOMAIN]["check_due"] = 1
    done = domain(cloud, verify=True, verify_timeout=1)
    assert is_quiet(done)


def test_a_check_that_came_too_early_is_asked_for_again(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first check looks before the records are there; nobody has to start a second run."""
    monkeypatch.setattr(domains, "ASK_AGAIN", 3)
    records = domain(cloud).result["dns_records"]
    written = False
    call = domains.Client.call

    def watched(self: domains.Client, what: str, action: str, **parameters: t.Any) -> dict[str, t.Any]:
        nonlocal written
        answer = call(self, what, action, **parameters)
        if action == "UpdateEmailIdentity" and not written:
            with cloud.state() as state:
                state["tencent"]["ses"]["identities"][DOMAIN]["check_due"] = 1
            call(self, what, "GetEmailIdentity", EmailIdentity=DOMAIN)
            write_records(cloud, records)
            written = True
        return answer

    monkeypatch.setattr(domains.Client, "call", watched)
    done = domain(cloud, verify=True, verify_timeout=30)
    assert (done.status, done.result["domain"]["verified"]) == ("ok", True), done.result
    assert actions(done).count("UpdateEmailIdentity") == 2


def test_a_domain_is_made_and_verified_in_one_task_where_its_records_are_there(cloud: LocalCloud) -> None:
    limit(cloud, verification_needs=[])
    preview, applied = (domain(cloud, verify=True, verify_timeout=30, check=check) for check in (True, False))
    assert preview.result["changes"] == applied.result["changes"]
    assert applied.writes == ["POST CreateEmailIdentity", "POST UpdateEmailIdentity"]
    assert applied.result["domain"]["verified"] is True


def test_the_option_bounds_the_wait(cloud: LocalCloud) -> None:
    domain(cloud)
    failed = domain(cloud, verify=True, verify_timeout=0)
    assert actions(failed) == ["GetEmailIdentity", "UpdateEmailIdentity"]
    assert failed.result["not_applied"] == [f"verify the sender domain {DOMAIN}"]


def test_an_adopted_domain_keeps_its_key_and_tags_unless_declared(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    adopted = domain(cloud)
    assert is_quiet(adopted)
    assert adopted.result["domain"]["dkim_bits"] == 1024
    assert is_quiet(domain(cloud, dkim_bits=1024, tags={"team": "mail"}))
    for check in (True, False):
        other_key, other_tags = domain(cloud, dkim_bits=2048, check=check), domain(cloud, tags={"team": "web"}, check=check)
        assert [each.result["failure"]["code"] for each in (other_key, other_tags)] == ["immutable", "immutable"]
        assert "dkim_bits is 1024, declared 2048" in other_key.result["msg"]
        assert "SES sets tags when a domain is created" in other_tags.result["msg"]
        assert other_key.writes + other_tags.writes == []


def test_a_domain_with_both_keys_meets_each_declaration(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    with cloud.state() as state:
        state["tencent"]["ses"]["identities"][DOMAIN]["dkim_option"] = 2
    assert all(is_quiet(domain(cloud, dkim_bits=bits)) for bits in (1024, 2048))


def test_names_are_taken_as_ses_keeps_them(cloud: LocalCloud) -> None:
    assert domain(cloud, name="Mail.Klinematrix.COM.").result["domain"]["name"] == DOMAIN
    assert is_quiet(domain(cloud))


def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud) -> None:
    for check in (True, False):
        done = domain(cloud, name="no domain", check=check)
        assert (done.status, done.calls) == ("failed", [])
        assert "no domain is no domain" in done.result["msg"]
    assert "value of dkim_bits must be one of: 1024, 2048" in domain(cloud, dkim_bits=512).result["msg"]


def test_a_name_that_is_known_after_apply_previews_as_created(cloud: LocalCloud) -> None:
    preview, applied = (domain(cloud, name="mail.(known after apply)", check=check) for check in (True, False))
    assert (preview.result["changes"][0]["action"], preview.calls) == ("create", [])
    assert (applied.status, applied.calls) == ("failed", [])


def test_the_rules_of_the_account_are_told(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    plant_sender(cloud, region="ap-guangzhou")
    not_empty = domain(cloud, state="absent")
    assert not_empty.result["failure"]["code"] == "OperationDenied.SenderWithDomainIsNotEmpty"
    assert "in every region" in not_empty.result["msg"]
    limit(cloud, enterprise=False)
    private = domain(cloud, state="absent")
    assert private.result["failure"]["code"] == "OperationDenied.NotAllowDelete"
    assert "Only accounts of a company" in private.result["msg"]
    limit(cloud, limits={"domains": 1, "senders": 1, "templates": 1, "template_bytes": 10})
    full = domain(cloud, name="other.klinematrix.com")
    assert "An account has 10 sender domains" in full.result["msg"]
    taken = domain(cloud, name="qcloud.com")
    assert "Another Tencent Cloud account holds this domain" in taken.result["msg"]


def test_the_zone_keeps_its_own_mail_and_dmarc(cloud: LocalCloud) -> None:
    """The records that are written go through cloudflare_records: one SPF, the declared DMARC, no MX at the apex."""
    own = [
        {"name": "@", "type": "TXT", "content": "v=spf1 include:spf.qcloud.com ~all"},
        {"name": "_dmarc", "type": "TXT", "content": "v=DMARC1; p=none; rua=mailto:dmarc@klinematrix.com"},
    ]
    policy = {"zone": "klinematrix.com", "declared": own}
    done = play(cloud, [task(MODULE, name="klinematrix.com", dns_policy=policy)]).done[0]
    (warning,) = done.result["warnings"]
    assert "SES verifies the domain only when it finds an MX there" in str(warning)
    assert {each["type"] for each in done.result["domain"]["dns_records"]} == {"TXT", "MX"}
    assert [each["name"] for each in done.result["dns_records"]] == ["klinematrix.com", "qcloudhk2048._domainkey.klinematrix.com"]
    write_records(cloud, [*own, *done.result["dns_records"]])
    records = zones(cloud.ask("GET", "state"))["klinematrix.com"]["records"].values()
    assert [each["content"] for each in records if "spf1" in each["content"]] == [
        '"v=spf1 include:spf.qcloud.com include:qcloudmail.com ~all"'
    ]
    assert len(records) == 3
    with_mx = domain(cloud, name="klinematrix.com", dns_policy={**policy, "write_mx": True})
    assert [each["type"] for each in with_mx.result["dns_records"]] == ["MX", "TXT", "TXT"]
    assert "warnings" not in with_mx.result


def test_previews_feed_cloudflare_records(cloud: LocalCloud) -> None:
    records = domain(cloud, check=True).result["dns_records"]
    preview = direct(cloud, "cloudflare_records", check=True, zone="klinematrix.com", records=records)
    assert [change["action"] for change in preview.result["changes"]] == ["create"] * 4


# --- tencent_ses_domain_info -------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_looking(cloud: LocalCloud, in_process: bool) -> None:
    for number in range(3):
        plant_domain(cloud, f"m{number}.klinematrix.com", verified=number == 1)
    every, one, none = play(
        cloud,
        [
            task("tencent_ses_domain_info"),
            task("tencent_ses_domain_info", check=True, name="M1.klinematrix.com"),
            task("tencent_ses_domain_info", name="x.klinematrix.com"),
        ],
        in_process=in_process,
    ).done
    assert [(each["name"], each["verified"]) for each in every.result["domains"]] == [
        ("m0.klinematrix.com", False),
        ("m1.klinematrix.com", True),
        ("m2.klinematrix.com", False),
    ]
    assert one.result["domains"] == [every.result["domains"][1]]
    assert (none.result["domains"], none.status) == ([], "ok")
    for done in (every, one, none):
        assert (done.result["changed"], done.result["changes"], done.writes) == (False, [], [])
    assert sorted(actions(every)) == ["GetEmailIdentity"] * 3 + ["ListEmailIdentities"]
    assert actions(one) == actions(none) == ["GetEmailIdentity"]


def test_what_ses_saw_of_the_records(cloud: LocalCloud) -> None:
    created = domain(cloud)
    write_records(cloud, [each for each in created.result["dns_records"] if each["type"] == "MX"])
    domain(cloud, verify=True, verify_timeout=0)
    (found,) = direct(cloud, "tencent_ses_domain_info", name=DOMAIN).result["domains"]
    assert found["dns_records"] == created.result["dns_records"]
    mx = {"name": DOMAIN, "type": "MX", "expected": "mxbiz1.qq.com", "current": "mxbiz1.qq.com", "ok": True}
    assert [each for each in found["checks"] if each["ok"]] == [mx]
    assert len(found["checks"]) == 4
