# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small settings of a bucket: one document each, replaced whole by PUT.

Where GET finds nothing, OSS has two manners: some answer 404 with a code of their own, others an empty or default document.
"""

from __future__ import annotations

from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument, malformed_xml
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

SWITCH = Text(choices=("Enabled", "Disabled"))

# --- versioning ----------------------------------------------------------------

VERSIONING = Node({"Status": Text(choices=("Enabled", "Suspended"))}, required=("Status",))


@table.add("PUT", "bucket", "PutBucketVersioning", "versioning", verified="sdk")
def put_versioning(call: Call) -> Reply:
    return call.keep("versioning", call.document("VersioningConfiguration", VERSIONING))


@table.add("GET", "bucket", "GetBucketVersioning", "versioning", verified="sdk")
def get_versioning(call: Call) -> Reply:
    """No Status at all until it was set once."""
    return call.answer("VersioningConfiguration", call.setting("versioning") or {})


# --- encryption ----------------------------------------------------------------

BY_DEFAULT = Node({"SSEAlgorithm": Text(), "KMSMasterKeyID": Text(), "KMSDataEncryption": Text()}, required=("SSEAlgorithm",))
ENCRYPTION = Node({"ApplyServerSideEncryptionByDefault": BY_DEFAULT}, required=("ApplyServerSideEncryptionByDefault",))


@table.add("PUT", "bucket", "PutBucketEncryption", "encryption", verified="sdk")
def put_encryption(call: Call) -> Reply:
    """The refusals are those that oss2's live tests meet. KMS without a key is shown with an empty element."""
    rule = call.document("ServerSideEncryptionRule", ENCRYPTION)["ApplyServerSideEncryptionByDefault"]
    algorithm, key, data = rule["SSEAlgorithm"], rule.get("KMSMasterKeyID", ""), rule.get("KMSDataEncryption", "")
    if algorithm not in ("AES256", "KMS", "SM4"):
        raise Refused(400, "InvalidEncryptionAlgorithmError", "The Encryption Algorithm you specified is not valid.")
    if algorithm != "KMS" and (key or data):
        raise invalid_argument("KMSMasterKeyID is not applicable if user is not using aws:kms", ArgumentName="KMSMasterKeyID")
    if data not in ("", "SM4"):
        raise invalid_argument("The KMSDataEncryption you specified is not valid.", ArgumentName="KMSDataEncryption")
    kept = {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key, **({"KMSDataEncryption": data} if data else {})}
    return call.keep("encryption", {"ApplyServerSideEncryptionByDefault": kept})


@table.add("GET", "bucket", "GetBucketEncryption", "encryption", verified="sdk")
def get_encryption(call: Call) -> Reply:
    rule = call.setting("encryption")
    if rule is None:
        raise Refused(
            404, "NoSuchServerSideEncryptionRule", "The server side encryption configuration was not found.", BucketName=call.name
        )
    return call.answer("ServerSideEncryptionRule", rule)


@table.add("DELETE", "bucket", "DeleteBucketEncryption", "encryption", verified="sdk")
def delete_encryption(call: Call) -> Reply:
    return call.drop("encryption")


# --- transfer acceleration -------------------------------------------------------

ACCELERATION = Node({"Enabled": Flag()}, required=("Enabled",))


@table.add("PUT", "bucket", "PutBucketTransferAcceleration", "transferAcceleration", verified="sdk")
def put_acceleration(call: Call) -> Reply:
    wanted = call.document("TransferAccelerationConfiguration", ACCELERATION)
    source = next(
        (name for name, bucket in call.buckets.items() if any(_accelerates(rule, call.name) for rule in bucket["replication"])), None
    )
    if not wanted["Enabled"] and source:
        message = "The transfer acceleration is already used by cross-region replication."
        names = {"SourceBucket": source, "DestinationBucket": call.name}
        raise Refused(409, "TransferAccAlreadyInUse", message, "0028-00000003", **names)
    return call.keep("transferAcceleration", wanted)


def _accelerates(rule: dict[str, dict[str, dict[str, str]]], bucket: str) -> bool:
    destination = rule["rule"]["Destination"]
    return destination["Bucket"] == bucket and destination.get("TransferType") == "oss_acc"


@table.add("GET", "bucket", "GetBucketTransferAcceleration", "transferAcceleration", verified="sdk")
def get_acceleration(call: Call) -> Reply:
    """404 until it was switched once, whatever to."""
    setting = call.setting("transferAcceleration")
    if setting is None:
        message = "The bucket you specified does not have transfer acceleration configuration."
        raise Refused(404, "NoSuchTransferAccelerationConfiguration", message, BucketName=call.name)
    return call.answer("TransferAccelerationConfiguration", setting)


# --- logging -------------------------------------------------------------------

ENABLED = Node({"TargetBucket": Text(), "TargetPrefix": Text(pattern=r".{0,32}"), "LoggingRole": Text()}, required=("TargetBucket",))
LOGGING = Node({"LoggingEnabled": ENABLED})


@table.add("PUT", "bucket", "PutBucketLogging", "logging", verified="sdk")
def put_logging(call: Call) -> Reply:
    wanted = call.document("BucketLoggingStatus", LOGGING)
    if "LoggingEnabled" not in wanted:
        call.drop("logging")
        return Reply(200)
    target = call.buckets.get(wanted["LoggingEnabled"]["TargetBucket"])
    if target is None or (target["owner"], target["region"]) != (call.bucket["owner"], call.bucket["region"]):
        raise Refused(400, "InvalidTargetBucketForLogging", "The target bucket for logging does not exist or is not in this region.")
    return call.keep("logging", {"LoggingEnabled": {"TargetPrefix": "", **wanted["LoggingEnabled"]}})


@table.add("GET", "bucket", "GetBucketLogging", "logging", verified="sdk")
def get_logging(call: Call) -> Reply:
    return call.answer("BucketLoggingStatus", call.setting("logging") or {})


@table.add("DELETE", "bucket", "DeleteBucketLogging", "logging", verified="sdk")
def delete_logging(call: Call) -> Reply:
    return call.drop("logging")


# --- tags ----------------------------------------------------------------------

TAG = Node({"Key": Text(pattern=r".{1,64}"), "Value": Text(pattern=r".{0,128}")}, required=("Key",))
TAGGING = Node({"TagSet": Node({"Tag": Many(TAG)})}, required=("TagSet",))
MOST_TAGS = 20


@table.add("PUT", "bucket", "PutBucketTags", "tagging", verified="sdk", action="PutBucketTagging")
def put_tags(call: Call) -> Reply:
    """Shown by key, whatever the order they came in."""
    tags = call.document("Tagging", TAGGING)["TagSet"].get("Tag", [])
    if len(tags) > MOST_TAGS:
        raise Refused(400, "TooManyTags", "The bucket tags num is beyond limit.")
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys) or any(key.lower().startswith(("http://", "https://", "aliyun", "acs:")) for key in keys):
        raise Refused(400, "InvalidTag", "The tag you specified is invalid.")
    ordered = sorted(({"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags), key=lambda tag: tag["Key"])
    return call.keep("tagging", {"TagSet": {"Tag": ordered}})


@table.add("GET", "bucket", "GetBucketTags", "tagging", verified="sdk", action="GetBucketTagging")
def get_tags(call: Call) -> Reply:
    return call.answer("Tagging", call.setting("tagging") or {"TagSet": {}})


@table.add("DELETE", "bucket", "DeleteBucketTags", "tagging", verified="sdk", action="DeleteBucketTagging")
def delete_tags(call: Call) -> Reply:
    """`?tagging=k1,k2` deletes these alone."""
    names = {name for name in call.params["tagging"].split(",") if name}
    tags = (call.bucket["settings"].get("tagging") or {"TagSet": {"Tag": []}})["TagSet"]["Tag"]
    left = [tag for tag in tags if tag["Key"] not in names] if names else []
    if not left:
        return call.drop("tagging")
    call.keep("tagging", {"TagSet": {"Tag": left}})
    return Reply(204)


# --- TLS -----------------------------------------------------------------------

TLS = Node({"Enable": Flag(), "TLSVersion": Many(Text(choices=("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")))}, required=("Enable",))
CIPHERS = Node(
    {"Enable": Flag(), "StrongCipherSuite": Flag(), "CustomCipherSuite": Many(Text()), "TLS13CustomCipherSuite": Many(Text())},
    required=("Enable",),
)
HTTPS = Node({"TLS": TLS, "CipherSuite": CIPHERS})


@table.add("PUT", "bucket", "PutBucketHttpsConfig", "httpsConfig", verified="sdk")
def put_https(call: Call) -> Reply:
    wanted = call.document("HttpsConfiguration", HTTPS)
    tls = wanted.get("TLS", {"Enable": False})
    if tls["Enable"] and not tls.get("TLSVersion"):
        raise malformed_xml()
    tls["TLSVersion"] = sorted(set(tls.get("TLSVersion", []))) or None
    return call.keep("httpsConfig", wanted | {"TLS": tls})


@table.add("GET", "bucket", "GetBucketHttpsConfig", "httpsConfig", verified="sdk")
def get_https(call: Call) -> Reply:
    setting = call.setting("httpsConfig")
    if setting is None:
        raise Refused(404, "NoSuchHttpsConfig", "The bucket you specified does not have https configuration.", BucketName=call.name)
    return call.answer("HttpsConfiguration", setting)


# --- access tracking, payer, resource group -----------------------------------------

MONITOR = Node({"Status": SWITCH}, required=("Status",))
PAYMENT = Node({"Payer": Text(choices=("BucketOwner", "Requester"))}, required=("Payer",))
GROUP = Node({"ResourceGroupId": Text()})


@table.add("PUT", "bucket", "PutBucketAccessMonitor", "accessmonitor", verified="sdk")
def put_monitor(call: Call) -> Reply:
    """Its start is what GetBucketLifecycle shows as AtimeBase."""
    wanted = call.document("AccessMonitorConfiguration", MONITOR)
    rules = (call.bucket["settings"].get("lifecycle") or {}).get("Rule", [])
    if wanted["Status"] == "Disabled" and any("AtimeBase" in rule for rule in rules):
        raise Refused(409, "OperationNotSupported", "Access tracking is used by lifecycle rules.")  # assumed
    if wanted["Status"] == "Enabled":
        call.bucket.setdefault("atime_base", int(call.now))
    else:
        call.bucket.pop("atime_base", None)
    return call.keep("accessmonitor", wanted)


@table.add("GET", "bucket", "GetBucketAccessMonitor", "accessmonitor", verified="sdk")
def get_monitor(call: Call) -> Reply:
    return call.answer("AccessMonitorConfiguration", call.setting("accessmonitor") or {"Status": "Disabled"})


@table.add("PUT", "bucket", "PutBucketRequestPayment", "requestPayment", verified="sdk")
def put_payment(call: Call) -> Reply:
    return call.keep("requestPayment", call.document("RequestPaymentConfiguration", PAYMENT))


@table.add("GET", "bucket", "GetBucketRequestPayment", "requestPayment", verified="sdk")
def get_payment(call: Call) -> Reply:
    return call.answer("RequestPaymentConfiguration", call.setting("requestPayment") or {"Payer": "BucketOwner"})


@table.add("PUT", "bucket", "PutBucketResourceGroup", "resourceGroup", verified="sdk")
def put_group(call: Call) -> Reply:
    group = call.document("BucketResourceGroupConfiguration", GROUP).get("ResourceGroupId", "")
    if not group.startswith("rg-"):
        raise invalid_argument("The resource group does not exist.", ArgumentName="ResourceGroupId", ArgumentValue=group)
    call.bucket["resource_group"] = group
    return Reply(200)


@table.add("GET", "bucket", "GetBucketResourceGroup", "resourceGroup", verified="sdk")
def get_group(call: Call) -> Reply:
    return call.answer("BucketResourceGroupConfiguration", {"ResourceGroupId": call.bucket["resource_group"]})
