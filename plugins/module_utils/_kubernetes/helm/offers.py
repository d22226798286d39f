# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What to say when a chart cannot be fetched: which charts and versions there are instead."""

from __future__ import annotations

import difflib
import json
import re

from ..._core.errors import HybridCloudError, PlanError
from ..documents import Malformed, document
from ..errors import CLOUD
from .binary import Helm, HelmError, scratch

# What helm says of a registry whose tags are no strict versions (v1.2.3), although it has the chart (pkg/registry/client.go).
_UNLISTED = "unable to locate any tags"
SOME = 5  # names or versions in a message
_REFUSED = re.compile(r"\b40[13]\b|unauthorized|denied|forbidden|authentication required", re.IGNORECASE)
_NOT_THERE = re.compile(r"not found|no chart version found|\b404\b|name unknown|manifest unknown|could not locate a version", re.IGNORECASE)


def what_there_is(helm: Helm, reference: str, name: str, repository: str | None, version: str, error: HelmError) -> HybridCloudError:
    """The error for a chart that could not be fetched. repository: None for a registry, then `name` is the whole reference."""
    if _REFUSED.search(error.said):
        hint = "Check the reference: many registries say this of what is not there. If it is private, log in (helm registry login)"
        return _refusal(f"{reference}: the registry refuses it: {error.said}", "chart_refused", hint)
    if error.failure["retryable"] or not _NOT_THERE.search(error.said) or "index.yaml" in error.said:
        hint = "Check the address of the chart, the network, the proxy (HTTPS_PROXY) and the certificate authority (SSL_CERT_FILE)"
        found = HelmError(f"fetch {reference}", error.said, cloud=CLOUD, code="no_answer", retryable=True, hint=hint)
        found.said = error.said
        return found
    try:
        return (
            _in_registry(helm, reference, name, version)
            if repository is None
            else _in_repository(helm, reference, name, repository, version, error.said)
        )
    except HybridCloudError:
        return _refusal(f"{reference}: it is not there: {error.said}", "no_chart", "Check its name and version")


def _in_repository(helm: Helm, reference: str, name: str, repository: str, version: str, answer: str) -> PlanError:
    with scratch() as home:
        helm.run(f"look at {repository}", ("repo", "add"), "charts", repository, home=home)
        said = helm.run(f"look at {repository}", ("search", "repo"), "charts/", "--versions", "--devel", "-o", "json", home=home)
    offers: dict[str, list[str]] = {}
    for each in json.loads(said):
        offers.setdefault(str(each["name"]).removeprefix("charts/"), []).append(str(each["version"]))
    if name not in offers:
        similar = difflib.get_close_matches(name, offers, SOME, 0.4) or sorted(offers)[:SOME]
        return _refusal(f"{reference}: the repository has no such chart", "no_chart", f"It has {', '.join(similar) or 'no chart at all'}")
    if version.removeprefix("v") in {each.removeprefix("v") for each in offers[name]}:
        hint = "It was taken away, or never got there: tell who publishes it, or take another version"
        return _refusal(f"{reference}: the repository lists it, but its archive is missing: {answer}", "no_archive", hint)
    near = nearest(version, offers[name])
    return _refusal(f"{reference}: there is no such version", "no_chart_version", f"Near to it are {', '.join(near)}")


def _in_registry(helm: Helm, reference: str, name: str, version: str) -> PlanError:
    """A registry is asked for the version in its other spelling, and for its newest one: helm has no verb that lists them."""
    other = version[1:] if version.startswith("v") else f"v{version}"
    try:
        helm.run(f"look for {name}", ("show", "chart"), name, "--version", other)
        return _refusal(f"{reference}: there is no such version", "no_chart_version", f"It is there as {other}")
    except HelmError:
        pass
    try:
        about = document(helm.run(f"look for {name}", ("show", "chart"), name))
    except HelmError as error:
        if _UNLISTED not in error.said.lower():
            return _refusal(
                f"{reference}: the registry has no such chart", "no_chart", "Check the reference, oci://HOST/PATH/NAME without a tag"
            )
        about = None
    except Malformed:
        about = None
    newest = about.get("version") if isinstance(about, dict) else None
    hint = (
        f"The newest is {newest}"
        if newest
        else "The registry does not list its versions for helm: look them up where the chart is published"
    )
    return _refusal(f"{reference}: there is no such version", "no_chart_version", hint)


def nearest(version: str, versions: list[str]) -> list[str]:
    """The versions next to one that is not there, the nearest first."""
    wanted = _numbers(version)

    def distance(each: str) -> tuple[object, ...]:
        there = _numbers(each)
        return (*(abs(one - other) for one, other in zip(there, wanted, strict=True)), "-" in each)

    return sorted(dict.fromkeys(versions), key=distance)[:SOME]


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(number) for number in re.findall(r"\d+", version.partition("-")[0])[:3]]
    return tuple(found + [0] * (3 - len(found)))


def _refusal(message: str, code: str, hint: str) -> PlanError:
    return PlanError(message, code=code, cloud=CLOUD, hint=hint)
