# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A declared bucket: checked and completed, before anything is read. Pure.

What is left out inside a declared setting gets OSS's default here, so that the setting is owned as a whole.
"""

from __future__ import annotations

import re
import typing as t

from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.unknown import has_unknown
from ..credentials import CLOUD
from . import lifecycle
from .client import region_of
from .options import SETTINGS

Params = t.Mapping[str, t.Any]
PUBLIC = ("public-read", "public-read-write")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
# help.aliyun.com/en/oss/developer-reference: PutBucketCors, PutBucketReplication, PutBucketTags
MOST_CORS_RULES, MOST_PREFIXES, MOST_TAGS = 20, 10, 20


def bucket(params: Params) -> State:
    """The declared state of a bucket."""
    name = bucket_name(params["name"])
    state: State = {"name": name, "region": region_of(params["region"]) if not has_unknown(params["region"]) else params["region"]}
    for setting in SETTINGS:
        value = params.get(setting)
        if value is not None:
            complete = _COMPLETE.get(setting)
            state[setting] = complete(name, value) if complete else value
    _refuse_contradictions(name, state)
    return state


def bucket_name(name: str) -> str:
    """Raises PlanError where OSS would answer InvalidBucketName."""
    if not has_unknown(name) and not _NAME.fullmatch(name):
        raise _refused(name, "not a valid name of a bucket", "3 to 63 lower-case letters, digits and hyphens, no hyphen at either end")
    return name


def _refused(where: str, sentence: str, hint: str | None = None) -> PlanError:
    return PlanError(f"bucket {where}: {sentence}", cloud=CLOUD, hint=hint)


def _refuse_contradictions(name: str, state: State) -> None:
    if state.get("acl") in PUBLIC and state.get("block_public_access"):
        raise _refused(name, f"acl {state['acl']} and block_public_access: true exclude each other", "Choose one of the two")
    for rule in state.get("replication") or []:
        if rule["target_bucket"] == name:
            raise _refused(name, "a bucket cannot be replicated into itself", "Choose another target_bucket")
        same_region = rule["target_region"] == state["region"]
        if same_region and (rule["rtc"] or rule["transfer_type"] == "oss_acc"):
            raise _refused(name, f"replication to {rule['target_bucket']}: rtc and oss_acc are for another region only")


# --- settings that need completing ---------------------------------------------


def _with(defaults: t.Mapping[str, t.Any], value: Params) -> State:
    return {key: default if value.get(key) is None else value[key] for key, default in defaults.items()}


def _encryption(name: str, value: Params) -> State:
    state = _with({"algorithm": "None", "kms_master_key_id": "", "kms_data_encryption": ""}, value)
    if state["algorithm"] != "KMS" and (state["kms_master_key_id"] or state["kms_data_encryption"]):
        raise _refused(name, f"encryption: algorithm {state['algorithm']} takes no KMS key", "Set algorithm: KMS, or leave the key out")
    return state


def _cors_rules(name: str, rules: t.Sequence[Params]) -> list[State]:
    if len(rules) > MOST_CORS_RULES:
        raise _refused(name, f"{len(rules)} CORS rules; OSS takes {MOST_CORS_RULES}")
    defaults: State = {"allowed_origins": [], "allowed_methods": [], "allowed_headers": [], "expose_headers": [], "max_age_seconds": 0}
    found = [_with(defaults, rule) for rule in rules]
    for place, rule in enumerate(found):
        if not rule["allowed_origins"] or not rule["allowed_methods"]:
            raise _refused(name, f"CORS rule {place}: allowed_origins and allowed_methods must not be empty")
        if any(text.count("*") > 1 for text in (*rule["allowed_origins"], *rule["allowed_headers"])):
            raise _refused(name, f"CORS rule {place}: an origin or a header takes one * at most")
        if any("*" in text for text in rule["expose_headers"]):
            raise _refused(name, f"CORS rule {place}: expose_headers takes no *")
    return found


def _replication(name: str, rules: t.Sequence[Params]) -> list[State]:
    found: dict[str, State] = {}
    for rule in rules:
        state = _replication_rule(name, rule)
        if state["destination"] in found:
            raise _refused(name, f"replication to {state['destination']} is declared twice", "Join the two rules")
        found[state["destination"]] = state
    return list(found.values())


def _replication_rule(name: str, rule: Params) -> State:
    defaults = {
        "prefixes": [],
        "actions": ["ALL"],
        "transfer_type": "internal",
        "historical_objects": True,
        "sync_role": "",
        "sse_kms_encrypted_objects": False,
        "replica_kms_key_id": "",
        "rtc": False,
    }
    target, region, rest = rule["target_bucket"], rule["target_region"], _with(defaults, rule)
    where = f"{name}: replication to {target}"
    if len(rest["prefixes"]) > MOST_PREFIXES:
        raise _refused(where, f"{len(rest['prefixes'])} prefixes; OSS takes {MOST_PREFIXES}")
    if rest["sse_kms_encrypted_objects"] and not (rest["sync_role"] and rest["replica_kms_key_id"]):
        raise _refused(where, "objects encrypted with KMS need sync_role and replica_kms_key_id", "OSS drops the KMS part without a role")
    if rest["replica_kms_key_id"] and not rest["sse_kms_encrypted_objects"]:
        raise _refused(where, "replica_kms_key_id needs sse_kms_encrypted_objects: true")
    target_region = region if has_unknown(region) else region_of(region)
    return {"destination": destination(target, rest["prefixes"]), "target_bucket": target, "target_region": target_region, **rest}


def destination(bucket: str, prefixes: t.Sequence[str]) -> str:
    """What tells the replication rules of a bucket apart: `backup`, `backup:charts/,reports/`."""
    return f"{bucket}:{','.join(sorted(prefixes))}" if prefixes else bucket


def _policy(name: str, value: Params) -> State:
    if value and not {"Version", "Statement"} <= {*value}:
        raise _refused(name, "policy: Version or Statement is missing", 'A policy reads {"Version": "1", "Statement": [...]}')
    return dict(value)


def grants_to_all(policy: State) -> bool:
    """Whether a policy makes a bucket public (help.aliyun.com/en/oss/user-guide/block-public-access)."""
    statements = policy.get("Statement") or []
    return any(
        each.get("Effect") == "Allow" and "*" in (each.get("Principal") or []) and not each.get("Condition")
        for each in (statements if isinstance(statements, list) else [statements])
    )


def _tags(name: str, value: Params) -> State:
    if len(value) > MOST_TAGS:
        raise _refused(name, f"{len(value)} tags; OSS takes {MOST_TAGS}")
    return {str(key): "" if text is None else str(text) for key, text in value.items()}


def _logging(name: str, value: Params) -> State:
    state = _with({"target_bucket": "", "target_prefix": "", "role": ""}, value)
    if not state["target_bucket"] and (state["target_prefix"] or state["role"]):
        raise _refused(name, "logging: target_bucket is missing")
    return state


def _referer(name: str, value: Params) -> State:
    defaults = {"allow_empty": True, "allow_truncate_query_string": True, "truncate_path": False, "allowed": [], "blocked": []}
    state = _with(defaults, value)
    if state["truncate_path"] and not state["allow_truncate_query_string"]:
        raise _refused(name, "referer: truncate_path needs allow_truncate_query_string: true")
    return state


def _website(name: str, value: Params) -> State:
    defaults = {
        "index_document": "",
        "support_sub_dir": False,
        "index_type": 0,
        "error_document": "",
        "error_status": 404,
        "routing_rules": [],
    }
    state = _with(defaults, value)
    if "/" in state["index_document"]:
        raise _refused(name, "website: index_document is a file name without a slash")
    if any("Mirror" in key for rule in state["routing_rules"] for key in rule.get("Redirect") or {}):
        raise _refused(name, "website: mirroring from an origin is not supported, its settings may hold secrets")
    return state


def _https(name: str, value: Params) -> State:
    return {"tls_versions": sorted(value.get("tls_versions") or [])}


def _cnames(name: str, items: t.Sequence[Params]) -> list[State]:
    found = {item["domain"].rstrip(".").casefold(): item.get("certificate_id") for item in items}
    if len(found) < len(items):
        raise _refused(name, "cnames: a domain is declared twice")
    return [{"domain": domain, **({"certificate_id": certificate} if certificate else {})} for domain, certificate in found.items()]


_COMPLETE: dict[str, t.Callable[[str, t.Any], t.Any]] = {
    "encryption": _encryption,
    "cors_rules": _cors_rules,
    "lifecycle_rules": lifecycle.declared,
    "replication": _replication,
    "policy": _policy,
    "tags": _tags,
    "logging": _logging,
    "referer": _referer,
    "website": _website,
    "https": _https,
    "cnames": _cnames,
}
