import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data import audit, handing, heads
from chassis.data.audit import Verdict
from chassis.data.chained import ROW, Walk, digest_of
from chassis.data.database import Database, UnitOfWork
from chassis.data.handing import FileForked, Signing, hand_heads, keep_heads, sign_head
from chassis.data.heads import Judged, SignedHead, judge, kept_heads
from chassis.data.schema import audit as rows
from chassis.data.schema import audit_head, signed_head
from chassis.http.identity import new_key
from chassis.testing.builders import ManualClock
from joserfc import jws
from joserfc.jwk import OKPKey
from structlog.testing import capture_logs

KEY, OTHER = new_key(), new_key()
NAME = "sample"
COLUMNS = ("number", "sequence", "digest", "at", "jws")


@dataclass
class Signer:
    """Signs as a service does, and remembers what it told."""

    file: Path | None = None
    key: OKPKey = field(default_factory=lambda: KEY)
    told: list[SignedHead] = field(default_factory=list)

    def signing(self) -> Signing:
        async def tell(_work: UnitOfWork, signed: SignedHead) -> None:
            self.told.append(signed)

        return Signing(NAME, self.key, 3600, tell, self.file)


async def written(database: Database, number: int, *, about: str = "s") -> None:
    for n in range(number):
        async with database.unit_of_work() as work:
            await audit.record(work, actor="甲", action="thing.done", subject=f"{about}{n}", details={"n": n})
    while await audit.chain(database):
        pass


async def headed(database: Database, clock: ManualClock, signer: Signer, *parts: int) -> None:
    """Write and chain so many rows before each head."""
    for number in parts:
        await written(database, number)
        clock.advance(hours=1)
        assert await sign_head(database, signer.signing()) is not None
        if signer.file is not None:
            await hand_heads(database, NAME, signer.file)


async def altered(database: Database, *statements: sa.Executable) -> None:
    async with database.unit_of_work() as work:
        for statement in statements:
            await work.connection.execute(statement)


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


async def verified(database: Database, file: Path | None = None) -> tuple[Verdict, Judged]:
    return await heads.verify(database, NAME, [KEY], None if file is None else lines_of(file))


async def test_a_head_is_signed_at_each_interval_also_where_nothing_was_written(
    database: Database, clock: ManualClock
) -> None:
    signer = Signer()
    assert await sign_head(database, signer.signing()) is None
    await headed(database, clock, signer, 3, 0)
    assert await sign_head(database, signer.signing()) is None
    clock.advance(seconds=3599)
    assert await sign_head(database, signer.signing()) is None
    assert [(one.head.number, one.head.sequence) for one in signer.told] == [(1, 3), (2, 3)]
    verdict, judged = await verified(database)
    assert (verdict.broken_at, verdict.rows, judged.last) == (None, 3, 2)


async def test_of_many_who_sign_at_once_one_signs(database: Database) -> None:
    await written(database, 2)
    signers = [Signer() for _ in range(5)]
    await asyncio.gather(*(sign_head(database, one.signing()) for one in signers))
    assert [one.head.number for signer in signers for one in signer.told] == [1]


async def test_what_its_service_cannot_tell_is_not_signed(database: Database) -> None:
    async def refuse(_work: UnitOfWork, _signed: SignedHead) -> None:
        raise RuntimeError

    await written(database, 2)
    with pytest.raises(RuntimeError):
        await sign_head(database, Signing(NAME, KEY, 3600, refuse))
    async with database.reading() as connection:
        assert await kept_heads(connection) == []


async def test_heads_are_handed_once_each_by_whoever_comes(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    signer, file = Signer(), tmp_path / "heads.jsonl"
    await headed(database, clock, signer, 2, 2)
    await asyncio.gather(*(hand_heads(database, NAME, file) for _ in range(5)))
    await headed(database, clock, signer, 1)
    await asyncio.gather(*(hand_heads(database, NAME, file) for _ in range(5)))
    assert lines_of(file) == [one.line for one in signer.told]
    verdict, judged = await verified(database, file)
    assert (verdict.broken_at, judged.last, judged.behind) == (None, 3, 0)


async def test_an_append_that_was_broken_off_is_made_again_and_nothing_is_rewritten(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    signer, file = Signer(), tmp_path / "heads.jsonl"
    await headed(database, clock, signer, 2, 2)
    await hand_heads(database, NAME, file)
    whole = file.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 40, whole.index(b"\n") + 1, 10, 0):
        file.write_bytes(whole[:cut])
        await hand_heads(database, NAME, file)
        assert file.read_bytes().startswith(whole[:cut])
        verdict, judged = await verified(database, file)
        assert (verdict.broken_at, judged.last, judged.behind) == (None, 2, 0), cut


async def test_a_file_that_lacks_heads_at_its_end_is_told_as_behind(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    signer = Signer(tmp_path / "heads.jsonl")
    await headed(database, clock, signer, 2)
    await headed(database, clock, replace(signer, file=None), 1, 1)
    verdict, judged = await verified(database, signer.file)
    assert (verdict.broken_at, judged.last, judged.behind) == (None, 3, 2)


async def test_a_full_disk_is_told_and_loses_no_head(database: Database, clock: ManualClock, tmp_path: Path) -> None:
    signer = Signer(Path("/dev/full"))
    await written(database, 2)
    with capture_logs() as entries:
        keeping = asyncio.create_task(keep_heads(database, signer.signing()))
        async with asyncio.timeout(60):
            while not entries:
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait([keeping])
    assert (entries[0]["event"], entries[0]["reason"]) == ("heads_not_handed", "OSError")
    file = tmp_path / "heads.jsonl"
    assert await hand_heads(database, NAME, file) == 1
    assert lines_of(file) == [one.line for one in signer.told]
    clock.advance(hours=1)


async def test_a_file_of_another_database_is_never_appended_to(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    signer = Signer(tmp_path / "heads.jsonl")
    await headed(database, clock, signer, 2)
    await altered(database, signed_head.delete())
    before = lines_of(tmp_path / "heads.jsonl")
    clock.advance(hours=1)
    await sign_head(database, signer.signing())
    with pytest.raises(FileForked):
        await hand_heads(database, NAME, tmp_path / "heads.jsonl")
    assert lines_of(tmp_path / "heads.jsonl") == before
    verdict, _ = await verified(database, signer.file)
    assert "is not the database's" in verdict.reason


PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from chassis.base.crash import operation
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.handing import Signing, hand_heads, sign_head
from chassis.settings import signing_key

async def tell(work, signed): ...

async def main(url, key, file):
    operation.set("heads")
    database = Database.open(url)
    await sign_head(database, Signing("sample", signing_key(json.loads(key)), 0, tell))
    await hand_heads(database, "sample", Path(file))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_head_before_file", "within_heads_file"])
async def test_a_process_that_is_killed_between_row_and_file_leaves_no_head_missing_or_twice(
    database: Database, tmp_path: Path, point: str
) -> None:
    await written(database, 2)
    armed, file = tmp_path / "armed", tmp_path / "heads.jsonl"
    armed.write_text(f"{point}:heads", encoding="utf-8")
    secret = json.dumps(KEY.as_dict(private=True))
    command = [sys.executable, "-c", PROGRAM, database.url, secret, str(file)]
    environment = {**os.environ, "YIWANG_CRASH_FILE": str(armed)}
    killed = await asyncio.to_thread(subprocess.run, command, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    signer = Signer(file)
    await sign_head(database, signer.signing())
    await hand_heads(database, NAME, file)
    verdict, judged = await verified(database, file)
    assert (verdict.broken_at, judged.last, judged.behind) == (None, 1, 0)
    assert len(lines_of(file)) == 1


async def test_what_another_key_signed_or_another_service_says_is_no_head(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    signer = Signer(tmp_path / "heads.jsonl")
    await headed(database, clock, signer, 2)
    for service, keys in ((NAME, [OTHER]), (NAME, []), ("another", [KEY])):
        verdict, _ = await heads.verify(database, service, keys)
        assert verdict.broken_at == 1, (service, keys)
    verdict, _ = await heads.verify(database, NAME, [OTHER, KEY], lines_of(tmp_path / "heads.jsonl"))
    assert verdict.broken_at is None


async def test_a_token_of_ours_for_something_else_is_no_head(database: Database, clock: ManualClock) -> None:
    signer = Signer()
    await headed(database, clock, signer, 2)
    head = signer.told[0].head
    payload = json.dumps({name: getattr(head, name) for name in head.__dataclass_fields__})
    plain = jws.serialize_compact({"alg": "Ed25519", "typ": "JWT"}, payload, KEY, algorithms=["Ed25519"])
    await altered(database, signed_head.update().values(jws=plain))
    verdict, _ = await verified(database)
    assert verdict.reason == "signed head 1 is not signed by the key given"


async def test_rows_cut_off_together_with_the_chains_head_are_found_by_a_signed_head(
    database: Database, clock: ManualClock
) -> None:
    await headed(database, clock, Signer(), 6)
    async with database.reading() as connection:
        fourth = (await connection.execute(sa.select(rows.c.digest).where(rows.c.sequence == 4))).scalar_one()
    cut = (rows.delete().where(rows.c.sequence > 4), audit_head.update().values(sequence=4, digest=fourth))
    await altered(database, *cut)
    assert (await audit.verify(database)).broken_at is None
    verdict, _ = await verified(database)
    assert (verdict.broken_at, verdict.reason) == (
        5,
        "the chain ends at row 4, signed head 1 is of row 6: rows were cut off",
    )


# Random changes: each is made to a copy in memory and judged by what `heads.verify` judges a database with.


@dataclass
class State:
    """A log with its heads: rows, the chain's head, the signed heads of the database, the lines of the file."""

    rows: list[list[Any]]
    head: tuple[int, str] | None
    kept: list[list[Any]]
    lines: list[str]

    def copy(self) -> "State":
        return State([list(row) for row in self.rows], self.head, [list(one) for one in self.kept], list(self.lines))

    def rechain(self, first: int) -> None:
        """Write all digests anew from a row on, and the chain's head with them."""
        previous = self.rows[first - 1][7] if first else ""
        for n in range(first, len(self.rows)):
            self.rows[n][0], self.rows[n][6] = n + 1, previous
            previous = self.rows[n][7] = digest_of(self.rows[n][:7])
        self.head = (len(self.rows), previous)


def judged(state: State) -> bool:
    """Tell whether anything is found to be wrong, or the file is told to be behind."""
    found = judge(NAME, [KEY], state.kept, state.lines)
    walk = Walk(found.at)
    holds = walk.take(state.rows) and walk.end(state.head)
    return not holds or bool(found.reason) or found.behind > 0


def another(chance: random.Random, value: Any) -> Any:
    """Return a value that is another one."""
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 7))
    if not value:
        return "x"
    place = chance.randrange(len(value))
    choices = (value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :], value[:place], value + "0", "")
    return chance.choice([one for one in choices if one != value])


def change_row(state: State, chance: random.Random) -> None:
    row = chance.choice(state.rows)
    column = chance.randrange(len(ROW))
    row[column] = another(chance, row[column])


def change_and_rechain(state: State, chance: random.Random) -> None:
    place, column = chance.randrange(len(state.rows)), chance.randrange(1, 6)
    state.rows[place][column] = another(chance, state.rows[place][column])
    state.rechain(place)


def remove_row(state: State, chance: random.Random) -> None:
    place = chance.randrange(len(state.rows))
    del state.rows[place]
    if chance.random() < 0.5:
        state.rechain(place)


def swap_rows(state: State, chance: random.Random) -> None:
    one, other = sorted(chance.sample(range(len(state.rows)), 2))
    state.rows[one], state.rows[other] = state.rows[other], state.rows[one]
    if chance.random() < 0.5:
        state.rows[one][0], state.rows[other][0] = one + 1, other + 1
    if chance.random() < 0.5:
        state.rechain(one)


def double_row(state: State, chance: random.Random) -> None:
    """Put a row in again; the copy that ends the log is a new row, which the next head covers."""
    place = chance.randrange(len(state.rows) - 1)
    state.rows.insert(place + 1, list(state.rows[place]))
    if chance.random() < 0.5:
        state.rechain(place + 1)


def cut_off(state: State, chance: random.Random) -> None:
    left = chance.randrange(len(state.rows))
    state.rows = state.rows[:left]
    if chance.random() < 0.7:
        state.head = (left, state.rows[-1][7] if left else "")
    if chance.random() < 0.5:  # the database's heads with them: the file has them all
        state.kept = [one for one in state.kept if one[1] <= left]


def change_head(state: State, chance: random.Random) -> None:
    sequence, digest = state.head or (0, "")
    choices = (None, (another(chance, sequence), digest), (sequence, another(chance, digest)))
    state.head = chance.choice(choices)


def write_anew(state: State, chance: random.Random) -> None:
    mark = f"{chance.random()}"
    for row in state.rows:
        row[2] = f"乙{mark}"
    state.rechain(0)
    if chance.random() < 0.5:
        sign_anew(state, OTHER)


def sign_anew(state: State, key: OKPKey) -> None:
    """Sign heads of what is there now with a key that is not the service's, in the database and in the file."""
    before, state.lines = "", []
    for one in state.kept:
        digest = state.rows[one[1] - 1][7]
        signed = heads.sign(heads.Head(one[0], one[1], digest, NAME, one[3], before), key)
        before = heads.print_of(signed.jws)
        one[2], one[4] = digest, signed.jws
        state.lines.append(signed.line)


def change_signed_head(state: State, chance: random.Random) -> None:
    one = chance.choice(state.kept)
    column = chance.randrange(len(COLUMNS))
    one[column] = another(chance, one[column])


def remove_signed_head(state: State, chance: random.Random) -> None:
    del state.kept[chance.randrange(len(state.kept))]


def swap_signed_heads(state: State, chance: random.Random) -> None:
    one, other = chance.sample(range(len(state.kept)), 2)
    state.kept[one], state.kept[other] = state.kept[other], state.kept[one]


def change_file(state: State, chance: random.Random) -> None:
    place = chance.randrange(len(state.lines))
    state.lines[place] = another(chance, state.lines[place])


def remove_line(state: State, chance: random.Random) -> None:
    del state.lines[chance.randrange(len(state.lines))]


Tamper = Callable[[State, random.Random], None]
TAMPERINGS: Sequence[Tamper] = (
    *(change_row, change_and_rechain, remove_row, swap_rows, double_row, cut_off, change_head, write_anew),
    *(change_signed_head, remove_signed_head, swap_signed_heads, change_file, remove_line),
)
PARTS = (5, 6, 4)
SEED, TIMES = 20260302, 10_000


async def state_of(database: Database, clock: ManualClock, file: Path) -> State:
    await headed(database, clock, Signer(file), *PARTS)
    async with database.reading() as connection:
        kept = [list(one) for one in await kept_heads(connection)]
        chain = [list(row) for row in await connection.execute(sa.select(*(rows.c[name] for name in ROW)))]
        head = (await connection.execute(sa.select(audit_head))).one()
    return State(chain, (head.sequence, head.digest), kept, lines_of(file))


async def test_ten_thousand_random_changes_are_all_found(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    whole = await state_of(database, clock, tmp_path / "heads.jsonl")
    assert not judged(whole)
    chance, missed = random.Random(SEED), []
    for number in range(TIMES):
        tampered = whole.copy()
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        tamper(tampered, chance)
        if tampered == whole:
            continue
        if not judged(tampered):
            missed.append((number, tamper.__name__))
    assert missed == []


async def test_random_changes_in_a_database_are_found_by_the_command_s_own_way(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    whole = await state_of(database, clock, tmp_path / "heads.jsonl")
    chance = random.Random(SEED)
    for tamper in (*TAMPERINGS, *TAMPERINGS, *TAMPERINGS):
        tampered = whole.copy()
        tamper(tampered, chance)
        numbers = [row[0] for row in tampered.rows], [one[0] for one in tampered.kept]
        if any(len(set(found)) < len(found) for found in numbers):  # no table takes them
            continue
        tampered.rows.sort()
        tampered.kept.sort()
        if tampered == whole:
            continue
        await put(database, tampered)
        verdict, found = await heads.verify(database, NAME, [KEY], tampered.lines)
        assert verdict.broken_at is not None or found.behind, tamper.__name__
    await put(database, whole)
    verdict, _ = await heads.verify(database, NAME, [KEY], whole.lines)
    assert verdict.broken_at is None


async def put(database: Database, state: State) -> None:
    """Make a database's log and heads those of a state."""
    async with database.unit_of_work() as work:
        for table, names, found in ((rows, ROW, state.rows), (signed_head, COLUMNS, state.kept)):
            await work.connection.execute(table.delete())
            if found:
                await work.connection.execute(table.insert(), [dict(zip(names, one, strict=True)) for one in found])
        await work.connection.execute(audit_head.delete())
        if state.head is not None:
            sequence, digest = state.head
            await work.connection.execute(audit_head.insert(), {"id": 1, "sequence": sequence, "digest": digest})


def test_the_tail_that_is_read_is_longer_than_any_line() -> None:
    head = heads.Head(2**53, 2**53, "f" * 64, "a" * 100, "2026-03-02T01:30:00.123456+00:00", "f" * 64)
    assert 4 * len(heads.sign(head, KEY).line) < handing.TAIL
