# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reviews: questions that are asked by creating an object (kubernetes.io/docs/reference/access-authn-authz/authorization)."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes import bodies, rights, tokens
from sandbox.clouds.kubernetes.calls import Call
from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.login import MASTERS, User, user_of
from sandbox.clouds.kubernetes.rights import Ask
from sandbox.clouds.kubernetes.times import stamp
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

EVERYTHING: t.Final[list[Json]] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]


def answer(cluster: Cluster, request: Request, call: Call, user: User) -> Reply:
    body = bodies.object_of(bodies.read(request))
    spec = bodies.object_of(body.get("spec") or {})
    status = _HANDLERS[call.plural](cluster, spec, user, call.namespace)
    resource = cluster.resource(call.gv, call.plural)
    about = {"kind": resource.kind, "apiVersion": resource.gv, "metadata": {"creationTimestamp": stamp() if "userInfo" in status else None}}
    return Reply.of_json({**about, **({"spec": spec} if spec else {}), "status": status}, 201)


def _access(cluster: Cluster, spec: Json, user: User, namespace: str) -> Json:
    on, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (on is None) == (path is None):
        which = "spec.resourceAttributes" if on is None else "spec.nonResourceAttributes"
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        text = f'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: {which}: Invalid value: {why}'
        raise ApiError(422, "Invalid", text, {"group": "authorization.k8s.io", "kind": "SelfSubjectAccessReview"})
    if path is not None:
        ask = Ask(path.get("verb", ""), path=path.get("path") or "/")
    else:
        of: Json = on or {}
        names = {name: of.get(name, "") for name in ("verb", "group", "resource", "subresource", "namespace", "name")}
        ask = Ask(**names)
    verdict = rights.decide(cluster, user, ask)
    return {"allowed": verdict.allowed, **({"reason": verdict.reason} if verdict.reason else {})}


def _access_of(cluster: Cluster, spec: Json, user: User, namespace: str) -> Json:
    """The same for somebody else."""
    return _access(cluster, spec, User(spec.get("user", ""), tuple(spec.get("groups") or ())), namespace)


def _rules(cluster: Cluster, spec: Json, user: User, namespace: str) -> Json:
    if MASTERS in user.groups:
        return {"resourceRules": EVERYTHING, "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}], "incomplete": False}
    found = [rule for rule, _ in rights.rules_of(cluster, user, spec.get("namespace", ""))]
    on = [
        {name: rule[name] for name in ("verbs", "apiGroups", "resources", "resourceNames") if name in rule}
        for rule in found
        if rule.get("resources")
    ]
    paths = [{"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]} for rule in found if rule.get("nonResourceURLs")]
    status: Json = {"resourceRules": on, "nonResourceRules": paths, "incomplete": False}
    if user.object_id:  # what Azure's roles allow cannot be listed
        status |= {"incomplete": True, "evaluationError": "webhook authorizer does not support user rule resolution"}
    return status


def _info(user: User) -> Json:
    return {"username": user.name, **({"uid": user.uid} if user.uid else {}), "groups": list(user.groups)}


def _self(cluster: Cluster, spec: Json, user: User, namespace: str) -> Json:
    return {"userInfo": _info(user)}


def _token(cluster: Cluster, spec: Json, user: User, namespace: str) -> Json:
    wanted = tuple(spec.get("audiences") or ())
    found = user_of(cluster, spec.get("token", ""), wanted)
    if found is None:
        return {"authenticated": False, "user": {}, "error": "[invalid bearer token, token lookup failed]"}
    return {"authenticated": True, "user": _info(found), "audiences": list(wanted or tokens.audiences(cluster))}


_HANDLERS: dict[str, t.Callable[[t.Any, Json, User, str], Json]] = {
    "selfsubjectaccessreviews": _access,
    "subjectaccessreviews": _access_of,
    "localsubjectaccessreviews": _access_of,
    "selfsubjectrulesreviews": _rules,
    "selfsubjectreviews": _self,
    "tokenreviews": _token,
}
REVIEWS: t.Final = tuple(_HANDLERS)
