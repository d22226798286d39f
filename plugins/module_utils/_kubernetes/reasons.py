# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Why something does not become ready: what its pods and the last warnings say."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import CloudError
from .client import Client
from .names import Manifest, Ref

# Kinds whose pods are found by a selector of theirs.
_WITH_PODS = frozenset({"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"})
WARNINGS = 3  # of the last events
LONGEST, ALIKE = 500, 120  # characters of what one thing says; by which two sayings are the same
LET_GO = "What holds it lets go when its controller runs and has cleaned up; if that one is gone for good, take the finalizer away by hand"
_FURTHER = "A rerun picks up where this ended; a longer wait_timeout waits longer"

# What to do, by what is said. The first that fits counts.
_HINTS = (
    (
        r"ImagePullBackOff|ErrImagePull",
        "Check the image's name and tag, and that the nodes may pull it (role AcrPull for the kubelet identity)",
    ),
    # What cert-manager and External Secrets say of what they need, before what is said of Secrets in general.
    (
        r"cloudflare secret|Cloudflare API|attempting to find Zones|Invalid request headers",
        "cert-manager's token for Cloudflare is not there, or lacks a right: see the ExternalSecret in cert-manager's namespace; the token "
        "needs Zone Read and DNS Write in the zone",
    ),
    (r"Referenced \"\w*Issuer\" not found|issuer\S* \"[^\"]+\" not found", "The issuer is not there: declare it, or correct its name"),
    (r"ErrRegisterACMEAccount", "The certificate authority refuses the account: check the issuer's e-mail address and server"),
    (r"could not get (Cluster)?SecretStore", "The store is not there: declare it, or correct its name in secretStoreRef"),
    (r"unmarshalling json data", "The secret in the vault is not the JSON that is expected of it: write it anew, as one JSON object"),
    (
        r"CreateContainerConfigError|secret \"[^\"]+\" not found",
        "A Secret or ConfigMap that the pod names is not there: where an ExternalSecret makes it, see its Ready condition",
    ),
    (r"CrashLoopBackOff|exited with", "The program ends by itself: read its log (kubectl logs --previous)"),
    (r"Unschedulable|FailedScheduling|Insufficient", "No node has room, or fits: check requests, taints and the limits of the node pools"),
    (
        r"AADSTS70021|AADSTS7002[0-9]{2}|federated identity",
        "The identity has no federated credential for this service account: issuer, subject and audience must agree",
    ),
    (r"ForbiddenByRbac|does not have secrets get permission", "The identity may not read the vault: role Key Vault Secrets User"),
    (r"AADSTS", "Entra ID refuses the identity: check its client id and tenant; the code AADSTS... says what is wrong"),
    (r"SecretSyncedError|SecretDoesNotExist|SecretNotFound", "Check that the secret of this name, and the field in it, are in the vault"),
    (r"held by |in finalizer|resources? (is|are) remaining|has [0-9]+ resource instances", LET_GO),
    (
        r"error looking up service account|serviceaccount \"[^\"]+\" not found",
        "The pods run as a service account that is not there: declare it, or correct serviceAccountName",
    ),
    (
        r"violates PodSecurity",
        "The namespace's level of pod security refuses the pods: give them the security context that it asks for, or "
        "the namespace another level",
    ),
    (
        r"probe failed|Unhealthy",
        "The program runs, and its probe is not answered: check the probe's path and port, and what the program waits for (kubectl logs)",
    ),
    (
        r"it has no address yet",
        "See the events of the Service: quota, a public IP in another group, or a missing role of the cluster's identity",
    ),
)


def why(text: str, *, last: bool = False) -> str:
    """What to do next, for what is known of a thing that is not ready. last: it will not become so by itself."""
    found = next((hint for pattern, hint in _HINTS if re.search(pattern, text, re.IGNORECASE)), None)
    further = "Waiting longer does not help: mend what it says, delete it, and run again" if last else _FURTHER
    return (f"{found}. " if found else "") + further


def reasons(client: Client, ref: Ref, thing: Manifest | None) -> str:
    """What the pods and the last warnings say. Empty when they say nothing, or may not be read."""
    if thing is None:
        return ""
    try:
        pods = _pods(client, ref, thing) if ref.kind in _WITH_PODS else [thing] if ref.kind == "Pod" else []
        said = list(dict.fromkeys(text for pod in pods for text in pod_reasons(pod)))
        names = {ref.name, *(str(pod["metadata"]["name"]) for pod in pods)}
        if ref.kind == "Certificate":
            said += _issuance(client, ref, thing)
        if ref.kind == "ExternalSecret":
            said += _store(client, ref, thing)
        return "; ".join([*said[:4], *_warnings(client, ref, names)])
    except CloudError:
        return ""


def _issuance(client: Client, ref: Ref, certificate: Manifest) -> list[str]:
    """Why a certificate is not issued. It does not say so itself; what cert-manager has made for it does.

    Source: cert-manager.io/docs/troubleshooting.
    """
    uids, said = {certificate["metadata"].get("uid")}, []
    for group, plural in (
        ("cert-manager.io", "certificaterequests"),
        ("acme.cert-manager.io", "orders"),
        ("acme.cert-manager.io", "challenges"),
    ):
        found = client.list(f"list the {plural} of {ref}", f"/apis/{group}/v1/namespaces/{ref.namespace}/{plural}")
        for each in found:
            if uids.isdisjoint(owner.get("uid") for owner in each["metadata"].get("ownerReferences") or ()):
                continue
            uids.add(each["metadata"]["uid"])
            said += [f"{plural[:-1]} {each['metadata']['name']}: {text}" for text in _refusals(each.get("status") or {})]
    # The deepest one is the cause, the others wait for it.
    return said[::-1]


def _store(client: Client, ref: Ref, secret: Manifest) -> list[str]:
    """What the store of a secret says where it is not ready: the secret only says that it is not."""
    named = (secret.get("spec") or {}).get("secretStoreRef") or {}
    kind, name = str(named.get("kind") or "SecretStore"), str(named.get("name"))
    space = None if kind.startswith("Cluster") else ref.namespace
    store = Ref(ref.group, kind, space, name)
    path = f"/apis/{ref.group}/v1/{f'namespaces/{space}/' if space else ''}{kind.lower()}s/{name}"
    said = [*_refusals((client.find(f"read {store}", path) or {}).get("status") or {})]
    return [f"{store}: {text}" for text in (*said, *_warnings(client, store, {name}))] if said else []


def _refusals(status: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if status.get("reason"):
        yield _short(f"{status.get('state')}: {status['reason']}")
    for each in status.get("conditions") or ():
        if each.get("type") == "Ready" and each.get("status") == "False":
            yield _joined(each)


def _pods(client: Client, ref: Ref, thing: Manifest) -> list[Manifest]:
    labels = ((thing.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return client.list(f"list the pods of {ref}", f"/api/v1/namespaces/{ref.namespace}/pods", labelSelector=selector)


def pod_reasons(pod: Manifest) -> t.Iterator[str]:
    """Why a pod does not run, in the words of the scheduler and the kubelet."""
    status = pod.get("status") or {}
    for each in status.get("conditions") or ():
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            yield _joined(each)
    for each in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        waiting = (each.get("state") or {}).get("waiting") or {}
        ended = (each.get("state") or {}).get("terminated") or (each.get("lastState") or {}).get("terminated") or {}
        if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
            yield f"container {each.get('name')}: {_joined(waiting)}"
        if ended and ended.get("exitCode"):
            yield f"container {each.get('name')} exited with {ended['exitCode']}: {ended.get('reason')}"


def _joined(said: t.Mapping[str, t.Any]) -> str:
    return _short(": ".join(str(said[name]) for name in ("reason", "message") if said.get(name)))


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _warnings(client: Client, ref: Ref, names: set[str]) -> list[str]:
    path = f"/api/v1/namespaces/{ref.namespace or 'default'}/events"
    events = client.list(f"list the warnings about {ref}", path, fieldSelector="type=Warning")
    about = [each for each in events if (each.get("involvedObject") or {}).get("name") in names]
    about.sort(key=lambda each: str(each.get("lastTimestamp") or each.get("eventTime") or each["metadata"].get("creationTimestamp") or ""))
    # The same is said again and again, each time with other numbers at its end.
    latest = {str(each.get("message"))[:ALIKE]: f"warning {_joined(each)}" for each in about}
    return list(latest.values())[-WARNINGS:]
