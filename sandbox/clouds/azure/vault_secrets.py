# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: versions, attributes, and the slow way out through the deleted state and back.

A secret in the state: its versions, oldest first, and `phase`, one of live, deleted, recovering, purging, with the due times of that phase.
"""

from __future__ import annotations

import secrets as random
import typing as t
from collections.abc import Callable

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.vault_api import refuse, routes
from sandbox.clouds.azure.vault_forms import Secret, Version, apply, body_of, bundle_of, check_name, deleted_of, item_of, page, value_of
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.vault import Open, Vault

SOURCE = "learn.microsoft.com/rest/api/keyvault/secrets"
DAY = 86400


def _register(
    method: str, template: str, name: str, *, write: bool | None = None
) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    return routes.add(method, template, name, write=write, verified="sdk", source=SOURCE)


# --- set, get, update ----------------------------------------------------


@_register("PUT", "/secrets/{name}", "SetSecret")
def set_secret(service: Vault, request: Request, name: str) -> Reply:
    """Always a new version, which takes nothing over from the one before."""
    vault = service.open(request)
    check_name(name)
    service.allow(vault, "setSecret/action", name)
    sent = body_of(request)
    value = value_of(sent)
    secret = _find(vault, name)
    _check_free(secret, name)
    if secret is None:
        secret = vault.secrets[name.lower()] = {"name": name, "versions": [], "phase": "live"}
    moment = int(now())
    version = {"id": random.token_hex(16), "value": value, "enabled": True, "created": moment, "updated": moment}
    apply(version, sent)
    secret["versions"].append(version)
    return Reply.of_json(bundle_of(vault, secret, version, value=True))


@_register("GET", "/secrets/{name}", "GetSecret")
def get_secret(service: Vault, request: Request, name: str) -> Reply:
    return _get(service, request, name, None)


@_register("GET", "/secrets/{name}/versions", "GetSecretVersions")
def list_versions(service: Vault, request: Request, name: str) -> Reply:
    vault = service.open(request)
    check_name(name)
    service.allow(vault, "readMetadata/action", name)
    secret = _readable(vault, name)
    return page(vault, request, [item_of(vault, secret, each, versioned=True) for each in secret["versions"]] if secret else [])


@_register("GET", "/secrets/{name}/{version}", "GetSecret")
def get_version(service: Vault, request: Request, name: str, version: str) -> Reply:
    return _get(service, request, name, version)


def _get(service: Vault, request: Request, name: str, wanted: str | None) -> Reply:
    vault = service.open(request)
    check_name(name)
    service.allow(vault, "getSecret/action", name)
    secret, version = _existing(vault, name, wanted)
    if not version["enabled"]:
        raise refuse(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    return Reply.of_json(bundle_of(vault, secret, version, value=True))


@_register("PATCH", "/secrets/{name}", "UpdateSecret")
def update_newest(service: Vault, request: Request, name: str) -> Reply:
    return _update(service, request, name, None)


@_register("PATCH", "/secrets/{name}/{version}", "UpdateSecret")
def update_version(service: Vault, request: Request, name: str, version: str) -> Reply:
    return _update(service, request, name, version)


def _update(service: Vault, request: Request, name: str, wanted: str | None) -> Reply:
    """Attributes, content type and tags of a version; what is not given stays, the value cannot be given."""
    vault = service.open(request)
    check_name(name)
    service.allow(vault, "update/action", name)
    secret, version = _existing(vault, name, wanted)
    apply(version, body_of(request))
    version["updated"] = int(now())
    return Reply.of_json(bundle_of(vault, secret, version))


@_register("GET", "/secrets", "GetSecrets")
def list_secrets(service: Vault, request: Request) -> Reply:
    vault = service.open(request)
    service.allow(vault, "readMetadata/action")
    found = [secret for name in vault.secrets if (secret := _readable(vault, name))]
    return page(vault, request, [item_of(vault, each, each["versions"][-1]) for each in found])


# --- delete, recover, purge ----------------------------------------------


@_register("DELETE", "/secrets/{name}", "DeleteSecret")
def delete_secret(service: Vault, request: Request, name: str) -> Reply:
    """The secret leaves the list at once; it appears among the deleted ones a little later."""
    vault = service.open(request)
    check_name(name)
    service.allow(vault, "delete", name)
    secret, _ = _existing(vault, name, None)
    moment = now()
    days = vault.properties["softDeleteRetentionInDays"]
    secret |= {"phase": "deleted", "since": moment, "until": moment + service.seconds("DeleteSecret", 0.6), "ends": moment + days * DAY}
    return Reply.of_json(deleted_of(vault, secret))


@_register("GET", "/deletedsecrets", "GetDeletedSecrets")
def list_deleted(service: Vault, request: Request) -> Reply:
    vault = service.open(request)
    service.allow(vault, "readMetadata/action")
    found = [
        secret for name in vault.secrets if (secret := _find(vault, name)) and secret["phase"] == "deleted" and secret["until"] <= now()
    ]
    return page(vault, request, [deleted_of(vault, each, item=True) for each in found])


@_register("GET", "/deletedsecrets/{name}", "GetDeletedSecret")
def get_deleted(service: Vault, request: Request, name: str) -> Reply:
    vault = service.open(request)
    service.allow(vault, "readMetadata/action", name)
    return Reply.of_json(deleted_of(vault, _recoverable(vault, name)))


@_register("POST", "/deletedsecrets/{name}/recover", "RecoverDeletedSecret")
def recover_secret(service: Vault, request: Request, name: str) -> Reply:
    """It can be read again after half of the time, and written after all of it: in between, a write meets a conflict."""
    vault = service.open(request)
    service.allow(vault, "recover/action", name)
    _check_settled(vault, name)
    secret = _recoverable(vault, name)
    seconds = service.seconds("RecoverDeletedSecret", 0.8)
    secret |= {"phase": "recovering", "since": now() + seconds / 2, "until": now() + seconds}
    return Reply.of_json(bundle_of(vault, secret, secret["versions"][-1]))


@_register("DELETE", "/deletedsecrets/{name}", "PurgeDeletedSecret")
def purge_secret(service: Vault, request: Request, name: str) -> Reply:
    vault = service.open(request)
    service.allow(vault, "purge/action", name)
    _check_settled(vault, name)
    secret = _recoverable(vault, name)
    if vault.properties.get("enablePurgeProtection"):
        raise refuse(
            403,
            "Forbidden",
            'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will '
            "automatically purge it "
            f"after the retention period has passed.\r\nVault: {vault.where}",
        )
    secret |= {"phase": "purging", "until": now() + service.seconds("PurgeDeletedSecret", 0.4)}
    return Reply(204)


# --- finding -------------------------------------------------------------


def _find(vault: Open, name: str) -> Secret | None:
    """The secret as it is now: what has come due has happened."""
    secret: Secret | None = vault.secrets.get(name.lower())
    if secret is None or secret["phase"] == "live":
        return secret
    over = secret["ends"] if secret["phase"] == "deleted" else secret["until"]
    if over <= now():
        if secret["phase"] == "recovering":
            secret["phase"] = "live"
        else:
            return None
    return secret


def _readable(vault: Open, name: str) -> Secret | None:
    secret = _find(vault, name)
    if secret and (secret["phase"] == "live" or (secret["phase"] == "recovering" and secret["since"] <= now())):
        return secret
    return None


def _existing(vault: Open, name: str, wanted: str | None) -> tuple[Secret, Version]:
    secret = _readable(vault, name)
    if secret:
        found = [each for each in secret["versions"] if wanted in (None, each["id"])]
        if found:
            return secret, found[-1]
    raise refuse(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name if wanted is None else f'{name}/{wanted}'} was not found in this key vault. If you recently "
        "deleted this "
        "secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see "
        "https://go.microsoft.com/fwlink/?linkid=2125182",
    )


def _recoverable(vault: Open, name: str) -> Secret:
    secret = _find(vault, name)
    if secret is None or secret["phase"] != "deleted" or secret["until"] > now():
        raise refuse(404, "SecretNotFound", f"Deleted Secret not found: {name}")
    return secret


def _check_settled(vault: Open, name: str) -> None:
    """A deletion that is still under way can be neither undone nor completed."""
    secret = _find(vault, name)
    if secret and secret["phase"] == "deleted" and secret["until"] > now():
        raise refuse(409, "Conflict", "Secret is currently being deleted.", "ObjectIsBeingDeleted")


def _check_free(secret: Secret | None, name: str) -> None:
    """A name can be written unless it is on its way out or back."""
    if secret is None or secret["phase"] == "live":
        return
    if secret["phase"] == "recovering":
        raise refuse(
            409, "Conflict", f"Secret {name} is currently being recovered and cannot be re-created; retry later.", "ObjectIsBeingRecovered"
        )
    if secret["phase"] == "purging" or secret["until"] > now():
        raise refuse(
            409, "Conflict", f"Secret {name} is currently being deleted and cannot be re-created; retry later.", "ObjectIsBeingDeleted"
        )
    raise refuse(
        409,
        "Conflict",
        f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret "
        "can only be "
        "recovered or purged.",
        "ObjectIsDeletedButRecoverable",
    )
