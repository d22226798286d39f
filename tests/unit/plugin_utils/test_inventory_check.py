# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found in an inventory without calling anybody."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.advisories import advisories
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.estate import CLOUDS, declared_roles, needs_of, options_of_roles
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.inventory_check import Findings, Host, check, compare
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.inventory_rules import at, secrets_in

DNS = {"cloudflare_dns_zone": "example.com", "cloudflare_dns_owner": "test", "cloudflare_dns_records": []}
VAULT = {"key_vault_name": "example-test-kv", "key_vault_resource_group": "example", "key_vault_location": "koreacentral"}
GROUP = {"resource_group_name": "example", "resource_group_location": "koreacentral"}
SES = {"tencent_ses_domain": "mail.example.com"}
OSS = {"oss_region": "cn-shanghai", "oss_buckets": [{"name": "example-charts"}]}


def look(cloud: str, **variables: t.Any) -> Findings:
    return check([Host("main", ["all", cloud], variables, variables.__getitem__)])[0]


def problems(cloud: str, **variables: t.Any) -> str:
    return "\n".join(look(cloud, **variables).problems)


@pytest.mark.parametrize(
    ("cloud", "variables"),
    [("cloudflare", DNS), ("azure", {**GROUP, **VAULT}), ("tencent", SES), ("alibaba", OSS), ("azure", {"my_own": 1}), ("alibaba", {})],
)
def test_nothing_is_wrong_with_what_is_right(cloud: str, variables: dict[str, t.Any]) -> None:
    found = look(cloud, **variables)
    assert (found.problems, found.warnings) == ({}, {})


BAD: list[tuple[str, dict[str, t.Any], str]] = [
    ("kubernetes", {"external_secrets_chart_version": "2.9.O"}, "external_secrets_chart_version: 2.9.O: this is not one version"),
    ("kubernetes", {"ingress_controller": "ingress_nginx"}, "is retired: take traefik, or say ingress_accept_retired_controller: true"),
    ("kubernetes", {"ingress_controller": "traefk"}, "value of ingress_controller must be one of: traefik"),
    ("cloudflare", {**DNS, "cloudflare_dns_recrods": []}, "no variable cloudflare_dns_recrods: did you mean cloudflare_dns_records?"),
    ("cloudflare", {"cloudflare_dns_zone": "example.com"}, "missing required arguments: cloudflare_dns_owner, cloudflare_dns_records"),
    ("cloudflare", {**DNS, "cloudflare_dns_purge": "some"}, "value of cloudflare_dns_purge must be one of: none, owned, all"),
    ("cloudflare", {**DNS, "cloudflare_dns_zone": "not a domain"}, "cloudflare_dns_zone: not a domain is no domain"),
    ("cloudflare", {**DNS, "cloudflare_dns_records": [{"name": "a", "type": "A", "content": "1.2.3"}]}, "1.2.3 is no IPv4 address"),
    ("cloudflare", {**DNS, "cloudflare_dns_records": [{"name": "a", "type": "A", "content": "192.0.2.1"}] * 2}, "declared twice"),
    ("azure", {**VAULT, "key_vault_name": "no--good"}, "key_vault_name: key_vault name 'no--good' is invalid"),
    ("azure", {**VAULT, "key_vault_secrets": [{"name": "a_b"}]}, "secret name 'a_b' is invalid"),
    ("azure", {**VAULT, "key_vault_secrets": [{"name": "a"}, {"name": "A"}]}, "key_vault_secrets[].name: a is declared 2 times"),
    ("alibaba", {**OSS, "oss_buckets": [{"name": "Charts"}]}, "oss_buckets[].name"),
    (
        "alibaba",
        {**OSS, "oss_buckets": [{"name": "charts", "versionning": "Enabled"}]},
        "oss_buckets[0] (charts): oss_bucket has no option versionning: did you mean versioning?",
    ),
    ("alibaba", {**OSS, "oss_buckets": [{"name": "charts", "acl": "privat"}]}, "(charts): value of acl must be one of: private"),
    ("alibaba", {**OSS, "oss_buckets": [{"name": "charts", "cors_rules": [{"allowed_origin": ["*"]}]}]}, "allowed_origin"),
    (
        "cloudflare",
        {**DNS, "cloudflare_dns_records": [{"name": "a", "type": "A", "content": "192.0.2.1", "proxy": True}]},
        "cloudflare_dns_records[0] (a): cloudflare_records has no option proxy: did you mean proxied?",
    ),
    ("azure", {**VAULT, "key_vault_secrets": [{"name": "a", "tagz": {}}]}, "key_vault_secrets has no option tagz: did you mean tags?"),
    ("tencent", {**SES, "tencent_ses_templates": [{"name": "a", "htm": "x"}]}, "has no option htm: did you mean html?"),
    ("alibaba", {**OSS, "oss_region": "Shanghai"}, "oss_region: Shanghai is no region of OSS"),
    ("alibaba", {**OSS, "oss_buckets": [{"name": "charts"}, {"name": "charts"}]}, "charts is declared 2 times"),
    ("tencent", {**SES, "tencent_ses_senders": [{"address": "a@other.example.com"}]}, "is not of the sender domain mail.example.com"),
    ("tencent", {**SES, "tencent_ses_zone": "example.net"}, "the sender domain mail.example.com is not in the zone example.net"),
    ("tencent", {**SES, "tencent_ses_test_mail": {"template": "gone"}}, "gone is not declared in tencent_ses_templates[].name"),
]


@pytest.mark.parametrize(("cloud", "variables", "sentence"), BAD, ids=[sentence for _, _, sentence in BAD])
def test_what_is_wrong_is_named(cloud: str, variables: dict[str, t.Any], sentence: str) -> None:
    assert sentence in problems(cloud, **variables)


def test_what_may_exist_elsewhere_is_a_warning() -> None:
    found = look(
        "alibaba",
        **{**OSS, "oss_buckets": [{"name": "charts", "replication": [{"target_bucket": "theirs", "target_region": "cn-hangzhou"}]}]},
    )
    assert (found.problems, len(found.warnings)) == ({}, 1)


def test_another_host_may_declare_what_one_refers_to() -> None:
    def host(name: str, **variables: t.Any) -> Host:
        return Host(name, ["all", "azure"], variables, variables.__getitem__)

    foundation, vault = host("foundation", **GROUP), host("vault", **VAULT)
    assert check([vault, foundation])[0].warnings == {}
    assert list(check([vault])[0].warnings) == ["key_vault_resource_group: example is not declared in resource_group_name"]


def test_a_slip_in_the_name_of_the_role_is_a_warning() -> None:
    found = look("cloudflare", **DNS, cloudflar_dns_purge="owned")
    assert (found.problems, len(found.warnings)) == ({}, 1)
    assert "cloudflare_dns_purge" in next(iter(found.warnings))


def test_what_a_playbook_provides_need_not_be_declared() -> None:
    raw = {"cloudflare_dns_zone": "example.com", "cloudflare_dns_records": []}
    host = Host("main", ["cloudflare"], raw, raw.__getitem__)
    assert not check([host], provided=["cloudflare_dns_owner"])[0].problems


def _cannot(name: str) -> t.Any:
    raise ValueError({"waits": "'tencent_ses_dns_records' is undefined", "misspelt": "'estate_nmae' is undefined"}[name])


def test_a_template_may_wait_for_a_fact_of_a_role_and_for_nothing_else() -> None:
    raw = {**DNS, "cloudflare_dns_dependent_records": "{{ … }}"}

    def evaluate(kind: str) -> t.Callable[[str], t.Any]:
        return lambda name: _cannot(kind) if name == "cloudflare_dns_dependent_records" else raw[name]

    assert not check([Host("main", ["cloudflare"], raw, evaluate("waits"))])[0].problems
    (problem,) = check([Host("main", ["cloudflare"], raw, evaluate("misspelt"))])[0].problems
    assert "refers to estate_nmae" in problem


# --- secrets ------------------------------------------------------------------

SECRETS: list[tuple[str, t.Any, list[str]]] = [
    ("tencent_secret_key", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", ["tencent_secret_key"]),
    ("app", {"db": [{"password": "hunter2"}]}, ["app.db[0].password"]),
    (
        "key_vault_secrets",
        [{"name": "a", "value": "x"}, {"name": "b", "value": "{{ lookup('env', 'B') }}"}],
        ["key_vault_secrets[0].value"],
    ),
    ("note", "LTAI5tC69qVm9pFuw9bnUe6V", ["note"]),
    ("note", "sk-0123456789abcdef0123456789abcdef", ["note"]),
    ("url", "mongodb://user:pa55@host:10255/?ssl=true", ["url"]),
    ("url", "https://example.com/path?x=1", []),
    ("pem", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", ["pem"]),
    ("oss_password", "{{ lookup('env', 'P') }}", []),
    ("oss_password", "$ANSIBLE_VAULT;1.1;AES256\n6162", []),
    ("oss_password", "", []),
    ("dashscope_secret_name", "dashscope-api-key", []),
    ("key_vault_location", "koreacentral", []),
]


@pytest.mark.parametrize(("name", "value", "paths"), SECRETS, ids=[f"{name} {place}" for place, (name, _, _) in enumerate(SECRETS)])
def test_secrets_in_plain_sight_are_found_and_not_told(name: str, value: t.Any, paths: list[str]) -> None:
    assert list(secrets_in(name, value)) == paths
    told = problems("cloudflare", **{name: value})
    assert all(path in told for path in paths)
    assert not any(word in told for word in ("Gu5t9x", "hunter2", "LTAI5", "sk-0123", "pa55", "MIIE"))


# --- two inventories ----------------------------------------------------------------


def own(**variables: t.Any) -> set[tuple[str, str]]:
    groups = ["cloudflare", "alibaba", "tencent", "azure"]
    hosts = [Host(group, [group], variables, variables.__getitem__) for group in groups]
    return check(hosts)[1]


def test_two_inventories_share_nothing() -> None:
    record = {"name": "www", "type": "A", "content": "192.0.2.1"}
    here = own(**VAULT, **OSS, **{**DNS, "cloudflare_dns_records": [record]})
    assert len(compare(here, {"prod": here}).problems) == 3
    there = own(**{**VAULT, "key_vault_name": "example-kv"}, **{**DNS, "cloudflare_dns_records": [{**record, "name": "app"}]})
    assert not compare(here, {"prod": there}).problems


def ingress(*names: str, **more: t.Any) -> tuple[Findings, set[tuple[str, str]]]:
    """An inventory with an ingress that feeds these names of the zone."""
    dns = {**DNS, "cloudflare_dns_records": [{"name": "www", "type": "A", "content": "192.0.2.1"}]}
    cluster = {"ingress_dns_names": list(names), **more}
    return check(
        [Host("cf", ["cloudflare"], dns, dns.__getitem__), Host("aks", ["kubernetes"], cluster, cluster.__getitem__)],
        ["ingress_controller"],
    )


def test_what_the_ingress_feeds_is_owned_too() -> None:
    _, here = ingress("@", "app")
    assert {name for kind, name in here if kind == "DNS record"} == {"www.example.com A", "example.com A", "app.example.com A"}
    _, there = ingress("APP.example.com.")
    assert any(
        "DNS record app.example.com A is declared in the inventory prod too" in each for each in compare(here, {"prod": there}).problems
    )
    _, off = ingress("app", ingress_enabled=False)
    assert ("DNS record", "app.example.com A") not in off


def test_a_record_is_fed_by_one_of_the_two() -> None:
    found, _ = ingress("www")
    assert any("www.example.com A is declared in cloudflare_dns_records too" in each for each in found.problems)
    assert not any("cloudflare_dns_records too" in each for each in ingress("app")[0].problems)


def test_a_name_of_the_other_inventory_is_noticed() -> None:
    (problem,) = compare(own(**{**VAULT, "key_vault_name": "example-prod-kv"}), {"prod": set()}).problems
    assert "called after the inventory prod" in problem
    assert not compare(own(**{**VAULT, "key_vault_name": "products-kv"}), {"prod": set()}).problems


# --- what a host declares --------------------------------------------------------------


def test_roles_are_told_by_their_longest_name() -> None:
    assert declared_roles({"cloudflare_dns_zone": 1}, "cloudflare") == ["cloudflare_dns"]
    assert declared_roles({"key_vault_name": 1, "oss_region": 1}, "azure") == ["key_vault"]
    switched = {"cloudflare_zone_name": 1, "cloudflare_zone_check_registration": True}
    assert needs_of(switched, "cloudflare") == ["cloudflare_zone", "cloudflare_registration"]
    assert needs_of({"cloudflare_zone_check_registration": False}, "cloudflare") == ["cloudflare_zone"]


@given(st.sampled_from(sorted(options_of_roles())), st.sampled_from(sorted(CLOUDS)))
def test_every_variable_of_a_role_belongs_to_it(role: str, cloud: str) -> None:
    for variable in options_of_roles()[role][1]:
        assert set(declared_roles({variable: 1}, cloud)) <= {role}


def test_paths_find_what_is_there() -> None:
    variables = {"a": [{"b": [{"c": 1}, {}]}, {}], "d": {"e": 2}, "f": ["x"]}
    assert [at(variables, path) for path in ("a[].b[].c", "d.e", "f[]", "a.b", "none[].x")] == [[1], [2], ["x"], [], []]


ADVICE: list[tuple[dict[str, t.Any], str]] = [
    ({"cloudflare_dns_records": [{"name": "_dmarc", "type": "TXT", "content": "v=DMARC1; p=none"}]}, "DMARC with p=none"),
    ({"aks_kubernetes_version": "1.32.6"}, "long-term"),
    ({"dashscope_region": "cn-hangzhou"}, "no Model Studio in cn-hangzhou"),
    ({"b2c_tenant": "x"}, "Azure AD B2C"),
    ({"cloudflare_zone_settings": {"ssl": "strict"}, "cloudflare_dns_records": [{"name": "@", "proxied": False}]}, "proxied traffic only"),
    ({"oss_buckets": [{"cors_rules": [{"allowed_origins": ["*"]}]}]}, "every origin"),
    ({"key_vault_purge_protection": False}, "whoever may purge"),
]


@pytest.mark.parametrize(("variables", "word"), ADVICE, ids=[word for _, word in ADVICE])
def test_advice_is_given_where_it_applies(variables: dict[str, t.Any], word: str) -> None:
    (text,) = advisories(variables)
    assert word in text


def test_no_advice_without_reason() -> None:
    good = {
        "aks_kubernetes_version": "1.35",
        "cloudflare_dns_records": [{"name": "_dmarc", "content": "v=DMARC1; p=reject"}, {"name": "@", "proxied": True}],
        "cloudflare_zone_settings": {"ssl": "strict"},
        "oss_buckets": [{"cors_rules": [{"allowed_origins": ["https://example.com"]}]}],
        "dashscope_region": "cn-beijing",
        "oss_region": "cn-hangzhou",
    }
    assert advisories(good) == advisories({}) == []
