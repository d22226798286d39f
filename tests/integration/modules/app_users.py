# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two clouds that keep an application's user, and what the tests of both share."""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass

import pytest

from tests.cloud import LocalCloud
from tests.steps import Done, direct

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
