# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys, requests and certificates as PEM. Private keys are made as a Certificate's `spec.privateKey` says."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.objects import seconds_of

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
CURVES: dict[int, type[ec.EllipticCurve]] = {256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}
DURATION = 90 * 86400.0


@dataclass(frozen=True)
class Facts:
    """What a certificate says about itself; times in seconds."""

    names: tuple[str, ...]
    starts: float
    ends: float


def new_key(wanted: Json) -> str:
    """A private key as PEM."""
    algorithm, size = wanted.get("algorithm") or "RSA", wanted.get("size")
    key: Key
    if algorithm == "ECDSA":
        if size and size not in CURVES:
            raise ValueError(f"unsupported ecdsa key size specified: {size}")
        key = ec.generate_private_key(CURVES[size or 256]())
    elif algorithm == "Ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, size or 2048)
    old = wanted.get("encoding", "PKCS1") == "PKCS1" and algorithm != "Ed25519"
    form = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def request_for(spec: Json, key: str) -> str:
    """The signing request of a Certificate's spec."""
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, spec["commonName"])] if spec.get("commonName") else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    others = [_other_name(each) for each in names_of(spec)]
    if others:
        builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=not subject)
    if spec.get("isCA"):
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = _loaded(key)
    return builder.sign(private, _digest(private)).public_bytes(serialization.Encoding.PEM).decode()


def names_of(spec: Json) -> list[str]:
    return [*(spec.get("dnsNames") or ()), *(spec.get("ipAddresses") or ())]


def signed(request: str, duration: t.Any, chain: str = "", key: str = "") -> str:
    """A request signed by a CA, or by its own key when no chain is given. Returns the certificate, then the CA's chain without its root."""
    asked = x509.load_pem_x509_csr(request.encode())
    parents = x509.load_pem_x509_certificates(chain.encode()) if chain else []
    now = datetime.now(UTC)
    signer = parents[0].public_key() if parents else asked.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(parents[0].subject if parents else asked.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1 if parents else 0))
        .not_valid_after(now + timedelta(seconds=seconds_of(duration or DURATION)))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(asked.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(t.cast(ec.EllipticCurvePublicKey, signer)), critical=False)
    )
    for extension in asked.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    private = _loaded(key)
    mine = builder.sign(private, _digest(private)).public_bytes(serialization.Encoding.PEM).decode()
    return mine + "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in parents if each.issuer != each.subject)


def fits(certificate: str, key: str) -> bool:
    """Whether a certificate is for this key. Raises ValueError for what is no PEM."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return bool(public == _loaded(key).public_key())


def facts_of(certificate: str) -> Facts:
    """Raises ValueError for what is no certificate."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    return Facts(_names(found.extensions), found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp())


def asked_names(request: str) -> tuple[str, ...]:
    return _names(x509.load_pem_x509_csr(request.encode()).extensions)


def is_ca(certificate: str) -> bool:
    """Raises ValueError for what is no certificate."""
    try:
        return x509.load_pem_x509_certificate(certificate.encode()).extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _names(extensions: x509.Extensions) -> tuple[str, ...]:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(each.value) for each in names)


def _other_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _loaded(key: str) -> Key:
    return t.cast(Key, serialization.load_pem_private_key(key.encode(), None))


def _digest(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
