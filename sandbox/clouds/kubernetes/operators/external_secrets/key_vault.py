# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""External Secrets' provider for Azure Key Vault: who it becomes, what it reads, and how it says that it could not.

Sources: external-secrets/external-secrets providers/v1/azure/keyvault (keyvault.go, keyvault_new_sdk.go) at chart version 2.9.0. The
words around an answer of Azure are those of go-autorest and MSAL for Go, or of azcore where a store sets `useAzureSDK`.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field
from http import HTTPStatus

from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.operators.external_secrets import gjson
from sandbox.clouds.kubernetes.operators.objects import account_of, running, secret_value
from sandbox.clouds.kubernetes.operators.outside import NoSuchHost, ask
from sandbox.clouds.kubernetes.rights import Ask, authorize
from sandbox.clouds.kubernetes.tokens import issue

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

CALLER = "external-secrets"
AUDIENCE = "api://AzureADTokenExchange"
CLIENT_ID, TENANT_ID = "azure.workload.identity/client-id", "azure.workload.identity/tenant-id"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RULE = "-" * 80


class Failed(Exception):
    """What the provider's error says."""


class NoSecret(Failed):
    """The vault has no such secret."""

    def __init__(self) -> None:
        super().__init__("Secret does not exist")


@dataclass
class Identity:
    """Whose token is asked for: a tenant, a client, and the proof as form fields."""

    tenant: str
    client: str
    proof: dict[str, str] = field(repr=False)


@dataclass
class KeyVault:
    """A client of one vault for one store."""

    cluster: Cluster
    url: str
    modern: bool
    identity: Identity
    token: str = field(default="", repr=False)

    def sign_in(self) -> None:
        """Raises Failed with Entra's refusal."""
        url = f"https://login.microsoftonline.com/{self.identity.tenant}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": self.identity.client, "scope": "https://vault.azure.net/.default"}
        try:
            status, answer = ask(self.cluster, CALLER, "POST", url, form=form | self.identity.proof)
        except NoSuchHost as error:
            raise Failed(f"FromAssertion(): server response error:\n {error}") from None
        if status != 200:
            if self.modern:
                told = _told("POST", url, status, answer["error"], answer)
                raise Failed(f"ClientAssertionCredential authentication failed. \n{told}")
            how = "FromAssertion" if "client_assertion" in self.identity.proof else "FromClientSecret"
            raise Failed(
                f"{how}(): http call({url})(POST) error: reply status code was {status}:\n{json.dumps(answer, separators=(',', ':'))}"
            )
        self.token = answer["access_token"]

    def secret(self, key: str, version: str = "") -> Json:
        """A secret's bundle. A key may name its kind first: secret/, cert/, key/."""
        kind, _, name = key.rpartition("/")
        if kind in ("cert", "key"):
            raise Failed(f"{kind}s of a vault are not emulated by the local cloud")
        if kind not in ("", "secret"):
            raise Failed(f"unknown Azure Keyvault object Type for {name}")
        found: Json = self._get(f"/secrets/{name}/{version}", "GetSecret")
        return found

    def names(self) -> list[Json]:
        """Every secret's item that is enabled, page by page."""
        items: list[Json] = []
        page: Json = self._get("/secrets", "GetSecrets")
        items += page["value"]
        while page["nextLink"]:
            page = self._get(page["nextLink"].removeprefix(self.url).split("?")[0], "GetSecrets", page["nextLink"].split("?", 1)[1])
            items += page["value"]
        return [each for each in items if each["attributes"]["enabled"]]

    def _get(self, path: str, operation: str, query: str = "") -> t.Any:
        if not self.token:
            self.sign_in()
        url = f"{self.url}{path}"
        try:
            status, answer = ask(self.cluster, CALLER, "GET", f"{url}?{query or 'api-version=7.4'}", token=self.token)
        except NoSuchHost as error:
            raise Failed(
                str(error)
                if self.modern
                else f"keyvault.BaseClient#{operation}: Failure sending request: StatusCode=0 -- Original Error: {error}"
            ) from None
        if status == 404:
            raise NoSecret
        if status != 200:
            said = answer["error"]
            if self.modern:
                raise Failed(_told("GET", url, status, said["code"], answer))
            inner = f" InnerError={json.dumps(said['innererror'], separators=(',', ':'))}" if "innererror" in said else ""
            raise Failed(
                f"keyvault.BaseClient#{operation}: Failure responding to request: StatusCode={status} -- Original Error: autorest/azure: "
                f"Service returned an error. Status={status} Code={json.dumps(said['code'])} Message={json.dumps(said['message'])}{inner}"
            )
        return answer


def _told(method: str, url: str, status: int, code: str, answer: t.Any) -> str:
    """An error as azcore prints it."""
    phrase = HTTPStatus(status).phrase
    body = json.dumps(answer, indent=2)
    return f"{method} {url}\n{RULE}\nRESPONSE {status}: {status} {phrase}\nERROR CODE: {code}\n{RULE}\n{body}\n{RULE}\n"


# --- who -----------------------------------------------------------------


def is_referent(provider: Json) -> bool:
    """Whether what a cluster-wide store refers to lies in the namespace of whoever uses it."""
    refs = provider.get("authSecretRef") or {}
    asked = [refs[name] for name in ("clientId", "clientSecret") if name in refs]
    asked += [provider["serviceAccountRef"]] if "serviceAccountRef" in provider else []
    return any("namespace" not in each for each in asked)


def connect(cluster: Cluster, store: Json, namespace: str) -> KeyVault:
    """A client for a store as used from a namespace; it has signed in already, unless the store uses the newer SDK. Raises Failed."""
    provider = store["spec"]["provider"]["azurekv"]
    kind = provider.get("authType", "ServicePrincipal")
    modern = bool(provider.get("useAzureSDK"))
    if kind == "WorkloadIdentity":
        identity = _workload_identity(cluster, store, provider, namespace, modern)
    elif kind == "ServicePrincipal":
        identity = _service_principal(cluster, store, provider, namespace)
    else:
        raise Failed(f"the authType {kind} is not emulated by the local cloud")
    vault = KeyVault(cluster, provider["vaultUrl"].rstrip("/"), modern, identity)
    if not modern:
        vault.sign_in()
    return vault


def _workload_identity(cluster: Cluster, store: Json, provider: Json, namespace: str, modern: bool) -> Identity:
    reference = provider.get("serviceAccountRef")
    if reference is None:
        # Without a reference the controller's own pod has to be set up by the identity webhook of AKS, which is not emulated.
        raise Failed("missing environment variables. AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE must be set")
    if store["kind"] == "ClusterSecretStore":
        namespace = reference.get("namespace", namespace)
    account = cluster.get("v1", "serviceaccounts", namespace, reference["name"])
    if account is None:
        raise Failed(f'ServiceAccount "{reference["name"]}" not found')
    marks = account["metadata"].get("annotations") or {}
    refs = provider.get("authSecretRef")
    client = ""
    if refs is not None:
        if "clientId" not in refs:
            raise Failed("missing accessKeyID/secretAccessKey in store config")
        client = _referred(cluster, store, refs["clientId"], namespace)
    if client and CLIENT_ID in marks:
        raise Failed("multiple clientID found. Check secretRef and serviceAccountRef")
    client = client or marks.get(CLIENT_ID, "")
    if not client:
        raise Failed(f"missing clientID: either serviceAccountRef or service account annotation '{CLIENT_ID}' is missing")
    tenant = provider.get("tenantId", "")
    if tenant and TENANT_ID in marks and not modern:
        raise Failed("multiple tenantID found. Check secretRef, 'spec.provider.azurekv.tenantId', and serviceAccountRef")
    tenant = tenant or marks.get(TENANT_ID, "")
    if not tenant:
        raise Failed("missing tenantID in store config")
    _may_make_tokens(cluster, namespace, reference["name"])
    token = issue(cluster, account, [AUDIENCE, *reference.get("audiences", ())], 3600)
    return Identity(tenant, client, {"client_assertion": token, "client_assertion_type": ASSERTION})


def _may_make_tokens(cluster: Cluster, namespace: str, name: str) -> None:
    """The chart gives the right for every service account, unless `rbac.serviceAccountTokenCreate` is switched off."""
    deployment = running(cluster, CALLER)
    try:
        if deployment:
            authorize(cluster, account_of(deployment), Ask("create", "", "serviceaccounts", "token", namespace, name))
    except ApiError as error:
        raise Failed(error.message) from None


def _service_principal(cluster: Cluster, store: Json, provider: Json, namespace: str) -> Identity:
    if "tenantId" not in provider:
        raise Failed("missing tenantID in store config")
    refs = provider.get("authSecretRef")
    if refs is None:
        raise Failed("missing secretRef in provider config")
    if "clientId" not in refs or "clientSecret" not in refs:
        raise Failed("missing accessKeyID/secretAccessKey in store config")
    client, secret = (_referred(cluster, store, refs[name], namespace) for name in ("clientId", "clientSecret"))
    return Identity(provider["tenantId"], client, {"client_secret": secret})


def _referred(cluster: Cluster, store: Json, reference: Json, namespace: str) -> str:
    if store["kind"] == "ClusterSecretStore":
        namespace = reference.get("namespace", namespace)
    secret = cluster.get("v1", "secrets", namespace, reference["name"])
    if secret is None:
        raise Failed(
            f'cannot get Kubernetes secret "{reference["name"]}" from namespace "{namespace}": secrets "{reference["name"]}" not found'
        )
    value = secret_value(secret, reference.get("key", ""))
    if value is None:
        raise Failed(f'cannot find secret data for key: "{reference.get("key", "")}"')
    return value.decode(errors="replace")


# --- what ----------------------------------------------------------------


def value_at(vault: KeyVault, reference: Json) -> bytes:
    """The value that a remote reference names."""
    bundle = vault.secret(reference["key"], reference.get("version", ""))
    if reference.get("metadataPolicy") == "Fetch":
        return _tag(bundle, reference.get("property", ""))
    return part_of(bundle["value"], reference.get("property", ""), reference["key"])


def part_of(text: str, path: str, key: str) -> bytes:
    """A property of a JSON value; a name with dots in it is found too when there is no such path."""
    if not path:
        return text.encode()
    for each in (path, path.replace(".", "\\.")):
        value = gjson.find(text, each)
        if value is not gjson.MISSING:
            return gjson.shown(value).encode()
    raise Failed(f"property {path} does not exist in key {key}")


def map_at(vault: KeyVault, reference: Json) -> dict[str, bytes]:
    """The JSON object that a remote reference names, one entry a key; nested values stay JSON."""
    text = value_at(vault, reference).decode()
    try:
        return {key: gjson.shown(value).encode() for key, value in gjson.object_of(text).items()}
    except gjson.NotJson as error:
        raise Failed(f"error unmarshalling json data: {error}") from None


def found_by(vault: KeyVault, criteria: Json) -> dict[str, bytes]:
    """All secrets whose names fit a regular expression and that carry the tags."""
    pattern, tags = (criteria.get("name") or {}).get("regexp", ""), criteria.get("tags") or {}
    fitting = {}
    for item in vault.names():
        name = item["id"].rpartition("/")[2]
        if tags.items() <= (item.get("tags") or {}).items() and re.search(pattern, name):
            fitting[name] = vault.secret(name)["value"].encode()
    return fitting


def _tag(bundle: Json, name: str) -> bytes:
    tags = bundle.get("tags") or {}
    if not name:
        return json.dumps(tags, separators=(",", ":")).encode()
    if name not in tags:
        raise Failed(f"tag {name} does not exist")
    return str(tags[name]).encode()
