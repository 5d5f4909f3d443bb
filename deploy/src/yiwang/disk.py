"""What a disk says when it refuses, in words that say what to do; and whether a data folder is of use at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.base.problems import StartRefused

SAID = {
    errno.EROFS: "只读,不能写入",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOSPC: "磁盘已满,请腾出空间",
    errno.EDQUOT: "磁盘配额已满,请腾出空间",
    errno.EFBIG: "文件大小超过了允许的上限",
    errno.EEXIST: "已存在,且不是目录",
    errno.ENOENT: "不存在",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EISDIR: "是目录,不是文件",
    errno.EMFILE: "打开的文件太多,请提高上限(ulimit -n)",
    errno.EIO: "磁盘读写出错",
}
ROOM = 8 << 20
"""Bytes; the first start takes some two million."""


class FolderRefused(StartRefused):
    """A data folder cannot be made, read or written."""


def refusal(error: OSError) -> str:
    """Return a sentence about a file or folder that could not be used; what is not known keeps the system's words."""
    return f"{error.filename} {_why(error)}" if error.filename else _why(error)


def _why(error: OSError) -> str:
    return SAID.get(error.errno or 0, error.strerror or type(error).__name__)


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Tell of a data folder that the system does not let be used. Raises FolderRefused."""
    try:
        yield
    except OSError as error:
        raise FolderRefused(f"数据目录 {folder} 不能使用:{_why(error)}。可用 --data-dir 另指一个目录") from error


def require_room(folder: Path) -> None:
    """Raise FolderRefused unless the first databases could be written now; nothing is kept."""
    with usable(folder), tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(ROOM))
        probe.flush()
        os.fsync(probe.fileno())
