# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an application may be: its properties, their values, what Graph fills in.

Properties: learn.microsoft.com/graph/api/resources/application. Limits: learn.microsoft.com/entra/identity-platform/reply-url and
…/supported-accounts-validation. The texts of refusals of redirect URIs are assumed.
"""

from __future__ import annotations

import copy
import re
import typing as t
from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.clouds.azure import account
from sandbox.clouds.azure.graph.api import Body, bad

PERSONAL = ("AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")
AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", *PERSONAL)
PLATFORMS = ("web", "spa", "publicClient")
LONGEST_URI, LONGEST_NAME, LONGEST_TAG = 256, 256, 256
READ_ONLY = ("id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain", "disabledByMicrosoftStatus", "uniqueName")
LOOPBACK = ("localhost", "127.0.0.1")

DEFAULTS: Body = {
    "deletedDateTime": None,
    "applicationTemplateId": None,
    "disabledByMicrosoftStatus": None,
    "description": None,
    "groupMembershipClaims": None,
    "identifierUris": [],
    "isDeviceOnlyAuthSupported": None,
    "isFallbackPublicClient": None,
    "notes": None,
    "publisherDomain": account.TENANT_DOMAIN,
    "serviceManagementReference": None,
    # Whoever does not say it gets the widest audience.
    "signInAudience": "AzureADandPersonalMicrosoftAccount",
    "tags": [],
    "tokenEncryptionKeyId": None,
    "uniqueName": None,
    "defaultRedirectUri": None,
    "optionalClaims": None,
    "api": {
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "requestedAccessTokenVersion": None,
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
    },
    "appRoles": [],
    "info": {"logoUrl": None, "marketingUrl": None, "privacyStatementUrl": None, "supportUrl": None, "termsOfServiceUrl": None},
    "keyCredentials": [],
    "passwordCredentials": [],
    "publicClient": {"redirectUris": []},
    "requiredResourceAccess": [],
    "web": {
        "homePageUrl": None,
        "logoutUrl": None,
        "redirectUris": [],
        "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        "redirectUriSettings": [],
    },
    "spa": {"redirectUris": []},
}


def created(body: Body) -> Body:
    """A new application's properties."""
    if not body.get("displayName"):
        raise bad("A value is required for property 'displayName' of resource 'Application'.")
    start = copy.deepcopy(DEFAULTS)
    if body.get("signInAudience", start["signInAudience"]) in PERSONAL:
        start["api"]["requestedAccessTokenVersion"] = 2
    return changed(start, body)


def changed(have: Body, body: Body) -> Body:
    """The properties after a change; a part of a complex property leaves the rest of it as it is. Raises Refusal."""
    for name, value in body.items():
        if name in READ_ONLY:
            raise bad(f"Property '{name}' is read-only and cannot be set.")
        if name not in DEFAULTS and name != "displayName":
            raise bad(f"Invalid property '{name}'.")
        if name == "passwordCredentials" and value:
            raise bad("Updating passwordCredentials is not supported; use addPassword and removePassword.")
        _check_form(name, value, DEFAULTS.get(name, ""))
    after = copy.deepcopy(have)
    for name, value in body.items():
        after[name] = {**after[name], **value} if isinstance(value, Mapping) and isinstance(after.get(name), dict) else value
    _check(after)
    after["web"]["redirectUriSettings"] = [{"uri": each, "index": None} for each in after["web"]["redirectUris"]]
    return after


def _check_form(name: str, value: t.Any, like: t.Any) -> None:
    if isinstance(like, list) and not (isinstance(value, list) and all(isinstance(each, str) for each in value or () if name == "tags")):
        raise bad(f"Invalid value specified for property '{name}' of resource 'Application'.")
    if isinstance(like, dict):
        if not isinstance(value, dict):
            raise bad(f"Invalid value specified for property '{name}' of resource 'Application'.")
        for part in value:
            if part not in like:
                raise bad(f"Invalid property '{part}'.")
    if (like is None or isinstance(like, str)) and isinstance(value, (list, dict)) and name != "optionalClaims":
        raise bad(f"Invalid value specified for property '{name}' of resource 'Application'.")


def _check(after: Body) -> None:
    if not after["displayName"] or len(after["displayName"]) > LONGEST_NAME:
        raise bad("Invalid value specified for property 'displayName' of resource 'Application'.")
    if after["signInAudience"] not in AUDIENCES:
        raise bad("Invalid value specified for property 'signInAudience' of resource 'Application'.")
    if after["signInAudience"] in PERSONAL and after["api"]["requestedAccessTokenVersion"] != 2:
        raise bad("Property api.requestedAccessTokenVersion is invalid.")
    if len(set(after["tags"])) != len(after["tags"]) or any(len(each) > LONGEST_TAG or not each for each in after["tags"]):
        raise bad("Invalid value specified for property 'tags' of resource 'Application'.")
    seen: set[str] = set()
    for platform in PLATFORMS:
        uris = after[platform]["redirectUris"]
        if not isinstance(uris, list):
            raise bad(f"Invalid value specified for property 'redirectUris' of resource '{platform}'.")
        for uri in uris:
            _check_uri(platform, uri, after["signInAudience"])
            if uri in seen:
                raise bad(f"The redirect URI '{uri}' is duplicated; redirect URIs must have distinct values across platforms.")
            seen.add(uri)
    most = 100 if after["signInAudience"] in PERSONAL else 256
    if len(seen) > most:
        raise bad(f"The number of redirect URIs exceeds the maximum of {most}.")


def _check_uri(platform: str, uri: t.Any, audience: str) -> None:
    parts = urlsplit(uri) if isinstance(uri, str) else None
    if parts is None or not parts.scheme or len(uri) > LONGEST_URI or parts.fragment or re.search(r"[!$'(),;\s]", uri):
        raise bad(f"Invalid value specified for property 'redirectUris' of resource 'Application': '{uri}'.")
    if "*" in uri and audience in PERSONAL:
        raise bad(f"Redirect URI '{uri}' must not contain wildcards for this signInAudience.")
    if platform == "publicClient":
        return
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.netloc or (parts.scheme != "https" and not plain):
        raise bad(f"Redirect URI '{uri}' must start with the scheme https, except for localhost.")
