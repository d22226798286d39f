# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # Every setting of a bucket that can be declared.
    DOCUMENTATION = r"""
options:
  acl:
    description:
      - Who may do what without a signature. A public ACL is refused while O(block_public_access) is on, which it is in new buckets.
    type: str
    choices: [private, public-read, public-read-write]
  storage_class:
    description: Storage class of a new bucket. It cannot be changed.
    type: str
    choices: [Standard, IA, Archive, ColdArchive, DeepColdArchive]
  redundancy:
    description: Where the data is kept, in one zone (V(LRS)) or several (V(ZRS)). It cannot be changed here.
    type: str
    choices: [LRS, ZRS]
  resource_group:
    description: Id of the resource group.
    type: str
  block_public_access:
    description: Whether Block Public Access overrides public ACLs and policies.
    type: bool
  versioning:
    description: Whether old versions are kept. Once enabled it can only be suspended.
    type: str
    choices: [Enabled, Suspended]
  encryption:
    description: How OSS encrypts new objects.
    type: dict
    suboptions:
      algorithm:
        description: The algorithm. V(None) removes the setting.
        type: str
        choices: [None, AES256, KMS, SM4]
      kms_master_key_id:
        description: Id of the KMS key, for V(KMS). Without it the default key of OSS is used.
        type: str
      kms_data_encryption:
        description: Algorithm for the data with V(KMS), instead of AES256.
        type: str
        choices: [SM4]
  transfer_acceleration:
    description: Whether the bucket can be reached through the acceleration endpoints, at a price.
    type: bool
  access_monitor:
    description: Whether OSS tracks when an object was last read. Lifecycle rules by the last access need it.
    type: bool
  cors_rules:
    description: What browsers may do from other origins. The first rule that fits wins, so their order counts.
    type: list
    elements: dict
    suboptions:
      allowed_origins:
        description: Origins, each with one V(*) at most.
        type: list
        elements: str
        required: true
      allowed_methods:
        description: Methods.
        type: list
        elements: str
        required: true
        choices: [GET, PUT, DELETE, POST, HEAD]
      allowed_headers:
        description: Headers that a request may carry, each with one V(*) at most.
        type: list
        elements: str
      expose_headers:
        description: Headers that a script may see.
        type: list
        elements: str
      max_age_seconds:
        description: How long a browser may keep the answer to its preflight request.
        type: int
  cors_response_vary:
    description: Whether answers carry C(Vary) with the value Origin. It needs O(cors_rules).
    type: bool
  lifecycle_rules:
    description: What happens to objects as they age. Rules are told apart by their id.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the rule.
        type: str
        required: true
      prefix:
        description: Objects whose names begin so. All of them if it is left out.
        type: str
      enabled:
        description: Whether the rule is in force. It is unless V(false) is given.
        type: bool
      tags:
        description: Only objects with all these tags.
        type: dict
      filter:
        description:
          - Only objects of a size (C(object_size_greater_than), C(object_size_less_than), in bytes), and none that C(not) lists, each
            by C(prefix) and C(tag) with C(key) and C(value).
        type: dict
      expiration:
        description: When objects are deleted. Exactly one of these.
        type: dict
        suboptions:
          days:
            description: Days after the last change.
            type: int
          date:
            description: A day in UTC, such as V(2026-11-01), from which on all are deleted.
            type: str
          created_before_date:
            description: Objects last changed before this day.
            type: str
          expired_object_delete_marker:
            description: Delete markers that have no version left.
            type: bool
      transitions:
        description: When objects move to a colder class. Colder must be later.
        type: list
        elements: dict
        suboptions:
          days:
            description: Days after the last change, or after the last access.
            type: int
          created_before_date:
            description: Objects last changed before this day.
            type: str
          storage_class:
            description: The class to move to.
            type: str
            required: true
            choices: [Standard, IA, Archive, ColdArchive, DeepColdArchive]
          is_access_time:
            description: Count from the last access. Needs O(access_monitor).
            type: bool
          return_to_std_when_visit:
            description: Whether an object that is read goes back to Standard. It does not unless V(true) is given.
            type: bool
          allow_small_file:
            description: Whether objects under 64 KB move by the last access. They do unless V(false) is given.
            type: bool
      noncurrent_version_expiration:
        description: When old versions are deleted.
        type: dict
        suboptions:
          noncurrent_days:
            description: Days after they became old.
            type: int
            required: true
      noncurrent_version_transitions:
        description: When old versions move to a colder class.
        type: list
        elements: dict
        suboptions:
          noncurrent_days:
            description: Days after they became old.
            type: int
            required: true
          storage_class:
            description: The class to move to.
            type: str
            required: true
            choices: [Standard, IA, Archive, ColdArchive, DeepColdArchive]
          is_access_time:
            description: Count from the last access. Needs O(access_monitor).
            type: bool
          return_to_std_when_visit:
            description: Whether a version that is read goes back to Standard.
            type: bool
          allow_small_file:
            description: Whether versions under 64 KB move by the last access.
            type: bool
      abort_multipart_upload:
        description: When parts of unfinished uploads are deleted. Exactly one of these.
        type: dict
        suboptions:
          days:
            description: Days after the upload began.
            type: int
          created_before_date:
            description: Uploads begun before this day.
            type: str
  replication:
    description:
      - Copies to other buckets. Rules are told apart by their target and prefixes.
      - OSS cannot change a rule. One that differs is removed, waited for, and added again; only O(replication[].rtc) is switched in place.
    type: list
    elements: dict
    suboptions:
      target_bucket:
        description: The bucket to copy to. It must exist, belong to this account and have the same versioning state.
        type: str
        required: true
      target_region:
        description: Its region.
        type: str
        required: true
      prefixes:
        description: Objects whose names begin so, at most ten. All of them if it is left out.
        type: list
        elements: str
      actions:
        description: What is copied. V(ALL) unless given.
        type: list
        elements: str
        choices: [ALL, PUT, DELETE, ABORT]
      transfer_type:
        description: The way there. V(internal) unless given.
        type: str
        choices: [internal, oss_acc]
      historical_objects:
        description: Whether older objects are copied too. They are, unless V(false) is given. Used when a rule is made, never compared.
        type: bool
      sync_role:
        description: The RAM role that copies. Needed for objects that are encrypted with KMS.
        type: str
      sse_kms_encrypted_objects:
        description: Whether objects that are encrypted with KMS are copied.
        type: bool
      replica_kms_key_id:
        description: Id of the KMS key of the copies.
        type: str
      rtc:
        description: Replication time control, at a price.
        type: bool
  policy:
    description: The bucket policy, with the keys C(Version) and C(Statement). Compared by what it says.
    type: dict
  tags:
    description: Tags of the bucket.
    type: dict
  logging:
    description: Where the access log goes.
    type: dict
    suboptions:
      target_bucket:
        description: A bucket of this account in the same region.
        type: str
      target_prefix:
        description: How the names of the log files begin.
        type: str
      role:
        description: The RAM role that writes them.
        type: str
  referer:
    description: Which pages may link to objects.
    type: dict
    suboptions:
      allow_empty:
        description: Whether requests without a referer pass, which they do unless V(false) is given.
        type: bool
      allow_truncate_query_string:
        description: Whether the query of a referer is left out of the comparison, which it is unless V(false) is given.
        type: bool
      truncate_path:
        description: Whether the path of a referer is left out of the comparison.
        type: bool
      allowed:
        description: Referers that pass.
        type: list
        elements: str
      blocked:
        description: Referers that do not.
        type: list
        elements: str
  website:
    description: Static website hosting.
    type: dict
    suboptions:
      index_document:
        description: The file that answers for a directory.
        type: str
      support_sub_dir:
        description: Whether it answers for sub-directories too.
        type: bool
      index_type:
        description: What happens when a name without a final slash does not exist, by OSS's numbers 0 to 2.
        type: int
      error_document:
        description: The object that answers where nothing is found.
        type: str
      error_status:
        description: Its HTTP status, V(404) unless given.
        type: int
      routing_rules:
        description: Redirects, with the names of OSS's API. What is not declared inside a rule is not compared.
        type: list
        elements: dict
  https:
    description: TLS.
    type: dict
    suboptions:
      tls_versions:
        description: The versions that are accepted. All of them if the list is empty.
        type: list
        elements: str
        choices: [TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3]
  cnames:
    description:
      - Domains of your own for the bucket. OSS binds one once a TXT record proves it; the result names that record as long as its token
        lives, which is three days.
    type: list
    elements: dict
    suboptions:
      domain:
        description: The domain.
        type: str
        required: true
      certificate_id:
        description: Id of its certificate in Certificate Management Service.
        type: str
"""
