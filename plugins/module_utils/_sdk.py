# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Loading a vendor's SDK when it is needed, and saying what to install when it is not there."""

from __future__ import annotations

import importlib
import importlib.metadata
import typing as t
import warnings

from ansible.module_utils.basic import missing_required_lib

from ._core.errors import PlanError

PACKAGES = {
    "aliyunsdkcore": "aliyun-python-sdk-core",
    "cryptography": "cryptography",
    "azure.core": "azure-core",
    "azure.identity": "azure-identity",
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.mgmt.containerservice": "azure-mgmt-containerservice",
    "azure.mgmt.core": "azure-mgmt-core",
    "azure.mgmt.keyvault": "azure-mgmt-keyvault",
    "kubernetes": "kubernetes",
    "tencentcloud": "tencentcloud-sdk-python-ses",  # brings tencentcloud.common, which alone is imported
}


def load(module: str, cloud: str) -> t.Any:
    """Import an SDK by its module name. Raises PlanError `missing_library` with the name of the package."""
    try:
        return import_quietly(module)
    except ImportError as error:
        package = package_of(module)
        raise PlanError(
            missing_required_lib(package), code="missing_library", cloud=cloud, hint=f"pip install {package} ({error})"
        ) from error


def import_quietly(module: str) -> t.Any:
    """Import a module of somebody else's without the compiler's remarks on its text: they help nobody who only runs it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return importlib.import_module(module)


def package_of(module: str) -> str:
    """The package that brings a module."""
    return next((name for prefix, name in PACKAGES.items() if module.startswith(prefix)), module)


def versions(cloud: str) -> dict[str, str]:
    """The packages of a cloud and their versions, without importing any. Raises PlanError that names all that are not there."""
    packages = dict.fromkeys(package_of(module) for module in OF_CLOUD[cloud])
    found = {package: _version(package) for package in packages}
    missing = [package for package, version in found.items() if version is None]
    if missing:
        listed = " ".join(missing)
        raise PlanError(missing_required_lib(", ".join(missing)), code="missing_library", cloud=cloud, hint=f"pip install {listed}")
    return t.cast("dict[str, str]", found)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


# What a play of a cloud imports sooner or later; the callback imports it before the workers start.
OF_CLOUD = {
    "alibaba": ("aliyunsdkcore.client", "aliyunsdkcore.request", "oss2", "requests"),
    "azure": (
        "azure.core.pipeline.transport",
        "azure.core.rest",
        "azure.identity",
        "azure.keyvault.secrets",
        "azure.mgmt.containerservice",
        "azure.mgmt.core",
        "azure.mgmt.keyvault",
    ),
    "cloudflare": ("cloudflare", "httpx"),
    # With what fetches the credentials of an AKS cluster.
    "kubernetes": (
        "azure.core.pipeline.transport",
        "azure.core.rest",
        "azure.identity",
        "azure.mgmt.core",
        "kubernetes.client",
        "urllib3",
    ),
    "tencent": ("tencentcloud.common.common_client", "tencentcloud.common.credential"),
}
