# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a task may mend a refusal."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import refusal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Ref, ref_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.refusals import awaited

THINGS: dict[str, t.Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {"group": "example.com", "names": {"kind": "Thing", "plural": "things"}, "versions": [{"name": "v1", "served": True}]},
}
SPACE, ACCOUNT = Ref("", "Namespace", None, "test"), Ref("", "ServiceAccount", "test", "run")
ROLE, DEFINITION = Ref("rbac.authorization.k8s.io", "Role", "test", "reader"), ref_of(THINGS)
POD, THING, BINDING = (
    Ref("", "Pod", "test", "p"),
    Ref("example.com", "Thing", "test", "one"),
    Ref("rbac.authorization.k8s.io", "RoleBinding", "test", "reader"),
)
LACKING = 'pods "p" is forbidden: error looking up service account test/run: serviceaccount "run" not found'


@pytest.mark.parametrize(
    ("ref", "status", "text", "mends"),
    [
        (POD, 403, 'pods "p" is forbidden: violates PodSecurity "restricted:latest": x', SPACE),
        (POD, 403, 'pods "p" is forbidden: User "u" cannot patch resource "pods"', None),
        (POD, 422, "spec.containers: Required value", None),
        (POD, 404, 'serviceaccount "run" not found', ACCOUNT),
        (POD, 404, 'serviceaccount "runner" not found', None),
        (POD, 404, 'configmap "run" not found', None),
        (Ref("", "Secret", "other", "s"), 403, LACKING, None),
        (BINDING, 404, 'roles.rbac.authorization.k8s.io "reader" not found', ROLE),
        (ACCOUNT, 404, 'roles.rbac.authorization.k8s.io "reader" not found', None),
        (THING, 422, ".spec.color: field not declared in schema", DEFINITION),
        (Ref("example.com", "Other", "test", "one"), 422, ".spec.color: field not declared in schema", None),
    ],
)
def test_what_is_written_before_may_mend_it(ref: Ref, status: int, text: str, mends: Ref | None) -> None:
    error = refusal("try it", status, {}, json.dumps({"kind": "Status", "message": text}).encode())
    before = [(DEFINITION, THINGS), *((each, {}) for each in (SPACE, ACCOUNT, ROLE))]
    assert awaited(ref, "example.com/v1", error, before) == mends
