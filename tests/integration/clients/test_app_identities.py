# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application's own identities, seen by the vendors' SDKs: with the keys in the vault they do their work, and nothing else."""

from __future__ import annotations

import json
import typing as t

from azure.keyvault.secrets import SecretClient
from tencentcloud.common.credential import Credential

from tests.cloud import LocalCloud
from tests.integration.clients import oss_clients
from tests.integration.clients.alibaba_api import core
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.clients.oss_clients import old
from tests.integration.clients.tencent import common, refused
from tests.integration.clients.test_azure_secrets import secrets
from tests.integration.identities import restrict
from tests.steps import Task, direct, play

VAULT = "klinematrix-test-kv"
MAILER = {"id_secret_name": "tencent-ses-secret-id", "secret_name": "tencent-ses-secret-key"}
BACKEND = {"id_secret_name": "oss-access-key-id", "secret_name": "oss-access-key-secret"}
READ = {"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:financial-agent-charts/*"]}
SEND = {"effect": "allow", "action": ["ses:SendEmail"], "resource": ["*"]}


def role(**variables: t.Any) -> Task:
    shared = {"app_identities_key_vault": VAULT, "app_identities_rotate_after_days": 90}
    return {"ansible.builtin.include_role": {"name": "klinematrix.hybrid_cloud.app_identities"}, "vars": {**shared, **variables}}


def value(vault: SecretClient, name: str) -> str:
    return str(vault.get_secret(name).value)


def test_the_applications_may_do_their_work_and_nothing_else(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    old("financial-agent-charts").create_bucket()
    old("somebody-elses").create_bucket()
    old("somebody-elses").put_object("a.png", b"a")
    # The deployer's policy is enough for all of it.
    restrict(cloud, "alibaba", "tencent")
    backend = {"name": "backend", "buckets": ["financial-agent-charts"], **BACKEND}
    pair = {"secret_name": "tencent-ses-credentials", "id_field": "TENCENT_SECRET_ID", "secret_field": "TENCENT_SECRET_KEY"}
    ran = play(
        cloud,
        [
            role(app_identities_bucket_users=[backend]),
            role(app_identities_mail_users=[{"name": "mailer", "pair": pair, **MAILER}]),
        ],
    )
    assert (ran.code, "failed=0" in ran.output) == (0, True), ran.output[-3000:]
    assert not [call for call in cloud.journal if call["status"] == 403 and not call["host"].endswith("vault.azure.net")]

    vault = secrets(azure)
    key = (value(vault, "oss-access-key-id"), value(vault, "oss-access-key-secret"))
    charts, others = old("financial-agent-charts", key=key), old("somebody-elses", key=key)
    charts.put_object("a.png", b"a")
    assert charts.get_object("a.png").read() == b"a"
    for forbidden in (
        lambda: charts.delete_object("a.png"),
        charts.list_objects,
        charts.get_bucket_info,
        lambda: others.get_object("a.png"),
    ):
        with oss_clients.refused(403, "AccessDenied"):
            forbidden()

    written = json.loads(value(vault, "tencent-ses-credentials"))
    assert written == {
        "TENCENT_SECRET_ID": value(vault, "tencent-ses-secret-id"),
        "TENCENT_SECRET_KEY": value(vault, "tencent-ses-secret-key"),
    }
    mailer = Credential(*written.values())
    mail = {"FromEmailAddress": "noreply@mail.klinematrix.com", "Destination": ["a@example.com"], "Subject": "s"}
    with refused("FailedOperation.NotAuthenticatedSender"):  # there is no such sender: it was allowed to ask
        common("ses", "SendEmail", {**mail, "Template": {"TemplateID": 1, "TemplateData": "{}"}}, mailer)
    for product, action in (("ses", "ListEmailAddress"), ("cam", "ListPolicies")):
        with refused("AuthFailure.UnauthorizedOperation"):
            common(product, action, credential=mailer)


def test_what_the_clients_of_alibaba_made_is_adopted_without_a_change(cloud: LocalCloud) -> None:
    vault = secrets(AzureRaw(cloud).with_secrets())
    core("ram", "CreateUser", UserName="backend", Comments="stores charts")
    document = json.dumps({"Statement": [READ], "Version": "1"}, indent=4)
    core("ram", "CreatePolicy", PolicyName="backend-charts", PolicyDocument=document)
    core("ram", "AttachPolicyToUser", UserName="backend", PolicyName="backend-charts", PolicyType="Custom")
    key = core("ram", "CreateAccessKey", UserName="backend")["AccessKey"]
    vault.set_secret("oss-access-key-id", key["AccessKeyId"])
    vault.set_secret("oss-access-key-secret", key["AccessKeySecret"])
    options = {"name": "backend", "policy_name": "backend-charts", "comments": "stores charts", "key_vault": VAULT, **BACKEND}
    done = direct(cloud, "alibaba_ram_user", policy={"Version": "1", "Statement": [READ]}, **options)
    assert (done.status, done.result["changes"]) == ("ok", []), done.result
    assert done.result["user"]["access_key_id"] == key["AccessKeyId"]
    # The other way round: what the module writes is what they read.
    direct(cloud, "alibaba_ram_user", policy={"Version": "1", "Statement": [{**READ, "Action": ["oss:PutObject"]}]}, **options)
    version = core("ram", "GetPolicy", PolicyName="backend-charts", PolicyType="Custom")["DefaultPolicyVersion"]
    assert (version["VersionId"], json.loads(version["PolicyDocument"])["Statement"][0]["Action"]) == ("v2", ["oss:PutObject"])


def test_what_the_client_of_tencent_made_is_adopted_without_a_change(cloud: LocalCloud) -> None:
    vault = secrets(AzureRaw(cloud).with_secrets())
    made = common("cam", "AddUser", {"Name": "mailer", "Remark": "sends", "UseApi": 1})
    document = {"version": "2.0", "statement": [SEND]}
    # One whose name only begins like it is another one.
    common(
        "cam",
        "CreatePolicy",
        {"PolicyName": "mailer-2", "PolicyDocument": json.dumps({"version": "2.0", "statement": [{**SEND, "action": "*"}]})},
    )
    policy = common("cam", "CreatePolicy", {"PolicyName": "mailer", "PolicyDocument": json.dumps(document)})["PolicyId"]
    common("cam", "AttachUserPolicy", {"PolicyId": policy, "AttachUin": made["Uin"]})
    vault.set_secret("tencent-ses-secret-id", made["SecretId"])
    vault.set_secret("tencent-ses-secret-key", made["SecretKey"])
    options = {"name": "mailer", "remark": "sends", "key_vault": VAULT, **MAILER}
    done = direct(cloud, "tencent_cam_user", policy=document, **options)
    assert (done.status, done.result["changes"]) == ("ok", []), done.result
    assert (done.result["user"]["id"], done.result["user"]["access_key_id"]) == (str(made["Uin"]), made["SecretId"])
    direct(cloud, "tencent_cam_user", policy={"version": "2.0", "statement": [{**SEND, "action": ["ses:BatchSendEmail"]}]}, **options)
    got = json.loads(common("cam", "GetPolicy", {"PolicyId": policy})["PolicyDocument"])
    assert got["statement"][0]["action"] == ["ses:BatchSendEmail"]


def test_the_readers_policy_is_enough_to_look(cloud: LocalCloud) -> None:
    AzureRaw(cloud).with_secrets()
    ram = {"name": "backend", "policy": {"Version": "1", "Statement": [READ]}, "key_vault": VAULT, **BACKEND}
    cam = {"name": "mailer", "policy": {"version": "2.0", "statement": [SEND]}, "key_vault": VAULT, **MAILER}
    for module, options in (("alibaba_ram_user", ram), ("tencent_cam_user", cam)):
        assert direct(cloud, module, **options).status == "ok"
    restrict(cloud, "alibaba", "tencent", reader=True)
    for module, options in (("alibaba_ram_user", ram), ("tencent_cam_user", cam)):
        looked = direct(cloud, module, check=True, **options)
        assert (looked.status, looked.result["changes"]) == ("ok", []), looked.result
        written = direct(cloud, module, **{**options, "policy_name": "another"})
        denied = {"alibaba_ram_user": "NoPermission", "tencent_cam_user": "AuthFailure.UnauthorizedOperation"}
        assert (written.status, written.result["failure"]["code"]) == ("failed", denied[module])
