# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Azure Resource Manager: one client for every resource type. Knows tokens, long operations and errors; knows no types."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.retry import Retry
from .._core.traffic import Traffic
from .._core.wait import Wait
from .._sdk import load
from .calls import Calls, Response, check_host, json_of, policies
from .credentials import Credential, subscription_of
from .errors import CLOUD, failed, seconds
from .progress import is_busy, is_over, is_settled, provisioning, state_of
from .transport import GuardedTransport

HOST = "management.azure.com"
SCOPE = f"https://{HOST}/.default"
SUBSCRIPTIONS = "2022-12-01"  # api-versions of Resource Manager itself
PROVIDERS = "2021-04-01"
LONGEST_PAUSE = 15.0
GROWTH = 1.1  # of pauses: what waits for a cluster shall not wait half as long again


@dataclass(frozen=True)
class Sdk:
    """A vendor's management client as the transport of one type: which operations are its verbs.

    module, client: `azure.mgmt.keyvault`, `KeyVaultManagementClient`. operations: the attribute of the client.
    """

    module: str
    client: str
    operations: str
    get: str = "get"
    put: str = "begin_create_or_update"
    patch: str = "update"
    delete: str = "begin_delete"


@dataclass
class Arm:
    """Calls to management.azure.com.

    timeout: seconds for everything that a task waits for. tell: shows progress.
    """

    credential: Credential
    traffic: Traffic
    given_subscription: str | None = None
    timeout: float = 1800.0
    tell: t.Callable[[str], None] = lambda text: None
    retry: Retry = field(default_factory=Retry)

    def __post_init__(self) -> None:
        arm = load("azure.mgmt.core", CLOUD)
        self._rest = load("azure.core.rest", CLOUD)
        self._begin = time.monotonic()
        self._calls = Calls(self.credential, self.retry)
        self._options: dict[str, t.Any] = {
            "policies": policies(self.credential, SCOPE),
            "transport": GuardedTransport(self.traffic),
        }
        self._pipeline = arm.ARMPipelineClient(base_url=f"https://{HOST}", **self._options)
        self._subscription: str | None = self.given_subscription
        self._sdks: dict[tuple[Sdk, str], t.Any] = {}

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> Arm:
        """The client for a task's options."""
        params = host.params
        return cls(Credential.of(host), traffic, subscription_of(params), float(params.get("timeout") or 1800), host.tell)

    # --- who and where -----------------------------------------------------

    @property
    def subscription(self) -> str:
        """The declared subscription, or the only one that the identity can see."""
        if self._subscription is None:
            found = self.get("find the subscription", "/subscriptions", SUBSCRIPTIONS)["value"]
            if len(found) != 1:
                seen = ", ".join(f"{each['displayName']} {each['subscriptionId']}" for each in found) or "none at all"
                raise PlanError(
                    f"no Azure subscription is given, and the identity sees {seen}",
                    code="no_subscription",
                    cloud=CLOUD,
                    hint="Set subscription_id or the environment variable AZURE_SUBSCRIPTION_ID",
                )
            self._subscription = str(found[0]["subscriptionId"])
        return self._subscription

    @property
    def tenant(self) -> str:
        return str(self.credential.claims(SCOPE)["tid"])

    @property
    def object_id(self) -> str:
        """The directory object that this task acts as."""
        return str(self.credential.claims(SCOPE)["oid"])

    @property
    def principal_type(self) -> str:
        """What kind of object that is: tokens of people carry the scopes that they consented to."""
        return "User" if "scp" in self.credential.claims(SCOPE) else "ServicePrincipal"

    # --- calls -------------------------------------------------------------

    def get(self, what: str, path: str, version: str, **query: str) -> dict[str, t.Any]:
        return json_of(what, self._send(what, "GET", path, version, query=query))

    def ask(self, what: str, path: str, version: str) -> dict[str, t.Any]:
        """A POST that only reads: keys, connection strings, credentials."""
        return json_of(what, self._send(what, "POST", path, version))

    def find(self, what: str, path: str, version: str, sdk: Sdk | None = None) -> dict[str, t.Any] | None:
        """A resource, or None if it, its parent or its group is not there."""
        try:
            return json_of(what, self._send(what, "GET", path, version, sdk=sdk))
        except CloudError as error:
            if error.status == 404 and error.code != "SubscriptionNotFound":
                return None
            raise

    def all(self, what: str, path: str, version: str, **query: str) -> list[dict[str, t.Any]]:
        """Every item of a paged list."""
        answer = self.get(what, path, version, **query)
        found: list[dict[str, t.Any]] = list(answer["value"])
        while answer.get("nextLink"):
            answer = json_of(what, self._follow(what, answer["nextLink"]))
            found += answer["value"]
        return found

    def write(
        self, what: str, verb: str, path: str, version: str, body: t.Any = None, *, sdk: Sdk | None = None, idempotent: bool = True
    ) -> Response:
        """PUT, PATCH, POST or DELETE, again while the thing is busy, until the cloud has taken it. Does not wait for the end.

        body: what is sent, or a function that makes it anew for each attempt.
        """

        def attempt() -> Response | CloudError:
            try:
                sent = body() if callable(body) else body
                return self._send(what, verb, path, version, body=sent, sdk=sdk, idempotent=idempotent and verb != "POST")
            except CloudError as error:
                if is_busy(error):
                    return error
                raise

        seen = self._wait(pause=1.0).until(what, attempt, lambda seen: not isinstance(seen, CloudError), str, cloud=CLOUD)
        return seen

    def finish(self, what: str, response: Response) -> None:
        """Wait for the end of a long operation that an answer speaks of. Raises CloudError with the operation's own error."""
        status, result = response.headers.get("Azure-AsyncOperation"), response.headers.get("Location")
        wait = self._wait(pause=min(seconds(response.headers) or 0.5, LONGEST_PAUSE))
        if status:
            seen = wait.until(what, lambda: json_of(what, self._follow(what, status)), is_over, state_of, cloud=CLOUD)
            if state_of(seen).casefold() != "succeeded":
                raise failed(what, seen.get("error") or {"code": state_of(seen), "message": f"the operation ended as {state_of(seen)}"})
        elif result and response.status_code == 202:
            wait.until(
                what, lambda: self._follow(what, result), lambda seen: seen.status_code != 202, lambda seen: "still running", cloud=CLOUD
            )

    def settled(self, what: str, path: str, version: str, sdk: Sdk | None = None) -> dict[str, t.Any] | None:
        """The resource once nothing is under way on it; None if it is not there, or has gone meanwhile."""

        def look() -> dict[str, t.Any] | None:
            return self.find(what, path, version, sdk)

        return self._wait().until(
            what, look, lambda seen: seen is None or is_settled(seen), lambda seen: provisioning(seen or {}), cloud=CLOUD
        )

    def wait_until(self, what: str, look: t.Callable[[], t.Any], done: t.Callable[[t.Any], bool], shown: t.Callable[[t.Any], str]) -> t.Any:
        """Wait within the task's time."""
        return self._wait().until(what, look, done, shown, cloud=CLOUD)

    # --- resource providers ---------------------------------------------------

    def registration(self, namespace: str) -> str:
        """Registered, Registering, NotRegistered or Unregistered."""
        path = f"/subscriptions/{self.subscription}/providers/{namespace}"
        return str(self.get(f"read the resource provider {namespace}", path, PROVIDERS)["registrationState"])

    def register(self, namespace: str) -> None:
        """Let the subscription use a namespace, and wait until it can."""
        what = f"register the resource provider {namespace}"
        self._send(what, "POST", f"/subscriptions/{self.subscription}/providers/{namespace}/register", PROVIDERS, idempotent=False)
        self._wait().until(what, lambda: self.registration(namespace), lambda state: state == "Registered", str, cloud=CLOUD)

    # --- below ---------------------------------------------------------------

    def _wait(self, pause: float = 0.5) -> Wait:
        left = max(self.timeout - (time.monotonic() - self._begin), 0.0)
        return Wait(timeout=left, pause=pause, longest=LONGEST_PAUSE, growth=GROWTH, tell=self.tell)

    def _send(
        self,
        what: str,
        verb: str,
        path: str,
        version: str,
        *,
        query: t.Mapping[str, str] | None = None,
        body: t.Any = None,
        sdk: Sdk | None = None,
        idempotent: bool = True,
    ) -> Response:
        if sdk is not None:
            return self._calls.send(what, lambda: self._by_sdk(sdk, verb, path, version, body), HOST, idempotent=idempotent)
        url = f"https://{HOST}{quote(path, safe='/()@:')}?{urlencode({'api-version': version, **(query or {})}, quote_via=quote)}"

        def call() -> Response:
            return self._pipeline.send_request(self._rest.HttpRequest(verb, url, json=body))

        return self._calls.send(what, call, HOST, idempotent=idempotent)

    def _follow(self, what: str, url: str) -> Response:
        """GET a URL that the cloud gave; the token goes nowhere else than to Resource Manager."""
        check_host(what, url, HOST)
        return self._calls.send(what, lambda: self._pipeline.send_request(self._rest.HttpRequest("GET", url)), HOST)

    def _by_sdk(self, sdk: Sdk, verb: str, path: str, version: str, body: t.Any) -> Response:
        """The same call through a vendor's client, as plain data both ways."""
        parts = path.strip("/").split("/")  # subscriptions, …, resourceGroups, …, providers, namespace, type, name, type, name
        names = [parts[3], *parts[7::2]]
        client = self._sdks.get((sdk, version))
        if client is None:
            made = getattr(load(sdk.module, CLOUD), sdk.client)
            client = self._sdks[sdk, version] = made(self.credential, parts[1], api_version=version, **self._options)
        call = getattr(getattr(client, sdk.operations), {"GET": sdk.get, "PUT": sdk.put, "PATCH": sdk.patch, "DELETE": sdk.delete}[verb])
        raw: dict[str, t.Any] = {"cls": lambda answer, *_: answer.http_response}
        arguments = [*names] if body is None else [*names, body]
        if call.__name__.startswith("begin_"):
            return call(*arguments, polling=False, **raw).result()
        return call(*arguments, **raw)
