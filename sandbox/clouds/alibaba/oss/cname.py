# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom domains: a token proves in DNS that the domain is yours, then the domain is bound to a bucket."""

from __future__ import annotations

import re
import secrets
import typing as t

from sandbox.clouds.alibaba.dns import txt_values
from sandbox.clouds.alibaba.oss.call import Call, http_date, iso
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Flag, Node, Text
from sandbox.clouds.alibaba.oss.place import MAINLAND
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

TOKEN_LIVES = 72 * 3600
DOMAIN = re.compile(r"(?=.{1,253}$)(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = Node(
    {
        "CertId": Text(),
        "Certificate": Text(),
        "PrivateKey": Text(),
        "PreviousCertId": Text(),
        "Force": Flag(),
        "DeleteCertificate": Flag(),
    }
)
CNAME = Node({"Domain": Text(), "CertificateConfiguration": CERTIFICATE, "IsWildCard": Flag()}, required=("Domain",))
CONFIGURATION = Node({"Cname": CNAME}, required=("Cname",))


@table.add("POST", "bucket", "CreateCnameToken", "cname&comp=token", verified="sdk")
def create_token(call: Call) -> Reply:
    """While a token lives, asking again gives the same one."""
    domain = _checked(call.document("BucketCnameConfiguration", CONFIGURATION)["Cname"]["Domain"])
    token = call.bucket["cname_tokens"].get(domain)
    if token is None or token["expires"] <= call.now:
        token = call.bucket["cname_tokens"][domain] = {"token": secrets.token_hex(16), "expires": call.now + TOKEN_LIVES}
    return _token(call, domain, token)


@table.add("GET", "bucket", "GetCnameToken", "cname&comp=token", verified="sdk")
def get_token(call: Call) -> Reply:
    domain = _checked(call.params["cname"])
    token = call.bucket["cname_tokens"].get(domain)
    if token is None or token["expires"] <= call.now:
        raise Refused(404, "CnameTokenNotFound", "Cname token not found.", "0018-00000301", Bucket=call.name, Cname=domain)
    return _token(call, domain, token)


def _token(call: Call, domain: str, token: dict[str, t.Any]) -> Reply:
    value = {"Bucket": call.name, "Cname": domain, "Token": token["token"], "ExpireTime": http_date(token["expires"])}
    return call.answer("CnameToken", value)


@table.add("POST", "bucket", "PutCname", "cname&comp=add", verified="sdk")
def put_cname(call: Call) -> Reply:
    """Binds a domain, or changes the certificate of one that is bound."""
    wanted = call.document("BucketCnameConfiguration", CONFIGURATION)["Cname"]
    domain = _checked(wanted["Domain"])
    if domain.endswith(".aliyuncs.com"):
        raise Refused(403, "CnameIsForbidden", "The cname is forbidden.")
    for name, bucket in call.buckets.items():
        if domain in bucket["cnames"] and name != call.name:
            if bucket["owner"] != call.account:
                raise Refused(403, "CnameDenied", "The cname belongs to another user.")
            raise Refused(409, "CnameAlreadyExists", "The cname is already attached to other bucket.", CnameType="CNAME_OSS", Bucket=name)
    if domain not in call.bucket["cnames"]:
        _check_owner(call, domain)
        call.bucket["cnames"][domain] = {"changed": call.now, "certificate": None}
    if "CertificateConfiguration" in wanted:
        _certify(call, call.bucket["cnames"][domain], wanted["CertificateConfiguration"])
    return Reply(200)


def _check_owner(call: Call, domain: str) -> None:
    unfiled = [each for each in call.service.data["without_icp"] if domain == each or domain.endswith(f".{each}")]
    if unfiled and call.bucket["region"] in MAINLAND:
        raise Refused(404, "NoSuchCnameInRecord", "No such cname be found in record")
    token = call.bucket["cname_tokens"].get(domain, {"token": "", "expires": 0})
    proof = f"_dnsauth.{domain.removeprefix('*.')}"
    if token["expires"] <= call.now or token["token"] not in txt_values(call.service.cloud.world, proof):
        raise Refused(403, "NeedVerifyDomainOwnership", "Need verify domain ownership by dns record.", Cname=domain)


def _certify(call: Call, cname: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    present = cname["certificate"]
    cname["changed"] = call.now
    if wanted.get("DeleteCertificate"):
        cname["certificate"] = None
        return
    if not wanted.get("CertId") and not (wanted.get("Certificate") and wanted.get("PrivateKey")):
        raise invalid_argument("Certificate and PrivateKey are required.", ArgumentName="Certificate")
    if not wanted.get("Force") and wanted.get("PreviousCertId", "") != (present or {}).get("CertId", ""):
        raise invalid_argument("PreviousCertId does not match.", ArgumentName="PreviousCertId")
    cname["certificate"] = {
        "Type": "CAS",
        "CertId": wanted.get("CertId") or f"{secrets.randbelow(10**7)}-cn-hangzhou",
        "Status": "Enabled",
        "CreationDate": http_date(call.now),
        "Fingerprint": ":".join(f"{byte:02X}" for byte in secrets.token_bytes(20)),
        "ValidStartDate": http_date(call.now),
        "ValidEndDate": http_date(call.now + 90 * 86400),
    }


@table.add("GET", "bucket", "ListCname", "cname", verified="sdk")
def list_cname(call: Call) -> Reply:
    bound = [
        {"Domain": domain, "LastModified": iso(each["changed"]), "Status": "Enabled", "Certificate": each["certificate"]}
        for domain, each in sorted(call.bucket["cnames"].items())
    ]
    return call.answer("ListCnameResult", {"Bucket": call.name, "Owner": call.account, "Cname": bound})


@table.add("POST", "bucket", "DeleteCname", "cname&comp=delete", verified="sdk")
def delete_cname(call: Call) -> Reply:
    """A domain that only has a token is answered with 200 too, as the SDK's live tests show; one that is quite unknown is not."""
    domain = _checked(call.document("BucketCnameConfiguration", CONFIGURATION)["Cname"]["Domain"])
    bound = call.bucket["cnames"].pop(domain, None)
    token = call.bucket["cname_tokens"].pop(domain, None)
    if bound is None and token is None:
        raise Refused(404, "NoSuchCname", "The specified cname does not exist.", Cname=domain)
    return Reply(200)


def _checked(domain: str) -> str:
    if not DOMAIN.fullmatch(domain.lower()):
        raise invalid_argument("The Domain in Cname is not valid.", ArgumentName="Domain", ArgumentValue=domain)
    return domain.lower()
