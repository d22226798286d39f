# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A connection string of Cosmos DB in a key vault. It goes from one to the other within one task, and nowhere else.

learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/list-connection-strings: a POST that changes nothing. For an
account with the API for MongoDB each answer has a `keyKind` and the `type` MongoDB.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, State
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .arm import Arm
from .errors import CLOUD
from .options import SECRET
from .place import type_of
from .resource_types.document_db import ACCOUNT
from .vault_secrets import OneSecret

# Option → `keyKind` of the service.
KEYS = {
    "primary": "Primary",
    "secondary": "Secondary",
    "primary_readonly": "PrimaryReadOnly",
    "secondary_readonly": "SecondaryReadOnly",
}
CONNECTION = ArgumentSpec(
    {
        "account_id": {"type": "str", "required": True},
        "key": {"type": "str", "choices": [*KEYS], "default": "primary", "no_log": False},
        "database": {"type": "str"},
        **{name: options for name, options in SECRET.items() if name != "value"},
    }
)


class ConnectionSecret(OneSecret):
    """A secret whose value is what an account answers. While there is no account, it is known after apply."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._arm = Arm.of(host, traffic)

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        value = None if params["state"] == "absent" else self._found() or KNOWN_AFTER_APPLY
        self._entries = [{**params, "value": value}]
        return super().want()

    def _write(self, change: Change) -> dict[str, State]:
        if change.touches("value") and has_unknown((change.after or {})["value"]):
            raise PlanError(
                f"secret {change.name}: there is no account {self._host.params['account_id']} whose connection string it could hold",
                code="no_account",
                cloud=CLOUD,
                hint="Create the account in an earlier task",
            )
        return super()._write(change)

    def _found(self) -> str | None:
        """The connection string, or None while there is no such account."""
        account = self._host.params["account_id"].strip().rstrip("/")
        if has_unknown(account):
            return None
        if type_of(account).casefold() != ACCOUNT.name.casefold():
            raise PlanError(f"account_id {account} is {type_of(account) or 'no resource id'}, not the id of a {ACCOUNT.name}", cloud=CLOUD)
        what = f"read the connection strings of {account.rpartition('/')[2]}"
        try:
            answer = self._arm.ask(what, f"{account}/listConnectionStrings", ACCOUNT.version)
        except CloudError as error:
            if error.status == 404 and error.code != "SubscriptionNotFound":
                return None
            raise
        return self._of_key(answer["connectionStrings"], what)

    def _of_key(self, strings: t.Sequence[t.Mapping[str, t.Any]], what: str) -> str:
        kind = KEYS[self._host.params["key"]]
        found = [each["connectionString"] for each in strings if (each.get("keyKind"), each.get("type")) == (kind, "MongoDB")]
        if not found:
            raise CloudError(
                what,
                f"the account has no {kind} connection string for MongoDB",
                cloud=CLOUD,
                code="no_connection_string",
                hint="Is the account's kind MongoDB, and are its keys enabled (disableLocalAuth)?",
            )
        return _with_database(str(found[0]), self._host.params["database"])


def _with_database(string: str, database: str | None) -> str:
    """The string with the database that clients use unless they name one: `mongodb://user:key@host:port/<database>?options`."""
    if not database:
        return string
    place, mark, options = string.partition("/?")
    return f"{place}/{quote(database, safe='')}{mark[1:]}{options}"
