# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the operators of the local cloud read JSON, templates and durations: as the Go programs do, in their words."""

from __future__ import annotations

import pytest

from sandbox.clouds.kubernetes.operators.external_secrets import gjson
from sandbox.clouds.kubernetes.operators.external_secrets.template import BadTemplate, rendered
from sandbox.clouds.kubernetes.operators.objects import seconds_of

TEXT = '{"a": {"b": [1, {"c": "deep"}]}, "a.b": "dotted", "n": null, "t": true}'


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a.b.1.c", "deep"), ("a.b.#", "2"), ("a\\.b", "dotted"), ("a.b", '[1,{"c":"deep"}]'), ("n", "null"), ("t", "true")],
)
def test_paths(path: str, shown: str) -> None:
    assert gjson.shown(gjson.find(TEXT, path)) == shown


@pytest.mark.parametrize("path", ["nope", "a.b.2", "a.b.x", "t.u"])
def test_paths_that_lead_nowhere(path: str) -> None:
    assert gjson.find(TEXT, path) is gjson.MISSING
    assert gjson.find("no json", path) is gjson.MISSING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mongodb://host", "invalid character 'm' looking for beginning of value"),
        ("nothing", "invalid character 'o' in literal null (expecting 'u')"),
        ("", "unexpected end of JSON input"),
        ('{"a": "b', "unexpected end of JSON input"),
        ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a": 1 "b": 2}', "invalid character '\"' after object key:value pair"),
        ("{} x", "invalid character 'x' after top-level value"),
        ('["a"]', "json: cannot unmarshal array into Go value of type map[string]json.RawMessage"),
        ('"a"', "json: cannot unmarshal string into Go value of type map[string]json.RawMessage"),
        ("7", "json: cannot unmarshal number into Go value of type map[string]json.RawMessage"),
    ],
)
def test_what_is_no_object(text: str, said: str) -> None:
    with pytest.raises(gjson.NotJson) as raised:
        gjson.object_of(text)
    assert str(raised.value) == said


def test_objects() -> None:
    assert gjson.object_of('{"a": {"b": 1}}') == {"a": {"b": 1}}
    assert gjson.object_of("null") == {}


def test_templates() -> None:
    data = {"user": b"root", "pass-word": b"geheim"}
    text = 'x://{{ .user }}:{{ index . "pass-word" | b64enc | quote }}@host'
    assert rendered("url", text, data) == 'x://root:"Z2VoZWlt"@host'
    with pytest.raises(BadTemplate, match='map has no entry for key "nobody"'):
        rendered("url", "{{ .nobody }}", data)
    with pytest.raises(BadTemplate, match='function "sprout" not defined'):
        rendered("url", "{{ .user | sprout }}", data)
    with pytest.raises(BadTemplate, match="more than the local cloud's template engine understands"):
        rendered("url", "{{ range . }}{{ end }}", data)


def test_durations() -> None:
    assert [seconds_of(each) for each in ("1h0m0s", "1.5h", "300ms", "0", 300)] == [3600, 5400, 0.3, 0, 300]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'time: invalid duration ""'),
        ("often", 'time: invalid duration "often"'),
        ("10", 'time: missing unit in duration "10"'),
        ("1h.s", 'time: invalid duration "1h.s"'),
        ("1d", 'time: unknown unit "d" in duration "1d"'),
        ("1 hour", 'time: unknown unit " hour" in duration "1 hour"'),
    ],
)
def test_what_is_no_duration(text: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        seconds_of(text)
    assert str(raised.value) == said
