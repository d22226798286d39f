#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release_info
short_description: Look at a Helm release and its history
version_added: 0.1.0
description:
  - Returns the revisions of a release as helm has stored them, with one read. helm itself is not needed.
  - Values and manifests are not returned, because they hold secrets.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._kubernetes
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Namespace of the release.
    type: str
    required: true
seealso:
  - module: klinematrix.hybrid_cloud.helm_release
"""

EXAMPLES = r"""
- name: Look at the revisions of the backend
  klinematrix.hybrid_cloud.helm_release_info:
    aks_cluster_id: "{{ aks_cluster.id }}"
    name: backend
    namespace: example-test
  register: backend
"""

RETURN = r"""
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
release:
  description: The release as it is; null if there is none, or it was uninstalled.
  returned: success
  type: dict
  sample: {name: backend, namespace: example-test, revision: 3, status: deployed, chart: backend, version: 1.4.0, app_version: "7.1"}
history:
  description: Its revisions, the newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - revision: 3
      status: deployed
      chart: backend
      version: 1.4.0
      app_version: "7.1"
      updated: "2026-08-22T10:00:00.000000000Z"
      description: Upgrade complete
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the server answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: kubernetes, code: Forbidden, status: 403, request_id: null, retryable: false, hint: The identity lacks a right}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.looking import History
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.options import WHICH
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.options import KUBERNETES
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(KUBERNETES | WHICH, CLOUD, History)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
