#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release
short_description: Keep a Helm release as declared
version_added: 0.1.0
description:
  - Keeps a release as declared - its chart, its version, its values, and every object of it that runs.
  - It is compared three ways. What is declared with what helm has stored; what the chart renders with what it rendered then; and every
    rendered object with the one that runs, by a dry run of the server. So edits by hand are found, and a chart that has changed under the
    same version too.
  - Where only running objects differ, they are put right one by one, under helm's name, and no revision is made.
  - What an autoscaler or another controller has set, and fields of O(ignore), are no difference by themselves. Where something else makes a
    new revision, helm writes them as the chart renders them; the changes say so, in check mode too. Leave such a field out of the chart to
    keep it.
  - Keys of values that the chart does not know, and values that its schema refuses, fail before anything is written, in check mode too.
  - A release that has failed is upgraded; one that was left pending is taken back to where it was well, then upgraded.
  - The values are the whole. What an earlier run has set and this one does not declare goes back to the chart's default.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._kubernetes
  - klinematrix.hybrid_cloud._kubernetes.ignore
requirements:
  - helm 3.17 or later, or 4, on PATH
notes:
  - helm is run with reading verbs only in check mode. It gets values on its standard input and the login to the cluster in memory; neither
    is in its arguments or in a file.
  - Logins at registries are those of C(helm registry login). Plugins and repositories of the user's own helm play no part.
  - Hooks are run by helm as usual; they are not compared. Definitions in C(crds/) of a chart are created where they are missing, and
    otherwise left alone, as helm does.
  - What a chart renders by chance (passwords, certificates) is no difference. It shows as C((known after apply)) where something else
    makes a new revision.
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Namespace of the release, and of its objects that name none.
    type: str
    required: true
  state:
    description:
      - V(present) keeps the release as declared. V(absent) uninstalls it.
      - V(rolled_back) takes it back to O(revision).
    type: str
    choices: [present, absent, rolled_back]
    default: present
  chart:
    description:
      - The chart - its name in O(repository), a reference such as V(oci://quay.io/jetstack/charts/cert-manager), or the path of a folder or
        an archive.
      - Required if O(state=present).
    type: str
  repository:
    description: URL of the repository that has the chart, without a login or a query. Nothing needs to be added to helm before.
    type: str
  version:
    description:
      - Version of the chart, in full. Required unless O(chart) is a path.
    type: str
  digest:
    description: SHA-256 of the chart's archive, as V(sha256:...). Another archive is refused before it is looked into.
    type: str
  values:
    description:
      - Values for the chart. They are merged over those of O(values_files), mappings key by key; a null removes what the chart sets.
      - They are shown by path where they differ; see O(secret_values) for those that are not.
    type: dict
  values_files:
    description: YAML files with values, the later ones over the earlier ones.
    type: list
    elements: path
  allow_unknown_values:
    description:
      - Paths of values that the chart takes although neither its C(values.yaml) nor its schema shows them, as V(/controller/config) or
        V(controller.config), or although it shows something else there (a mapping where a text is given). A step V(*) stands for any one;
        what is below is let through as well.
    type: list
    elements: str
  secret_values:
    description:
      - Paths of values that are never shown, in the same form.
      - Values that stand in a Secret of the release, or under a key such as C(password) or C(token), are masked anyway.
      - A secret is masked wherever else it stands too, unless it has less than four characters (a number, less than six) or is an ordinary
        word such as V(admin).
    type: list
    elements: str
  create_namespace:
    description: Create the namespace if it is not there.
    type: bool
    default: false
  revision:
    description:
      - The revision that O(state=rolled_back) goes back to. If not set, the last one that was well before the current one; a release whose
        current revision is a rollback already stays as it is then.
    type: int
  wait:
    description:
      - Wait until the objects are ready; a Service of type LoadBalancer is when it has an address.
      - helm 4 waits with C(--wait=legacy), as helm 3 does. By its own strategy a hook fails whose Job goes away the moment it ends, such as
        those of ingress-nginx; with V(false) helm 4 waits for hooks by that strategy all the same.
    type: bool
    default: true
  timeout:
    description: How many seconds helm waits for one thing.
    type: int
    default: 300
  rollback_on_failure:
    description:
      - Take the release back to its last revision when an upgrade fails, and away when an installation fails.
      - Works only if O(wait=true).
    type: bool
    default: true
  history_max:
    description: How many revisions helm keeps; V(0) for all.
    type: int
    default: 10
  recover_pending_after:
    description:
      - After how many seconds a release that is pending is taken as left behind and recovered. While it is younger, the task fails and says
        so, since somebody else may be at it.
      - It is rolled back to the last revision that was well, or has failed, or to the pending one itself, and then upgraded; so nothing
        of it goes. Only an uninstallation that was cut off is finished before the release is installed anew, and the deletions are among
        the changes.
    type: int
    default: 600
seealso:
  - module: klinematrix.hybrid_cloud.helm_release_info
  - module: klinematrix.hybrid_cloud.k8s_objects
"""

EXAMPLES = r"""
- name: Keep cert-manager as declared
  klinematrix.hybrid_cloud.helm_release:
    aks_cluster_id: "{{ aks_cluster.id }}"
    name: cert-manager
    namespace: cert-manager
    create_namespace: true
    chart: oci://quay.io/jetstack/charts/cert-manager
    version: v1.21.1
    values:
      crds: {enabled: true}

- name: Keep External Secrets as declared, with values in a file
  klinematrix.hybrid_cloud.helm_release:
    kubeconfig: ~/.kube/config
    context: example
    name: external-secrets
    namespace: external-secrets-system
    chart: external-secrets
    repository: https://charts.external-secrets.io
    version: 2.9.0
    digest: sha256:0d6d1b0a6b1f4d3c8a1e7f0c9b5a4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c
    values_files: [files/external-secrets.yml]
    values:
      replicaCount: 2
    ignore:
      - {kind: Deployment, paths: [/spec/template/spec/containers/*/resources]}

- name: Go back to the revision before
  klinematrix.hybrid_cloud.helm_release:
    in_cluster: true
    name: backend
    namespace: example-test
    state: rolled_back
"""

RETURN = r"""
changes:
  description:
    - What is not as declared, the same in check mode and in a real run - the release by C(/chart), C(/version), C(/status), C(/values/...),
      or C(/manifest/...) where only what the chart renders has changed; and each object that runs, by its own fields.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: kubernetes
      kind: helm_release
      name: example-test/backend
      id: null
      action: update
      fields: [{path: /values/replicaCount, before: 1, after: 2}]
    - cloud: kubernetes
      kind: Deployment
      name: example-test/backend
      id: 6f8a2f0e-2c43-4d0e-9a3a-0b5b8d1c7f11
      action: update
      fields: [{path: /spec/replicas, before: 1, after: 2}]
release:
  description: The release as it is, or as it would be in check mode; null if it is absent.
  returned: success
  type: dict
  sample:
    name: backend
    namespace: example-test
    revision: 3
    status: deployed
    chart: backend
    version: 1.4.0
    app_version: "7.1"
io:
  description: How many calls were made. A run of helm counts as one.
  returned: always
  type: dict
  sample: {reads: 14, writes: 1}
failure:
  description: What helm or the server answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample:
    cloud: kubernetes
    code: not_ready
    status: null
    request_id: null
    retryable: false
    hint: It was rolled back to revision 2, which is now revision 4; a rerun tries again
applied:
  description: The steps that were carried out before one failed.
  returned: failure
  type: list
  elements: str
  sample: []
not_applied:
  description: The steps that failed or were not tried.
  returned: failure
  type: list
  elements: str
  sample: ["update kubernetes helm_release example-test/backend"]
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.going_back import Absent, RolledBack
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.options import RELEASE, discreet
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.release import Release
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.options import KUBERNETES
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

STATES = {"present": Release, "absent": Absent, "rolled_back": RolledBack}


def make(host: Host, traffic: Traffic) -> Reconciler:
    return STATES[host.params["state"]](host, traffic)


MODULE = Module(KUBERNETES | RELEASE, CLOUD, make, shown=discreet)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
