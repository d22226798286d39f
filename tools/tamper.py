# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody might do behind our back, done with clients that are not ours: `python -m tools.tamper NAME`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

Script = Callable[[], None]


@dataclass(frozen=True)
class Change:
    """One change, and how a drift run must name it. also: what follows from it elsewhere."""

    name: str
    client: str
    what: str
    finding: str
    script: Script
    also: tuple[str, ...] = ()


CHANGES: dict[str, Change] = {}


def change(name: str, client: str, what: str, finding: str, *also: str) -> Callable[[Script], Script]:
    def register(script: Script) -> Script:
        CHANGES[name] = Change(name, client, what, finding, script, also)
        return script

    return register


@change("dns", "plain HTTP (requests)", "points www at another address", "update cloudflare dns_record www.klinematrix.com A/content")
def repoint_www() -> None:
    import requests

    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"
    zones = "https://api.cloudflare.com/client/v4/zones"
    (zone,) = session.get(zones, params={"name": "klinematrix.com"}, timeout=10).json()["result"]
    records = f"{zones}/{zone['id']}/dns_records"
    (record,) = session.get(records, params={"name.exact": "www.klinematrix.com", "type": "A"}, timeout=10).json()["result"]
    session.patch(f"{records}/{record['id']}", json={"content": "198.51.100.66"}, timeout=10).raise_for_status()


@change(
    "cors",
    "alibabacloud-oss-v2 (SDK)",
    "lets browsers write to the bucket",
    "update alibaba oss_bucket financial-agent-charts/cors_rules/0/allowed_methods",
)
def open_cors() -> None:
    import alibabacloud_oss_v2 as oss

    config = oss.config.load_default()
    config.region = "cn-shanghai"
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    )
    rule = oss.CORSRule(allowed_origins=["*"], allowed_methods=["GET", "HEAD", "PUT"], allowed_headers=["*"], max_age_seconds=3600)
    request = oss.PutBucketCorsRequest(bucket="financial-agent-charts", cors_configuration=oss.CORSConfiguration(cors_rules=[rule]))
    oss.Client(config).put_bucket_cors(request)


# The cluster has another version now than the vault.
SYNCED = "update kubernetes ExternalSecret cert-manager/cloudflare-api-token/metadata/annotations"


@change(
    "secret",
    "azure-keyvault-secrets (SDK)",
    "overwrites a secret",
    "update azure secret cloudflare-api-token/value",
    f"{SYNCED}/hybrid-cloud.klinematrix.com~1vault-versions",
)
def overwrite_secret() -> None:
    from azure.identity import ClientSecretCredential
    from azure.keyvault.secrets import SecretClient

    credential = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
    SecretClient("https://klinematrix-test-kv.vault.azure.net", credential).set_secret(
        "cloudflare-api-token", "somebody-elses-token", content_type="text/plain"
    )


@change(
    "database",
    "azure-mgmt-cosmosdb (SDK)",
    "lets the database speak an old TLS",
    "update azure cosmos_db_account financialagent-mongodb/properties/minimalTlsVersion",
)
def weaken_database() -> None:
    from azure.identity import ClientSecretCredential
    from azure.mgmt.cosmosdb import CosmosDBManagementClient

    credential = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
    accounts = CosmosDBManagementClient(credential, os.environ["AZURE_SUBSCRIPTION_ID"], polling_interval=0.2).database_accounts
    accounts.begin_update("FinancialAgent", "financialagent-mongodb", {"properties": {"minimalTlsVersion": "Tls11"}}).result()


@change("template", "tencentcloud-sdk (typed)", "rewrites a mail", "update tencent ses_template password-reset/text")
def rewrite_template() -> None:
    import base64

    from tencentcloud.common import credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.ses.v20201002 import models, ses_client

    key = credential.Credential(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"])
    http = HttpProfile(certification=os.environ["REQUESTS_CA_BUNDLE"])
    client = ses_client.SesClient(key, "ap-hongkong", ClientProfile(httpProfile=http))
    listed = models.ListEmailTemplatesRequest()
    listed.Limit, listed.Offset = 100, 0
    (found,) = [each for each in client.ListEmailTemplates(listed).TemplatesMetadata if each.TemplateName == "password-reset"]
    one = models.GetEmailTemplateRequest()
    one.TemplateID = found.TemplateID
    content = client.GetEmailTemplate(one).TemplateContent
    content.Text = base64.b64encode(b"Reset your password: https://phishing.example.net").decode()
    request = models.UpdateEmailTemplateRequest()
    request.TemplateID, request.TemplateName, request.TemplateContent = found.TemplateID, found.TemplateName, content
    client.UpdateEmailTemplate(request)


@change(
    "image",
    "kubectl set image",
    "runs another backend",
    "update kubernetes Deployment klinematrix-test/backend/spec/template/spec/containers/backend/image",
)
def swap_image() -> None:
    _kubectl("--namespace", "klinematrix-test", "set", "image", "deployment/backend", "backend=financialagent.azurecr.io/backend:hotfix")


@change(
    "store",
    "kubectl patch",
    "lets every namespace read the vault",
    "update kubernetes ClusterSecretStore azure-keyvault/spec/conditions/0/namespaces",
)
def open_store() -> None:
    _kubectl(
        "patch",
        "clustersecretstore",
        "azure-keyvault",
        "--type",
        "merge",
        "--patch",
        '{"spec": {"conditions": [{"namespaces": ["default"]}]}}',
    )


@change(
    "operator",
    "kubectl scale",
    "stops an operator that helm has installed",
    "update kubernetes Deployment cert-manager/cert-manager/spec/replicas",
)
def stop_operator() -> None:
    _kubectl("--namespace", "cert-manager", "scale", "deployment/cert-manager", "--replicas", "0")


def _kubectl(*arguments: str) -> None:
    """kubectl at the estate's cluster, with the kubeconfig that Azure gives out."""
    import subprocess
    import tempfile

    from azure.identity import ClientSecretCredential
    from azure.mgmt.containerservice import ContainerServiceClient

    credential = ClientSecretCredential(os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
    clusters = ContainerServiceClient(credential, os.environ["AZURE_SUBSCRIPTION_ID"]).managed_clusters
    found = (clusters.list_cluster_user_credentials("FinancialAgent", "FinancialAgent-AKS").kubeconfigs or [])[0]
    with tempfile.NamedTemporaryFile(suffix=".kubeconfig") as file:
        file.write(found.value or b"")
        file.flush()
        subprocess.run(["kubectl", "--kubeconfig", file.name, *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    CHANGES[sys.argv[1]].script()
