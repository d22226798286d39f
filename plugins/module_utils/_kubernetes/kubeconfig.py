# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Reading a kubeconfig (kubernetes.io/docs/reference/config-api/kubeconfig.v1).

The SDK's own reader writes keys to files that stay while it runs; here they stay in memory.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
import typing as t
from pathlib import Path

from .._core.errors import PlanError
from .._sdk import load
from .errors import CLOUD

PLUGIN_SECONDS = 60.0
FETCH = "Correct kubeconfig, or fetch one (az aks get-credentials --file)"
ANEW = "It is damaged, or another file is meant: fetch it anew"
INSTALL = "Install it where Ansible runs, on the PATH of its user; or take a kubeconfig that logs in by a token or a certificate"
LOGIN = "Log in with it first, as the user that runs Ansible: here it cannot ask for anything"
URL = "A server is a URL, https://HOST:PORT"
_CERTIFICATE, _KEY = "client-certificate", "client-key"


def read_kubeconfig(path: Path, context: str | None) -> dict[str, t.Any]:
    """The fields of ServerAccess for a context (the current one if none is named). Raises PlanError that names what is wrong."""
    config = _loaded(path)
    name = context or config.get("current-context")
    if not name:
        raise _wrong(path, "it has no current context", "Set context to one of them: " + _names(path, config, "contexts"))
    found = _named(path, config, "contexts", str(name), "context")
    cluster = _named(path, config, "clusters", str(found.get("cluster")), "cluster")
    user = _named(path, config, "users", str(found["user"]), "user") if found.get("user") else {}
    if not str(cluster.get("server") or "").startswith(("https://", "http://")):
        there = f", only {cluster['server']!r}" if cluster.get("server") else ""
        raise _wrong(path, f"cluster {found.get('cluster')} has no server{there}", URL)
    return {
        "server": str(cluster["server"]).rstrip("/"),
        "name": f"the cluster of context {name}",
        "authority": _content(path, cluster, "certificate-authority"),
        "verify": not cluster.get("insecure-skip-tls-verify"),
        "server_name": cluster.get("tls-server-name"),
        "proxy": cluster.get("proxy-url"),
        "namespace": found.get("namespace"),
        **_login(path, user, cluster),
    }


def _login(path: Path, user: t.Mapping[str, t.Any], cluster: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    certificate, key = _content(path, user, _CERTIFICATE), _content(path, user, _KEY)
    if user.get("as"):
        raise _wrong(path, f"it acts as {user['as']}, which is not supported", "Name a user that has the rights itself")
    # The file wins, for it is renewed.
    token = _file(path, str(user["tokenFile"])).strip() if user.get("tokenFile") else user.get("token")
    if not token and not certificate and user.get("exec"):
        return _by_plugin(path, user["exec"], cluster)
    if not token and not certificate and user.get("auth-provider"):
        raise _wrong(path, "it logs in by an auth-provider, which Kubernetes has removed", "Convert it: `kubelogin convert-kubeconfig`")
    if user.get("username") and not token:
        raise _wrong(path, "it logs in by user name and password, which Kubernetes has removed")
    return {"token": token, "certificate": certificate, "key": key}


def _by_plugin(path: Path, plugin: t.Mapping[str, t.Any], cluster: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """What a credential plugin prints (kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins)."""
    spec = {"interactive": False, **({"cluster": _for_plugin(cluster)} if plugin.get("provideClusterInfo") else {})}
    asked = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    added = {each["name"]: each["value"] for each in plugin.get("env") or ()}
    command = str(plugin.get("command"))
    if os.sep in command and not os.path.isabs(command):
        command = str(path.parent / command)
    try:
        ran = subprocess.run(  # pylint: disable=ansible-bad-function
            [command, *map(str, plugin.get("args") or ())],
            env={**os.environ, **added, "KUBERNETES_EXEC_INFO": json.dumps(asked)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PLUGIN_SECONDS,
            check=True,
        )
        status = json.loads(ran.stdout)["status"]
    except FileNotFoundError:
        raise _wrong(path, f"its login needs the program {command}, which is not there", plugin.get("installHint") or INSTALL) from None
    except subprocess.TimeoutExpired:
        raise _wrong(path, f"{command} did not end within {PLUGIN_SECONDS:.0f} s", LOGIN) from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode("utf-8", "replace").split())[-300:]
        raise _wrong(path, f"{command} failed ({error.returncode}): {said}", LOGIN) from None
    except (ValueError, KeyError, TypeError):
        raise _wrong(path, f"{command} printed no ExecCredential", LOGIN) from None
    return {"token": status.get("token"), "certificate": status.get("clientCertificateData"), "key": status.get("clientKeyData")}


def _for_plugin(cluster: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: cluster[key] for key in ("server", "certificate-authority-data", "tls-server-name", "proxy-url") if key in cluster}


def _loaded(path: Path) -> dict[str, t.Any]:
    yaml = load("yaml", CLOUD)
    try:
        config = yaml.safe_load(path.read_text())
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}", FETCH) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _wrong(path, "is no YAML", ANEW) from None
    if not isinstance(config, dict):
        raise _wrong(path, "is no kubeconfig", ANEW)
    return config


def _named(path: Path, config: t.Mapping[str, t.Any], kind: str, name: str, inside: str) -> dict[str, t.Any]:
    for each in _entries(path, config, kind):
        if each.get("name") == name:
            return t.cast("dict[str, t.Any]", each.get(inside) or {})
    raise _wrong(path, f"there is no {inside} {name}", f"It has {_names(path, config, kind)}")


def _names(path: Path, config: t.Mapping[str, t.Any], kind: str) -> str:
    return ", ".join(str(each.get("name")) for each in _entries(path, config, kind)) or "none"


def _entries(path: Path, config: t.Mapping[str, t.Any], kind: str) -> list[dict[str, t.Any]]:
    found = config.get(kind) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _wrong(path, f"its {kind} are no list of named entries", ANEW)
    return found


def _content(path: Path, holder: t.Mapping[str, t.Any], key: str) -> str | None:
    """PEM that stands in the kubeconfig itself, or in a file beside it."""
    if holder.get(f"{key}-data"):
        try:
            return base64.b64decode(holder[f"{key}-data"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _wrong(path, f"{key}-data is no base64") from None
    return _file(path, str(holder[key])) if holder.get(key) else None


def _file(path: Path, name: str) -> str:
    try:
        return (path.parent / name).read_text()
    except OSError as error:
        raise _wrong(path, f"{name} cannot be read: {error.strerror}") from None


def _wrong(path: Path, what: str, hint: str | None = None) -> PlanError:
    return PlanError(f"kubeconfig {path}: {what}", code="no_credentials", cloud=CLOUD, hint=hint)
