# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate of an accelerated domain."""

from __future__ import annotations

import typing as t

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from sandbox.clouds.alibaba.cdn.service import SDK, Cdn, timestamp
from sandbox.clouds.alibaba.gateway import Call
from sandbox.http import Reply

# What a read gives of a certificate, empty when there is none.
CERTIFICATE_FIELDS: tuple[str, ...] = ("CertDomainName", "CertExpireTime", "CertId", "CertLife", "CertName", "CertOrg", "CertRegion")
CERTIFICATE_FIELDS += ("CertStartTime", "CertType", "CertUpdateTime", "ServerCertificate")


@Cdn.actions.add("SetCdnDomainSSLCertificate", write=True, verified="sdk", source=SDK)
def set_certificate(cdn: Cdn, call: Call) -> Reply:
    _, protocol = call.need("DomainName", "SSLProtocol")
    domain = cdn.idle(call)
    if protocol not in ("on", "off"):
        raise call.refuse(400, "InvalidSSLProtocol.ValueNotSupported", "The specified value of parameter SSLProtocol is not supported.")
    domain["certificate"] = _certificate(cdn, call) if protocol == "on" else None
    cdn.configure(domain)
    return call.reply()


@Cdn.actions.add("DescribeDomainCertificateInfo", write=False, verified="sdk", source=SDK)
def describe_certificate(cdn: Cdn, call: Call) -> Reply:
    domain = cdn.domain(call)
    certificate: dict[str, str] = domain["certificate"] or {}
    info = {
        **dict.fromkeys(CERTIFICATE_FIELDS, ""),
        **certificate,
        "DomainName": domain["DomainName"],
        "DomainCnameStatus": "ok",
        "ServerCertificateStatus": "on" if certificate else "off",
        "Status": "success" if certificate else "",
    }
    return call.reply({"CertInfos": {"CertInfo": [info]}})


def _certificate(cdn: Cdn, call: Call) -> dict[str, str]:
    """What the service keeps of a certificate; the private key is checked, and kept nowhere."""
    kind = call.args.get("CertType") or "upload"
    common = {"CertType": kind, "CertUpdateTime": timestamp(), "CertRegion": call.args.get("CertRegion") or "cn-hangzhou"}
    if kind == "cas":
        (name,) = call.need("CertName")
        # The store of Certificate Management Service is not emulated: a name is taken as it is.
        return {**common, "CertName": name, "CertId": call.args.get("CertId", str(cdn.new_id()))}
    if kind != "upload":
        raise call.refuse(400, "InvalidCertType.ValueNotSupported", "The specified value of parameter CertType is not supported.")
    public, private = call.need("SSLPub", "SSLPri")
    try:
        certificate = x509.load_pem_x509_certificate(public.encode())
    except ValueError:
        raise call.refuse(400, "InvalidSSLPub", "The specified SSLPub is invalid.") from None
    try:
        key = load_pem_private_key(private.encode(), None)
    except (ValueError, TypeError):
        raise call.refuse(400, "InvalidSSLPri", "The specified SSLPri is invalid.") from None
    if _public(certificate.public_key()) != _public(key.public_key()):
        raise call.refuse(400, "Certificate.MissMatch", "The certificate and the private key do not match.")
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    organization = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return {
        **common,
        "CertName": call.args.get("CertName") or f"cert-{cdn.new_id()}",
        "CertId": str(cdn.new_id()),
        "CertDomainName": str(names[0].value) if names else call.args["DomainName"],
        "CertOrg": str(organization[0].value) if organization else "",
        "CertStartTime": timestamp(certificate.not_valid_before_utc.timestamp()),
        "CertExpireTime": timestamp(certificate.not_valid_after_utc.timestamp()),
        "ServerCertificate": public,
    }


def _public(key: t.Any) -> bytes:
    return t.cast(bytes, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
