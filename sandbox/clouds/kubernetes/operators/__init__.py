# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What add-ons do inside a cluster once their charts are installed: External Secrets, cert-manager, and the webhooks of all of them.

Importing this package makes them known to every cluster. From outside they work like the real ones: field managers, reasons, messages and
events are
those of the versions that the charts install. Where the real thing takes seconds or minutes, they take tenths of a second.
"""

from __future__ import annotations

from sandbox.clouds.kubernetes import registry
from sandbox.clouds.kubernetes.controllers import programs
from sandbox.clouds.kubernetes.operators.admission import checking, review
from sandbox.clouds.kubernetes.operators.cert_manager import CertManager
from sandbox.clouds.kubernetes.operators.external_secrets import ExternalSecrets
from sandbox.clouds.kubernetes.operators.injection import Cainjector, CertController, Certgen

registry.CONTROLLERS += [CertController, Cainjector, Certgen, ExternalSecrets, CertManager]
registry.ADMISSION.append(review)
programs.BUSY.append(checking)
