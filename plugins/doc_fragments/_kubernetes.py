# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - kubernetes >= 32
  - azure-identity >= 1.20 and azure-mgmt-core >= 1.6 (for O(aks_cluster_id))
options:
  aks_cluster_id:
    description:
      - Resource id of an AKS cluster. Its credentials are fetched by the Azure identity of the task, and kept in memory only.
      - Where Entra ID signs users in, that identity gets a token for the API server; no plugin such as kubelogin is needed.
      - One of O(aks_cluster_id), O(kubeconfig) and O(in_cluster) has to say which cluster it is.
    type: str
  aks_admin:
    description: Log in to the AKS cluster of O(aks_cluster_id) as its local administrator instead of as a user.
    type: bool
    default: false
  kubeconfig:
    description: Path of a kubeconfig. Credential plugins that it names are run.
    type: path
  context:
    description: Context of O(kubeconfig). The current one if not set.
    type: str
  in_cluster:
    description: Log in with the service account of the pod that this runs in.
    type: bool
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.kubernetes) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.kubernetes
      - klinematrix.hybrid_cloud.all
"""

    IGNORE = r"""
options:
  ignore:
    description: Fields of running objects that are left as they are.
    type: list
    elements: dict
    suboptions:
      kind:
        description: Kind of the objects.
        type: str
        required: true
      name:
        description: Name of the object; any if not set.
        type: str
      namespace:
        description: Namespace of the object; any if not set.
        type: str
      paths:
        description: Paths as RV(changes) shows them, for example V(/spec/replicas). A step V(*) stands for any one.
        type: list
        elements: str
        required: true
"""
