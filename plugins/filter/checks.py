# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: checks
short_description: Judge what an info module has found
version_added: 0.1.0
description:
  - Compares what a module has found with what is declared, and returns a check for each declared thing, for
    M(klinematrix.hybrid_cloud.check_report).
positional: _input, kind, wanted
options:
  _input:
    description:
      - What was found. It is the records of M(klinematrix.hybrid_cloud.cloudflare_records_info) for V(dns), the domains of
        M(klinematrix.hybrid_cloud.tencent_ses_domain_info) for V(mail), the buckets of M(klinematrix.hybrid_cloud.oss_bucket_info) for
        V(buckets), the domain of M(klinematrix.hybrid_cloud.cdn_domain_info) for V(cdn), the whole result of
        M(klinematrix.hybrid_cloud.dashscope_model_info) for V(model), the secrets of
        M(klinematrix.hybrid_cloud.key_vault_secrets_info) for V(secrets), and the problems of
        M(klinematrix.hybrid_cloud.cloudflare_registrar_domain) for V(registration).
      - For V(synced), V(certificates), V(workloads) and V(mail_mode) it is the objects of M(klinematrix.hybrid_cloud.k8s_objects_info), for
        V(endpoint) the endpoint of M(klinematrix.hybrid_cloud.endpoint_info), and for V(address) DNS records, as they are declared.
    type: raw
    required: true
  kind:
    description: What is judged.
    type: str
    required: true
    choices:
      [dns, mail, buckets, cdn, model, secrets, registration, synced, certificates, workloads, mail_mode, endpoint, address]
  wanted:
    description:
      - What is declared. The records and the zone for V(dns), the buckets for V(buckets), the secrets and a number of days for
        V(secrets), the name of the domain for V(mail), V(cdn) and V(registration), nothing for V(model).
      - What is synced and the name of the store for V(synced), the namespace for V(certificates) and V(workloads), a name, and
        C(environment) and C(environments), for V(mail_mode), a name for V(endpoint), and zone, host name and address for V(address).
    type: raw
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Judge the buckets
  ansible.builtin.set_fact:
    results: "{{ found.buckets | klinematrix.hybrid_cloud.checks('buckets', oss_buckets) }}"
"""

RETURN = r"""
_value:
  description: For each check C(what), C(ok), and if it is not what was C(found) and how to C(fix) it.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.verification import checks


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"checks": checks}
