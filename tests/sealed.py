"""Brings the seals of a matter's units into use where no authority is in the process: by people, and by an authority.

As in a city: a maker has the key made and asks for its certificate, the authority certifies it, an auditor files the
seal and lets it be used. Here all of it goes through the public API, but for the authority, which is `authority`.
"""

from datetime import datetime
from typing import Any

import authority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from esign_svc.outside.certifier import CertificateRequest
from sealing.signing import Algorithm
from yiwang.journey import Actor


async def bring_into_use(maker: Actor, auditor: Actor, units: list[str]) -> None:
    """Make, file and put in use what the city pack applied for of some units."""
    for unit in units:
        for seal in (await maker.get("/seals", unit=unit, state="applied"))["items"]:
            await _bring(maker, auditor, seal)


async def _bring(maker: Actor, auditor: Actor, seal: dict[str, Any]) -> None:
    path = f"/seals/{seal['seal_id']}"
    await maker.post(f"{path}/key", None)
    asked = x509.load_pem_x509_csr((await maker.get(f"{path}/certificate-request"))["pem"].encode())
    key = asked.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    start, end = (datetime.fromisoformat(seal[name]) for name in ("valid_from", "valid_until"))
    request = CertificateRequest(seal["name"], seal["unit_name"], "", key, start, end, Algorithm.P256)
    made = await authority.authority().certify(request)
    handed = {"certificate": _pem(made.certificate), "chain": "".join(map(_pem, made.chain))}
    await maker.post(f"{path}/steps", {"step": "make", **handed})
    await auditor.post(f"{path}/steps", {"step": "file", "filing_no": f"410100-2026-{seal['seal_code'][6:10]}"})
    await auditor.post(f"{path}/steps", {"step": "put_in_use"})


def _pem(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM).decode()
