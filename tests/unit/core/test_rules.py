"""The comparison rules: laws that hold for every rule tree and every normal form."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core import normal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import (
    MASK,
    Keyed,
    Leaf,
    Listed,
    Map,
    differences,
    masked,
    overlay,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.unknown import KNOWN_AFTER_APPLY, has_unknown

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "a", "A", "b", "PT5M", "PT05M", "Korea Central", '"a" "b"', "10.0.0.1"])
)

NORMALS = [
    normal.exact,
    normal.folded,
    normal.location,
    normal.arm_id,
    normal.last_segment,
    normal.duration,
    normal.dns_name,
    normal.ip,
    normal.txt,
    normal.number,
    normal.quantity,
    normal.json_document,
    normal.set_of(),
    normal.set_of(normal.folded),
]

RULE = Map(
    {
        "name": Leaf(),
        "size": Leaf(normal=normal.number),
        "region": Leaf(normal=normal.location),
        "born": Leaf(create_only=True),
        "password": Leaf(secret=True, write_only=True),
        "owners": Leaf(normal=normal.set_of()),
        "pools": Keyed("name", Map({"name": Leaf(), "max": Leaf()})),
        "kept": Keyed("name", Map({"name": Leaf(), "max": Leaf()}), whole=False),
        "ports": Keyed(("port", "protocol"), Map({"port": Leaf(), "protocol": Leaf(), "name": Leaf()})),
        "labels": Map(other=Leaf(), whole=True),
        "spec": Map({"pools": Keyed("name", Map({"name": Leaf(), "max": Leaf()})), "key": Leaf(secret=True), "size": Leaf()}, whole=True),
        "rules": Listed(Map({"origin": Leaf(normal=normal.set_of()), "age": Leaf()})),
    }
)

pools = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("xyz")}, optional={"max": st.integers(0, 3)}),
    max_size=3,
    unique_by=lambda pool: pool["name"],
)
ports = st.lists(
    st.fixed_dictionaries({"port": st.integers(1, 2), "protocol": st.sampled_from(["TCP", "UDP"])}, optional={"name": st.just("p")}),
    max_size=3,
    unique_by=lambda port: (port["port"], port["protocol"]),
)
states = st.fixed_dictionaries(
    {},
    optional={
        "ports": ports,
        "labels": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3),
        "spec": st.fixed_dictionaries({}, optional={"pools": pools, "key": st.just("secret-three"), "size": scalars}),
        "name": scalars,
        "size": st.integers(0, 3) | st.sampled_from(["1", "2.0", 2.0]),
        "region": st.sampled_from(["Korea Central", "koreacentral", "Japan East"]),
        "born": st.integers(0, 3),
        "password": st.sampled_from(["secret-one", "secret-two"]),
        "owners": st.lists(st.sampled_from("abc"), max_size=3),
        "pools": pools,
        "kept": pools,
        "rules": st.lists(
            st.fixed_dictionaries({"origin": st.lists(st.sampled_from("ab"), max_size=2)}, optional={"age": st.integers(0, 2)}), max_size=3
        ),
    },
)


@pytest.mark.parametrize("form", NORMALS)
@given(value=scalars | st.lists(scalars, max_size=3) | st.text(max_size=12))
def test_a_normal_form_never_fails_and_is_equal_to_itself(form: normal.Normal, value: t.Any) -> None:
    assert form(value) == form(value)


@pytest.mark.parametrize(
    "form", [normal.folded, normal.location, normal.arm_id, normal.dns_name, normal.ip, normal.number, normal.json_document]
)
@example(value="NaN")
@given(value=st.text(max_size=12) | scalars)
def test_a_normal_form_of_its_own_type_is_stable(form: normal.Normal, value: t.Any) -> None:
    assert form(form(value)) == form(value)


@pytest.mark.parametrize(
    ("form", "same"),
    [
        (normal.location, ["Korea Central", "koreacentral", "KoreaCentral"]),
        (normal.arm_id, ["/subscriptions/S/resourceGroups/g", "/SUBSCRIPTIONS/s/resourcegroups/G/"]),
        (normal.duration, ["PT5M", "PT05M", "PT300S", "pt5m"]),
        (normal.dns_name, ["WWW.Example.com.", "www.example.com"]),
        (normal.txt, ["v=spf1 ~all", '"v=spf1 ~all"', '"v=sp" "f1 ~all"']),
        (normal.ip, ["2001:DB8:0::1", "2001:db8::1"]),
        (normal.quantity, ["1", "1000m", 1]),
        (normal.quantity, ["1Gi", "1024Mi"]),
        (normal.number, [10, 10.0, "10"]),
        (normal.json_document, ['{"b":1,"a":2}', {"a": 2, "b": 1}, '{ "a": 2, "b": 1 }']),
        (normal.set_of(), [["a", "b"], ["b", "a", "a"]]),
    ],
)
def test_same_things_written_differently(form: normal.Normal, same: list[t.Any]) -> None:
    assert len({form(value) for value in same}) == 1


@pytest.mark.parametrize(
    ("form", "left", "right"),
    [
        (normal.location, "Korea Central", "Korea South"),
        (normal.duration, "PT5M", "PT5S"),
        (normal.duration, "P1D", "PT1D"),
        (normal.txt, '"a b"', "a"),
        (normal.txt, '"a" b', "ab"),
        (normal.txt, "V=SPF1", "v=spf1"),
        (normal.dns_name, ".", ""),
        (normal.ip, "10.0.0.1", "10.0.0.2"),
        (normal.quantity, "1M", "1m"),
        (normal.number, True, 1.5),
        (normal.set_of(), ["a"], ["a", "b"]),
    ],
)
def test_different_things_stay_different(form: normal.Normal, left: t.Any, right: t.Any) -> None:
    assert form(left) != form(right)


@given(have=states | st.none(), want=states)
def test_what_is_planned_is_what_is_compared(have: t.Any, want: t.Any) -> None:
    assert not list(differences(RULE, overlay(RULE, have, want), want))


@given(have=states, want=states)
def test_what_is_not_declared_stays(have: t.Any, want: t.Any) -> None:
    after = overlay(RULE, have, want)
    assert {key: value for key, value in after.items() if want.get(key) is None} == {
        key: value for key, value in have.items() if want.get(key) is None
    }


@given(state=states)
def test_a_state_never_differs_from_itself(state: t.Any) -> None:
    assert not list(differences(RULE, state, state))


@given(have=states, want=states)
def test_secrets_are_never_shown(have: t.Any, want: t.Any) -> None:
    shown = [each.as_json() for each in differences(RULE, have, want, creating=True)]
    assert "secret-" not in str(shown)
    assert "secret-" not in str(masked(RULE, have))


def test_paths_lead_to_the_value() -> None:
    have = {"pools": [{"name": "x/1", "max": 3}, {"name": "old"}], "rules": [{"origin": ["a"]}]}
    want = {"pools": [{"name": "x/1", "max": 1}], "rules": [{"origin": ["a"], "age": 5}, {"origin": ["b"]}]}
    found = {each.path: (each.before, each.after) for each in differences(RULE, have, want)}
    assert found == {
        "/pools/x~11/max": (3, 1),
        "/pools/old": ({"name": "old"}, None),
        "/rules/0/age": (None, 5),
        "/rules/1/origin": (None, ["b"]),
    }


def test_items_that_are_not_declared_stay_where_the_list_is_not_whole() -> None:
    have = {"kept": [{"name": "x", "max": 1}, {"name": "y", "max": 2}]}
    want = {"kept": [{"name": "y", "max": 3}]}
    assert [each.path for each in differences(RULE, have, want)] == ["/kept/y/max"]
    assert overlay(RULE, have, want)["kept"] == [{"name": "y", "max": 3}, {"name": "x", "max": 1}]


def test_what_is_not_declared_goes_where_the_mapping_is_whole() -> None:
    have = {"labels": {"a": "x", "b": "y"}, "spec": {"pools": [{"name": "p", "max": 1}], "key": "secret-three", "size": 1}}
    want = {"labels": {"a": "x"}, "spec": {"size": 1}}
    found = {each.path: (each.before, each.after) for each in differences(RULE, have, want)}
    assert found == {"/labels/b": ("y", None), "/spec/pools/p": ({"name": "p", "max": 1}, None), "/spec/key": (MASK, None)}
    assert overlay(RULE, have, want) == want


def test_items_with_several_keys_stand_under_all_of_them() -> None:
    have = {"ports": [{"port": 53, "protocol": "UDP", "name": "a"}, {"port": 53, "protocol": "TCP"}]}
    want = {"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP", "name": "b"}]}
    assert [(each.path, each.before, each.after) for each in differences(RULE, have, want)] == [("/ports/53-UDP/name", "a", "b")]


def test_another_thing_in_its_place_leaves_nothing_behind() -> None:
    rule = Listed(Map({"name": Leaf(), "note": Leaf()}), identity=lambda each: each.get("name"))
    have = [{"name": "a", "note": "of a"}, {"name": "b", "note": "of b"}]
    assert overlay(rule, have, [{"name": "b"}, {"name": "b"}]) == [{"name": "b"}, {"name": "b", "note": "of b"}]
    assert [each.path for each in differences(rule, have, [{"name": "b"}, {"name": "b"}])] == ["/0/name"]


def test_create_only_and_write_only_count_only_at_creation() -> None:
    want = {"born": 1, "password": "secret-one"}
    assert not list(differences(RULE, {"born": 2}, want))
    assert {each.path for each in differences(RULE, None, want, creating=True)} == {"/born", "/password"}
    assert overlay(RULE, {"born": 2}, want)["born"] == 2


def test_a_removed_item_does_not_show_its_secrets() -> None:
    rule = Map({"users": Keyed("name", Map({"name": Leaf(), "key": Leaf(secret=True)}))})
    (gone,) = differences(rule, {"users": [{"name": "a", "key": "secret-one"}]}, {"users": []})
    assert gone.as_json() == {"path": "/users/a", "before": {"name": "a", "key": MASK}, "after": None}


def test_what_is_known_after_apply_always_differs() -> None:
    marker = f"https://{KNOWN_AFTER_APPLY}/x"
    assert has_unknown({"a": [marker]})
    assert [each.after for each in differences(RULE, {"name": marker}, {"name": marker})] == [marker]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        list(differences(RULE, {}, {"colour": "red"}))
