"""A service does not start with keys that its database was not written with."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from chassis.data import audit
from chassis.data.cipher import FieldCipher, Keyring, LookupKeys
from chassis.data.database import Database
from chassis.data.keyring import Kept, KeyRefused, Sealed, all_is_found_under, prove
from chassis.data.schema import idempotency, key_check, lease
from chassis.events.bus import Bus
from chassis.settings import ServiceSettings
from chassis.testing import sample

ONE, TWO, THREE = b"1" * 32, b"2" * 32, b"3" * 32


def ring(
    data: dict[str, bytes] | None = None, lookup: tuple[bytes, ...] = (ONE,), gateways: tuple[str, ...] = ("g1",)
) -> Keyring:
    given = data or {"k1": ONE}
    return Keyring(FieldCipher(given, next(iter(given))), LookupKeys(lookup), gateways)


async def test_the_same_keys_start_again_and_no_key_is_kept(database: Database) -> None:
    await prove(database, "sample", ring())
    await prove(database, "sample", ring())
    async with database.reading() as connection:
        rows = list(await connection.execute(sa.select(key_check)))
    assert sorted(row.name.partition(":")[0] for row in rows) == ["data", "gateway", "lookup"]
    assert ONE.decode() not in str(rows)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ring({"k1": TWO}), "数据密钥 k1 不是写入该数据库的那一把"),
        (ring({"k2": ONE}), "缺少数据密钥 k1"),
        (ring(lookup=(TWO,)), "检索密钥不是"),
        (ring(gateways=("g2",)), "网关公钥与上次"),
    ],
)
async def test_a_wrong_or_missing_key_is_refused_in_a_sentence(database: Database, wrong: Keyring, said: str) -> None:
    await prove(database, "sample", ring())
    for _ in range(2):  # and is not learnt by having been refused
        with pytest.raises(KeyRefused, match=said):
            await prove(database, "sample", wrong)
    await prove(database, "sample", ring())


async def test_a_data_key_is_changed_with_the_older_one_kept(database: Database) -> None:
    await prove(database, "sample", ring())
    await prove(database, "sample", ring({"k2": TWO, "k1": ONE}))
    with pytest.raises(KeyRefused, match="缺少数据密钥 k2"):
        await prove(database, "sample", ring())
    with pytest.raises(KeyRefused, match="缺少数据密钥 k1"):
        await prove(database, "sample", ring({"k2": TWO}))


async def test_a_look_up_key_may_go_when_everything_is_found_under_the_other(database: Database) -> None:
    old, both, new = ring(lookup=(ONE,)), ring(lookup=(TWO, ONE)), ring(lookup=(TWO,))
    await prove(database, "sample", old)
    for started in (both, old, both):  # a replica that does not know the new one yet may start again
        await prove(database, "sample", started)
    with pytest.raises(KeyRefused, match="检索密钥"):
        await prove(database, "sample", new)
    async with database.unit_of_work() as work:
        await all_is_found_under(work, both.lookup)
    await prove(database, "sample", both)
    await prove(database, "sample", new)
    with pytest.raises(KeyRefused, match="检索密钥"):
        await prove(database, "sample", old)


async def test_the_gateways_key_is_changed_with_both_given_for_a_while(database: Database) -> None:
    for given in (("g1",), ("g2", "g1"), ("g1",), ("g2", "g1"), ("g2",)):
        await prove(database, "sample", ring(gateways=given))
    with pytest.raises(KeyRefused, match="网关公钥"):
        await prove(database, "sample", ring(gateways=("g1",)))


@pytest.mark.parametrize("left", ["an answer", "an audit row", "the service's own"])
@pytest.mark.parametrize("wrong", [{"k1": TWO}, {"k2": TWO, "k1": THREE}, {"k2": TWO}])
async def test_the_first_start_with_proofs_learns_no_key_that_does_not_open_what_is_there(
    database: Database, left: str, wrong: dict[str, bytes]
) -> None:
    kept = await leave(database, left, FieldCipher({"k1": ONE}, "k1"))
    for _ in range(2):
        with pytest.raises(KeyRefused, match="打不开"):
            await prove(database, "sample", ring(wrong), kept)
    await prove(database, "sample", ring({"k2": TWO, "k1": ONE}), kept)
    with pytest.raises(KeyRefused, match="缺少数据密钥 k2"):
        await prove(database, "sample", ring({"k1": ONE}), kept)


async def leave(database: Database, what: str, cipher: FieldCipher) -> Kept:
    """Leave something sealed in a database that has no proofs yet; return what the service says of it."""
    async with database.unit_of_work() as work:
        if what == "an audit row":
            work.cipher = cipher
            await audit.record(work, actor="a", action="thing.done", subject="s")
        if what == "an answer":
            row = {"caller": "c", "operation": "o", "key": "k", "body_hash": "", "status": 200, "headers": {}}
            row["body"] = cipher.encrypt("{}", table="idempotency", column="body", row="c\0o\0k")
            await work.connection.execute(idempotency.insert().values(**row, created_at=work.clock.now()))
        if what == "the service's own":
            name = cipher.encrypt("{}", table="lease", column="holder", row="it")
            row = {"name": "it", "holder": name, "token": 1, "expires_at": work.clock.now()}
            await work.connection.execute(lease.insert().values(**row))
    return Kept([Sealed(lease.c.holder, (lease.c.name,), lease.c.name)] if what == "the service's own" else ())


async def test_of_keys_that_were_changed_before_there_were_proofs_each_must_open_what_it_sealed(
    database: Database,
) -> None:
    await leave(database, "an audit row", FieldCipher({"k1": ONE}, "k1"))
    await leave(database, "an audit row", FieldCipher({"k2": TWO}, "k2"))
    with pytest.raises(KeyRefused, match="数据密钥 k1 打不开"):
        await prove(database, "sample", ring({"k2": TWO, "k1": THREE}))
    await prove(database, "sample", ring({"k2": TWO, "k1": ONE}))


async def test_a_service_with_another_key_does_not_start(
    database: Database, bus: Bus, settings_for: Callable[..., ServiceSettings]
) -> None:
    settings = settings_for(ServiceSettings)
    async with sample.build(settings, database=database, bus=bus).running():
        pass
    other = settings_for(ServiceSettings, data_key=settings.data_key)
    with pytest.raises(KeyRefused, match="sample 的检索密钥"):
        async with sample.build(other, database=database, bus=bus).running():
            pass
