# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What helm has stored of a release: its revisions, read from their Secrets. Whatever is in them stays here; they hold secrets.

Source: helm.sh/helm pkg/storage/driver (secrets.go, util.go) and pkg/release.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import typing as t
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..._core.errors import CloudError
from ..client import Client
from ..documents import documents
from ..errors import CLOUD
from ..names import Manifest, expanded
from .values import Values

TYPE = "helm.sh/release.v1"
DEPLOYED, SUPERSEDED, FAILED, UNINSTALLED = "deployed", "superseded", "failed", "uninstalled"
UNINSTALLING = "uninstalling"
PENDING = ("pending-install", "pending-upgrade", "pending-rollback", UNINSTALLING)
_GZIP = b"\x1f\x8b\x08"


@dataclass(frozen=True)
class Revision:
    """One revision of a release. begun: when the release was installed. config: declared values. manifest: what was rendered, as text."""

    number: int
    status: str
    chart: str
    version: str
    app_version: str | None
    updated: str
    description: str
    begun: str
    config: Values = field(repr=False)
    manifest: str = field(repr=False)
    hooks: int = 0

    @property
    def objects(self) -> list[Manifest]:
        found = [inner for each in documents(self.manifest) for inner in expanded(each)]
        return [each for each in found if isinstance(each, dict) and each.get("kind")]

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    @property
    def age(self) -> float:
        """Seconds since it was written; endless if it does not say when."""
        then = moment(self.updated)
        return float("inf") if then is None else (datetime.now(UTC) - then).total_seconds()

    @property
    def rolled_back_to(self) -> int | None:
        """The revision that this one repeats, if it is a rollback."""
        found = re.fullmatch(r"Rollback to (\d+)", self.description)
        return int(found[1]) if found else None

    def same_as(self, other: Revision) -> bool:
        """Whether both bring about the same."""
        mine, its = ((each.chart, each.version, each.config, each.manifest) for each in (self, other))
        return mine == its

    def as_json(self) -> dict[str, t.Any]:
        return {
            "revision": self.number,
            "status": self.status,
            "chart": self.chart,
            "version": self.version,
            "app_version": self.app_version,
            "updated": self.updated,
            "description": self.description,
        }


def history(client: Client, namespace: str, name: str) -> list[Revision]:
    """The revisions of a release, the oldest first. Empty if there is none, or not even the namespace."""
    found = client.list(
        f"read the history of release {namespace}/{name}",
        f"/api/v1/namespaces/{namespace}/secrets",
        labelSelector=f"owner=helm,name={name}",
    )
    revisions = [_decoded(each) for each in found if each.get("type") == TYPE]
    return sorted(revisions, key=lambda each: each.number)


def _decoded(secret: Manifest) -> Revision:
    name = secret["metadata"]["name"]
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        release = json.loads(gzip.decompress(packed) if packed.startswith(_GZIP) else packed)
        about = release["chart"]["metadata"]
        info = release["info"]
        return Revision(
            number=int(release["version"]),
            status=str(info["status"]),
            chart=str(about["name"]),
            version=str(about["version"]),
            app_version=about.get("appVersion"),
            updated=str(info.get("last_deployed") or ""),
            description=str(info.get("description") or ""),
            begun=str(info.get("first_deployed") or ""),
            config=release.get("config") or {},
            manifest=str(release.get("manifest") or ""),
            hooks=len(release.get("hooks") or ()),
        )
    except (KeyError, TypeError, ValueError, OSError, EOFError, binascii.Error):
        raise CloudError(
            f"read Secret {secret['metadata'].get('namespace')}/{name}",
            "it does not hold a release of helm",
            cloud=CLOUD,
            code="bad_release",
            hint="It was changed by hand, or cut off: restore it, or remove this one revision",
        ) from None


def moment(text: str) -> datetime | None:
    """A time as helm and API servers write it; None for what is none."""
    try:
        # Go writes nanoseconds, Python reads microseconds.
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def settled(revisions: t.Sequence[Revision]) -> Revision:
    """The revision that a pending release goes back to: the last that was brought about, or else has failed, or else the pending one."""
    wanted = ((DEPLOYED, SUPERSEDED), (FAILED,), PENDING)
    return next(each for statuses in wanted for each in reversed(revisions) if each.status in statuses)


def origin(revisions: t.Sequence[Revision], revision: Revision) -> Revision:
    """The revision that a rollback repeats, through however many: what it holds was rendered for that one."""
    numbered = {each.number: each for each in revisions}
    while revision.rolled_back_to is not None and revision.rolled_back_to in numbered:
        revision = numbered[revision.rolled_back_to]
    return revision
