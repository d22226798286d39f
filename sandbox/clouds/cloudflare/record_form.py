# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one DNS record must look like, and what Cloudflare makes of it.

Sources: the SDK's models (cloudflare/types/dns); error codes and messages as users report them: 9000, 9015, 83011
(cisagov/manage.get.gov issue 5244), 9005, 9006, 9007, 9021, 9022, 9039, 9100 with 9009 (pulumi-cloudflare issue 1107), 9003, 9004, 9300,
9313. Codes without a witness are marked.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import typing as t

from sandbox.clouds.cloudflare import names, record_data, text
from sandbox.clouds.cloudflare.wire import Json, error, failure
from sandbox.http import Refusal

PROXIABLE = frozenset({"A", "AAAA", "CNAME"})
PLAIN = ("A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT")
TYPES = frozenset({*PLAIN, *record_data.PARTS, "LOC"})
WITH_PRIORITY = frozenset({"MX", "URI"})
EDITABLE = ("type", "name", "content", "data", "priority", "ttl", "proxied", "comment", "tags", "settings")
COMMENT, TAGS = {"free": 100}, {"free": 0}  # characters, and how many; paid plans: 500 and 20
WIRE = 4096  # bytes of one record
_MX_HELP = (
    "Change the content of your MX record to be a hostname (and not an IP address). For more details, refer to "
    "<https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/#add-mx-records>."
)
_PRIVATE = [ipaddress.ip_network(each) for each in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")]
_RESOLVERS = {"1.0.0.1", "1.1.1.1"}


def normal_record(sent: Json, zone: Json) -> Json:
    """The editable fields of a record, complete and in normal form. Raises a refusal with every error that was found."""
    form = _Form(sent, zone)
    if form.errors:
        raise Refusal(failure(400, form.errors))
    return form.fields


class _Form:
    """Works through the fields one by one and collects errors, because the API reports them together."""

    def __init__(self, sent: Json, zone: Json) -> None:
        self.sent, self.zone = sent, zone
        self.errors: list[Json] = []
        self.fields: Json = {"type": sent.get("type")}
        if not self.kind:
            self._wrong(9100, "type is a required field.")
            return
        if not isinstance(self.kind, str) or self.kind not in TYPES:
            self._wrong(9020, "Invalid DNS record type.")
            return
        self._name()
        self._value()
        self._proxied()
        self._ttl()
        self._comment()
        self._tags()
        self._settings()

    @property
    def kind(self) -> str:
        return t.cast(str, self.fields["type"])

    def _wrong(self, code: int, message: str) -> None:
        self.errors.append(error(code, message))

    def _name(self) -> None:
        sent = self.sent.get("name")
        try:
            self.fields["name"] = names.in_zone(sent, self.zone["name"]) if isinstance(sent, str) else None
        except (ValueError, UnicodeError):
            self._wrong(9000, "DNS name is invalid.")
        else:
            if self.fields["name"] is None:
                self._wrong(9100, "name is a required field.")

    def _value(self) -> None:
        if self.kind in WITH_PRIORITY:
            self._priority()
        if self.kind in PLAIN:
            self._content()
            return
        data, errors = record_data.normal_data(self.kind, self.sent.get("data"))
        self.errors += errors
        if not errors:
            self.fields["data"] = data
            self.fields["content"] = record_data.content_of(self.kind, data)
            if "priority" in data:
                self.fields["priority"] = data["priority"]  # returned in both places
            if self.kind == "URI" and "priority" in self.fields:
                self.fields["content"] = f"{self.fields['priority']} {self.fields['content']}"

    def _priority(self) -> None:
        if self.sent.get("priority") is None:
            self._wrong(9100, "priority is a required field.")
            return
        try:
            self.fields["priority"] = record_data.whole(self.sent["priority"])
        except ValueError:
            self._wrong(9008, "Invalid priority, priority must be set and be between 0 and 65535")

    def _content(self) -> None:
        sent = self.sent.get("content")
        if sent is None or sent == "":
            self._wrong(9100, "content is a required field.")
            return
        try:
            if not isinstance(sent, str):
                raise ValueError("no text")
            self.fields["content"] = self._normal_content(sent)
        except (ValueError, UnicodeError):
            self._wrong(*_BAD_CONTENT[self.kind])
            return
        if self.kind == "TXT" and text.wire_size(self.fields["content"]) > WIRE:
            self._wrong(9015, f"Record content exceeds the allowed length of {WIRE} wire format bytes.")
        if self.kind == "CNAME" and self.fields["content"] == self.fields.get("name"):
            self._wrong(9039, "CNAME content cannot reference itself.")

    def _normal_content(self, sent: str) -> str:
        if self.kind == "A":
            return str(ipaddress.IPv4Address(sent))
        if self.kind == "AAAA":
            return str(ipaddress.IPv6Address(sent))  # the canonical form of RFC 5952
        if self.kind == "TXT":
            return text.normal(sent)
        if self.kind == "OPENPGPKEY":
            try:
                base64.b64decode(sent, validate=True)
            except binascii.Error as broken:
                raise ValueError("no base64") from broken
            return sent
        if self.kind == "MX" and sent == ".":
            return sent
        if self.kind == "NS" and self.fields.get("name") == self.zone["name"] and names.host(sent) in self.zone["name_servers"]:
            raise ValueError("these are there without a record")  # octodns-cloudflare pull request 12: refused, words unknown
        return names.host(sent)

    def _proxied(self) -> None:
        proxied = self.sent.get("proxied")
        self.fields["proxied"] = bool(proxied)
        if not isinstance(proxied, bool | None):
            self._wrong(9041, "Invalid proxied mode. Must be true or false.")  # code of the former list, words assumed
        elif proxied and self.kind not in PROXIABLE:
            self._wrong(9004, "This record type cannot be proxied.")
        elif proxied and self.kind == "A" and _unreachable(self.fields.get("content")):
            self._wrong(9003, f"Target {self.fields['content']} is not allowed for a proxied record.")

    def _ttl(self) -> None:
        ttl = self.sent.get("ttl", 1)
        if isinstance(ttl, bool) or not isinstance(ttl, int | float):
            self._wrong(9022, "TTL must be a number, not a string.")
        elif ttl != 1 and not 60 <= ttl <= 86400:
            self._wrong(9021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic.")
        else:
            self.fields["ttl"] = 1 if self.fields["proxied"] else int(ttl)

    def _comment(self) -> None:
        comment = self.sent.get("comment")
        most = COMMENT.get(self.zone["plan"], 500)
        if not isinstance(comment, str | None):
            self._wrong(9207, "Request body is invalid.")
        elif comment and len(comment) > most:
            self._wrong(9313, f"DNS record comment exceeds the maximum length of {most} characters.")
        elif comment and ("\n" in comment or "\r" in comment):
            self._wrong(9314, "DNS record comment contains invalid characters.")  # forbidden by the documentation, code assumed
        self.fields["comment"] = comment or None

    def _tags(self) -> None:
        tags = self.sent.get("tags") or []
        most = TAGS.get(self.zone["plan"], 20)
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            self._wrong(9207, "Request body is invalid.")
        elif len(tags) > most:
            self._wrong(9300, f"DNS record has {len(tags)} tags, exceeding the quota of {most}.")
        self.fields["tags"] = tags

    def _settings(self) -> None:
        known = settings_of(self.kind)
        sent = self.sent.get("settings") or {}
        if not isinstance(sent, dict) or not all(isinstance(value, bool) for name, value in sent.items() if name in known):
            self._wrong(9207, "Request body is invalid.")
            return
        if sent.get("flatten_cname") and self.kind == "CNAME" and self.zone["plan"] == "free":
            self._wrong(9401, "CNAME flattening per record is not available on this plan.")  # paid only by the docs, code assumed
        self.fields["settings"] = {name: sent.get(name, default) for name, default in known.items()}


def settings_of(kind: str) -> dict[str, bool]:
    """The settings that a type has, all off: they are returned also when nobody set them."""
    addresses = {"ipv4_only": False, "ipv6_only": False}
    return ({"flatten_cname": False} | addresses) if kind == "CNAME" else addresses if kind in PROXIABLE else {}


def _unreachable(content: str | None) -> bool:
    """Cloudflare cannot proxy to its own resolvers and to private addresses."""
    return content is not None and (content in _RESOLVERS or any(ipaddress.ip_address(content) in network for network in _PRIVATE))


_BAD_CONTENT = {
    "A": (9005, "Content for A record must be a valid IPv4 address."),
    "AAAA": (9006, "Content for AAAA record must be a valid IPv6 address."),
    "CNAME": (9007, "Content for CNAME record is invalid."),
    "MX": (9009, _MX_HELP),
    "NS": (9037, "Invalid content for a NS record."),  # code counted from the former list
    "OPENPGPKEY": (9043, "Content for OPENPGPKEY record is invalid."),  # code assumed
    "PTR": (9044, "Content for PTR record is invalid."),  # code assumed
    "TXT": (9051, "Invalid TXT record: quotation marks must be used in pairs, and line breaks are not allowed."),  # words assumed
}
