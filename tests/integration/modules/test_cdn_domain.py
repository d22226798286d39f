# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cdn_domain and cdn_domain_info against the local cloud."""

from __future__ import annotations

import base64
import hashlib
import time
import typing as t

import pytest
import trustme

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import planted_key, publish_txt
from tests.steps import BOTH_WAYS, Done, direct, four_steps, play, task

NAME = "charts.klinematrix.com"
BUCKET = {"origin_bucket": "financial-agent-charts", "origin_region": "cn-shanghai"}
SMALL: dict[str, t.Any] = {"name": NAME, "scope": "overseas", **BUCKET}
CHARTS: dict[str, t.Any] = {
    **SMALL,
    "private_origin": True,
    "cache_rules": [{"path": "/charts/", "ttl": 3600, "weight": 2}, {"file_types": ["png", ".svg"], "ttl": 86400, "honor_origin": True}],
    "functions": [{"name": "set_resp_header", "args": {"key": "Access-Control-Allow-Origin", "value": "*"}}],
    "tags": {"app": "klinematrix"},
}


def cdn(state: dict[str, t.Any]) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", state["alibaba"]["cdn"])


@pytest.fixture
def proven(cloud: LocalCloud) -> LocalCloud:
    """The root domain is known to be ours, and changes spread at once."""
    with cloud.state() as state:
        cdn(state)["verified_roots"] = ["klinematrix.com"]
    cloud.fault("slow_operation", action="cdn.*", seconds=0.05, count=None)
    return cloud


def there(cloud: LocalCloud, name: str = NAME) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", cdn(cloud.ask("GET", "state"))["domains"][name])


def make(cloud: LocalCloud, **options: t.Any) -> Done:
    done = direct(cloud, "cdn_domain", **{**SMALL, **options})
    assert done.status == "ok", done.result["msg"]
    return done


def fields(done: Done) -> dict[str, tuple[t.Any, t.Any]]:
    (change,) = done.result["changes"]
    return {field["path"]: (field["before"], field["after"]) for field in change["fields"]}


def functions(cloud: LocalCloud, name: str) -> list[dict[str, str]]:
    return [each["args"] for each in there(cloud)["configs"] if each["function"] == name]


# --- a domain as a whole -----------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_the_domain_for_charts(proven: LocalCloud, in_process: bool) -> None:
    preview, applied, again, _ = four_steps(proven, "cdn_domain", in_process=in_process, **CHARTS)
    assert applied.writes == ["POST AddCdnDomain", "POST BatchSetCdnDomainConfig"]
    assert sorted(again.reads) == ["POST DescribeCdnDomainConfigs", "POST DescribeCdnDomainDetail", "POST DescribeTagResources"]
    assert preview.reads == ["POST DescribeCdnDomainDetail"]
    assert preview.result["dns_records"] == [{"name": NAME, "type": "CNAME", "content": "(known after apply)", "proxied": False}]
    target = there(proven)["Cname"]
    for done in (applied, again):
        assert done.result["dns_records"] == [{"name": NAME, "type": "CNAME", "content": target, "proxied": False}]
        assert done.result["domain"]["status"] == "online"
    # The way to the bucket is encrypted, and signed: nobody has to open it.
    (origin,) = there(proven)["sources"]
    assert (origin["Content"], origin["Port"]) == ("financial-agent-charts.oss-cn-shanghai.aliyuncs.com", 443)
    assert functions(proven, "l2_oss_key")[0]["private_oss_auth"] == "on"
    assert there(proven)["tags"] == {"app": "klinematrix"}


def test_a_domain_comes_and_goes(proven: LocalCloud) -> None:
    make(proven)
    gone = {"name": NAME, "state": "absent"}
    preview, applied, again = (direct(proven, "cdn_domain", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert (preview.writes, applied.writes) == ([], ["POST DeleteCdnDomain"])
    assert (again.result["changed"], again.writes, again.result["domain"]) == (False, [], None)


def test_every_declared_field_is_seen_and_mended(proven: LocalCloud) -> None:
    make(proven, **CHARTS)
    with proven.state() as state:
        domain = cdn(state)["domains"][NAME]
        domain["sources"][0]["Port"] = 80
        domain["tags"] = {"app": "other", "stray": "x"}
        for config in domain["configs"]:
            if config["function"] == "path_based_ttl_set":
                config["args"]["ttl"] = "60"
            if config["function"] == "l2_oss_key":
                config["args"]["private_oss_auth"] = "off"
            if config["function"] == "set_resp_header":
                config["args"]["value"] = "https://evil.example"
    preview = direct(proven, "cdn_domain", check=True, **CHARTS)
    assert fields(preview) == {
        "/sources/financial-agent-charts.oss-cn-shanghai.aliyuncs.com/port": (80, 443),
        "/functions/l2_oss_key/args/private_oss_auth": ("off", "on"),
        "/functions/path_based_ttl_set ~1charts~1/args/ttl": ("60", "3600"),
        "/functions/set_resp_header Access-Control-Allow-Origin/args/value": ("https://evil.example", "*"),
        "/tags": ({"app": "other", "stray": "x"}, {"app": "klinematrix"}),
    }
    mended = direct(proven, "cdn_domain", **CHARTS)
    assert mended.result["changes"] == preview.result["changes"]
    assert mended.writes == [
        "POST ModifyCdnDomain",
        "POST BatchSetCdnDomainConfig",
        "POST UntagResources",
        "POST TagResources",
    ]
    # Changed in place: no second record beside the first, and what nobody declared has stayed.
    (rule,) = functions(proven, "path_based_ttl_set")
    assert (rule["ttl"], rule["weight"], rule["swift_no_cache_low"]) == ("3600", "2", "off")
    assert not direct(proven, "cdn_domain", **CHARTS).result["changed"]


def test_a_stray_cache_rule_is_removed_and_other_functions_stay(proven: LocalCloud) -> None:
    make(proven, functions=[{"name": "gzip", "args": {"enable": True}}], cache_rules=[{"path": "/old/", "ttl": 5}])
    done = direct(proven, "cdn_domain", **SMALL, cache_rules=[{"path": "/new/", "ttl": 6}])
    assert list(fields(done)) == [
        "/functions/path_based_ttl_set ~1new~1/function",
        "/functions/path_based_ttl_set ~1new~1/args/path",
        "/functions/path_based_ttl_set ~1new~1/args/ttl",
        "/functions/path_based_ttl_set ~1old~1",
    ]
    assert done.writes == ["POST DeleteSpecificConfig", "POST BatchSetCdnDomainConfig"]
    assert [each["path"] for each in functions(proven, "path_based_ttl_set")] == ["/new/"]
    assert len(functions(proven, "gzip")) == 1
    assert direct(proven, "cdn_domain", **SMALL, cache_rules=[]).result["changed"]
    assert functions(proven, "path_based_ttl_set") == []


def test_rules_under_a_condition_are_left_alone(proven: LocalCloud) -> None:
    """They say the same under other circumstances: neither ours to change nor in the way."""
    rules: dict[str, t.Any] = {"cache_rules": [{"path": "/charts/", "ttl": 3600}]}
    make(proven, **rules)
    with proven.state() as state:
        configs = cdn(state)["domains"][NAME]["configs"]
        configs.append({"id": 7, "function": "condition", "args": {"rule": "{}"}, "due": 0})
        theirs = {"path": "/charts/", "ttl": "1", "weight": "1"}
        configs.append({"id": 8, "function": "path_based_ttl_set", "args": theirs, "due": 0, "parent": 7})
    assert direct(proven, "cdn_domain", **SMALL, **rules).result["changed"] is False


def test_functions_are_removed_on_demand(proven: LocalCloud) -> None:
    header = {"name": "set_resp_header", "args": {"key": "X-A", "value": "1"}}
    make(proven, functions=[header, {**header, "args": {"key": "X-B", "value": "2"}}])
    gone = {**SMALL, "functions": [{**header, "state": "absent"}, {"name": "gzip", "state": "absent"}]}
    preview, applied, again = (direct(proven, "cdn_domain", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert [each["key"] for each in functions(proven, "set_resp_header")] == ["X-B"]
    assert again.result["changed"] is False


def test_off_and_not_there_are_the_same(proven: LocalCloud) -> None:
    make(proven)
    quiet = direct(proven, "cdn_domain", **SMALL, force_https=False, private_origin=False, http2=False)
    assert quiet.result["changed"] is False
    make(proven, private_origin=True)
    assert fields(direct(proven, "cdn_domain", **SMALL, private_origin=False)) == {
        "/functions/l2_oss_key/args/private_oss_auth": ("on", "off")
    }


def test_several_origins_in_any_order(proven: LocalCloud) -> None:
    origins = [
        {"content": "b.klinematrix.com", "type": "domain", "priority": 30},
        {"content": "a.klinematrix.com", "type": "domain", "weight": 50, "port": 8080},
    ]
    plain = {"name": NAME, "scope": "overseas"}
    four_steps(proven, "cdn_domain", in_process=True, **plain, sources=origins)
    assert direct(proven, "cdn_domain", **plain, sources=origins[::-1]).result["changed"] is False
    done = direct(proven, "cdn_domain", **plain, sources=[origins[1]])
    assert list(fields(done)) == ["/sources/b.klinematrix.com"]
    assert [each["Content"] for each in there(proven)["sources"]] == ["a.klinematrix.com"]


# --- stopping, starting, what is under way -------------------------------------------


def test_stopping_and_starting(proven: LocalCloud) -> None:
    assert make(proven, enabled=False).writes == ["POST AddCdnDomain", "POST StopCdnDomain"]
    assert there(proven)["DomainStatus"] == "offline"
    assert make(proven, enabled=False).result["changed"] is False
    done = make(proven)
    assert (fields(done), done.writes) == ({"/status": ("offline", "online")}, ["POST StartCdnDomain"])


def test_a_rerun_picks_up_what_is_under_way(proven: LocalCloud) -> None:
    proven.heal()
    proven.fault("slow_operation", action="cdn.configure", seconds=1.2, count=None)
    short = direct(proven, "cdn_domain", **SMALL, timeout=0)
    assert (short.status, short.result["failure"]["code"], short.result["failure"]["retryable"]) == ("failed", "timeout", True)
    assert short.result["not_applied"][0] == f"create alibaba cdn_domain {NAME}"
    preview = direct(proven, "cdn_domain", check=True, **SMALL)
    assert fields(preview) == {"/status": ("configuring", "online")}
    assert preview.result["dns_records"][0]["content"] == "(known after apply)"
    done = make(proven)
    assert (done.writes, done.result["dns_records"][0]["content"]) == ([], there(proven)["Cname"])
    assert make(proven).result["changed"] is False


def test_changes_wait_for_the_one_before(proven: LocalCloud) -> None:
    make(proven)
    with proven.state() as state:
        cdn(state)["domains"][NAME].update(DomainStatus="configuring", then="online", due=time.time() + 1)
    done = direct(proven, "cdn_domain", **{**SMALL, "origin_bucket": "other-charts"})
    assert done.status == "ok", done.result["msg"]
    statuses = [call["status"] for call in done.calls if call["action"] == "ModifyCdnDomain"]
    assert (statuses[0], statuses[-1]) == (403, 200)  # ServiceBusy, waited out
    assert there(proven)["sources"][0]["Content"] == "other-charts.oss-cn-shanghai.aliyuncs.com"


def test_the_scope_changes_in_place(proven: LocalCloud) -> None:
    make(proven)
    with proven.state() as state:
        cdn(state)["icp_filings"] = ["klinematrix.com"]
    done = make(proven, scope="global")
    assert (fields(done), done.writes) == ({"/scope": ("overseas", "global")}, ["POST ModifyCdnDomainSchdmByProperty"])
    assert make(proven, scope="global").result["changed"] is False


# --- the certificate -----------------------------------------------------------------


def pair() -> dict[str, str]:
    made = trustme.CA().issue_cert(NAME)
    chain = "".join(each.bytes().decode() for each in made.cert_chain_pems)
    return {"type": "upload", "certificate": chain, "private_key": made.private_key_pem.bytes().decode()}


def thumb(chain: str) -> str:
    body = chain.split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return hashlib.sha256(base64.b64decode(body)).hexdigest()


def test_four_steps_with_a_certificate(proven: LocalCloud) -> None:
    first, second = pair(), pair()
    options = {**SMALL, "certificate": first, "force_https": True, "http2": True}
    preview, applied, again, _ = four_steps(proven, "cdn_domain", in_process=True, **options)
    # A redirection to HTTPS comes after the certificate.
    assert applied.writes == ["POST AddCdnDomain", "POST SetCdnDomainSSLCertificate", "POST BatchSetCdnDomainConfig"]
    renewed = direct(proven, "cdn_domain", **{**options, "certificate": second})
    assert fields(renewed) == {"/certificate/fingerprint": (thumb(first["certificate"]), thumb(second["certificate"]))}
    off = direct(proven, "cdn_domain", **{**SMALL, "certificate": {"type": "none"}, "force_https": False})
    assert off.status == "ok"
    assert there(proven)["certificate"] is None
    for done in (preview, applied, again, renewed, off):
        told = str(done.result)
        assert "PRIVATE KEY" not in told
        assert first["private_key"].splitlines()[3] not in told


def test_a_named_certificate(proven: LocalCloud) -> None:
    make(proven, certificate={"type": "cas", "name": "wildcard-2026", "region": "ap-southeast-1"})
    done = make(proven, certificate={"type": "cas", "name": "wildcard-2027", "region": "ap-southeast-1"})
    assert fields(done) == {"/certificate/name": ("wildcard-2026", "wildcard-2027")}


# --- ownership, and what site.yml does in one run --------------------------------------------


def test_the_proof_is_known_before_the_domain_exists(cloud: LocalCloud) -> None:
    cloud.fault("slow_operation", action="cdn.*", seconds=0.05, count=None)
    for check in (True, False):
        first = direct(cloud, "cdn_domain_info", check=check, name=NAME)
        assert (first.status, first.result["changed"], first.writes) == ("ok", False, [])
        (proof,) = first.result["dns_records"]
        assert (proof["name"], proof["type"]) == ("verification.klinematrix.com", "TXT")
    zone = {"zone": "klinematrix.com", "owner": "t", "purge": "owned"}
    steps = [
        task("cdn_domain_info", name=NAME) | {"register": "needs"},
        task("cloudflare_records", **zone, records="{{ needs.dns_records }}"),
        task("cdn_domain", **CHARTS) | {"register": "made"},
        task("cloudflare_records", zone="klinematrix.com", owner="t", records="{{ made.dns_records }}"),
    ]
    ran = play(cloud, steps)
    assert [each.status for each in ran.done] == ["ok"] * 4, ran.output[-3000:]
    assert [each.result["changed"] for each in ran.done] == [False, True, True, True]
    assert ran.done[2].writes == [
        "POST AddCdnDomain",
        "POST VerifyDomainOwner",
        "POST AddCdnDomain",
        "POST BatchSetCdnDomainConfig",
    ]
    again = play(cloud, steps)
    assert [each.result["changed"] for each in again.done] == [False] * 4
    assert [each.writes for each in again.done] == [[]] * 4
    assert [each["type"] for each in again.done[0].result["dns_records"]] == ["TXT", "CNAME"]


def test_a_preview_of_the_whole_on_an_empty_estate(cloud: LocalCloud) -> None:
    steps = [
        task("cdn_domain", check=True, **CHARTS) | {"register": "made"},
        task("cloudflare_records", check=True, zone="klinematrix.com", records="{{ made.dns_records }}"),
    ]
    ran = play(cloud, steps)
    assert [each.status for each in ran.done] == ["ok", "ok"], ran.output[-3000:]
    assert cloud.writes == []


def test_a_missing_proof_says_what_to_publish(cloud: LocalCloud) -> None:
    done = direct(cloud, "cdn_domain", **SMALL, verify_timeout=0)
    content = direct(cloud, "cdn_domain_info", name=NAME).result["dns_records"][0]["content"]
    assert (done.status, done.result["failure"]["code"]) == ("failed", "DomainOwnerVerifyFail")
    assert f"verification.klinematrix.com with the content {content}" in done.result["msg"]
    publish_txt(cloud, "verification.klinematrix.com", content)
    assert make(cloud).status == "ok"


# --- refusals ---------------------------------------------------------------------------


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"name": "no_name"}, "not a valid domain name"),
    ({"origin_bucket": None, "origin_region": None, "sources": []}, "0 origins"),
    ({"origin_bucket": None, "origin_region": None, "sources": [{"content": "bucket", "type": "oss"}]}, "is no bucket"),
    ({"cache_rules": [{"ttl": 1}]}, "either path or file_types"),
    ({"cache_rules": [{"path": "charts", "ttl": 1}]}, "begin with a slash"),
    ({"cache_rules": [{"path": "/", "ttl": -1}]}, "out of range"),
    ({"cache_rules": [{"path": "/", "ttl": 1}] * 2}, "declared twice"),
    ({"force_https": True, "functions": [{"name": "https_force", "args": {"enable": True}}]}, "declared twice"),
    ({"functions": [{"name": "set_resp_header", "args": {"value": "x"}}]}, "key is missing"),
    ({"functions": [{"name": "gzip"}]}, "no arguments"),
    ({"certificate": {"type": "upload"}}, "needs certificate and private_key"),
    ({"certificate": {"type": "cas"}}, "needs the name"),
    ({"certificate": {"type": "upload", "certificate": "x", "private_key": "y"}}, "no PEM chain"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        given = {name: value for name, value in {**SMALL, **options}.items() if value is not None}
        done = direct(cloud, "cdn_domain", check=check, **given)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def test_plans_that_cannot_be_are_refused_in_previews_too(proven: LocalCloud) -> None:
    bare = direct(proven, "cdn_domain", check=True, name=NAME)
    assert "needs sources" in bare.result["msg"]
    insecure = direct(proven, "cdn_domain", check=True, **SMALL, force_https=True)
    assert "needs a certificate" in insecure.result["msg"]
    make(proven)
    other = direct(proven, "cdn_domain", check=True, **SMALL, type="video")
    assert (other.result["failure"]["code"], other.writes) == ("immutable", [])
    with proven.state() as state:
        cdn(state)["domains"][NAME].update(DomainStatus="configure_failed", due=None)
    broken = direct(proven, "cdn_domain", check=True, **SMALL)
    assert "is configure_failed" in broken.result["msg"]
    assert direct(proven, "cdn_domain", name=NAME, state="absent").status == "ok"


def test_the_clouds_own_refusals_have_a_way_out(proven: LocalCloud) -> None:
    home = direct(proven, "cdn_domain", **{**SMALL, "scope": "domestic"})
    assert (home.result["failure"]["code"], home.result["failure"]["status"]) == ("DomainNotRegistration", 404)
    assert "set scope to overseas" in home.result["msg"]
    with proven.state() as state:
        del state["alibaba"]["ram"]["roles"]["AliyunCDNAccessingPrivateOSSRole"]
    role = direct(proven, "cdn_domain", **CHARTS)
    assert "AliyunCDNAccessingPrivateOSSRole" in role.result["failure"]["hint"]
    assert role.result["applied"] == [f"create alibaba cdn_domain {NAME}"]
    with proven.state() as state:
        cdn(state)["opened"] = False
    closed = direct(proven, "cdn_domain", **CHARTS)
    assert "activate it once" in closed.result["msg"]


def test_a_missing_right_is_named(proven: LocalCloud) -> None:
    with planted_key(proven, policy=["cdn:Describe*"]) as (key_id, secret, _):
        done = direct(proven, "cdn_domain", **SMALL, access_key_id=key_id, access_key_secret=secret)
    assert (done.result["failure"]["status"], done.result["failure"]["code"]) == (403, "NoPermission")
    assert "cdn:AddCdnDomain" in done.result["failure"]["hint"]


def test_secrets_of_others_are_not_shown(proven: LocalCloud) -> None:
    """Signing keys of a function, and everything of functions that nobody declared."""
    signed = {"name": "aliauth", "args": {"auth_type": "type_a"}, "secret_args": {"auth_key1": "ourVerySecretKey1"}}
    first = make(proven, functions=[signed])
    with proven.state() as state:
        domain = cdn(state)["domains"][NAME]
        for config in domain["configs"]:
            if config["function"] == "aliauth":
                config["args"] |= {"auth_key1": "canaryOfSomebodyElse", "auth_key2": "canaryBeside"}
        domain["configs"].append(
            {"id": 7, "function": "set_req_header", "args": {"key": "Authorization", "value": "canaryHeader"}, "due": 0}
        )
    preview = direct(proven, "cdn_domain", check=True, **SMALL, functions=[signed])
    assert fields(preview) == {"/functions/aliauth/args/auth_key1": ("********", "********")}
    mended = direct(proven, "cdn_domain", **SMALL, functions=[signed])
    assert functions(proven, "aliauth")[0]["auth_key2"] == "canaryBeside"
    for done in (first, preview, mended):
        assert "canary" not in str(done.result)
        assert "ourVerySecretKey1" not in str(done.result)
