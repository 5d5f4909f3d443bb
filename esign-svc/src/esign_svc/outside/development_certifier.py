"""Certificates for seals from the development authority: 开发测试,不具法律效力."""

from sealing.certificates import Holder

from esign_svc.outside.certifier import CertificateMade, CertificateRequest
from esign_svc.outside.development import DevelopmentAuthority


class DevelopmentCertifier:
    """Certifies seals' keys in this process, each under a name that says that it counts for nothing."""

    def __init__(self, authority: DevelopmentAuthority) -> None:
        self._authority = authority

    async def certify(self, request: CertificateRequest) -> CertificateMade:
        """Return a certificate, and the development root above it. Raises ValueError for a key that is not on P-256."""
        holder = Holder(request.name, request.unit, request.uscc)
        made = self._authority.certify(request.public_key, holder, start=request.valid_from, end=request.valid_until)
        return CertificateMade(made, (self._authority.root,))
