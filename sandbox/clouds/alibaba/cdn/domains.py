# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accelerated domains: add, read, change, start, stop, delete."""

from __future__ import annotations

import json
import typing as t

from sandbox.clouds.alibaba.cdn import ownership, sources
from sandbox.clouds.alibaba.cdn.configs import keep_oss_auth
from sandbox.clouds.alibaba.cdn.service import DOMAIN_NAME, SDK, Cdn, Domain, timestamp
from sandbox.clouds.alibaba.gateway import Call
from sandbox.http import Reply

CDN_TYPES = ("web", "download", "video")
SCOPES = ("domestic", "overseas", "global")
HIDDEN = ("checking", "check_failed", "configure_failed")
STATUSES = ("online", "offline", "configuring", "stopping", "deleting", *HIDDEN)
RESOURCE_GROUP = "rg-acfmyuji4b6r4ty"
MOST_DOMAINS = 50


@Cdn.actions.add("AddCdnDomain", write=True, verified="sdk", source=SDK)
def add_domain(cdn: Cdn, call: Call) -> Reply:
    name, kind, origins = call.need("DomainName", "CdnType", "Sources")
    scope = call.args.get("Scope") or "domestic"
    cdn.require_opened(call)
    if not DOMAIN_NAME.fullmatch(name):
        raise call.refuse(400, "InvalidDomainName.Malformed", "Specified DomainName is malformed.")
    if kind not in CDN_TYPES:
        raise call.refuse(400, "InvalidCdnType.Malformed", "Specified CdnType is malformed.")
    if scope not in SCOPES:
        raise call.refuse(400, "InvalidScope.Malformed", "Specified Scope is malformed.")
    parsed = sources.parse(call, origins)
    if name in cdn.domains:
        raise call.refuse(400, "DomainAlreadyExist", "The specified domain already exists.")
    if len(cdn.domains) >= MOST_DOMAINS:
        raise call.refuse(403, "DomainOverLimit", "The Number of Domain is over the limit")
    ownership.require(cdn, call, name)
    cdn.require_filing(call, name, scope)
    domain: Domain = {
        "DomainId": cdn.new_id(),
        "DomainName": name,
        "CdnType": kind,
        "Scope": scope,
        "Cname": "",
        "Description": "",
        "ResourceGroupId": call.args.get("ResourceGroupId") or RESOURCE_GROUP,
        "GmtCreated": timestamp(),
        "DomainStatus": "online",
        "sources": parsed,
        "configs": [],
        "certificate": None,
        "tags": {each["Key"]: each.get("Value", "") for each in call.items("Tag")},
    }
    cdn.data["domains"][name] = domain
    keep_oss_auth(cdn, domain)
    cdn.configure(domain)
    return call.reply()


@Cdn.actions.add("DescribeCdnDomainDetail", write=False, verified="sdk", source=SDK)
def describe_detail(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.domain(call)
    secure = domain["certificate"] is not None
    detail = {
        **_common(domain),
        "Scope": domain["Scope"],
        "HttpsCname": domain["Cname"] if secure else "",
        "ServerCertificateStatus": "on" if secure else "off",
        "SourceModels": {"SourceModel": _ordered(domain)},
    }
    return call.reply({"GetDomainDetailModel": detail})


@Cdn.actions.add("DescribeUserDomains", write=False, verified="sdk", source=SDK)
def describe_user_domains(cdn: Cdn, call: Call) -> Reply:
    number = call.integer("PageNumber", 1, 1, 100000)
    size = call.integer("PageSize", 20, 1, 500)
    status = call.args.get("DomainStatus")
    if status and status not in STATUSES:
        raise call.refuse(400, "InvalidDomainStatus.ValueNotSupported", "The specified value of parameter DomainStatus is not supported.")
    found = [each for each in cdn.domains.values() if _wanted(call, each)]
    # The newest come first.
    found.sort(key=lambda each: -int(each["DomainId"]))
    page = found[(number - 1) * size : number * size]
    rows = [{**_common(each), **_row(each)} for each in page]
    return call.reply({"PageNumber": number, "PageSize": size, "TotalCount": len(found), "Domains": {"PageData": rows}})


@Cdn.actions.add("ModifyCdnDomain", write=True, verified="sdk", source=SDK)
def modify_domain(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.idle(call)
    if call.args.get("Sources"):
        domain["sources"] = sources.parse(call, call.args["Sources"])
        keep_oss_auth(cdn, domain)
    domain["ResourceGroupId"] = call.args.get("ResourceGroupId") or domain["ResourceGroupId"]
    cdn.configure(domain)
    return call.reply()


@Cdn.actions.add("ModifyCdnDomainSchdmByProperty", write=True, verified="sdk", source=SDK)
def modify_scope(cdn: Cdn, call: Call) -> Reply:
    name, text = call.need("DomainName", "Property")
    domain = cdn.idle(call)
    try:
        scope = json.loads(text)["coverage"]
    except (ValueError, KeyError, TypeError):
        scope = None
    if scope not in SCOPES:
        raise call.refuse(400, "InvalidProperty.Malformed", "The specified Property is invalid.")
    cdn.require_filing(call, name, scope)
    domain["Scope"] = scope
    cdn.configure(domain)
    return call.reply()


@Cdn.actions.add("StartCdnDomain", write=True, verified="sdk", source=SDK)
def start_domain(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.idle(call)
    if domain["DomainStatus"] != "online":
        cdn.begin(domain, "configuring", "cdn.configure", 0.8, "online")
    return call.reply()


@Cdn.actions.add("StopCdnDomain", write=True, verified="sdk", source=SDK)
def stop_domain(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.idle(call)
    if domain["DomainStatus"] != "offline":
        cdn.begin(domain, "stopping", "cdn.stop", 0.5, "offline")
    return call.reply()


@Cdn.actions.add("DeleteCdnDomain", write=True, verified="sdk", source=SDK)
def delete_domain(cdn: Cdn, call: Call) -> Reply:
    cdn.begin(cdn.idle(call), "deleting", "cdn.delete", 0.5, "deleted")
    return call.reply()


def _common(domain: Domain) -> dict[str, t.Any]:
    names = ("DomainName", "CdnType", "Cname", "DomainStatus", "Description", "ResourceGroupId", "GmtCreated", "GmtModified")
    return {name: domain[name] for name in names}


def _row(domain: Domain) -> dict[str, t.Any]:
    origins = [{name: value for name, value in each.items() if name != "Enabled"} for each in _ordered(domain)]
    secure = "on" if domain["certificate"] else "off"
    facts = {"DomainId": domain["DomainId"], "Coverage": domain["Scope"], "Sandbox": "normal", "SslProtocol": secure}
    return {**facts, "Sources": {"Source": origins}}


def _ordered(domain: Domain) -> list[dict[str, t.Any]]:
    """Origins come back sorted, not as they were sent."""
    return sorted(domain["sources"], key=lambda each: (each["Priority"], each["Content"]))


def _wanted(call: Call, domain: Domain) -> bool:
    args = call.args
    name, wanted = domain["DomainName"], args.get("DomainName", "")
    how: dict[str, bool] = {
        "fuzzy_match": wanted in name,
        "pre_match": name.startswith(wanted),
        "suf_match": name.endswith(wanted),
        "full_match": wanted in ("", name),
    }
    return (
        how.get(args.get("DomainSearchType") or "full_match", False)
        and (not args.get("CdnType") or domain["CdnType"] in args["CdnType"].split(","))
        and args.get("Coverage", domain["Scope"]) == domain["Scope"]
        and args.get("DomainStatus", domain["DomainStatus"]) == domain["DomainStatus"]
        and args.get("ResourceGroupId", domain["ResourceGroupId"]) == domain["ResourceGroupId"]
        and any(args.get("Source", each["Content"]) == each["Content"] for each in domain["sources"])
        and (domain["DomainStatus"] not in HIDDEN or args.get("CheckDomainShow", "").lower() == "true")
        and all(domain["tags"].get(each["Key"]) == each.get("Value", domain["tags"].get(each["Key"])) for each in call.items("Tag"))
        and all(each["Key"] in domain["tags"] for each in call.items("Tag"))
    )
