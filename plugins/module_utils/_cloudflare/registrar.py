# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The registration of a domain: looked at, renewed or not, and bought only when the user accepts the charges."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime
from functools import partial

from .._core.apply import Step, Waves
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.unknown import has_unknown
from .._core.wait import Wait
from . import offers
from .client import CLOUD, Client
from .places import account_of, checked_id, domain_name

FIELDS = ("status", "expires_at", "created_at", "auto_renew", "locked", "privacy_mode")
# The only field that the API changes; the others of a declaration are asserted.
ASSERTED = ("locked", "privacy_mode")
# Years are always said: else the registry's shortest term counts, and that may be two years at the price of two.
TERMS = ("auto_renew", "privacy_mode", "years")
OVER = ("succeeded", "failed", "action_required")
Json = dict[str, t.Any]


class Registration(Reconciler):
    """One domain of the account's registrar.

    What is wrong and cannot be changed here is a problem: it stops the run or is a warning, as the option on_problem says.
    """

    kind = Kind(
        CLOUD,
        "registrar_domain",
        Map(
            {
                **dict.fromkeys(FIELDS, Leaf()),
                "privacy_mode": Leaf(create_only=True),
                "years": Leaf(create_only=True),
                "price": Leaf(create_only=True),
            }
        ),
        outputs=("status", "expires_at", "created_at", "locked"),
    )
    identity = ("name",)

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._params = host.params
        self._name = domain_name(host.params["name"])
        self._account_id = checked_id("account_id", host.params["account_id"])
        self._workflow: Json | None = None  # a registration that is under way, or has failed
        self._price: str | None = None
        self._problems: list[str] = []

    def want(self) -> dict[str, State | None]:
        params = self._params
        offers.check_terms(self._name, params)
        if not params["accept_charges"]:
            return {self._name: {"auto_renew": params["auto_renew"]}}
        return {self._name: {name: params[name] for name in TERMS if params[name] is not None}}

    def read(self) -> dict[str, State]:
        self._account_id = self._account_id or account_of(self._client)
        found = self._absent_on_404(f"read the registration of {self._name}", self._path())
        if found is not None and found["status"] != "registration_pending":
            return {self._name: {name: found.get(name) for name in FIELDS}}
        self._workflow = self._absent_on_404(f"read the state of the registration of {self._name}", self._path("/registration-status"))
        if self._params["accept_charges"] and not self._under_way:
            self._price = offers.price(self._offer(), self._name, self._params)
        return {}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        if self._name not in have and not self._params["accept_charges"]:
            return []  # nothing is bought: a problem, see check()
        priced = {"price": self._price} if self._price else {}
        return super().plan(have, {name: {**state, **priced} for name, state in want.items() if state is not None})

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        if has_unknown(self._name):
            return
        registered = have.get(self._name)
        if registered is not None:
            renews = any(change.touches("auto_renew") and (change.after or {})["auto_renew"] for change in plan)
            self._problems = problems(self._name, registered, self._params, datetime.now(UTC), renews=renews)
        elif not plan:
            self._problems = [self._not_registered()]
        elif self._workflow and self._workflow["state"] == "failed":
            self._host.warn(f"an earlier registration of {self._name} has failed: {_reason(self._workflow)}")
        if self._problems and self._params["on_problem"] == "fail":
            raise PlanError(
                f"cloudflare registrar_domain {'; '.join(self._problems)}; nothing was changed",
                code="registration_problem",
                cloud=CLOUD,
                hint="Mend it in the dashboard under Domain Registration, or set on_problem: warn to go on",
            )
        for problem in self._problems:
            self._host.warn(problem)

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        for change in plan:
            if change.action == "create":
                price = f" for {self._price}" if self._price else ""
                yield [Step(f"register {self._name}{price}", partial(self._register, change.after or {}))]
            else:
                yield [Step(change.title, partial(self._renew, (change.after or {})["auto_renew"]))]

    def result(self, after: States) -> dict[str, t.Any]:
        domain = after.get(self._name)
        shown = domain and {"name": self._name, "account_id": self._account_id, **{name: domain.get(name) for name in FIELDS}}
        return {"domain": shown, "problems": self._problems}

    # --- the parts --------------------------------------------------------------

    @property
    def _under_way(self) -> bool:
        return self._workflow is not None and self._workflow["state"] not in ("succeeded", "failed")

    def _not_registered(self) -> str:
        if self._workflow and self._under_way:
            return f"{self._name}: its registration is not finished ({_reason(self._workflow)})"
        return f"{self._name}: not registered in this account; registering it costs money and needs accept_charges: true and max_price"

    def _path(self, more: str = "") -> str:
        return f"/accounts/{self._account_id}/registrar/registrations/{self._name}{more}"

    def _absent_on_404(self, what: str, path: str) -> Json | None:
        try:
            return t.cast("Json", self._client.get(what, path))
        except CloudError as error:
            if error.status != 404:
                raise
            return None

    def _offer(self) -> Json:
        path = f"/accounts/{self._account_id}/registrar/domain-check"
        what = f"ask for the price of {self._name}"
        answer = self._client.send(what, "POST", path, {"domains": [self._name]}, idempotent=True)
        return next((offer for offer in answer["domains"] if offer["name"] == self._name), {})

    def _register(self, after: State) -> dict[str, State]:
        what = f"register {self._name}"
        workflow = self._workflow
        if workflow is None or not self._under_way:
            body = {"domain_name": self._name, **{name: after[name] for name in TERMS if name in after}}
            path = f"/accounts/{self._account_id}/registrar/registrations"
            workflow = self._client.send(what, "POST", path, body, in_background=True)
        self._await(what, workflow, "/registration-status")
        registered = self._client.get(f"read the registration of {self._name}", self._path())
        return {self._name: {name: registered.get(name) for name in FIELDS}}

    def _renew(self, auto_renew: bool) -> None:
        what = f"turn the automatic renewal of {self._name} {'on' if auto_renew else 'off'}"
        workflow = self._client.send(what, "PATCH", self._path(), {"auto_renew": auto_renew}, idempotent=True)
        self._await(what, workflow, "/update-status")

    def _await(self, what: str, workflow: Json, status: str) -> None:
        """Until a workflow has succeeded. One that waits for a person, or has failed, is an error."""
        if workflow["state"] not in OVER:
            wait = Wait(timeout=self._params["timeout"], tell=self._host.tell)
            look = partial(self._client.get, f"read the state of: {what}", self._path(status))
            workflow = wait.until(what, look, lambda seen: seen["state"] in OVER, _reason, cloud=CLOUD)
        if workflow["state"] != "succeeded":
            raise CloudError(
                what,
                _reason(workflow),
                cloud=CLOUD,
                code=str(workflow["state"]),
                executed=None,
                hint="See the dashboard under Domain Registration; a run after that continues",
            )


def problems(name: str, domain: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], now: datetime, *, renews: bool) -> list[str]:
    """What is wrong with a registration, in sentences. renews: automatic renewal is turned on in this run."""
    found = []
    if domain["status"] != "active":
        found.append(f"{name}: its status is {domain['status']}, wanted active")
    left = days_left(domain.get("expires_at"), now)
    if left is not None and left < params["min_days_left"] and not renews:
        renewal = "on" if domain.get("auto_renew") else "off"
        day = str(domain["expires_at"])[:10]
        found.append(f"{name}: expires in {left} days, on {day}, wanted at least {params['min_days_left']}; automatic renewal is {renewal}")
    for field in ASSERTED:
        if params[field] is not None and domain.get(field) != params[field]:
            found.append(f"{name}: {field} is {domain.get(field)!r}, declared {params[field]!r}, and only the dashboard can change it")
    return found


def days_left(expires_at: str | None, now: datetime) -> int | None:
    """Whole days until a registration ends, negative after that; None where the registrar does not say."""
    return None if expires_at is None else (datetime.fromisoformat(expires_at.replace("Z", "+00:00")) - now).days


def _reason(workflow: t.Mapping[str, t.Any]) -> str:
    """A workflow's state with what it says about it."""
    error, context = workflow.get("error") or {}, workflow.get("context") or {}
    words = [str(workflow["state"]), *(str(each) for each in (error.get("message"), context.get("action")) if each)]
    return ": ".join(words)
