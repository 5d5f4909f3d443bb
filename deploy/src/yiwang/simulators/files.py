"""A network that is spoken with by files: what it drops in a folder, each with its digest beside it, or wrongly."""

import hashlib
import json
import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from yiwang.simulators.records import Row, Service
from yiwang.simulators.register import Register

STALE = timedelta(days=400)


class FileFault(StrEnum):
    """What is wrong with what was dropped."""

    MISSING = "missing_file"
    WRONG_DIGEST = "wrong_digest"
    STALE = "stale"


NAMES = {FileFault.MISSING: "没有文件", FileFault.WRONG_DIGEST: "摘要不符", FileFault.STALE: "文件是旧的(400 天前)"}


def write(folder: Path, service: Service, register: Register, fault: FileFault | None = None) -> None:
    """Drop the file of a service and its digest; with a fault, wrongly."""
    data, digest = folder / f"{service.service}.jsonl", folder / f"{service.service}.jsonl.sha256"
    if fault is FileFault.MISSING:
        for one in (data, digest):
            one.unlink(missing_ok=True)
        return
    body = b"".join(_line(row) for row in register.rows(service))
    told = hashlib.sha256(body if fault is not FileFault.WRONG_DIGEST else b"").hexdigest()
    _put(data, body)
    _put(digest, f"{told}\n".encode())
    if fault is FileFault.STALE:
        then = (register.clock.now() - STALE).timestamp()
        for one in (data, digest):
            os.utime(one, (then, then))


def _line(row: Row) -> bytes:
    return json.dumps(dict(row), ensure_ascii=False).encode() + b"\n"


def _put(file: Path, body: bytes) -> None:
    half = file.with_name(f"{file.name}.new")
    half.write_bytes(body)
    half.replace(file)
