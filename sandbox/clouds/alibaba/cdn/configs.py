# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configured functions: set, read, delete.

Sources: help.aliyun.com BatchSetCdnDomainConfig (error codes) and "Usage notes on ConfigId".
"""

from __future__ import annotations

import json
import time
import typing as t

from sandbox.clouds.alibaba.cdn import sources
from sandbox.clouds.alibaba.cdn.functions import FUNCTIONS, acceptable
from sandbox.clouds.alibaba.cdn.service import SDK, Cdn, Domain
from sandbox.clouds.alibaba.gateway import Call, expect
from sandbox.http import Reply

Config = dict[str, t.Any]
MOST = 50
ORIGIN_ROLE = "AliyunCDNAccessingPrivateOSSRole"


@Cdn.actions.add("BatchSetCdnDomainConfig", write=True, verified="sdk", source=SDK)
def batch_set(cdn: Cdn, call: Call) -> Reply:
    """All or nothing: everything is checked before anything is set."""
    names, text = call.need("DomainNames", "Functions")
    domains = [cdn.idle(call, name) for name in names.split(",")]
    functions = _parse(call, text)
    if len(domains) * len(functions) > MOST:
        raise call.refuse(400, "TooManyDomains", "The count of domain is over 50.")
    for domain in domains:
        for function in functions:
            _check_place(cdn, call, domain, function, beside={each["name"] for each in functions})
    results = [_set(cdn, domain, function) for domain in domains for function in functions]
    return call.reply({"DomainConfigList": {"DomainConfigModel": results}})


@Cdn.actions.add("DescribeCdnDomainConfigs", write=False, verified="sdk", source=SDK)
def describe_configs(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.domain(call)
    wanted = {each for each in call.args.get("FunctionNames", "").split(",") if each}
    config_id = call.args.get("ConfigId")
    found = [
        _shown(each)
        for each in domain["configs"]
        if (not wanted or each["function"] in wanted) and (not config_id or str(each["id"]) in config_id.split(","))
    ]
    return call.reply({"DomainConfigs": {"DomainConfig": found}})


@Cdn.actions.add("DeleteSpecificConfig", write=True, verified="sdk", source=SDK)
def delete_specific(cdn: Cdn, call: Call) -> Reply:
    _, ids = call.need("DomainName", "ConfigId")
    domain = cdn.idle(call)
    doomed = {_existing(call, domain, each)["id"] for each in ids.split(",")}
    if any(each.get("parent") in doomed for each in domain["configs"]):
        raise call.refuse(400, "ConfigParentInUse", "The specified rule is referenced by other configurations.")
    domain["configs"] = [each for each in domain["configs"] if each["id"] not in doomed]
    return call.reply()


@Cdn.actions.add("BatchDeleteCdnDomainConfig", write=True, verified="sdk", source=SDK)
def batch_delete(cdn: Cdn, call: Call) -> Reply:
    names, functions = call.need("DomainNames", "FunctionNames")
    domains = [cdn.idle(call, name) for name in names.split(",")]
    for function in functions.split(","):
        if function not in FUNCTIONS:
            raise call.refuse(400, "InvalidFunctionName.ValueNotSupported", f"FunctionName [{function}] is not supported.")
    for domain in domains:
        domain["configs"] = [each for each in domain["configs"] if each["function"] not in functions.split(",")]
    return call.reply()


def keep_oss_auth(cdn: Cdn, domain: Domain) -> None:
    """The platform adds oss_auth by itself when there is an OSS origin (the page of the functions says so)."""
    hosts = sources.buckets(domain["sources"])
    args = {"oss_bucket_id": ",".join(host for host, _ in hosts), "oss_pri_buckets": ",".join(f"{host}|{bucket}" for host, bucket in hosts)}
    domain["configs"] = [each for each in domain["configs"] if each["function"] != "oss_auth"]
    if hosts:
        domain["configs"].append({"id": cdn.new_id(), "function": "oss_auth", "args": args, "due": 0.0})


def _parse(call: Call, text: str) -> list[dict[str, t.Any]]:
    try:
        given = json.loads(text)
        expect(isinstance(given, list) and 0 < len(given) <= MOST)
        functions = [_keys_as_documented(each) for each in given]
        for each in functions:
            expect(isinstance(each["functionname"], str) and isinstance(each["functionargs"], list))
            each["functionargs"] = [_keys_as_documented(argument) for argument in each["functionargs"]]
    except (ValueError, KeyError, AttributeError):
        raise call.refuse(400, "InvalidFunctions.Malformed", "The specified Functions is incorrectly formatted.") from None
    return [_function(call, each) for each in functions]


def _keys_as_documented(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """The vendor's own examples write argName and ArgName, configId and ConfigId."""
    return {name.lower(): value for name, value in given.items()}


def _function(call: Call, given: dict[str, t.Any]) -> dict[str, t.Any]:
    name = given["functionname"]
    if name not in FUNCTIONS:
        raise call.refuse(400, "InvalidFunctionName.ValueNotSupported", f"FunctionName [{name}] is not supported.")
    function = FUNCTIONS[name]
    args: dict[str, str] = {}
    for each in given["functionargs"]:
        argument, value = each.get("argname"), each.get("argvalue")
        if argument not in function.names:
            raise call.refuse(400, "InvalidArgName.ValueNotSupported", f"ArgName [{argument}] is not supported.")
        if value is None:
            raise call.refuse(400, "MissingParameter", "The specified ArgValue is missing.")
        args[argument] = value if isinstance(value, str) else json.dumps(value)
        if args[argument] and not acceptable(argument, args[argument]):
            raise call.refuse(400, "InvalidArgValue.Malformed", "The specified ArgValue is invalid.")
    for argument in function.required:
        if not args.get(argument):
            raise call.refuse(400, f"MissingParameter{argument}", f"The specified value of ArgName[{argument}] is missing.")
    return {"name": name, "args": args, "id": given.get("configid"), "parent": given.get("parentid")}


def _check_place(cdn: Cdn, call: Call, domain: Domain, function: dict[str, t.Any], beside: set[str]) -> None:
    """Whether the function fits what the domain already has, and what is set with it."""
    kind = FUNCTIONS[function["name"]]
    present = domain["configs"]
    if function["id"] is not None:
        _existing(call, domain, str(function["id"]))
    elif not beside.union(each["function"] for each in present).isdisjoint(kind.rivals):
        rivals = ", ".join(kind.rivals)
        raise call.refuse(400, "FunctionMutex", f"The function {function['name']} and {rivals} are mutually exclusive.")
    elif kind.many and any(each["function"] == function["name"] and each["args"] == kind.filled(function["args"]) for each in present):
        message = "Duplicate configuration. This function has already been configured and cannot be added repeatedly."
        raise call.refuse(400, "ConfigDuplicate", message)
    parent = function["parent"]
    known = [each["id"] for each in present if each["function"] == "condition"]
    if parent is not None and str(parent) != "-1" and (function["name"] == "condition" or str(parent) not in map(str, known)):
        raise call.refuse(400, "Function.InvalidParentId", "The specified parentId does not exist.")
    if function["name"] == "l2_oss_key" and ORIGIN_ROLE not in cdn.cloud.data.get("ram", {}).get("roles", {}):
        raise call.refuse(400, "EntityNotExist.Role", "EntityNotExist.Role")


def _existing(call: Call, domain: Domain, config_id: str) -> Config:
    for each in domain["configs"]:
        if str(each["id"]) == config_id:
            return t.cast(Config, each)
    raise call.refuse(404, "ConfigNotFound", "The specified configid does not exist.")


def _set(cdn: Cdn, domain: Domain, function: dict[str, t.Any]) -> dict[str, t.Any]:
    """A record named by id is replaced; so is the one record of a function that a domain has only once."""
    kind = FUNCTIONS[function["name"]]
    config: Config | None = None
    for each in domain["configs"]:
        if str(each["id"]) == str(function["id"]) or (function["id"] is None and not kind.many and each["function"] == function["name"]):
            config = each
    if config is None:
        config = {"id": cdn.new_id(), "function": function["name"]}
        domain["configs"].append(config)
    config["args"] = kind.filled(function["args"])
    config["due"] = time.time() + cdn.seconds("cdn.function", 0.4)
    if function["parent"] is not None:
        config["parent"] = None if str(function["parent"]) == "-1" else int(function["parent"])
    return {"ConfigId": config["id"], "DomainName": domain["DomainName"], "FunctionName": function["name"]}


def _shown(config: Config) -> dict[str, t.Any]:
    """As a read gives it: ids are text here (numbers where they are made), arguments in an order of the service's own."""
    args = sorted(config["args"].items(), reverse=True)
    shown = {
        "ConfigId": str(config["id"]),
        "FunctionName": config["function"],
        "Status": "success" if config["due"] <= time.time() else "configuring",
        "FunctionArgs": {"FunctionArg": [{"ArgName": name, "ArgValue": value} for name, value in args]},
    }
    return {**shown, "ParentId": str(config["parent"])} if config.get("parent") else shown
