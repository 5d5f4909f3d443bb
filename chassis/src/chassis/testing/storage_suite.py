"""How every storage behaves: the same functions run on a local folder, an S3 store in this process and a real one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from chassis.base.problems import TooLarge
from chassis.data.cipher import FieldCipher
from chassis.storage.files import FileDamaged, Storage, StorageUnavailable, Stored, random_name
from chassis.storage.places import Place
from chassis.storage.sealed import CHUNK

Behaviour = Callable[[Place], Awaitable[None]]
CIPHER = FieldCipher({"k1": bytes(range(32))}, "k1")
LARGE = 5 * CHUNK + 17
AT_MOST = 1 << 22


def bytes_of(size: int, *, seed: int = 1) -> bytes:
    """Return bytes of no pattern, the same each time."""
    return Random(seed).randbytes(size)  # noqa: S311  test data


async def chunked(data: bytes, size: int) -> AsyncIterator[bytes]:
    """Yield data in parts of a size."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def _whole(storage: Storage, name: str) -> bytes:
    return b"".join([part async for part in storage.read(name)])


async def _raw(place: Place, name: str) -> bytes:
    return b"".join([part async for part in place.get(name)])


async def _names(place: Place) -> list[str]:
    return [one.name async for page in place.pages() for one in page]


async def _is_refused(storage: Storage, name: str) -> None:
    try:
        await _whole(storage, name)
    except FileDamaged:
        return
    raise AssertionError(f"{name} was given")


async def what_is_put_is_read_again(place: Place) -> None:
    """Of every size around the chunks' bounds, with its size and digest told."""
    storage = Storage(place, CIPHER)
    for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 40 * CHUNK + 3):
        data = bytes_of(size)
        stored = await storage.put(chunked(data, 10_000), at_most=AT_MOST)
        assert (stored.size, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
        assert await _whole(storage, stored.name) == data


async def bytes_in_one_piece_are_put_alike(place: Place) -> None:
    """A caller who has all of a file need not cut it."""
    storage = Storage(place, CIPHER)
    stored = await storage.put(bytes_of(LARGE), at_most=LARGE)
    assert await _whole(storage, stored.name) == bytes_of(LARGE)


async def a_name_is_written_once(place: Place) -> None:
    """A second file of one name is refused, and the first stays as it was."""
    name = random_name()
    storage = Storage(place, CIPHER, names=lambda: name)
    await storage.put(b"first", at_most=AT_MOST)
    try:
        await storage.put(b"second", at_most=AT_MOST)
    except StorageUnavailable:
        assert await _whole(storage, name) == b"first"
        return
    raise AssertionError("a name was written twice")


async def a_file_over_its_limit_leaves_nothing(place: Place) -> None:
    """One byte more than is taken, in many parts: refused on the way."""
    storage = Storage(place, CIPHER)
    await storage.put(bytes_of(LARGE), at_most=LARGE)
    kept = await _names(place)
    for size in (1000, LARGE + 1):
        try:
            await storage.put(chunked(bytes_of(LARGE + 1), size), at_most=LARGE)
        except TooLarge:
            continue
        raise AssertionError("more than the limit was taken")
    assert await _names(place) == kept


async def a_sender_who_fails_leaves_nothing(place: Place) -> None:
    """What he raises is told as it is, also where it looks like a fault of the store's."""

    async def failing() -> AsyncIterator[bytes]:
        yield bytes_of(LARGE)
        raise ConnectionResetError("the sender has gone")

    try:
        await Storage(place, CIPHER).put(failing(), at_most=AT_MOST)
    except ConnectionResetError:
        assert await _names(place) == []
        return
    raise AssertionError("half a file was kept")


async def one_who_is_cancelled_leaves_nothing(place: Place) -> None:
    """Whether he waits for more or not."""
    reached = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield bytes_of(LARGE)
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Storage(place, CIPHER).put(hanging(), at_most=AT_MOST))
    await reached.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert await _names(place) == []


async def nothing_of_a_file_can_be_read_at_rest(place: Place) -> None:
    """Neither its bytes nor, twice the same, that two are alike."""
    storage = Storage(place, CIPHER)
    data = "张三的准予许可决定书".encode() * 100
    first, second = [await storage.put(data, at_most=AT_MOST) for _ in range(2)]
    at_rest = [await _raw(place, one.name) for one in (first, second)]
    assert not any(data[:12] in one for one in at_rest)
    assert at_rest[0][-64:] != at_rest[1][-64:]


async def what_was_changed_at_rest_is_refused(place: Place) -> None:
    """A byte changed, the end cut off or added to, another file put in its place."""
    storage = Storage(place, CIPHER)
    for change in (_flipped, _cut, _cut_at_a_record, _lengthened, _emptied):
        stored = await storage.put(bytes_of(LARGE), at_most=AT_MOST)
        await _replace(place, stored.name, change(await _raw(place, stored.name)))
        await _is_refused(storage, stored.name)
    one, other = [await storage.put(bytes_of(LARGE), at_most=AT_MOST) for _ in range(2)]
    await _replace(place, one.name, await _raw(place, other.name))
    await _is_refused(storage, one.name)
    assert await _whole(storage, other.name) == bytes_of(LARGE)


async def _replace(place: Place, name: str, data: bytes) -> None:
    await place.delete(name)
    await place.put(name, chunked(data, 1 << 20))


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _cut(data: bytes) -> bytes:
    return data[:-1]


def _cut_at_a_record(data: bytes) -> bytes:
    return data[: len(data) - 17 - 16]


def _lengthened(data: bytes) -> bytes:
    return data + b"\0"


def _emptied(_data: bytes) -> bytes:
    return b""


async def a_file_that_is_gone_is_told(place: Place) -> None:
    """So is a name that is none of ours, and one that leads elsewhere."""
    storage = Storage(place, CIPHER)
    for name in (random_name(), "keys.json", "../../etc/passwd", ""):
        await _is_refused(storage, name)


async def old_data_keys_still_read(place: Place) -> None:
    """After a rotation; a key that is not there any more is told, and so is another one under its id."""
    stored = await Storage(place, CIPHER).put(b"written before", at_most=AT_MOST)
    rotated = Storage(place, FieldCipher({"k2": bytes(32), "k1": bytes(range(32))}, "k2"))
    assert await _whole(rotated, stored.name) == b"written before"
    since = await rotated.put(b"written since", at_most=AT_MOST)
    assert await _whole(rotated, since.name) == b"written since"
    await _is_refused(Storage(place, CIPHER), since.name)
    await _is_refused(Storage(place, FieldCipher({"k1": bytes(32)}, "k1")), stored.name)


async def what_nobody_knows_goes_after_its_time(place: Place) -> None:
    """What somebody knows stays, and what is young, and what is none of ours."""
    storage = Storage(place, CIPHER)
    known, orphan = [await storage.put(b"x", at_most=AT_MOST) for _ in range(2)]
    await place.put("README", chunked(b"not ours", 4))
    await place.put(f"{random_name()}.begun", chunked(b"left by a crash", 4))
    now = datetime.now(UTC)
    assert await storage.sweep(_only(known), before=now - timedelta(hours=1)) == 0
    assert await storage.sweep(_only(known), before=now + timedelta(hours=1)) == 2
    assert sorted(await _names(place)) == sorted(["README", known.name])
    await _is_refused(storage, orphan.name)


async def nothing_goes_where_nearly_all_is_unknown(place: Place) -> None:
    """A hundred and one files of which one is known: rather the database is another one."""
    storage = Storage(place, CIPHER)
    known = await storage.put(b"x", at_most=AT_MOST)
    for _ in range(101):
        await storage.put(b"x", at_most=AT_MOST)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await storage.sweep(_only(known), before=later) == 0
    assert len(await _names(place)) == 102


def _only(*stored: Stored) -> Callable[[Sequence[str]], Awaitable[Collection[str]]]:
    async def known(names: Sequence[str]) -> Collection[str]:
        return {one.name for one in stored}.intersection(names)

    return known


async def what_is_deleted_is_gone_and_twice_is_fine(place: Place) -> None:
    """A delete that is tried again finds nothing to do."""
    storage = Storage(place, CIPHER)
    stored = await storage.put(b"x", at_most=AT_MOST)
    await storage.delete(stored.name)
    await storage.delete(stored.name)
    await _is_refused(storage, stored.name)


async def many_are_put_and_read_at_once(place: Place) -> None:
    """Each keeps its own bytes."""
    storage = Storage(place, CIPHER)
    files = [bytes_of(LARGE, seed=number) for number in range(24)]
    stored = await asyncio.gather(*(storage.put(chunked(one, CHUNK), at_most=AT_MOST) for one in files))
    assert await asyncio.gather(*(_whole(storage, one.name) for one in stored)) == files


async def a_place_that_is_there_is_ready(place: Place) -> None:
    """Also before anything was put, and it leaves nothing there."""
    await Storage(place, CIPHER).ready()
    assert await _names(place) == []


async def a_place_that_is_out_says_so(place: Place) -> None:
    """Of each thing asked of it, and what is put is not half there."""
    storage = Storage(place, CIPHER)
    for ask in (
        storage.ready,
        lambda: storage.put(bytes_of(LARGE), at_most=AT_MOST),
        lambda: _whole(storage, random_name()),
        lambda: storage.sweep(_only(), before=datetime.now(UTC)),
    ):
        try:
            await ask()
        except StorageUnavailable:
            continue
        raise AssertionError(f"{ask} did not say that the storage is out")


BEHAVIOURS: tuple[Behaviour, ...] = (
    what_is_put_is_read_again,
    bytes_in_one_piece_are_put_alike,
    a_name_is_written_once,
    a_file_over_its_limit_leaves_nothing,
    a_sender_who_fails_leaves_nothing,
    one_who_is_cancelled_leaves_nothing,
    nothing_of_a_file_can_be_read_at_rest,
    what_was_changed_at_rest_is_refused,
    a_file_that_is_gone_is_told,
    old_data_keys_still_read,
    what_nobody_knows_goes_after_its_time,
    nothing_goes_where_nearly_all_is_unknown,
    what_is_deleted_is_gone_and_twice_is_fine,
    many_are_put_and_read_at_once,
    a_place_that_is_there_is_ready,
)
