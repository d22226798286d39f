# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What really works, judged from what the `_info` modules return: one check for each thing that is declared. Pure."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault_secrets import instant
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import content, declared
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.places import domain_name
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core import normal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import differences
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import cluster_checks
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.checks import Check, Thing, Things, check
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.typed_records import typed


def dns(records: Things, wanted: Things, zone: str) -> list[Check]:
    """Each declared record is served with its declared value; an SPF record may allow more than what is declared."""
    present = declared.split(typed(wanted), domain_name(zone), None)[0]
    checks = []
    for name, record in declared.named(present).items():
        there = [each for each in records if (each["name"], each["type"]) == (record["name"], record["type"])]
        seen = ", ".join(str(each.get("content") or each.get("data")) for each in there) or "no such record"
        ok = any(_says(each, record) for each in there)
        value = record.get("content") or record.get("data")
        fix = "Run the role cloudflare_dns; if it comes back, somebody else writes to this zone"
        checks.append(check(f"DNS has {name.split(' ')[0]} {record['type']} {value}", ok, seen, fix))
    return checks


def _says(there: Thing, wanted: Thing) -> bool:
    if "data" in wanted:
        return not list(differences(content.DATA, there.get("data"), wanted["data"]))
    if content.is_spf(wanted["content"]):
        return content.is_spf(there.get("content")) and _terms(wanted["content"]) <= _terms(there["content"])
    same = content.content(str(wanted["type"]))
    return bool(same(there.get("content")) == same(wanted["content"])) and wanted.get("priority") in (None, there.get("priority"))


def _terms(spf: str) -> set[str]:
    return set(str(normal.txt(spf)).casefold().split())


def mail(domains: Things, name: str) -> list[Check]:
    """The sender domain is verified."""
    found = next((each for each in domains if each["name"] == name.casefold().rstrip(".")), None)
    if found is None:
        return [check(f"mail can be sent as {name}", False, "SES does not know the domain", "Run the role tencent_ses")]
    wrong = [
        f"{each['name']} {each['type']} must be {each['expected']}, SES saw {each['current'] or 'nothing'}"
        for each in found.get("checks") or ()
        if not each["ok"]
    ]
    seen = "; ".join(wrong) or "SES has not checked its DNS records yet"
    fix = "Write these records (role cloudflare_dns), then run the role tencent_ses with tasks_from: verify"
    return [check(f"mail can be sent as {name}: the domain is verified", bool(found["verified"]), seen, fix)]


def buckets(found: Things, wanted: Things) -> list[Check]:
    """Each declared bucket is there, and private where it is declared so or nothing is said."""
    by_name = {each["name"]: each for each in found}
    checks = []
    for bucket in wanted:
        if bucket.get("state") == "absent":
            continue
        name, there = bucket["name"], by_name.get(bucket["name"])
        checks.append(check(f"bucket {name} is there", there is not None, "no such bucket", "Run the role oss"))
        if there is not None and bucket.get("acl", "private") == "private":
            checks.append(check(f"bucket {name} is private", there["acl"] == "private", f"its ACL is {there['acl']}", "Run the role oss"))
        if there is not None and bucket.get("block_public_access"):
            fix = "Run the role oss; look at the bucket's history in ActionTrail to see who opened it"
            ok = bool(there.get("block_public_access"))
            checks.append(check(f"bucket {name} cannot be made public", ok, "Block Public Access is off", fix))
    return checks


def cdn(domain: Thing | None, name: str) -> list[Check]:
    """An accelerated domain is online."""
    status = str(domain["status"]) if domain else "no such domain"
    fix = "Run the role cdn; a domain that is still configuring needs some minutes"
    return [check(f"CDN serves {name}", status == "online", status, fix)]


def model(found: Thing) -> list[Check]:
    """The API key is accepted, and may use the declared models."""
    fix = "Run the role dashscope; with dashscope_rotate: always it gets a new value"
    checks = [check("DashScope accepts the API key in the vault", found["key"] == "accepted", f"the key is {found['key']}", fix)]
    for each in found["models"] if found["key"] == "accepted" else ():
        way = "Grant the model to the key's workspace in Model Studio, or declare one that this region offers"
        checks.append(check(f"the API key may use {each['model']}", each["status"] == "available", str(each["status"]), way))
    return checks


def secrets(found: Things, wanted: Things, days: int, now: datetime | None = None) -> list[Check]:
    """Each declared secret is there, enabled, and good for some days more."""
    by_name = {str(each["name"]).casefold(): each for each in found}
    limit = (now or datetime.now(UTC)) + timedelta(days=days)
    checks = []
    for secret in wanted:
        if secret.get("state") == "absent":
            continue
        name, there = secret["name"], by_name.get(str(secret["name"]).casefold())
        what = f"the vault has the secret {name}"
        checks.append(check(what, there is not None, "no such secret", "Run the role key_vault with its value in the environment"))
        if there is None:
            continue
        checks.append(
            check(f"the secret {name} is enabled", bool(there["enabled"]), "it is disabled", "Declare enabled: true, or renew it")
        )
        ends = there.get("expires_on")
        if ends:
            good = int(instant(ends)) > limit.timestamp()
            checks.append(
                check(f"the secret {name} is good for {days} days", good, f"it ends on {ends}", "Renew it, with a later expires_on")
            )
    return checks


def registration(problems: t.Sequence[str], name: str) -> list[Check]:
    """The domain is registered, and stays so."""
    fix = "Turn auto_renew on, or renew the domain in the dashboard of its registrar"
    return [check(f"the registration of {name} is in order", not problems, "; ".join(problems), fix)]


KINDS: dict[str, t.Callable[..., list[Check]]] = {
    "dns": dns,
    "mail": mail,
    "buckets": buckets,
    "cdn": cdn,
    "model": model,
    "secrets": secrets,
    "registration": registration,
    "synced": cluster_checks.synced,
    "certificates": cluster_checks.certificates,
    "workloads": cluster_checks.workloads,
    "mail_mode": cluster_checks.mail_mode,
    "address": cluster_checks.address,
    "endpoint": cluster_checks.endpoint,
}


def checks(found: t.Any, kind: str, *wanted: t.Any) -> list[Check]:
    """The checks of one kind; see the functions above for what they take."""
    return KINDS[kind](found, *wanted)
