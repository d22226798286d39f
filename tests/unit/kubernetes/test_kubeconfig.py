# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubeconfigs: what is read, what is handed on, and what their faults are called."""

from __future__ import annotations

import base64
import sys
import typing as t
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import access as access_module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import ServerAccess, kubeconfig_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.kubeconfig import read_kubeconfig
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.tls import context_for, in_memory

SECRET = "canary-" + "k" * 30


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def written(folder: Path, user: dict[str, t.Any], **more: t.Any) -> Path:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "https://api.example:6443/", "certificate-authority-data": coded("CA")}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
        "current-context": "one",
        **more,
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(config))
    return path


def test_a_token_and_where_it_is_for(tmp_path: Path) -> None:
    access = ServerAccess(**read_kubeconfig(written(tmp_path, {"token": SECRET}), None))
    assert (access.server, access.authority, access.token, access.namespace) == ("https://api.example:6443", "CA", SECRET, "team")
    assert SECRET not in repr(access)


def test_files_stand_beside_the_kubeconfig(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem", "token"):
        (tmp_path / name).write_text(name + "\n")
    access = ServerAccess(**read_kubeconfig(written(tmp_path, {"client-certificate": "cert.pem", "client-key": "key.pem"}), "one"))
    assert (access.certificate, access.key) == ("cert.pem\n", "key.pem\n")
    assert read_kubeconfig(written(tmp_path, {"tokenFile": "token", "token": "old"}), None)["token"] == "token"


def test_a_plugin_is_asked(tmp_path: Path) -> None:
    printed = "{'status': {'token': os.environ['WHO'] + json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind']}}"
    script = f"import json, os; print(json.dumps({printed}))"
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": ["-c", script]}
    user = {"exec": {**plugin, "env": [{"name": "WHO", "value": "me-"}]}}
    assert read_kubeconfig(written(tmp_path, user), None)["token"] == "me-ExecCredential"


BAD: list[tuple[dict[str, t.Any], dict[str, t.Any], str | None, str]] = [
    ({}, {"current-context": ""}, None, "no current context. Set context to one of them: one"),
    ({}, {}, "two", "no context two. It has one"),
    ({}, {"clusters": []}, None, "no cluster c. It has none"),
    ({"exec": {"command": "nosuch-plugin", "installHint": "Install it"}}, {}, None, "nosuch-plugin, which is not there. Install it"),
    ({"exec": {"command": sys.executable, "args": ["-c", "raise SystemExit('no login')"]}}, {}, None, r"failed \(1\): no login"),
    ({"exec": {"command": sys.executable, "args": ["-c", "print('hello')"]}}, {}, None, "printed no ExecCredential"),
    ({"auth-provider": {"name": "azure"}}, {}, None, "kubelogin convert-kubeconfig"),
    ({"username": "u", "password": SECRET}, {}, None, "user name and password, which Kubernetes has removed"),
    ({"token": "t", "as": "somebody"}, {}, None, "it acts as somebody, which is not supported"),
    ({"client-key-data": "%%%"}, {}, None, "client-key-data is no base64"),
    ({"exec": {"command": "nosuch-plugin"}}, {}, None, "on the PATH of its user"),
    ({}, {"clusters": [{"name": "c", "cluster": {"server": "api.example"}}]}, None, "no server, only 'api.example'. A server is a URL"),
    ({}, {"contexts": ["one"]}, None, "contexts are no list of named entries"),
    ({"tokenFile": "gone"}, {}, None, "gone cannot be read: No such file"),
]


@pytest.mark.parametrize(("user", "more", "context", "words"), BAD, ids=[words for *_, words in BAD])
def test_faults_are_named(tmp_path: Path, user: dict[str, t.Any], more: dict[str, t.Any], context: str | None, words: str) -> None:
    with pytest.raises(PlanError, match=words) as caught:
        read_kubeconfig(written(tmp_path, user, **more), context)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"), [(None, "cannot be read.*az aks get-credentials"), ("a: [", "is no YAML"), ("[]", "is no kubeconfig")]
)
def test_what_is_no_kubeconfig(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PlanError, match=words):
        read_kubeconfig(path, None)


def test_what_is_handed_on_says_the_same(tmp_path: Path) -> None:
    access = ServerAccess("https://api.example", "x", authority="CA", token=SECRET, server_name="other", proxy="http://proxy:1")
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(kubeconfig_of(access)))
    again = read_kubeconfig(path, None)
    assert {key: again[key] for key in ("server", "authority", "token", "server_name", "proxy", "verify")} == {
        "server": access.server,
        "authority": "CA",
        "token": SECRET,
        "server_name": "other",
        "proxy": "http://proxy:1",
        "verify": True,
    }


def test_certificates_that_are_none_are_named() -> None:
    with pytest.raises(PlanError, match=r"the certificates for x cannot be used"):
        context_for(ServerAccess("https://api.example", "x", authority="no certificate"))


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "me")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin.replace(year=2027)).sign(key, hashes.SHA256())
    coding = serialization.Encoding.PEM
    locked = key.private_bytes(coding, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"passphrase"))
    access = ServerAccess("https://api.example", "x", certificate=made.public_bytes(coding).decode(), key=locked.decode())
    with pytest.raises(PlanError, match="cannot be used"):
        context_for(access)


def test_a_file_in_memory_is_gone_afterwards() -> None:
    with in_memory(SECRET.encode()) as path:
        assert Path(path).read_text() == SECRET
    assert not Path(path).exists() or Path(path).read_bytes() != SECRET.encode()


def params(**given: t.Any) -> dict[str, t.Any]:
    return {"aks_cluster_id": None, "aks_admin": False, "kubeconfig": None, "context": None, "in_cluster": None, **given}


class Host:
    """As much of a host as a login asks for."""

    def __init__(self, **given: t.Any) -> None:
        self.params = params(**given)


def login(**given: t.Any) -> ServerAccess:
    return access_module.login_of(t.cast("t.Any", Host(**given)), Traffic("kubernetes", read_only=True)).access()


def test_in_a_pod_its_account_is_the_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(access_module, "ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(PlanError, match="does not run in a pod"):
        login(in_cluster=True)
    (tmp_path / "token").write_text(SECRET + "\n")
    (tmp_path / "ca.crt").write_text("CA")
    found = login(in_cluster=True)
    assert (found.server, found.token, found.authority) == ("https://[fd00::1]:443", SECRET, "CA")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    with pytest.raises(PlanError, match="KUBERNETES_SERVICE_HOST"):
        login(in_cluster=True)


def test_a_kubeconfig_is_read_anew_when_its_login_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"token": "old"})
    found = access_module.login_of(t.cast("t.Any", Host(kubeconfig=str(path))), Traffic("kubernetes", read_only=True))
    assert found.access().token == "old"
    written(tmp_path, {"token": "new"})
    assert found.access().token == "old"
    assert found.again().token == "new"


def test_no_cluster_is_guessed() -> None:
    with pytest.raises(PlanError, match="no cluster is named"):
        login()
