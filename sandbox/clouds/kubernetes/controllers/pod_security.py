# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Pod Security Standards as a namespace's labels enforce them.

Source: kubernetes.io/docs/concepts/security/pod-security-standards; the texts are those of k8s.io/pod-security-admission/policy.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.controllers.things import Thing

LABEL = "pod-security.kubernetes.io"
ADDABLE = frozenset(
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID")
) | {"SETPCAP", "SETUID", "SYS_CHROOT"}
VOLUMES = frozenset(("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"))


def enforced(labels: dict[str, str]) -> tuple[str, str]:
    """Level and version that a namespace enforces."""
    return labels.get(f"{LABEL}/enforce", "privileged"), labels.get(f"{LABEL}/enforce-version", "latest")


def violations(pod: Thing, level: str) -> list[str]:
    """What this pod has against a level, in the order in which the real server lists it (by check)."""
    if level not in ("baseline", "restricted"):
        return []
    found = list(_baseline(pod, level))
    if level == "restricted":
        found += _restricted(pod)
    return found


def _containers(pod: Thing) -> list[Thing]:
    return [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]


def _context(thing: Thing) -> Thing:
    return thing.get("securityContext") or {}


def _which(names: list[str]) -> str:
    quoted = ", ".join(f'"{each}"' for each in names)
    return f"container{'s' if len(names) > 1 else ''} {quoted}"


def _names(pod: Thing, test: t.Callable[[Thing], bool]) -> list[str]:
    return [each["name"] for each in _containers(pod) if test(each)]


def _baseline(pod: Thing, level: str) -> Iterator[str]:
    shared = [name for name in ("hostNetwork", "hostPID", "hostIPC") if pod["spec"].get(name)]
    if shared:
        yield f"host namespaces ({', '.join(f'{name}=true' for name in shared)})"
    bad = _names(pod, lambda each: bool(_context(each).get("privileged")))
    if bad:
        yield f"privileged ({_which(bad)} must not set securityContext.privileged=true)"
    added = {each["name"]: set((_context(each).get("capabilities") or {}).get("add") or ()) - ADDABLE for each in _containers(pod)}
    bad = [name for name, capabilities in added.items() if capabilities]
    if bad and level == "baseline":
        listed = ", ".join(f'"{each}"' for each in sorted(set.union(*(added[name] for name in bad))))
        yield f"non-default capabilities ({_which(bad)} must not include {listed} in securityContext.capabilities.add)"
    paths = [each["name"] for each in pod["spec"].get("volumes") or () if "hostPath" in each]
    if paths and level == "baseline":
        listed = ", ".join(f'"{each}"' for each in paths)
        yield f"hostPath volumes (volume{'s' if len(paths) > 1 else ''} {listed})"
    ports = [str(port["hostPort"]) for each in _containers(pod) for port in each.get("ports") or () if port.get("hostPort")]
    if ports:
        bad = _names(pod, lambda each: any(port.get("hostPort") for port in each.get("ports") or ()))
        yield f"hostPort ({_which(bad)} uses hostPort{'s' if len(ports) > 1 else ''} {', '.join(ports)})"


def _restricted(pod: Thing) -> Iterator[str]:
    bad = _names(pod, lambda each: _context(each).get("allowPrivilegeEscalation") is not False)
    if bad:
        yield f"allowPrivilegeEscalation != false ({_which(bad)} must set securityContext.allowPrivilegeEscalation=false)"
    bad = _names(pod, lambda each: "ALL" not in ((_context(each).get("capabilities") or {}).get("drop") or ()))
    if bad:
        yield f'unrestricted capabilities ({_which(bad)} must set securityContext.capabilities.drop=["ALL"])'
    odd = {kind: each["name"] for each in pod["spec"].get("volumes") or () for kind in each if kind != "name" and kind not in VOLUMES}
    if odd:
        names = ", ".join(f'"{each}"' for each in odd.values())
        kinds = ", ".join(f'"{each}"' for each in odd)
        volumes, use = ("volumes", "use") if len(odd) > 1 else ("volume", "uses")
        yield f"restricted volume types ({volumes} {names} {use} restricted volume type {kinds})"
    whole = _context(pod["spec"])
    bad = _names(pod, lambda each: _context(each).get("runAsNonRoot", whole.get("runAsNonRoot")) is not True)
    if bad:
        yield f"runAsNonRoot != true (pod or {_which(bad)} must set securityContext.runAsNonRoot=true)"
    bad = _names(pod, lambda each: _context(each).get("runAsUser", whole.get("runAsUser")) == 0)
    if bad:
        yield f"runAsUser=0 ({_which(bad)} must not set runAsUser=0)"
    bad = _names(
        pod,
        lambda each: (
            ((_context(each).get("seccompProfile") or whole.get("seccompProfile")) or {}).get("type") not in ("RuntimeDefault", "Localhost")
        ),
    )
    if bad:
        yield f'seccompProfile (pod or {_which(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
