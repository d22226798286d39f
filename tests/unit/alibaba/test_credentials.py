# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the credentials of Alibaba Cloud come from, and that sources never mix."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials, credentials_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError

OPTIONS = {"access_key_id": "option-id", "access_key_secret": "option-secret"}
ENVIRONMENT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token",
}
PROFILES: list[dict[str, t.Any]] = [
    {"name": "default", "mode": "AK", "access_key_id": "ak-id", "access_key_secret": "ak-secret", "sts_token": "left over"},
    {"name": "dev", "mode": "StsToken", "access_key_id": "sts-id", "access_key_secret": "sts-secret", "sts_token": "sts-token"},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "role-id", "access_key_secret": "role-secret"},
    {"name": "empty", "mode": "AK", "access_key_id": "", "access_key_secret": ""},
    {"name": "half", "mode": "AK", "access_key_id": "half-id"},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*ENVIRONMENT, "ALIBABA_CLOUD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def login(home: Path, text: str | None = None) -> None:
    (home / ".aliyun").mkdir(exist_ok=True)
    content = json.dumps({"current": "default", "profiles": PROFILES}) if text is None else text
    (home / ".aliyun" / "config.json").write_text(content)


def found(**params: str) -> Credentials:
    return credentials_of(t.cast("t.Any", SimpleNamespace(params=params)))


def refused(**params: str) -> str:
    with pytest.raises(PlanError) as error:
        found(**params)
    assert error.value.failure["code"] == "no_credentials"
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in str(error.value)
    assert "secret-value" not in str(error.value)
    return str(error.value)


def test_the_order_of_the_sources(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login(home)
    assert found() == Credentials("ak-id", "ak-secret")
    monkeypatch.setenv("ALIBABA_CLOUD_PROFILE", "dev")
    assert found() == Credentials("sts-id", "sts-secret", "sts-token")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert found() == Credentials("env-id", "env-secret", "env-token")
    assert found(profile="default") == Credentials("ak-id", "ak-secret")
    # The token of the environment does not belong to the key of the options.
    assert found(**OPTIONS) == Credentials("option-id", "option-secret")
    assert found(**OPTIONS, security_token="option-token").security_token == "option-token"


def test_nothing_anywhere() -> None:
    assert refused().startswith("no Alibaba Cloud credentials. Set access_key_id")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"profile": "nobody"}, "has no profile nobody, only default, dev, empty, half, role"),
        ({"profile": "role"}, "mode RamRoleArn; only AK and StsToken"),
        ({"profile": "empty"}, "holds no access key"),
        ({"profile": "half"}, "the secret of the access key is missing"),
    ],
)
def test_profiles_that_do_not_help(home: Path, params: dict[str, str], words: str) -> None:
    login(home)
    assert words in refused(**params)


def test_half_a_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret-value")
    assert "the environment: the id of the access key is missing" in refused()


@pytest.mark.parametrize("text", ["", "{", "[]", '"secret-value"'])
def test_a_broken_configuration(home: Path, text: str) -> None:
    login(home, text)
    assert "is no JSON object" in refused()


def test_credentials_do_not_print_their_secrets() -> None:
    assert repr(Credentials("id", "secret", "token")) == "Credentials(access_key_id='id')"
