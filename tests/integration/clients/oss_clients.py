# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba's two OSS SDKs, unmodified, with the account's or a planted key, and what they raise."""

from __future__ import annotations

import os
import time
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from tests.cloud import LocalCloud

SHANGHAI, BEIJING = "cn-shanghai", "cn-beijing"
CHARTS = "financial-agent-charts"
SPARE = "financial-agent-charts-spare"
Key = tuple[str, str]


def deployer() -> Key:
    return os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]


def old(name: str = CHARTS, region: str = SHANGHAI, key: Key | None = None, endpoint: str = "") -> oss2.Bucket:
    """A bucket by the older SDK, signing version 4."""
    return oss2.Bucket(oss2.AuthV4(*(key or deployer())), endpoint or f"https://oss-{region}.aliyuncs.com", name, region=region)


def new(region: str = SHANGHAI, key: Key | None = None, endpoint: str | None = None, token: str | None = None) -> oss.Client:
    """A client of the newer SDK, which would repeat what fails: not here."""
    config = oss.config.load_default()
    config.region, config.endpoint, config.retry_max_attempts = region, endpoint, 1
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*(key or deployer()), token)
    return oss.Client(config)


@contextmanager
def refused(status: int, code: str, ec: str | None = None, says: str = "") -> Iterator[None]:
    """The block is refused with this status, code, EC (None: any) and words, whichever SDK asked."""
    with pytest.raises((oss2.exceptions.ServerError, oss.exceptions.OperationError)) as caught:
        yield
    error: t.Any = caught.value
    if isinstance(error, oss.exceptions.OperationError):
        error = error.unwrap()
    found = (getattr(error, "status_code", None) or error.status, error.code, error.message if says else "")
    assert (found[0], found[1], says in found[2]) == (status, code, True), error
    assert ec in (None, error.ec), error
    assert len(error.request_id) == 24


def until(ready: Callable[[], t.Any], seconds: float = 10) -> t.Any:
    """Ask again until the answer is true."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)
    return found


@contextmanager
def oss_state(cloud: LocalCloud) -> Iterator[dict[str, t.Any]]:
    with cloud.state() as state:
        yield state["alibaba"]["oss"]


def plant_key(cloud: LocalCloud, name: str, **facts: t.Any) -> Key:
    """One more access key of the account."""
    key = (f"LTAI5t{name}", f"made-up-secret-of-{name}")
    with cloud.state() as state:
        state["alibaba"]["credentials"]["access_keys"][key[0]] = {"secret": key[1], "user": name, "active": True, **facts}
    return key


def raw(bucket: oss2.Bucket, method: str, query: str, body: str = "", **headers: str) -> str:
    """A signed request with a body made by hand, for what the SDKs would not send; returns the answer's body."""
    params = {name: value for name, _, value in (part.partition("=") for part in query.split("&"))}
    return str(bucket._do(method, bucket.bucket_name, "", data=body, params=params, headers=headers).read().decode())
