# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kustomize
short_description: Manifests of a kustomize overlay
version_added: 0.2.0
description:
  - Renders an overlay on the controller, with images and patches laid over it, for M(klinematrix.hybrid_cloud.k8s_objects) and for looking
    at it before it is applied. The files of the overlay are never touched.
options:
  _terms:
    description: Folders with a C(kustomization.yaml).
    type: list
    elements: str
    required: true
  images:
    description: Other images, as in a kustomization, with C(name), and C(newName), C(newTag) or C(digest).
    type: list
    elements: dict
    default: []
  patches:
    description: Patches, as in a kustomization, with C(target) and C(patch). A patch is text or data.
    type: list
    elements: dict
    default: []
requirements:
  - kubectl, or kustomize, on PATH
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Keep the application
  klinematrix.hybrid_cloud.k8s_objects:
    objects: "{{ query('klinematrix.hybrid_cloud.kustomize', 'overlays/test', images=images) }}"
  vars:
    images: [{name: backend, newName: example.azurecr.io/backend, newTag: 1.4.2}]
"""

RETURN = r"""
_raw:
  description: The manifests of all overlays.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.kustomize import RenderError, render
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.plain import plain


class LookupModule(LookupBase):
    def run(self, terms: t.Sequence[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        images, patches = plain(self.get_option("images")), plain(self.get_option("patches"))
        found: list[t.Any] = []
        for term in terms:
            try:
                found += render(str(term), images=images, patches=patches)
            except RenderError as error:
                raise AnsibleError(f"the overlay {term} cannot be rendered: {error}") from None
        return found
