# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A bucket: read side by side, written one setting after the other."""

from __future__ import annotations

import functools
import typing as t

from ..._core.apply import Step, Waves, side_by_side
from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.plan import Change, State, States
from ..._core.reconcile import Reconciler
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from ..._core.wait import Wait
from ..credentials import CLOUD
from . import declared
from .client import Client
from .cnames import Cnames, verification
from .documents import build
from .reading import contents, read_bucket, shown
from .replication import Replication, turned
from .rules import KIND
from .settings import ACCELERATION, ACCESS_MONITOR, ACL, LIFECYCLE, SETTINGS, Setting

# What PutBucket itself says; such settings of a new bucket need no call of their own.
AT_BIRTH = ("storage_class", "redundancy", "resource_group")
REDUNDANCY = (
    "OSS changes LRS to ZRS by a conversion task that runs for hours and costs money: start it yourself "
    "(console: Redundancy type; ossutil: create-bucket-data-redundancy-transition), then run again. ZRS never becomes LRS"
)


Read = t.Callable[[], t.Optional[State]]


class Bucket(Reconciler):
    """One bucket and its declared settings."""

    kind = KIND
    identity = ("name", "region")

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._host = host
        self._traffic = traffic
        self._params = host.params
        self._name: str = host.params["name"]
        self._want: State = {}
        self._kept_rules: list[State] = []  # lifecycle rules of others, when they are to stay
        self._contents: list[str] = []
        self._added: dict[str, State] = {}  # what OSS says about new replication rules, by destination
        self._proofs: dict[str, State] = {}  # TXT records that prove declared domains
        self._bound: dict[str, State] = {}  # what OSS says about declared domains

    def want(self) -> dict[str, State | None]:
        self._want = declared.bucket(self._params)
        return {self._name: None if self._params["state"] == "absent" else self._want}

    # --- reading -------------------------------------------------------------

    def read(self) -> dict[str, State]:
        """GetBucketInfo, and beside it a GET for each declared setting that it does not tell."""
        self._client = Client.of(self._host, self._traffic, self._want["region"])
        wait = Wait(float(self._params["wait_timeout"]), tell=self._host.tell)
        self._replication = Replication(self._client, self._name, wait, self._params["wait"])
        self._cnames = Cnames(self._client, self._name, Wait(float(self._params["cname_timeout"]), tell=self._host.tell), self._host.warn)
        info_first: list[Read] = [functools.partial(read_bucket, self._client, self._name), *self._reads()]
        info, *parts = side_by_side(lambda read: read(), info_first)
        if info is None:
            return {}
        state = {key: value for part in (info, *parts) for key, value in (part or {}).items()}
        if not self._params["purge_lifecycle_rules"]:
            self._set_foreign_rules_aside(state)
        return {self._name: state}

    def _reads(self) -> list[Read]:
        if self._params["state"] == "absent":
            return [self._look_inside]
        reads: list[Read] = [
            functools.partial(setting.get, self._client, self._name)
            for setting in SETTINGS
            if setting.read and any(field in self._want for field in setting.fields)
        ]
        if "replication" in self._want:
            reads.append(lambda: {"replication": self._replication.read()})
        if "cnames" in self._want:
            reads += [lambda: {"cnames": self._cnames.read()}, self._read_proofs]
        return reads

    def _read_proofs(self) -> State:
        self._proofs = self._cnames.proofs([cname["domain"] for cname in self._want["cnames"] if not has_unknown(cname["domain"])])
        return {}

    def _look_inside(self) -> State:
        self._contents = contents(self._client, self._name)
        return {}

    def _set_foreign_rules_aside(self, state: State) -> None:
        ours = {rule["id"] for rule in self._want.get("lifecycle_rules") or []}
        rules = state.get("lifecycle_rules") or []
        self._kept_rules = [rule for rule in rules if rule["id"] not in ours]
        if rules:
            state["lifecycle_rules"] = [rule for rule in rules if rule["id"] in ours]

    # --- planning ------------------------------------------------------------

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        there, wanted = have.get(self._name), want[self._name]
        if there and wanted and wanted.get("redundancy", there["redundancy"]) != there["redundancy"]:
            sentence = f"bucket {self._name}: redundancy is {there['redundancy']}, declared {wanted['redundancy']}; nothing was changed"
            raise PlanError(sentence, code="immutable", cloud=CLOUD, hint=REDUNDANCY)
        plan = super().plan(have, want)
        for change in plan:
            before, after = change.before or {}, change.after or {}
            added = turned(before.get("replication") or [], after.get("replication") or [])[2]
            self._added = {rule["destination"]: dict.fromkeys(("id", "status"), KNOWN_AFTER_APPLY) for rule in added}
            bound = {cname["domain"] for cname in before.get("cnames") or []}
            unbound = [cname["domain"] for cname in after.get("cnames") or [] if cname["domain"] not in bound]
            self._bound = {
                domain: {"status": KNOWN_AFTER_APPLY, "verification": self._proofs.get(domain) or verification(domain)}
                for domain in unbound
            }
        return plan

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            if change.after is None:
                self._refuse_to_empty()
            else:
                self._refuse_public(change, change.after)
                self._refuse_inner_contradictions(change.after)

    def _refuse_to_empty(self) -> None:
        if self._contents:
            raise PlanError(
                f"bucket {self._name}: it holds {' and '.join(self._contents)}; nothing was changed",
                code="not_empty",
                cloud=CLOUD,
                hint="Delete or move its contents first, all versions and unfinished uploads included; there is no force",
            )

    def _refuse_public(self, change: Change, after: State) -> None:
        # A bucket that is still to be made comes with Block Public Access on.
        if not after.get("block_public_access", True):
            return
        public_acl = change.touches("acl") and after["acl"] in declared.PUBLIC
        if public_acl or (change.touches("policy") and declared.grants_to_all(after["policy"])):
            raise PlanError(
                f"bucket {self._name}: {'acl ' + after['acl'] if public_acl else 'a policy that allows everybody'} is refused while "
                "Block Public Access is on; nothing was changed",
                code="public_access_blocked",
                cloud=CLOUD,
                hint="Declare block_public_access: false, or keep the bucket private (a CDN can read private buckets)",
            )

    def _refuse_inner_contradictions(self, after: State) -> None:
        if after.get("cors_response_vary") and not after.get("cors_rules"):
            raise PlanError(f"bucket {self._name}: cors_response_vary needs cors_rules", cloud=CLOUD)
        moves = [
            step for rule in after.get("lifecycle_rules") or [] for step in rule["transitions"] + rule["noncurrent_version_transitions"]
        ]
        if any(step.get("is_access_time") for step in moves) and not after.get("access_monitor"):
            raise PlanError(
                f"bucket {self._name}: lifecycle rules by the last access need access tracking",
                cloud=CLOUD,
                hint="Declare access_monitor: true",
            )

    # --- writing -------------------------------------------------------------

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        """One write at a time: OSS refuses changes of a bucket that overlap. Replication rules may start side by side."""
        for change in plan:
            if change.after is None:
                yield [Step(change.title, self._delete)]
            else:
                yield from self._build(change, change.after)

    def _build(self, change: Change, after: State) -> Waves:
        state = {**after, "lifecycle_rules": [*(after.get("lifecycle_rules") or []), *self._kept_rules]}
        touched = [setting for setting in SETTINGS if change.touches(*setting.fields)]
        if change.action == "create":
            yield [Step(change.title, lambda: self._create(state))]
            touched = [setting for setting in touched if not _done_at_birth(setting, state)]
        # What is switched off may be in use until the others have changed.
        late = [setting for setting in touched if setting in (ACCESS_MONITOR, ACCELERATION) and not state[setting.fields[0]]]
        for setting in touched:
            if setting not in late:
                yield [self._put(setting, state)]
        if change.touches("replication"):
            yield from self._replicate(change, after)
        if change.touches("cnames"):
            yield from self._bind(change, after)
        for setting in late:
            yield [self._put(setting, state)]

    def _create(self, state: State) -> None:
        headers = {"x-oss-acl": "private", **({"x-oss-resource-group-id": state["resource_group"]} if "resource_group" in state else {})}
        configuration = {"StorageClass": state.get("storage_class"), "DataRedundancyType": state.get("redundancy")}
        body = build("CreateBucketConfiguration", configuration) if any(configuration.values()) else b""
        self._client.send(f"create the bucket {self._name} in {state['region']}", "PUT", self._name, body=body, headers=headers)

    def _delete(self) -> None:
        try:
            self._client.send(f"delete the bucket {self._name}", "DELETE", self._name)
        except CloudError as error:
            if error.code != "NoSuchBucket":
                raise

    def _put(self, setting: Setting, state: State) -> Step:
        overlap = setting is LIFECYCLE and self._params["lifecycle_allow_overlap"]
        headers = {"x-oss-allow-same-action-overlap": "true"} if overlap else None
        return Step(setting.step(self._name), lambda: setting.put(self._client, self._name, state, headers))

    def _replicate(self, change: Change, after: State) -> Waves:
        removed, replaced, added, switched = turned((change.before or {}).get("replication") or [], after["replication"])

        def steps(verb: str, rules: list[State], call: t.Callable[[State], None]) -> list[Step]:
            return [
                Step(f"{verb} the replication of {self._name} to {rule['destination']}", functools.partial(call, rule)) for rule in rules
            ]

        yield steps("switch RTC of", switched, self._replication.switch_rtc)
        yield [
            *steps("stop", replaced, functools.partial(self._replication.remove, final=False)),
            *steps("stop", removed, functools.partial(self._replication.remove, final=True)),
        ]
        yield steps("start", added, self._add_rule)

    def _add_rule(self, rule: State) -> None:
        # What is done with the objects of before is said only when a rule is made, so it is taken as declared.
        wanted = next(each for each in self._want["replication"] if each["destination"] == rule["destination"])
        history = {"historical_objects": wanted["historical_objects"]}
        self._added[rule["destination"]] = {**history, **self._replication.add({**rule, **history})}

    def _bind(self, change: Change, after: State) -> Waves:
        before = {cname["domain"]: cname for cname in (change.before or {}).get("cnames") or []}
        gone = {*before} - {cname["domain"] for cname in after["cnames"]}
        yield [Step(f"unbind {domain} from {self._name}", functools.partial(self._cnames.remove, domain)) for domain in sorted(gone)]
        for cname in after["cnames"]:
            domain = cname["domain"]
            if domain not in before:
                yield [Step(f"bind {domain} to {self._name}", functools.partial(self._bind_one, cname))]
            elif cname != before[domain]:
                yield [Step(f"certify {domain}", functools.partial(self._cnames.certify, cname))]

    def _bind_one(self, cname: State) -> None:
        self._bound[cname["domain"]] = self._cnames.add(cname)

    # --- result --------------------------------------------------------------

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        domains = {**{domain: {"verification": record} for domain, record in self._proofs.items()}, **self._bound}
        return {"bucket": shown(state, self._added, domains) if state else None}


def _done_at_birth(setting: Setting, state: State) -> bool:
    return setting.fields[0] in AT_BIRTH or (setting is ACL and state["acl"] == "private")
