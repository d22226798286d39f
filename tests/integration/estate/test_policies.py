# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least-privilege policies are enough for the whole estate, and the reader's are enough to look and for nothing else."""

from __future__ import annotations

import typing as t

from tests.cloud import LocalCloud
from tests.integration.identities import CLOUDS, restrict
from tests.steps import Ran, direct, run_playbook

INVENTORY = ["-i", "inventories/test"]
# One write at each cloud, of a thing that is not there.
WRITES: dict[str, tuple[str, dict[str, t.Any]]] = {
    "azure": ("azure_resource", {"type": "Microsoft.Resources/resourceGroups", "name": "theirs", "location": "koreacentral"}),
    "alibaba": ("oss_bucket", {"name": "not-for-readers", "region": "cn-shanghai"}),
    "tencent": ("tencent_ses_domain", {"name": "not-for-readers.example.com"}),
    "cloudflare": ("cloudflare_record", {"zone": "klinematrix.com", "name": "not-for-readers", "type": "A", "content": "192.0.2.1"}),
}


def refusals(cloud: LocalCloud) -> list[str]:
    """Calls that were refused for want of a right."""
    return [f"{call['method']} {call['host']} {call['action']}" for call in cloud.journal if call["status"] == 403]


def failures(ran: Ran) -> list[str]:
    return [f"{done.task}: {done.result.get('msg')}" for done in ran.done if done.status == "failed"]


def test_the_policies_suffice_for_the_estate_and_the_readers_for_looking_at_it(cloud: LocalCloud) -> None:
    restrict(cloud)
    converged = run_playbook(cloud, "site.yml", INVENTORY)
    assert (converged.code, failures(converged)) == (0, []), converged.output[-4000:]
    assert {call["cloud"] for call in cloud.writes} == {*CLOUDS, "kubernetes"}

    restrict(cloud, reader=True)
    cloud.forget()
    looked = run_playbook(cloud, "playbooks/drift.yml", INVENTORY)
    assert (looked.code, failures(looked)) == (0, []), looked.output[-4000:]
    written = [call["action"] for call in cloud.writes if call["host"] != "login.microsoftonline.com"]
    assert (written, refusals(cloud)) == ([], [])

    for name, (module, options) in WRITES.items():
        done = direct(cloud, module, **options)
        assert done.status == "failed", name
        assert "no_answer" not in done.result["failure"].values(), name
    with cloud.state() as state:
        assert "not-for-readers" not in str(state["alibaba"]["oss"]["buckets"]) + str(state["cloudflare"]["api"]["zones"])
        assert "not-for-readers.example.com" not in str(state["tencent"]["ses"])
        assert "theirs" not in state["azure"]["arm"]["groups"]


VAULT = {"resource_group": "FinancialAgent", "location": "koreacentral"}
CHARTS: dict[str, t.Any] = {
    "name": "charts.klinematrix.com",
    "type": "web",
    "scope": "overseas",
    "sources": [{"type": "oss", "content": "every-setting.oss-cn-shanghai.aliyuncs.com"}],
}
# What the estate does not declare: one call of each module, with everything that it can set.
MORE: list[tuple[str, dict[str, t.Any]]] = [
    ("cloudflare_zone", {"name": "klinematrix.com", "settings": {"ssl": "strict"}, "dnssec": "active"}),
    ("cloudflare_zone_info", {"name": "klinematrix.com", "settings": ["ssl"], "dnssec": True}),
    ("cloudflare_registrar_domain", {"name": "klinematrix.com", "auto_renew": False}),
    ("cdn_domain_info", {"name": "charts.klinematrix.com"}),
    ("dashscope_model_limits", {"limits": [{"model": "qwen-vl-plus", "request_limit": 10}]}),
    ("azure_resource", {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}),
    (
        "azure_resource",
        {
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
            "name": "backend",
            "resource_group": "FinancialAgent",
            "location": "koreacentral",
        },
    ),
    ("key_vault", {**VAULT, "name": "klinematrix-test-kv", "deployer_role": "Key Vault Secrets Officer"}),
    ("dashscope_key", {"description": "backend", "key_vault": "klinematrix-test-kv", "secret_name": "dashscope-api-key"}),
    (
        "dashscope_key",
        {"description": "backend", "key_vault": "klinematrix-test-kv", "secret_name": "dashscope-api-key", "rotate": "always"},
    ),
    ("key_vault_secret", {"vault": "klinematrix-test-kv", "name": "short-lived", "value": "a"}),
    ("key_vault_secret", {"vault": "klinematrix-test-kv", "name": "short-lived", "state": "absent"}),
    ("key_vault_secret", {"vault": "klinematrix-test-kv", "name": "short-lived", "value": "b"}),
    ("cdn_domain", {**CHARTS, "private_origin": True, "tags": {"app": "klinematrix"}}),
    ("cdn_domain", {**CHARTS, "private_origin": False, "tags": {"env": "test"}}),
    ("oss_bucket", {"name": "every-setting", "region": "cn-shanghai", "tags": {"a": "b"}, "website": {"index_document": "index.html"}}),
    (
        "oss_bucket",
        {"name": "every-setting", "region": "cn-shanghai", "website": {}, "referer": {"allow_empty": False, "allowed": ["https://a.b"]}},
    ),
    ("oss_bucket_info", {"settings": ["all"]}),
]


def test_the_policies_suffice_for_what_the_estate_does_not_declare(cloud: LocalCloud) -> None:
    restrict(cloud)
    with cloud.state() as state:
        state["alibaba"]["cdn"]["verified_roots"] = ["klinematrix.com"]
    cloud.fault("slow_operation", action="cdn.*", seconds=0.05, count=None)
    for module, options in MORE:
        done = direct(cloud, module, **options)
        assert done.status == "ok", (module, done.result)
        # The vault refuses until the role that was given just now has taken effect.
        refused = [call["action"] for call in done.calls if call["status"] == 403 and not call["host"].endswith(".vault.azure.net")]
        assert refused == [], module
