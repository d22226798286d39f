# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags on accelerated domains."""

from __future__ import annotations

from sandbox.clouds.alibaba.cdn.service import SDK, Cdn, Domain
from sandbox.clouds.alibaba.gateway import Call
from sandbox.http import Reply

MOST = 20


@Cdn.actions.add("TagResources", write=True, verified="sdk", source=SDK)
def tag_resources(cdn: Cdn, call: Call) -> Reply:
    domains = _resources(cdn, call)
    tags = call.items("Tag")
    if not tags or not all(each.get("Key") for each in tags):
        raise call.refuse(400, "MissingTag", "Tag is mandatory for this action.")
    for domain in domains:
        merged = {**domain["tags"], **{each["Key"]: each.get("Value", "") for each in tags}}
        if len(merged) > MOST:
            raise call.refuse(400, "NumberExceed.Tags", "The maximum number of tags is exceeded.")
        domain["tags"] = merged
    return call.reply()


@Cdn.actions.add("UntagResources", write=True, verified="sdk", source=SDK)
def untag_resources(cdn: Cdn, call: Call) -> Reply:
    everything = call.args.get("All", "").lower() == "true"
    doomed = {each[""] for each in call.items("TagKey")}
    for domain in _resources(cdn, call):
        domain["tags"] = {} if everything else {key: value for key, value in domain["tags"].items() if key not in doomed}
    return call.reply()


@Cdn.actions.add("DescribeTagResources", write=False, verified="sdk", source=SDK)
def describe_tags(cdn: Cdn, call: Call) -> Reply:
    wanted = {each["Key"] for each in call.items("Tag")}
    found = [
        {"ResourceId": each["DomainName"], "Tag": [{"Key": key, "Value": value} for key, value in each["tags"].items()]}
        for each in _resources(cdn, call)
        if wanted <= each["tags"].keys()
    ]
    return call.reply({"TagResources": found})


def _resources(cdn: Cdn, call: Call) -> list[Domain]:
    if call.need("ResourceType")[0] != "DOMAIN":
        raise call.refuse(400, "InvalidResourceType.ValueNotSupported", "The specified value of parameter ResourceType is not supported.")
    names = [each[""] for each in call.items("ResourceId")]
    if not names:
        raise call.refuse(400, "MissingResourceId", "ResourceId is mandatory for this action.")
    return [cdn.domain(call, name) for name in names]
