#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects_info
short_description: Look at Kubernetes objects
version_added: 0.2.0
description:
  - Returns objects of a cluster as they are, their status included, any number in one task. What a Secret holds is masked.
  - What is not there, or is of a kind that the cluster does not know, is not among the result. In a preview, neither is anything in a
    cluster that does not exist yet.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._kubernetes
options:
  objects:
    description: What to look for. Without a name, all objects of the kind.
    type: list
    elements: dict
    required: true
    suboptions:
      api_version:
        description: API version of the kind.
        type: str
        default: v1
      kind:
        description: Kind of the object.
        type: str
        required: true
      name:
        description: Name of the object.
        type: str
      namespace:
        description: Namespace to look in; all of them if it is not given.
        type: str
      label_selector:
        description: Labels that the objects must have, as kubectl takes them. Not with a name.
        type: str
  until:
    description:
      - JSON pointers of values that each object must have, for example V(/status/loadBalancer/ingress/0/ip). The module waits for them, but
        not in a preview.
    type: list
    elements: str
  wait_timeout:
    description: How many seconds to wait for O(until); V(0) looks once.
    type: int
    default: 300
seealso:
  - module: klinematrix.hybrid_cloud.k8s_objects
"""

EXAMPLES = r"""
- name: Look which address the ingress has
  klinematrix.hybrid_cloud.k8s_objects_info:
    aks_cluster_id: "{{ aks_id }}"
    objects:
      - {kind: Service, name: traefik, namespace: traefik}
    until: [/status/loadBalancer/ingress/0/ip]
  register: ingress

- name: Look at everything that is synced from the vault
  klinematrix.hybrid_cloud.k8s_objects_info:
    aks_cluster_id: "{{ aks_id }}"
    objects:
      - {api_version: external-secrets.io/v1, kind: ExternalSecret}
"""

RETURN = r"""
objects:
  description: The objects that were found, in the order in which they were asked for.
  returned: success
  type: list
  elements: dict
  sample:
    - apiVersion: v1
      kind: Service
      metadata: {name: traefik, namespace: traefik}
      spec: {type: LoadBalancer}
      status: {loadBalancer: {ingress: [{ip: 192.0.2.10}]}}
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 0}
failure:
  description: What the server answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: kubernetes, code: timeout, status: null, request_id: null, retryable: true, hint: A longer timeout waits longer}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.inspection import ObjectsInfo
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.options import KUBERNETES
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "objects": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "api_version": {"type": "str", "default": "v1"},
                "kind": {"type": "str", "required": True},
                "name": {"type": "str"},
                "namespace": {"type": "str"},
                "label_selector": {"type": "str"},
            },
            "mutually_exclusive": [["name", "label_selector"]],
        },
        "until": {"type": "list", "elements": "str"},
        "wait_timeout": {"type": "int", "default": 300},
    }
)

MODULE = Module(KUBERNETES | SPEC, CLOUD, ObjectsInfo)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
