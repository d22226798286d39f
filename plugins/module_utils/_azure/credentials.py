# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Who we are at Azure: one credential, chosen from what is there, whose tokens the tasks of a run share in memory."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import threading
import time
import typing as t
from dataclasses import dataclass, field

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.retry import Retry
from .._core.spec import ArgumentSpec
from .._sdk import load
from .errors import CLOUD, RETRYABLE, no_answer
from .transport import transport

MARGIN = 300.0  # seconds before its end at which a token is not used any more: a call may take a while to arrive
VARIABLES = {
    "tenant": ("AZURE_TENANT_ID", "AZURE_TENANT"),
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_CLIENT_SECRET", "AZURE_SECRET"),
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "token_file": ("AZURE_FEDERATED_TOKEN_FILE",),
}
NEEDED = {"env": ("tenant", "client_id", "secret"), "workload": ("tenant", "client_id", "token_file"), "msi": (), "cli": ()}

AUTH = ArgumentSpec(
    {
        "auth_source": {"type": "str", "choices": ["auto", "env", "workload", "msi", "cli"], "default": "auto"},
        "tenant": {"type": "str"},
        "client_id": {"type": "str"},
        "secret": {"type": "str", "no_log": True, "aliases": ["client_secret"]},
        "subscription_id": {"type": "str"},
    }
)


@dataclass(frozen=True)
class Identity:
    """What logs in, and how. `source`: env (a client secret, from options or the environment), workload, msi or cli."""

    source: str
    tenant: str | None = None
    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    token_file: str | None = None

    @property
    def key(self) -> str:
        """What tells this identity from others, fit to be kept: no secret can be read from it."""
        facts = [self.source, self.tenant, self.client_id, self.secret, self.token_file]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def identity_of(params: t.Mapping[str, t.Any]) -> Identity:
    """The identity of a task: what `auth_source` names, or the first that is there. Nothing is probed.

    Raises PlanError `no_credentials`, which says what is missing for which way in.
    """
    found = {name: _text(params.get(name)) or _environment(name) for name in VARIABLES}
    wanted = params.get("auth_source") or "auto"
    if wanted == "auto":
        wanted = next((source for source in ("env", "workload") if all(found[name] for name in NEEDED[source])), "")
        wanted = wanted or ("cli" if shutil.which("az") else "")
    missing = [name for name in NEEDED.get(wanted, ()) if not found[name]]
    if not wanted or missing:
        raise _no_credentials(wanted, found)
    if wanted == "msi":
        # A client id in the environment belongs to a service principal: only the option names an assigned identity.
        return Identity("msi", client_id=_text(params.get("client_id")))
    if wanted == "cli":
        return Identity("cli", tenant=_text(params.get("tenant")))
    secret = found["secret"] if wanted == "env" else None
    return Identity(wanted, found["tenant"], found["client_id"], secret, found["token_file"] if wanted == "workload" else None)


def subscription_of(params: t.Mapping[str, t.Any]) -> str | None:
    return _text(params.get("subscription_id")) or _environment("subscription_id")


def tenant_of(params: t.Mapping[str, t.Any]) -> str | None:
    return _text(params.get("tenant")) or _environment("tenant")


def _text(value: t.Any) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _environment(name: str) -> str | None:
    return next((found for found in (_text(os.environ.get(variable)) for variable in VARIABLES[name]) if found), None)


def _no_credentials(source: str, found: t.Mapping[str, str | None]) -> PlanError:
    def lacking(way: str) -> str:
        return ", ".join(f"{name} ({' or '.join(VARIABLES[name])})" for name in NEEDED[way] if not found[name])

    ways = {
        "env": f"a client secret lacks {lacking('env')}",
        "workload": f"workload identity lacks {lacking('workload')}",
        "cli": "the az CLI is not on PATH",
        "msi": "managed identity is used only when auth_source: msi says so",
    }
    tried = ways[source] if source else "; ".join(ways[way] for way in ("env", "workload", "cli", "msi"))
    return PlanError(
        f"no Azure credentials: {tried}",
        code="no_credentials",
        cloud=CLOUD,
        hint="Set tenant, client_id and secret (or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET), or log in with `az login`",
    )


class Credential:
    """Tokens of an identity, by scope. Also a `TokenCredential` as the SDKs take it.

    shared: what outlives the task where something keeps it; tokens are found again there, in memory only.
    """

    def __init__(self, identity: Identity, shared: t.MutableMapping[str, t.Any], retry: Retry | None = None) -> None:
        self._identity = identity
        self._shared = shared
        self._retry = retry or Retry()
        self._lock = threading.Lock()
        self._login: t.Any = None

    @classmethod
    def of(cls, host: Host, params: t.Mapping[str, t.Any] | None = None) -> Credential:
        """The credential of a task's options, or of those in `params`."""
        return cls(identity_of(host.params if params is None else params), host.shared)

    def token(self, scope: str) -> str:
        return self.get_token(scope)[0]

    def get_token(self, *scopes: str, **_: t.Any) -> tuple[str, int]:
        """A token that is still good for a while, and when it ends (an azure.core AccessToken).

        Raises CloudError when the login is refused.
        """
        access_token = load("azure.core.credentials", CLOUD).AccessToken
        with self._lock:
            kept = self._shared.get(self._key(scopes[0]))
            if not kept or kept["ends"] - MARGIN < time.time():
                fresh = self._retry.call(lambda: self._log_in(scopes[0]), idempotent=True)
                kept = {"token": fresh.token, "ends": int(fresh.expires_on)}
                self._shared[self._key(scopes[0])] = kept
        return t.cast("tuple[str, int]", access_token(kept["token"], kept["ends"]))

    def forget(self) -> None:
        """The cloud refused a token: none of this identity is used again."""
        with self._lock:
            self._login = None
            for key in [key for key in self._shared if key.startswith(f"azure token {self._identity.key}")]:
                self._shared.pop(key, None)

    def claims(self, scope: str) -> dict[str, t.Any]:
        """What a token says about us: `oid` is our object id, `tid` the tenant. Not verified: the cloud does that."""
        part = self.token(scope).split(".")[1]
        return t.cast("dict[str, t.Any]", json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))

    def _key(self, scope: str) -> str:
        return f"azure token {self._identity.key} {scope}"

    def _log_in(self, scope: str) -> t.Any:
        core = load("azure.core.exceptions", CLOUD)
        try:
            if self._login is None:
                self._login = self._make()
            return self._login.get_token(scope)
        except core.ClientAuthenticationError as error:
            raise _refused(self._identity, error) from None
        except (core.ServiceRequestError, core.ServiceResponseError) as error:
            raise no_answer("log in to Azure", error, "login.microsoftonline.com") from None
        except (OSError, ValueError) as error:
            raise PlanError(f"log in to Azure with {self._identity.source}: {error}", code="no_credentials", cloud=CLOUD) from None

    def _make(self) -> t.Any:
        sdk, who = load("azure.identity", CLOUD), self._identity
        if who.source == "cli":
            return sdk.AzureCliCredential(**({"tenant_id": who.tenant} if who.tenant else {}))
        options = {"transport": transport(), "retry_total": 0}
        if who.source == "msi":
            return sdk.ManagedIdentityCredential(**({"client_id": who.client_id} if who.client_id else {}), **options)
        if who.source == "workload":
            return sdk.WorkloadIdentityCredential(tenant_id=who.tenant, client_id=who.client_id, token_file_path=who.token_file, **options)
        return sdk.ClientSecretCredential(who.tenant, who.client_id, who.secret, **options)


_HINTS = {
    "env": "Check tenant, client_id and secret: the secret's value is needed, not its id, and it may have expired",
    "workload": "Check that a federated credential of this application has the issuer, subject and audience of the token file",
    "msi": "Check that this machine has a managed identity, and that client_id names one that is assigned to it",
    "cli": "Run `az login`, and `az account set` for the tenant that is meant",
}


def _refused(who: Identity, error: t.Any) -> CloudError:
    """The login as Entra refused it. Its text names applications and tenants, never a secret."""
    text = str(error).splitlines()[0] if str(error) else "refused"
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    code = next((word.strip(":.,") for word in text.split() if word.startswith("AADSTS")), None)
    return CloudError(
        "log in to Azure",
        text[:400],
        cloud=CLOUD,
        code=code or "login_refused",
        status=status,
        retryable=status in RETRYABLE,
        hint=_HINTS[who.source],
    )
