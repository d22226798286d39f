# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies of statements grant."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.access import allows
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.statements import judge, statements

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
BUCKETS = {"Effect": "Allow", "Action": ["oss:Put*", "oss:GetBucketInfo"], "Resource": "*"}
ONE = {"Effect": "Allow", "Action": "oss:PutBucket", "Resource": "acs:oss:*:*:charts"}
NEVER = {"Effect": "Deny", "Action": "oss:PutBucketAcl", "Resource": "*"}
HTTPS = {"Effect": "Allow", "Action": "oss:*", "Resource": "*", "Condition": {"Bool": {"acs:SecureTransport": "true"}}}
BUT = {"Effect": "Allow", "NotAction": ["ram:*"], "Resource": "*"}


@pytest.mark.parametrize(
    ("found", "action", "resource", "granted"),
    [
        ([ALL], "oss:PutBucket", "*", True),
        ([BUCKETS], "oss:putbucketcors", "*", True),
        ([BUCKETS], "oss:ListBuckets", "*", False),
        ([], "oss:PutBucket", "*", False),
        ([ONE], "oss:PutBucket", "*", None),
        ([ONE], "oss:PutBucket", "acs:oss:*:*:charts", True),
        ([ONE], "oss:PutBucket", "acs:oss:*:*:other", False),
        ([ALL, NEVER], "oss:PutBucketAcl", "*", False),
        ([ALL, NEVER], "oss:PutBucket", "*", True),
        ([ALL, {**NEVER, "Resource": "acs:oss:*:*:charts"}], "oss:PutBucketAcl", "*", None),
        ([HTTPS], "oss:PutBucket", "*", None),
        ([BUT], "oss:PutBucket", "*", True),
        ([BUT], "ram:CreateUser", "*", False),
    ],
)
def test_what_statements_grant(found: list[dict[str, t.Any]], action: str, resource: str, granted: bool | None) -> None:
    assert judge(statements([{"Version": "1", "Statement": found}]), action, resource).granted is granted


def test_the_other_spelling_means_the_same() -> None:
    document = {"version": "2.0", "statement": {"effect": "allow", "action": "name/ses:SendEmail", "resource": "*"}}
    assert judge(statements([document]), "ses:SendEmail", "*").granted is True


ACTIONS = st.sampled_from(["oss:PutBucket", "oss:PutBucketAcl", "oss:GetBucketInfo", "ram:CreateUser"])
STATEMENTS = st.lists(st.sampled_from([ALL, BUCKETS, ONE, NEVER, HTTPS, BUT]), max_size=4)


@given(STATEMENTS, ACTIONS)
def test_a_deny_of_everything_wins_and_more_statements_never_turn_it(found: list[dict[str, t.Any]], action: str) -> None:
    denied = statements([{"Statement": [*found, {"Effect": "Deny", "Action": "*", "Resource": "*"}]}])
    assert judge(denied, action, "*").granted is False


@given(STATEMENTS, ACTIONS)
def test_the_order_and_the_document_of_a_statement_carry_no_meaning(found: list[dict[str, t.Any]], action: str) -> None:
    together = judge(statements([{"Statement": found}]), action, "*")
    apart = judge(statements([{"Statement": [each]} for each in reversed(found)]), action, "*")
    assert together.granted is apart.granted


@pytest.mark.parametrize(
    ("permissions", "action", "data", "granted"),
    [
        ([{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}], "Microsoft.KeyVault/vaults/write", False, True),
        (
            [{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}],
            "Microsoft.Authorization/roleAssignments/write",
            False,
            False,
        ),
        ([{"actions": ["*/read"]}, {"actions": ["Microsoft.KeyVault/*"]}], "microsoft.keyvault/vaults/WRITE", False, True),
        ([{"actions": ["*"]}], "Microsoft.KeyVault/vaults/secrets/getSecret/action", True, False),
        ([{"dataActions": ["Microsoft.KeyVault/vaults/secrets/*"]}], "Microsoft.KeyVault/vaults/secrets/getSecret/action", True, True),
        ([], "Microsoft.KeyVault/vaults/read", False, False),
        # What one role takes away another may give (…/role-based-access-control/role-definitions, notActions is no deny).
        ([{"actions": ["*"], "notActions": ["a/write"]}, {"actions": ["a/write"]}], "a/write", False, True),
    ],
)
def test_what_azure_sums_up(permissions: list[dict[str, list[str]]], action: str, data: bool, granted: bool) -> None:
    assert allows(permissions, action, data=data) is granted
