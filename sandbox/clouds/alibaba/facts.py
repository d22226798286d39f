# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the account already has and nobody provisions: a VPC, a VPN gateway and a MongoDB instance, to be read only."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.gateway import Call, Rpc
from sandbox.clouds.alibaba.keys import digits
from sandbox.http import Actions, Reply

FORBIDDEN = ("Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM.")
REGION = "cn-shanghai"
VPC_ID = "vpc-uf61bb584xp7lmixq645v"
VSWITCH_ID = "vsw-uf6k2n8r0q5t1w3x7y9za"
MONGODB_ID = "dds-uf6aaefb2431c224"
VPN_ID = "vpn-uf6k3m5n7p9q1r3s5t7u"


class Vpc(Rpc):
    name = "vpc"
    product = "Vpc"
    version = "2016-04-28"
    hosts = ("vpc.aliyuncs.com", "vpc.*.aliyuncs.com")
    denied = FORBIDDEN
    actions: t.ClassVar[Actions] = Actions()

    def seed(self) -> dict[str, t.Any]:
        return {"vpcs": [_vpc()], "vpn_gateways": {VPN_ID: _vpn_gateway()}, "customer_gateways": {}, "vpn_connections": {}}


class Dds(Rpc):
    name = "dds"
    product = "Dds"
    version = "2015-12-01"
    hosts = ("mongodb.aliyuncs.com", "mongodb.*.aliyuncs.com")
    denied = FORBIDDEN
    actions: t.ClassVar[Actions] = Actions()

    def seed(self) -> dict[str, t.Any]:
        return {"instances": {MONGODB_ID: _mongodb()}}


@Vpc.actions.add("DescribeVpcs", write=False, verified="spec", source="help.aliyun.com/vpc DescribeVpcs, 2016-04-28")
def describe_vpcs(vpc: Vpc, call: Call) -> Reply:
    """An id that nobody has is no error: the list is empty."""
    (region,) = call.need("RegionId")
    number, size = call.integer("PageNumber", 1, 1, 10000), call.integer("PageSize", 10, 1, 50)
    ids = [each for each in call.args.get("VpcId", "").split(",") if each]
    found = [
        {**each, "OwnerId": int(vpc.account)}
        for each in vpc.data["vpcs"]
        if each["RegionId"] == region and (not ids or each["VpcId"] in ids) and call.args.get("VpcName") in (None, "", each["VpcName"])
    ]
    paging = {"TotalCount": len(found), "PageNumber": number, "PageSize": size}
    return call.reply({**paging, "Vpcs": {"Vpc": found[(number - 1) * size : number * size]}})


@Dds.actions.add(
    "DescribeDBInstanceAttribute", write=False, verified="spec", source="help.aliyun.com/mongodb DescribeDBInstanceAttribute, 2015-12-01"
)
def describe_instance(dds: Dds, call: Call) -> Reply:
    (instance_id,) = call.need("DBInstanceId")
    found = dds.data["instances"].get(instance_id)
    if found is None:
        raise call.refuse(404, "InvalidDBInstanceId.NotFound", "The specified instance does not exist.")
    return call.reply({"DBInstances": {"DBInstance": [found]}})


def _vpc() -> dict[str, t.Any]:
    suffix = digits(4)
    return {
        "VpcId": VPC_ID,
        "VpcName": "",
        "CidrBlock": "172.16.0.0/12",
        "Status": "Available",
        "RegionId": REGION,
        "IsDefault": False,
        "Description": "",
        "ResourceGroupId": "rg-acfmyuji4b6r4ty",
        "CreationTime": "2025-01-15T02:10:00Z",
        "VRouterId": f"vrt-uf6{suffix}q1w2e3r4t5y6u",
        "VSwitchIds": {"VSwitchId": [VSWITCH_ID]},
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": []},
        "UserCidrs": {"UserCidr": []},
        "RouterTableIds": {"RouterTableIds": [f"vtb-uf6{suffix}a1s2d3f4g5h6j"]},
        "NatGatewayIds": {"NatGatewayIds": []},
        "Tags": {"Tag": []},
    }


def _vpn_gateway() -> dict[str, t.Any]:
    """A gateway that the account's owner has bought: of the newer kind, with two addresses."""
    return {
        "VpnGatewayId": VPN_ID,
        "VpcId": VPC_ID,
        "VSwitchId": VSWITCH_ID,
        "DisasterRecoveryVSwitchId": VSWITCH_ID,
        "Name": "",
        "Description": "",
        "Status": "active",
        "BusinessStatus": "Normal",
        "ChargeType": "Prepay",
        "Spec": "10M",
        "NetworkType": "public",
        "VpnType": "Normal",
        "GatewayType": "Traditional",
        "IpsecVpn": "enable",
        "SslVpn": "disable",
        "EnableBgp": False,
        "AutoPropagate": False,
        "InternetIp": "203.0.113.40",
        "DisasterRecoveryInternetIp": "203.0.113.41",
    }


def _mongodb() -> dict[str, t.Any]:
    hosts = [f"{MONGODB_ID}{number}.mongodb.rds.aliyuncs.com" for number in (1, 2, 3)]
    roles = ("Primary", "Secondary", "Hidden")
    return {
        "DBInstanceId": MONGODB_ID,
        "DBInstanceDescription": "",
        "DBInstanceStatus": "Running",
        "DBInstanceType": "replicate",
        "DBInstanceClass": "mdb.shard.2x.large.d",
        "DBInstanceStorage": 20,
        "StorageType": "cloud_essd1",
        "StorageEngine": "WiredTiger",
        "Engine": "MongoDB",
        "EngineVersion": "8.0",
        "ReplicationFactor": "3",
        "ReplicaSetName": "mgset-89012345",
        "ReplicaSets": {
            "ReplicaSet": [
                {"ConnectionDomain": host, "ConnectionPort": "3717", "NetworkType": "VPC", "ReplicaSetRole": role}
                for host, role in zip(hosts, roles, strict=True)
            ]
        },
        "VPCId": VPC_ID,
        "VSwitchId": VSWITCH_ID,
        "VPCCloudInstanceIds": "",
        "ReplacateId": "",
        "NetworkType": "VPC",
        "RegionId": REGION,
        "ZoneId": "cn-shanghai-g",
        "ChargeType": "PostPaid",
        "ExpireTime": "",
        "LockMode": "Unlock",
        "MaintainStartTime": "18:00Z",
        "MaintainEndTime": "22:00Z",
        "DBInstanceReleaseProtection": False,
        "CreationTime": "2025-01-15T02:20:00Z",
        "ResourceGroupId": "rg-acfmyuji4b6r4ty",
        "Tags": {"Tag": []},
    }
