# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths into objects, and what of an object counts."""

from __future__ import annotations

import base64
import copy
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import MASK, Keyed, Map, differences, masked, overlay
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import fields, shape
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Ref
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.refusals import pointer

POD: dict[str, t.Any] = {
    "metadata": {"labels": {"app": "x", "a/b": "y"}},
    "spec": {
        "replicas": 2,
        "containers": [
            {"name": "web", "image": "a", "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}], "args": ["-v", "-q"]}
        ],
    },
}
WEB = ("f:spec", "f:containers", 'k:{"name":"web"}')


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("f:spec", "f:replicas"), 2),
        ((*WEB, "f:image"), "a"),
        ((*WEB, "f:ports", 'k:{"containerPort":53,"protocol":"UDP"}', "f:protocol"), "UDP"),
        ((*WEB, "f:ports", 'k:{"containerPort":80,"protocol":"TCP"}', "f:containerPort"), 80),
        ((*WEB, "f:args", 'v:"-q"'), "-q"),
        ((*WEB, "f:args", "i:0"), "-v"),
        (("f:spec", "f:nothing"), fields.MISSING),
        (("f:spec", "f:containers", 'k:{"name":"no"}', "f:image"), fields.MISSING),
        ((*WEB, "f:image", "f:deeper"), fields.MISSING),
    ],
)
def test_values_at_paths(path: fields.Path, value: t.Any) -> None:
    before = copy.deepcopy(POD)
    assert fields.value_at(POD, path) == value
    assert fields.value_at(fields.without(POD, path), path) in (fields.MISSING, "-q")  # what follows in a list moves up
    if value is not fields.MISSING:
        assert fields.value_at(fields.replaced(POD, path, value), path) == value
    assert before == POD


def test_pointers() -> None:
    udp = (*WEB, "f:ports", 'k:{"containerPort":53,"protocol":"UDP"}', "f:containerPort")
    assert fields.pointer_of(udp) == "/spec/containers/web/ports/53-UDP/containerPort"
    assert fields.pointer_of(("f:metadata", "f:labels", "f:a/b")) == "/metadata/labels/a~1b"
    assert pointer("spec.template.spec.containers[0].image") == "/spec/template/spec/containers/0/image"
    assert pointer("data[a/b]") == "/data/a~1b"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("/spec/replicas", ["/spec/replicas"]),
        ("/spec/containers/web/image", ["/spec/containers/web/image"]),
        ("/spec/containers/*/image", ["/spec/containers/web/image"]),
        ("/spec/containers/*/ports/80-TCP", ["/spec/containers/web/ports/80-TCP"]),
        ("/metadata/labels/a~1b", ["/metadata/labels/a~1b"]),
        ("/metadata/*", ["/metadata/labels"]),
        ("/spec/nothing", []),
        ("/spec/containers/web/args/1", ["/spec/containers/web/args/1"]),
    ],
)
def test_patterns(pattern: str, found: list[str]) -> None:
    paths = fields.matching(POD, shape.known_keys(POD), pattern)
    assert [fields.pointer_of(path) for path in paths] == found


def test_what_a_manager_owns() -> None:
    tree = {"f:spec": {"f:replicas": {}, "f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}}}}}
    assert set(fields.leaves(tree)) == {("f:spec", "f:replicas"), WEB, (*WEB, "f:image")}
    assert fields.keys_of([{"fieldsV1": tree}]) == {("spec", "containers"): ("name",)}
    assert fields.tree_of(fields.leaves(tree)) == tree


# --- what counts, and how it is compared -----------------------------------------------

SECRET = "canary-" + "s" * 30


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_secret_is_masked_wherever_its_values_stand() -> None:
    declared = {"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"new": SECRET}, "data": {"old": coded(SECRET + "2")}}
    wanted = shape.normal(declared)
    assert wanted["data"] == {"old": coded(SECRET + "2"), "new": coded(SECRET)}
    noted = {shape.LAST_APPLIED: SECRET}
    live = {"kind": "Secret", "metadata": {"name": "x", "annotations": noted}, "data": {"old": coded(SECRET + "1"), "gone": coded(SECRET)}}
    have = shape.stripped(live)
    rule = shape.rule_of([have, wanted], {})
    found = [each.as_json() for each in differences(rule, have, wanted)]
    assert [(each["path"], each["before"], each["after"]) for each in found] == [
        ("/data/old", MASK, MASK),
        ("/data/new", None, MASK),
        ("/data/gone", MASK, None),
    ]
    for text in (str(found), str(masked(rule, have)), str(shape.shown(declared)), str(shape.shown(live))):
        assert SECRET not in text
        assert coded(SECRET)[:20] not in text
    assert set(shape.secrets_of(declared)) == {SECRET, coded(SECRET + "2"), SECRET + "2"}


@pytest.mark.parametrize("data", [[SECRET], SECRET, {"a": {"b": SECRET}}])
def test_values_of_a_secret_of_another_shape_are_known_too(data: t.Any) -> None:
    assert shape.secrets_of({"kind": "Secret", "data": data}) == [SECRET]


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "List", "items": [{"kind": "SecretList", "items": [{"kind": "Secret", "stringData": {"a": SECRET}}]}]},
        {"kind": "secret", "data": {"a": SECRET}},
        {"stringData": SECRET},
        {"data": [SECRET]},
        SECRET,
    ],
)
def test_arguments_that_may_be_secrets_are_not_shown(given: t.Any) -> None:
    assert SECRET not in str(shape.shown(given))


def test_other_arguments_are_shown() -> None:
    settings = {"kind": "ConfigMap", "data": {"a": "b"}}
    assert shape.shown(settings) == settings


@pytest.mark.parametrize("data", [None, {}, {"a": coded(SECRET)}])
def test_a_secret_without_data_is_compared_masked_too(data: dict[str, str] | None) -> None:
    have = {"kind": "Secret", "data": {"old": coded(SECRET)}}
    want = {"kind": "Secret", **({} if data is None else {"data": data})}
    found = [each.as_json() for each in differences(shape.rule_of([have, want], {}), have, want)]
    assert found
    assert coded(SECRET)[:20] not in str(found)


def test_bookkeeping_and_notes_do_not_count() -> None:
    live = {
        "kind": "Deployment",
        "metadata": {"name": "x", "uid": "1", "resourceVersion": "2", "managedFields": [], "annotations": dict.fromkeys(shape.NOISE, "x")},
        "spec": {"a": None, "b": [{"c": None}]},
        "status": {"ready": 1},
    }
    assert shape.stripped(live) == {"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"b": [{}]}}


def test_lists_are_keyed_only_where_the_keys_tell_items_apart() -> None:
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53}]
    service = {"spec": {"ports": ports}}
    assert shape.known_keys(service) == {("spec", "ports"): ("port", "protocol")}
    assert shape.known_keys({"spec": {"ports": [*ports, {"port": 53, "protocol": "TCP"}]}}) == {}
    assert shape.known_keys({"spec": {"containers": [{"image": "a"}]}}) == {}
    spec = t.cast("Map", shape.rule_of([service], shape.known_keys(service)).rule("spec"))
    keyed = t.cast("Keyed", spec.rule("ports"))
    assert [keyed.label(port) for port in ports] == ["53-UDP", "53-TCP"]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("containers", [("/spec/containers/c", None)]),
        ("initContainers", [("/spec/initContainers/c", None), ("/spec/initContainers", ["b", "a"])]),
        ("env", [("/spec/env/c", None), ("/spec/env", ["b", "a"])]),
    ],
)
def test_where_order_counts_it_is_a_finding_of_its_own(kind: str, found: list[tuple[str, t.Any]]) -> None:
    """What was put in between is one, too, and does not change the order of the rest."""
    have, same, want = ({"spec": {kind: [{"name": name} for name in names]}} for names in ("acb", "ab", "ba"))
    rule = shape.rule_of([have, want], shape.known_keys(have, want))
    assert [(each.path, each.after) for each in differences(rule, have, want)] == found
    assert [each.path for each in differences(rule, have, same)] == [found[0][0]]


def test_below_a_list_that_goes_by_place_every_order_counts() -> None:
    have, want = ({"spec": {"steps": [{"name": "p", "volumes": [{"name": name} for name in names]}]}} for names in ("qr", "rq"))
    rule = shape.rule_of([have, want], shape.known_keys(have, want))
    assert [(each.path, each.after) for each in differences(rule, have, want)] == [("/spec/steps/0/volumes", ["r", "q"])]


HTTP = {"path": "/api", "backend": {"service": {"name": "web", "port": {"name": "http"}}}}


@pytest.mark.parametrize(
    ("have", "found"),
    [
        ([{"host": "a"}, {"host": "c"}], {"/spec/rules/1/host": ("c", "b"), "/spec/rules/1/http/paths": (None, [HTTP])}),
        ([{"host": "a"}], {"/spec/rules/1/host": (None, "b"), "/spec/rules/1/http/paths": (None, [HTTP])}),
        ([{"host": "c"}, {"host": "a"}, {"host": "b"}], {"/spec/rules": ...}),
        (
            [{"host": "a"}, {"host": "b", "http": {"paths": [{**HTTP, "path": "/"}, HTTP]}}, {"host": "c"}],
            {
                "/spec/rules/1/http/paths/0/path": ("/", "/api"),
                "/spec/rules/1/http/paths/1": (HTTP, None),
                "/spec/rules/2": ({"host": "c"}, None),
            },
        ),
    ],
)
def test_lists_without_keys_are_compared_place_by_place_where_most_of_it_is_the_same(have: list[t.Any], found: dict[str, t.Any]) -> None:
    rules = [{"host": "a"}, {"host": "b", "http": {"paths": [HTTP]}}]
    before, after = {"spec": {"rules": have}}, {"spec": {"rules": rules}}
    rule = shape.rule_of([before, after], {})
    got = {each.path: (each.before, each.after) for each in differences(rule, before, after)}
    assert got == {path: (have, rules) if values is ... else values for path, values in found.items()}
    assert overlay(rule, before, after) == after


def test_variables_that_hold_secrets_are_masked_whoever_put_them_there() -> None:
    """Taken from a Secret by the declaration, or called as secrets are; also where the whole container is somebody's."""
    taken = {"name": "DATABASE", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}
    have = {
        "name": "web",
        "env": [{"name": "DATABASE", "value": SECRET}, {"name": "MODE", "value": "loud"}, {"name": "PASSWORD", "value": SECRET}],
    }
    side = {"name": "side", "env": [{"name": "API_TOKEN", "value": SECRET}]}
    before, after = {"spec": {"containers": [have, side]}}, {"spec": {"containers": [{"name": "web", "env": [taken]}]}}
    rule = shape.rule_of([before, after], shape.known_keys(before, after))
    found = {each.path: each.as_json()["before"] for each in differences(rule, before, after)}
    assert SECRET not in str(found)
    assert SECRET not in str(masked(rule, before))
    assert found["/spec/containers/web/env/DATABASE/value"] == "********"
    assert found["/spec/containers/web/env/MODE"] == {"name": "MODE", "value": "loud"}
    assert found["/spec/containers/web/env/PASSWORD"] == {"name": "PASSWORD", "value": "********"}
    assert found["/spec/containers/side"]["env"] == [{"name": "API_TOKEN", "value": "********"}]
    twice = {"spec": {"containers": [{**have, "env": [*have["env"], *have["env"]]}]}}
    rule = shape.rule_of([twice, after], shape.known_keys(twice, after))
    assert SECRET not in str([each.as_json() for each in differences(rule, twice, after)])


def test_an_empty_mapping_is_a_value() -> None:
    have, want = {"spec": {"volumes": [{"name": "tmp"}]}}, {"spec": {"volumes": [{"name": "tmp", "emptyDir": {}}]}}
    rule = shape.rule_of([have, want], shape.known_keys(have, want))
    assert [(each.path, each.after) for each in differences(rule, have, want)] == [("/spec/volumes/tmp/emptyDir", {})]


UNKNOWN = "x (known after apply)"


@pytest.mark.parametrize(
    ("declared", "live", "shown"),
    [
        ({"a": "1", "b": UNKNOWN}, {"b": "2"}, ["/b"]),
        ({"a": {"b": UNKNOWN, "c": "1"}}, {"a": {}}, ["/a/b"]),
        ({"a": {"b": UNKNOWN, "c": "1"}}, {}, ["/a"]),
        ({"env": [{"name": "A", "value": UNKNOWN}, {"name": "B", "value": "1"}]}, {"env": [{"name": "A", "value": "0"}]}, ["/env/A/value"]),
        ({"env": [{"name": "A", "value": UNKNOWN}]}, {"env": []}, ["/env/A"]),
        ({"env": [{"name": UNKNOWN, "value": "1"}]}, {"env": [{"name": "A"}]}, [f"/env/{UNKNOWN}"]),
        # Without keys: place by place, if there are as many; else as a whole.
        ({"args": ["-q", UNKNOWN]}, {"args": ["-q", "-v"]}, ["/args/1"]),
        ({"args": ["-q", UNKNOWN]}, {"args": ["-q"]}, ["/args"]),
        ({"a": "1"}, {}, []),
    ],
)
def test_where_something_is_known_after_apply(declared: dict[str, t.Any], live: dict[str, t.Any], shown: list[str]) -> None:
    found = fields.unknown_in(declared, live, {("env",): ("name",)})
    assert [fields.pointer_of(path) for path in found] == shown


values = st.recursive(
    st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["x", "y", "containers", "env"]), inner, max_size=3)
        | st.lists(inner, max_size=2)
        | st.lists(st.fixed_dictionaries({"name": st.sampled_from("pq")}, optional={"value": inner}), max_size=2)
    ),
    max_leaves=12,
)
objects = st.fixed_dictionaries({"kind": st.just("Pod"), "metadata": st.just({"name": "x"})}, optional={"spec": values, "data": values})


@given(have=objects, want=objects)
def test_whatever_the_shape_what_is_planned_is_what_is_compared(have: dict[str, t.Any], want: dict[str, t.Any]) -> None:
    rule = shape.rule_of([have, want], shape.known_keys(have, want))
    after = overlay(rule, have, want)
    assert not list(differences(rule, after, want))
    assert not list(differences(rule, have, have))
    # What is compared as a whole is compared without a gap.
    assert bool(list(differences(rule, have, want))) == (_sorted(have) != _sorted(want))


def _sorted(value: t.Any) -> t.Any:
    """The order of items that have keys carries no meaning, unless they are variables."""
    if isinstance(value, dict):
        found = {key: _sorted(each) for key, each in value.items()}
        items = found.get("containers")
        named = isinstance(items, list) and all(isinstance(each, dict) and "name" in each for each in items)
        if named and len({each["name"] for each in items}) == len(items):
            found["containers"] = sorted(items, key=str)
        return found
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def test_names() -> None:
    assert str(Ref("apps", "Deployment", "test", "backend")) == "Deployment test/backend"
    assert str(Ref("", "Namespace", None, "test")) == "Namespace test"
