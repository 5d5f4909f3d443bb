"""A time-stamp authority of its own process, standing in for the city's where the suite runs on PostgreSQL and Kafka.

It is the development authority at an address; its root is the same in whichever process it is asked for.
"""

import sys
from pathlib import Path

import uvicorn
from chassis.base.clock import SystemClock
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from esign_svc.outside import development_app
from esign_svc.outside.development import DevelopmentAuthority

SECRET = b"of these tests and nobody else's"


def authority() -> DevelopmentAuthority:
    """Return the authority; whoever asks in another process gets the same."""
    return DevelopmentAuthority(SECRET, SystemClock())


def write_root(file: Path) -> None:
    """Write the authority's root, PEM."""
    root = x509.load_der_x509_certificate(authority().root)
    file.write_bytes(root.public_bytes(Encoding.PEM))


def main(port: int) -> None:
    uvicorn.run(development_app.build(authority()), host="127.0.0.1", port=port, log_config=None, lifespan="off")


if __name__ == "__main__":
    main(int(sys.argv[1]))
