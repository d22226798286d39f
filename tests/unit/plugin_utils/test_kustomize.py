# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Overlays, rendered by the real kubectl; the example that ships is one of them."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.kustomize import RenderError, render

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "backend" / "overlays"
HERE = any(shutil.which(tool) for tool in ("kubectl", "kustomize"))
needs_kubectl = pytest.mark.skipif(not HERE, reason="neither kubectl nor kustomize is on PATH")


def of_kind(manifests: list[dict[str, t.Any]], kind: str) -> dict[str, t.Any]:
    (found,) = [each for each in manifests if each["kind"] == kind]
    return found


@needs_kubectl
@pytest.mark.parametrize(("environment", "bypass"), [("test", "true"), ("prod", "false")])
def test_the_example_holds_mail_back_in_test_only(environment: str, bypass: str) -> None:
    manifests = render(str(EXAMPLE / environment))
    assert of_kind(manifests, "ConfigMap")["data"]["EMAIL_BYPASS_MODE"] == bypass
    assert {each["metadata"]["namespace"] for each in manifests} == {f"klinematrix-{environment}"}


@needs_kubectl
def test_the_example_is_what_restricted_pod_security_takes() -> None:
    pod = of_kind(render(str(EXAMPLE / "prod")), "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


@needs_kubectl
def test_traces_are_a_component_of_the_example(tmp_path: Path) -> None:
    """Their key is read where there is one, so that the base runs without; only with the component are they sent."""
    shutil.copytree(EXAMPLE.parent, tmp_path / "backend")
    overlay = tmp_path / "backend" / "overlays" / "test"
    settings = overlay / "kustomization.yaml"
    assert "LANGSMITH_TRACING" not in of_kind(render(str(overlay)), "ConfigMap")["data"]
    settings.write_text(settings.read_text() + "components: [../../components/tracing]\n")
    manifests = render(str(overlay))
    assert of_kind(manifests, "ConfigMap")["data"]["LANGSMITH_TRACING"] == "true"
    (container,) = of_kind(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    (key,) = [each for each in container["env"] if each["name"] == "LANGSMITH_API_KEY"]
    assert key["valueFrom"]["secretKeyRef"] == {"name": "langsmith-api-key", "key": "LANGSMITH_API_KEY", "optional": True}


@needs_kubectl
def test_images_and_patches_are_laid_over_it_and_the_files_stay() -> None:
    before = {path: path.read_bytes() for path in EXAMPLE.rglob("*.yaml")}
    patches = [
        {"target": {"kind": "Ingress"}, "patch": [{"op": "replace", "path": "/spec/rules/0/host", "value": "other.example"}]},
        {"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /metadata/labels/patched, value: as-text}"},
    ]
    images = [{"name": "financialagent.azurecr.io/backend", "newName": "example.azurecr.io/it", "newTag": "2.0.0"}]
    manifests = render(str(EXAMPLE / "test"), images=images, patches=patches)
    deployment = of_kind(manifests, "Deployment")
    assert of_kind(manifests, "Ingress")["spec"]["rules"][0]["host"] == "other.example"
    assert deployment["metadata"]["labels"]["patched"] == "as-text"
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "example.azurecr.io/it:2.0.0"
    assert {path: path.read_bytes() for path in EXAMPLE.rglob("*.yaml")} == before


@needs_kubectl
def test_the_reason_of_the_renderer_is_told(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n")
    with pytest.raises(RenderError, match=r"missing\.yaml"):
        render(str(tmp_path))


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(RenderError, match="there is no folder /nowhere/at/all"):
        render("/nowhere/at/all")


def test_without_a_renderer_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="Install"):
        render(str(tmp_path))
