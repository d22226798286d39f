# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The helm program: found, asked its version once, run with nothing secret in its arguments and nothing left behind.

What it writes is decided by its verb. In check mode a verb that writes is refused before a process is started.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..._core.errors import CloudError, PlanError
from ..._core.rules import MASK
from ..._core.traffic import Traffic
from ..access import ServerAccess, kubeconfig_of
from ..errors import CLOUD, HINTS, WEBHOOK, without
from ..secret_names import is_telling
from ..tls import in_memory

OLDEST = (3, 17)  # the first with all the flags that are used here
INSTALL = "Install helm 3.17 or later, or 4: https://helm.sh/docs/intro/install"
# Verbs that change nothing in a cluster. Everything else writes.
READS = frozenset({("template",), ("show", "chart"), ("pull",), ("version",), ("search", "repo"), ("repo", "add")})
PATIENCE = 120.0  # seconds for a verb that only reads: a chart over a slow line
FAREWELL = 30.0  # seconds that helm gets to mark its release when it is told to stop
QUIET = 15.0  # seconds between two signs of life

FOREIGN = "foreign_objects"
FOREIGN_HINT = (
    "They belong to somebody else: remove them, or give them to this release by the label app.kubernetes.io/managed-by and the annotations "
    "meta.helm.sh/release-name and meta.helm.sh/release-namespace"
)

NAME_HINT = "A release is called by lower case letters, digits, dashes and dots, and by at most 53 of them"

# What a child needs to reach registries and clusters as its user does. Credentials of clouds are not among it.
_PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "XDG_RUNTIME_DIR"),
        *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "DOCKER_CONFIG"),
    }
)


@dataclass(frozen=True)
class Program:
    """One helm. version: (4, 1, 4)."""

    path: str
    version: tuple[int, ...]

    @property
    def major(self) -> int:
        return self.version[0]


class HelmError(CloudError):
    """helm has failed. said: its own words, without secrets."""

    said: str = ""


@dataclass
class Helm:
    """Runs helm for one task.

    hidden: values that must not be in an error. quoted: those that must not be where a schema's error quotes what it was given.
    """

    traffic: Traffic
    tell: t.Callable[[str], None] = field(default=lambda text: None, repr=False)
    hidden: set[str] = field(default_factory=set, repr=False)
    quoted: set[str] = field(default_factory=set, repr=False)

    @property
    def program(self) -> Program:
        return find()

    def run(
        self,
        what: str,
        verb: tuple[str, ...],
        *arguments: str,
        home: Path | None = None,
        stdin: str = "",
        access: ServerAccess | None = None,
        timeout: float = PATIENCE,
    ) -> str:
        """What helm prints. `what` is the sentence for errors: `install release test/backend`.

        home: where helm keeps what it fetches; its own and gone afterwards if none is given.
        Raises HelmError, WriteRefused, PlanError where there is no usable helm.
        """
        program = self.program
        self.traffic.admit(f"helm {' '.join(verb)} ({what})", write=verb not in READS)
        with nullcontext(home) if home else scratch() as place, _kubeconfig(access) as (flags, descriptors):
            argv = [program.path, *verb, *arguments, *flags]
            code, out, err = self._wait(what, argv, _environment(place), stdin, descriptors, timeout)
        if code != 0:
            raise self.failed(what, err or out, code)
        return out

    def failed(self, what: str, said: str, exit_code: int = 1) -> HelmError:
        """The error of what helm said on its way out. exit_code: negative for the signal that has ended it."""
        lines = [line for line in said.splitlines() if not _NOISE.match(line)]
        text = self._clean("\n".join(lines).strip().removeprefix("Error: "))[:2000] or "no word why"
        if exit_code < 0:
            text = f"helm was killed by signal {-exit_code}" + ("" if text == "no word why" else f", and had said: {text}")
        code, hint = next(((code, hint) for pattern, code, hint in _REASONS if pattern.search(text)), ("helm_failed", None))
        error = HelmError(what, text, cloud=CLOUD, code=code, hint=hint, retryable=code in _LATER, executed=None)
        error.said = text
        return error

    def _clean(self, text: str) -> str:
        text = _VALUES.sub(lambda found: (found[1] or found[2]) + MASK, text)
        hidden = {form for value in self.hidden if is_telling(value) for form in _forms(value)}
        return without(text, [*hidden, *(f"'{value}'" for value in self.quoted)])

    def _wait(
        self, what: str, argv: list[str], environment: dict[str, str], stdin: str, descriptors: tuple[int, ...], timeout: float
    ) -> tuple[int, str, str]:
        """Run to the end. Not in a session of its own: what stops Ansible stops helm too, and helm then marks its release."""
        begin = time.monotonic()
        with subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            pass_fds=descriptors,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            given: str | None = stdin
            try:
                while True:
                    try:
                        out, err = process.communicate(given, timeout=min(QUIET, timeout))
                        return process.returncode, out, err
                    except subprocess.TimeoutExpired:
                        given = None
                        passed = time.monotonic() - begin
                        if passed > timeout:
                            err = _stop(process)
                            raise self._too_slow(what, passed, err) from None
                        self.tell(f"still waiting to {what} ({passed:.0f} s)")
            except BaseException:
                _stop(process)
                raise

    def _too_slow(self, what: str, passed: float, said: str) -> HelmError:
        text = self._clean(said.strip())[:1000]
        text = f"not finished after {passed:.0f} s" + (f", helm said: {text}" if text else "")
        hint = "Run again; where it waits for something, a longer timeout waits longer"
        error = HelmError(what, text, cloud=CLOUD, code="timeout", retryable=True, executed=None, hint=hint)
        error.said = text
        return error


def find() -> Program:
    """The helm on PATH, or beside the Python that runs this. Raises PlanError that says what to install."""
    path = shutil.which("helm") or shutil.which("helm", path=str(Path(sys.executable).parent))
    if path is None:
        raise PlanError("there is no helm on PATH", code="missing_program", cloud=CLOUD, hint=INSTALL)
    return _probed(path)


@functools.cache
def _probed(path: str) -> Program:
    try:
        ran = subprocess.run(  # pylint: disable=ansible-bad-function
            [path, "version", "--template", "{{.Version}}"], capture_output=True, text=True, timeout=30, check=False
        )
        said = ran.stdout if ran.returncode == 0 else ran.stderr or ran.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", said.strip())
    if numbers is None:
        raise PlanError(f"{path} does not say what version it is: {said.strip()[:200]}", code="missing_program", cloud=CLOUD, hint=INSTALL)
    version = tuple(int(number) for number in numbers.groups())
    if version < OLDEST:
        raise PlanError(f"{path} is helm {numbers[0]}: too old", code="missing_program", cloud=CLOUD, hint=INSTALL)
    return Program(path, version)


@contextmanager
def scratch() -> t.Iterator[Path]:
    """A private folder for one run of helm, gone afterwards. No secret is put there."""
    with tempfile.TemporaryDirectory(prefix="helm-") as place:
        yield Path(place)


def _environment(home: Path) -> dict[str, str]:
    """A child's environment: nothing of the user's helm but the logins at registries, so that no plugin or repository plays in."""
    config = os.environ.get("HELM_CONFIG_HOME") or os.path.join(
        os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "helm"
    )
    registries = os.environ.get("HELM_REGISTRY_CONFIG") or os.path.join(config, "registry", "config.json")
    return {
        **{name: value for name, value in os.environ.items() if name in _PASSED_ON},
        **{f"HELM_{kind.upper()}_HOME": str(home / kind) for kind in ("cache", "config", "data")},
        **({"HELM_REGISTRY_CONFIG": registries} if os.path.exists(registries) else {}),
        # What the cluster serves would be kept in the user's home (k8s.io/cli-runtime pkg/genericclioptions/config_flags.go).
        "KUBECACHEDIR": str(home / "kube"),
        "HELM_DRIVER": "secret",
        # Whoever means no cluster gets none: not that of the user's own kubeconfig.
        "KUBECONFIG": os.devnull,
        "NO_COLOR": "1",
    }


@contextmanager
def _kubeconfig(access: ServerAccess | None) -> t.Iterator[tuple[list[str], tuple[int, ...]]]:
    """Arguments that lead helm to the cluster, and the open files that it needs for them."""
    if access is None:
        yield [], ()
        return
    with in_memory(json.dumps(kubeconfig_of(access)).encode()) as path:
        number = re.fullmatch(r"/proc/self/fd/(\d+)", path)
        yield ["--kubeconfig", path], (int(number[1]),) if number else ()


def _forms(secret: str) -> tuple[str, ...]:
    """How a secret may stand in what helm says: as it is, in base64, and as Go quotes it (%q)."""
    return secret, base64.b64encode(secret.encode()).decode(), json.dumps(secret, ensure_ascii=False)[1:-1]


def _stop(process: subprocess.Popen[str]) -> str:
    """Tell helm to stop, as Ctrl-C does: it ends what it is doing and marks its release. Returns what it said last."""
    if process.poll() is not None:
        return ""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        return process.communicate(timeout=FAREWELL)[1] or ""
    process.kill()
    return ""


# Where a schema's error quotes the value (github.com/santhosh-tekuri/jsonschema/v6 kind/kind.go): texts quoted and escaped as Go does,
# numbers as people write them, with powers of ten.
_VALUES = re.compile(r"(at '.*?': )'.*'(?= does not match| is not valid)|((?:[mM]aximum|[mM]inimum|multipleOf): got )\S+(?=, want)")
_NOISE = re.compile(
    r"(WARNING|level=[A-Z]+ |I\d{4} |W\d{4} |walk\.go|coalesce\.go|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d WARN)|time=\S+ level=(WARN|INFO|DEBUG)"
    r"|\s*$|Use --debug flag"
)
_CUT = re.compile(
    r"connection reset|connection refused|unexpected EOF|\bEOF\b|i/o timeout|TLS handshake|no such host|http2: |server closed|broken pipe"
    r"|Client\.Timeout|rate limiter"
)
_LATER = frozenset({"no_answer", WEBHOOK, "TooManyRequests", "api_trouble"})  # what a later run may not meet
_NO_ANSWER = ("no_answer", "Check that the cluster runs, the network and the proxy (HTTPS_PROXY); run again: what was begun is picked up")
_REASONS = (
    (
        re.compile(r"^helm was killed by signal"),
        "killed",
        "Somebody has ended it, or the machine ran out of memory",
    ),
    (
        re.compile(r"invalid release name"),
        "invalid_name",
        NAME_HINT,
    ),
    (
        re.compile(r"values don't meet the specifications of the schema"),
        "values_schema",
        "Correct the values: the chart's values.schema.json says what it takes (helm show values prints what it knows)",
    ),
    (
        re.compile(r"chart requires kubeVersion"),
        "kube_version",
        "Take a version of the chart that is made for this cluster, or upgrade the cluster",
    ),
    (re.compile(rf"error calling lookup: .*({_CUT.pattern})"), *_NO_ANSWER),
    (
        re.compile(r"execution error at|parse error at|nil pointer evaluating|error calling|missing in charts/ directory"),
        "rendering",
        "The chart refuses these values, lacks something, or has a fault: see what it says",
    ),
    (
        re.compile(r"another operation \(install/upgrade/rollback\) is in progress"),
        "pending",
        "Somebody else is at this release, or helm was killed while it was; run again when recover_pending_after has passed",
    ),
    (
        re.compile(r"Unauthorized|the server has asked for the client to provide credentials"),
        "Unauthorized",
        "Check the login at this cluster",
    ),
    (re.compile(r"is forbidden|Forbidden"), "Forbidden", "The identity lacks a right in this cluster; give it the role that helm needs"),
    (
        re.compile(r"invalid ownership metadata|exists and cannot be imported"),
        FOREIGN,
        FOREIGN_HINT,
    ),
    (
        re.compile(r"ensure CRDs are installed first|no matches for kind"),
        "missing_kind",
        "The cluster does not serve these kinds yet: install the chart or the definitions that bring them first",
    ),
    (re.compile(r"namespaces? \"?[\w.-]+\"? not found"), "missing_namespace", "Create the namespace first, or set create_namespace: true"),
    (
        re.compile(r"Job/\S+ not ready\. status: NotFound"),
        "not_ready",
        "The Job of a hook was gone before helm 4 saw it complete (ttlSecondsAfterFinished: 0): set wait: true, then helm waits otherwise",
    ),
    (re.compile(r"timed out waiting|not ready|context deadline exceeded"), "not_ready", "Look at the pods; a longer timeout waits longer"),
    (re.compile(r"failed calling webhook"), WEBHOOK, HINTS[WEBHOOK]),
    (re.compile(r"too many requests", re.IGNORECASE), "TooManyRequests", HINTS["TooManyRequests"]),
    (re.compile(r"currently unable to handle the request|Internal error occurred|etcdserver"), "api_trouble", HINTS[500]),
    (_CUT, *_NO_ANSWER),
)
