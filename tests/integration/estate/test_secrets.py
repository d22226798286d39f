# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret in any output, at the highest verbosity: not those that were passed in, not those that only the clouds know."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import Ran, run_playbook

INVENTORY = ["-i", "inventories/test", "-vvvv", "--diff"]
# Names of values in the local cloud's state that are secrets.
SECRET_KEYS = {"value", "key", "secret", "apiKeyValue", "client_secret", "api_token", "app_token"}
PLANTED = "canary-" + "s" * 40


def secrets_in(value: t.Any, key: str = "") -> t.Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from secrets_in(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from secrets_in(each, key)
    elif isinstance(value, str) and key in SECRET_KEYS and len(value) >= 20:
        yield value


def every_secret(cloud: LocalCloud) -> set[str]:
    state = cloud.ask("GET", "state")
    found = set(secrets_in(state["azure"]["vault"], "value")) | set(secrets_in(state["alibaba"]["modelstudio"]))
    for name in state:
        found |= set(secrets_in(state[name]["credentials"]))
    # The id of a key tells which one it is, as a user's name does: results and warnings say it.
    kept = state["azure"]["vault"]["secrets"]["klinematrix-test-kv"]
    ids = {version["value"] for name, each in kept.items() if name.endswith("-id") for version in each["versions"]}
    found -= ids - {PLANTED}
    # Tokens of Cloudflare are the keys of a mapping.
    found |= set(state["cloudflare"]["credentials"]["tokens"])
    assert len(found) >= 8
    return found


def leaked(cloud: LocalCloud, ran: Ran) -> list[str]:
    seen = ran.output + str([done.result for done in ran.done])
    # Shown shortened: a test must not leak what it looks for either.
    return sorted(secret[:6] + "…" for secret in every_secret(cloud) if secret in seen)


# site.yml looks at whatever drift.yml looks at. As modules, which takes long, it alone.
@pytest.mark.parametrize(
    ("in_process", "playbooks"),
    [("true", ["playbooks/drift.yml", "site.yml"]), ("false", ["site.yml"])],
    ids=["in process", "as modules"],
)
def test_nothing_leaks(cloud: LocalCloud, in_process: str, playbooks: list[str]) -> None:
    arguments = [*INVENTORY, "-e", f"hybrid_cloud_in_process={in_process}"]
    applied = run_playbook(cloud, "site.yml", arguments, timeout=500)
    assert applied.code == 0, applied.output[-3000:]
    assert leaked(cloud, applied) == []
    # Somebody puts another value there: the old one must not be shown either, neither when it is found nor when it is replaced.
    with cloud.state() as state:
        for secret in state["azure"]["vault"]["secrets"]["klinematrix-test-kv"].values():
            secret["versions"][-1]["value"] = PLANTED
    for playbook in playbooks:
        ran = run_playbook(cloud, playbook, arguments, timeout=500)
        assert "azure secret cloudflare-api-token/value" in ran.output
        assert PLANTED not in ran.output
        assert PLANTED not in str([done.result for done in ran.done])
        assert leaked(cloud, ran) == []
