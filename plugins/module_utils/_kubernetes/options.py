# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options that every module of this cloud has: which cluster, and how to log in there."""

from __future__ import annotations

from .._azure.credentials import AUTH
from .._core.spec import ArgumentSpec

# One of them says which cluster it is. Nothing is guessed: the current context of whoever runs this is no declaration.
CLUSTERS = ("aks_cluster_id", "kubeconfig", "in_cluster")
KUBERNETES = AUTH | ArgumentSpec(
    {
        "aks_cluster_id": {"type": "str"},
        "aks_admin": {"type": "bool", "default": False},
        "kubeconfig": {"type": "path"},
        "context": {"type": "str"},
        "in_cluster": {"type": "bool"},
    },
    mutually_exclusive=(CLUSTERS,),
    required_one_of=(CLUSTERS,),
    required_if=(("aks_admin", True, ("aks_cluster_id",)),),
    required_by=(("context", ("kubeconfig",)),),
)

# What is declared, and what belongs together.
OBJECTS = ArgumentSpec(
    {
        "objects": {"type": "list", "elements": "dict"},
        "files": {"type": "list", "elements": "path"},
        "kustomize": {"type": "path"},
        "namespace": {"type": "str"},
        "field_manager": {"type": "str", "default": "hybrid-cloud"},
        "set": {"type": "str"},
        "prune": {"type": "bool", "default": False},
        "prune_everywhere": {"type": "bool", "default": False},
        "prune_kinds": {"type": "list", "elements": "str"},
        "allow_mass_delete": {"type": "bool", "default": False},
    },
    required_one_of=(("objects", "files", "kustomize"),),
)

IGNORE = ArgumentSpec(
    {
        "ignore": {
            "type": "list",
            "elements": "dict",
            "options": {
                "kind": {"type": "str", "required": True},
                "name": {"type": "str"},
                "namespace": {"type": "str"},
                "paths": {"type": "list", "elements": "str", "required": True},
            },
        }
    }
)

WAITING = ArgumentSpec(
    {
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 300},
        "wait_for": {
            "type": "list",
            "elements": "dict",
            "options": {
                "kind": {"type": "str", "required": True},
                "name": {"type": "str"},
                "namespace": {"type": "str"},
                "condition": {"type": "str", "required": True},
                "status": {"type": "str", "default": "True"},
                "reason": {"type": "str"},
            },
        },
    }
)
