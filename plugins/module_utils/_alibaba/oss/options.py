# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of the modules for OSS."""

from __future__ import annotations

import typing as t

from ..._core.spec import ArgumentSpec

Option = dict[str, t.Any]

STORAGE_CLASSES = ["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"]
TEXT: Option = {"type": "str"}
REQUIRED: Option = {"type": "str", "required": True}
SWITCH: Option = {"type": "bool"}
NUMBER: Option = {"type": "int"}
TEXTS: Option = {"type": "list", "elements": "str"}


def one_of(*choices: str) -> Option:
    return {"type": "str", "choices": list(choices)}


def record(**options: Option) -> Option:
    return {"type": "dict", "options": options}


def records(**options: Option) -> Option:
    return {"type": "list", "elements": "dict", "options": options}


BY_ACCESS = {"is_access_time": SWITCH, "return_to_std_when_visit": SWITCH, "allow_small_file": SWITCH}

# Every setting of a bucket that can be declared.
SETTINGS: dict[str, Option] = {
    "acl": one_of("private", "public-read", "public-read-write"),
    "storage_class": one_of(*STORAGE_CLASSES),
    "redundancy": one_of("LRS", "ZRS"),
    "resource_group": TEXT,
    "block_public_access": SWITCH,
    "versioning": one_of("Enabled", "Suspended"),
    "encryption": record(
        algorithm=one_of("None", "AES256", "KMS", "SM4"),
        kms_master_key_id={"type": "str", "no_log": False},
        kms_data_encryption=one_of("SM4"),
    ),
    "transfer_acceleration": SWITCH,
    "access_monitor": SWITCH,
    "cors_rules": records(
        allowed_origins={**TEXTS, "required": True},
        allowed_methods={**TEXTS, "required": True, "choices": ["GET", "PUT", "DELETE", "POST", "HEAD"]},
        allowed_headers=TEXTS,
        expose_headers=TEXTS,
        max_age_seconds=NUMBER,
    ),
    "cors_response_vary": SWITCH,
    "lifecycle_rules": records(
        id=REQUIRED,
        prefix=TEXT,
        enabled=SWITCH,
        tags={"type": "dict"},
        filter={"type": "dict"},
        expiration=record(days=NUMBER, date=TEXT, created_before_date=TEXT, expired_object_delete_marker=SWITCH),
        transitions=records(
            days=NUMBER, created_before_date=TEXT, storage_class={**one_of(*STORAGE_CLASSES), "required": True}, **BY_ACCESS
        ),
        noncurrent_version_expiration=record(noncurrent_days={"type": "int", "required": True}),
        noncurrent_version_transitions=records(
            noncurrent_days={"type": "int", "required": True}, storage_class={**one_of(*STORAGE_CLASSES), "required": True}, **BY_ACCESS
        ),
        abort_multipart_upload=record(days=NUMBER, created_before_date=TEXT),
    ),
    "replication": records(
        target_bucket=REQUIRED,
        target_region=REQUIRED,
        prefixes=TEXTS,
        actions={**TEXTS, "choices": ["ALL", "PUT", "DELETE", "ABORT"]},
        transfer_type=one_of("internal", "oss_acc"),
        historical_objects=SWITCH,
        sync_role=TEXT,
        sse_kms_encrypted_objects=SWITCH,
        replica_kms_key_id={"type": "str", "no_log": False},
        rtc=SWITCH,
    ),
    "policy": {"type": "dict"},
    "tags": {"type": "dict"},
    "logging": record(target_bucket=TEXT, target_prefix=TEXT, role=TEXT),
    "referer": record(allow_empty=SWITCH, allow_truncate_query_string=SWITCH, truncate_path=SWITCH, allowed=TEXTS, blocked=TEXTS),
    "website": record(
        index_document=TEXT,
        support_sub_dir=SWITCH,
        index_type=NUMBER,
        error_document=TEXT,
        error_status=NUMBER,
        routing_rules={"type": "list", "elements": "dict"},
    ),
    "https": record(tls_versions={**TEXTS, "choices": ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]}),
    "cnames": records(domain=REQUIRED, certificate_id=TEXT),
}

BUCKET = ArgumentSpec(
    {
        "name": REQUIRED,
        "region": REQUIRED,
        **SETTINGS,
        "purge_lifecycle_rules": {"type": "bool", "default": True},
        "lifecycle_allow_overlap": {"type": "bool", "default": False},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 1800},
        "cname_timeout": {"type": "int", "default": 0},
    }
)
