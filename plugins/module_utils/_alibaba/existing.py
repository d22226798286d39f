# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an account has already and nobody provisions: virtual private clouds and MongoDB instances, to be read only.

Actions and names: help.aliyun.com, DescribeVpcs (VPC, 2016-04-28) and DescribeDBInstanceAttribute (ApsaraDB for MongoDB, 2015-12-01).
"""

from __future__ import annotations

import re
import typing as t

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Kind, State, States
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .credentials import CLOUD
from .rpc import Product, Rpc

VPC_VERSION, MONGODB_VERSION = "2016-04-28", "2015-12-01"
# Regions of one host name for all of them, the rest have one of their own (the vendor's list of endpoints).
SHARED = frozenset({"cn-qingdao", "cn-beijing", "cn-hangzhou", "cn-shanghai", "cn-shenzhen", "ap-southeast-1", "us-west-1", "us-east-1"})
NO_INSTANCE = "InvalidDBInstanceId.NotFound"
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+(-\d+)?")
Raw = t.Mapping[str, t.Any]


def client(host: Host, traffic: Traffic, name: str, version: str) -> Rpc:
    """The client for the region of a task."""
    region = str(host.params["region"])
    if not _REGION.fullmatch(region):
        raise PlanError(f"{region!r} is no region", cloud=CLOUD, hint="Regions have names such as cn-shanghai")
    place = name if region in SHARED else f"{name}.{region}"
    return Rpc.of(host, traffic, Product(f"{place}.aliyuncs.com", version), region)


class VpcInfo(Inspector):
    """One virtual private cloud."""

    kind = Kind(CLOUD, "vpc", Map(other=Leaf()), id_field="id")

    def read(self) -> dict[str, State]:
        identifier = self.host.params["id"]
        rpc = client(self.host, self.traffic, "vpc", VPC_VERSION)
        # An id that nobody has is no error: the list is empty.
        found = rpc.read(f"read the VPC {identifier}", "DescribeVpcs", VpcId=identifier)["Vpcs"]["Vpc"]
        return {each["VpcId"]: vpc_of(each) for each in found if each["VpcId"] == identifier}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"vpc": after.get(self.host.params["id"])}


def vpc_of(found: Raw) -> State:
    return {
        "id": found["VpcId"],
        "name": found.get("VpcName") or "",
        "description": found.get("Description") or "",
        "status": found["Status"],
        "region": found["RegionId"],
        "cidr_block": found["CidrBlock"],
        "secondary_cidr_blocks": sorted(_list(found, "SecondaryCidrBlocks", "SecondaryCidrBlock")),
        "vswitch_ids": sorted(_list(found, "VSwitchIds", "VSwitchId")),
        "is_default": bool(found.get("IsDefault")),
        "tags": tags_of(found),
    }


class MongodbInfo(Inspector):
    """One instance of ApsaraDB for MongoDB."""

    kind = Kind(CLOUD, "mongodb_instance", Map(other=Leaf()), id_field="id")

    def read(self) -> dict[str, State]:
        identifier = self.host.params["id"]
        rpc = client(self.host, self.traffic, "mongodb", MONGODB_VERSION)
        try:
            answer = rpc.read(f"read the MongoDB instance {identifier}", "DescribeDBInstanceAttribute", DBInstanceId=identifier)
        except CloudError as error:
            if error.code == NO_INSTANCE:
                return {}
            raise
        return {each["DBInstanceId"]: mongodb_of(each) for each in answer["DBInstances"]["DBInstance"]}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"mongodb": after.get(self.host.params["id"])}


def mongodb_of(found: Raw) -> State:
    members = _list(found, "ReplicaSets", "ReplicaSet")
    return {
        "id": found["DBInstanceId"],
        "description": found.get("DBInstanceDescription") or "",
        "status": found["DBInstanceStatus"],
        "type": found["DBInstanceType"],
        "engine": found["Engine"],
        "engine_version": found["EngineVersion"],
        "instance_class": found["DBInstanceClass"],
        "storage_gb": int(found.get("DBInstanceStorage") or 0),
        "nodes": int(found.get("ReplicationFactor") or 0),
        "replica_set": found.get("ReplicaSetName") or "",
        "addresses": [
            {"host": each["ConnectionDomain"], "port": int(each["ConnectionPort"]), "role": each["ReplicaSetRole"]} for each in members
        ],
        "network_type": found["NetworkType"],
        "vpc_id": found.get("VPCId") or "",
        "vswitch_id": found.get("VSwitchId") or "",
        "region": found["RegionId"],
        "zone": found.get("ZoneId") or "",
        "locked": found.get("LockMode") not in (None, "", "Unlock"),
        "release_protection": bool(found.get("DBInstanceReleaseProtection")),
        "tags": tags_of(found),
    }


def _list(found: Raw, outer: str, inner: str) -> list[t.Any]:
    """A list as these APIs write it, in a wrapper that they leave out when it is empty."""
    return list((found.get(outer) or {}).get(inner) or ())


def tags_of(found: Raw) -> dict[str, str]:
    return {each.get("Key", each.get("TagKey")): each.get("Value", each.get("TagValue")) for each in _list(found, "Tags", "Tag")}
