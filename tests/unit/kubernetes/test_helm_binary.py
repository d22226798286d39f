# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running helm: which one, what may be run, what it gets to know and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import ServerAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm import binary
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.binary import Helm, HelmError, find

ACCESS = ServerAccess("https://cluster.example", "cluster", token="t0ken")
# Notes how it was run, and what it can see.
NOTING = f"""#!{sys.executable}
import json, os, sys
if "version" in sys.argv:
    print("v3.17.2"); sys.exit()
flags = sys.argv[1:]
config = open(flags[flags.index("--kubeconfig") + 1]).read() if "--kubeconfig" in flags else ""
print(json.dumps({{"argv": flags, "stdin": sys.stdin.read(), "env": dict(os.environ), "config": config}}))
"""


def put(monkeypatch: pytest.MonkeyPatch, place: Path, script: str) -> None:
    """A helm of the test's own, the only one there is."""
    file = place / "helm"
    file.write_text(script)
    file.chmod(0o755)
    monkeypatch.setenv("PATH", str(place))


def helm(*, read_only: bool = False) -> Helm:
    return Helm(Traffic("kubernetes", read_only=read_only))


def test_the_real_one_is_found() -> None:
    assert find().version >= (3, 17)


def test_none_and_an_old_one_say_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(PlanError, match=r"no helm on PATH.*Install helm 3\.17"):
        find()
    put(monkeypatch, tmp_path, "#!/bin/sh\necho v3.16.4\n")
    with pytest.raises(PlanError, match=r"helm v3\.16\.4: too old"):
        find()


@pytest.mark.parametrize("verb", ["install", "upgrade", "rollback", "uninstall", "plugin", "push"])
def test_verbs_that_write_are_refused_before_they_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str) -> None:
    put(monkeypatch, tmp_path, NOTING)
    with pytest.raises(WriteRefused, match=f"helm {verb} .try it."):
        helm(read_only=True).run("try it", (verb,))
    one = helm()
    one.run("try it", (verb,))
    one.run("look", ("template",))
    assert one.traffic.as_json() == {"reads": 1, "writes": 1}


def test_secrets_are_in_no_argument_no_environment_and_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(monkeypatch, tmp_path, NOTING)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    seen = json.loads(helm().run("install it", ("upgrade",), "--values", "-", stdin='{"password": "v4lue"}', access=ACCESS))
    assert (seen["stdin"], "t0ken" in seen["config"]) == ('{"password": "v4lue"}', True)
    assert not any(secret in json.dumps([seen["argv"], seen["env"]]) for secret in ("s3cret", "t0ken", "v4lue", "elsewhere"))
    assert seen["env"]["HTTPS_PROXY"] == "http://proxy.example"
    assert seen["env"]["KUBECACHEDIR"].startswith(str(tmp_path / "tmp"))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_errors_are_helms_words_without_secrets_and_noise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = "WARNING: Kubernetes configuration file is group-readable.\\nError: values don't meet the specifications of the schema: 'v4lue'"
    put(monkeypatch, tmp_path, f'#!/bin/sh\n[ "$1" = version ] && echo v4.0.0 && exit\necho "{said}" >&2\nexit 1\n')
    one = helm()
    one.hidden.add("v4lue")
    with pytest.raises(HelmError) as caught:
        one.run("render it", ("template",))
    assert str(caught.value).startswith("render it: values don't meet the specifications of the schema: '********' (values_schema)")
    assert caught.value.failure["code"] == "values_schema"


QUOTED = [
    r"at '/password': 'CANARY\'it\\s-\"line\\nline2' does not match pattern '^x$'",
    r"at '/mail': 'CANARY-mail' is not valid email: missing @",
    "at '/pin': maximum: got 3.1415926\u00d710\u2070\u2077, want 5",
    "execution error at (app/templates/all.yaml:1:4): bad: CANARY\\nvalue",
    "execution error at (app/templates/all.yaml:1:4): bad: Q0FOQVJZCnZhbHVl",
]


@pytest.mark.parametrize("said", QUOTED)
def test_no_form_of_a_secret_is_in_an_error(said: str) -> None:
    one = helm()
    one.hidden.add("CANARY\nvalue")
    text = str(one.failed("render it", said))
    assert "********" in text
    assert not any(part in text for part in ("CANARY", "3.1415926", "line2", "Q0FOQVJZ"))
    assert all(word in text for word in ("does not match pattern '^x$'", "want 5", "is not valid email") if word in said)


def test_what_helm_logs_beside_its_error_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logged = 'level=ERROR msg="release name check failed"\nlevel=INFO msg="warning: destination for x is a table"'
    said = f"{logged}\nError: invalid release name, must match regex\n\nUse --debug flag to render out invalid YAML"
    put(monkeypatch, tmp_path, f"#!/bin/sh\n[ \"$1\" = version ] && echo v4.0.0 && exit\n/bin/cat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    with pytest.raises(HelmError) as caught:
        helm().run("render it", ("template",))
    assert str(caught.value).startswith("render it: invalid release name, must match regex (invalid_name). A release is called")


WORDS = [
    ('failed to create: Internal error occurred: failed calling webhook "x": no endpoints available', "webhook_not_ready", True),
    ("the server is currently unable to handle the request", "api_trouble", True),
    ("Internal error occurred: etcdserver: request timed out", "api_trouble", True),
    ("too many requests, please try again later", "TooManyRequests", True),
    ('deployments.apps "app" is forbidden: User "x" cannot patch', "Forbidden", False),
    ("something new", "helm_failed", False),
]


@pytest.mark.parametrize(("said", "code", "later"), WORDS, ids=[code for _, code, _ in WORDS])
def test_what_helm_says_has_a_code(said: str, code: str, later: bool) -> None:
    found = helm().failed("install it", f"Error: {said}").failure
    assert (found["code"], found["retryable"], bool(found["hint"])) == (code, later, code != "helm_failed")


def test_a_helm_that_was_killed_says_so() -> None:
    assert "helm was killed by signal 9 (killed). Somebody has ended it" in str(helm().failed("install it", "", -9))


# In Python: a shell cannot hear a signal that was ignored when it began, as it is for what runs in the background.
STUBBORN = f"""#!{sys.executable}
import pathlib, signal, sys, time
if sys.argv[1] == "version":
    sys.exit(print("v4.0.0"))
def stop(*_):
    (pathlib.Path.home() / "said").write_text("stopped")
    sys.exit("cancelled")
signal.signal(signal.SIGINT, stop)
(pathlib.Path.home() / "begun").touch()
while True:
    time.sleep(0.05)
"""


def test_a_helm_that_does_not_end_is_told_to_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(monkeypatch, tmp_path, STUBBORN)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    monkeypatch.setenv("HOME", str(tmp_path))
    told: list[str] = []
    monkeypatch.setattr(binary, "QUIET", 0.1)

    def tell(text: str) -> None:
        told.append(text)
        while not (tmp_path / "begun").exists():
            threading.Event().wait(0.02)

    with pytest.raises(HelmError, match=r"not finished after .*helm said: cancelled"):
        Helm(Traffic("kubernetes", read_only=False), tell).run("install it", ("upgrade",), timeout=0.4)
    assert (tmp_path / "said").read_text() == "stopped"
    assert told[0] == "still waiting to install it (0 s)"


INTERRUPTED = """
import signal
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm import binary
binary.QUIET = 0.05
tell = lambda text: (Path.home() / "waiting").touch()
try:
    binary.Helm(Traffic("kubernetes", read_only=False), tell).run("install it", ("upgrade",))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_ends_helm_first(tmp_path: Path) -> None:
    file = tmp_path / "helm"
    file.write_text(STUBBORN)
    file.chmod(0o755)
    paths = [str(Path(__file__).resolve().parents[3] / ".collections")]
    environment = {**os.environ, "HOME": str(tmp_path), "PATH": f"{tmp_path}{os.pathsep}{os.defpath}", "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], env=environment, stdout=subprocess.PIPE, text=True) as process:
        # Both are there: the helm that hears the signal, and the Python that waits for it.
        while not all((tmp_path / each).exists() for each in ("begun", "waiting")):
            assert process.poll() is None
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGINT)
        out: t.Any = process.communicate(timeout=20)[0]
    assert (out, (tmp_path / "said").read_text()) == ("interrupted\n", "stopped")
