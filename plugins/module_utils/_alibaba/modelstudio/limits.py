# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Rate limits of a workspace, by model: below those of the account, which all workspaces share."""

from __future__ import annotations

import json
import typing as t

from ..._core.apply import Step, Waves
from ..._core.errors import PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map
from ..._core.traffic import Traffic
from ..._core.unknown import has_unknown
from ..credentials import CLOUD
from .client import Answer, ModelStudio

PATH = "/modelstudio/models/limits"
PAGE = 200
# Option → name on the wire.
FIELDS = {
    "request_limit": "requestLimit",
    "request_limit_period": "requestLimitPeriod",
    "usage_limit": "usageLimit",
    "usage_limit_period": "usageLimitPeriod",
}
MINUTE = 60  # the period of the account's own limits


class ModelLimits(Reconciler):
    """The options of dashscope_model_limits as declared limits."""

    kind = Kind(CLOUD, "dashscope_model_limit", Map({name: Leaf() for name in FIELDS}))
    identity = ("workspace",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._params = host.params
        self._workspace: str | None = host.params["workspace"]
        self._studio = ModelStudio.of(host, traffic)
        self._rows: dict[str, Answer] | None = None  # None: not read, the workspace is known after apply
        self.purge = host.params["purge"]

    def want(self) -> dict[str, State | None]:
        declared: dict[str, State | None] = {}
        for each in self._params["limits"]:
            model = each["model"]
            if model in declared:
                raise PlanError(f"the limits of {model} are declared twice", cloud=CLOUD)
            declared[model] = None if each["state"] == "absent" else _declared(model, each)
        return declared

    def read(self) -> dict[str, State]:
        what = "read the model limits of the workspace"
        rows = self._studio.all(what, "ListModelLimits", PATH, "limits", page=PAGE, workspaceId=self._workspace, **self._only())
        self._rows = {each["model"]: each for each in rows}
        own = {model: row.get("workspaceLimit") or {} for model, row in self._rows.items()}
        return {
            model: {name: limit[wire] for name, wire in FIELDS.items() if limit.get(wire) is not None}
            for model, limit in own.items()
            if limit.get("requestLimit") or limit.get("usageLimit")
        }

    def _only(self) -> dict[str, str]:
        """One model is asked for by name; the list of all is long."""
        limits = self._params["limits"]
        return {"model": limits[0]["model"]} if len(limits) == 1 and not self.purge else {}

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan if self._rows is not None else ():
            row = self._rows.get(change.name) if self._rows else None
            if row is None:
                raise PlanError(
                    f"Model Studio offers no model {change.name} here", code="no_such_model", cloud=CLOUD, hint="Check its name"
                )
            most = row.get("modelLimit") or {}
            for name, period in (("request_limit", "request_limit_period"), ("usage_limit", "usage_limit_period")):
                wanted, allowed = (change.after or {}).get(name), most.get(FIELDS[name])
                if wanted and allowed and (change.after or {}).get(period) == most.get(FIELDS[period]) and wanted > allowed:
                    raise PlanError(
                        f"{name} {wanted} of {change.name} is above the account's own limit of {allowed} in {most[FIELDS[period]]} s",
                        cloud=CLOUD,
                        hint="Ask Alibaba Cloud for a higher limit of the account first",
                    )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        """All limits are one call, which is carried out as a whole."""
        if not plan:
            return []
        title = plan[0].title if len(plan) == 1 else f"change the limits of {len(plan)} models"
        return [[Step(title, lambda: self._write(title, [_wire(change) for change in plan]))]]

    def _write(self, title: str, limits: list[Answer]) -> None:
        # The id of the default workspace is learnt from what was read.
        workspace = self._workspace or next((str(row["workspaceId"]) for row in (self._rows or {}).values()), "")
        form = {"workspaceId": workspace, "workspaceLimits": json.dumps(limits)}
        self._studio.call(title, "UpdateModelLimits", "POST", PATH, form=form)

    def result(self, after: States) -> dict[str, t.Any]:
        return {"limits": [{"model": model, **state} for model, state in after.items()]}


def _declared(model: str, each: t.Mapping[str, t.Any]) -> State:
    state: State = {}
    for name in ("request_limit", "usage_limit"):
        limit, period = each[name], each[f"{name}_period"]
        if limit is None:
            continue
        for what, value in ((name, limit), (f"{name}_period", period)):
            if not has_unknown(value) and value <= 0:
                raise PlanError(f"{what} {value} of {model} must be above 0", cloud=CLOUD)
        state |= {name: limit, f"{name}_period": period}
    if not state:
        raise PlanError(f"the limits of {model} declare nothing: give request_limit or usage_limit", cloud=CLOUD)
    return state


def _wire(change: Change) -> Answer:
    """One limit as the API takes it. It is replaced as a whole, so what stays is sent too."""
    if change.after is None:
        return {"model": change.name, "operationType": "DELETE"}
    return {
        "model": change.name,
        "operationType": "OVERLAY",
        **{wire: change.after[name] for name, wire in FIELDS.items() if name in change.after},
    }
