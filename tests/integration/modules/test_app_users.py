# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""alibaba_ram_user and tencent_cam_user against the local cloud: one behaviour, two clouds."""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.steps import BOTH_WAYS, Done, direct, four_steps

VAULT = "klinematrix-test-kv"
USER = "klinematrix-test-backend"
KEPT: dict[str, t.Any] = {
    "key_vault": VAULT,
    "id_secret_name": "app-key-id",
    "secret_name": "app-key-secret",
    "pair": {"secret_name": "app-credentials", "id_field": "ID", "secret_field": "KEY"},
}
OSS = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:charts/*"]}]}
MAIL = {"version": "2.0", "statement": [{"effect": "allow", "action": ["name/ses:SendEmail"], "resource": ["*"]}]}
DAY = 86400


@dataclass(frozen=True)
class Site:
    """How one of the two clouds is asked, and where its state is."""

    cloud: str
    module: str
    service: str
    remark: str
    policy: dict[str, t.Any]
    own: str
    admin: str
    secret_field: str
    made: tuple[str, ...]

    def options(self, **more: t.Any) -> dict[str, t.Any]:
        return {"name": USER, self.remark: "the backend", "policy": self.policy, **KEPT, **more}

    def run(self, cloud: LocalCloud, *, check: bool = False, **more: t.Any) -> Done:
        return direct(cloud, self.module, check=check, **self.options(**more))

    def keep(self, cloud: LocalCloud, **more: t.Any) -> Done:
        done = self.run(cloud, **more)
        assert done.status == "ok", done.result["msg"]
        return done

    def of(self, state: dict[str, t.Any]) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", state[self.cloud][self.service])

    def keys(self, state: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
        return {key_id: key for key_id, key in self.of(state)["access_keys"].items() if key["user"] == USER}

    def document(self, state: dict[str, t.Any]) -> dict[str, t.Any]:
        """Of the user's policy: the very object, to be changed."""
        policies = self.of(state)["policies"]
        if self.cloud == "alibaba":
            return t.cast("dict[str, t.Any]", policies[USER]["versions"][policies[USER]["default"]]["document"])
        (found,) = [each for each in policies.values() if each["name"] == USER]
        return t.cast("dict[str, t.Any]", found["document"])

    def attach_admin(self, state: dict[str, t.Any]) -> None:
        self.of(state)["users"][USER]["policies"].append(["System", "AdministratorAccess"] if self.cloud == "alibaba" else "1")

    def age(self, cloud: LocalCloud, key_id: str, days: float) -> None:
        moment = time.time() - days * DAY
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
        with cloud.state() as state:
            self.keys(state)[key_id]["created"] = text if self.cloud == "alibaba" else moment


ALIBABA = Site(
    "alibaba",
    "alibaba_ram_user",
    "ram",
    "comments",
    OSS,
    f"Custom:{USER}",
    "System:AdministratorAccess",
    "secret",
    ("POST CreateUser", "POST CreatePolicy", "POST AttachPolicyToUser", "POST CreateAccessKey"),
)
TENCENT = Site(
    "tencent",
    "tencent_cam_user",
    "cam",
    "remark",
    MAIL,
    f"User:{USER}",
    "QCS:AdministratorAccess",
    "key",
    ("POST AddUser", "POST CreatePolicy", "POST AttachUserPolicy", "POST CreateAccessKey"),
)
SITES = pytest.mark.parametrize("site", [ALIBABA, TENCENT], ids=lambda site: site.cloud)
STORING = ("PUT SetSecret", "PUT SetSecret", "PUT SetSecret")


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    cloud.once("app users", lambda: AzureRaw(cloud).with_secrets() and None)
    return cloud


@pytest.fixture
def kept(vault: LocalCloud, site: Site) -> LocalCloud:
    """The user is there, with its key in the vault."""
    vault.once(f"app users of {site.cloud}", lambda: site.keep(vault) and None)
    return vault


def newest(state: dict[str, t.Any], name: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", state["azure"]["vault"]["secrets"][VAULT][name]["versions"][-1])


def stored(cloud: LocalCloud) -> tuple[str, str, dict[str, str]]:
    """What the three secrets hold, as the applications get it."""
    state = cloud.ask("GET", "state")
    first, second, pair = (newest(state, name)["value"] for name in ("app-key-id", "app-key-secret", "app-credentials"))
    return first, second, json.loads(pair)


def found(done: Done) -> dict[str, tuple[t.Any, t.Any]]:
    """What differs, by path."""
    return {field["path"]: (field["before"], field["after"]) for change in done.result["changes"] for field in change["fields"]}


def both(cloud: LocalCloud, site: Site, **more: t.Any) -> Done:
    """A preview and the run that it was about: they must say the same."""
    preview = site.run(cloud, check=True, **more)
    applied = site.keep(cloud, **more)
    assert preview.writes == []
    assert (preview.result["changes"], preview.result["diff"]) == (applied.result["changes"], applied.result["diff"])
    assert site.keep(cloud, **more).result["changes"] == []
    return applied


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


# --- its key -------------------------------------------------------------------


@SITES
def test_an_old_key_lives_on_is_disabled_and_then_deleted(kept: LocalCloud, site: Site) -> None:
    first, old_secret, _ = stored(kept)
    rotation = {"rotate_after_days": 90, "retire_after_days": 10}
    site.age(kept, first, 89.9)
    assert site.keep(kept, **rotation).result["changes"] == []
    site.age(kept, first, 90.1)
    done = both(kept, site, **rotation)
    assert found(done) == {"/secret": ("90 days old", "stored")}
    second, secret, pair = stored(kept)
    assert (second != first, secret != old_secret, pair) == (True, True, {"ID": second, "KEY": secret})
    assert (done.result["user"]["access_key_id"], done.result["user"]["old_access_key_id"]) == (second, first)
    status = {key_id: key["status"] for key_id, key in site.keys(kept.ask("GET", "state")).items()}
    assert status == {first: "Active", second: "Active"}

    site.age(kept, second, 9.9)
    assert site.keep(kept, **rotation).result["changes"] == []
    site.age(kept, second, 10.1)
    assert found(both(kept, site, **rotation)) == {"/old_key": ("active", "disabled")}
    assert site.keys(kept.ask("GET", "state"))[first]["status"] == "Inactive"
    site.age(kept, second, 20.1)
    done = both(kept, site, **rotation)
    assert found(done) == {"/old_key": ("disabled", "deleted")}
    assert done.result["user"]["old_access_key_id"] is None
    assert [*site.keys(kept.ask("GET", "state"))] == [second]


@SITES
def test_an_old_key_makes_room_for_the_next_one(kept: LocalCloud, site: Site) -> None:
    """A run that comes late finds two keys: the one in the vault is due, the one before it long over."""
    first = stored(kept)[0]
    site.age(kept, first, 91)
    site.keep(kept, rotate_after_days=90)
    second = stored(kept)[0]
    site.age(kept, second, 91)
    done = both(kept, site, rotate_after_days=90)
    assert found(done)["/old_key"] == ("active", "deleted")
    third = stored(kept)[0]
    assert {*site.keys(kept.ask("GET", "state"))} == {second, third}
    assert done.result["user"]["old_access_key_id"] == second


@SITES
@pytest.mark.parametrize("trouble", ["lost", "disabled", "deleted", "overwritten"])
def test_a_key_that_is_of_no_use_is_replaced(kept: LocalCloud, site: Site, trouble: str) -> None:
    first = stored(kept)[0]
    with kept.state() as state:
        keys = site.of(state)["access_keys"]
        if trouble == "lost":
            del state["azure"]["vault"]["secrets"][VAULT]["app-key-secret"]
        elif trouble == "disabled":
            keys[first]["status"] = "Inactive"
        elif trouble == "deleted":
            del keys[first]
        else:
            newest(state, "app-key-secret")["value"] = "something else"
    said = {
        "lost": "missing",
        "disabled": "of a disabled access key",
        "deleted": f"of access key {first}, which is not the user's",
        "overwritten": "refused",
    }
    done = both(kept, site)
    assert found(done) == {"/secret": (said[trouble], "stored")}
    second, secret, _ = stored(kept)
    keys = site.keys(kept.ask("GET", "state"))
    assert (second != first, keys[second][site.secret_field]) == (True, secret)
    # A key that was disabled is never enabled again.
    assert keys.get(first, {}).get("status") == {"disabled": "Inactive", "deleted": None}.get(trouble, "Active")


@SITES
def test_what_follows_from_the_secret_is_mended_without_another_key(kept: LocalCloud, site: Site) -> None:
    before = stored(kept)
    with kept.state() as state:
        newest(state, "app-key-id")["value"] = "other"
        newest(state, "app-credentials")["value"] = '{"ID": "other"}'
    done = both(kept, site)
    assert found(done) == {"/key_id": ("of another key", "stored"), "/pair": ("of another key", "stored")}
    assert (done.writes, stored(kept)) == (["PUT SetSecret", "PUT SetSecret"], before)


@SITES
def test_a_pair_put_there_by_hand_is_adopted(kept: LocalCloud, site: Site) -> None:
    with kept.state() as state:
        for name in ("app-key-id", "app-key-secret"):
            newest(state, name)["tags"] = {}
    done = site.keep(kept)
    assert (done.result["changes"], done.result["user"]["access_key_id"]) == ([], stored(kept)[0])


@SITES
def test_keys_of_others_are_told_and_left_alone(kept: LocalCloud, site: Site) -> None:
    first = stored(kept)[0]
    with kept.state() as state:
        keys = site.of(state)["access_keys"]
        keys["THEIRS"] = {**keys[first]}
    done = site.keep(kept)
    assert done.result["changes"] == []
    assert "THEIRS" in str(done.result["warnings"])
    site.age(kept, first, 91)
    for check in (True, False):
        done = site.run(kept, check=check, rotate_after_days=90)
        assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "too_many_keys", [])
        assert "THEIRS" in done.result["msg"]


@SITES
def test_a_secret_in_the_bin_is_recovered_and_a_new_key_is_proven(kept: LocalCloud, site: Site) -> None:
    assert direct(kept, "key_vault_secret", vault=VAULT, name="app-key-secret", state="absent").status == "ok"
    code = "InvalidAccessKeyId.NotFound" if site.cloud == "alibaba" else "AuthFailure.SecretIdNotFound"
    # The first one asks who we are ourselves.
    kept.fault("status", cloud=site.cloud, action="GetCallerIdentity", status=404 if site.cloud == "alibaba" else 200, code=code, skip=1)
    done = site.keep(kept)
    carried_out = [call["action"] for call in done.calls if call["write"] and call["status"] < 300]
    assert carried_out == ["CreateAccessKey", "RecoverDeletedSecret", "SetSecret", "SetSecret", "SetSecret"]
    assert [call["action"] for call in done.calls].count("GetCallerIdentity") == 3


@SITES
def test_a_key_that_cannot_be_stored_is_deleted_again(kept: LocalCloud, site: Site) -> None:
    first = stored(kept)[0]
    site.age(kept, first, 91)
    kept.fault("status", cloud="azure", action="SetSecret", status=400, code="BadParameter")
    done = site.run(kept, rotate_after_days=90)
    assert (done.status, done.writes[-1]) == ("failed", "POST DeleteAccessKey")
    assert "deleted again" in done.result["msg"]
    assert ([*site.keys(kept.ask("GET", "state"))], stored(kept)[0]) == ([first], first)
    # One that is stored in part stays: the rest follows from it in the next run.
    kept.fault("status", cloud="azure", action="SetSecret", status=400, code="BadParameter", skip=1)
    assert site.run(kept, rotate_after_days=90).status == "failed"
    done = both(kept, site, rotate_after_days=90)
    assert {*found(done)} == {"/key_id", "/pair"}
    assert stored(kept)[0] != first


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
