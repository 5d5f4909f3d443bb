"""Acceptance (验收): the cases of a network, the runs with their outcomes, and the signatures under a run."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from chassis.data.cipher import FieldCipher
from chassis.data.database import UnitOfWork, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.acceptance import AcceptanceCase
from datashare_svc.domain.connecting import Side
from datashare_svc.domain.model import Depth
from datashare_svc.store.connection_tables import acceptance_cases, acceptance_outcomes, acceptance_runs
from datashare_svc.store.connections import SIZE, Record

_ALL_CASES = sa.select(acceptance_cases)
_CASES = (
    sa.select(acceptance_cases.c.case_key, acceptance_cases.c.document)
    .where(acceptance_cases.c.network == sa.bindparam("wanted"))
    .order_by(acceptance_cases.c.place)
)


async def cases_of(connection: AsyncConnection, network: str, cipher: FieldCipher) -> list[AcceptanceCase]:
    """Return the acceptance cases of a network, in their order."""
    found = await connection.execute(_CASES, {"wanted": network})
    return [read_case(opened(cipher, row.case_key, row.document)) for row in found]


def opened(cipher: FieldCipher, case_key: str, sealed: str) -> dict[str, Any]:
    """Return a case's document; who stands in it is sealed, though nobody should be but synthetic persons."""
    found: dict[str, Any] = json.loads(cipher.decrypt(sealed, table="acceptance_case", column="document", row=case_key))
    return found


def sealed(cipher: FieldCipher, case_key: str, document: Mapping[str, Any]) -> str:
    """Return a case's document as it is kept."""
    text = json.dumps(document, ensure_ascii=False)
    return cipher.encrypt(text, table="acceptance_case", column="document", row=case_key)


def read_case(document: dict[str, Any]) -> AcceptanceCase:
    """Return a case from what is stored of it."""
    typed = {"depth": Depth(document["depth"]), "fields": tuple(document["fields"])}
    return AcceptanceCase(**{**document, **typed})


async def stored_cases(connection: AsyncConnection, cipher: FieldCipher) -> dict[str, Record]:
    """Return all cases' rows by their keys, opened."""
    rows = (await connection.execute(_ALL_CASES)).mappings()
    return {row["case_key"]: {**row, "document": opened(cipher, row["case_key"], row["document"])} for row in rows}


_SAVE_CASE = insert(acceptance_cases)
_SAVE_CASE = _SAVE_CASE.on_conflict_do_update(
    index_elements=["case_key"],
    set_={name: _SAVE_CASE.excluded[name] for name in ("network", "place", "document")},
)
_DROP_CASE = acceptance_cases.delete().where(acceptance_cases.c.case_key == sa.bindparam("gone"))


async def save_cases(connection: AsyncConnection, rows: Sequence[Record], cipher: FieldCipher) -> None:
    """Store cases as they are now, sealed."""
    kept = [{**row, "document": sealed(cipher, row["case_key"], row["document"])} for row in rows]
    if kept:
        await connection.execute(_SAVE_CASE, kept)


async def drop_cases(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Take cases away; what their runs came to stays."""
    if keys:
        await connection.execute(_DROP_CASE, [{"gone": key} for key in keys])


_NUMBER = sa.select(sa.func.coalesce(sa.func.max(acceptance_runs.c.number), 0) + 1).where(
    acceptance_runs.c.network == sa.bindparam("wanted")
)


async def next_number(connection: AsyncConnection, network: str) -> int:
    """Return the number of a network's next run; the network is locked."""
    return int((await connection.execute(_NUMBER, {"wanted": network})).scalar_one())


def add_run(work: UnitOfWork, run: Record, outcomes: Sequence[Record]) -> None:
    """Add a run with its outcomes."""
    work.add(acceptance_runs, run)
    work.add(acceptance_outcomes, *outcomes)


_RUN = sa.select(acceptance_runs).where(
    acceptance_runs.c.network == sa.bindparam("wanted"), acceptance_runs.c.run_id == sa.bindparam("run_id")
)
_RUNS = (
    sa.select(acceptance_runs)
    .where(acceptance_runs.c.network == sa.bindparam("wanted"))
    .order_by(acceptance_runs.c.number.desc())
    .limit(SIZE)
)
_RUNS_ON = _RUNS.where(acceptance_runs.c.number < sa.bindparam("before"))
_OUTCOMES = (
    sa.select(acceptance_outcomes)
    .where(acceptance_outcomes.c.run_id == sa.bindparam("run_id"))
    .order_by(acceptance_outcomes.c.place)
)


async def find_run(connection: AsyncConnection, network: str, run_id: str) -> Record | None:
    """Return a run of a network."""
    row = (await connection.execute(_RUN, {"wanted": network, "run_id": run_id})).mappings().first()
    return dict(row) if row else None


async def list_runs(connection: AsyncConnection, network: str, *, before: int, size: int) -> list[Record]:
    """Return the runs of a network, the newest first; on before a number, or with 0 from the newest."""
    given = {"wanted": network, "before": before, "size": size}
    return [dict(row) for row in (await connection.execute(_RUNS_ON if before else _RUNS, given)).mappings()]


async def outcomes_of(connection: AsyncConnection, run_id: str) -> list[Record]:
    """Return what the cases of a run came to, in their order."""
    return [dict(row) for row in (await connection.execute(_OUTCOMES, {"run_id": run_id})).mappings()]


_OTHER = acceptance_runs.alias()
_NEWER = sa.exists().where(_OTHER.c.network == acceptance_runs.c.network, _OTHER.c.number > acceptance_runs.c.number)
_SIGNABLE = (
    acceptance_runs.c.network == sa.bindparam("wanted"),
    acceptance_runs.c.run_id == sa.bindparam("of_run"),
    acceptance_runs.c.cases > 0,
    acceptance_runs.c.passed == acceptance_runs.c.cases,
    acceptance_runs.c.at >= sa.bindparam("oldest"),
    ~_NEWER,
)


def _signing(mine: str, other: str) -> Any:
    """Return the statement that signs a run for one side, unless it is signed for it, or for the other by the same."""
    ours, theirs = acceptance_runs.c[f"{mine}_by"], acceptance_runs.c[f"{other}_by"]
    signed = acceptance_runs.update().where(*_SIGNABLE, ours == "", theirs != sa.bindparam("by"))
    named: dict[str, Any] = {f"{mine}_by": sa.bindparam("by"), f"{mine}_at": sa.bindparam("now")}
    return signed.values(named).returning(*acceptance_runs.columns)


_SIGN = {Side.PROVIDER: _signing("provider", "authority"), Side.AUTHORITY: _signing("authority", "provider")}


async def sign_run(  # noqa: PLR0913  what a signature rests on
    connection: AsyncConnection, side: Side, *, network: str, run_id: str, by: str, now: datetime, oldest: datetime
) -> Record | None:
    """Sign a run for a side if all its cases passed, it is the newest, not too old, and the other side is another.

    Return the run as it is then; None where it was not signed.
    """
    given = {"wanted": network, "of_run": run_id, "by": by, "now": now, "oldest": oldest}
    row = (await connection.execute(_SIGN[side], given)).mappings().first()
    return dict(row) if row else None
