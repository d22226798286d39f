# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Items of an inventory's lists, checked against the very options of the module that will get them.

A role hands over the options that it knows by name, so a misspelt one would be ignored without a word.
"""

from __future__ import annotations

import copy
import difflib
import importlib
import typing as t
from dataclasses import dataclass

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Options = dict[str, dict[str, t.Any]]
_MODULES = "ansible_collections.klinematrix.hybrid_cloud.plugins.modules"


@dataclass(frozen=True)
class Item:
    """What the items of a variable are for. option: the module's option that takes the whole list; without it each item is a task.

    of_role: options of the module that the role sets itself, so that an item cannot have them.
    """

    module: str
    option: str | None = None
    of_role: frozenset[str] = frozenset()

    def options(self) -> Options:
        spec = importlib.import_module(f"{_MODULES}.{self.module}").MODULE.spec.options
        if self.option is not None:
            return copy.deepcopy(dict(spec[self.option]["options"]))
        found = {name: dict(option) for name, option in spec.items() if name not in self.of_role | _LOGIN}
        # What names the thing is required of an item; the rest may come from the role.
        return copy.deepcopy({name: {**option, "required": name in ("name", "address")} for name, option in found.items()})


# How a task logs in is not said by an item.
_LOGIN = frozenset(
    {"access_key_id", "access_key_secret", "security_token", "profile", "secret_id", "secret_key", "token", "api_token"}
    | {"auth_source", "tenant", "client_id", "secret", "subscription_id"}
)
ITEMS: dict[str, Item] = {
    "aks_maintenance_windows": Item("aks_cluster", "maintenance_windows"),
    "aks_node_pools": Item("aks_cluster", "node_pools"),
    "cdn_domains": Item("cdn_domain", of_role=frozenset({"verify_timeout", "timeout"})),
    "cloudflare_dns_records": Item("cloudflare_records", "records"),
    "dashscope_model_limits": Item("dashscope_model_limits", "limits"),
    "key_vault_secrets": Item("key_vault_secrets", "secrets"),
    "oss_buckets": Item("oss_bucket", of_role=frozenset({"wait", "wait_timeout", "cname_timeout"})),
    "tencent_ses_senders": Item("tencent_ses_sender", of_role=frozenset({"region"})),
    "tencent_ses_templates": Item("tencent_ses_template", of_role=frozenset({"region", "await_review", "review_timeout"})),
}


def bad_items(variables: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """Items with options that the module does not have, or values that it would refuse."""
    for variable, kind in ITEMS.items():
        items = variables.get(variable)
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, t.Mapping):
                name = item.get("name") or item.get("address") or item.get("model")
                where = f"{variable}[{place}]" + (f" ({name})" if isinstance(name, str) else "")
                yield from (f"{where}: {text}" for text in _problems(kind, item))


def _problems(kind: Item, item: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    options = kind.options()
    for unknown in [name for name in item if name not in options]:
        near = difflib.get_close_matches(unknown, options, n=1)
        yield f"{kind.module} has no option {unknown}" + (f": did you mean {near[0]}?" if near else "")
    # None stands for what is not given: the role's own specification has filled it in.
    known = {name: copy.deepcopy(value) for name, value in item.items() if name in options and value is not None}
    for text in ArgumentSpecValidator(options).validate(known).error_messages:
        yield text[:300]
