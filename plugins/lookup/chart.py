# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: chart
short_description: Which Helm chart in which version an add-on is
version_added: 0.2.0
description:
  - Looks into the one file of this collection in which the charts of the add-ons and their versions stand. The roles take their defaults
    from it.
options:
  _terms:
    description: Names of add-ons, V(cert-manager), V(external-secrets), V(ingress-nginx) or V(traefik).
    type: list
    elements: str
    required: true
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Keep the operator
  klinematrix.hybrid_cloud.helm_release:
    name: external-secrets
    namespace: external-secrets-system
    chart: "{{ source.chart }}"
    repository: "{{ source.repository | default(omit, true) }}"
    version: "{{ source.version }}"
  vars:
    source: "{{ lookup('klinematrix.hybrid_cloud.chart', 'external-secrets') }}"
"""

RETURN = r"""
_raw:
  description: For each name C(chart), C(repository) (null for a chart of an OCI registry) and C(version).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.charts import chart


class LookupModule(LookupBase):
    def run(self, terms: t.Sequence[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [chart(str(term)) for term in terms]
        except LookupError as error:
            raise AnsibleError(f"klinematrix.hybrid_cloud.chart: {error}") from None
