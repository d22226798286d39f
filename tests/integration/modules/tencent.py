# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of this cloud share: the sandbox's mail service as it is, and things that were there before."""

from __future__ import annotations

import base64
import typing as t

from tests.cloud import LocalCloud
from tests.steps import Done, direct

DOMAIN = "mail.klinematrix.com"
REGION = "ap-hongkong"


def ses(cloud: LocalCloud) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", cloud.ask("GET", "state")["tencent"]["ses"])


def here(cloud: LocalCloud, region: str = REGION) -> dict[str, t.Any]:
    """Senders, templates and mails of a region."""
    return t.cast("dict[str, t.Any]", ses(cloud)["regions"][region])


def limit(cloud: LocalCloud, **settings: t.Any) -> None:
    """Change what the account may do and what SES asks for."""
    with cloud.state() as state:
        state["tencent"]["ses"].update(settings)


def plant_domain(cloud: LocalCloud, name: str = DOMAIN, *, verified: bool = True) -> None:
    """A domain that somebody else made long ago, with a short key."""
    with cloud.state() as state:
        state["tencent"]["ses"]["identities"][name] = {
            "created": 0,
            "dkim_option": 0,
            "dkim": {"qcloud": "v=DKIM1; k=rsa; p=AAAA"},
            "tags": [{"TagKey": "team", "TagValue": "mail"}],
            "verified": verified,
            "asked": False,
            "check_due": None,
        }


def plant_template(cloud: LocalCloud, number: int, name: str, html: str = "", text: str = "", rejected: str | None = None) -> None:
    with cloud.state() as state:
        state["tencent"]["ses"]["regions"][REGION]["templates"][str(number)] = {
            "created": 0,
            "name": name,
            "html": base64.b64encode(html.encode()).decode(),
            "text": base64.b64encode(text.encode()).decode(),
            "review_due": 0,
            "rejected": rejected,
        }


def plant_sender(cloud: LocalCloud, address: str = f"noreply@{DOMAIN}", name: str = "", region: str = REGION, **more: t.Any) -> None:
    with cloud.state() as state:
        state["tencent"]["ses"]["regions"][region]["senders"][address] = {"name": name, "created": 0, "smtp_password": None, **more}


def write_records(cloud: LocalCloud, records: t.Sequence[t.Mapping[str, t.Any]]) -> Done:
    """Records into the real zone, the way a playbook does it."""
    done = direct(cloud, "cloudflare_records", zone="klinematrix.com", records=list(records))
    assert done.status == "ok", done.result
    return done


def actions(done: Done) -> list[str]:
    """What SES was asked in one task, in order."""
    return [call["action"] for call in done.calls]


def is_quiet(done: Done) -> bool:
    """Whether a task found everything as declared. A failed one is not quiet, though it changed nothing either."""
    return (done.status, done.result["changed"], done.writes) == ("ok", False, [])
