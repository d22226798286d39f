# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""alibaba_ram_user and tencent_cam_user: the user, its policy and what is refused. One behaviour, two clouds."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.modules.app_users import (
    ALIBABA,
    SITES,
    STORING,
    TENCENT,
    USER,
    Site,
    both,
    found,
    stored,
)
from tests.steps import BOTH_WAYS, direct, four_steps


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    cloud.once("app users", lambda: AzureRaw(cloud).with_secrets() and None)
    return cloud


@pytest.fixture
def kept(vault: LocalCloud, site: Site) -> LocalCloud:
    """The user is there, with its key in the vault."""
    vault.once(f"app users of {site.cloud}", lambda: site.keep(vault) and None)
    return vault


# --- the user ------------------------------------------------------------------


@pytest.mark.parametrize(("site", "in_process"), [(site, way) for site in (ALIBABA, TENCENT) for way in BOTH_WAYS])
def test_four_steps(vault: LocalCloud, site: Site, in_process: bool) -> None:
    steps = four_steps(vault, site.module, in_process=in_process, **site.options(rotate_after_days=90))
    preview, applied, again, _ = steps
    assert tuple(applied.writes) == (*site.made, *STORING)
    assert [change["action"] for change in preview.result["changes"]] == ["create"]
    assert preview.result["user"]["access_key_id"] == preview.result["user"]["id"] == "(known after apply)"
    ((key_id, key),) = site.keys(vault.ask("GET", "state")).items()
    secret = key[site.secret_field]
    assert stored(vault) == (key_id, secret, {"ID": key_id, "KEY": secret})
    shown = applied.result["user"]
    assert shown == again.result["user"]
    assert (shown["access_key_id"], shown["policies"], shown["old_access_key_id"]) == (key_id, [site.own], None)
    # Nobody passed the secret in, so nothing masks it: it must not be there at all.
    for done in steps:
        assert secret not in str(done.result)
        assert secret[4:-4] not in str(done.result)


@SITES
def test_drift_is_named_by_path_and_mended(kept: LocalCloud, site: Site) -> None:
    remark = site.remark
    statement = "Statement" if site.cloud == "alibaba" else "statement"
    with kept.state() as state:
        user = site.of(state)["users"][USER]
        user["Comments" if site.cloud == "alibaba" else "remark"] = "mine now"
        site.document(state)[statement].append({**site.policy[statement][0], "Action" if statement == "Statement" else "action": ["*"]})
        site.attach_admin(state)
    done = both(kept, site)
    assert {*found(done)} == {f"/{remark}", "/policy", f"/policies/{site.admin}"}
    assert found(done)[f"/{remark}"] == ("mine now", "the backend")
    assert found(done)[f"/policies/{site.admin}"] == ("attached", "detached")
    state = kept.ask("GET", "state")
    assert site.document(state) == site.policy
    assert len(site.of(state)["users"][USER]["policies"]) == 1


@SITES
def test_a_lost_right_comes_back_and_foreign_ones_may_stay(kept: LocalCloud, site: Site) -> None:
    with kept.state() as state:
        site.of(state)["users"][USER]["policies"].clear()
        site.attach_admin(state)
    done = both(kept, site, exclusive=False)
    assert found(done) == {f"/policies/{site.own}": (None, "attached")}
    assert done.result["user"]["policies"] == sorted([site.own, site.admin])


@SITES
def test_layout_and_order_of_keys_are_no_drift(kept: LocalCloud, site: Site) -> None:
    (statement,) = (value for name, value in site.policy.items() if name.casefold() == "statement")
    turned = {name: dict(reversed(each.items())) for each in statement for name in ("it",)}["it"]
    name = next(name for name in site.policy if name.casefold() == "statement")
    assert (
        site.keep(kept, policy={name: [turned], **{key: value for key, value in site.policy.items() if key != name}}).result["changes"]
        == []
    )


@SITES
def test_absent_takes_everything_but_the_secrets(kept: LocalCloud, site: Site) -> None:
    with kept.state() as state:
        site.attach_admin(state)
    gone = {"name": USER, "state": "absent"}
    preview, applied, again = (direct(kept, site.module, check=check, **gone) for check in (True, False, False))
    assert (applied.status, preview.result["diff"], preview.writes) == ("ok", applied.result["diff"], [])
    assert (again.result["changes"], again.result["user"]) == ([], None)
    state = kept.ask("GET", "state")
    assert (site.keys(state), USER in site.of(state)["users"]) == ({}, False)
    assert USER not in str(site.of(state)["policies"])
    assert stored(kept)[0]


@SITES
def test_a_policy_that_others_have_too_stays(kept: LocalCloud, site: Site) -> None:
    with kept.state() as state:
        users = site.of(state)["users"]
        uin = {"uin": 5} if site.cloud == "tencent" else {}
        users["other"] = {**users[USER], **uin, "UserName": "other", "name": "other"}
    assert direct(kept, site.module, name=USER, state="absent").status == "ok"
    assert site.document(kept.ask("GET", "state")) == site.policy


# --- what is refused -----------------------------------------------------------


@SITES
def test_a_run_that_was_interrupted_goes_on(vault: LocalCloud, site: Site) -> None:
    vault.fault("status", cloud=site.cloud, action=site.made[2].split()[1], status=400, code="InvalidParameter")
    assert site.run(vault).status == "failed"
    done = both(vault, site)
    assert tuple(done.writes) == (*site.made[2:], *STORING)


@SITES
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"retire_after_days": 90, "rotate_after_days": 90}, "must be retired before"),
        ({"retire_after_days": 0}, "at least 1"),
        ({"policy": {"Version": 1}}, "a text"),
        ({"policy_name": "a b"}, "policy_name a b"),
        ({"name": "a b", "policy_name": "p"}, "name a b"),
        ({"secret_name": "app-key-id"}, "must differ"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_call(vault: LocalCloud, site: Site, options: dict[str, t.Any], said: str) -> None:
    done = site.run(vault, check=True, **options)
    assert (done.status, done.calls) == ("failed", [])
    assert said in done.result["msg"]


@SITES
def test_the_user_of_the_run_itself_is_refused(kept: LocalCloud, site: Site) -> None:
    """Its rights would be taken away while it is at work."""
    with kept.state() as state:
        site.attach_admin(state)
        user = site.of(state)["users"].pop(USER)
        keys = state[site.cloud]["credentials"]["access_keys" if site.cloud == "alibaba" else "secret_ids"]
        (uin,) = {key.get("uin") for key in keys.values() if key["user"] == "deployer"}
        site.of(state)["users"]["deployer"] = {**user, "UserName": "deployer", "name": "deployer", "uin": uin}
    for options in ({}, {"state": "absent"}):
        done = site.run(kept, check=True, **{"name": "deployer", **options})
        assert (done.status, done.result["failure"]["code"]) == ("failed", "own_user"), done.result
