"""Proves at each start that a service's keys are those that its database was written with.

`key_check` keeps a proof of each key and never the key. A data key once used must be given for ever; of the look-up
keys one must be given under which everything can be found (`whole`); of the gateway's public keys one that was there
at the last start, so that a change of it needs both for a while.

A key of which there is no proof yet is held against what the database keeps: a data key against what was sealed, a
look-up key against the digests of what was given; so are the look-up keys that remain when one is taken away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.base.problems import StartRefused
from chassis.data.cipher import FieldCipher, Keyring, LookupKeys, Undecipherable
from chassis.data.database import Database, UnitOfWork, insert
from chassis.data.schema import audit_unchained, idempotency, key_check

CONSTANT = "yiwang"
LOOKUP_REFUSED = (
    "{service} 的检索密钥不是该数据库建索引用的那一把,按人检索会漏;"
    "请换回原来的密钥,更换时在各进程都同时给出新旧两把之后运行 yiwang keys redigest"
)
DATA, LOOKUP, GATEWAY = "data:", "lookup:", "gateway:"


class KeyRefused(StartRefused):
    """A key is missing, or is not the one that this database was written with."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where sealed text is kept: its column, the place it was sealed for, and an indexed column that orders it."""

    column: sa.Column[Any]
    row: Sequence[sa.Column[Any]]
    by: sa.Column[Any]
    place: tuple[str, str] | None = None

    async def ends(self, connection: AsyncConnection) -> list[tuple[str, dict[str, str]]]:
        """Return the oldest and the newest text, with the place of each."""
        table, column = self.place or (self.column.table.name, self.column.name)
        query = sa.select(self.column, *self.row).where(self.column != "").limit(1)
        found: list[tuple[str, dict[str, str]]] = []
        for order in (self.by.asc(), self.by.desc()):
            for text, *row in await connection.execute(query.order_by(order)):
                found.append((text, {"table": table, "column": column, "row": "\0".join(row)}))
        return found


OURS = (
    Sealed(
        idempotency.c.body, (idempotency.c.caller, idempotency.c.operation, idempotency.c.key), idempotency.c.created_at
    ),
    Sealed(audit_unchained.c.seal, (), audit_unchained.c.position, ("audit", "seal")),
)


class Findable(Protocol):
    """How a service holds a page of what it finds by digests against look-up keys."""

    async def __call__(
        self, connection: AsyncConnection, cipher: FieldCipher, lookup: LookupKeys, after: str
    ) -> tuple[bool, str]:
        """Tell whether all of the page after an id is found under one of the keys; return the page's last id too."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a service keeps that only the right keys open or find; the chassis' own is known here."""

    sealed: Sequence[Sealed] = ()
    findable: Findable | None = None
    apart: tuple[FieldCipher, Sequence[Sealed]] | None = None
    """A cipher of its own that is not the data key's, and what is sealed under it."""


NOTHING = Kept()


async def prove(database: Database, service: str, ring: Keyring, kept: Kept = NOTHING) -> None:
    """Hold a service's keys against its database, and note those that are new. Raises KeyRefused.

    When a look-up key was taken away, all that is findable is gone through, in pages.
    """
    async with database.reading() as connection:
        known = await _known(connection)
        await prove_data_keys(connection, service, ring.cipher, kept.sealed)
        if kept.apart is not None:
            await _prove_apart(connection, service, *kept.apart)
    await _prove_found(database, service, ring, known, kept.findable)
    async with database.unit_of_work() as work:
        known = {row.name: row for row in await work.connection.execute(sa.select(key_check).with_for_update())}
        _prove_noted(service, ring.cipher, known)
        _prove_lookup(service, _lookup_names(ring.lookup), known)
        _prove_gateway(service, ring.gateways, known)
        await _note(work, ring, known)


async def prove_data_keys(
    connection: AsyncConnection, service: str, cipher: FieldCipher, sealed: Sequence[Sealed] = ()
) -> None:
    """Hold data keys against the proofs of a database, those without one against what is sealed. Raises KeyRefused."""
    known = await _known(connection)
    _prove_noted(service, cipher, known)
    fresh = [key_id for key_id in cipher.keys if DATA + key_id not in known]
    if not fresh:
        return
    found = [end for one in (*OURS, *sealed) for end in await one.ends(connection)]
    for key_id in fresh:
        mine = [end for end in found if end[0].startswith(f"{key_id}.")]
        if mine and not any(_opens(cipher, *end) for end in mine):
            raise KeyRefused(f"{service} 的数据密钥 {key_id} 打不开数据库中用它加密的内容;请换回原来的密钥")
    first = not any(name.startswith(DATA) for name in known)
    if first and found and not any(_opens(cipher, *end) for end in found):
        raise KeyRefused(f"{service} 的数据密钥打不开数据库中已加密的内容;请换回原来的密钥")


async def _prove_apart(
    connection: AsyncConnection, service: str, cipher: FieldCipher, sealed: Sequence[Sealed]
) -> None:
    found = [end for one in sealed for end in await one.ends(connection)]
    if not all(_opens(cipher, *end) for end in found):
        raise KeyRefused(f"{service} 的信封密钥打不开数据库中用它加密的密钥;请换回原来的信封密钥,或将其列在当前的之后")


def _opens(cipher: FieldCipher, text: str, place: Mapping[str, str]) -> bool:
    try:
        cipher.decrypt(text, **place)
    except Undecipherable:
        return False
    return True


async def _prove_found(
    database: Database, service: str, ring: Keyring, known: Mapping[str, Any], findable: Findable | None
) -> None:
    """Hold look-up keys against what is to be found: some when none is known, all when one goes that found all."""
    names = _lookup_names(ring.lookup)
    noted = {name: row for name, row in known.items() if name.startswith(LOOKUP)}
    gone = any(row.whole and name not in names for name, row in noted.items())
    if findable is None or (noted and not gone):
        return
    lookup = ring.lookup if noted else LookupKeys(ring.lookup.keys[-1:])
    _prove_lookup(service, names, known)
    after = ""
    while True:
        async with database.reading() as connection:
            found, after = await findable(connection, ring.cipher, lookup, after)
        if not found:
            raise KeyRefused(LOOKUP_REFUSED.format(service=service))
        if not after or not noted:
            return


async def _known(connection: AsyncConnection) -> dict[str, Any]:
    return {row.name: row for row in await connection.execute(sa.select(key_check))}


def _prove_noted(service: str, cipher: FieldCipher, known: Mapping[str, Any]) -> None:
    for name, row in known.items():
        if not name.startswith(DATA):
            continue
        proof = row.proof
        key_id = name.removeprefix(DATA)
        if key_id not in cipher.keys:
            raise KeyRefused(
                f"{service} 缺少数据密钥 {key_id}:数据库中有用它加密的内容;请把它加回 DATA_KEY(可列在当前密钥之后)"
            )
        try:
            cipher.decrypt(proof, table="key_check", column="proof", row=name)
        except Undecipherable as error:
            raise KeyRefused(f"{service} 的数据密钥 {key_id} 不是写入该数据库的那一把;请换回原来的密钥") from error


def _prove_lookup(service: str, given: Mapping[str, str], known: Mapping[str, Any]) -> None:
    whole = {row.proof for name, row in known.items() if name.startswith(LOOKUP) and row.whole}
    if whole and whole.isdisjoint(given.values()):
        raise KeyRefused(LOOKUP_REFUSED.format(service=service))


def _prove_gateway(service: str, given: Sequence[str], known: Mapping[str, Any]) -> None:
    before = {row.proof for name, row in known.items() if name.startswith(GATEWAY)}
    if before and before.isdisjoint(given):
        raise KeyRefused(
            f"{service} 的网关公钥与上次启动时的不同,来自网关的请求都会被拒绝;请换回原来的公钥,更换时新旧两把同时给出"
        )


async def _note(work: UnitOfWork, ring: Keyring, known: Mapping[str, Any]) -> None:
    """Write down the keys that are new, and that what is written from now on is under those given only."""
    lookup, gateways = _lookup_names(ring.lookup), {GATEWAY + one[:32]: one for one in ring.gateways}
    data = {DATA + key_id: key_id for key_id in ring.cipher.keys}
    gone = [
        name
        for name in known
        if (name.startswith(GATEWAY) and name not in gateways) or (name.startswith(LOOKUP) and name not in lookup)
    ]
    if gone:
        await work.connection.execute(key_check.delete().where(key_check.c.name.in_(gone)))
    rows = [
        {"name": name, "proof": _proof(ring.cipher, key_id, name), "whole": True} for name, key_id in data.items()
    ] + [{"name": name, "proof": proof, "whole": True} for name, proof in gateways.items()]
    first = not any(name.startswith(LOOKUP) for name in known)
    oldest = list(lookup)[-1]
    rows += [{"name": name, "proof": proof, "whole": first and name == oldest} for name, proof in lookup.items()]
    if fresh := [row for row in rows if row["name"] not in known]:
        await _add(work, fresh)


async def all_is_found_under(work: UnitOfWork, lookup: LookupKeys) -> None:
    """Write down that everything can be found under each of these look-up keys, so that any one of them is enough."""
    names = _lookup_names(lookup)
    await work.connection.execute(key_check.delete().where(key_check.c.name.in_(names)))
    await _add(work, [{"name": name, "proof": proof, "whole": True} for name, proof in names.items()])


async def _add(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows; what another process that starts added meanwhile stays."""
    await work.connection.execute(insert(key_check).on_conflict_do_nothing(), rows)


def _lookup_names(lookup: LookupKeys) -> dict[str, str]:
    proofs = lookup.digests("key_check", CONSTANT)
    return {LOOKUP + proof[:32]: proof for proof in proofs}


def _proof(cipher: FieldCipher, key_id: str, name: str) -> str:
    alone = FieldCipher({key_id: cipher.keys[key_id]}, key_id)
    return alone.encrypt(CONSTANT, table="key_check", column="proof", row=name)
