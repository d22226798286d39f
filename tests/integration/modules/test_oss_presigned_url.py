# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""oss_presigned_url: the local cloud is the judge of its URLs."""

from __future__ import annotations

import json
import os
import stat
import time
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, play, task

BUCKET = {"bucket": "financial-agent-charts", "region": "cn-shanghai"}
KEY = "charts/2026/q3 über.txt"


@pytest.fixture
def bucket(cloud: LocalCloud) -> LocalCloud:
    assert direct(cloud, "oss_bucket", name=BUCKET["bucket"], region=BUCKET["region"]).result["changed"]
    return cloud


def sign(cloud: LocalCloud, dest: Path, *, check: bool = False, **options: t.Any) -> Done:
    return direct(cloud, "oss_presigned_url", check=check, **{**BUCKET, "key": KEY, "dest": str(dest), **options})


def ask(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url.strip(), method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def moved(text: str, seconds: int) -> str:
    """A pre-signed URL whose expiry was tampered with."""
    return text.replace("x-oss-expires=3600", f"x-oss-expires={3600 + seconds}")


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_without_a_single_call(bucket: LocalCloud, tmp_path: Path, in_process: bool) -> None:
    dest = tmp_path / "chart.url"
    options = {**BUCKET, "key": KEY, "dest": str(dest)}
    ran = play(
        bucket,
        [task("oss_presigned_url", check=check, **options) for check in (True, False, False, True)],
        in_process=in_process,
        arguments=["-vvvv"],
    )
    preview, applied, again, preview_again = ran.done
    assert [done.result["changed"] for done in ran.done] == [True, True, False, False]
    assert preview.result["diff"] == applied.result["diff"]
    assert preview.result["presigned_url"]["expires_at"] == "(known after apply)"
    assert applied.result["presigned_url"] == again.result["presigned_url"] == preview_again.result["presigned_url"]
    assert [done.calls for done in ran.done] == [[], [], [], []]
    signature = dest.read_text().partition("x-oss-signature=")[2].strip()
    assert len(signature) == 64
    assert signature not in ran.output + json.dumps([done.result for done in ran.done])


def test_the_url_works_for_what_it_was_made_for_and_for_nothing_else(bucket: LocalCloud, tmp_path: Path) -> None:
    put, get = tmp_path / "put", tmp_path / "get"
    sign(bucket, put, method="PUT", headers={"Content-Type": "text/plain"})
    sign(bucket, get, params={"response-content-disposition": 'attachment; filename="a b.txt"'})
    assert ask(put.read_text(), "PUT", b"hello", **{"Content-Type": "text/html"})[0] == 403
    assert ask(put.read_text(), "PUT", b"hello", **{"Content-Type": "text/plain"})[0] == 200
    assert ask(get.read_text()) == (200, b"hello")
    assert ask(get.read_text(), "DELETE")[0] == 403
    assert ask(moved(get.read_text(), 60))[0] == 403


def test_only_its_owner_may_read_the_file(bucket: LocalCloud, tmp_path: Path) -> None:
    dest = tmp_path / "chart.url"
    sign(bucket, dest)
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    os.chmod(dest, 0o644)
    (change,) = sign(bucket, dest).result["changes"]
    assert change["fields"] == [{"path": "/mode", "before": "0644", "after": "0600"}]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600


OTHERS: dict[str, dict[str, t.Any]] = {
    "method": {"method": "PUT"},
    "key": {"key": "another"},
    "params": {"params": {"x-oss-process": "image/resize,w_100"}},
    "headers": {"headers": {"Content-Type": "text/plain"}},
    "domain": {"domain": "img.klinematrix.com"},
    "expires": {"expires": 7200, "renew_before": 60},
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_use_gets_another_url(bucket: LocalCloud, tmp_path: Path, name: str) -> None:
    dest = tmp_path / "chart.url"
    sign(bucket, dest, renew_before=60)
    before = dest.read_text()
    assert sign(bucket, dest, **{"renew_before": 60, **OTHERS[name]}).result["changed"]
    assert dest.read_text() != before


def test_a_url_that_ends_soon_is_renewed(bucket: LocalCloud, tmp_path: Path) -> None:
    dest = tmp_path / "chart.url"
    sign(bucket, dest, expires=100, renew_before=0)
    time.sleep(1.1)
    assert not sign(bucket, dest, expires=100, renew_before=90).result["changed"]
    (change,) = sign(bucket, dest, expires=100, renew_before=99).result["changes"]
    assert change["fields"] == [{"path": "/valid", "before": False, "after": True}]


def test_another_access_key_or_a_tampered_url_gets_another(bucket: LocalCloud, tmp_path: Path) -> None:
    dest = tmp_path / "chart.url"
    sign(bucket, dest)
    keys = {"access_key_id": "LTAI5tOTHER", "access_key_secret": "other-" + "o" * 30}
    assert sign(bucket, dest, **keys).result["changed"]
    assert sign(bucket, dest, **{**keys, "access_key_secret": "rotated-" + "r" * 30}).result["changed"]
    assert sign(bucket, dest, **keys).result["changed"]
    text = dest.read_text()
    dest.write_text(text[:-10] + "0" * 9 + "\n")
    (change,) = sign(bucket, dest, **keys).result["changes"]
    assert {"path": "/valid", "before": False, "after": True} in change["fields"]


def test_a_domain_of_ones_own_stands_in_the_url(bucket: LocalCloud, tmp_path: Path) -> None:
    dest = tmp_path / "chart.url"
    done = sign(bucket, dest, domain="img.klinematrix.com")
    assert dest.read_text().startswith("https://img.klinematrix.com/charts/2026/q3%20%C3%BCber.txt?")
    assert done.result["presigned_url"]["address"] == "https://img.klinematrix.com/charts/2026/q3%20%C3%BCber.txt"


def test_a_file_that_holds_something_else_is_neither_overwritten_nor_shown(bucket: LocalCloud, tmp_path: Path) -> None:
    dest = tmp_path / "id_rsa"
    dest.write_text("canary-private-key\n")
    done = sign(bucket, dest)
    assert (done.status, "holds no pre-signed URL" in done.result["msg"]) == ("failed", True)
    assert "canary" not in json.dumps(done.result)
    assert dest.read_text() == "canary-private-key\n"


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "too long": ({"expires": 604801}, "expires is 1 to 604800 seconds"),
    "temporary key": (
        {"expires": 43201, "access_key_id": "STS.x", "access_key_secret": "s" * 20, "security_token": "t" * 20},
        "expires is 1 to 43200 seconds",
    ),
    "renewal": ({"renew_before": 3600}, "less than expires"),
    "key": ({"key": "/charts/a"}, "without a slash"),
    "domain": ({"domain": "https://img.example.com"}, "is no domain"),
    "params": ({"params": {"X-OSS-Expires": "9"}}, "what signing adds itself"),
    "headers": ({"headers": {"Host": "x"}}, "Host cannot be signed"),
    "directory": ({"dest": "/no/such/place/url"}, "there is no directory /no/such/place"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nonsense_is_refused(bucket: LocalCloud, tmp_path: Path, name: str) -> None:
    options, reason = REFUSED[name]
    done = sign(bucket, Path(options.get("dest", tmp_path / "url")), check=True, **{key: options[key] for key in options if key != "dest"})
    assert (done.status, reason in done.result["msg"]) == ("failed", True), done.result["msg"]


def test_a_week_is_possible(bucket: LocalCloud, tmp_path: Path) -> None:
    assert sign(bucket, tmp_path / "url", expires=604800).result["presigned_url"]["expires"] == 604800
