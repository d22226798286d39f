# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OSS: lifecycle rules, those that are kept and those that cannot be."""

from __future__ import annotations

import datetime
import re

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.oss_clients import CHARTS, new, old, raw, refused

DAY = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


@pytest.fixture
def bucket(cloud: LocalCloud) -> oss2.Bucket:
    bucket = old()
    bucket.create_bucket()
    return bucket


def lifecycle(*rules: str) -> str:
    return f"<LifecycleConfiguration>{''.join(f'<Rule>{rule}<Status>Enabled</Status></Rule>' for rule in rules)}</LifecycleConfiguration>"


def test_lifecycle(bucket: oss2.Bucket) -> None:
    with refused(404, "NoSuchLifecycle"):
        bucket.get_bucket_lifecycle()
    moves = [
        oss.LifecycleRuleTransition(days=30, storage_class="IA"),
        oss.LifecycleRuleTransition(days=90, storage_class="Archive"),
    ]
    rule = oss.LifecycleRule(
        prefix="charts/",
        status="Enabled",
        tags=[oss.Tag(key="kind", value="chart")],
        transitions=moves,
        expiration=oss.LifecycleRuleExpiration(days=365),
    )
    dated = oss.LifecycleRule(id="dated", status="Enabled", prefix="tmp/", expiration=oss.LifecycleRuleExpiration(created_before_date=DAY))
    configuration = oss.LifecycleConfiguration(rules=[rule, dated])
    new().put_bucket_lifecycle(oss.PutBucketLifecycleRequest(bucket=CHARTS, lifecycle_configuration=configuration))
    first, second = bucket.get_bucket_lifecycle().rules
    assert re.fullmatch("[0-9a-f]{32}", first.id)
    assert [(each.days, each.storage_class) for each in first.storage_transitions] == [(30, "IA"), (90, "Archive")]
    assert (first.expiration.days, second.id, second.expiration.created_before_date) == (365, "dated", datetime.date(2026, 11, 1))
    text = raw(bucket, "GET", "lifecycle")
    assert "2026-11-01T00:00:00.000Z" in text
    assert "<IsAccessTime>false</IsAccessTime>" in text
    shown = new().get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=CHARTS)).lifecycle_configuration
    assert shown is not None
    assert [each.prefix for each in shown.rules or []] == ["charts/", "tmp/"]
    assert bucket.delete_bucket_lifecycle().status == 204
    marker = oss2.models.LifecycleExpiration(expired_detete_marker=True)  # written `True` on the wire
    bucket.put_bucket_lifecycle(oss2.models.BucketLifecycle([oss2.models.LifecycleRule("", "", expiration=marker)]))
    assert bucket.get_bucket_lifecycle().rules[0].expiration.expired_detete_marker is True


EXPIRE = "<Expiration><Days>100</Days></Expiration>"
IA = "<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>"


@pytest.mark.parametrize(
    ("rules", "code", "ec"),
    [
        ((f"<ID>one</ID><Prefix>a</Prefix>{EXPIRE}", f"<ID>one</ID><Prefix>b</Prefix>{EXPIRE}"), "InvalidArgument", "0014-00000020"),
        ((f"<Prefix>a</Prefix>{EXPIRE}", f"<Prefix>a/b</Prefix>{EXPIRE}"), "InvalidRequest", "0014-00000084"),
        ((f"<Prefix>a</Prefix>{EXPIRE}", f"<Prefix>a</Prefix>{IA}"), "InvalidRequest", "0014-00000085"),
        ((f"<Prefix>a</Prefix>{IA}", f"<Prefix>a/b</Prefix>{IA}"), "InvalidRequest", "0014-00000079"),
        ((f"{IA}<Expiration><Days>20</Days></Expiration>",), "InvalidArgument", "0014-00000082"),
        (("<Transition><Days>20</Days><StorageClass>Archive</StorageClass></Transition>" + IA,), "InvalidArgument", "0014-00000082"),
        ((f"<Prefix>a</Prefix>{IA}", "<Prefix>a/b</Prefix><Expiration><Days>9</Days></Expiration>"), "InvalidArgument", "0014-00000082"),
        ((f"{IA}<Expiration><CreatedBeforeDate>2026-11-01T00:00:00Z</CreatedBeforeDate></Expiration>",), "InvalidRequest", "0014-00000080"),
        (("<Transition><Days>3</Days><StorageClass>Standard</StorageClass></Transition>",), "InvalidArgument", ""),
        (("<Expiration><CreatedBeforeDate>2026-11-01T08:00:00Z</CreatedBeforeDate></Expiration>",), "InvalidArgument", ""),
        (("<Prefix>a</Prefix>",), "MalformedXML", ""),
        (("<Expiration><Days>0</Days></Expiration>",), "MalformedXML", ""),
        ((f"<Days>3</Days>{EXPIRE}",), "MalformedXML", ""),
        (
            (
                "<Transition><Days>3</Days><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime></Transition>",
                f"<Prefix>b</Prefix>{IA}",
            ),
            "InvalidRequest",
            "",
        ),
    ],
)
def test_lifecycle_rules_that_cannot_be(bucket: oss2.Bucket, rules: tuple[str, ...], code: str, ec: str) -> None:
    with refused(400, code, ec):
        raw(bucket, "PUT", "lifecycle", lifecycle(*rules))


def test_overlap_by_permission_and_access_time(bucket: oss2.Bucket) -> None:
    overlapping = lifecycle(f"<Prefix>a</Prefix>{EXPIRE}", f"<Prefix>a/b</Prefix>{EXPIRE}")
    raw(bucket, "PUT", "lifecycle", overlapping, **{"x-oss-allow-same-action-overlap": "true"})
    assert len(bucket.get_bucket_lifecycle().rules) == 2
    monitor = oss.AccessMonitorConfiguration(status="Enabled")
    new().put_bucket_access_monitor(oss.PutBucketAccessMonitorRequest(bucket=CHARTS, access_monitor_configuration=monitor))
    assert bucket.get_bucket_access_monitor().access_monitor.status == "Enabled"
    raw(bucket, "PUT", "lifecycle", lifecycle(IA.replace("</StorageClass>", "</StorageClass><IsAccessTime>true</IsAccessTime>")))
    shown = new().get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=CHARTS)).lifecycle_configuration
    assert shown is not None
    assert shown.rules is not None
    assert (shown.rules[0].atime_base or 0) > 1_700_000_000
    with refused(409, "OperationNotSupported"):
        bucket.put_bucket_access_monitor("Disabled")
