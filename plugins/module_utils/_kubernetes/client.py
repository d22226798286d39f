# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The Kubernetes API: the SDK as a transport of plain data. Knows logins, pages and errors; knows no kinds."""

from __future__ import annotations

import json
import re
import threading
import typing as t
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from urllib.request import getproxies

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.retry import Retry
from .._core.traffic import Traffic
from .._sdk import load
from .access import Login, ServerAccess, login_of
from .errors import CLOUD, no_answer, refusal
from .tls import context_for

CONNECT, READ = 15.0, 60.0  # seconds for one call; an API server itself gives up after 60
PAGE_SIZE = 500
READING_VERBS = frozenset({"GET", "HEAD"})
# POSTs that only ask what the login may do.
READING_POSTS = re.compile(
    r"/apis/(authorization\.k8s\.io/v1/selfsubject(access|rules)reviews|authentication\.k8s\.io/v1/selfsubjectreviews)"
)
# GETs that do something: they open a channel into a pod or a node.
_CHANNELS = re.compile(r"/(pods|services|nodes)/[^/]+/(exec|attach|portforward|proxy)(/|$)")

JSON, APPLY, JSON_PATCH = "application/json", "application/apply-patch+yaml", "application/json-patch+json"
DRY_RUN = {"dryRun": "All"}


def is_write(method: str, url: str) -> bool:
    parts = urlsplit(url)
    if method in READING_VERBS:
        return _CHANNELS.search(parts.path) is not None
    if parse_qs(parts.query).get("dryRun") == ["All"]:
        return False
    return method != "POST" or READING_POSTS.fullmatch(parts.path) is None


class Client:
    """Calls to one API server."""

    def __init__(self, login: Login, traffic: Traffic, retry: Retry | None = None) -> None:
        self._login = login
        self._traffic = traffic
        self._retry = retry or Retry()
        self._lock = threading.Lock()
        self._pool: tuple[ServerAccess, t.Any] | None = None

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> Client:
        """The client for a task's options. Nothing is asked yet."""
        return cls(login_of(host, traffic), traffic, Retry(tell=host.tell))

    def access(self) -> ServerAccess:
        """The way to the server, for a program that goes there by itself."""
        with self._lock:
            return self._login.access()

    def is_there(self, host: Host) -> bool:
        """Whether there is a cluster to ask. A preview goes on without one that a task before it would create, and says so."""
        try:
            self.access()
        except CloudError as error:
            if not host.check_mode or error.status != 404 or error.code == "SubscriptionNotFound":
                raise
            host.warn(f"The cluster is not there: what is declared in it previews as created. {error}")
            return False
        return True

    def get(self, what: str, path: str, *, accept: str = JSON, **query: str) -> dict[str, t.Any]:
        """The object at a path. `what` is the sentence for errors: `read Deployment klinematrix-test/backend`."""
        return self._call(what, "GET", path, query, accept=accept)

    def find(self, what: str, path: str, **query: str) -> dict[str, t.Any] | None:
        """The object at a path, or None where there is none."""
        try:
            return self.get(what, path, **query)
        except CloudError as error:
            if error.status != 404:
                raise
            return None

    def list(self, what: str, path: str, *, accept: str = JSON, **query: str) -> list[dict[str, t.Any]]:
        """All items of a collection, page by page. What kind they are is known from where they were asked for (Resource.item)."""
        found: list[dict[str, t.Any]] = []
        more: dict[str, str] = {"limit": str(PAGE_SIZE)}
        while True:
            try:
                answer = self.get(what, path, accept=accept, **query, **more)
            except CloudError as error:
                # The next page is kept for some minutes only. From the start then, and as one page, which cannot end too early.
                if error.status != 410 or "continue" not in more:
                    raise
                found, more = [], {}
                continue
            found += answer.get("items") or ()
            token = (answer.get("metadata") or {}).get("continue")
            if not token:
                return found
            more = {"limit": str(PAGE_SIZE), "continue": token}

    def send(
        self,
        what: str,
        method: str,
        path: str,
        body: t.Any = None,
        *,
        query: t.Mapping[str, str] | None = None,
        form: str = JSON,
        idempotent: bool | None = None,
        hidden: t.Sequence[str] = (),
    ) -> dict[str, t.Any]:
        """The answer of a POST, PUT, PATCH or DELETE.

        form: the content type. idempotent: it may be sent again after a lost answer; PUT and DELETE always may, and what says the
        whole truth (server-side apply). hidden: values of the body that must not be in an error.
        """
        repeatable = form == APPLY or method in ("PUT", "DELETE") if idempotent is None else idempotent
        return self._call(what, method, path, query or {}, body=body, form=form, idempotent=repeatable, hidden=hidden)

    # --- below -------------------------------------------------------------

    def _call(
        self,
        what: str,
        method: str,
        path: str,
        query: t.Mapping[str, str],
        *,
        accept: str = JSON,
        body: t.Any = None,
        form: str | None = None,
        idempotent: bool = True,
        hidden: t.Sequence[str] = (),
    ) -> dict[str, t.Any]:
        headers = {"Accept": accept, **({"Content-Type": form} if form and body is not None else {})}
        data = None if body is None else json.dumps(body).encode()
        target = f"{path}?{urlencode(query)}" if query else path
        # A dry run changes nothing, however often it is asked for.
        repeatable = idempotent or not is_write(method, target)
        try:
            return self._retry.call(lambda: self._once(what, method, target, headers, data, hidden), idempotent=repeatable)
        except CloudError as error:
            known = self._login.trouble() if error.code == "no_answer" else None
            if known:
                error.advise(known)
            raise

    def _once(
        self, what: str, method: str, target: str, headers: dict[str, str], data: bytes | None, hidden: t.Sequence[str]
    ) -> dict[str, t.Any]:
        connected = self._connected()
        response = self._send(what, method, target, headers, data, connected)
        if response.status == 401:
            # A token may have ended in the meantime: a fresh one, if there is one, is worth a try.
            fresh = self._connected(refused=connected[0])
            if fresh[0] != connected[0]:
                response = self._send(what, method, target, headers, data, fresh)
        if response.status >= 300:
            raise refusal(what, response.status, response.headers, response.data, hidden)
        try:
            answer = json.loads(response.data or b"{}")
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise CloudError(what, "the answer is no JSON object", cloud=CLOUD, code="bad_answer", status=response.status, executed=None)
        return answer

    def _send(
        self, what: str, method: str, target: str, headers: dict[str, str], data: bytes | None, connected: tuple[ServerAccess, t.Any]
    ) -> t.Any:
        access, pool = connected
        errors = load("urllib3.exceptions", CLOUD)
        self._traffic.admit(f"{method} {target}", write=is_write(method, target))
        login = {"Authorization": f"Bearer {access.token}"} if access.token else {}
        try:
            return pool.request(
                method,
                f"{access.server}{target}",
                body=data,
                headers={**headers, **login, "User-Agent": "klinematrix.hybrid_cloud"},
                timeout=load("urllib3", CLOUD).Timeout(connect=CONNECT, read=READ),
                retries=False,
                redirect=False,
            )
        except (errors.NewConnectionError, errors.ConnectTimeoutError, errors.ProxyError, errors.SSLError) as error:
            raise no_answer(what, error, access.server, executed=None if _was_cut(error) else False) from None
        except errors.HTTPError as error:
            raise no_answer(what, error, access.server) from None

    def _connected(self, refused: ServerAccess | None = None) -> tuple[ServerAccess, t.Any]:
        """The access and its connections. refused: an access that is no good any more; another thread may have renewed it already."""
        with self._lock:
            if self._pool is None or self._pool[0] == refused:
                access = self._login.access() if refused is None else self._login.again()
                if self._pool is None or self._pool[0] != access:
                    self._pool = access, _connections(access)
            return self._pool


def _connections(access: ServerAccess) -> t.Any:
    """The SDK's pool of connections: proxies as the environment says, TLS as the access says. Its own retries stay unused."""
    sdk = load("kubernetes.client", CLOUD)
    settings = sdk.Configuration()
    settings.host = access.server
    settings.verify_ssl = access.verify
    if access.server_name:
        settings.tls_server_name = access.server_name
        settings.assert_hostname = access.server_name
    _choose_proxy(settings, access)
    try:
        pool = sdk.ApiClient(settings).rest_client.pool_manager
    except (ImportError, ValueError) as error:
        # Not the address: a login may stand in it.
        scheme = str(settings.proxy).partition("://")[0]
        raise PlanError(
            f"the proxy for {access.name} cannot be used: {error if isinstance(error, ImportError) else f'its scheme is {scheme}'}",
            code="bad_proxy",
            cloud=CLOUD,
            hint="Set HTTPS_PROXY, or proxy-url in the kubeconfig, to http://HOST:PORT; for socks5:// PySocks has to be installed",
        ) from None
    # A context of our own, because the SDK reads client certificates from files only.
    pool.connection_pool_kw["ssl_context"] = context_for(access)
    pool.connection_pool_kw["maxsize"] = 16
    return pool


def _choose_proxy(settings: t.Any, access: ServerAccess) -> None:
    """The cluster's own proxy, whatever NO_PROXY says (as client-go has it), else that of the environment: older SDKs do not look there."""
    proxies = getproxies()
    settings.proxy = access.proxy or proxies.get(urlsplit(access.server).scheme) or proxies.get("all")
    settings.no_proxy = None if access.proxy else proxies.get("no")
    login = urlsplit(settings.proxy or "")
    if login.username is not None:
        pair = f"{unquote(login.username)}:{unquote(login.password or '')}"
        settings.proxy_headers = load("urllib3", CLOUD).make_headers(proxy_basic_auth=pair)


def _was_cut(error: Exception) -> bool:
    """A connection that broke after the call had left: behind a proxy that may look as if the proxy had not been reached."""
    seen: list[t.Any] = [error]
    for each in seen:
        seen += [cause for cause in (*getattr(each, "args", ()), getattr(each, "original_error", None)) if isinstance(cause, Exception)]
    return any(isinstance(each, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)) for each in seen)
