# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud's sub-users, keys and policies, and who is calling, by the SDK's untyped client."""

from __future__ import annotations

import json

import pytest
from tencentcloud.common.credential import Credential

from tests.cloud import LocalCloud
from tests.integration.clients.tencent import common, refused

SENDING = {"version": "2.0", "statement": [{"effect": "allow", "action": ["ses:SendEmail", "ses:List*"], "resource": ["*"]}]}


def test_a_sub_user_gets_just_the_rights_of_its_policies(cloud: LocalCloud) -> None:
    user = common("cam", "AddUser", {"Name": "mailer", "Remark": "sends", "UseApi": 0})
    assert (user["SecretId"], user["Password"]) == ("", "")
    got = common("cam", "GetUser", {"Name": "mailer"})
    assert (got["Uin"], got["Remark"], got["ConsoleLogin"]) == (user["Uin"], "sends", 0)
    common("cam", "UpdateUser", {"Name": "mailer", "Remark": "sends mail"})
    assert common("cam", "GetUser", {"Name": "mailer"}) | {"RequestId": ""} == got | {"Remark": "sends mail", "RequestId": ""}
    with refused("ResourceNotFound.UserNotExist"):
        common("cam", "UpdateUser", {"Name": "nobody"})
    policy = common("cam", "CreatePolicy", {"PolicyName": "send-mail", "PolicyDocument": json.dumps(SENDING, indent=2)})["PolicyId"]
    key = common("cam", "CreateAccessKey", {"TargetUin": user["Uin"]})["AccessKey"]
    assert (key["AccessKeyId"][:4], len(key["SecretAccessKey"]), key["Status"]) == ("AKID", 32, "Active")
    mailer = Credential(key["AccessKeyId"], key["SecretAccessKey"])

    with refused("AuthFailure.UnauthorizedOperation"):
        common("ses", "ListEmailAddress", credential=mailer)
    common("cam", "AttachUserPolicy", {"PolicyId": policy, "AttachUin": user["Uin"]})
    assert common("ses", "ListEmailAddress", credential=mailer)["EmailSenders"] == []
    with refused("AuthFailure.UnauthorizedOperation"):
        common("ses", "CreateEmailIdentity", {"EmailIdentity": "a.klinematrix.com"}, mailer)
    caller = common("sts", "GetCallerIdentity", credential=mailer)
    assert (caller["UserId"], caller["Type"]) == (str(user["Uin"]), "CAMUser")

    attached = common("cam", "ListAttachedUserPolicies", {"TargetUin": user["Uin"]})
    assert [(each["PolicyId"], each["PolicyType"]) for each in attached["List"]] == [(policy, "User")]
    common("cam", "DetachUserPolicy", {"PolicyId": policy, "DetachUin": user["Uin"]})
    with refused("AuthFailure.UnauthorizedOperation"):
        common("ses", "ListEmailAddress", credential=mailer)


def test_keys_are_two_at_most_and_shown_once(cloud: LocalCloud) -> None:
    user = common("cam", "AddUser", {"Name": "mailer", "UseApi": 1})
    key = Credential(user["SecretId"], user["SecretKey"])
    common("sts", "GetCallerIdentity", credential=key)
    of_user = {"TargetUin": user["Uin"]}
    second = common("cam", "CreateAccessKey", of_user)["AccessKey"]["AccessKeyId"]
    with refused("OperationDenied.AccessKeyOverLimit"):
        common("cam", "CreateAccessKey", of_user)
    listed = common("cam", "ListAccessKeys", of_user)["AccessKeys"]
    assert {each["AccessKeyId"] for each in listed} == {user["SecretId"], second}
    assert not any("SecretAccessKey" in each for each in listed)

    common("cam", "UpdateAccessKey", {**of_user, "AccessKeyId": user["SecretId"], "Status": "Inactive"})
    with refused("AuthFailure.SecretIdNotFound"):
        common("sts", "GetCallerIdentity", credential=key)
    common("cam", "DeleteAccessKey", {**of_user, "AccessKeyId": user["SecretId"]})
    with refused("ResourceNotFound.SecretNotExist"):
        common("cam", "DeleteAccessKey", {**of_user, "AccessKeyId": user["SecretId"]})
    with refused("OperationDenied.HaveKeys"):
        common("cam", "DeleteUser", {"Name": "mailer"})
    common("cam", "DeleteUser", {"Name": "mailer", "Force": 1})
    with refused("ResourceNotFound.UserNotExist"):
        common("cam", "GetUser", {"Name": "mailer"})


def test_a_policy_comes_back_compact_with_escaped_slashes(cloud: LocalCloud) -> None:
    document = {"version": "2.0", "statement": [{"effect": "allow", "action": "name/ses:SendEmail", "resource": "*"}]}
    policy = common("cam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(document), "Description": "d"})["PolicyId"]
    got = common("cam", "GetPolicy", {"PolicyId": policy})
    assert got["PolicyDocument"] == ('{"version":"2.0","statement":[{"effect":"allow","action":"name\\/ses:SendEmail","resource":"*"}]}')
    assert (got["PolicyName"], got["Description"], got["Type"]) == ("p", "d", 1)
    assert common("cam", "UpdatePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(SENDING)})["PolicyId"] == policy
    assert json.loads(common("cam", "GetPolicy", {"PolicyId": policy})["PolicyDocument"]) == SENDING
    local = common("cam", "ListPolicies", {"Scope": "Local"})
    assert ([each["PolicyName"] for each in local["List"]], local["TotalNum"]) == (["p"], 1)
    presets = common("cam", "ListPolicies", {"Scope": "QCS", "Rp": 1, "Page": 2})
    assert ([each["PolicyName"] for each in presets["List"]], presets["TotalNum"]) == (["AdministratorAccess"], 2)
    common("cam", "DeletePolicy", {"PolicyId": [policy]})
    with refused("ResourceNotFound.PolicyIdNotFound"):
        common("cam", "GetPolicy", {"PolicyId": policy})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": "1.0"}, "InvalidParameter.VersionError"),
        ({"statement": []}, "InvalidParameter.StatementError"),
        ({"statement": [{"effect": "permit", "action": "*", "resource": "*"}]}, "InvalidParameter.EffectError"),
        ({"statement": [{"effect": "allow", "action": "send", "resource": "*"}]}, "InvalidParameter.ActionError"),
        ({"statement": [{"effect": "allow", "action": "*", "resource": "mine"}]}, "InvalidParameter.ResourceError"),
    ],
)
def test_a_wrong_policy_document_is_refused(cloud: LocalCloud, change: dict[str, object], code: str) -> None:
    with refused(code):
        common("cam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(SENDING | change)})


def test_names_are_unique(cloud: LocalCloud) -> None:
    common("cam", "AddUser", {"Name": "mailer"})
    with refused("InvalidParameter.SubUserNameInUse"):
        common("cam", "AddUser", {"Name": "mailer"})
    with refused("InvalidParameter.UserNameIllegal"):
        common("cam", "AddUser", {"Name": "mailer of klinematrix"})
    common("cam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(SENDING)})
    with refused("FailedOperation.PolicyNameInUse"):
        common("cam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": json.dumps(SENDING)})
    with refused("ResourceNotFound.UserNotExist"):
        common("cam", "AttachUserPolicy", {"PolicyId": 1, "AttachUin": 100000000009})


def test_the_deployer_is_a_user_of_the_account(cloud: LocalCloud) -> None:
    caller = common("sts", "GetCallerIdentity")
    assert caller["Arn"] == f"qcs::cam:{caller['AccountId']}:uin/{caller['UserId']}"
    assert len(common("cam", "ListAccessKeys")["AccessKeys"]) == 1
    with refused("AuthFailure.SignatureFailure"):
        common("sts", "GetCallerIdentity", credential=Credential(cloud.environment["TENCENTCLOUD_SECRET_ID"], "x" * 32))
