"""Evidence of a dispute: which files it may be, and how each of them begins.

A file is held to its type by its first bytes and to its size, and no further: it is not looked through for malicious
content here. Whoever opens it does so on a desk that has its own protection.
"""

from collections.abc import AsyncIterable, AsyncIterator, Mapping

PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"
TYPES = (PDF, JPEG, PNG, HEIC)
LARGEST = 10 * 2**20
MOST = 10
"""How many files one dispute may have."""
BEGINS: Mapping[str, bytes] = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}
HEIC_HEAD = 12
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
"""The brands of ISO/IEC 23008-12 that a photo of a telephone names first."""


class NotOfItsType(Exception):  # noqa: N818  named after the fact
    """A file does not begin as its type does."""


async def sniffed(media_type: str, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield a file's chunks; of a HEIC, whose length comes before its mark, none before it was found to be one.

    Raises NotOfItsType.
    """
    head = b""
    async for chunk in chunks:
        if media_type != HEIC or len(head) >= HEIC_HEAD:
            yield chunk
            continue
        head += chunk
        if len(head) >= HEIC_HEAD:
            if not _is_heic(head):
                raise NotOfItsType
            yield head
    if media_type == HEIC and len(head) < HEIC_HEAD:
        raise NotOfItsType


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS
