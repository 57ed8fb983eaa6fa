"""Whose certificate it is that a proxy passes on: the subject names an identity of the Handle System, and its key has
to be the one that this identity's HS_PUBKEY value holds. Who signed the certificate does not matter."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.domain.handles import Identity, Value, identity_of
from app.domain.handles.keys import same_key

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MOST_TEXT = 16_384


def certificate_of(text: str) -> "Certificate | None":
    """PEM with or without URL escapes (nginx), or base64 of DER (Caddy, Traefik); None for anything else."""
    from cryptography import x509

    plain = unquote(text[:MOST_TEXT])
    try:
        if "BEGIN CERTIFICATE" in plain:
            return x509.load_pem_x509_certificate(_with_lines(plain).encode())
        return x509.load_der_x509_certificate(base64.b64decode(plain.strip(":"), validate=True))
    except ValueError:
        return None


def identity_in(certificate: "Certificate") -> Identity | None:
    """`300:88.118.8/ADMIN` out of the subject's UID or CN."""
    from cryptography.x509 import NameOID

    for kind in (NameOID.USER_ID, NameOID.COMMON_NAME):
        for found in certificate.subject.get_attributes_for_oid(kind):
            text = found.value if isinstance(found.value, str) else ""
            if "/" in text:
                return identity_of(text)
    return None


def key_index(certificate: "Certificate", keys: Sequence[Value], index: int, now: datetime) -> int:
    """The index of the HS_PUBKEY value among `keys` that is the certificate's key; 0 for none, or out of its time."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return 0
    for value in keys:
        public = value.type.startswith("HS_PUBKEY") and value.data["format"] == "key"
        if public and index in (0, value.index) and same_key(value.data["value"], certificate.public_key()):
            return value.index
    return 0


def _with_lines(pem: str) -> str:
    """Headers hold no line ends; some proxies put spaces or tabs in their place."""
    head, middle, tail = "-----BEGIN CERTIFICATE-----", "", "-----END CERTIFICATE-----"
    middle = pem.partition(head)[2].partition(tail)[0]
    return "\n".join((head, *middle.split(), tail, ""))
