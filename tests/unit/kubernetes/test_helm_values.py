# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of charts: merged, compared, kept secret, and refused where the chart does not know them."""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import MASK
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.documents import document
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.chart import Chart, Dependency
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.known_values import refuse_unknown
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.options import discreet
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.values import (
    Secrecy,
    as_stdin,
    declared_values,
    merged,
    same,
    steps_of,
    value_differences,
)
from tests.helm_charts import VALUES

ANY_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
MAPS = st.dictionaries(st.sampled_from(["a", "b", "c"]), ANY_VALUES, max_size=3)


def test_the_last_newline_of_a_file_belongs_to_its_last_text(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text("conf: |\n  a\n  b\n")
    assert declared_values(None, [str(path)]) == {"conf": "a\nb\n"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("1e3", 1000.0),
        ("0644", 420),
        ("0o644", 420),
        ("0x1f", 31),
        ("-12", -12),
        ("1.5", 1.5),
        ("1.2.3", "1.2.3"),
        ("yes", True),
        ("=", "="),
        ("'1'", "1"),
        ("1_000", 1000),
        ("008", 8.0),
        ("1_0.5", 10.5),
        ("n", False),
        ("~", None),
        ("190:20:30", "190:20:30"),
    ],
)
def test_scalars_are_what_go_reads(text: str, value: t.Any) -> None:
    found = document(f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


def test_files_and_inline_values_are_merged_in_order(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("image: {tag: '1', repository: a}\nlist: [1, 2]\nkeep: 1\n")
    (tmp_path / "two.yaml").write_text("image: {tag: '2'}\nlist: [3]\n")
    found = declared_values({"image": {"pullPolicy": "Always"}, "keep": None}, [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])
    assert found == {"image": {"tag": "2", "repository": "a", "pullPolicy": "Always"}, "list": [3], "keep": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [("- a\n", "no mapping"), ("a: 1\n---\nb: 2\n", "2 documents"), ("a: {b: hunter2", "in line 2"), (None, "cannot be read")],
)
def test_bad_files_are_named_without_what_is_in_them(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "values.yaml"
    if text:
        file.write_text(text)
    with pytest.raises(PlanError, match=message) as caught:
        declared_values({}, [str(file)])
    assert "hunter2" not in str(caught.value)


def test_keys_are_text_as_go_makes_them(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("tcp: {8080: ns/svc:80, true: x, 1.5: z}\nlist: [{1: a}]\n")
    found = declared_values({"tcp": {8080: "other"}}, [str(tmp_path / "one.yaml")])
    assert found == {"tcp": {"8080": "other", "true": "x", "1.5": "z"}, "list": [{"1": "a"}]}


@pytest.mark.parametrize("values", [{"x": 2**53 + 1}, {"x": [2**63 - 1]}, {"x": -(2**60) - 1}])
def test_large_numbers_are_the_same_when_helm_has_kept_them(values: dict[str, t.Any]) -> None:
    kept = json.loads(json.dumps(values), parse_int=float)
    assert value_differences(kept, values, Secrecy()) == []
    assert value_differences({"x": 10**400}, {"x": "1"}, Secrecy())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_helm_reads_is_what_was_declared(text: str) -> None:
    sent = as_stdin({"a": text})
    assert json.loads(sent) == {"a": text}
    assert not any(character in sent for character in "\x7f\x85\x9f\u2028\ufeff")


@given(MAPS, MAPS)
def test_what_is_merged_over_wins(under: dict[str, t.Any], over: dict[str, t.Any]) -> None:
    found = merged(under, over)
    assert merged(found, over) == found
    assert {*found} == {*under, *over}


@given(MAPS, MAPS)
def test_differences_are_those_that_matter(have: dict[str, t.Any], want: dict[str, t.Any]) -> None:
    assert value_differences(have, json.loads(json.dumps(have)), Secrecy()) == []
    assert (value_differences(have, want, Secrecy()) == []) == same(have, want)


def test_differences_have_paths() -> None:
    have = {"image": {"tag": "1", "old/key": 1}, "list": [1], "flag": 1, "gone": {"deep": {"x": 1}}}
    want = {"image": {"tag": "2"}, "list": [1, 2], "flag": True, "new": {"a": {"b": []}}}
    found = {each.path: (each.before, each.after) for each in value_differences(have, want, Secrecy())}
    assert found == {
        "/values/image/tag": ("1", "2"),
        "/values/image/old~1key": (1, None),
        "/values/list": ([1], [1, 2]),
        "/values/flag": (1, True),
        "/values/gone/deep/x": (1, None),
        "/values/new/a/b": (None, []),
    }


SECRETS = [
    {"adminPassword": "hunter2"},
    {"auth": {"token": "hunter2"}},
    {"api_key": "hunter2"},
    {"env": [{"name": "MAIL_PASSWORD", "value": "hunter2"}]},
    {"declared": {"here": {"x": "hunter2"}}},
    {"inSecret": "hunter2hunter2"},
    {"dsn": "hunter2"},
    {"passwords": ["hunter2"]},
    {"adminPassword": [{"of": {"root": "hunter2"}}]},
    {"dbPass": "hunter2"},
    {"auth": {"pwd": "hunter2"}},
    {"connString": "hunter2"},
    {"clientSecretValue": "hunter2"},
    {"where": "mongodb://u:anotherhunter2@host"},
    {"inFile": "hunter2-in-a-line"},
    {"inUrl": "hunter2-in-an-address"},
]
KNOWN_SECRETS = frozenset(
    {
        "url=mongodb://u:hunter2hunter2@host",
        "anotherhunter2",
        "mode: a-mode-of-it\ndb_password = 'hunter2-in-a-line'\nurl: mongodb://u:hunter2-in-an-address@host\n",
        *("admin", "e", "5432", "production"),
    }
)


@pytest.mark.parametrize("values", SECRETS, ids=lambda values: str(next(iter(values))))
def test_secret_values_are_masked_on_both_sides(values: dict[str, t.Any]) -> None:
    secrecy = Secrecy((steps_of("declared.*"),), KNOWN_SECRETS)
    for have, want in ((values, {}), ({}, values)):
        (found,) = value_differences(have, want, secrecy)
        assert MASK in found.as_json().values()
        assert "hunter2" not in json.dumps(found.as_json())
    assert any("hunter2" in text for text in secrecy.hidden(values))


@pytest.mark.parametrize(
    "values",
    [
        *({"existingSecret": "name"}, {"secretName": "x"}, {"image": {"tag": "1"}}, {"token": True}, {"x": "url"}),
        *({"mode": "admin"}, {"mode": "a-mode-of-it"}, {"x": "e"}, {"port": 5432}, {"url": "https://production.example"}),
        *({"compass": "x"}, {"PWD": "x"}, {"proxy_pass": "x"}, {"volumes": [{"secret": {"secretName": "x"}}]}),
        {"imagePullSecrets": [{"name": "x"}]},
    ],
)
def test_other_values_are_shown(values: dict[str, t.Any]) -> None:
    (found,) = value_differences({}, values, Secrecy((), KNOWN_SECRETS))
    assert not found.rule.secret


@pytest.mark.parametrize(("number", "spelt"), [(12345678, "1.2345678e+07"), (314159, "314159"), (0.5, "0.5"), (10**400, f"1{'0' * 400}")])
def test_numbers_are_secret_as_texts_are_and_as_go_writes_them(number: float, spelt: str) -> None:
    (found,) = value_differences({}, {"password": number}, Secrecy())
    assert found.as_json()["after"] == MASK
    hidden = Secrecy((steps_of("pin"),)).hidden({"pin": number})
    assert {str(number), spelt, base64.b64encode(spelt.encode()).decode()} <= hidden


def test_only_what_is_secret_in_a_list_is_hidden_elsewhere() -> None:
    env = [{"name": "MAIL_PASSWORD", "value": "hunter2"}, {"name": "MODE", "value": "loud"}]
    assert {"hunter2"} < Secrecy().hidden({"env": env})
    assert "loud" not in Secrecy().hidden({"env": env})


def test_neither_texts_nor_numbers_nor_logins_are_among_the_shown_arguments() -> None:
    shown = discreet({"values": {"a": "x", "b": [1, 0.5, True, None]}, "chart": "tiny", "repository": "https://t0ken@charts.example"})
    assert shown == {"values": {"a": MASK, "b": [MASK, MASK, True, None]}, "chart": "tiny", "repository": MASK}


OF_ALL = {"global": {"properties": {"lease": {"$ref": "#/$defs/lease"}}}}  # as cert-manager: not in values.yaml
REDIS = Chart(
    "redis",
    "1.0.0",
    None,
    {"auth": {"enabled": True}, "global": {"storageClass": ""}},
    {"properties": OF_ALL, "$defs": {"lease": {"properties": {"seconds": {"type": "integer"}}}}},
)
CHART = Chart(
    "tiny",
    "1.0.0",
    None,
    {**VALUES, "cache": {"persistence": {"size": "1Gi"}}, "resources": {"requests": {}}, "pod": {"podLabels": {"app": "tiny"}}},
    {
        "properties": {
            "mode": {"type": "string"},
            "nested": {"$ref": "#/$defs/nested"},
            "image": {"properties": {"digest": {}}},
            "global": {"$ref": "#/$defs/all"},
        },
        "$defs": {"nested": {"properties": {"a": {}}}, "all": {"properties": {"revisionHistoryLimit": {"type": "integer"}}}},
    },
    (Dependency("cache", REDIS, ("cache.enabled", "global.caches"), ("backing",)), Dependency("missing", None)),
)
KNOWN: list[dict[str, t.Any]] = [
    {"replicas": 2, "image": {"tag": "x"}},
    {"env": {"anything": {"goes": 1}}, "tolerations": [{"x": 1}], "affinity": {"nodeAffinity": {}}},
    {"mode": "x", "image": {"digest": "sha256:0"}, "nested": {"whatever": 1}},
    {"cache": {"auth": {"enabled": False}, "persistence": {"size": "2Gi"}, "enabled": False}},
    {"global": {"revisionHistoryLimit": 2, "lease": {"seconds": 60}}},
    {"global": {"storageClass": "x"}, "tags": {"backing": False}, "missing": {"x": 1}},
    {"replicas": "2", "image": {"tag": 1.5}, "cache": {"enabled": 1}, "env": [], "affinity": "", "resources": ""},
    {"resources": {"limits": {"memory": "1Gi"}}, "pod": {"podLabels": {"team": "x"}}},
]
UNKNOWN: list[tuple[dict[str, t.Any], str]] = [
    ({"replicaz": 2}, r"/replicaz \(nearest: /replicas\)"),
    ({"image": {"tga": "x"}}, r"/image/tga \(nearest: /image/tag\)"),
    ({"repository": "x"}, r"/repository \(there is /image/repository\)"),
    ({"cache": {"auth": {"enabeld": 1}}}, r"/cache/auth/enabeld \(nearest: /cache/auth/enabled\)"),
    ({"global": {"storageclass": "x"}}, r"/global/storageclass \(nearest: /global/storageClass\)"),
    ({"global": {"revisionHistroyLimit": 2}}, r"/global/revisionHistroyLimit \(nearest: /global/revisionHistoryLimit\)"),
    ({"image": {"zzz": 1}}, r"/image/zzz \(known there: digest, repository, tag\)"),
    ({"replicaz": 1, "modus": 1}, "/replicaz .*/modus"),
]


ODD: list[tuple[dict[str, t.Any], str]] = [
    ({"replicas": {"now": "a map"}}, "/replicas is a mapping, there it is a single value"),
    ({"image": "nginx:1"}, "/image is text, there it is a mapping"),
    ({"image": ["nginx"]}, "/image is a list, there it is a mapping"),
    ({"cache": {"enabled": "false"}}, "/cache/enabled is text, there it is true or false"),
]


@pytest.mark.parametrize(("values", "message"), ODD)
def test_what_it_knows_as_something_else_is_refused(values: dict[str, t.Any], message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        refuse_unknown(CHART, values, [])
    assert caught.value.failure["code"] == "odd_values"
    refuse_unknown(CHART, values, ["*", "cache.enabled"])


@pytest.mark.parametrize("values", KNOWN)
def test_what_the_chart_knows_passes(values: dict[str, t.Any]) -> None:
    refuse_unknown(CHART, values, [])


@pytest.mark.parametrize(("values", "message"), UNKNOWN)
def test_what_it_does_not_know_is_refused_with_the_nearest(values: dict[str, t.Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        refuse_unknown(CHART, values, [])


@pytest.mark.parametrize("path", ["/image/zzz", "image.zzz", "image.*", "/image", "*.zzz"])
def test_named_paths_are_let_through(path: str) -> None:
    refuse_unknown(CHART, {"image": {"zzz": {"deeper": 1}}}, [path])
    with pytest.raises(PlanError, match="/other"):
        refuse_unknown(CHART, {"image": {"zzz": 1}, "other": 1}, [path])
