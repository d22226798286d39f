# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simple Email Service, API version 2020-10-02."""

from __future__ import annotations

from sandbox.clouds.tencent.ses import identities, mails, senders, templates
from sandbox.clouds.tencent.ses.service import Ses

__all__ = ["Ses", "identities", "mails", "senders", "templates"]
