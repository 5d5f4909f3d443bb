"""The installation's own keys in embedded mode, and the folder they lie in: both for their owner's eyes only."""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.base.problems import StartRefused
from chassis.http.identity import new_key
from chassis.settings import new_secret
from gateway.development.provider import new_provider_key

from yiwang import disk

FILE = "keys.json"
MAKERS: dict[str, Callable[[], str]] = {
    "data_key": lambda: f"k1.{new_secret()}",
    "lookup_key": new_secret,
    "gateway": lambda: json.dumps(new_key().as_dict(private=True)),
    "development": lambda: json.dumps(new_provider_key().as_dict(private=True)),
    "intake_service_key": lambda: json.dumps(new_key().as_dict(private=True)),
    "esign_service_key": lambda: json.dumps(new_key().as_dict(private=True)),
    "evaluation_service_key": lambda: json.dumps(new_key().as_dict(private=True)),
    "esign_seal_key": lambda: f"s1.{new_secret()}",
    "datashare_head_key": lambda: json.dumps(new_key().as_dict(private=True)),
    "authority": new_secret,
}
"""How each key is made. One of a service's own is called as its setting is: `esign_service_key`, ESIGN_SERVICE_KEY."""
NEEDED_BY: dict[str, Collection[str]] = {
    "development": (),
    "intake_service_key": (),
    "esign_service_key": (),
    "evaluation_service_key": (),
    "datashare_head_key": (),
    "esign_seal_key": ("esign",),
    "authority": ("esign",),
}
"""The services whose databases are lost without a key; for one that is not named here, every service's.

A key that no database needs is made anew beside those there are, so that an older installation gets what it lacks.
"""


class KeysRefused(StartRefused):
    """Keys are missing beside databases that need them, or lie where others can read or change them."""


def keys(folder: Path) -> dict[str, str]:
    """Return the installation's own keys, made where no database needs them yet. Raises KeysRefused, FolderRefused.

    Of many processes that start at once one makes what is missing, and all return the same.
    """
    with disk.usable(folder):
        return _keys(folder)


def _keys(folder: Path) -> dict[str, str]:
    secure(folder)
    file = folder / FILE
    with _alone(folder):
        databases = {one.stem for one in folder.glob("*.db")}
        found = _read(file)
        missing = [name for name in MAKERS if name not in found]
        for name in missing:
            if lost := databases.intersection(NEEDED_BY.get(name, databases)):
                raise KeysRefused(
                    f"{folder} 中已有数据库({'、'.join(sorted(lost))}),但 {FILE} 缺少 {name}:新造的会使已有内容读不出;"
                    f"请从备份恢复 {FILE},确要重新开始请另选空目录"
                )
        if missing:
            found = {**found, **{name: MAKERS[name]() for name in missing}}
            _put(file, found)
        return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is at the folder's keys, and keep others waiting; a process that dies lets go."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def secure(folder: Path) -> None:
    """Make a folder, or narrow the one that is there, to its owner's eyes only. Raises KeysRefused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = folder.stat()
    if there.st_uid != os.geteuid():
        raise KeysRefused(f"数据目录 {folder} 属于别的用户;请换一个目录,或以其所有者运行")
    if there.st_mode & stat.S_ISVTX:
        raise KeysRefused(f"{folder} 是公用目录,不能作数据目录;请在其下另建一个")
    if stat.S_IMODE(there.st_mode) != 0o700:
        folder.chmod(0o700)


def _read(file: Path) -> dict[str, str]:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeysRefused(f"{file} 是符号链接或打不开;密钥须是本目录中的普通文件") from error
    with open(handle, encoding="utf-8") as opened:  # noqa: PTH123  a file that is open already
        there = os.fstat(opened.fileno())
        if not stat.S_ISREG(there.st_mode) or there.st_uid != os.geteuid():
            raise KeysRefused(f"{file} 不是普通文件,或属于别的用户")
        if there.st_mode & 0o177:
            os.fchmod(opened.fileno(), 0o600)
        try:
            found: dict[str, str] = json.loads(opened.read())
        except ValueError as error:
            raise KeysRefused(f"{file} 已损坏;请从备份恢复") from error
    return found


def _put(file: Path, made: dict[str, str]) -> None:
    """Write the file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=FILE, suffix=".new")  # of its own name, 0600
    half = Path(name)
    try:
        with open(handle, "w", encoding="utf-8") as opened:  # noqa: PTH123  as above
            os.fchmod(handle, 0o600)
            opened.write(json.dumps(made))
            opened.flush()
            os.fsync(handle)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
