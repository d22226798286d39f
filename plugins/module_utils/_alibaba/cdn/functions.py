# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Functions configured on a domain: how they are told apart, compared, and brought about. Pure.

Names and arguments are the vendor's (help.aliyun.com, "Parameters for configuring features for domain names"). Reading a function
returns its arguments in another order and with defaults that nobody set, so only declared arguments are compared.
"""

from __future__ import annotations

import json
import typing as t

from ..._core import normal
from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map
from ..credentials import CLOUD

# Functions that a domain can have several times, and the arguments that tell their records apart. Any other function is there once.
TOLD_APART_BY: dict[str, tuple[str, ...]] = {
    "path_based_ttl_set": ("path",),
    "filetype_based_ttl_set": ("file_type",),
    "path_force_ttl_code": ("path",),
    "filetype_force_ttl_code": ("file_type",),
    "set_resp_header": ("key",),
    "set_req_header": ("key",),
    "origin_request_header": ("header_name",),
    "origin_response_header": ("header_name",),
    "back_to_origin_url_rewrite": ("source_url",),
    "host_redirect": ("regex",),
    "error_page": ("error_code",),
    "origin_host": ("origin",),
    "origin_sni": ("origin",),
    "origin_dns_host": ("ali_origin_dns_host",),
    "advanced_origin": ("variable_type", "variable", "conditions", "value"),
    "ali_origin_port_scheme": ("port",),
    "oss_key_list": ("host",),
    "self_defined_cachekey": ("uri",),
    "edge_function": ("name",),
    "condition": ("rule",),
}
CACHE_RULES = ("path_based_ttl_set", "filetype_based_ttl_set")
# Arguments that hold keys: of URL signing, and of other accounts' buckets.
_SECRETS = ("auth_key1", "auth_key2", "perm_private_oss_tbl")
BATCH = 50  # functions in one call (BatchSetCdnDomainConfig)

Record = dict[str, t.Any]
Entry = dict[str, t.Any]


def _extensions(value: t.Any) -> t.Any:
    """File types in any order: `png,jpg` is `jpg,png`."""
    return frozenset(part.strip().casefold() for part in value.split(",")) if isinstance(value, str) else value


def rule_of(secret: t.Collection[str] = ()) -> Keyed:
    """How a list of functions is compared. secret: further names of arguments that must not be shown."""
    arguments = {
        "file_type": Leaf(normal=_extensions),
        "rule": Leaf(normal=normal.json_document),
        **{name: Leaf(secret=True) for name in (*_SECRETS, *secret)},
    }
    return Keyed("function", Map({"function": Leaf(), "args": Map(arguments, other=Leaf())}))


def text_of(value: t.Any) -> str:
    """An argument as the API takes it: switches are on and off, everything is text."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else json.dumps(value)


def label_of(name: str, args: t.Mapping[str, str]) -> str:
    """What a function's record is called: its name, with what tells it from others of that name: `path_based_ttl_set /charts/`."""
    keys = [args.get(each, "") for each in TOLD_APART_BY.get(name, ())]
    if name.startswith("filetype_"):
        keys = [",".join(sorted(_extensions(keys[0])))]
    return " ".join((name, *keys))


def declared(params: t.Mapping[str, t.Any]) -> tuple[dict[str, Entry], list[str], set[str]]:
    """(declared functions by label, labels that must be absent, names of secret arguments). Raises PlanError."""
    entries: dict[str, Entry] = {}
    absent: list[str] = []
    secret: set[str] = set()
    for each in (*_of_options(params), *(params["functions"] or ())):
        args = {name: text_of(value) for name, value in {**(each.get("args") or {}), **(each.get("secret_args") or {})}.items()}
        label = label_of(each["name"], args)
        if label in entries or label in absent:
            raise PlanError(f"function {label} is declared twice", cloud=CLOUD, hint="Cache rules and switches are functions too")
        missing = [key for key in TOLD_APART_BY.get(each["name"], ()) if not args.get(key)]
        if missing and each["name"] != "self_defined_cachekey":
            raise PlanError(f"function {each['name']}: {missing[0]} is missing, which tells it from others of that name", cloud=CLOUD)
        secret |= set(each.get("secret_args") or ())
        if each.get("state") == "absent":
            absent.append(label)
        elif not args:
            raise PlanError(f"function {label} has no arguments", cloud=CLOUD)
        else:
            entries[label] = {"function": label, "name": each["name"], "args": args}
    return entries, absent, secret


def _of_options(params: t.Mapping[str, t.Any]) -> t.Iterator[Entry]:
    """The options that are functions under a friendlier name."""
    for option, name, argument in (
        ("private_origin", "l2_oss_key", "private_oss_auth"),
        ("force_https", "https_force", "enable"),
        ("http2", "https_option", "http2"),
    ):
        if params[option] is not None:
            yield {"name": name, "args": {argument: params[option]}}
    for rule in params["cache_rules"] or ():
        yield _cache_rule(rule)


def _cache_rule(rule: t.Mapping[str, t.Any]) -> Entry:
    path, kinds, ttl, weight = rule["path"], rule["file_types"], rule["ttl"], rule["weight"]
    if (path is None) == (kinds is None):
        raise PlanError("a cache rule needs either path or file_types", cloud=CLOUD)
    if path is not None and not path.startswith("/"):
        raise PlanError(f"the path {path} of a cache rule must begin with a slash", cloud=CLOUD)
    if kinds is not None and not kinds:
        raise PlanError("the file_types of a cache rule are empty", cloud=CLOUD)
    if not 0 <= ttl <= 99999999:
        raise PlanError(f"the ttl {ttl} of a cache rule is out of range: 0 to 99999999 seconds", cloud=CLOUD)
    if weight is not None and not 1 <= weight <= 99:
        raise PlanError(f"the weight {weight} of a cache rule is out of range: 1 to 99", cloud=CLOUD)
    where = {"path": path} if path is not None else {"file_type": ",".join(each.lstrip(".") for each in kinds or ())}
    more = {"weight": weight, "swift_origin_cache_high": rule["honor_origin"]}
    name = CACHE_RULES[path is None]
    return {"name": name, "args": {**where, "ttl": ttl, **{key: value for key, value in more.items() if value is not None}}}


def records_of(configs: t.Sequence[t.Mapping[str, t.Any]]) -> list[Record]:
    """Configurations as the API returns them. Those under a condition of the rules engine are not ours to compare."""
    found = []
    for each in configs:
        if each.get("ParentId"):
            continue
        args = {one["ArgName"]: one.get("ArgValue") or "" for one in (each.get("FunctionArgs") or {}).get("FunctionArg") or ()}
        name = each["FunctionName"]
        found.append({"id": str(each["ConfigId"]), "name": name, "args": args, "status": each.get("Status"), "label": label_of(name, args)})
    return found


def present(
    records: t.Sequence[Record], entries: t.Mapping[str, Entry], absent: t.Collection[str], purge: t.Collection[str]
) -> tuple[list[State], dict[str, Record], list[Record]]:
    """(what is there, as far as it is declared; the record behind each declared label; records to remove).

    Nothing undeclared is shown: a header or a signing key of somebody else may be a secret. purge: names of functions of which
    only the declared records may stay.
    """
    matched: dict[str, Record] = {}
    for record in records:
        label = record["label"]
        if label not in entries:
            continue
        # Two records may say almost the same; the one that says all of it is the declared one.
        if label not in matched or (_says(record, entries[label]) and not _says(matched[label], entries[label])):
            matched[label] = record
    taken = {record["id"] for record in matched.values()}
    doomed = [each for each in records if each["label"] in absent or (each["name"] in purge and each["id"] not in taken)]
    shown: list[State] = []
    for label, entry in entries.items():
        if label in matched:
            args = {name: matched[label]["args"].get(name) for name in entry["args"]}
            shown.append({"function": label, "args": {name: value for name, value in args.items() if value is not None}})
        elif set(entry["args"].values()) == {"off"}:
            # Switched off and not there at all are the same.
            shown.append({"function": label, "args": dict(entry["args"])})
    for number, record in enumerate(doomed):
        unique = (
            "" if record["label"] not in entries and record["label"] not in [each["label"] for each in doomed[:number]] else record["id"]
        )
        shown.append({"function": f"{record['label']} {unique}".strip(), "args": {}})
    return shown, matched, doomed


def _says(record: Record, entry: Entry) -> bool:
    return all(text_of(record["args"].get(name)) == value for name, value in entry["args"].items())


def wire(entry: Entry, record: Record | None) -> dict[str, t.Any]:
    """A function as BatchSetCdnDomainConfig takes it. A record that is there is named, and keeps what is not declared."""
    kept = {name: value for name, value in record["args"].items() if value} if record else {}
    args = {**kept, **entry["args"]}
    return {
        "functionName": entry["name"],
        "functionArgs": [{"argName": name, "argValue": value} for name, value in args.items()],
        **({"configId": int(record["id"])} if record else {}),
    }
