# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""alibaba_vpc_info and alibaba_mongodb_info against the local cloud."""

from __future__ import annotations

import pytest

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, direct, play, task

VPC, MONGODB = "vpc-uf61bb584xp7lmixq645v", "dds-uf6aaefb2431c224"
HERE = {"region": "cn-shanghai"}


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_both_in_a_play(cloud: LocalCloud, in_process: bool) -> None:
    tasks = [task("alibaba_vpc_info", check=True, id=VPC, **HERE), task("alibaba_mongodb_info", id=MONGODB, **HERE)]
    vpc, mongodb = play(cloud, tasks, in_process=in_process).done
    assert (vpc.result["vpc"]["cidr_block"], vpc.result["vpc"]["status"]) == ("172.16.0.0/12", "Available")
    assert (vpc.reads, vpc.writes, vpc.result["io"]) == (["POST DescribeVpcs"], [], {"reads": 1, "writes": 0})
    found = mongodb.result["mongodb"]
    assert (found["engine_version"], found["nodes"], found["vpc_id"], found["locked"]) == ("8.0", 3, VPC, False)
    assert [each["port"] for each in found["addresses"]] == [3717] * 3
    assert (mongodb.result["changed"], mongodb.writes) == (False, [])


@pytest.mark.parametrize(("module", "name"), [("alibaba_vpc_info", "vpc"), ("alibaba_mongodb_info", "mongodb")])
def test_what_is_not_there_is_null(cloud: LocalCloud, module: str, name: str) -> None:
    done = direct(cloud, module, id="nothing", **HERE)
    assert (done.status, done.result[name]) == ("ok", None)


def test_it_is_looked_for_in_its_region_only(cloud: LocalCloud) -> None:
    assert direct(cloud, "alibaba_vpc_info", id=VPC, region="cn-beijing").result["vpc"] is None
    far = direct(cloud, "alibaba_vpc_info", id=VPC, region="eu-central-1")
    assert (far.result["vpc"], [call["host"] for call in far.calls]) == (None, ["vpc.eu-central-1.aliyuncs.com"])
    done = direct(cloud, "alibaba_vpc_info", id=VPC, region="evil.example/")
    assert "is no region" in done.result["msg"]


def test_lists_that_the_api_leaves_out_are_empty(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        (vpc,) = state["alibaba"]["vpc"]["vpcs"]
        for name in ("SecondaryCidrBlocks", "VSwitchIds", "Tags"):
            del vpc[name]
    found = direct(cloud, "alibaba_vpc_info", id=VPC, **HERE).result["vpc"]
    assert (found["secondary_cidr_blocks"], found["vswitch_ids"], found["tags"]) == ([], [], {})


def test_a_refusal_says_what_was_asked(cloud: LocalCloud) -> None:
    cloud.fault("status", action="DescribeDBInstanceAttribute", status=403, code="Forbidden.RAM")
    done = direct(cloud, "alibaba_mongodb_info", id=MONGODB, **HERE)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "Forbidden.RAM")
    assert f"read the MongoDB instance {MONGODB}" in done.result["msg"]
