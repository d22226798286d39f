"""Plans: what is decided, in which order, and what is refused."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import MassDeletion, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.plan import DeletionGuard, Kind, after_plan, make_plan
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import Leaf, Map
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.unknown import KNOWN_AFTER_APPLY

KIND = Kind(
    "testcloud",
    "box",
    Map(
        {
            "size": Leaf(),
            "zone": Leaf(immutable=True),
            "tier": Leaf(immutable=lambda have, want: (have, want) == ("basic", "premium")),
            "born": Leaf(create_only=True),
            "key": Leaf(secret=True),
            "pin": Leaf(secret=True, write_only=True),
            "id": Leaf(),
        }
    ),
    outputs=("id",),
    id_field="id",
)

names = st.sampled_from(["a", "b", "c", "d"])
boxes = st.fixed_dictionaries({}, optional={"size": st.integers(0, 2), "born": st.integers(0, 2), "key": st.sampled_from(["k1", "k2"])})
haves = st.dictionaries(names, boxes, max_size=4)
wants = st.dictionaries(names, boxes | st.none(), max_size=4)


@given(have=haves, want=wants, purge=st.booleans())
def test_the_plan_of_what_was_applied_is_empty(have: t.Any, want: t.Any, purge: bool) -> None:
    after = after_plan(have, make_plan(KIND, have, want, purge=purge))
    assert make_plan(KIND, after, want, purge=purge) == []


@given(have=haves, want=wants)
def test_undeclared_things_stay_without_purge(have: t.Any, want: t.Any) -> None:
    after = after_plan(have, make_plan(KIND, have, want))
    assert {name: after.get(name) for name in have if name not in want} == {name: have[name] for name in have if name not in want}


@given(have=haves, want=wants, purge=st.booleans())
def test_deletions_come_first(have: t.Any, want: t.Any, purge: bool) -> None:
    actions = [change.action for change in make_plan(KIND, have, want, purge=purge)]
    assert actions == sorted(actions, key=lambda action: action != "delete")


def test_an_update_names_only_what_differs() -> None:
    (change,) = make_plan(KIND, {"a": {"size": 1, "key": "old-secret", "id": "i-1"}}, {"a": {"size": 2, "key": "new-secret"}})
    assert change.as_json() == {
        "cloud": "testcloud",
        "kind": "box",
        "name": "a",
        "id": "i-1",
        "action": "update",
        "fields": [{"path": "/size", "before": 1, "after": 2}, {"path": "/key", "before": "********", "after": "********"}],
    }
    assert change.as_diff() == {
        "before_header": "testcloud box a",
        "after_header": "testcloud box a (update)",
        "before": '/size: 1\n/key: "********"\n',
        "after": '/size: 2\n/key: "********"\n',
    }


def test_a_creation_has_markers_for_what_only_the_cloud_knows() -> None:
    (change,) = make_plan(KIND, {}, {"a": {"size": 1, "born": 3, "pin": "p"}})
    assert (change.action, change.after) == ("create", {"id": KNOWN_AFTER_APPLY, "size": 1, "born": 3, "pin": "p"})
    assert {each.path for each in change.differences} == {"/size", "/born", "/pin"}


def test_a_deletion_shows_what_goes_but_no_secret() -> None:
    (change,) = make_plan(KIND, {"a": {"size": 1, "key": "old-secret", "id": "i-1", "etag": "x"}}, {"a": None})
    assert change.as_json()["fields"] == [
        {"path": "/size", "before": 1, "after": None},
        {"path": "/key", "before": "********", "after": None},
    ]


def test_write_only_values_are_written_again_on_request_only() -> None:
    have, want = {"a": {"size": 1, "born": 1}}, {"a": {"size": 1, "born": 2, "pin": "p"}}
    assert make_plan(KIND, have, want) == []
    (change,) = make_plan(KIND, have, want, rewrite=True)
    assert [each.path for each in change.differences] == ["/pin"]


def test_immutable_changes_are_refused_with_the_value_that_is_there() -> None:
    with pytest.raises(PlanError, match=r"a/zone is 'x', declared 'y'.*nothing was changed.*never replaced silently") as caught:
        make_plan(KIND, {"a": {"zone": "x"}}, {"a": {"zone": "y"}})
    assert caught.value.failure["code"] == "immutable"


@pytest.mark.parametrize(("have", "want", "possible"), [("basic", "premium", True), ("premium", "basic", False)])
def test_allowed_transitions(have: str, want: str, possible: bool) -> None:
    plan = lambda: make_plan(KIND, {"a": {"tier": have}}, {"a": {"tier": want}})  # noqa: E731
    if possible:
        assert len(plan()) == 1
    else:
        with pytest.raises(PlanError, match="tier"):
            plan()


@pytest.mark.parametrize(
    ("total", "deleted", "passes"),
    [(1, 1, True), (2, 2, False), (3, 2, True), (3, 3, False), (10, 3, True), (10, 4, False), (100, 30, True), (100, 31, False)],
)
def test_mass_deletion(total: int, deleted: int, passes: bool) -> None:
    have = {str(number): {"size": 1} for number in range(total)}
    want = dict(list(have.items())[deleted:])
    if passes:
        assert len(make_plan(KIND, have, want, purge=True, guard=DeletionGuard())) == deleted
    else:
        with pytest.raises(MassDeletion, match=f"delete {deleted} of {total}.*allow_mass_delete: true"):
            make_plan(KIND, have, want, purge=True, guard=DeletionGuard())
