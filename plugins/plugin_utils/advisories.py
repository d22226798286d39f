# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What is allowed and will nevertheless disappoint: one table of advice about what an inventory declares."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

Variables = t.Mapping[str, t.Any]
# The oldest minor version of Kubernetes in standard support at AKS (github.com/Azure/AKS, CHANGELOG, July 2026).
OLDEST_SUPPORTED = 35


@dataclass(frozen=True)
class Advice:
    """applies: whether an inventory declares what this is about."""

    applies: t.Callable[[Variables], bool]
    text: str


def _strings(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, t.Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)


def _records(variables: Variables) -> list[dict[str, t.Any]]:
    return list(variables.get("cloudflare_dns_records") or ())


def _old_kubernetes(variables: Variables) -> bool:
    found = re.match(r"1\.(\d+)", str(variables.get("aks_kubernetes_version") or ""))
    return bool(found) and int(found[1]) < OLDEST_SUPPORTED  # type: ignore[index]


def _names_hangzhou(variables: Variables) -> bool:
    return any(
        "dashscope.cn-hangzhou" in text or (name.startswith("dashscope_") and text == "cn-hangzhou")
        for name in variables
        for text in _strings(variables[name] if name.startswith("dashscope_") else None)
    )


def _weak_dmarc(variables: Variables) -> bool:
    texts = [str(each.get("content")) for each in _records(variables) if str(each.get("name")).startswith("_dmarc")]
    return any(re.search(r"\bp\s*=\s*none\b", text) for text in texts)


def _settings_without_proxy(variables: Variables) -> bool:
    return bool(variables.get("cloudflare_zone_settings")) and not any(each.get("proxied") for each in _records(variables))


ADVICE = (
    Advice(
        _old_kubernetes,
        f"aks_kubernetes_version: AKS supports 1.{OLDEST_SUPPORTED} and later as standard; older ones need the tier Premium with long-term"
        " support, and a new cluster is refused. Declare a supported version",
    ),
    Advice(
        _names_hangzhou,
        "There is no Model Studio in cn-hangzhou, and no host dashscope.cn-hangzhou.aliyuncs.com: keys of mainland China belong to"
        " cn-beijing, whose host is dashscope.aliyuncs.com",
    ),
    Advice(
        lambda variables: any(name.startswith(("b2c_", "azure_b2c_")) for name in variables),
        "Azure AD B2C is closed to new customers since May 2025: a new tenant is Microsoft Entra External ID",
    ),
    Advice(
        _weak_dmarc,
        "DMARC with p=none only watches: once the reports show that mail passes, declare p=quarantine, then p=reject",
    ),
    Advice(
        _settings_without_proxy,
        "cloudflare_zone_settings act on proxied traffic only, and no declared record is proxied: they will have no effect",
    ),
    Advice(
        lambda variables: any(
            "*" in (rule.get("allowed_origins") or ())
            for bucket in variables.get("oss_buckets") or ()
            for rule in bucket.get("cors_rules") or ()
        ),
        "oss_buckets: a CORS rule lets every origin read; name the origins of the application where there are few",
    ),
    Advice(
        lambda variables: variables.get("ingress_controller") == "ingress_nginx",
        "ingress-nginx is retired since March 2026: CVE-2026-42945 and CVE-2026-9256 stay open in its last release, and Kubernetes 1.36 was"
        " never tested. Plan the change to ingress_controller: traefik, whose ingress_nginx_annotations understands the same rules",
    ),
    Advice(
        lambda variables: variables.get("backend_cluster_issuer") == "letsencrypt-staging",
        "backend_cluster_issuer: nobody's browser trusts certificates of letsencrypt-staging; take letsencrypt-production then",
    ),
    Advice(
        lambda variables: variables.get("key_vault_purge_protection") is False,
        "key_vault_purge_protection is false: whoever may purge can destroy every secret for good",
    ),
)


def advisories(variables: Variables) -> list[str]:
    """Advice for what a host's variables declare, in the order of the table."""
    return [advice.text for advice in ADVICE if advice.applies(variables)]
