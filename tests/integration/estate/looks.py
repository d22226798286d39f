# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks of the estate with the very options that site.yml gives them, to be looked at again and again without Ansible."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tests.cloud import LocalCloud
from tests.steps import COLLECTION, direct, run_playbook

INVENTORY = ["-i", "inventories/test"]
MASKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
Finding = tuple[str, str, str]


@dataclass(frozen=True)
class Look:
    module: str
    options: dict[str, t.Any]


def looks_of(cloud: LocalCloud) -> list[Look]:
    """The tasks of a drift run on a converged estate, from what Ansible itself tells of their arguments."""
    ran = run_playbook(cloud, "playbooks/drift.yml", INVENTORY, {"ANSIBLE_INJECT_INVOCATION": "true"})
    assert ran.code == 0, ran.output[-4000:]
    secrets = {
        "tencent-ses-secret-id": cloud.environment["APP_TENCENTCLOUD_SECRET_ID"],
        "tencent-ses-secret-key": cloud.environment["APP_TENCENTCLOUD_SECRET_KEY"],
        "tencent-ses-credentials": {
            "TENCENT_SECRET_ID": cloud.environment["APP_TENCENTCLOUD_SECRET_ID"],
            "TENCENT_SECRET_KEY": cloud.environment["APP_TENCENTCLOUD_SECRET_KEY"],
        },
        "cloudflare-api-token": cloud.environment["APP_CLOUDFLARE_API_TOKEN"],
    }
    found = []
    for done in ran.done:
        if not done.action.startswith(f"{COLLECTION}.") or done.action.endswith("drift_gate"):
            continue
        for result in done.result.get("results", [done.result]):
            if "invocation" not in result:
                continue  # an action that judges what others have found; it looks at no cloud
            options = {name: value for name, value in result["invocation"]["module_args"].items() if value is not None and value != MASKED}
            # Secrets are masked in what Ansible tells; they came from the environment.
            for secret in options.get("secrets", ()) if done.action.endswith("key_vault_secrets") else ():
                secret["value"] = secrets[secret["name"]]
            found.append(Look(done.action.rpartition(".")[2], _given(options)))
    assert len(found) > 8
    return found


def _given(value: t.Any) -> t.Any:
    """Without the options that were not given."""
    if isinstance(value, dict):
        return {key: _given(each) for key, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list) else value


def findings(cloud: LocalCloud, looks: list[Look]) -> list[Finding]:
    """What differs now. A refusal (an immutable value has changed) counts as a finding by the words of its error."""
    found: list[Finding] = []
    for look in looks:
        done = direct(cloud, look.module, check=True, **look.options)
        if done.status != "ok":
            found.append(("refused", look.module, done.result["msg"]))
        for change in done.result.get("changes", ()):
            paths = [field["path"] for field in change["fields"]] if change["action"] == "update" else [change["action"]]
            found += [(change["kind"], change["name"], path) for path in paths]
    return sorted(set(found))
