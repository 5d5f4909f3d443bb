"""Compressed content (RFC 9110 §8.4): when it is worth it, how, and the entity tag that it has.

Another coding is another representation, so its tag is another one (§8.8.3.3): that of the content, ending in `-gzip`.
"""

import gzip
import re

LEAST = 1000
"""Bytes: below this the headers weigh as much as what is saved."""
LEVEL = 5
CODED = b'-gzip"'
TAG = re.compile(rb'^"[^"]*"$')


def packed(body: bytes) -> bytes:
    """Return the content, compressed; the same for the same content."""
    return gzip.compress(body, LEVEL, mtime=0)


def coded_tag(etag: bytes) -> bytes:
    """Return the tag of the compressed content; a weak one stays."""
    return etag[:-1] + CODED if TAG.match(etag) else etag
