# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs to a managed cluster besides its pools: maintenance windows, and credentials for its API server."""

from __future__ import annotations

import base64
import re
import typing as t

from sandbox.clouds.azure import account
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.container_service import ONE, find
from sandbox.clouds.azure.arm.container_service_pools import refuse_unknown
from sandbox.clouds.azure.arm.container_service_versions import API_VERSIONS, SOURCE
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

WINDOWS = ("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule")
SCHEDULES = ("daily", "weekly", "absoluteMonthly", "relativeMonthly")
WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class MaintenanceConfigurations(ResourceType):
    name = "Microsoft.ContainerService/managedClusters/maintenanceConfigurations"
    operations = "MaintenanceConfigurations"
    versions = API_VERSIONS
    source = f"{SOURCE}/maintenance-configurations"
    verbs = ("GET", "PUT", "DELETE")
    tracked = False
    created_status = 200
    fields = (
        Field("properties/maintenanceWindow", kind=dict),
        Field("properties/timeInWeek", kind=list),
        Field("properties/notAllowedTime", kind=list),
    )

    def check_name(self, arm: Arm, target: Target) -> None:
        if target.name not in WINDOWS:
            text = f"The maintenance configuration '{target.name}' is invalid. Allowed names: {', '.join(WINDOWS)}."
            raise refuse(400, "InvalidParameter", text)

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        refuse_unknown(self.fields, sent.get("properties"))
        window = at(fresh, "properties/maintenanceWindow")
        if target.name == "default":
            if window is not None or not at(fresh, "properties/timeInWeek"):
                raise refuse(400, "InvalidParameter", "The configuration 'default' takes timeInWeek, not maintenanceWindow.")
            return fresh
        if window is None:
            raise refuse(400, "InvalidParameter", "Required parameter maintenanceWindow is missing (null).", target="maintenanceWindow")
        _check_window(window)
        defaults = {"utcOffset": "+00:00", "startDate": "2026-11-25", "notAllowedDates": []}
        fresh["properties"]["maintenanceWindow"] = defaults | {name: value for name, value in window.items() if value is not None}
        return fresh


def _check_window(window: Body) -> None:
    hours = window.get("durationHours")
    if not isinstance(hours, int) or not 4 <= hours <= 24:
        raise refuse(400, "InvalidParameter", "maintenanceWindow.durationHours must be an integer from 4 to 24.", target="durationHours")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(window.get("startTime"))):
        raise refuse(400, "InvalidParameter", "maintenanceWindow.startTime must have the form HH:mm.", target="startTime")
    if not re.fullmatch(r"[+-]\d\d:\d\d", str(window.get("utcOffset") or "+00:00")):
        raise refuse(400, "InvalidParameter", "maintenanceWindow.utcOffset must have the form +/-HH:mm.", target="utcOffset")
    schedule = {name: each for name, each in (window.get("schedule") or {}).items() if each is not None}
    if len(schedule) != 1 or next(iter(schedule)) not in SCHEDULES:
        raise refuse(400, "InvalidParameter", f"Exactly one schedule of {', '.join(SCHEDULES)} must be given.", target="schedule")
    weekly = schedule.get("weekly")
    if weekly is not None and (weekly.get("dayOfWeek") not in WEEK or not 1 <= int(weekly.get("intervalWeeks") or 0) <= 4):
        raise refuse(400, "InvalidParameter", "A weekly schedule needs dayOfWeek and intervalWeeks (1 to 4).", target="schedule.weekly")


engine.register(MaintenanceConfigurations())


# --- credentials -----------------------------------------------------------------


SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"  # the AKS server application of every tenant


def _kubeconfig(arm: Arm, record: Record, user: str, *, static: bool, form: str) -> str:
    cluster = record["name"]
    context = f"{cluster}-admin" if "Admin" in user else cluster
    authority = _base64(arm.azure.world.authority.certificate.read_text())
    login = _static_login(arm, record) if static else _entra_login(form)
    return (
        "apiVersion: v1\nkind: Config\npreferences: {}\n"
        f"clusters:\n- name: {cluster}\n  cluster:\n    certificate-authority-data: {authority}\n"
        f"    server: https://{record['fqdn']}:443\n"
        f"contexts:\n- name: {context}\n  context:\n    cluster: {cluster}\n    user: {user}\n"
        f"current-context: {context}\nusers:\n- name: {user}\n  user:\n{login}"
    )


def _static_login(arm: Arm, record: Record) -> str:
    """Certificate, key and token are the cluster's and stay the same until they are rotated."""
    token, certificate, key = arm.azure.kubernetes.api.cluster(record["id"]).admin_credentials()
    return f"    client-certificate-data: {_base64(certificate)}\n    client-key-data: {_base64(key)}\n    token: {token}\n"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _entra_login(form: str) -> str:
    if form != "exec":
        config = f"        apiserver-id: {SERVER}\n        tenant-id: {account.TENANT_ID}\n"
        return f"    auth-provider:\n      name: azure\n      config:\n{config}"
    words = ("get-token", "--environment", "AzurePublicCloud", "--server-id", SERVER, "--tenant-id", account.TENANT_ID)
    arguments = "".join(f"      - {word}\n" for word in words)
    return f"    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: kubelogin\n      args:\n{arguments}"


def _credential(arm: Arm, request: Request, record: Record, *, admin: bool) -> Reply:
    properties = record["body"]["properties"]
    if admin and properties["disableLocalAccounts"]:
        text = (
            "Getting static credential is not allowed because this cluster is set to disable local accounts. "
            "Details: https://aka.ms/aks/static-credential"
        )
        raise refuse(400, "BadRequest", text)
    name = f"cluster{'Admin' if admin else 'User'}_{record['id'].split('/')[4]}_{record['name']}"
    static = admin or not at(properties, "aadProfile/managed")
    text = _kubeconfig(arm, record, name, static=static, form=request.params.get("format", "azure"))
    config = {"name": "clusterAdmin" if admin else "clusterUser", "value": base64.b64encode(text.encode()).decode()}
    return Reply.of_json({"kubeconfigs": [config]})


@operation(
    "POST",
    f"{ONE}/listClusterUserCredential",
    "ManagedClusters_ListClusterUserCredentials",
    versions=API_VERSIONS,
    kind="managedClusters",
    verified="sdk",
    source=f"{SOURCE}/managed-clusters/list-cluster-user-credentials",
    write=False,
)
def user_credential(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    record = find(arm, request, subscription, group, name, "listClusterUserCredential/action")
    return _credential(arm, request, record, admin=False)


@operation(
    "POST",
    f"{ONE}/listClusterAdminCredential",
    "ManagedClusters_ListClusterAdminCredentials",
    versions=API_VERSIONS,
    kind="managedClusters",
    verified="sdk",
    source=f"{SOURCE}/managed-clusters/list-cluster-admin-credentials",
    write=False,
)
def admin_credential(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    record = find(arm, request, subscription, group, name, "listClusterAdminCredential/action")
    return _credential(arm, request, record, admin=True)
