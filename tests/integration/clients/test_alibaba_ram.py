# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM, and what the account already has (a VPC, a MongoDB instance), driven by aliyun-python-sdk-core."""

from __future__ import annotations

import json
import typing as t

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import core, refused

VPC = "vpc-uf61bb584xp7lmixq645v"
MONGODB = "dds-uf6aaefb2431c224"


def policy(*actions: str, effect: str = "Allow", resource: str = "*") -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}]})


def new_user(name: str = "charts") -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", core("ram", "CreateUser", UserName=name, Comments="backend")["User"])


def test_users(cloud: LocalCloud) -> None:
    made = new_user()
    assert (made["DisplayName"], made["Comments"], len(made["UserId"])) == ("charts", "backend", 18)
    with refused("EntityAlreadyExists.User", 409):
        new_user()
    with refused("InvalidParameter.UserName.InvalidChars", 400):
        new_user("char ts")
    with refused("InvalidParameter.UserName.Length", 400):
        new_user("c" * 65)
    core("ram", "UpdateUser", UserName="charts", NewComments="new")
    assert core("ram", "GetUser", UserName="charts")["User"]["Comments"] == "new"
    first = core("ram", "ListUsers", MaxItems=1)
    assert (first["IsTruncated"], first["Users"]["User"][0]["UserName"]) == (True, "charts")
    second = core("ram", "ListUsers", MaxItems=1, Marker=first["Marker"])
    assert (second["IsTruncated"], second["Users"]["User"][0]["UserName"]) == (False, "deployer")
    core("ram", "DeleteUser", UserName="charts")
    with refused("EntityNotExist.User", 404):
        core("ram", "GetUser", UserName="charts")


def test_policies_and_their_versions(cloud: LocalCloud) -> None:
    made = core("ram", "CreatePolicy", PolicyName="charts", PolicyDocument=policy("oss:GetObject"), Description="d")["Policy"]
    assert (made["PolicyType"], made["DefaultVersion"]) == ("Custom", "v1")
    with refused("EntityAlreadyExists.Policy", 409):
        core("ram", "CreatePolicy", PolicyName="charts", PolicyDocument=policy("oss:GetObject"))
    with refused("MalformedPolicyDocument", 400):
        core("ram", "CreatePolicy", PolicyName="other", PolicyDocument='{"Version": "1"}')
    with refused("InvalidParameter.PolicyName.InvalidChars", 400):
        core("ram", "CreatePolicy", PolicyName="a b", PolicyDocument=policy("*"))
    for number in range(4):
        core("ram", "CreatePolicyVersion", PolicyName="charts", PolicyDocument=policy(f"oss:Put{number}"))
    with refused("LimitExceeded.Policy.Version", 409):
        core("ram", "CreatePolicyVersion", PolicyName="charts", PolicyDocument=policy("oss:*"))
    rotate = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    core("ram", "CreatePolicyVersion", PolicyName="charts", PolicyDocument=policy("oss:*"), RotateStrategy=rotate, SetAsDefault="true")
    versions = core("ram", "ListPolicyVersions", PolicyName="charts", PolicyType="Custom")["PolicyVersions"]["PolicyVersion"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions][-1] == ("v6", True)
    assert "v2" not in [each["VersionId"] for each in versions]
    found = core("ram", "GetPolicy", PolicyName="charts", PolicyType="Custom")["DefaultPolicyVersion"]["PolicyDocument"]
    # Laid out anew: equal as JSON, not as text.
    assert json.loads(found) == json.loads(policy("oss:*"))
    assert found != policy("oss:*")
    with refused("DeleteConflict.Policy.Version.Default", 409):
        core("ram", "DeletePolicyVersion", PolicyName="charts", VersionId="v6")
    with refused("DeleteConflict.Policy.Version", 409):
        core("ram", "DeletePolicy", PolicyName="charts")
    core("ram", "DeletePolicy", PolicyName="charts", CascadingDelete="true")
    with refused("EntityNotExist.Policy", 404):
        core("ram", "GetPolicy", PolicyName="charts", PolicyType="Custom")
    assert core("ram", "GetPolicy", PolicyName="AliyunCDNFullAccess", PolicyType="System")["Policy"]["AttachmentCount"] == 0


def test_a_user_may_what_its_policies_say(cloud: LocalCloud) -> None:
    new_user()
    made = core("ram", "CreateAccessKey", UserName="charts")["AccessKey"]
    key = (made["AccessKeyId"], made["AccessKeySecret"], None)
    assert core("sts", "GetCallerIdentity", key)["Arn"].endswith(":user/charts")
    with refused("NoPermission", 403):
        core("cdn", "DescribeUserDomains", key)
    core("ram", "CreatePolicy", PolicyName="cdn", PolicyDocument=policy("cdn:Describe*"))
    core("ram", "AttachPolicyToUser", UserName="charts", PolicyName="cdn", PolicyType="Custom")
    assert core("cdn", "DescribeUserDomains", key)["TotalCount"] == 0
    with refused("EntityAlreadyExists.User.Policy", 409):
        core("ram", "AttachPolicyToUser", UserName="charts", PolicyName="cdn", PolicyType="Custom")
    # A denial wins over a wider grant.
    core("ram", "AttachPolicyToUser", UserName="charts", PolicyName="AdministratorAccess", PolicyType="System")
    core("ram", "CreatePolicyVersion", PolicyName="cdn", PolicyDocument=policy("cdn:*", effect="Deny"), SetAsDefault="true")
    assert core("ram", "ListUsers", key)["Users"]["User"]
    with refused("NoPermission", 403):
        core("cdn", "DescribeUserDomains", key)
    attached = core("ram", "ListPoliciesForUser", UserName="charts")["Policies"]["Policy"]
    assert [(each["PolicyName"], each["PolicyType"]) for each in attached] == [("cdn", "Custom"), ("AdministratorAccess", "System")]
    with refused("DeleteConflict.Policy.User", 409):
        core("ram", "DeletePolicy", PolicyName="cdn", CascadingDelete="true")
    core("ram", "DetachPolicyFromUser", UserName="charts", PolicyName="cdn", PolicyType="Custom")
    with refused("EntityNotExist.User.Policy", 404):
        core("ram", "DetachPolicyFromUser", UserName="charts", PolicyName="cdn", PolicyType="Custom")


def test_rights_on_one_resource(cloud: LocalCloud) -> None:
    new_user()
    made = core("ram", "CreateAccessKey", UserName="charts")["AccessKey"]
    key = (made["AccessKeyId"], made["AccessKeySecret"], None)
    one = policy("cdn:DescribeCdnDomainDetail", resource="acs:cdn:*:*:domain/img.klinematrix.com")
    core("ram", "CreatePolicy", PolicyName="one", PolicyDocument=one)
    core("ram", "AttachPolicyToUser", UserName="charts", PolicyName="one", PolicyType="Custom")
    with refused("InvalidDomain.NotFound", 404):
        core("cdn", "DescribeCdnDomainDetail", key, DomainName="img.klinematrix.com")
    with refused("NoPermission", 403):
        core("cdn", "DescribeCdnDomainDetail", key, DomainName="www.klinematrix.com")


def test_access_keys(cloud: LocalCloud) -> None:
    new_user()
    made = [core("ram", "CreateAccessKey", UserName="charts")["AccessKey"] for _ in range(2)]
    with refused("LimitExceeded.User.AccessKey", 409):
        core("ram", "CreateAccessKey", UserName="charts")
    listed = core("ram", "ListAccessKeys", UserName="charts")
    assert [each["AccessKeyId"] for each in listed["AccessKeys"]["AccessKey"]] == [each["AccessKeyId"] for each in made]
    assert "Secret" not in json.dumps(listed)
    first = made[0]["AccessKeyId"]
    core("ram", "UpdateAccessKey", UserName="charts", UserAccessKeyId=first, Status="Inactive")
    with refused("InvalidAccessKeyId.Inactive", 400):
        core("sts", "GetCallerIdentity", (first, made[0]["AccessKeySecret"], None))
    with refused("DeleteConflict.User.AccessKey", 409):
        core("ram", "DeleteUser", UserName="charts")
    core("ram", "DeleteAccessKey", UserName="charts", UserAccessKeyId=first)
    with refused("InvalidAccessKeyId.NotFound", 404):
        core("sts", "GetCallerIdentity", (first, made[0]["AccessKeySecret"], None))
    with refused("EntityNotExist.User.AccessKey", 404):
        core("ram", "DeleteAccessKey", UserName="charts", UserAccessKeyId=first)


def test_the_vpc_of_the_account(cloud: LocalCloud) -> None:
    (found,) = core("vpc", "DescribeVpcs", RegionId="cn-shanghai", VpcId=VPC)["Vpcs"]["Vpc"]
    assert (found["CidrBlock"], found["Status"], found["RegionId"]) == ("172.16.0.0/12", "Available", "cn-shanghai")
    assert core("vpc", "DescribeVpcs", RegionId="cn-shanghai", VpcId="vpc-nothing")["TotalCount"] == 0
    assert core("vpc", "DescribeVpcs", RegionId="cn-beijing")["TotalCount"] == 0


def test_the_mongodb_of_the_account(cloud: LocalCloud) -> None:
    (found,) = core("mongodb", "DescribeDBInstanceAttribute", DBInstanceId=MONGODB)["DBInstances"]["DBInstance"]
    assert (found["Engine"], found["EngineVersion"], found["DBInstanceStatus"]) == ("MongoDB", "8.0", "Running")
    assert (found["DBInstanceType"], found["ReplicationFactor"], len(found["ReplicaSets"]["ReplicaSet"])) == ("replicate", "3", 3)
    assert found["VPCId"] == VPC
    with refused("InvalidDBInstanceId.NotFound", 404):
        core("mongodb", "DescribeDBInstanceAttribute", DBInstanceId="dds-nothing")
    with refused("MissingDBInstanceId", 400):
        core("mongodb", "DescribeDBInstanceAttribute")
