#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_resources
short_description: Keep many resources of Azure Resource Manager as declared
version_added: 0.1.0
description:
  - Keeps resources of any types as declared, in one task. Each of them is treated as M(klinematrix.hybrid_cloud.azure_resource) treats one.
  - They are read side by side, compared in one plan, and written side by side in waves. Nothing is written while the plan is not possible
    as a whole.
  - A resource whose declaration mentions the id of another one of the task, or that stands at or under it, is written after that one.
    Ids of Azure can be told before a resource exists, C(<resource group id>/providers/<type>/<name>).
  - Where a service takes one write at a time below a parent, as for the subnets of a network, they are written one after another.
  - Deletions come last, what mentions others first.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
seealso:
  - module: klinematrix.hybrid_cloud.azure_resource
options:
  resources:
    description: The resources. Others are left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      type:
        description: Type of the resource, for example V(Microsoft.OperationalInsights/workspaces).
        type: str
        required: true
      name:
        description: Name of the resource. For a child that is given by its resource group it holds the parents' names too, C(parent/child).
        type: str
        required: true
      resource_group:
        description: Resource group that the resource is in, instead of O(resource_group).
        type: str
      parent:
        description: Id of the resource that this one is a child of.
        type: str
      scope:
        description: Id of what this one extends, for types that can stand at any resource.
        type: str
      api_version:
        description: Version of the API, for types that this collection does not know by itself.
        type: str
      location:
        description: Region, instead of O(location). It cannot be changed.
        type: str
      tags:
        description: Tags that must be there, besides O(tags). Others are left alone.
        type: dict
      properties:
        description: Properties, as Azure names them.
        type: dict
      secret_properties:
        description:
          - Properties that are secrets, in the same place below as in O(resources[].properties), also within lists. Nothing in here is ever
            shown, so leave everything else in O(resources[].properties).
        type: dict
      sku:
        description: SKU, as Azure names its parts.
        type: dict
      kind:
        description: Kind of the resource, for types that have one.
        type: str
      identity:
        description: Managed identity of the resource, as Azure names its parts.
        type: dict
      zones:
        description: Availability zones.
        type: list
        elements: str
      managed_by:
        description: Id of the resource that manages this one.
        type: str
      outputs:
        description: JSON pointers of values that the cloud sets and the result shall hold, for types that are not known by themselves.
        type: list
        elements: str
        default: []
      write_only:
        description: JSON pointers of declared values that the cloud never returns, for types that are not known by themselves.
        type: list
        elements: str
        default: []
      confirm_delete:
        description: The name once more, to delete a resource with everything in it, such as a resource group.
        type: str
      state:
        description: Whether the resource exists.
        type: str
        choices: [present, absent]
        default: present
  resource_group:
    description: Resource group of all that say nothing about where they are.
    type: str
  location:
    description: Region of all that can have one and say none.
    type: str
  tags:
    description: Tags that must be there on all that can have tags.
    type: dict
  register_provider:
    description: Let the subscription use the namespaces of the types if it does not yet. A preview names this.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Keep a workspace, and a rule that sends the logs of a cluster there
  klinematrix.hybrid_cloud.azure_resources:
    resource_group: example
    location: Korea Central
    resources:
      - type: Microsoft.OperationalInsights/workspaces
        name: example-logs
        properties: {sku: {name: PerGB2018}, retentionInDays: 30}
      - type: Microsoft.Insights/dataCollectionRules
        name: MSCI-koreacentral-example
        kind: Linux
        properties:
          destinations:
            logAnalytics:
              - name: logs
                workspaceResourceId: "{{ group_id }}/providers/Microsoft.OperationalInsights/workspaces/example-logs"
          dataSources:
            extensions:
              - name: ContainerInsightsExtension
                extensionName: ContainerInsights
                streams: [Microsoft-ContainerInsights-Group-Default]
          dataFlows:
            - {streams: [Microsoft-ContainerInsights-Group-Default], destinations: [logs]}
      - type: Microsoft.Insights/dataCollectionRuleAssociations
        name: ContainerInsightsExtension
        scope: "{{ cluster_id }}"
        properties:
          dataCollectionRuleId: "{{ group_id }}/providers/Microsoft.Insights/dataCollectionRules/MSCI-koreacentral-example"
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: log_analytics_workspace
      name: example-logs
      id: /subscriptions/00000000/resourceGroups/example/providers/Microsoft.OperationalInsights/workspaces/example-logs
      action: update
      fields: [{path: /properties/retentionInDays, before: 90, after: 30}]
resources:
  description:
    - Each resource as it is, or as it would be in check mode, by its type and name; empty where it is not there. What only the cloud knows
      is then V((known after apply\)).
  returned: success
  type: dict
  sample:
    Microsoft.OperationalInsights/workspaces/example-logs:
      id: /subscriptions/00000000/resourceGroups/example/providers/Microsoft.OperationalInsights/workspaces/example-logs
      name: example-logs
      location: koreacentral
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 1}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: AuthorizationFailed, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_set import RESOURCES, ResourceSet
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | RESOURCES, CLOUD, ResourceSet)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
