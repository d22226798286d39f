# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""TLS to an API server, with certificates that are in memory."""

from __future__ import annotations

import os
import ssl
import tempfile
import typing as t
from contextlib import contextmanager

from .._core.errors import PlanError
from .access import ServerAccess
from .errors import CLOUD


def context_for(access: ServerAccess) -> ssl.SSLContext:
    """Whom we trust, and how we show who we are. Raises PlanError for certificates that are none."""
    try:
        # Without an authority of its own: what the machine trusts, or SSL_CERT_FILE.
        context = ssl.create_default_context(cadata=access.authority) if access.authority else ssl.create_default_context()
        # Clusters sign for themselves, and often without the extensions that Python 3.13 asks for; other clients do not ask for them.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not access.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if access.certificate and access.key:
            with in_memory((access.certificate + "\n" + access.key).encode()) as path:
                context.load_cert_chain(path, password="")  # an encrypted key is an error; without this OpenSSL asks at the terminal
    except (ssl.SSLError, ValueError) as error:
        raise PlanError(
            f"the certificates for {access.name} cannot be used: {error}",
            code="no_credentials",
            cloud=CLOUD,
            hint="Fetch the credentials anew: the kubeconfig, or what AKS gives out, is damaged",
        ) from None
    return context


@contextmanager
def in_memory(data: bytes) -> t.Iterator[str]:
    """The path of a file that is in memory only, for what takes nothing but a path. Children can read it when its number is passed on.

    Where the system has no such files (it is not Linux), a private file that is gone when this ends.
    """
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("credentials", os.MFD_CLOEXEC)
        try:
            os.write(number, data)
            os.lseek(number, 0, os.SEEK_SET)
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file.name
