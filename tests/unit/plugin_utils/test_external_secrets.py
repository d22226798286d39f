# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ExternalSecrets from their short form."""

from __future__ import annotations

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.external_secrets import VERSIONS, manifests, vault_secrets

MAIL = {
    "name": "mail",
    "namespace": "example",
    "data": {"ID": {"key": "mail-credentials", "property": "ID"}, "HOST": {"key": "mail-host", "version": "1"}},
}
WHOLE = {"name": "whole", "namespace": "example", "extract": ["mail-credentials", "other"], "type": "kubernetes.io/basic-auth"}


def of(secret: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
    (manifest,) = manifests([secret], store="vault", **options)
    return manifest


def test_keys_one_by_one() -> None:
    spec = of(MAIL)["spec"]
    assert spec["data"] == [
        {"secretKey": "ID", "remoteRef": {"key": "mail-credentials", "property": "ID"}},
        {"secretKey": "HOST", "remoteRef": {"key": "mail-host", "version": "1"}},
    ]
    assert spec["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}
    assert "dataFrom" not in spec


def test_whole_objects_and_a_type() -> None:
    spec = of(WHOLE)["spec"]
    assert spec["dataFrom"] == [{"extract": {"key": "mail-credentials"}}, {"extract": {"key": "other"}}]
    assert spec["target"]["template"] == {"engineVersion": "v2", "mergePolicy": "Merge", "type": "kubernetes.io/basic-auth"}
    assert "data" not in spec


def test_only_the_current_api_version_is_written() -> None:
    assert {each["apiVersion"] for each in manifests([MAIL, WHOLE], store="vault")} == {"external-secrets.io/v1"}


def test_what_a_role_has_filled_with_none_counts_as_not_given() -> None:
    empty = dict.fromkeys(["type", "labels", "refresh_interval", "extract"])
    filled = {**MAIL, **empty, "data": {key: {"property": None, "version": None, **each} for key, each in MAIL["data"].items()}}  # type: ignore[attr-defined]
    assert of(filled) == of(MAIL)


def test_a_version_that_changes_changes_just_what_reads_it() -> None:
    before = manifests([MAIL, WHOLE], store="vault", versions={"mail-host": "a", "other": "b", "strange": "c"})
    after = manifests([MAIL, WHOLE], store="vault", versions={"mail-host": "A", "other": "b", "strange": "d"})
    assert [each["metadata"]["annotations"][VERSIONS] for each in before] == ["mail-host=a", "other=b"]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def test_unknown_versions_leave_no_trace() -> None:
    assert "annotations" not in of(MAIL)["metadata"]


def test_each_secret_of_the_vault_is_named_once() -> None:
    assert vault_secrets([MAIL, WHOLE]) == ["mail-credentials", "mail-host", "other"]
