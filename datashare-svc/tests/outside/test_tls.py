"""https: a network's certificate is vouched for by the system's authorities, or by those that operators name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from chassis.testing.builders import ManualClock
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.rest import RestConnector

pytestmark = pytest.mark.enable_socket
WITHIN = 60.0
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{"code": "0"}'


def certificate(folder: Path, name: x509.GeneralName) -> tuple[Path, Path]:
    """Write a certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "network")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "roots.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "roots.pem", folder / "key.pem"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


@pytest.fixture(params=["127.0.0.1", "192.0.2.1"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, bool]]:
    """Give an address that is served, and whether the certificate there is for it."""
    roots, key = certificate(tmp_path, x509.IPAddress(ip_address(request.param)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(roots, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", request.param == "127.0.0.1"
    server.close()


async def test_a_network_is_believed_with_the_authorities_that_operators_name_and_its_own_address(
    url: tuple[str, bool], tmp_path: Path, clock: ManualClock
) -> None:
    address, is_for_it = url
    tls = ssl.create_default_context(cafile=str(tmp_path / "roots.pem"))
    for vouching, believed in ((tls, is_for_it), (None, False)):
        connector = RestConnector.at(
            address, requester_id="yiwang", key=b"k" * 32, clock=clock, at_once=1, tls=vouching
        )
        try:
            await connector.probe(WITHIN)
            found = None
        except NetworkOut as out:
            found = out.why
        await connector.close()
        assert found is (None if believed else Outage.NO_ANSWER)
