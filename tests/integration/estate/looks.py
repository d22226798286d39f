# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks of the estate with the very options that site.yml gives them, to be looked at again and again without Ansible."""

from __future__ import annotations

import base64
import gzip
import json
import re
import typing as t
from dataclasses import dataclass, replace
from urllib.parse import unquote

from tests.cloud import LocalCloud
from tests.steps import COLLECTION, direct, run_playbook

INVENTORY = ["-i", "inventories/test"]
MASKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
Finding = tuple[str, str, str]
State = dict[str, t.Any]


ARM = "management.azure.com"
CLUSTERS = ".azmk8s.io"


@dataclass(frozen=True)
class Look:
    """One task, and where it looked when nothing had changed: names of clouds, paths of Resource Manager and of a cluster's API server."""

    module: str
    options: dict[str, t.Any]
    places: frozenset[str] = frozenset()

    @property
    def in_cluster(self) -> bool:
        return "aks_cluster_id" in self.options

    def concerns(self, touched: set[str]) -> bool:
        """Whether it looks at something of what was touched, as `touched_by` names it. Whatever else it sees has not changed."""
        paths = [place for place in self.places if place.startswith("/")]
        return any(what in self.places or any(what.startswith(path) or path.startswith(what) for path in paths) for what in touched)

    def narrowed(self, touched: set[str]) -> Look:
        """Of a task for many resources only those that were touched."""
        if self.module != "azure_resources":
            return self
        items = [each for each in self.options["resources"] if any(key.endswith(f"/{each['name'].lower()}") for key in touched)]
        return replace(self, options={**self.options, "resources": items}) if items else self


def _stored_values(cloud: LocalCloud, namespace: str, name: str) -> State:
    """The values with which a release was installed, as helm keeps them in the cluster; Ansible tells none of them."""
    (cluster,) = cloud.ask("GET", "state")["kubernetes"]["api"]["clusters"].values()
    kept = cluster["objects"]["secrets"]
    data = max((key, each) for key, each in kept.items() if key.startswith(f"{namespace}/sh.helm.release.v1.{name}."))[1]["data"]["release"]
    return t.cast(State, json.loads(gzip.decompress(base64.b64decode(base64.b64decode(data))))["config"])


def looks_of(cloud: LocalCloud) -> list[Look]:
    """The tasks of a drift run on a converged estate, from what Ansible itself tells of their arguments."""
    ran = run_playbook(cloud, "playbooks/drift.yml", INVENTORY, {"ANSIBLE_INJECT_INVOCATION": "true"})
    assert ran.code == 0, ran.output[-4000:]
    secrets = {"cloudflare-api-token": cloud.environment["APP_CLOUDFLARE_API_TOKEN"]}
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
            if done.action.endswith(".helm_release"):
                options["values"] = _stored_values(cloud, options["namespace"], options["name"])
            found.append(Look(done.action.rpartition(".")[2], _given(options)))
    assert len(found) > 8
    return [replace(look, places=_places(direct(cloud, look.module, check=True, **look.options).calls)) for look in found]


def _places(calls: list[dict[str, t.Any]]) -> frozenset[str]:
    return frozenset(_place(call) for call in calls)


def _place(call: dict[str, t.Any]) -> str:
    if call["host"] == ARM:
        return unquote(call["path"]).lower()
    if call["host"].endswith(CLUSTERS):
        # Without the group and the version: plural names tell enough here.
        return re.sub(r"^/(api/v1|apis/[^/]+/[^/]+)", "", call["path"]) or "discovery"
    return str(call["cloud"])


def touched_by(before: State, after: State) -> set[str]:
    """What differs between two states of the local cloud: clouds by name, resources and role assignments of Azure by id.

    `azure` itself stands for what is not asked of Resource Manager: secrets and the directory. They depend on vaults and roles, too.
    """
    found = {name for name in before if name not in ("azure", "kubernetes") and before[name] != after[name]}
    if "kubernetes" in before:
        there, now = _objects(before), _objects(after)
        found |= {path for path in there.keys() | now.keys() if there.get(path) != now.get(path)}
    if "azure" not in before:
        return found
    azure, changed = before["azure"], after["azure"]
    if any(azure[section] != changed[section] for section in azure if section != "arm"):
        found.add("azure")
    for section in azure["arm"]:
        if azure["arm"][section] == changed["arm"][section]:
            continue
        if section in ("resources", "role_assignments"):
            old, new = azure["arm"][section], changed["arm"][section]
            found |= {key.lower() for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        else:
            found.add("/")
    if any("/vaults/" in key or "/roleassignments/" in key for key in found):
        found.add("azure")
    return found


def _objects(state: State) -> dict[str, State]:
    """Every object of every cluster, by its path without group and version."""
    return {
        f"{f'/namespaces/{space}' if space else ''}/{kind.partition('.')[0]}/{name}": each
        for cluster in state["kubernetes"]["api"]["clusters"].values()
        for kind, objects in cluster["objects"].items()
        for (space, _, name), each in ((key.partition("/"), each) for key, each in objects.items())
    }


def _given(value: t.Any) -> t.Any:
    """Without the options that were not given."""
    if isinstance(value, dict):
        return {key: _given(each) for key, each in value.items() if each is not None}
    return [_given(each) for each in value] if isinstance(value, list) else value


def findings(cloud: LocalCloud, looks: t.Iterable[Look]) -> list[Finding]:
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
