# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and accounts."""

from __future__ import annotations

from sandbox.clouds.cloudflare import access
from sandbox.clouds.cloudflare.seed import identifier
from sandbox.clouds.cloudflare.service import Api, operation
from sandbox.clouds.cloudflare.wire import Json, answer, page_of, refusal, stamp
from sandbox.http import Reply, Request

SOURCE = "developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify"
ACCOUNTS = "developers.cloudflare.com/api/resources/accounts"


def _verify(api: Api, request: Request) -> Reply:
    """A disabled or expired token is still known here, and its status is the answer; an unknown one is refused with 401."""
    if "authorization" not in request.headers:
        raise refusal(400, 1001, 'Missing "Authorization" header')
    actor = access.actor_of(api.cloud.credentials, request)
    if actor is None:
        raise refusal(401, 1000, "Invalid API Token")
    said = [{"code": 10000, "message": "This API Token is valid and active", "type": None}] if actor.status == "active" else []
    return answer({"id": actor.id, "status": actor.status}, messages=said)


@operation("GET", "/user/tokens/verify", "user.tokens.verify", None, verified="sdk", source=SOURCE)
def verify_user_token(api: Api, request: Request) -> Reply:
    return _verify(api, request)


@operation("GET", "/accounts/{account}/tokens/verify", "accounts.tokens.verify", None, verified="sdk", source=SOURCE)
def verify_account_token(api: Api, request: Request, account: str) -> Reply:
    if account != api.data["account"]["id"]:
        raise refusal(401, 1000, "Invalid API Token")
    return _verify(api, request)


@operation("GET", "/user/tokens/{token}", "user.tokens.get", "API Tokens Read", verified="sdk", source=SOURCE.replace("verify", "get"))
def get_user_token(api: Api, request: Request, token: str) -> Reply:
    """A token's policies: its permission groups, by whether they are about zones, accounts or the user, and what they reach."""
    found = next((each for each in api.cloud.credentials["tokens"].values() if each["id"] == token), None)
    if found is None:
        raise refusal(404, 1003, "Valid user-level token not found")
    policies = [
        {"id": identifier(f"{token} {scope}"), "effect": "allow", "resources": dict.fromkeys(resources, "*"), "permission_groups": groups}
        for scope, resources in _reach(api, found).items()
        if (groups := [{"id": identifier(name), "name": name, "meta": {}} for name in found["permissions"] if _scope(name) == scope])
    ]
    return answer({"id": token, "name": "deployer", "status": found["status"], "policies": policies})


def _scope(permission: str) -> str:
    if permission.startswith("API Tokens"):
        return "user"
    return "account" if permission.startswith(("Account ", "Registrar")) else "zone"


def _reach(api: Api, token: Json) -> dict[str, list[str]]:
    account, zones = api.data["account"]["id"], token.get("zones")
    zone = "com.cloudflare.api.account.zone"
    return {
        "user": [f"com.cloudflare.api.user.{identifier('user')}"],
        "account": [f"com.cloudflare.api.account.{account}"],
        "zone": [f"{zone}.*"] if zones is None else [f"{zone}.{each}" for each in zones],
    }


@operation("GET", "/accounts", "accounts.list", None, verified="sdk", source=ACCOUNTS)
def list_accounts(api: Api, request: Request) -> Reply:
    """A token without the right to read account settings gets an empty list, no error."""
    actor = access.caller(api.cloud.credentials, request)
    wanted = request.params.get("name")
    accounts = [_shown(api)] if actor.may("Account Settings Read") and wanted in (None, api.data["account"]["name"]) else []
    return page_of(accounts, request, default=20, least=5, most=50)


@operation("GET", "/accounts/{account}", "accounts.get", "Account Settings Read", verified="sdk", source=ACCOUNTS)
def get_account(api: Api, request: Request, account: str) -> Reply:
    return answer(_shown(api))


def _shown(api: Api) -> Json:
    account = api.data["account"]
    return {
        "id": account["id"],
        "name": account["name"],
        "type": "standard",
        "settings": {"enforce_twofactor": False, "api_access_enabled": None, "access_approval_expiry": None, "abuse_contact_email": None},
        "created_on": stamp(account["created_on"]),
    }
