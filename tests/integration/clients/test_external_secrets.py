# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""External Secrets in the local cloud: what is in Key Vault becomes a Secret by a federated identity, or does not, and why."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw, wait_for
from tests.integration.clients.operators import (
    OPERATORS,
    READER,
    Json,
    Kubectl,
    namespace,
    new_cluster,
    new_identity,
    ready,
    reason,
    secret_data,
    trust,
)

APP = "klinematrix-test"
GROUP = "external-secrets.io"
SES = {"TENCENT_SECRET_ID": "id-1", "TENCENT_SECRET_KEY": "key-1", "more": {"deep": [1, 2]}, "a.b": "dotted"}
VALUES = {"mongodb-url": "mongodb://user@host/db", "tencent-ses-credentials": json.dumps(SES), "plain": "not json"}
_MADE: Json = {}


class Estate(t.NamedTuple):
    azure: AzureRaw
    kubectl: Kubectl
    client_id: str


@pytest.fixture
def estate(cloud: LocalCloud, tmp_path: Path) -> Estate:
    """A vault with secrets, a cluster in which the operator runs, and a service account that may read the vault. Made once."""
    azure = AzureRaw(cloud)

    def make() -> None:
        azure.with_secrets(enableRbacAuthorization=True)
        for name, value in VALUES.items():
            assert azure.data("PUT", f"/secrets/{name}", {"value": value}).status_code == 200
        kubectl = new_cluster(azure, tmp_path)
        _MADE.update(client=new_identity(azure), kubeconfig=kubectl.kubeconfig.read_bytes())
        chart = ("external-secrets", "--repo", "https://charts.external-secrets.io", "--version", "2.9.0")
        kubectl.helm("install", "external-secrets", *chart, "--namespace", OPERATORS, "--create-namespace", "--wait")
        kubectl.apply(namespace(APP), namespace("elsewhere"), account(_MADE["client"]))
        webhooks = ("validatingwebhookconfiguration", "externalsecret-validate")
        kubectl.until(*webhooks, lambda each: "caBundle" in each["webhooks"][0]["clientConfig"])

    cloud.once("external secrets", make)
    file = tmp_path / "kubeconfig"
    file.write_bytes(_MADE["kubeconfig"])
    return Estate(azure, Kubectl(cloud, file), _MADE["client"])


def account(client_id: str, **annotations: str) -> Json:
    marks = {"azure.workload.identity/client-id": client_id} | {
        f"azure.workload.identity/{name}": each for name, each in annotations.items()
    }
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": READER, "namespace": OPERATORS, "annotations": marks}}


def store(azure: AzureRaw, name: str = "azure-keyvault", conditions: list[Json] | None = None, **vault: t.Any) -> Json:
    """A store as the role writes it; None takes a field away."""
    usual = {
        "authType": "WorkloadIdentity",
        "tenantId": azure.tenant,
        "vaultUrl": "https://klinematrix-test-kv.vault.azure.net",
        "serviceAccountRef": {"name": READER, "namespace": OPERATORS},
    }
    provider = {key: value for key, value in (usual | vault).items() if value is not None}
    spec = {"conditions": conditions or [{"namespaces": [APP]}], "provider": {"azurekv": provider}}
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterSecretStore", "metadata": {"name": name}, "spec": spec}


def external(name: str, where: str = APP, **spec: t.Any) -> Json:
    """An ExternalSecret of the whole value, unless `spec` says otherwise."""
    reference = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "azure-keyvault"}, "refreshInterval": "1h"}
    usual = {} if {"data", "dataFrom"} & set(spec) else {"data": [{"secretKey": "value", "remoteRef": {"key": name}}]}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": where},
        "spec": reference | usual | spec,
    }


def synced(kubectl: Kubectl, name: str, where: str = APP) -> Json:
    return kubectl.until("externalsecret", name, ready, where)


def refused(kubectl: Kubectl, name: str, where: str = APP) -> str:
    """Why an ExternalSecret is not synced, by its event; the condition never tells."""
    found = kubectl.until("externalsecret", name, lambda each: ready(each, "False"), where)
    assert reason(found) == ("False", "SecretSyncedError", "could not get secret data from provider")
    assert not kubectl.get("secret", name, where)
    return next(message for cause, message in kubectl.events(name, where) if cause == "UpdateFailed")


def unusable(kubectl: Kubectl, name: str = "azure-keyvault") -> str:
    """Why a store has no client, by its event."""
    found = kubectl.until("clustersecretstore", name, lambda each: ready(each, "False"))
    assert reason(found) == ("False", "InvalidProviderConfig", "unable to create client")
    return next(message for cause, message in kubectl.events(name) if cause == "InvalidProviderConfig")


def test_secrets_of_the_vault_become_secrets_of_the_cluster(estate: Estate) -> None:
    azure, kubectl, _ = estate
    both = [{"secretKey": name, "remoteRef": {"key": "tencent-ses-credentials", "property": name}} for name in ("TENCENT_SECRET_ID", "a.b")]
    both.append({"secretKey": "second", "remoteRef": {"key": "tencent-ses-credentials", "property": "more.deep.1"}})
    kubectl.apply(
        store(azure),
        external("mongodb-url"),
        external("single", data=both),
        external("whole", dataFrom=[{"extract": {"key": "tencent-ses-credentials"}}], target={"name": "tencent-ses-credentials"}),
    )
    found = kubectl.until("clustersecretstore", "azure-keyvault", ready)
    assert reason(found) == ("True", "Valid", "store validated")
    assert found["status"]["capabilities"] == "ReadWrite"
    whole = synced(kubectl, "whole")
    assert reason(whole) == ("True", "SecretSynced", "secret synced")
    assert whole["status"]["binding"] == {"name": "tencent-ses-credentials"}
    assert whole["status"]["syncedResourceVersion"].startswith("1-")
    secret = kubectl.get("secret", "tencent-ses-credentials", APP)
    nested = {"more": '{"deep":[1,2]}'}
    assert secret_data(secret) == SES | nested
    assert secret["metadata"]["labels"]["reconcile.external-secrets.io/managed"] == "true"
    assert "reconcile.external-secrets.io/data-hash" in secret["metadata"]["annotations"]
    assert [each["name"] for each in secret["metadata"]["ownerReferences"]] == ["whole"]
    assert ("Created", "secret created") in kubectl.events("whole", APP)
    synced(kubectl, "single")
    assert secret_data(kubectl.get("secret", "single", APP)) == {"TENCENT_SECRET_ID": "id-1", "a.b": "dotted", "second": "2"}
    synced(kubectl, "mongodb-url")
    assert secret_data(kubectl.get("secret", "mongodb-url", APP)) == {"value": VALUES["mongodb-url"]}
    assert "ClusterSecretStore   azure-keyvault   1h                 SecretSynced   True" in kubectl("get", "externalsecrets", "-n", APP)


def test_a_rotated_secret_comes_when_a_sync_is_forced_and_an_edited_one_is_put_back(estate: Estate) -> None:
    azure, kubectl, _ = estate
    kubectl.apply(store(azure), external("mongodb-url"))
    before = synced(kubectl, "mongodb-url")
    first = azure.data("GET", "/secrets/mongodb-url").json()["id"].rpartition("/")[2]
    assert azure.data("PUT", "/secrets/mongodb-url", {"value": "rotated"}).status_code == 200
    pinned = [{"secretKey": "value", "remoteRef": {"key": "mongodb-url", "version": first}}]
    kubectl.apply(external("pinned", data=pinned))
    synced(kubectl, "pinned")
    assert secret_data(kubectl.get("secret", "pinned", APP)) == {"value": VALUES["mongodb-url"]}
    assert secret_data(kubectl.get("secret", "mongodb-url", APP)) == {"value": VALUES["mongodb-url"]}  # its hour is not over
    kubectl("annotate", "externalsecret", "mongodb-url", "-n", APP, "force-sync=1")
    old = before["status"]["syncedResourceVersion"]
    kubectl.until("externalsecret", "mongodb-url", lambda each: each["status"]["syncedResourceVersion"] != old, APP)
    assert secret_data(kubectl.get("secret", "mongodb-url", APP)) == {"value": "rotated"}
    edited = kubectl(
        "patch", "secret", "mongodb-url", "-n", APP, "-o", "json", "-p", '{"data":{"value":"YnkgaGFuZA==","more":"YnkgaGFuZA=="}}'
    )
    assert secret_data(json.loads(edited)) == {"value": "by hand", "more": "by hand"}
    kubectl.until("secret", "mongodb-url", lambda each: secret_data(each) == {"value": "rotated"}, APP)
    kubectl("delete", "secret", "mongodb-url", "-n", APP)
    kubectl.until("secret", "mongodb-url", lambda each: secret_data(each) == {"value": "rotated"}, APP)


def test_a_template_shapes_the_secret(estate: Estate) -> None:
    azure, kubectl, _ = estate
    template = {
        "type": "Opaque",
        "metadata": {"labels": {"app": "backend"}},
        "data": {"url": "{{ .value }}?ssl=true", "raw": "{{ .value | b64enc }}"},
    }
    missing = {"data": {"url": "{{ .nothing }}"}}
    kubectl.apply(store(azure), external("mongodb-url", target={"template": template}), external("plain", target={"template": missing}))
    synced(kubectl, "mongodb-url")
    secret = kubectl.get("secret", "mongodb-url", APP)
    assert secret_data(secret)["url"] == "mongodb://user@host/db?ssl=true"
    assert set(secret_data(secret)) == {"url", "raw"}
    assert secret["metadata"]["labels"]["app"] == "backend"
    found = kubectl.until("externalsecret", "plain", lambda each: ready(each, "False"), APP)
    assert reason(found) == ("False", "SecretSyncedError", "could not update secret")
    assert 'map has no entry for key "nothing"' in dict(kubectl.events("plain", APP))["UpdateFailed"]


def test_what_cannot_be_read_is_told_in_an_event(estate: Estate) -> None:
    azure, kubectl, _ = estate
    kubectl.apply(
        store(azure),
        external("absent"),
        external("plain", dataFrom=[{"extract": {"key": "plain"}}]),
        external("part", data=[{"secretKey": "x", "remoteRef": {"key": "tencent-ses-credentials", "property": "NOPE"}}]),
        external("mongodb-url", "elsewhere"),
        external("storeless", secretStoreRef={"kind": "ClusterSecretStore", "name": "nope"}),
    )
    told = "error retrieving secret at .data[0], key:"
    assert refused(kubectl, "absent") == f"{told} absent, err: Secret does not exist"
    json_error = "error unmarshalling json data: invalid character 'o' in literal null (expecting 'u')"
    assert refused(kubectl, "plain") == f"error processing spec.dataFrom[0].extract, err: {json_error}"
    missing = "property NOPE does not exist in key tencent-ses-credentials"
    assert refused(kubectl, "part") == f"{told} tencent-ses-credentials, err: {missing}"
    denied = 'using cluster store "azure-keyvault" is not allowed from namespace "elsewhere": denied by spec.condition'
    assert refused(kubectl, "mongodb-url", "elsewhere") == f"{told} mongodb-url, err: {denied}"
    nowhere = 'could not get ClusterSecretStore "nope", ClusterSecretStore.external-secrets.io "nope" not found'
    assert refused(kubectl, "storeless") == f"{told} storeless, err: {nowhere}"


def test_a_wrong_federated_subject_leaves_the_store_without_a_client_until_it_is_right(estate: Estate) -> None:
    azure, kubectl, _ = estate
    trust(azure, "system:serviceaccount:default:somebody")
    kubectl.apply(store(azure), external("mongodb-url"))
    assert unusable(kubectl).startswith(
        f"FromAssertion(): http call(https://login.microsoftonline.com/{azure.tenant}/oauth2/v2.0/token)(POST)"
    )
    subject = f"system:serviceaccount:{OPERATORS}:{READER}"
    text = f"AADSTS700213: No matching federated identity record found for presented assertion subject '{subject}'"
    wait_for(lambda: any(text in message for _, message in kubectl.events("azure-keyvault")))  # as soon as Entra knows the new one
    assert 'ClusterSecretStore "azure-keyvault" is not ready' in refused(kubectl, "mongodb-url")
    trust(azure, subject)
    synced(kubectl, "mongodb-url")


def test_a_missing_role_shows_when_the_secret_is_read(estate: Estate) -> None:
    azure, kubectl, _ = estate
    with azure.cloud.state() as state:
        kept = state["azure"]["arm"]["role_assignments"]
        state["azure"]["arm"]["role_assignments"] = {key: each for key, each in kept.items() if "22222222-" not in key}
    kubectl.apply(store(azure), external("mongodb-url"))
    kubectl.until("clustersecretstore", "azure-keyvault", ready)
    why = refused(kubectl, "mongodb-url")
    assert "keyvault.BaseClient#GetSecret: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure" in why
    assert 'InnerError={"code":"ForbiddenByRbac"}' in why


def test_the_traps_of_the_identity(estate: Estate) -> None:
    azure, kubectl, client_id = estate
    unreachable = "https://klinematrix-none.vault.azure.net"
    kubectl.apply(
        store(azure, "tenantless", tenantId=None),
        store(azure, "accountless", serviceAccountRef={"name": "nobody", "namespace": OPERATORS}),
        store(azure, "vaultless", vaultUrl=unreachable),
        store(azure, "local", serviceAccountRef={"name": READER}),
        external("mongodb-url", secretStoreRef={"kind": "ClusterSecretStore", "name": "local"}),
        external("plain", secretStoreRef={"kind": "ClusterSecretStore", "name": "vaultless"}),
    )
    assert unusable(kubectl, "tenantless") == "missing tenantID in store config"
    assert unusable(kubectl, "accountless") == 'ServiceAccount "nobody" not found'
    # A reference without a namespace means the namespace of whoever uses the store: it is valid until somebody does.
    kubectl.until("clustersecretstore", "local", ready)
    assert refused(kubectl, "mongodb-url").endswith(f'err: ServiceAccount "{READER}" not found')
    kubectl.until("clustersecretstore", "vaultless", ready)  # nobody asks the vault before a secret is read
    assert "dial tcp: lookup klinematrix-none.vault.azure.net on 10.0.0.10:53: no such host" in refused(kubectl, "plain")
    kubectl.apply(account(client_id, **{"tenant-id": azure.tenant}), store(azure))
    many = "multiple tenantID found. Check secretRef, 'spec.provider.azurekv.tenantId', and serviceAccountRef"
    assert unusable(kubectl) == many
    kubectl.apply(store(azure, useAzureSDK=True))  # the newer SDK takes the store's tenant
    kubectl.until("clustersecretstore", "azure-keyvault", ready)


def test_nothing_happens_without_a_pod_and_secrets_go_with_their_owner(estate: Estate) -> None:
    azure, kubectl, _ = estate
    kubectl("scale", "deployment", "external-secrets", "-n", OPERATORS, "--replicas=0")
    kubectl.until("deployment", "external-secrets", lambda each: not each["status"].get("readyReplicas"), OPERATORS)
    kubectl.apply(store(azure), external("mongodb-url"))
    wait_for(lambda: not kubectl.get("externalsecret", "mongodb-url", APP).get("status"))
    kubectl("scale", "deployment", "external-secrets", "-n", OPERATORS, "--replicas=1")
    synced(kubectl, "mongodb-url")
    kubectl("delete", "externalsecret", "mongodb-url", "-n", APP)
    wait_for(lambda: not kubectl.get("secret", "mongodb-url", APP))


def test_tokens_need_a_right_that_the_chart_can_leave_out(estate: Estate) -> None:
    azure, kubectl, _ = estate
    role = json.loads(kubectl("get", "clusterrole", "external-secrets-controller", "-o", "json"))
    rules = [each for each in role["rules"] if each["resources"] != ["serviceaccounts/token"]]
    kubectl("patch", "clusterrole", "external-secrets-controller", "--type=merge", "-p", json.dumps({"rules": rules}))
    kubectl.apply(store(azure), external("mongodb-url"))
    who = f'User "system:serviceaccount:{OPERATORS}:{READER}" cannot create resource "serviceaccounts/token" in API group ""'
    assert unusable(kubectl) == f'serviceaccounts "{READER}" is forbidden: {who} in the namespace "{OPERATORS}"'
    one = {"apiGroups": [""], "resources": ["serviceaccounts/token"], "resourceNames": [READER], "verbs": ["create"]}
    kinds = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "token", "namespace": OPERATORS}}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "token"}
    subjects = [{"kind": "ServiceAccount", "name": READER, "namespace": OPERATORS}]
    kubectl.apply(kinds | {"kind": "Role", "rules": [one]}, kinds | {"kind": "RoleBinding", "roleRef": reference, "subjects": subjects})
    synced(kubectl, "mongodb-url")


def test_what_becomes_of_a_secret_that_the_vault_has_lost(estate: Estate) -> None:
    azure, kubectl, _ = estate
    parts = {"deletes": "Delete", "retains": "Retain"}
    data = [{"secretKey": "value", "remoteRef": {"key": "plain"}}]
    kubectl.apply(store(azure), *(external(name, data=data, target={"deletionPolicy": policy}) for name, policy in parts.items()))
    for name in parts:
        synced(kubectl, name)
    assert azure.data("DELETE", "/secrets/plain").status_code == 200
    kubectl("annotate", "externalsecret", "--all", "-n", APP, "force-sync=1")
    gone = kubectl.until("externalsecret", "deletes", lambda each: reason(each)[1] == "SecretDeleted", APP)
    assert reason(gone) == ("True", "SecretDeleted", "secret deleted due to DeletionPolicy=Delete")
    assert not kubectl.get("secret", "deletes", APP)
    kept = kubectl.until("externalsecret", "retains", lambda each: ready(each, "False"), APP)
    assert reason(kept)[1] == "SecretSyncedError"
    assert secret_data(kubectl.get("secret", "retains", APP)) == {"value": VALUES["plain"]}


def test_policies_of_creation(estate: Estate) -> None:
    """Into a Secret of somebody else's, beside what is in it; once and never again; only where the store's conditions select by label."""
    azure, kubectl, _ = estate
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shared", "namespace": APP}, "data": {"own": "eA=="}}
    data = [{"secretKey": "value", "remoteRef": {"key": "mongodb-url"}}]
    merged = {"name": "shared", "creationPolicy": "Merge"}
    labelled = store(azure, conditions=[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": APP}}}])
    kubectl.apply(
        labelled,
        theirs,
        external("merges", data=data, target=merged),
        external("waits", data=data, target=merged | {"name": "nothing"}),
        external("once", data=data, refreshPolicy="CreatedOnce"),
        external("mongodb-url", "elsewhere"),
    )
    synced(kubectl, "merges")
    shared = kubectl.get("secret", "shared", APP)
    assert secret_data(shared) == {"own": "x", "value": VALUES["mongodb-url"]}
    assert "ownerReferences" not in shared["metadata"]
    assert reason(synced(kubectl, "waits"))[1] == "SecretMissing"
    first = synced(kubectl, "once")["status"]["syncedResourceVersion"]
    assert "denied by spec.condition" in refused(kubectl, "mongodb-url", "elsewhere")
    kubectl("annotate", "externalsecret", "once", "merges", "-n", APP, "force-sync=1")
    kubectl.until("externalsecret", "merges", lambda each: each["status"]["syncedResourceVersion"] != first, APP)
    assert kubectl.get("externalsecret", "once", APP)["status"]["syncedResourceVersion"] == first


def test_policies_that_let_nothing_out_leave_the_operator_idle(estate: Estate) -> None:
    """The chart's own policy is one of those as long as its egress is not given."""
    azure, kubectl, _ = estate
    rule: Json = {"ports": [{"port": 443, "protocol": "TCP"}]}
    kubectl.apply(policy(), store(azure), external("mongodb-url"))
    assert "status" not in kubectl.get("clustersecretstore", "azure-keyvault")
    kubectl.apply(policy(rule))
    assert "dial tcp: lookup login.microsoftonline.com on 10.0.0.10:53: i/o timeout" in unusable(kubectl)
    kubectl.apply(policy(rule, {"ports": [{"port": 53, "protocol": "UDP"}]}))
    synced(kubectl, "mongodb-url")


def policy(*egress: Json) -> Json:
    spec = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "external-secrets"}}, "policyTypes": ["Egress"], "egress": [*egress]}
    metadata = {"name": "external-secrets", "namespace": OPERATORS}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
