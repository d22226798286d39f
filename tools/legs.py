# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The legs of the test suite."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tools import binaries, export, venv
from tools.work import OFFLINE, ROOT, Work

OLDEST = "tests/integration/modules/test_helm_*.py"


class Leg(NamedTuple):
    name: str
    purpose: str
    run: Callable[[Work], None]
    venv: Path
    # Where its tests are. Without them there is nothing to run.
    tests: str


def legs(environments: dict[str, Path]) -> list[Leg]:
    """Two run at a time, in this order: the long ones first, so that none is left running alone at the end."""
    (main, main_venv), *others = environments.items()

    def cloud_leg(name: str, purpose: str) -> Leg:
        folder = f"tests/integration/{name}"
        return Leg(name, purpose, partial(on_local_cloud, folder), main_venv, folder)

    def unit_leg(version: str, folder: Path) -> Leg:
        return Leg("unit" if folder == main_venv else f"unit-{version}", f"unit tests with Python {version}", unit, folder, "tests/unit")

    def sanity_leg(version: str, folder: Path) -> Leg:
        name = "sanity" if folder == main_venv else f"sanity-{version}"
        return Leg(name, f"ansible-test sanity on what is shipped, with Python {version}", sanity, folder, "galaxy.yml")

    return [
        sanity_leg(main, main_venv),
        cloud_leg("estate", "site.yml and drift.yml against the local cloud"),
        Leg("molecule", "a scenario for each role, against the local cloud", molecule, main_venv, "extensions/molecule/*/molecule.yml"),
        *(sanity_leg(version, folder) for version, folder in others),
        cloud_leg("modules", "every module against the local cloud"),
        cloud_leg("clients", "the real SDKs against the local cloud"),
        *([Leg("oldest", "releases and overlays with the oldest helm and kubectl", oldest, main_venv, OLDEST)] if binaries.fits() else []),
        *(unit_leg(version, folder) for version, folder in environments.items()),
        Leg("lint", "yamllint, ansible-lint", lint, main_venv, "pyproject.toml"),
        Leg("ruff", "ruff", ruff, main_venv, "pyproject.toml"),
        Leg("types", "mypy", types, main_venv, "pyproject.toml"),
        Leg("docs", "antsibull-docs", docs, main_venv, "plugins/modules"),
        Leg("changelog", "antsibull-changelog", changelog, main_venv, "changelogs"),
        Leg("build", "build the collection, look into it, install it", build, main_venv, "galaxy.yml"),
    ]


def on_local_cloud(folder: str, work: Work) -> None:
    if folder.endswith("/modules") and binaries.fits():
        venv.ensure_oldest_tools()  # what one helm has written, another one goes on with
    work.pytest("-n", "2", folder, offline=True)


def oldest(work: Work) -> None:
    """What runs helm or kubectl, once more with the oldest of them that are supported."""
    tools = venv.ensure_oldest_tools()
    if not tools:
        work.count(False, f"{binaries.OLDEST.lock.name}: the tools cannot be had")
        return
    work.programs.insert(0, tools)
    work.run("helm", "version", "--short")
    work.remark = f"helm {re.findall(r'^v[0-9.]+', work.output(), re.MULTILINE)[-1]}"
    work.pytest(
        "-n",
        "2",
        *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(OLDEST)),
        "tests/unit/plugin_utils/test_kustomize.py",
        offline=True,
    )


def unit(work: Work) -> None:
    code = "import platform, ansible.release as core; print('Python', platform.python_version(), 'ansible-core', core.__version__)"
    work.run("python", "-c", code)
    work.remark = re.findall(r"^Python .*", work.output(), re.MULTILINE)[-1]
    work.pytest("-n", "2", "tests/unit")


def molecule(work: Work) -> None:
    """Each scenario with a local cloud of its own; molecule itself would stop at the first one that fails."""
    for scenario in sorted(ROOT.glob("extensions/molecule/*/molecule.yml")):
        name = scenario.parent.name
        work.step(*OFFLINE, "python", "-m", "sandbox", "run", "--", "molecule", "test", "--scenario-name", name, "--destroy", "never")


def sanity(work: Work) -> None:
    """ansible-test says only in its output what it ran."""
    collection = _shipped(work)
    for settings in ("tests/config.yml", *(f"tests/sanity/{path.name}" for path in ROOT.glob("tests/sanity/ignore-*.txt"))):
        (collection / settings).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / settings, collection / settings)
    _prepare_pip(work)
    python = venv.version(work.venv)
    # With the other ansible-cores, only what depends on them: the rest takes most of the time.
    wanted = [] if work.venv == venv.MAIN else [word for name in ("import", "compile", "runtime-metadata") for word in ("--test", name)]
    code = work.run("ansible-test", "sanity", "--local", "--python", python, "--color", "no", *wanted, cwd=collection)
    output = work.output()
    ran = set(re.findall(r"^Running sanity test \"([^\"]+)\"", output, re.MULTILINE))
    listed = re.search(r"^(?:FATAL|ERROR): The \d+ sanity test\(s\) listed below .*\n((?:\S.*\n)*)", output, re.MULTILINE)
    failed = {line.split()[0] for line in listed[1].splitlines()} & ran if listed else set()
    for name in sorted(ran):
        errors = re.search(rf"^Running sanity test \"{name}\".*\n((?:(?!Running sanity test|FATAL).*\n)*)", output, re.MULTILINE)
        work.count(name not in failed, f"{name}\n{errors[1] if errors else ''}")
    work.remark = f"Python {python}"
    if code and not failed:
        work.count(False)


def _prepare_pip(work: Work) -> None:
    """ansible-test fills a virtual environment for most of its tests. It would download a script that brings pip into them,
    and passes on nothing of the environment: what pip was told here goes into the home that it sees.
    """
    script = f"""# Written by {Path(__file__).name}: takes pip from the package index, like everything else.
import os, subprocess, sys
packages = [word for word in sys.argv[1:] if not word.startswith("-")]
command = [{str(venv.MAIN / "bin/uv")!r}, "pip", "install", "--quiet", "--python", sys.executable, *packages]
sys.exit(subprocess.run(command, env={{**os.environ, **{venv.uv_environment()!r}}}, check=False).returncode)
"""
    requirements = next(work.venv.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"))
    cache = work.home / ".ansible/test/cache"
    settings = work.home / ".config/pip"
    for folder in (cache, settings):
        folder.mkdir(parents=True, exist_ok=True)
    for number in re.findall(r"\bpip='([\d.]+)'", requirements.read_text()):
        (cache / f"get_pip_{number.replace('.', '_')}.py").write_text(script)
    lines = [f"{name} = {value}" for name, value in {**venv.pip_settings(), "quiet": "1"}.items()]
    (settings / "pip.conf").write_text("\n".join(["[global]", *lines, ""]))


def lint(work: Work) -> None:
    work.step("yamllint", "--strict", ".")
    work.step("ansible-lint", "--offline", "--profile", "production", "--strict")


def ruff(work: Work) -> None:
    work.step("ruff", "check")


def types(work: Work) -> None:
    work.step("mypy")


def docs(work: Work) -> None:
    options = ["--plugin-docs", "--validate-collection-refs", "self", "--check-extra-docs-refs"]
    work.step("antsibull-docs", "lint-collection-docs", *options, _shipped(work))


def changelog(work: Work) -> None:
    work.step("antsibull-changelog", "lint")
    work.step("antsibull-changelog", "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml")


def build(work: Work) -> None:
    tarball = _tarball()
    problems = export.questions(tarball)
    work.count(not problems, "\n".join(problems))
    # Away from the checkout, whose ansible.cfg would offer the checkout itself.
    installed = work.fresh("installed")
    install = ("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", installed / "collections", tarball)
    if work.step(*install, cwd=installed):
        modules = sorted(f"klinematrix.hybrid_cloud.{path.stem}" for path in ROOT.glob("plugins/modules/[!_]*.py"))
        work.run("ansible-doc", "--playbook-dir", installed, "--json", *modules, cwd=installed)
        missing = [name for name in modules if f'"{name}": ' not in work.output()]
        work.count(not missing, f"not found by ansible-doc: {', '.join(missing)}")


def _shipped(work: Work) -> Path:
    """The built collection, unpacked where tools want to see it: in ansible_collections/namespace/name, without links.

    It is a repository of its own: those who ask git for the files would else find a directory that the checkout ignores.
    """
    collection = export.unpack(_tarball(), work.fresh("shipped") / "ansible_collections/klinematrix/hybrid_cloud")
    shutil.copy(ROOT / "galaxy.yml", collection)
    work.run("git", "init", "--quiet", cwd=collection)
    return collection


_building = threading.Lock()
_built = tempfile.TemporaryDirectory(prefix="collection-")


def _tarball() -> Path:
    """Build the collection once for all legs that want it, from an export: nothing that lies around gets in."""
    with _building:
        if not list(Path(_built.name).glob("*.tar.gz")):
            work = Work("tarball", venv.MAIN)
            tree = export.export(Path(_built.name) / "tree")
            if work.run("ansible-galaxy", "collection", "build", "--output-path", _built.name, cwd=tree):
                raise RuntimeError(work.output())
        return next(Path(_built.name).glob("*.tar.gz"))
