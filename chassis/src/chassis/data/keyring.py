"""Proves at each start that a service's keys are those that its database was written with.

`key_check` keeps a proof of each key and never the key. A data key once used must be given for ever; of the look-up
keys one must be given under which everything can be found (`whole`); of the gateway's public keys one that was there
at the last start, so that a change of it needs both for a while.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.base.problems import StartRefused
from chassis.data.cipher import FieldCipher, LookupKeys, Undecipherable
from chassis.data.database import Database, UnitOfWork, insert
from chassis.data.schema import key_check

CONSTANT = "yiwang"
DATA, LOOKUP, GATEWAY = "data:", "lookup:", "gateway:"


class KeyRefused(StartRefused):
    """A key is missing, or is not the one that this database was written with."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """A service's keys; `gateways` are the thumbprints of the gateway's public keys."""

    cipher: FieldCipher
    lookup: LookupKeys
    gateways: Sequence[str]


async def prove(database: Database, service: str, ring: Keyring) -> None:
    """Hold a service's keys against its database, and note those that are new. Raises KeyRefused."""
    async with database.unit_of_work() as work:
        known = {row.name: row for row in await work.connection.execute(sa.select(key_check).with_for_update())}
        prove_data_keys(service, ring.cipher, {name: row.proof for name, row in known.items()})
        _prove_lookup(service, _lookup_names(ring.lookup), known)
        _prove_gateway(service, ring.gateways, known)
        await _note(work, ring, known)


def prove_data_keys(service: str, cipher: FieldCipher, proofs: Mapping[str, str]) -> None:
    """Hold data keys against the proofs of a database. Raises KeyRefused."""
    for name, proof in proofs.items():
        if not name.startswith(DATA):
            continue
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
        raise KeyRefused(
            f"{service} 的检索密钥不是该数据库建索引用的那一把,按人检索会漏;"
            f"请换回原来的密钥,更换时新旧两把同时给出并运行 yiwang keys redigest"
        )


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
    await work.connection.execute(insert(key_check, work.connection).on_conflict_do_nothing(), rows)


def _lookup_names(lookup: LookupKeys) -> dict[str, str]:
    proofs = lookup.digests("key_check", CONSTANT)
    return {LOOKUP + proof[:32]: proof for proof in proofs}


def _proof(cipher: FieldCipher, key_id: str, name: str) -> str:
    alone = FieldCipher({key_id: cipher.keys[key_id]}, key_id)
    return alone.encrypt(CONSTANT, table="key_check", column="proof", row=name)
