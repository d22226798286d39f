# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service itself: its hosts and regions, its state, and what several groups of actions share.

What is kept where is not documented; a user who switched regions found (public report, 2026-10): sender domains belong to the
account and count together, sender addresses and templates belong to a region.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.tencent.api import Api, Call, Table
from sandbox.clouds.tencent.parameters import array, text, thing

MAINLAND = frozenset({"ap-guangzhou", "ap-hongkong"})
INTERNATIONAL = frozenset({"ap-singapore"})
INTERNATIONAL_HOST = "ses.intl.tencentcloudapi.com"

actions = Table("SES API 2020-10-02, document and SDK")
TAGS = array(thing({"TagKey": text(required=True), "TagValue": text(required=True)}))

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,})")


class Ses(Api):
    name = "ses"
    version = "2020-10-02"
    hosts = ("ses.tencentcloudapi.com", INTERNATIONAL_HOST, *(f"ses.{region}.tencentcloudapi.com" for region in sorted(MAINLAND)))
    table = actions
    not_emulated = frozenset(
        {
            "BatchSendEmail",
            "CreateAddressUnsubscribeConfig",
            "CreateCustomBlacklist",
            "CreateReceiver",
            "CreateReceiverDetail",
            "CreateReceiverDetailWithData",
            "DeleteAddressUnsubscribeConfig",
            "DeleteBlackList",
            "DeleteCustomBlackList",
            "DeleteReceiver",
            "GetAbuseReport",
            "ListAddressUnsubscribeConfig",
            "ListBlackEmailAddress",
            "ListCustomBlacklist",
            "ListReceiverDetails",
            "ListReceivers",
            "ListSendTasks",
            "UpdateAddressUnsubscribeConfig",
            "UpdateCustomBlackList",
        }
    )

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.turns = itertools.count()  # no two answers list things in the same order

    def seed(self) -> dict[str, t.Any]:
        """All limits and switches can be changed in the state.

        enterprise: the account is a company's; only those may delete a sender domain (DeleteEmailIdentity).
        taken_domains: those that other accounts have.
        verification_needs: the records that a domain must show, of SPF, DKIM, MX, DMARC ("Identity Verification and Configuration").
        review_rejects: texts that no template may contain.
        blacklist: addresses that get no mail.
        """
        return {
            "requests_per_second": 100,
            "enterprise": True,
            "limits": {"domains": 10, "senders": 10, "templates": 100, "template_bytes": 1_000_000},
            "taken_domains": ["qq.com", "qcloud.com", "tencent.com"],
            "verification_needs": ["SPF", "DKIM", "MX", "DMARC"],
            "review_rejects": [],
            "blacklist": [],
            "identities": {},
            "regions": {region: {"senders": {}, "templates": {}, "mails": []} for region in sorted(MAINLAND | INTERNATIONAL)},
        }

    def serves(self, host: str, region: str) -> bool:
        return region in (INTERNATIONAL if host == INTERNATIONAL_HOST else MAINLAND)

    def here(self, call: Call) -> dict[str, t.Any]:
        """What the account has in the region of the call."""
        return t.cast("dict[str, t.Any]", self.data["regions"][call.region])


def domain_of(address: str) -> str | None:
    """The domain of an e-mail address, or None when it is no address."""
    found = _ADDRESS.fullmatch(address)
    return found["domain"].lower() if found else None


def window(call: Call, items: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The page that Offset and Limit ask for; everything where they are left out."""
    offset = call.params.get("Offset", 0)
    return items[offset : offset + call.params.get("Limit", len(items))]
