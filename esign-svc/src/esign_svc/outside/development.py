"""A certification and time-stamp authority for development: 开发测试,不具法律效力.

It stands in for the city's where all is embedded, is impossible beside PostgreSQL or Kafka, and says what it is in
every name it certifies. It keeps nothing: its keys and its own certificates follow from one secret, so that they are
the same after a restart, and what is revoked is told to it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from chassis.base.clock import Clock
from chassis.base.problems import StartRefused
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from sealing.certificates import Holder, Issuer, Term
from sealing.der import oid
from sealing.signing import Algorithm, Sign, Signatory, StampRefused

from esign_svc.errors import CertificateUnfit
from esign_svc.outside.certifier import CertificateMade, CertificateRequest
from esign_svc.outside.development_national import DevelopmentSealMaker
from sealing import certificates, stamps

LOUD = "开发测试·不具法律效力"
CRL_URL = "http://development.invalid/yiwang.crl"
"""Where the list of revoked certificates would be; nothing is there, and the name says so (RFC 6761, 6.4)."""
POLICY = oid("2.25.146893402719250634581067742365990217344")
"""A number of this authority's own (ITU-T X.667): its time stamps are for development."""
CRL_DAYS = 7
_BORN = datetime(2026, 1, 1, tzinfo=UTC)
_DIES = datetime(2056, 1, 1, tzinfo=UTC)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256's group (FIPS 186-5)."""


class DevelopmentAuthorityOutside(StartRefused):
    """The development authority was asked for beside a PostgreSQL database or a Kafka bus."""


def require_embedded(*urls: str) -> None:
    """Raise DevelopmentAuthorityOutside unless every database is SQLite and the bus is the embedded log."""
    if found := [url.partition(":")[0] for url in urls if not url.startswith(("sqlite", "embedded"))]:
        raise DevelopmentAuthorityOutside(f"开发用证书与时间戳机构({LOUD})不得与 {'、'.join(found)} 一起使用")


class DevelopmentAuthority:
    """Certifies seals' keys, lists revoked certificates, and stamps the time. 开发测试,不具法律效力."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._clock = clock
        root_key, stamp_key = _key(secret, b"root"), _key(secret, b"stamp")
        serial = int.from_bytes(_derived(secret, b"serial", 15), "big") + 1
        root = certificates.new_root(
            root_key, f"一网根证书({LOUD})", f"一网开发用机构({LOUD})", Term(serial, _BORN, _DIES)
        )
        self._issuer = Issuer(root, root_key)
        stamper = certificates.certify_stamper(
            self._issuer,
            stamp_key.public_key(),
            f"一网时间戳({LOUD})",
            Term(serial + 1, _BORN, _DIES),
            crl_url=CRL_URL,
        )
        self.root = root.public_bytes(Encoding.DER)
        """The root's certificate, DER: who trusts it trusts this installation's development seals."""
        self.national = DevelopmentSealMaker(partial(_derived, secret), clock, loud=LOUD, term=(_BORN, _DIES))
        """Who makes the seals of GB/T 38540, under an SM2 root of its own."""
        self.roots = (self.root, self.national.root)
        """Both roots, DER."""
        self._roots = [root]
        self._stamper = Signatory(stamper.public_bytes(Encoding.DER), (self.root,), Algorithm.P256, _signing(stamp_key))

    async def certify(self, request: CertificateRequest) -> CertificateMade:
        """Certify a seal's key, as `Certifier` says. Raises CertificateUnfit for a key that is not on P-256."""
        key = load_der_public_key(request.public_key) if request.algorithm is Algorithm.P256 else None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise CertificateUnfit("开发用机构只为 P-256 密钥签发证书")
        room = certificates.LONGEST_NAME - len(f"({LOUD})")
        holder = Holder(f"{request.name[:room]}({LOUD})", request.unit, request.uscc)
        term = Term(x509.random_serial_number(), request.valid_from, request.valid_until)
        made = certificates.certify_seal(self._issuer, key, holder, term, crl_url=CRL_URL)
        return CertificateMade(made.public_bytes(Encoding.DER), (self.root,))

    def crl(self, revoked: Mapping[int, datetime]) -> bytes:
        """Return the list of revoked certificates (DER) as of now: by serial number since when."""
        now = self._clock.now()
        return certificates.revocations(self._issuer, revoked, start=now, end=now + timedelta(days=CRL_DAYS))

    async def lists(self) -> tuple[bytes, ...]:
        """Return the one list of this authority, as of now."""
        return (self.crl({}),)

    async def answer(self, encoded: bytes) -> bytes:
        """Return the answer to an encoded question: a time stamp of now, or a refusal."""
        try:
            question = stamps.read_question(encoded)
        except StampRefused:
            return stamps.REFUSED
        serial = x509.random_serial_number()
        return await stamps.answer(question, self._stamper, serial=serial, at=self._clock.now(), policy=POLICY)

    async def stamp(self, digest: bytes) -> bytes:
        """Return a time stamp token for a SHA-256 digest, asked for and read like any other authority's."""
        question = stamps.ask(digest)
        answer = await self.answer(question.encoded())
        return stamps.read_answer(answer, question, roots=self._roots, at=self._clock.now())


def _derived(secret: bytes, label: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, b"yiwang development authority: " + label).derive(secret)


def _key(secret: bytes, label: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key that follows from the secret and a label (FIPS 186-5, A.2.1: 64 bits more than the order)."""
    return ec.derive_private_key(int.from_bytes(_derived(secret, label, 40), "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _signing(key: ec.EllipticCurvePrivateKey) -> Sign:
    async def sign(digest: bytes) -> bytes:
        return key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))

    return sign
