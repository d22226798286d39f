# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: external_secrets
short_description: ExternalSecrets from their short form
version_added: 0.2.0
description:
  - Makes manifests of the kind ExternalSecret from the short form in which the role P(klinematrix.hybrid_cloud.external_secrets#role)
    takes them.
positional: _input
options:
  _input:
    description:
      - The secrets. Each has a C(name), a C(namespace), and C(data) or C(extract), as in the role.
    type: list
    elements: dict
    required: true
  store:
    description: Name of the ClusterSecretStore.
    type: str
    required: true
  versions:
    description:
      - By name of the vault's secret, the version that it holds. They become an annotation, so that the operator syncs as soon as one
        changes.
    type: dict
    default: {}
  refresh_interval:
    description: How often the operator looks for a new value by itself.
    type: str
    default: 1h0m0s
  api_version:
    description: The API version of the manifests.
    type: str
    default: external-secrets.io/v1
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Keep what is synced
  klinematrix.hybrid_cloud.k8s_objects:
    objects: "{{ secrets | klinematrix.hybrid_cloud.external_secrets(store='azure-keyvault') }}"
  vars:
    secrets:
      - name: mongodb-url
        namespace: example
        data: {MONGODB_URL: {key: mongodb-url}}
"""

RETURN = r"""
_value:
  description: The manifests.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.external_secrets import manifests


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"external_secrets": manifests}
