# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of type LoadBalancer: a public address of Azure's for each, its own or one that was made before.

Source: kubernetes-sigs/cloud-provider-azure pkg/provider (azure_loadbalancer.go: ensurePublicIPExists, determinePublicIPName,
checkLoadBalancerResourcesConflicts, whose text users quote) and learn.microsoft.com/azure/aks/static-ip.
"""

from __future__ import annotations

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine, rbac
from sandbox.clouds.azure.arm.types import Record, state_of
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    SERVICES,
    Thing,
    annotations_of,
    digest,
    leaving,
    name_of,
    namespace_of,
)

ADDRESSES = "Microsoft.Network/publicIPAddresses"
PREFIX = "service.beta.kubernetes.io/azure-"
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
MANAGER = "cloud-controller-manager"
COMPONENT = "service-controller"
AGAIN, TAKES = 0.2, 0.1  # seconds until it tries again, and of an address's configuration


class Failed(Exception):
    """The address cannot be had; the text is the cloud provider's."""


def reconcile(desk: Desk) -> None:
    memory = desk.memory("load_balancers")
    desk.each(SERVICES, _turn)
    for service in desk.all(SERVICES):
        if leaving(service):
            _forget(desk, service)
    for gone in memory.keys() - {each["metadata"]["uid"] for each in desk.all(SERVICES)}:
        _release(desk, memory.pop(gone))


def _turn(desk: Desk, service: Thing) -> None:
    memory, key = desk.memory("load_balancers"), service["metadata"]["uid"]
    if service["spec"].get("type") == "LoadBalancer":
        _ensure(desk, service, memory.setdefault(key, {"due": None, "address": None}))
    else:
        _forget(desk, service)


def _ensure(desk: Desk, service: Thing, memory: dict[str, object]) -> None:
    service = _with_finalizer(desk, service)
    try:
        record = _internal(service) or _address(desk, service)
    except Failed as failed:
        text = f"Error syncing load balancer: failed to ensure load balancer: {failed}"
        desk.event(service, "SyncLoadBalancerFailed", text, COMPONENT, warning=True)
        desk.wake(desk.now + AGAIN)  # what was there stays in its status until it is replaced
        return
    if memory["due"] is None:
        memory["due"] = desk.now + desk.seconds("Services_LoadBalancer", TAKES)
        desk.event(service, "EnsuringLoadBalancer", "Ensuring load balancer", COMPONENT)
    due = float(str(memory["due"]))
    if desk.now < due:
        desk.wake(due)
        return
    if isinstance(record, dict):
        if memory["address"] not in (None, record["id"].lower()):
            _release(desk, memory)
        memory["address"] = record["id"].lower()
        record["front_end"] = _front_end(desk, service)
    address = record["address"] if isinstance(record, dict) else record
    wanted = {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}
    status = service.get("status") or {}
    if status.get("loadBalancer") != wanted["loadBalancer"]:
        desk.status(SERVICES, service, status | wanted, MANAGER)
        desk.event(service, "EnsuredLoadBalancer", "Ensured load balancer", COMPONENT)


def _shown(service: Thing) -> bool:
    return bool(((service.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _with_finalizer(desk: Desk, service: Thing) -> Thing:
    known = service["metadata"].get("finalizers") or []
    if FINALIZER in known:
        return service
    return desk.change(SERVICES, service, MANAGER, metadata=service["metadata"] | {"finalizers": [*known, FINALIZER]})


def _forget(desk: Desk, service: Thing) -> None:
    """A Service that is none of the cloud's any more, or that is being deleted and may go now."""
    kept = desk.memory("load_balancers").pop(service["metadata"]["uid"], None)
    if kept:
        _release(desk, kept)
    known = service["metadata"].get("finalizers") or []
    if kept and _shown(service):
        service = desk.status(SERVICES, service, (service.get("status") or {}) | {"loadBalancer": {}}, MANAGER)
    if FINALIZER in known:
        left = [each for each in known if each != FINALIZER]
        desk.change(SERVICES, service, MANAGER, metadata=service["metadata"] | {"finalizers": left})


# --- the address ------------------------------------------------------------


def _internal(service: Thing) -> str | None:
    """An internal load balancer's address comes out of the nodes' subnet."""
    if annotations_of(service).get(f"{PREFIX}load-balancer-internal") != "true":
        return None
    wanted = annotations_of(service).get(f"{PREFIX}load-balancer-ipv4") or service["spec"].get("loadBalancerIP")
    return wanted or f"10.224.0.{100 + int(digest(service['metadata']['uid'])[:2], 16) // 2}"


def _address(desk: Desk, service: Thing) -> Record:
    annotations = annotations_of(service)
    node_group = desk.record["body"]["properties"]["nodeResourceGroup"]
    group = annotations.get(f"{PREFIX}load-balancer-resource-group") or node_group
    name = annotations.get(f"{PREFIX}pip-name")
    wanted = annotations.get(f"{PREFIX}load-balancer-ipv4") or service["spec"].get("loadBalancerIP")
    full = f"{namespace_of(service)}/{name_of(service)}"
    if not name and not wanted:
        return _own(desk, service, node_group)
    _check_rights(desk, group, node_group)
    found = [each for each in _in_group(desk, group) if (each["name"].lower() == name.lower() if name else each["address"] == wanted)]
    if not found and name:
        raise Failed(f"PublicIP from annotation azure-pip-name(-IPv6)={name} for service {full} doesn't exist")
    if not found:
        raise Failed(f"user supplied IP Address {wanted} was not found in resource group {group}")
    record = found[0]
    if record["body"]["sku"]["name"] == "Basic":
        text = f"Different basic sku and standard sku load balancer resources {record['id']} are not allowed"
        raise Failed(f'{{"error":{{"code":"DifferentSkuLoadBalancersAndPublicIPAddressNotAllowed","message":"{text}"}}}}')
    if state_of(record) != "Succeeded":
        raise Failed(f"the public IP {record['name']} is being changed: {state_of(record)}")
    front = record.get("front_end")
    if front and front.split("/loadBalancers/")[0] != _front_end(desk, service).split("/loadBalancers/")[0]:
        raise Failed(f"the public IP address {record['id']} is already used by {front}")
    _check_ports(desk, service, record)
    return record


def _check_ports(desk: Desk, service: Thing, record: Record) -> None:
    """Services may share an address, but no port of it: it stays with whoever had it first."""
    memory, own = desk.memory("load_balancers"), service["metadata"]["uid"]
    sharing = {uid for uid, kept in memory.items() if uid != own and kept["address"] == record["id"].lower()}
    for other in desk.all(SERVICES):
        if other["metadata"]["uid"] not in sharing:
            continue
        taken = {(port.get("protocol", "TCP"), port["port"]) for port in other["spec"]["ports"]}
        for port in service["spec"]["ports"]:
            protocol, number = port.get("protocol", "TCP"), port["port"]
            if (protocol, number) in taken:
                front = _front_end(desk, other)
                rule = f"{front.rsplit('/', 1)[1]}-{protocol}-{number}"
                text = f"service port {port.get('name', '')} is trying to consume the port {number} which is being referenced by an "
                text += f"existing loadBalancing rule {rule} with the same protocol {protocol.capitalize()} "
                text += f"and frontend IP config with ID {front}"
                raise Failed(f"checkLoadBalancerResourcesConflicts: {text}")


def _in_group(desk: Desk, group: str) -> list[Record]:
    prefix = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}/providers/".lower()
    resources = desk.azure.arm.data["resources"].items()
    return [each for key, each in resources if key.startswith(prefix) and each["type"] == ADDRESSES and not each["gone"]]


def _check_rights(desk: Desk, group: str, node_group: str) -> None:
    """The cluster's own identity reads and joins addresses; it may in its node resource group, elsewhere it needs to be given a role."""
    if group.lower() == node_group.lower():
        return
    scope = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}"
    arm = desk.azure.arm
    client, principal = identity_of(desk)
    for action in ("read", "join/action"):
        if not rbac.allows(arm.data["role_assignments"].values(), arm.roles, principal, f"{ADDRESSES}/{action}", scope):
            where = f"{scope}/providers/Microsoft.Network"
            text = (
                f"The client '{client}' with object id '{principal}' does not have authorization to perform action '{ADDRESSES}/{action}' "
            )
            text += f"over scope '{where}' or the scope is invalid. If access was recently granted, please refresh your credentials."
            url = f"https://management.azure.com{scope}/providers/{ADDRESSES}"
            raise Failed(f"GET {url} RESPONSE 403: 403 Forbidden ERROR CODE: AuthorizationFailed {text}")


def identity_of(desk: Desk) -> tuple[str, str]:
    """Client id and object id of the cluster's own identity: its first user-assigned one, or that of the system."""
    given = desk.record["body"].get("identity") or {}
    for each in given.get("userAssignedIdentities") or {}:
        found = desk.azure.arm.data["resources"].get(each.lower())
        if found:
            return found["client_id"], found["principal_id"]
    return desk.record["client_id"], desk.record["principal_id"]


def _own(desk: Desk, service: Thing, group: str) -> Record:
    """An address of the Service's own in the node resource group; it goes with it."""
    arm = desk.azure.arm
    name = _own_name(service)
    path = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}/providers/{ADDRESSES}/{name}"
    kept: Record | None = arm.data["resources"].get(path.lower())
    if kept:
        return kept
    properties = {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4, "ipTags": []}
    body = {"location": desk.record["body"]["location"], "sku": {"name": "Standard", "tier": "Regional"}, "properties": properties}
    body["tags"] = {"k8s-azure-service": f"{namespace_of(service)}/{name_of(service)}", "k8s-azure-cluster-name": "kubernetes"}
    record: Record = {"id": path, "type": ADDRESSES, "name": name, "created": now(), "created_by": identity_of(desk)[0], "gone": None}
    record |= {"body": body, "changed": now(), "changed_by": record["created_by"], "until": now(), "doing": "Updating"}
    arm.data["resources"][path.lower()] = record
    engine.TYPES[ADDRESSES.lower()].created(arm, record)
    return record


def _own_name(service: Thing) -> str:
    """kubernetes-a, and the Service's uid without dashes, in 24 characters as load balancer names go."""
    return f"kubernetes-a{service['metadata']['uid'].replace('-', '')}"[:43]


def _front_end(desk: Desk, service: Thing) -> str:
    group = desk.record["body"]["properties"]["nodeResourceGroup"]
    path = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{group}/providers/Microsoft.Network/loadBalancers/kubernetes"
    return f"{path}/frontendIPConfigurations/{_own_name(service).removeprefix('kubernetes-')[:32]}"


def _release(desk: Desk, memory: dict[str, object]) -> None:
    """The address is free again; one that the cluster has made goes."""
    arm = desk.azure.arm
    record = arm.data["resources"].get(str(memory["address"]))
    memory["address"] = None
    if record is None:
        return
    record.pop("front_end", None)
    group = desk.record["body"]["properties"]["nodeResourceGroup"]
    made = (record["body"].get("tags") or {}).get("k8s-azure-service")
    if made and f"/resourcegroups/{group}/".lower() in record["id"].lower():
        engine.remove(arm, record)
