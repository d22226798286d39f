# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The settings of a bucket that are one document each: where they live, how they are read and written, what unset looks like.

Several of them also stand in the answer of GetBucketInfo, so that they cost no read of their own.
Documents: help.aliyun.com/en/oss/developer-reference, a page for each operation.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ..._core.errors import CloudError
from ..._core.plan import State
from ..._core.rules import MASK
from ..credentials import CLOUD
from . import lifecycle
from .client import Client
from .documents import Element, build, flag, number, parse, plain, text, texts

Document = tuple[str, t.Any]  # the name of the root element and its content


@dataclass(frozen=True)
class Setting:
    """One sub-resource.

    title: in steps and errors. sub: its name in the query. fields: what it holds of a bucket's state.
    write: the document for a state, or None where the state is OSS's default and the sub-resource can be deleted.
    read: the fields of a document; None where GetBucketInfo has them. absent: the error codes of a GET that found nothing.
    """

    title: str
    sub: str
    fields: tuple[str, ...]
    write: t.Callable[[State], Document | None]
    read: t.Callable[[Element], State] | None = None
    absent: tuple[str, ...] = ()

    def get(self, client: Client, bucket: str) -> State:
        """Its fields as they are; none of them where it was never set."""
        what = f"read {self.title} of {bucket}"
        try:
            answer = client.get(what, bucket, self.sub)
        except CloudError as error:
            if error.code in (*self.absent, "NoSuchBucket"):
                return {}
            raise
        return self._parsed(what, answer.body)

    def _parsed(self, what: str, body: bytes) -> State:
        if self.read is None:
            raise TypeError(f"{self.title} comes with bucketInfo, it is not read")
        return self.read(parse(what, body))

    def step(self, bucket: str) -> str:
        return f"write {self.title} of {bucket}"

    def put(self, client: Client, bucket: str, state: State, headers: t.Mapping[str, str] | None = None) -> None:
        what = self.step(bucket)
        document = self.write(state)
        if document is None:
            client.send(what, "DELETE", bucket, self.sub)
        else:
            client.send(what, "PUT", bucket, self.sub, self._body(document), headers=headers)

    def _body(self, document: Document) -> bytes:
        return build(*document)


class Acl(Setting):
    """The ACL travels in a header."""

    def put(self, client: Client, bucket: str, state: State, headers: t.Mapping[str, str] | None = None) -> None:
        client.send(self.step(bucket), "PUT", bucket, self.sub, headers={"x-oss-acl": state["acl"]})


class Policy(Setting):
    """The policy is JSON, both ways."""

    def _parsed(self, what: str, body: bytes) -> State:
        try:
            return {"policy": json.loads(body)}
        except ValueError:
            raise CloudError(what, "the answer is no JSON", cloud=CLOUD, code="bad_answer") from None

    def _body(self, document: Document) -> bytes:
        return json.dumps(document[1]).encode()


# --- documents ---------------------------------------------------------------


def _write_encryption(state: State) -> Document | None:
    rule = state["encryption"]
    if rule["algorithm"] == "None":
        return None
    by_default = {
        "SSEAlgorithm": rule["algorithm"],
        "KMSMasterKeyID": rule["kms_master_key_id"] or None,
        "KMSDataEncryption": rule["kms_data_encryption"] or None,
    }
    return "ServerSideEncryptionRule", {"ApplyServerSideEncryptionByDefault": by_default}


def _write_cors(state: State) -> Document | None:
    rules = state.get("cors_rules") or []
    if not rules:
        return None
    written = [
        {
            "AllowedOrigin": rule["allowed_origins"],
            "AllowedMethod": rule["allowed_methods"],
            "AllowedHeader": rule["allowed_headers"],
            "ExposeHeader": rule["expose_headers"],
            "MaxAgeSeconds": rule["max_age_seconds"] or None,
        }
        for rule in rules
    ]
    return "CORSConfiguration", {"CORSRule": written, "ResponseVary": bool(state.get("cors_response_vary"))}


def _read_cors(root: Element) -> State:
    rules = [
        {
            "allowed_origins": texts(rule, "AllowedOrigin"),
            "allowed_methods": texts(rule, "AllowedMethod"),
            "allowed_headers": texts(rule, "AllowedHeader"),
            "expose_headers": texts(rule, "ExposeHeader"),
            "max_age_seconds": number(rule, "MaxAgeSeconds"),
        }
        for rule in root.findall("CORSRule")
    ]
    return {"cors_rules": rules, "cors_response_vary": flag(root, "ResponseVary")}


def _write_lifecycle(state: State) -> Document | None:
    rules = state["lifecycle_rules"]
    return ("LifecycleConfiguration", {"Rule": lifecycle.write(rules)}) if rules else None


def _write_logging(state: State) -> Document | None:
    rule = state["logging"]
    if not rule["target_bucket"]:
        return None
    enabled = {"TargetBucket": rule["target_bucket"], "TargetPrefix": rule["target_prefix"], "LoggingRole": rule["role"] or None}
    return "BucketLoggingStatus", {"LoggingEnabled": enabled}


def _read_logging(root: Element) -> State:
    names = {"target_bucket": "TargetBucket", "target_prefix": "TargetPrefix", "role": "LoggingRole"}
    return {"logging": {name: text(root, f"LoggingEnabled/{element}") for name, element in names.items()}}


def _write_referer(state: State) -> Document:
    rule = state["referer"]
    return "RefererConfiguration", {
        "AllowEmptyReferer": rule["allow_empty"],
        "AllowTruncateQueryString": rule["allow_truncate_query_string"],
        "TruncatePath": rule["truncate_path"],
        "RefererList": {"Referer": rule["allowed"]},
        "RefererBlacklist": {"Referer": rule["blocked"]} if rule["blocked"] else None,
    }


def _read_referer(root: Element) -> State:
    return {
        "referer": {
            "allow_empty": flag(root, "AllowEmptyReferer", True),
            "allow_truncate_query_string": flag(root, "AllowTruncateQueryString", True),
            "truncate_path": flag(root, "TruncatePath"),
            "allowed": texts(root, "RefererList/Referer"),
            "blocked": texts(root, "RefererBlacklist/Referer"),
        }
    }


def _write_website(state: State) -> Document | None:
    site = state["website"]
    if not (site["index_document"] or site["error_document"] or site["routing_rules"]):
        return None
    index = {"Suffix": site["index_document"], "SupportSubDir": site["support_sub_dir"], "Type": site["index_type"]}
    error = {"Key": site["error_document"], "HttpStatus": site["error_status"]}
    return "WebsiteConfiguration", {
        "IndexDocument": index if site["index_document"] else None,
        "ErrorDocument": error if site["error_document"] else None,
        "RoutingRules": {"RoutingRule": site["routing_rules"]} if site["routing_rules"] else None,
    }


def _read_website(root: Element) -> State:
    return {
        "website": {
            "index_document": text(root, "IndexDocument/Suffix"),
            "support_sub_dir": flag(root, "IndexDocument/SupportSubDir"),
            "index_type": number(root, "IndexDocument/Type"),
            "error_document": text(root, "ErrorDocument/Key"),
            "error_status": number(root, "ErrorDocument/HttpStatus", 404),
            "routing_rules": [_without_origins(plain(rule)) for rule in root.findall("RoutingRules/RoutingRule")],
        }
    }


def _without_origins(rule: t.Any) -> t.Any:
    """A routing rule as it may be shown: mirroring may hold keys and passwords of the origin."""
    if isinstance(rule, dict):
        return {key: MASK if "Mirror" in key else _without_origins(value) for key, value in rule.items()}
    return rule


def _write_https(state: State) -> Document:
    versions = state["https"]["tls_versions"]
    tls = {"Enable": bool(versions), "TLSVersion": versions}
    return "HttpsConfiguration", {"TLS": tls, "CipherSuite": state["https"].get("cipher_suite")}


def _read_https(root: Element) -> State:
    versions = sorted(texts(root, "TLS/TLSVersion")) if flag(root, "TLS/Enable") else []
    suite = root.find("CipherSuite")
    return {"https": {"tls_versions": versions, **({"cipher_suite": plain(suite)} if suite is not None else {})}}


def _read_tags(root: Element) -> State:
    return {"tags": {text(tag, "Key"): text(tag, "Value") for tag in root.findall("TagSet/Tag")}}


def _write_tags(state: State) -> Document | None:
    tags = [{"Key": key, "Value": value} for key, value in state["tags"].items()]
    return ("Tagging", {"TagSet": {"Tag": tags}}) if tags else None


# --- the table, in the order in which they are written -------------------------

BLOCK = Setting(
    "Block Public Access",
    "publicAccessBlock",
    ("block_public_access",),
    lambda state: ("PublicAccessBlockConfiguration", {"BlockPublicAccess": state["block_public_access"]}),
)
ACL = Acl("the ACL", "acl", ("acl",), lambda state: None)
ACCESS_MONITOR = Setting(
    "access tracking",
    "accessmonitor",
    ("access_monitor",),
    lambda state: ("AccessMonitorConfiguration", {"Status": "Enabled" if state["access_monitor"] else "Disabled"}),
)
LIFECYCLE = Setting(
    "the lifecycle rules",
    "lifecycle",
    ("lifecycle_rules",),
    _write_lifecycle,
    lambda root: {"lifecycle_rules": lifecycle.read(root)},
    ("NoSuchLifecycle",),
)
ACCELERATION = Setting(
    "transfer acceleration",
    "transferAcceleration",
    ("transfer_acceleration",),
    lambda state: ("TransferAccelerationConfiguration", {"Enabled": state["transfer_acceleration"]}),
)
SETTINGS: tuple[Setting, ...] = (
    # Block Public Access comes first: off, it lets a public ACL pass; on, it shuts at once what is public still.
    BLOCK,
    ACL,
    Policy(
        "the policy",
        "policy",
        ("policy",),
        lambda state: ("policy", state["policy"]) if state["policy"] else None,
        lambda root: {},
        ("NoSuchBucketPolicy",),
    ),
    Setting("the versioning", "versioning", ("versioning",), lambda state: ("VersioningConfiguration", {"Status": state["versioning"]})),
    Setting("the encryption", "encryption", ("encryption",), _write_encryption),
    Setting("the CORS rules", "cors", ("cors_rules", "cors_response_vary"), _write_cors, _read_cors, ("NoSuchCORSConfiguration",)),
    ACCESS_MONITOR,
    LIFECYCLE,
    Setting("the tags", "tagging", ("tags",), _write_tags, _read_tags),
    Setting("the logging", "logging", ("logging",), _write_logging, _read_logging),
    Setting("the referer rules", "referer", ("referer",), _write_referer, _read_referer),
    Setting("the website", "website", ("website",), _write_website, _read_website, ("NoSuchWebsiteConfiguration",)),
    Setting("the TLS versions", "httpsConfig", ("https",), _write_https, _read_https, ("NoSuchHttpsConfig",)),
    Setting(
        "the resource group",
        "resourceGroup",
        ("resource_group",),
        lambda state: ("BucketResourceGroupConfiguration", {"ResourceGroupId": state["resource_group"]}),
    ),
    ACCELERATION,
)
