#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects
short_description: Keep Kubernetes objects as declared
version_added: 0.1.0
description:
  - Keeps any number of objects of a cluster as declared, in one task, by server-side apply under a field manager of its own.
  - The server's own dry run says what each object would become. What differs from the object that runs is a finding, by path - also
    fields that were declared before and are not any more, and fields that somebody has added by hand since.
  - What controllers do is no finding - status, defaults, the replicas of an autoscaler, injected CA bundles.
  - Objects are written in the order in which others stand on them - namespaces and definitions first, custom resources last.
  - What the server refuses for want of another object of the task (its definition, the labels of its namespace, its service account)
    previews as it is declared, with a warning, and is tried again when that object is written.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._kubernetes
  - klinematrix.hybrid_cloud._kubernetes.ignore
options:
  objects:
    description:
      - The objects, as in a manifest. A C(List) stands for its items.
      - Values of a Secret are not shown anywhere, neither the new ones nor the old.
    type: list
    elements: dict
  files:
    description: Paths of YAML files with objects, several documents each if you like. They are read as kubectl reads them.
    type: list
    elements: path
  kustomize:
    description: Path of a kustomize overlay. C(kustomize) or C(kubectl) on PATH renders it, without asking a server.
    type: path
  namespace:
    description: Namespace of objects that do not name one, where their kind has namespaces. V(default) if not set.
    type: str
  state:
    description: Whether the objects shall be there. With V(absent), nothing but kind, name and namespace of an object counts.
    type: str
    choices: [present, absent]
    default: present
  field_manager:
    description:
      - Under which name fields are applied.
      - What other names have added counts as added by hand, and goes, but for names of controllers and operators, and those that begin with
        C(hybrid-cloud) - several tasks that declare parts of one object take such names.
      - What was there before this module came stays. Not so what C(kubectl apply) has declared on the client's side. This module takes its
        place, so what is not declared here goes.
    type: str
    default: hybrid-cloud
  set:
    description: Name of the set that the objects belong to. They get it as label C(hybrid-cloud.klinematrix.com/set).
    type: str
  prune:
    description:
      - Delete objects that carry the label of O(set) and are not declared in this task, in the namespaces that this task declares or uses.
      - What has the label from somebody else, as controllers copy labels to what they make, is not deleted.
      - Namespaces, persistent volumes and their claims, and definitions of custom resources are never pruned.
    type: bool
    default: false
  prune_everywhere:
    description:
      - Let O(prune) look in all namespaces, and for objects that have none.
      - The set must be one in the whole cluster then. Where another task keeps a set of this name, each deletes what the other keeps.
    type: bool
    default: false
  prune_kinds:
    description: Kinds that are looked through for O(prune). If not set, the usual ones of an application and the declared ones.
    type: list
    elements: str
  allow_mass_delete:
    description: Let O(prune) delete more than a few objects at once.
    type: bool
    default: false
  wait:
    description:
      - Wait until every object is ready, by the rules of its kind - workloads rolled out, jobs complete, claims bound, load balancers with
        an address, secrets synced, certificates issued; with O(state=absent), until every object is gone.
      - It is looked at also when nothing had to be changed.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait, all in all.
      - A webhook that is only just being installed is waited for as well, whether or not O(wait) is set.
    type: int
    default: 300
  wait_for:
    description: Conditions to wait for besides O(wait).
    type: list
    elements: dict
    suboptions:
      kind:
        description: Kind of the object.
        type: str
        required: true
      name:
        description: Name of the object. If not set, all objects of this kind that the task declares.
        type: str
      namespace:
        description: Namespace of the object. If not set, that of the declared object, or O(namespace).
        type: str
      condition:
        description: Type of the condition.
        type: str
        required: true
      status:
        description: Its status.
        type: str
        default: "True"
      reason:
        description: Its reason; any if not set.
        type: str
seealso:
  - module: klinematrix.hybrid_cloud.aks_cluster
"""

EXAMPLES = r"""
- name: Keep a namespace and what is in it
  klinematrix.hybrid_cloud.k8s_objects:
    aks_cluster_id: "{{ aks_cluster.id }}"
    namespace: example-test
    wait: true
    objects:
      - {apiVersion: v1, kind: Namespace, metadata: {name: example-test}}
      - apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {LOG_FORMAT: json}

- name: Keep an overlay, and remove what it does not hold any more
  klinematrix.hybrid_cloud.k8s_objects:
    kubeconfig: ~/.kube/config
    context: example
    kustomize: deploy/overlays/test
    set: backend
    prune: true
    wait: true
    wait_timeout: 600
    ignore:
      - {kind: Deployment, paths: [/spec/replicas]}

- name: Wait until the issuer has its account
  klinematrix.hybrid_cloud.k8s_objects:
    aks_cluster_id: "{{ aks_cluster.id }}"
    files: [issuers.yml]
    wait_for:
      - {kind: ClusterIssuer, condition: Ready, reason: ACMEAccountRegistered}
"""

RETURN = r"""
changes:
  description: Each object that is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: kubernetes
      kind: Deployment
      name: example-test/backend
      id: 6f8a2f0e-2c43-4d0e-9a3a-0b5b8d1c7f11
      action: update
      fields: [{path: /spec/template/spec/containers/backend/image, before: "example/backend:1", after: "example/backend:2"}]
objects:
  description: The declared objects by kind and name.
  returned: success
  type: dict
  sample:
    Deployment example-test/backend:
      {api_version: apps/v1, kind: Deployment, namespace: example-test, name: backend, uid: 6f8a2f0e-2c43-4d0e-9a3a-0b5b8d1c7f11}
io:
  description: How many calls were made. Dry runs are reads.
  returned: always
  type: dict
  sample: {reads: 6, writes: 1}
failure:
  description: What the server answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: kubernetes, code: immutable, status: 422, request_id: null, retryable: false, hint: Declare what is there}
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import MASK
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.objects import Objects
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.options import IGNORE, KUBERNETES, OBJECTS, WAITING
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.shape import shown
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = OBJECTS | IGNORE | WAITING | STATE


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Objects(host, traffic)


def discreet(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments without what Secrets hold."""
    objects = params.get("objects")
    return params if objects is None else {**params, "objects": [shown(each) for each in objects] if isinstance(objects, list) else MASK}


MODULE = Module(KUBERNETES | SPEC, CLOUD, make, shown=discreet)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
