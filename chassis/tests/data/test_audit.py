import asyncio

import pytest
import sqlalchemy as sa
from chassis.data import audit
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.schema import audit as rows
from chassis.data.schema import audit_head, audit_unchained
from chassis.settings import new_secret
from chassis.testing.builders import ManualClock
from chassis.testing.client import audited
from structlog.testing import capture_logs


async def written(database: Database, number: int) -> None:
    async def one(n: int) -> None:
        async with database.unit_of_work() as work:
            await audit.record(work, actor="甲", action="thing.done", subject=f"s{n}", details={"n": n})

    await asyncio.gather(*(one(n) for n in range(number)))


async def chained(database: Database, number: int) -> None:
    await written(database, number)
    while await audit.chain(database):
        pass


async def test_a_look_leaves_its_row_before_it_is_answered_and_without_one_there_is_no_answer(
    database: Database,
) -> None:
    await audit.record_look(database, actor="甲", action="thing.shown", subject="s", details={"shown": ["t"]})
    (row,) = await audited(database)
    assert (row.actor, row.action, row.subject) == ("甲", "thing.shown", "s")
    database.cipher = None
    with pytest.raises(audit.Unsealed):
        await audit.record_look(database, actor="甲", action="thing.shown", subject="s")


async def test_all_rows_of_a_subject_are_listed_with_their_notes_opened(database: Database) -> None:
    async def look(subject: str, note: str) -> None:
        async with database.unit_of_work() as work:
            details = {"fields": ["a"], **audit.sealed_note(work, note, subject=subject)}
            await audit.record(work, actor="甲", action="thing.opened", subject=subject, details=details)

    await look("s", "核对张三的信息")
    await audit.chain(database)
    await look("t", "另一件")
    await look("s", " ")
    found = await audit.rows_about(database, "s")
    assert [row["details"].get("note") for row in found] == ["核对张三的信息", None]
    assert {(row["actor"], row["action"], row["subject"]) for row in found} == {("甲", "thing.opened", "s")}
    assert "张三" not in str(await audited(database))


async def test_what_is_told_about_a_thing_is_also_where_it_was_only_shown_in_a_list(database: Database) -> None:
    for subject, shown in (("U09", ["s", "t"]), ("U10", ["st"]), ("s", [])):
        async with database.unit_of_work() as work:
            details = {"shown": shown} | audit.sealed_note(work, "查询", subject=subject)
            await audit.record(work, actor="甲", action="things.listed", subject=subject, details=details)
        if subject == "U09":
            await audit.chain(database)
    found = await audit.rows_about(database, "s")
    assert [(row["subject"], row["details"]["note"]) for row in found] == [("U09", "查询"), ("s", "查询")]


async def altered(database: Database, *statements: sa.Executable) -> None:
    async with database.unit_of_work() as work:
        for statement in statements:
            await work.connection.execute(statement)


async def test_an_untouched_chain_holds_also_when_written_concurrently(database: Database) -> None:
    await chained(database, 30)
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (30, 0, None)


async def test_a_writer_waits_for_no_other_writer_and_not_for_the_chain(database: Database) -> None:
    if database.dialect == "sqlite":  # it has one writer anyway
        await written(database, 1)
        return
    async with asyncio.timeout(60), database.unit_of_work() as one, database.unit_of_work() as other:
        await one.connection.execute(sa.select(audit_head).with_for_update())
        for work in (one, other):
            await audit.record(work, actor="甲", action="thing.done", subject="s")


async def test_a_row_is_told_of_as_waiting_until_it_is_chained(database: Database) -> None:
    await written(database, 3)
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (0, 3, None)
    assert await audit.chain(database) == 3
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (3, 0, None)


async def test_several_who_chain_at_once_chain_each_row_once(database: Database) -> None:
    await written(database, 40)
    await asyncio.gather(*(audit.chain(database) for _ in range(5)))
    assert sorted(row.subject for row in await audited(database)) == sorted(f"s{n}" for n in range(40))


async def test_what_was_rolled_back_leaves_no_gap(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as work:
            await audit.record(work, actor="甲", action="thing.done", subject="undone")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await chained(database, 2)
    assert (await audit.verify(database)).rows == 2


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        (rows.update().where(rows.c.sequence == 3).values(actor="乙"), 3),
        (rows.update().where(rows.c.sequence == 3).values(details="{}"), 3),
        (rows.delete().where(rows.c.sequence == 3), 3),
        (rows.delete().where(rows.c.sequence == 5), 5),
        (audit_head.update().values(sequence=4), 6),
        (audit_head.update().values(sequence=9), 6),
        (audit_head.delete(), 6),
        (rows.update().where(rows.c.sequence == 4).values(previous="0" * 64), 4),
    ],
)
async def test_a_changed_removed_or_rolled_back_row_is_named(
    database: Database, statement: sa.UpdateBase, broken_at: int
) -> None:
    await chained(database, 5)
    await altered(database, statement)
    assert (await audit.verify(database)).broken_at == broken_at


async def test_swapped_rows_are_found(database: Database) -> None:
    await chained(database, 4)
    moves = ((2, 99), (3, 2), (99, 3))
    await altered(database, *(rows.update().where(rows.c.sequence == old).values(sequence=new) for old, new in moves))
    assert (await audit.verify(database)).broken_at == 2


@pytest.mark.parametrize("change", [{"actor": "乙"}, {"details": "{}"}, {"at": "2026-03-02"}, {"seal": "test.AAAA"}])
async def test_a_row_changed_before_it_is_chained_is_never_chained_and_named(
    database: Database, change: dict[str, str]
) -> None:
    await chained(database, 2)
    await written(database, 3)
    await altered(database, audit_unchained.update().where(audit_unchained.c.subject == "s1").values(**change))
    assert await audit.chain(database) == 2
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (4, 1, 5)
    assert "was changed before it was chained" in found.reason


@pytest.mark.parametrize("when", ["while it waits", "when it is chained", "long after"])
async def test_a_genuine_row_that_is_put_in_again_is_never_chained_again_and_named(
    database: Database, clock: ManualClock, when: str
) -> None:
    await written(database, 2)
    async with database.reading() as connection:
        copied = dict((await connection.execute(sa.select(audit_unchained))).mappings().first() or {})
    del copied["position"]
    if when != "while it waits":
        assert await audit.chain(database) == 2
    if when == "long after":
        clock.advance(days=40)
    await altered(database, audit_unchained.insert().values(**copied))
    assert await audit.chain(database) == (2 if when == "while it waits" else 0)
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (2, 1, 3)
    assert "is in the chain already" in found.reason


async def test_two_rows_of_the_same_words_in_one_moment_are_both_chained(database: Database) -> None:
    await written(database, 1)
    await written(database, 1)
    assert await audit.chain(database) == 2
    assert (await audit.verify(database)).broken_at is None


async def test_a_row_that_was_kept_back_is_told_when_it_is_chained(database: Database, clock: ManualClock) -> None:
    await written(database, 1)
    clock.advance(seconds=audit.LATE_SECONDS + 1)
    with capture_logs() as entries:
        assert await audit.chain(database) == 1
    assert [entry["event"] for entry in entries] == ["audit_chained_late"]


async def test_a_forged_row_needs_the_services_key(database: Database) -> None:
    forger = Database.open(database.url, clock=database.clock, cipher=FieldCipher.of(f"test.{new_secret()}"))
    await written(forger, 1)
    await forger.close()
    assert await audit.chain(database) == 0
    assert (await audit.verify(database)).broken_at == 1


async def test_a_row_that_is_not_chained_in_time_is_named_and_measured(database: Database, clock: ManualClock) -> None:
    await written(database, 1)
    clock.advance(seconds=audit.LATE_SECONDS + 1)
    found = await audit.verify(database)
    assert (found.rows, found.waiting, found.broken_at) == (0, 1, 1)
    assert "is not chained" in found.reason
    async with database.reading() as connection:
        assert await audit.oldest_seconds(connection, clock.now()) == audit.LATE_SECONDS + 1


async def test_rows_of_before_that_were_chained_as_they_were_written_stay_verifiable(database: Database) -> None:
    """The earlier release chained each row in its own transaction; a process of it may still do so beside this one."""
    digest = "b24f56f93ae9417d2444625802e5148903c46b934997945305d573110a2d9480"
    old = {"sequence": 1, "at": "2026-03-02T01:30:00+00:00", "actor": "甲", "action": "thing.done", "subject": "s1"}
    old |= {"details": '{"n":1}', "previous": "", "digest": digest}
    await altered(database, rows.insert().values(**old), audit_head.update().values(sequence=1, digest=digest))
    await chained(database, 2)
    found = await audit.verify(database)
    assert (found.rows, found.broken_at) == (3, None)


async def test_a_database_opened_without_the_cipher_writes_no_audit_row(database: Database) -> None:
    unsealed = Database.open(database.url)
    with pytest.raises(audit.Unsealed):
        await written(unsealed, 1)
    await unsealed.close()


async def test_a_chain_that_grows_while_it_is_verified_holds(database: Database) -> None:
    await chained(database, 5)
    growing = asyncio.create_task(chained(database, 150))
    verdicts = []
    while not growing.done():
        verdicts.append(await audit.verify(database))
        await asyncio.sleep(0)
    await growing
    assert [found.reason for found in verdicts if found.broken_at is not None] == []
    assert (await audit.verify(database)).rows == 155


async def test_what_is_written_is_chained_while_the_service_runs_and_when_it_stops(database: Database) -> None:
    keeping = asyncio.create_task(audit.keep_chained(database))
    await written(database, 1)
    async with asyncio.timeout(60):
        while (await audit.verify(database)).rows < 1:
            await asyncio.sleep(0.02)
    await written(database, 1)
    keeping.cancel()
    await asyncio.wait([keeping])
    assert (await audit.verify(database)).rows == 2
