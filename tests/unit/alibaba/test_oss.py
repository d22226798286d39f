# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure parts of OSS: documents, lifecycle rules, comparisons, replication."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss import declared, documents, lifecycle, rules
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.client import region_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.options import SETTINGS as OPTIONS
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.replication import turned
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.settings import SETTINGS
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import differences

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


# --- documents ---------------------------------------------------------------


@given(st.dictionaries(st.sampled_from(["Prefix", "Suffix", "Key"]), TEXT, min_size=1))
def test_what_is_built_is_read_again(values: dict[str, str]) -> None:
    root = documents.parse("read", documents.build("Root", values))
    assert {name: documents.text(root, name) for name in values} == values


def test_a_document_repeats_leaves_out_and_spells_as_oss_does() -> None:
    built = documents.build("A", {"B": ["x & y", "<z>"], "C": None, "D": [], "E": True, "F": {"G": 3}})
    assert built == b"<A><B>x &amp; y</B><B>&lt;z&gt;</B><E>true</E><F><G>3</G></F></A>"


def test_namespaces_are_no_part_of_a_name() -> None:
    root = documents.parse("read", b'<A xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"><B>1</B></A>')
    assert (root.tag, documents.number(root, "B")) == ("A", 1)


@pytest.mark.parametrize("body", [b"", b"{}", b"<A>", b'<!DOCTYPE a [<!ENTITY b "c">]><A>&b;</A>'])
def test_what_is_no_document_is_an_error_of_the_cloud(body: bytes) -> None:
    with pytest.raises(CloudError) as error:
        documents.parse("read the CORS rules", body)
    assert (error.value.code, str(error.value).startswith("read the CORS rules: ")) == ("bad_answer", True)


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("Enabled", True), ("enabling", True), ("disabled", False), ("", False)])
def test_every_way_to_say_yes(text: str, expected: bool) -> None:
    assert documents.flag(documents.parse("read", documents.build("A", {"B": text})), "B") is expected


@pytest.mark.parametrize("text", ["cn-shanghai", "oss-cn-shanghai", "oss-cn-shanghai.aliyuncs.com", " cn-shanghai "])
def test_a_region_has_many_names(text: str) -> None:
    assert region_of(text) == "cn-shanghai"


# --- lifecycle rules ---------------------------------------------------------

DAYS = st.integers(1, 3000)
DATE = st.dates().map(lambda day: f"{day:%Y-%m-%d}".rjust(10, "0"))
WHEN = st.fixed_dictionaries({"days": DAYS}) | st.fixed_dictionaries({"created_before_date": DATE})
ACCESS = st.fixed_dictionaries({}, optional={"return_to_std_when_visit": st.booleans(), "allow_small_file": st.booleans()})
BY_ACCESS = st.builds(lambda days, words: {"days": days, "storage_class": "IA", "is_access_time": True, **words}, DAYS, ACCESS)
RULE = st.fixed_dictionaries(
    {"id": st.text("abc-", min_size=1, max_size=9), "abort_multipart_upload": WHEN},
    optional={
        "prefix": TEXT,
        "enabled": st.booleans(),
        "tags": st.dictionaries(TEXT.filter(bool), TEXT, max_size=3),
        "filter": st.fixed_dictionaries(
            {},
            optional={
                "object_size_greater_than": st.integers(0, 9**9),
                "not": st.lists(st.fixed_dictionaries({"prefix": TEXT}), max_size=2),
            },
        ),
        "noncurrent_version_expiration": st.fixed_dictionaries({"noncurrent_days": DAYS}),
        "transitions": st.lists(BY_ACCESS, max_size=3),
    },
)


@given(RULE)
def test_a_lifecycle_rule_survives_the_journey(rule: dict[str, t.Any]) -> None:
    """Declared, written, read: nothing differs, so a second run changes nothing."""
    wanted = lifecycle.declared("bucket", [rule])
    read = lifecycle.read(documents.parse("read", documents.build("LifecycleConfiguration", {"Rule": lifecycle.write(wanted)})))
    found = rules.BUCKET.fields["lifecycle_rules"]
    assert [each.path for each in differences(found, read, wanted)] == []


@pytest.mark.parametrize("text", ["2026-11-01", "2026-11-01T00:00:00.000Z", "2026-11-01 00:00:00", "2026-11-01T00:00:00+00:00"])
def test_a_day_has_one_form(text: str) -> None:
    assert lifecycle.midnight(text) == "2026-11-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["2026-11-01T08:00:00Z", "2026-11-01T00:00:00+08:00", "soon", "01.11.2026"])
def test_what_is_no_day_in_utc_is_none(text: str) -> None:
    assert lifecycle.midnight(text) is None


def test_what_oss_adds_to_a_rule_is_no_difference() -> None:
    wanted = lifecycle.declared("bucket", [{"id": "a", "transitions": [{"days": 9, "storage_class": "IA", "is_access_time": True}]}])
    written = lifecycle.write(wanted)
    written[0]["AtimeBase"] = 1700000000
    read = lifecycle.read(documents.parse("read", documents.build("LifecycleConfiguration", {"Rule": written})))
    assert read == wanted


# --- comparing ---------------------------------------------------------------

NAMES = st.lists(st.sampled_from(["oss:GetObject", "oss:PutObject", "oss:ListObjects"]), min_size=1, unique=True)
STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": NAMES, "Principal": NAMES, "Resource": NAMES},
    optional={"Condition": st.fixed_dictionaries({"IpAddress": st.fixed_dictionaries({"acs:SourceIp": NAMES})})},
)


def shuffled(value: t.Any, dice: random.Random) -> t.Any:
    """The same policy in another layout."""
    if isinstance(value, dict):
        keys = [*value]
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list):
        found = [shuffled(each, dice) for each in value]
        dice.shuffle(found)
        return found[0] if len(found) == 1 and isinstance(found[0], str) else found
    return value


@given(st.lists(STATEMENT, min_size=1, max_size=3), st.randoms())
def test_the_layout_of_a_policy_means_nothing(statements: list[dict[str, t.Any]], dice: random.Random) -> None:
    policy = {"Version": "1", "Statement": statements}
    assert rules.policy(shuffled(policy, dice)) == rules.policy(policy)


@given(st.lists(STATEMENT, min_size=2, max_size=2))
def test_what_a_policy_says_means_something(statements: list[dict[str, t.Any]]) -> None:
    one, other = ({"Version": "1", "Statement": [each]} for each in statements)
    plain = [json.dumps({key: sorted(v) if isinstance(v, list) else v for key, v in each.items()}, sort_keys=True) for each in statements]
    if plain[0] != plain[1] and "Condition" not in statements[0] | statements[1]:
        assert rules.policy(one) != rules.policy(other)


def test_all_is_put_delete_and_abort() -> None:
    assert rules.actions(["ALL"]) == rules.actions(["ABORT", "PUT", "DELETE"]) != rules.actions(["PUT"])


@pytest.mark.parametrize(
    ("have", "want", "expected"),
    [
        (
            [{"RuleNumber": "1", "Redirect": {"HostName": "a", "PassQueryString": "false"}}],
            [{"RuleNumber": 1, "Redirect": {"HostName": "a"}}],
            True,
        ),
        ([{"Redirect": {"PassQueryString": "true"}}], [{"Redirect": {"PassQueryString": True}}], True),
        ([{"Redirect": {"PassQueryString": "true"}}], [{"Redirect": {"PassQueryString": False}}], False),
        ([{"Condition": {"IncludeHeader": {"Key": "a"}}}], [{"Condition": {"IncludeHeader": [{"Key": "a"}]}}], True),
        ([{"RuleNumber": "1"}, {"RuleNumber": "2"}], [{"RuleNumber": 1}], False),
        ([], [{"RuleNumber": 1}], False),
        (None, [], True),
    ],
)
def test_routing_rules_are_compared_by_what_is_declared(have: t.Any, want: t.Any, expected: bool) -> None:
    assert rules.contains(have, want) is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": "Allow", "Principal": ["*"]}, True),
        ({"Effect": "Allow", "Principal": "*"}, True),
        ({"Effect": "Allow", "Principal": ["*"], "Condition": {"IpAddress": {}, "x": 1}}, False),
        ({"Effect": "Deny", "Principal": ["*"]}, False),
        ({"Effect": "Allow", "Principal": ["2345"]}, False),
    ],
)
def test_a_policy_for_everybody_is_public(statement: dict[str, t.Any], expected: bool) -> None:
    assert declared.grants_to_all({"Version": "1", "Statement": [statement]}) is expected


# --- replication -------------------------------------------------------------


def rule(target: str, **options: t.Any) -> dict[str, t.Any]:
    params = {"target_bucket": target, "target_region": "cn-hangzhou", **options}
    (found,) = declared.bucket({"name": "source", "region": "cn-shanghai", "replication": [params]})["replication"]
    return t.cast("dict[str, t.Any]", found)


def test_how_one_set_of_rules_becomes_another() -> None:
    before = [rule("gone"), rule("same"), rule("other", actions=["PUT"]), rule("timed")]
    after = [rule("same", historical_objects=False), rule("other"), rule("timed", rtc=True), rule("new", prefixes=["a/"])]
    removed, replaced, added, switched = turned(before, after)
    assert [[each["destination"] for each in group] for group in (removed, replaced, added, switched)] == [
        ["gone"],
        ["other"],
        ["other", "new:a/"],
        ["timed"],
    ]
    assert replaced[0]["actions"] == ["PUT"]


def test_a_rule_that_changes_in_more_than_rtc_is_replaced() -> None:
    _, replaced, added, switched = turned([rule("a")], [rule("a", rtc=True, actions=["PUT"])])
    assert (len(replaced), len(added), len(switched)) == (1, 1, 0)


# --- the tables ----------------------------------------------------------------


def test_every_option_has_a_rule_and_every_setting_an_option() -> None:
    ruled = {*rules.BUCKET.fields} - {"name", "region"}
    assert ruled == {*OPTIONS}
    written = {field for setting in SETTINGS for field in setting.fields}
    assert written | {"storage_class", "redundancy", "replication", "cnames"} == {*OPTIONS}


@pytest.mark.parametrize("name", ["ab", "A-bucket", "-bucket", "bucket-", "bu_cket", "b" * 64, "a.b.c"])
def test_names_that_oss_refuses(name: str) -> None:
    with pytest.raises(PlanError):
        declared.bucket_name(name)


@pytest.mark.parametrize("name", ["abc", "financial-agent-charts", "b" * 63, "0-0"])
def test_names_that_oss_takes(name: str) -> None:
    assert declared.bucket_name(name) == name


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"ReturnToStdWhenVisit": False, "AllowSmallFile": True}),
        ({"filter": {"object_size_less_than": 9}}, {"ReturnToStdWhenVisit": False}),  # OSS refuses the two together
    ],
)
def test_a_move_by_the_last_access_says_what_its_defaults_are(options: dict[str, t.Any], sent: dict[str, t.Any]) -> None:
    step = {"days": 9, "storage_class": "IA", "is_access_time": True}
    (written,) = lifecycle.write(lifecycle.declared("bucket", [{"id": "a", "transitions": [step], **options}]))
    assert written["Transition"] == [{"Days": 9, "StorageClass": "IA", "IsAccessTime": True, **sent}]
