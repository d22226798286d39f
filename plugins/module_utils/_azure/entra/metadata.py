# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The OpenID Connect metadata that a tenant publishes: whether sign-in will find what it needs. Public, so nobody logs in for it.

openid.net/specs/openid-connect-discovery-1_0.html section 4; learn.microsoft.com/entra/identity-platform/v2-protocols-oidc.
"""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.inspect import Inspector
from ..._core.plan import Kind, State, States
from ..._core.retry import Retry
from ..._core.rules import Leaf, Map
from ..._core.spec import ArgumentSpec
from ..._core.traffic import Traffic
from ..._sdk import load
from ..calls import host_of
from ..credentials import AUTH, tenant_of
from ..errors import CLOUD, no_answer, refusal
from ..transport import GuardedTransport

DOCUMENT = "/.well-known/openid-configuration"
LOGIN = "https://login.microsoftonline.com"
# The hosts of Microsoft's directories; the metadata of one does not point anywhere else.
DOMAINS = ("login.microsoftonline.com", ".ciamlogin.com", ".b2clogin.com")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
METADATA = ArgumentSpec({"authority": {"type": "str"}, "issuer": {"type": "str"}, "tenant": AUTH.options["tenant"]})


class Metadata(Inspector):
    """The options of `entra_metadata_info`. Fails when something that a sign-in needs is not there."""

    kind = Kind(CLOUD, "entra_metadata", Map(other=Leaf()))

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._authority = _authority(host.params)
        self._issuer: str | None = host.params["issuer"]
        self._retry = Retry()
        self._core = load("azure.core.exceptions", CLOUD)
        self._rest = load("azure.core.rest", CLOUD)
        self._pipeline = load("azure.core", CLOUD).PipelineClient(
            base_url=self._authority, policies=[], transport=GuardedTransport(traffic)
        )

    def read(self) -> dict[str, State]:
        what = f"read the metadata of {self._authority}"
        found = self._get(what, self._authority + DOCUMENT)
        missing = [name for name in ("issuer", *ENDPOINTS) if not isinstance(found.get(name), str)]
        if missing:
            raise _wrong(what, f"it says nothing about {', '.join(missing)}")
        for name in ENDPOINTS:
            if not found[name].startswith("https://") or not _is_directory(found[name]):
                raise _wrong(what, f"its {name} {found[name]} is not one of a directory of Microsoft's")
        if self._issuer is not None and found["issuer"] != self._issuer:
            hint = "Applications compare the issuer to the letter: configure them with the one that the tenant has"
            raise _wrong(what, f"its issuer is {found['issuer']}, not {self._issuer}", hint)
        keys = self._get(f"read the keys of {self._authority}", found["jwks_uri"]).get("keys") or []
        if not keys:
            raise _wrong(f"read the keys of {self._authority}", "there are none, so nobody can check a token")
        return {"metadata": {**{name: found[name] for name in ("issuer", *ENDPOINTS)}, "keys": len(keys)}}

    def _get(self, what: str, url: str) -> dict[str, t.Any]:
        def call() -> t.Any:
            try:
                response = self._pipeline.send_request(self._rest.HttpRequest("GET", url))
            except (self._core.ServiceRequestError, self._core.ServiceResponseError) as error:
                raise no_answer(what, error, host_of(url)) from None
            if response.status_code >= 400:
                raise _refused(what, response)
            return response

        try:
            found = self._retry.call(call, idempotent=True).json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise _wrong(what, "the answer is no JSON object")
        return found

    def result(self, after: States) -> dict[str, t.Any]:
        return {"authority": self._authority, "metadata": after["metadata"]}


def _authority(params: t.Mapping[str, t.Any]) -> str:
    """The authority of a task: what it says, or that of the tenant that it logs in to."""
    given = params["authority"]
    if given is None:
        tenant = tenant_of(params)
        if not tenant:
            raise PlanError(
                "neither authority nor tenant is given", cloud=CLOUD, hint="Set tenant or the environment variable AZURE_TENANT_ID"
            )
        given = f"{LOGIN}/{tenant}/v2.0"
    authority = str(given).strip().rstrip("/").removesuffix(DOCUMENT)
    if not authority.startswith("https://") or not _is_directory(authority):
        raise PlanError(
            f"authority {authority} is not one of a directory of Microsoft's",
            cloud=CLOUD,
            hint=f"It is {LOGIN}/TENANT/v2.0, https://NAME.ciamlogin.com/TENANT/v2.0, or https://NAME.b2clogin.com/TENANT/USER_FLOW/v2.0",
        )
    return authority


def _is_directory(url: str) -> bool:
    host = (urlsplit(url).hostname or "").casefold()
    return any(host == domain or (domain.startswith(".") and host.endswith(domain)) for domain in DOMAINS)


def _refused(what: str, response: t.Any) -> CloudError:
    """Directories answer with an OAuth error, whose text has the number that people search for."""
    try:
        found = response.json()
    except ValueError:
        found = {}
    text = found.get("error_description") if isinstance(found, dict) else None
    if not text:
        return refusal(what, response)
    code = str(text).split(":", maxsplit=1)[0] if str(text).startswith("AADSTS") else None
    hint = "Check the tenant, and in Azure AD B2C the name of the user flow"
    return CloudError(what, str(text).split(" Trace ID", maxsplit=1)[0], cloud=CLOUD, code=code, status=response.status_code, hint=hint)


def _wrong(what: str, detail: str, hint: str | None = None) -> CloudError:
    return CloudError(what, detail, cloud=CLOUD, code="bad_metadata", hint=hint)
