# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What must hold among the variables of an inventory, beyond what the roles' argument_specs say. Pure.

Names are judged by the very functions that the modules use, so that an inventory passes here exactly if it passes there.
"""

from __future__ import annotations

import itertools
import re
import typing as t
from collections import Counter

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.client import region_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.declared import bucket_name
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_type import ResourceType
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types import (
    alerts,
    dashboards,
    document_db,
    workspaces,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.container_registry import CONTAINER_REGISTRY
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.container_service import CLUSTER, NODE_POOL
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.foundation import IDENTITY, RESOURCE_GROUP
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.key_vault import KEY_VAULT
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault_secrets import NAME as SECRET_NAME
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import declared
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.places import domain_name as zone_name
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.chart import one_version
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.domains import domain_name as sender_domain
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.senders import mail_address
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.typed_records import typed

Variables = t.Mapping[str, t.Any]
Check = t.Callable[[t.Any], t.Any]


def _of_type(row: ResourceType) -> Check:
    def check(name: str) -> None:
        if not re.fullmatch(row.name_pattern, name):
            raise PlanError(f"{row.kind} name {name!r} is invalid: {row.name_rule}")

    return check


def _secret_name(name: str) -> None:
    if not SECRET_NAME.fullmatch(name):
        raise PlanError(f"secret name {name!r} is invalid: 1 to 127 letters, digits and '-'")


# Where names stand: a variable, or the values under a key of its items.
NAMES: dict[str, Check] = {
    "aks_name": _of_type(CLUSTER),
    "aks_node_pools[].name": _of_type(NODE_POOL),
    "aks_resource_group": _of_type(RESOURCE_GROUP),
    "app_identities_bucket_users[].buckets[]": bucket_name,
    "app_identities_bucket_users[].id_secret_name": _secret_name,
    "app_identities_bucket_users[].pair.secret_name": _secret_name,
    "app_identities_bucket_users[].secret_name": _secret_name,
    "app_identities_mail_users[].id_secret_name": _secret_name,
    "app_identities_mail_users[].pair.secret_name": _secret_name,
    "app_identities_mail_users[].secret_name": _secret_name,
    "app_registration_secret_name": _secret_name,
    "cert_manager_chart_version": one_version,
    "cloudflare_dns_zone": zone_name,
    "cloudflare_zone_name": zone_name,
    "container_registry_name": _of_type(CONTAINER_REGISTRY),
    "container_registry_resource_group": _of_type(RESOURCE_GROUP),
    "cosmos_db_databases[].name": _of_type(document_db.DATABASE),
    "cosmos_db_name": _of_type(document_db.ACCOUNT),
    "cosmos_db_resource_group": _of_type(RESOURCE_GROUP),
    "cosmos_db_secret_name": _secret_name,
    "external_secrets_chart_version": one_version,
    "external_secrets_secrets[].extract[]": _secret_name,
    "ingress_chart_version": one_version,
    "key_vault_name": _of_type(KEY_VAULT),
    "key_vault_resource_group": _of_type(RESOURCE_GROUP),
    "key_vault_secrets[].name": _secret_name,
    "monitoring_action_group_name": _of_type(alerts.ACTION_GROUP),
    "monitoring_dashboard_name": _of_type(dashboards.PORTAL_DASHBOARD),
    "monitoring_log_analytics_name": _of_type(workspaces.LOG_ANALYTICS),
    "monitoring_resource_group": _of_type(RESOURCE_GROUP),
    "monitoring_workspace_name": _of_type(workspaces.MONITOR_WORKSPACE),
    "oss_buckets[].name": bucket_name,
    "oss_buckets[].region": region_of,
    "oss_region": region_of,
    "resource_group_identities[]": _of_type(IDENTITY),
    "resource_group_name": _of_type(RESOURCE_GROUP),
    "tencent_ses_domain": sender_domain,
    "tencent_ses_senders[].address": mail_address,
    "workload_identity_identities[].name": _of_type(IDENTITY),
    "workload_identity_resource_group": _of_type(RESOURCE_GROUP),
}
# What may stand only once in a set.
UNIQUE = (
    "aks_node_pools[].name",
    "app_identities_bucket_users[].name",
    "app_identities_mail_users[].name",
    "cosmos_db_databases[].name",
    "cosmos_db_locations[]",
    "key_vault_readers[].name",
    "key_vault_secrets[].name",
    "oss_buckets[].name",
    "resource_group_identities[]",
    "tencent_ses_senders[].address",
    "tencent_ses_templates[].name",
    "workload_identity_identities[].name",
)
# What must be declared elsewhere: (the reference, where it must be found, whether it may also exist outside of the inventory).
REFERENCES = (
    ("app_identities_bucket_users[].buckets[]", "oss_buckets[].name", True),
    ("tencent_ses_test_mail.template", "tencent_ses_templates[].name", False),
    ("tencent_ses_test_mail.from_address", "tencent_ses_senders[].address", False),
    ("oss_buckets[].replication[].target_bucket", "oss_buckets[].name", True),
    ("oss_buckets[].logging.target_bucket", "oss_buckets[].name", True),
    ("container_registry_resource_group", "resource_group_name", True),
    ("key_vault_resource_group", "resource_group_name", True),
    ("monitoring_resource_group", "resource_group_name", True),
)


def at(variables: Variables, path: str) -> list[t.Any]:
    """The values at a path like `oss_buckets[].name`; none where a part is not there."""
    first, *rest = path.split(".")
    values: list[t.Any] = [variables]
    for step in (first, *rest):
        key = step.removesuffix("[]")
        values = [each[key] for each in values if isinstance(each, t.Mapping) and each.get(key) is not None]
        if step.endswith("[]"):
            values = [inner for each in values if isinstance(each, list) for inner in each]
    return values


def bad_names(variables: Variables) -> t.Iterator[str]:
    """Names that the clouds would refuse."""
    for path, check in NAMES.items():
        for value in at(variables, path):
            try:
                check(value)
            except PlanError as error:
                yield f"{path}: {error}"
            except (TypeError, AttributeError):
                yield f"{path}: {value!r} is no text"


def bad_records(variables: Variables) -> t.Iterator[str]:
    """DNS records that contradict each other or themselves."""
    zone, records = variables.get("cloudflare_dns_zone"), variables.get("cloudflare_dns_records")
    if not isinstance(zone, str) or not isinstance(records, list):
        return
    try:
        present = declared.split(typed(records), zone_name(zone), None)[0]
        declared.named(present)
        declared.refuse_conflicts(present, [])
    except PlanError as error:
        yield f"cloudflare_dns_records: {error}"
    except (KeyError, TypeError, AttributeError):
        yield "cloudflare_dns_records: each record needs a name and a type"


def bad_choices(variables: Variables) -> t.Iterator[str]:
    """What a role refuses when its turn comes, which would be half-way."""
    accepted = variables.get("ingress_accept_retired_controller", False) or not variables.get("ingress_enabled", True)
    if variables.get("ingress_controller") == "ingress_nginx" and not accepted:
        yield "ingress_controller: ingress_nginx is retired: take traefik, or say ingress_accept_retired_controller: true"


def twice(variables: Variables) -> t.Iterator[str]:
    """Things that a set declares more than once."""
    for path in UNIQUE:
        counts = Counter(str(value).casefold() for value in at(variables, path))
        yield from (f"{path}: {name} is declared {count} times" for name, count in counts.items() if count > 1)


def dangling(variables: Variables, everywhere: t.Sequence[Variables]) -> t.Iterator[tuple[str, bool]]:
    """References of one host to what no host declares, and whether that is certainly wrong."""
    for path, target, may_exist in REFERENCES:
        known = {str(value).casefold() for each in everywhere for value in at(each, target)}
        for value in at(variables, path):
            if str(value).casefold() not in known:
                yield f"{path}: {value} is not declared in {target}", not may_exist
    yield from _strangers(variables)


def _strangers(variables: Variables) -> t.Iterator[tuple[str, bool]]:
    """Sender addresses must be of the sender domain, and that within a zone that takes its records."""
    domain = str(variables.get("tencent_ses_domain") or "").casefold()
    for address in at(variables, "tencent_ses_senders[].address"):
        if domain and str(address).casefold().rpartition("@")[2] != domain:
            yield f"tencent_ses_senders[].address: {address} is not of the sender domain {domain}", True
    zone = str(variables.get("tencent_ses_zone") or domain).casefold()
    if domain and domain != zone and not domain.endswith(f".{zone}"):
        yield f"tencent_ses_zone: the sender domain {domain} is not in the zone {zone}", True


def owned(variables: Variables) -> set[tuple[str, str]]:
    """What an inventory calls its own, as (kind, name): nobody else may declare it too."""
    found = {("vault", str(name).casefold()) for name in at(variables, "key_vault_name")}
    found |= {("container registry", str(name).casefold()) for name in at(variables, "container_registry_name")}
    found |= {("cluster", str(name).casefold()) for name in at(variables, "aks_name")}
    found |= {("database account", str(name)) for name in at(variables, "cosmos_db_name")}
    found |= {("application", str(name).casefold()) for name in at(variables, "app_registration_display_name")}
    found |= {("bucket", str(name)) for name in at(variables, "oss_buckets[].name")}
    found |= {("sender domain", str(name).casefold()) for name in at(variables, "tencent_ses_domain")}
    return found | _records(at(variables, "cloudflare_dns_zone"), at(variables, "cloudflare_dns_records[]"))


def owned_by_ingress(everywhere: t.Sequence[Variables]) -> set[tuple[str, str]]:
    """The A records that the ingress feeds: its names stand with the cluster, their zone with Cloudflare."""
    zones = [zone for each in everywhere for zone in at(each, "cloudflare_dns_zone")]
    names = [name for each in everywhere if each.get("ingress_enabled", True) for name in at(each, "ingress_dns_names[]")]
    return _records(zones, [{"name": name, "type": "A"} for name in names])


def fed_twice(everywhere: t.Sequence[Variables]) -> t.Iterator[str]:
    """Records that are declared, and fed by the ingress as well."""
    fed = owned_by_ingress(everywhere)
    for _type, name in sorted(fed & {each for variables in everywhere for each in owned(variables)}):
        yield f"ingress_dns_names: {name} is declared in cloudflare_dns_records too: leave it to one of the two"


def _records(zones: t.Sequence[t.Any], records: t.Sequence[t.Any]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for zone, record in itertools.product(zones, records):
        try:
            found.add(("DNS record", f"{declared.absolute(str(record['name']), zone_name(str(zone)))} {record['type']}"))
        except (PlanError, KeyError, TypeError):
            continue  # reported as a bad record
    return found


# --- secrets in plain sight ---------------------------------------------------

_SECRET_KEY = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|secret_id|secret_key|client_secret|token|api_token|api_key|access_key(_id|_secret)?"
    r"|private_key|connection_string)$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"^(LTAI|AKID)[A-Za-z0-9]{12,}$|^STS\.\w{16,}$|^sk-[\w-]{16,}$|-----BEGIN [A-Z ]*PRIVATE KEY-----|^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+$"
    r"|\w+://[^/\s:@]+:[^/\s@{]+@|AccountKey=",
)


def secrets_in(name: str, value: t.Any, path: str = "") -> t.Iterator[str]:
    """Paths of values that are secrets by their name or their look, and stand there as they are. The values are never told.

    value: as it is written, before templates are evaluated.
    """
    path = path or name
    if isinstance(value, t.Mapping):
        for key, each in value.items():
            yield from secrets_in(str(key), each, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            yield from secrets_in(name, each, f"{path}[{place}]")
    elif isinstance(value, str) and _is_plain(value):
        in_vault = name == "value" and "secrets" in path.partition("[")[0]
        if in_vault or _SECRET_KEY.search(name) or _SECRET_VALUE.search(value):
            yield path


def _is_plain(value: str) -> bool:
    """Neither empty, nor a template, nor encrypted with ansible-vault."""
    return bool(value.strip()) and "{{" not in value and "{%" not in value and not value.lstrip().startswith("$ANSIBLE_VAULT")
