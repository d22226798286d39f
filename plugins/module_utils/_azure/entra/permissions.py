# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an identity may do in the directory: the permissions of Microsoft Graph that its token carries.

learn.microsoft.com/graph/permissions-reference; claims: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.access import GRANTED, Right, Verdict, unknown
from ..._core.errors import CloudError
from ..credentials import Credential
from .graph import SCOPE


@dataclass(frozen=True)
class Permission(Right):
    """An application permission. by: others that contain it."""

    by: tuple[str, ...] = ()
    at: str = "directory"


_ALL, _OWNED = "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"
PERMISSIONS = (
    Permission("Application.Read.All", ("app_registration",), False, (_OWNED, _ALL, "Directory.Read.All")),
    Permission(_OWNED, ("app_registration",), True, (_ALL,)),
)


class Directory:
    """Judges permissions by one token, which is asked for when the first one is judged."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._held: frozenset[str] | None = None

    def verdict(self, permission: Permission) -> Verdict:
        """A permission that is not there may be held by another identity: the tenant of the customers can have one of its own."""
        if self._held is None:
            self._held = self._permissions()
        if self._held & {permission.name, *permission.by}:
            return GRANTED
        return unknown("this identity does not hold it in Microsoft Graph; it is needed unless another one keeps the applications")

    def _permissions(self) -> frozenset[str]:
        try:
            claims = self._credential.claims(SCOPE)
        except CloudError:
            return frozenset()
        # People's tokens carry what was consented to as one text.
        return frozenset([*(claims.get("roles") or ()), *str(claims.get("scp") or "").split()])
