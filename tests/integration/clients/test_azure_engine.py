# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine under every resource type of Resource Manager, with a type made up for the test and a real poller."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from sandbox.authority import Authority
from sandbox.clouds.azure import Azure, account
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.rules import Field
from sandbox.clouds.azure.arm.types import ResourceType
from sandbox.http import Reply, Request
from sandbox.world import World
from tests.integration.clients.azure_raw import wait_for


class Widgets(ResourceType):
    name = "Microsoft.Sandbox/widgets"
    operations = "Widgets"
    versions = ("2026-01-01",)
    source = "nowhere: made up for a test"
    verified = "assumed"
    fields = (
        Field("properties/colour", one_of=("Red", "Green"), required=True),
        Field("properties/size", kind=int, between=(1, 10), default=3),
        Field("properties/shape", immutable=True),
        Field("properties/password", write_only=True),
        Field("properties/address", read_only=True),
    )
    seconds = {"create": 0.2, "update": 0.2, "delete": 0.2}
    shows_state = True
    serial = True
    busy = "OperationNotAllowed"


class Account:
    """A world of its own in this process, and a way to ask its Resource Manager."""

    def __init__(self, directory: Path) -> None:
        cloud = next(each for each in World(directory, Authority(directory)).clouds if isinstance(each, Azure))
        self.arm = cloud.arm
        self.token = cloud.entra.token_for("https://management.azure.com", account.DEPLOYER_OBJECT_ID, account.DEPLOYER_APP_ID)[0]
        self.arm.data["providers"]["Microsoft.Sandbox"] = {"state": "Registered", "until": 0}
        self.group = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/rg"
        self.widget = f"{self.group}/providers/microsoft.sandbox/WIDGETS/one"
        assert self.ask("PUT", self.group, {"location": "koreacentral"}, "2024-03-01").status == 201

    def ask(self, method: str, path: str, body: t.Any = None, version: str = "2026-01-01") -> Reply:
        path, _, query = path.removeprefix("https://management.azure.com").partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}"}
        match = self.arm.match(Request(method, "https", "management.azure.com", path, query or f"api-version={version}", headers, sent))
        assert match is not None
        return match.call()

    def put(self, **properties: t.Any) -> Reply:
        return self.ask("PUT", self.widget, {"location": "Korea Central", "properties": {"colour": "red"} | properties})

    def idle(self) -> dict[str, t.Any]:
        """The widget once nothing is under way."""
        return t.cast(
            "dict[str, t.Any]",
            wait_for(lambda: found if (found := self.read())["properties"]["provisioningState"] == "Succeeded" else None),
        )

    def read(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.ask("GET", self.widget).body))


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    if "microsoft.sandbox/widgets" not in engine.TYPES:
        engine.register(Widgets())
    return Account(tmp_path)


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["error"]["code"]


def test_a_slow_write_is_polled_until_it_is_done(azure: Account) -> None:
    made = azure.put()
    assert (made.status, json.loads(made.body)["properties"]["provisioningState"]) == (201, "Creating")
    assert code(azure.put(size=4)) == (409, "OperationNotAllowed")
    url = made.headers["Azure-AsyncOperation"]
    running = azure.ask("GET", url)
    assert (json.loads(running.body)["status"], running.headers["Retry-After"]) == ("InProgress", "1")
    wait_for(lambda: json.loads(azure.ask("GET", url).body)["status"] == "Succeeded")
    assert azure.read()["properties"]["provisioningState"] == "Succeeded"


def test_a_body_comes_back_in_normal_form(azure: Account) -> None:
    azure.put(password="hidden", address="mine", unknown=1, shape="round")
    found = azure.idle()
    assert found["id"] == azure.widget.replace("microsoft.sandbox/WIDGETS", "Microsoft.Sandbox/widgets")
    assert found["location"] == "koreacentral"
    assert found["properties"] == {"colour": "Red", "size": 3, "shape": "round", "provisioningState": "Succeeded"}


@pytest.mark.parametrize(
    "properties",
    [{"colour": None}, {"colour": "blue"}, {"size": 11}, {"size": "3"}, {"size": True}, {"shape": "square"}, {"shape": 3}],
)
def test_a_broken_rule_is_refused(azure: Account, properties: dict[str, t.Any]) -> None:
    azure.put(shape="round")
    azure.idle()
    assert code(azure.put(**properties)) == (400, "BadRequest")


def test_put_replaces_patch_merges_and_the_immutable_stays(azure: Account) -> None:
    azure.put(shape="round", size=5)
    azure.idle()
    azure.put()
    assert (azure.idle()["properties"]["size"], azure.read()["properties"]["shape"]) == (3, "round")
    azure.ask("PATCH", azure.widget, {"properties": {"size": 7}, "tags": {"a": "b"}})
    found = azure.idle()
    assert (found["properties"]["size"], found["properties"]["colour"], found["tags"]) == (7, "Red", {"a": "b"})


def test_a_slow_delete(azure: Account) -> None:
    azure.put()
    azure.idle()
    started = azure.ask("DELETE", azure.widget)
    assert started.status == 202
    assert azure.read()["properties"]["provisioningState"] == "Deleting"
    assert code(azure.put()) == (409, "OperationNotAllowed")
    assert azure.ask("GET", started.headers["Location"]).status == 202
    wait_for(lambda: azure.ask("GET", started.headers["Location"]).status == 200)
    assert code(azure.ask("GET", azure.widget)) == (404, "ResourceNotFound")
    assert azure.ask("DELETE", azure.widget).status == 204
