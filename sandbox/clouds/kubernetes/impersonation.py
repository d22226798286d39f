# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Acting as somebody else (`kubectl --as`): who has the right to impersonate is taken for whom he names.

kubernetes.io/docs/reference/access-authn-authz/user-impersonation; k8s.io/apiserver/pkg/endpoints/filters/impersonation.go.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import ApiError
from sandbox.clouds.kubernetes.login import AUTHENTICATED, User, service_account
from sandbox.clouds.kubernetes.rights import Ask, authorize
from sandbox.http import Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

_UNAUTHENTICATED, _ANONYMOUS = "system:unauthenticated", "system:anonymous"
_ACCOUNT, _EXTRA = "system:serviceaccount:", "impersonate-extra-"


def acting(cluster: Cluster, request: Request, caller: User) -> User:
    """Whose rights count for a request; refuses (403) who may not impersonate each of whom and what he names."""
    name, uid = request.headers.get("impersonate-user", ""), request.headers.get("impersonate-uid", "")
    groups = tuple(each.strip() for each in request.headers.get("impersonate-group", "").split(",") if each.strip())
    extras = {each.removeprefix(_EXTRA): value for each, value in request.headers.items() if each.startswith(_EXTRA)}
    if not name:
        if uid or groups or extras:
            text = f"Internal error occurred: requested {list(groups or extras or (uid,))} without impersonating a user"
            raise ApiError(500, "InternalError", text, {"causes": [{"message": text.partition(": ")[2]}]})
        return caller
    parts = name.removeprefix(_ACCOUNT).split(":") if name.startswith(_ACCOUNT) else []
    if len(parts) == 2:
        authorize(cluster, caller, Ask("impersonate", "", "serviceaccounts", namespace=parts[0], name=parts[1]))
        found = service_account(*parts)
    else:
        authorize(cluster, caller, Ask("impersonate", "", "users", name=name))
        found = User(name)
    for each in groups:
        authorize(cluster, caller, Ask("impersonate", "", "groups", name=each))
    for key, value in extras.items():
        authorize(cluster, caller, Ask("impersonate", "authentication.k8s.io", "userextras", key, name=value))
    if uid:
        authorize(cluster, caller, Ask("impersonate", "authentication.k8s.io", "uids", name=uid))
    return User(found.name, _known_to_be_somebody(name, groups or found.groups), uid)


def _known_to_be_somebody(name: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    if name == _ANONYMOUS:
        return groups if _UNAUTHENTICATED in groups else (*groups, _UNAUTHENTICATED)
    return groups if {AUTHENTICATED, _UNAUTHENTICATED} & set(groups) else (*groups, AUTHENTICATED)
