# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloudflare: tokens, their rights, rate limits and faults."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import cloudflare
import pytest
import requests

from tests.cloud import LocalCloud

BASE = "https://api.cloudflare.com/client/v4"


def planted(cloud: LocalCloud, *permissions: str, status: str = "active", zones: list[str] | None = None) -> str:
    """A further token of the account."""
    token = secrets.token_urlsafe(30)
    with cloud.state() as state:
        facts = {"id": secrets.token_hex(16), "status": status, "permissions": permissions, "zones": zones}
        state["cloudflare"]["credentials"]["tokens"][token] = facts
    return token


def get(path: str, authorization: str | None = None, **headers: str) -> requests.Response:
    extra = {} if authorization is None else {"Authorization": authorization}
    return requests.get(BASE + path, headers={**headers, **extra}, timeout=10)


def codes(answer: requests.Response) -> tuple[int, list[int]]:
    return answer.status_code, [each["code"] for each in answer.json()["errors"]]


@pytest.fixture
def client(cloud: LocalCloud) -> cloudflare.Cloudflare:
    return cloudflare.Cloudflare(max_retries=0)


def test_the_account_and_its_token(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    (account,) = list(client.accounts.list())
    assert account.type == "standard"
    assert client.accounts.get(account_id=account.id) == account
    verified = client.user.tokens.verify()
    assert verified is not None
    assert verified.status == "active"
    by_account = client.accounts.tokens.verify(account_id=account.id)
    assert by_account is not None
    assert (by_account.id, by_account.status) == (verified.id, "active")


def test_malformed_missing_and_unknown_tokens(cloud: LocalCloud) -> None:
    missing, verify = get("/zones"), get("/user/tokens/verify")
    assert codes(missing) == (400, [9106])
    assert codes(verify) == (400, [1001])
    for malformed in ("Bearer short", "Basic abc", "Bearer " + "a" * 37, cloud.environment["CLOUDFLARE_API_TOKEN"]):
        answer = get("/zones", malformed)
        assert codes(answer) == (400, [6003]), malformed
        assert [each["code"] for each in answer.json()["errors"][0]["error_chain"]] == [6111]
    by_key = requests.get(BASE + "/zones", headers={"X-Auth-Email": "a@example.com", "X-Auth-Key": "k"}, timeout=10)
    assert by_key.json()["errors"][0]["error_chain"][0]["code"] == 6103
    unknown = f"Bearer {secrets.token_urlsafe(30)}"
    assert codes(get("/zones", unknown)) == (403, [9109])
    assert codes(get("/user/tokens/verify", unknown)) == (401, [1000])


@pytest.mark.parametrize("status", ["disabled", "expired"])
def test_a_token_that_is_not_in_force(cloud: LocalCloud, status: str) -> None:
    client = cloudflare.Cloudflare(api_token=planted(cloud, "Zone Write", status=status), max_retries=0)
    verified = client.user.tokens.verify()
    assert verified is not None
    assert verified.status == status
    with pytest.raises(cloudflare.PermissionDeniedError) as refused:
        client.zones.list(name="klinematrix.com")
    assert [each.code for each in refused.value.errors] == [9109]


def test_a_token_for_dns_only_cannot_look_zones_up(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    zone = next(iter(client.zones.list(name="klinematrix.com")))
    narrow = cloudflare.Cloudflare(api_token=planted(cloud, "DNS Write"), max_retries=0)
    assert list(narrow.dns.records.list(zone_id=zone.id)) == []
    narrow.dns.records.create(zone_id=zone.id, type="A", name="a", content="20.0.0.1", ttl=1)
    with pytest.raises(cloudflare.PermissionDeniedError) as by_name:
        narrow.zones.list(name="klinematrix.com")
    assert (by_name.value.errors[0].code, "zone.list" in by_name.value.errors[0].message) == (0, True)  # type: ignore[operator]
    with pytest.raises(cloudflare.PermissionDeniedError) as all_zones:
        narrow.zones.list()
    assert all_zones.value.errors[0].code == 9109
    with pytest.raises(cloudflare.PermissionDeniedError):
        narrow.zones.settings.get("ssl", zone_id=zone.id)
    assert list(narrow.accounts.list()) == []


def test_a_reading_token_writes_nothing(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    zone = next(iter(client.zones.list(name="klinematrix.com")))
    account = zone.account.id
    assert account is not None
    reader = cloudflare.Cloudflare(
        api_token=planted(cloud, "DNS Read", "Zone Read", "Zone Settings Read", "Registrar: Domains Read"), max_retries=0
    )
    assert next(iter(reader.zones.list())).id == zone.id
    attempts: dict[int, list[Callable[[], object]]] = {
        10000: [
            lambda: reader.dns.records.create(zone_id=zone.id, type="A", name="a", content="20.0.0.1", ttl=1),
            lambda: reader.dns.records.batch(zone_id=zone.id, posts=[]),
            lambda: reader.dns.dnssec.edit(zone_id=zone.id, status="active"),
            lambda: reader.registrar.registrations.edit("klinematrix.com", account_id=account, auto_renew=False),
        ],
        9109: [
            lambda: reader.zones.settings.edit("ssl", zone_id=zone.id, value="strict"),
            lambda: reader.zones.delete(zone_id=zone.id),
        ],
        0: [lambda: reader.zones.create(account={"id": account}, name="other.com")],
    }
    for code, calls in attempts.items():
        for call in calls:
            with pytest.raises(cloudflare.PermissionDeniedError) as refused:
                call()
            assert refused.value.errors[0].code == code


def test_a_token_for_one_zone_sees_no_other(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    mine = next(iter(client.zones.list(name="klinematrix.com")))
    other = client.zones.create(account={"id": mine.account.id or ""}, name="elsewhere.com")
    assert other is not None
    narrow = cloudflare.Cloudflare(api_token=planted(cloud, "DNS Write", "Zone Read", zones=[mine.id]), max_retries=0)
    assert [zone.name for zone in narrow.zones.list()] == ["klinematrix.com"]
    with pytest.raises(cloudflare.PermissionDeniedError) as refused:
        narrow.dns.records.list(zone_id=other.id)
    assert refused.value.errors[0].code == 10000
    with pytest.raises(cloudflare.NotFoundError) as hidden:
        narrow.zones.get(zone_id=other.id)
    assert hidden.value.errors[0].code == 1001


def test_identifiers_must_look_like_identifiers(client: cloudflare.Cloudflare) -> None:
    with pytest.raises(cloudflare.NotFoundError) as refused:
        client.dns.records.list(zone_id="klinematrix.com")
    assert refused.value.errors[0].code == 7003


def test_rate_limits_are_counted_and_enforced(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    left = []
    for _ in range(2):
        answer = client.zones.with_raw_response.list()
        left.append(int(answer.headers["Ratelimit"].split("r=")[1].split(";")[0]))
        assert answer.headers["Ratelimit-Policy"] == '"default";q=1200;w=300'
    assert left[0] - left[1] == 1
    with cloud.state() as state:
        for window in state["cloudflare"]["api"]["rates"].values():
            window["calls"] = 1200
    with pytest.raises(cloudflare.RateLimitError) as refused:
        client.zones.list()
    assert refused.value.errors[0].code == 971
    assert 0 < int(refused.value.response.headers["retry-after"]) <= 300


def test_faults_speak_like_cloudflare(cloud: LocalCloud, client: cloudflare.Cloudflare) -> None:
    cloud.fault("status", status=429, retry_after=3)
    with pytest.raises(cloudflare.RateLimitError) as limited:
        client.zones.list()
    assert (limited.value.errors[0].code, limited.value.response.headers["retry-after"]) == (971, "3")
    assert limited.value.response.headers["ratelimit"].startswith('"default";r=0;')
    cloud.fault("status", status=400, code="81057")
    with pytest.raises(cloudflare.BadRequestError) as bad:
        client.zones.list()
    assert bad.value.errors[0].code == 81057
    cloud.fault("status", status=502)
    with pytest.raises(cloudflare.InternalServerError) as broken:
        client.zones.list()
    assert broken.value.response.text == "error code: 502"
    cloud.fault("expired_token")
    with pytest.raises(cloudflare.PermissionDeniedError) as expired:
        client.zones.list()
    assert expired.value.errors[0].code == 9109


def test_the_sdk_sends_a_create_again_after_a_lost_answer(cloud: LocalCloud) -> None:
    """Why a client of this cloud must switch the SDK's retries off, or treat 81058 as success."""
    client = cloudflare.Cloudflare(max_retries=1)
    zone = next(iter(client.zones.list(name="klinematrix.com")))
    cloud.fault("status", status=500, when="after", action="dns.records.create")
    with pytest.raises(cloudflare.BadRequestError) as refused:
        client.dns.records.create(zone_id=zone.id, type="A", name="a", content="20.0.0.1", ttl=1)
    assert refused.value.errors[0].code == 81058
    assert [entry["action"] for entry in cloud.writes] == ["dns.records.create"] * 2
