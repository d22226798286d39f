# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""oss_bucket against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps

NAME = "financial-agent-charts"
REPLICA = "financial-agent-charts-replica"
WHERE = {"name": NAME, "region": "cn-shanghai"}
Settings = dict[str, t.Any]

CORS: Settings = {
    "cors_rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET", "HEAD"], "allowed_headers": ["*"], "max_age_seconds": 3600}]
}
LIFECYCLE: Settings = {
    "lifecycle_rules": [
        {
            "id": "charts-get-colder",
            "prefix": "charts/",
            "transitions": [{"days": 30, "storage_class": "IA"}, {"days": 180, "storage_class": "Archive"}],
            "expiration": {"days": 365},
            "abort_multipart_upload": {"days": 7},
        }
    ]
}
POLICY: Settings = {
    "policy": {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["oss:GetObject", "oss:ListObjects"],
                "Principal": ["234567890123456789"],
                "Resource": [f"acs:oss:*:*:{NAME}", f"acs:oss:*:*:{NAME}/*"],
            }
        ],
    }
}
# The bucket of the specification.
CHARTS: Settings = {
    "acl": "private",
    "storage_class": "Standard",
    "block_public_access": True,
    "encryption": {"algorithm": "AES256"},
    **CORS,
    **LIFECYCLE,
    "replication": [{"target_bucket": REPLICA, "target_region": "cn-hangzhou"}],
}


def make(cloud: LocalCloud, **settings: t.Any) -> Done:
    done = direct(cloud, "oss_bucket", **WHERE, **settings)
    assert done.status == "ok", done.result["msg"]
    return done


def make_replica(cloud: LocalCloud) -> None:
    assert direct(cloud, "oss_bucket", name=REPLICA, region="cn-hangzhou").result["changed"]


def oss2_bucket(cloud: LocalCloud, name: str) -> t.Any:
    """The vendor's client for objects, with the credentials of the local cloud."""
    import oss2

    auth = oss2.AuthV4(cloud.environment["ALIBABA_CLOUD_ACCESS_KEY_ID"], cloud.environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    return oss2.Bucket(auth, "https://oss-cn-shanghai.aliyuncs.com", name, region="cn-shanghai")


def fields(done: Done) -> dict[str, tuple[t.Any, t.Any]]:
    (change,) = done.result["changes"]
    return {field["path"]: (field["before"], field["after"]) for field in change["fields"]}


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_the_bucket_for_charts(cloud: LocalCloud, in_process: bool) -> None:
    make_replica(cloud)
    preview, applied, again, _ = four_steps(cloud, "oss_bucket", in_process=in_process, **WHERE, **CHARTS)
    assert applied.writes == [
        "PUT PutBucket",
        "PUT PutBucketPublicAccessBlock",
        "PUT PutBucketEncryption",
        "PUT PutBucketCors",
        "PUT PutBucketLifecycle",
        "POST PutBucketReplication",
    ]
    assert sorted(again.reads) == ["GET GetBucketCors", "GET GetBucketInfo", "GET GetBucketLifecycle", "GET GetBucketReplication"]
    assert again.result["io"] == {"reads": 4, "writes": 0}
    assert preview.result["bucket"]["replication"][0]["id"] == "(known after apply)"
    (rule,) = applied.result["bucket"]["replication"]
    assert (rule["status"], rule["id"]) == ("doing", again.result["bucket"]["replication"][0]["id"])
    assert again.result["bucket"]["domain"] == f"{NAME}.oss-cn-shanghai.aliyuncs.com"


# Each setting: a value, and what unsets it (None: nothing does).
SETTINGS: dict[str, tuple[Settings, Settings | None]] = {
    "acl": ({"acl": "public-read"}, {"acl": "private"}),
    "resource_group": ({"resource_group": "rg-another"}, None),
    "block_public_access": ({"block_public_access": True}, {"block_public_access": False}),
    "versioning": ({"versioning": "Enabled"}, {"versioning": "Suspended"}),
    "encryption AES256": ({"encryption": {"algorithm": "AES256"}}, {"encryption": {}}),
    "encryption KMS": (
        {"encryption": {"algorithm": "KMS", "kms_master_key_id": "key-1", "kms_data_encryption": "SM4"}},
        {"encryption": {"algorithm": "None"}},
    ),
    "encryption SM4": ({"encryption": {"algorithm": "SM4"}}, {"encryption": {"algorithm": "AES256"}}),
    "transfer_acceleration": ({"transfer_acceleration": True}, {"transfer_acceleration": False}),
    "access_monitor": ({"access_monitor": True}, {"access_monitor": False}),
    "cors": ({**CORS, "cors_response_vary": True}, {"cors_rules": [], "cors_response_vary": False}),
    "lifecycle": (LIFECYCLE, {"lifecycle_rules": []}),
    "policy": (POLICY, {"policy": {}}),
    "tags": ({"tags": {"team": "charts", "cost": 7}}, {"tags": {}}),
    "logging": ({"logging": {"target_bucket": NAME, "target_prefix": "log/"}}, {"logging": {}}),
    "referer": ({"referer": {"allow_empty": False, "allowed": ["https://*.example.com"], "blocked": ["http://bad"]}}, {"referer": {}}),
    "website": (
        {
            "website": {
                "index_document": "index.html",
                "error_document": "error.html",
                "routing_rules": [
                    {
                        "RuleNumber": 1,
                        "Condition": {"KeyPrefixEquals": "old/"},
                        "Redirect": {"RedirectType": "External", "HostName": "example.com", "PassQueryString": True},
                    }
                ],
            }
        },
        {"website": {}},
    ),
    "https": ({"https": {"tls_versions": ["TLSv1.3", "TLSv1.2"]}}, {"https": {}}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_comes_and_goes(cloud: LocalCloud, name: str) -> None:
    value, unset = SETTINGS[name]
    make(cloud, block_public_access=False)
    for wanted in (value, unset):
        if wanted is None:
            continue
        preview, applied, again = (direct(cloud, "oss_bucket", check=check, **WHERE, **wanted) for check in (True, False, True))
        assert preview.result["changed"], preview.result
        assert preview.writes == []
        assert applied.result["diff"] == preview.result["diff"]
        assert len(applied.writes) == 1
        assert (again.result["changed"], again.result["changes"]) == (False, [])


def test_an_unset_setting_costs_a_new_bucket_no_write(cloud: LocalCloud) -> None:
    unset: Settings = {}
    for _, each in SETTINGS.values():
        unset |= each or {}
    unset |= {"encryption": {}, "block_public_access": True, "storage_class": "IA", "redundancy": "ZRS", "resource_group": "rg-x"}
    assert make(cloud, **unset).writes == ["PUT PutBucket", "PUT PutBucketPublicAccessBlock"]
    assert not make(cloud, **unset).result["changed"]


LIFECYCLE_RULES: dict[str, Settings] = {
    "days": {"expiration": {"days": 30}},
    "date": {"expiration": {"date": "2030-01-01"}},
    "created before": {"transitions": [{"created_before_date": "2024-02-29T00:00:00Z", "storage_class": "ColdArchive"}]},
    "delete markers": {"expiration": {"expired_object_delete_marker": True}},
    "all classes, any order": {
        "transitions": [
            {"days": 400, "storage_class": "DeepColdArchive"},
            {"days": 30, "storage_class": "IA"},
            {"days": 60, "storage_class": "Archive"},
        ]
    },
    "last access": {
        "transitions": [{"days": 30, "storage_class": "IA", "is_access_time": True, "return_to_std_when_visit": True}],
    },
    "small files stay": {
        "transitions": [{"days": 30, "storage_class": "IA", "is_access_time": True, "allow_small_file": False}],
    },
    "old versions": {
        "noncurrent_version_expiration": {"noncurrent_days": 90},
        "noncurrent_version_transitions": [{"noncurrent_days": 10, "storage_class": "IA"}],
    },
    "uploads": {"abort_multipart_upload": {"created_before_date": "2025-01-01"}},
    "tags": {"tags": {"b": "2", "a": 1}, "expiration": {"days": 3}},
    "filter": {
        "filter": {
            "object_size_greater_than": 500,
            "object_size_less_than": 64500,
            "not": [{"prefix": "logs/keep", "tag": {"key": "keep", "value": "yes"}}],
        },
        "prefix": "logs/",
        "expiration": {"days": 3},
    },
    "switched off": {"enabled": False, "expiration": {"days": 3}},
}


@pytest.mark.parametrize("name", LIFECYCLE_RULES)
def test_every_kind_of_lifecycle_rule(cloud: LocalCloud, name: str) -> None:
    settings = {"access_monitor": True, "lifecycle_rules": [{"id": name, **LIFECYCLE_RULES[name]}]}
    make(cloud, **settings)
    again = make(cloud, **settings)
    assert (again.result["changes"], again.writes) == ([], [])


def test_lifecycle_rules_of_others_go_or_stay(cloud: LocalCloud) -> None:
    theirs = {"lifecycle_rules": [{"id": "theirs", "prefix": "tmp/", "expiration": {"days": 1}}]}
    make(cloud, **theirs)
    kept = make(cloud, **LIFECYCLE, purge_lifecycle_rules=False)
    assert next(iter(fields(kept))).startswith("/lifecycle_rules/charts-get-colder")
    assert not make(cloud, **LIFECYCLE, purge_lifecycle_rules=False).result["changed"]
    preview = direct(cloud, "oss_bucket", check=True, **WHERE, **LIFECYCLE)
    assert [(path, before["id"]) for path, (before, _) in fields(preview).items()] == [("/lifecycle_rules/theirs", "theirs")]


def test_order_means_something_where_it_does_and_nothing_elsewhere(cloud: LocalCloud) -> None:
    first = {"allowed_origins": ["https://a", "https://b"], "allowed_methods": ["GET", "PUT"], "allowed_headers": ["X-One"]}
    second = {"allowed_origins": ["*"], "allowed_methods": ["GET"]}
    make(cloud, cors_rules=[first, second], **POLICY)
    same = {"allowed_origins": ["https://b", "https://a"], "allowed_methods": ["PUT", "GET"], "allowed_headers": ["x-one"]}
    (statement,) = POLICY["policy"]["Statement"]
    turned = {**statement, "Action": statement["Action"][::-1], "Principal": statement["Principal"][0]}
    assert not make(cloud, cors_rules=[same, second], policy={"Statement": [turned], "Version": "1"}).result["changed"]
    assert {*fields(make(cloud, cors_rules=[second, first]))} >= {"/cors_rules/0/allowed_origins", "/cors_rules/1/allowed_origins"}


def test_public_access_opens_and_shuts_in_one_task(cloud: LocalCloud) -> None:
    everybody = {**POLICY["policy"], "Statement": [{**POLICY["policy"]["Statement"][0], "Principal": ["*"]}]}
    make(cloud)
    opened = make(cloud, acl="public-read", policy=everybody, block_public_access=False)
    assert opened.writes == ["PUT PutBucketPublicAccessBlock", "PUT PutBucketAcl", "PUT PutBucketPolicy"]
    shut = make(cloud, acl="private", policy={}, block_public_access=True)
    assert shut.writes == ["PUT PutBucketPublicAccessBlock", "PUT PutBucketAcl", "DELETE DeleteBucketPolicy"]
    for public in ({"acl": "public-read"}, {"policy": everybody}):
        for check in (True, False):
            refused = direct(cloud, "oss_bucket", check=check, **WHERE, **public)
            assert refused.result["failure"]["code"] == "public_access_blocked"
            assert "block_public_access: false" in refused.result["msg"]
            assert refused.writes == []


# What somebody changes behind our back in the bucket for charts, and the path under which it is found.
DRIFT: dict[str, tuple[t.Callable[[dict[str, t.Any]], t.Any], str]] = {
    "acl": (lambda bucket: bucket.update(acl="public-read"), "/acl"),
    "block": (lambda bucket: bucket["settings"].pop("publicAccessBlock"), "/block_public_access"),
    "encryption": (lambda bucket: bucket["settings"].pop("encryption"), "/encryption/algorithm"),
    "cors origin": (
        lambda bucket: bucket["settings"]["cors"]["CORSRule"][0]["AllowedOrigin"].append("http://evil"),
        "/cors_rules/0/allowed_origins",
    ),
    "cors age": (lambda bucket: bucket["settings"]["cors"]["CORSRule"][0].pop("MaxAgeSeconds"), "/cors_rules/0/max_age_seconds"),
    "cors rule": (
        lambda bucket: bucket["settings"]["cors"]["CORSRule"].append({"AllowedOrigin": ["*"], "AllowedMethod": ["PUT"]}),
        "/cors_rules/1",
    ),
    "cors": (lambda bucket: bucket["settings"].pop("cors"), "/cors_rules/0/allowed_origins"),
    "lifecycle status": (
        lambda bucket: bucket["settings"]["lifecycle"]["Rule"][0].update(Status="Disabled"),
        "/lifecycle_rules/charts-get-colder/enabled",
    ),
    "lifecycle days": (
        lambda bucket: bucket["settings"]["lifecycle"]["Rule"][0]["Expiration"].update(Days=200),
        "/lifecycle_rules/charts-get-colder/expiration",
    ),
    "lifecycle transition": (
        lambda bucket: bucket["settings"]["lifecycle"]["Rule"][0]["Transition"].pop(),
        "/lifecycle_rules/charts-get-colder/transitions",
    ),
    "replication action": (lambda bucket: bucket["replication"][0]["rule"].update(Action="PUT"), f"/replication/{REPLICA}/actions"),
    "replication": (lambda bucket: bucket["replication"].clear(), f"/replication/{REPLICA}/destination"),
}


def test_each_declared_field_is_watched(cloud: LocalCloud) -> None:
    make_replica(cloud)
    make(cloud, **CHARTS)
    whole = cloud.ask("GET", "state")
    for name, (change, path) in DRIFT.items():
        with cloud.state() as state:
            change(state["alibaba"]["oss"]["buckets"][NAME])
        found = fields(direct(cloud, "oss_bucket", check=True, **WHERE, **CHARTS))
        assert path in found, (name, found)
        cloud.ask("PUT", "state", whole)
    assert not direct(cloud, "oss_bucket", check=True, **WHERE, **CHARTS).result["changed"]


REFUSED: dict[str, tuple[Settings, str]] = {
    "name": ({"name": "Not_A_Name"}, "not a valid name"),
    "region": ({"region": "Shanghai"}, "no region of OSS"),
    "public and blocked": ({"acl": "public-read", "block_public_access": True}, "exclude each other"),
    "key without KMS": ({"encryption": {"algorithm": "AES256", "kms_master_key_id": "k"}}, "takes no KMS key"),
    "cors stars": ({"cors_rules": [{"allowed_origins": ["*.*"], "allowed_methods": ["GET"]}]}, "one * at most"),
    "cors empty": ({"cors_rules": [{"allowed_origins": [], "allowed_methods": ["GET"]}]}, "must not be empty"),
    "cors many": ({"cors_rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}] * 21}, "OSS takes 20"),
    "vary alone": ({"cors_response_vary": True}, "needs cors_rules"),
    "lifecycle idle": ({"lifecycle_rules": [{"id": "a"}]}, "it does nothing"),
    "lifecycle twice": ({"lifecycle_rules": [{"id": "a", "expiration": {"days": 1}}] * 2}, "the same id"),
    "lifecycle times": ({"lifecycle_rules": [{"id": "a", "expiration": {"days": 1, "date": "2030-01-01"}}]}, "exactly one point in time"),
    "lifecycle date": ({"lifecycle_rules": [{"id": "a", "expiration": {"date": "2030-01-01T12:00:00Z"}}]}, "is no date"),
    "lifecycle order": (
        {"lifecycle_rules": [{"id": "a", "transitions": [{"days": 9, "storage_class": "IA"}, {"days": 8, "storage_class": "Archive"}]}]},
        "Archive must come later than IA",
    ),
    "lifecycle end": (
        {"lifecycle_rules": [{"id": "a", "transitions": [{"days": 9, "storage_class": "IA"}], "expiration": {"days": 9}}]},
        "must be later than every transition",
    ),
    "lifecycle access": (
        {"lifecycle_rules": [{"id": "a", "transitions": [{"days": 9, "storage_class": "IA", "is_access_time": True}]}]},
        "access_monitor: true",
    ),
    "replication itself": ({"replication": [{"target_bucket": NAME, "target_region": "cn-hangzhou"}]}, "into itself"),
    "replication twice": (
        {"replication": [{"target_bucket": REPLICA, "target_region": f"{form}cn-hangzhou"} for form in ("", "oss-")]},
        "declared twice",
    ),
    "replication near": ({"replication": [{"target_bucket": REPLICA, "target_region": "cn-shanghai", "rtc": True}]}, "another region only"),
    "replication KMS": (
        {"replication": [{"target_bucket": REPLICA, "target_region": "cn-hangzhou", "sse_kms_encrypted_objects": True}]},
        "need sync_role",
    ),
    "policy": ({"policy": {"Statement": []}}, "Version or Statement is missing"),
    "tags": ({"tags": {str(number): "" for number in range(21)}}, "OSS takes 20"),
    "mirror": (
        {"website": {"routing_rules": [{"RuleNumber": 1, "Redirect": {"RedirectType": "Mirror", "MirrorURL": "http://x"}}]}},
        "mirroring from an origin is not supported",
    ),
    "domain twice": ({"cnames": [{"domain": "a.example.com"}, {"domain": "A.example.com."}]}, "declared twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nonsense_is_refused_in_the_preview(cloud: LocalCloud, name: str) -> None:
    settings, reason = REFUSED[name]
    done = direct(cloud, "oss_bucket", check=True, **{**WHERE, **settings})
    assert (done.status, done.writes) == ("failed", [])
    assert reason in done.result["msg"]


def test_what_cannot_be_changed_is_refused_with_the_way_out(cloud: LocalCloud) -> None:
    make(cloud, storage_class="Standard", redundancy="LRS")
    for check in (True, False):
        for settings, words in (
            ({"storage_class": "IA"}, "/storage_class is 'Standard', declared 'IA'"),
            ({"redundancy": "ZRS"}, "create-bucket-data-redundancy-transition"),
            ({"region": "cn-beijing"}, "it lives at oss-cn-shanghai.aliyuncs.com"),
        ):
            done = direct(cloud, "oss_bucket", check=check, **{**WHERE, **settings})
            assert (done.result["failure"]["code"], done.writes) == ("immutable", [])
            assert words in done.result["msg"]


def test_absent_is_for_empty_buckets_only(cloud: LocalCloud) -> None:
    gone = {**WHERE, "state": "absent"}
    assert not direct(cloud, "oss_bucket", **gone).result["changed"]
    make(cloud, versioning="Enabled")
    objects = oss2_bucket(cloud, NAME)
    holds: list[tuple[t.Callable[[], t.Any], t.Callable[[t.Any], t.Any], str]] = [
        (lambda: objects.put_object("a", b"x").versionid, lambda version: objects.delete_object("a", {"versionId": version}), "objects"),
        (
            lambda: objects.delete_object("b").versionid,
            lambda version: objects.delete_object("b", {"versionId": version}),
            "delete markers",
        ),
        (
            lambda: objects.init_multipart_upload("c").upload_id,
            lambda name: objects.abort_multipart_upload("c", name),
            "unfinished uploads",
        ),
    ]
    for fill, empty, words in holds:
        thing = fill()
        for check in (True, False):
            refused = direct(cloud, "oss_bucket", check=check, **gone)
            assert (refused.result["failure"]["code"], refused.writes) == ("not_empty", [])
            assert f"it holds {words};" in refused.result["msg"]
        empty(thing)
    preview, applied, again = (direct(cloud, "oss_bucket", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert (applied.writes, applied.result["bucket"]) == (["DELETE DeleteBucket"], None)
    assert (again.result["changed"], again.writes) == (False, [])


def test_absent_counts_where_listing_is_forbidden(cloud: LocalCloud) -> None:
    make(cloud)
    oss2_bucket(cloud, NAME).put_object("a", b"x")
    with cloud.state() as state:
        state["alibaba"]["oss"]["public_endpoint_forbidden"] = True
    refused = direct(cloud, "oss_bucket", check=True, **WHERE, state="absent")
    assert "it holds 1 objects" in refused.result["msg"]


def test_a_missing_bucket_costs_no_more_reads_than_a_present_one(cloud: LocalCloud) -> None:
    missing = direct(cloud, "oss_bucket", check=True, **WHERE, **CORS, **LIFECYCLE)
    assert missing.result["changes"][0]["action"] == "create"
    assert len(missing.reads) == 3


UNKNOWN = "(known after apply)"


def test_what_is_known_only_after_apply_previews_and_is_never_sent(cloud: LocalCloud) -> None:
    settings: Settings = {
        "replication": [{"target_bucket": UNKNOWN, "target_region": "cn-hangzhou"}],
        "encryption": {"algorithm": "KMS", "kms_master_key_id": UNKNOWN},
        "cnames": [{"domain": f"img.{UNKNOWN}", "certificate_id": UNKNOWN}],
        "tags": {"vault": UNKNOWN},
    }
    nowhere = direct(cloud, "oss_bucket", check=True, **{**WHERE, "name": f"{UNKNOWN}-charts"}, **settings)
    assert (nowhere.result["changes"][0]["action"], nowhere.calls) == ("create", [])
    make(cloud)
    there = direct(cloud, "oss_bucket", check=True, **WHERE, **settings)
    assert {"/encryption/kms_master_key_id", "/tags"} <= {*fields(there)}
    real = direct(cloud, "oss_bucket", **WHERE, **settings)
    assert (real.result["failure"]["code"], real.calls) == ("unknown_value", [])
