# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What certificates say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._web.certificate import Certificate, read


def der(not_after: datetime, *names: str) -> bytes:
    issuer = trustme.CA(organization_name="Let's Encrypt", organization_unit_name="YE1")
    leaf = issuer.issue_cert(*names, common_name=names[0], not_after=not_after)
    return x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("until", [datetime(2027, 1, 30, 12, 30, 15, tzinfo=UTC), datetime(2061, 2, 3, 4, 5, 6, tzinfo=UTC)])
def test_everything_that_is_read(until: datetime) -> None:
    data = der(until, "example.com", "*.example.com", "203.0.113.7", "2001:db8::7")
    found, known = read(data), x509.load_der_x509_certificate(data)
    assert found.names == ("example.com", "*.example.com", "203.0.113.7", "2001:db8::7")
    assert (found.not_before, found.not_after) == (known.not_valid_before_utc, known.not_valid_after_utc)
    assert found.not_after == until
    assert found.issuer == "O=Let's Encrypt, OU=YE1"
    assert "CN=example.com" in found.subject


def test_without_alternative_names_and_with_letters_of_all_kinds() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "KR"), x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "클라인")])
    now = datetime(2026, 11, 25, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(2**150).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    found = read(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    assert (found.subject, found.names, found.days_left(now), found.days_left(now + timedelta(days=2))) == ("C=KR, O=클라인", (), 1, -1)


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x03\x02\x01", b"\x30\x80", b"no certificate at all", b"\x30\x02\x05\x00"])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="no certificate"):
        read(data)


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (("example.com",), "EXAMPLE.com", True),
        (("*.example.com",), "www.example.com", True),
        (("*.example.com",), "a.www.example.com", False),
        (("*.example.com",), "example.com", False),
        ((), "example.com", False),
    ],
)
def test_for_which_hosts(names: tuple[str, ...], host: str, covered: bool) -> None:
    moment = datetime(2027, 1, 30, tzinfo=UTC)
    assert Certificate("", "", names, moment, moment).covers(host) is covered
