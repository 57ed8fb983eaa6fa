"""The real application over HTTPS on a loopback port, with a certificate made for the test."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.server import Server


def certificate(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for 127.0.0.1 and of its key; whoever trusts the first trusts the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Suyuan test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = (folder / "node.crt", folder / "node.key")
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths


@dataclass
class SecureServer(Server):
    files: tuple[Path, Path] = field(default=(Path(), Path()))

    def __post_init__(self) -> None:
        self.files = certificate(self.folder)

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def arguments(self) -> list[str]:
        return ["--ssl-certificate", str(self.files[0]), "--ssl-keyfile", str(self.files[1])]

    def connection(self) -> HTTPConnection:
        trusted = ssl.create_default_context(cafile=str(self.files[0]))
        return HTTPSConnection("127.0.0.1", self.port, timeout=20, context=trusted)
