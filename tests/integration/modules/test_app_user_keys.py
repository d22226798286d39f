# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""alibaba_ram_user and tencent_cam_user: the access key, in the vault and through its rotations. One behaviour, two clouds."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.modules.app_users import (
    SITES,
    VAULT,
    Site,
    both,
    found,
    newest,
    stored,
)
from tests.steps import direct


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    cloud.once("app users", lambda: AzureRaw(cloud).with_secrets() and None)
    return cloud


@pytest.fixture
def kept(vault: LocalCloud, site: Site) -> LocalCloud:
    """The user is there, with its key in the vault."""
    vault.once(f"app users of {site.cloud}", lambda: site.keep(vault) and None)
    return vault


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
