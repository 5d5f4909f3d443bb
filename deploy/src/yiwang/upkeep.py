"""Looking after a service's database: its dead letters, its audit chain; and whether it can be used at all."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.base.clock import local
from chassis.base.telemetry import mask
from chassis.data import audit, heads, outgoing
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.data.keyring import prove_data_keys
from chassis.data.migrate import TOLD, schema_age
from chassis.events import outbox, parking
from chassis.events.parking import State
from chassis.settings import HeadSettings, ServiceSettings, signing_key
from datashare_svc.handlers import reconcile
from joserfc.jwk import OKPKey
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from yiwang.environment import settings_of
from yiwang.keyfile import keys
from yiwang.refusals import NotReady
from yiwang.services import SERVICES

LEFT = {outgoing.State.WAITING: "待做", outgoing.State.STUCK: "停下"}
STATES = {State.DEAD: "死信", State.WAITING: "等待", State.RETRYING: "重试中"}


@dataclass(frozen=True, slots=True)
class HeadsGiven:
    """Signed heads to verify a chain with: a file that was kept elsewhere, and the file of the public key."""

    file: Path | None = None
    key: Path | None = None


NO_HEADS_GIVEN = HeadsGiven()


@asynccontextmanager
async def database_of(service: str, data_dir: Path | None) -> AsyncIterator[Database]:
    """Open a service's database: the embedded one below a folder, else the one its environment names.

    Raises NotReady when it is not there, or not of the newest structure, and KeyRefused.
    """
    url = _embedded(service, data_dir) if data_dir else _by_environment(service).database_url
    await _must_be_current(url, service)
    cipher = _cipher(service, data_dir)
    database = Database.open(url, cipher=cipher)
    try:
        async with database.reading() as connection:
            await prove_data_keys(connection, service, cipher)
        yield database
    finally:
        await database.close()


def _cipher(service: str, data_dir: Path | None) -> FieldCipher:
    if data_dir is None:
        return _by_environment(service).cipher()
    return FieldCipher.of(keys(data_dir.resolve())["data_key"])


def _embedded(service: str, data_dir: Path) -> str:
    file = data_dir.resolve() / f"{service}.db"
    if not file.is_file():
        raise NotReady(f"{data_dir} 中没有 {service} 的数据库;请先以 yiwang run --data-dir {data_dir} 启动一次")
    return f"sqlite+aiosqlite:///{file}"


def _by_environment(service: str) -> ServiceSettings:
    try:
        return settings_of(SERVICES[service].settings_alone)
    except NotReady as error:
        raise NotReady(f"{error};嵌入式请用 --data-dir 指明数据目录") from error


async def _must_be_current(url: str, service: str) -> None:
    try:
        found = await schema_age(url, SERVICES[service].package)
    except (OSError, SQLAlchemyError) as error:
        raise NotReady(f"{service} 的数据库连不上或不是数据库:{str(error).splitlines()[0]}") from error
    if found in TOLD:
        raise NotReady(TOLD[found].format(service=service))


async def list_parked(console: Console, service: str, data_dir: Path | None, *, everything: bool) -> int:
    """Print how many events are dead or wait, or are parked at all, and the first of each subject; return how many.

    The first is the one to decide on: those behind it follow.
    """
    states = tuple(State) if everything else (State.DEAD, State.WAITING)
    async with database_of(service, data_dir) as database, database.reading() as connection:
        counts = await parking.counts(connection)
        rows = await parking.firsts(connection, *states)
    total = sum(counts[state] for state in states)
    said = "、".join(f"{STATES[state]} {counts[state]} 条" for state in states)
    table = Table(title=f"{service}:{said};以下每个对象最早的一条,共列 {len(rows)} 条")
    for column in ("事件", "类型", "对象", "版本", "其后", "状态", "次数", "停放时间", "原因"):
        table.add_column(column, overflow="fold")
    for row in rows:
        when = f"{local(row.parked_at):%m-%d %H:%M:%S}"
        table.add_row(
            row.event_id,
            row.type,
            row.subject,
            str(row.version),
            str(row.behind),
            row.state,
            str(row.attempts),
            when,
            row.reason[:80],
        )
    console.print(table if total else f"{service}:没有死信")
    return total


async def show_parked(service: str, data_dir: Path | None, event_id: str) -> dict[str, Any]:
    """Return one parked event with its envelope and reason. Raises DeadLetterNotFound."""
    async with database_of(service, data_dir) as database, database.reading() as connection:
        row = (await parking.shown(connection, event_id))._asdict()
    return {name: value if isinstance(value, (str, int)) else str(value) for name, value in row.items()}


async def redrive(service: str, data_dir: Path | None, event_id: str) -> None:
    """Ask for a parked event to be handled again; the running service does it.

    Raises DeadLetterNotFound, NotFirst, HandledMeanwhile; what was not done is not audited.
    """
    async with database_of(service, data_dir) as database, database.unit_of_work() as work:
        await parking.redrive(work, event_id)
        await audit.record(work, actor="operator", action="dead_letter.redriven", subject=event_id)


async def discard(service: str, data_dir: Path | None, event_id: str, reason: str) -> None:
    """Take a parked event for handled, without effect, so that those behind it flow; who asks why finds the reason.

    Raises DeadLetterNotFound, NotFirst, HandledMeanwhile; what was not done is not audited.
    """
    async with database_of(service, data_dir) as database, database.unit_of_work() as work:
        row = await parking.discard(work, event_id)
        details = {
            "reason": mask(reason),
            **{name: getattr(row, name) for name in ("topic", "subject", "version", "type")},
        }
        await audit.record(work, actor="operator", action="dead_letter.discarded", subject=event_id, details=details)


async def republish(service: str, data_dir: Path | None, since: datetime, *, topic: str = "", subject: str = "") -> int:
    """Put published events back to be published again, in small steps; the running service does it. Return how many."""
    asked = {"since": since.isoformat(), "topic": topic, "subject": subject}
    total, found, after = 0, 1, 0
    async with database_of(service, data_dir) as database:
        async with database.unit_of_work() as work:
            await audit.record(work, actor="operator", action="events.republished", subject=service, details=asked)
        while found:
            async with database.unit_of_work() as work:
                found, after = await outbox.republish(work, since, topic=topic, subject=subject, after=after)
            total += found
    return total


async def list_outgoing(console: Console, service: str, data_dir: Path | None) -> int:
    """Print how much outgoing work is not done and the first of it, what is stuck before the rest; return how much."""
    async with database_of(service, data_dir) as database, database.reading() as connection:
        counts = await outgoing.counts(connection, database.clock.now())
        rows = await outgoing.listed(connection)
    total = sum(many for many, _ in counts.values())
    said = "、".join(f"{kind} {LEFT[outgoing.State(state)]} {many} 项" for (kind, state), (many, _) in counts.items())
    table = Table(title=f"{service}:{said};共列 {len(rows)} 项")
    for column in ("种类", "对象", "状态", "次数", "起于", "下次", "上次没有做成的原因"):
        table.add_column(column, overflow="fold")
    for row in rows:
        times = [f"{local(moment):%m-%d %H:%M:%S}" for moment in (row.asked_at, row.next_attempt_at)]
        state = LEFT[outgoing.State(row.state)]
        table.add_row(row.kind, row.subject, state, str(row.attempts), *times, row.last_error)
    console.print(table if total else f"{service}:没有待做的工作")
    return total


async def redrive_outgoing(service: str, data_dir: Path | None, kind: str, subject: str) -> int:
    """Ask for outgoing work to be tried from its first attempt, by the running service; return how much that is.

    Without a subject all of the kind that is stuck. Raises OutgoingNotFound.
    """
    async with database_of(service, data_dir) as database, database.unit_of_work() as work:
        if subject:
            await outgoing.redrive(work, kind, subject)
        many = 1 if subject else await outgoing.redrive_stuck(work, kind)
        details = {"kind": kind, "many": many}
        await audit.record(work, actor="operator", action="outgoing.redriven", subject=subject or kind, details=details)
        return many


async def verify_audit(
    service: str, data_dir: Path | None, given: HeadsGiven = NO_HEADS_GIVEN
) -> tuple[audit.Verdict, heads.Judged | None]:
    """Recompute a service's audit chain, and look at what waits to be chained; with its signed heads, where it has any.

    Raises NotReady where heads are given and no key is known.
    """
    keys, lines = head_keys(service, data_dir, given.key), None if given.file is None else _lines(given.file)
    if lines is not None and not keys:
        raise NotReady(f"核对链头需要 {service} 的链头公钥:请以 --head-key 给出")
    async with database_of(service, data_dir) as database:
        if not keys:
            return await audit.verify(database), None
        return await heads.verify(database, service, keys, lines)


async def reconciled(service: str, data_dir: Path | None) -> str:
    """Say what differs between a service's log and what it keeps beside it; nothing where they agree."""
    if service != "datashare":
        return ""
    async with database_of(service, data_dir) as database:
        return await reconcile(database)


def head_keys(service: str, data_dir: Path | None, file: Path | None) -> list[OKPKey]:
    """Return the keys that verify a service's heads: those of a file, else its own; none where it signs none.

    Raises NotReady for a file that holds no key.
    """
    if file is not None:
        try:
            told = json.loads(_read(file))
            return [signing_key(one) for one in told.get("keys", [told])]
        except (ValueError, AttributeError, TypeError) as wrong:
            raise NotReady(f"{file} 中没有 Ed25519 公钥(JWK 或 JWK 集)") from wrong
    if not issubclass(SERVICES[service].settings, HeadSettings):
        return []
    if data_dir is not None:
        return [signing_key(json.loads(keys(data_dir.resolve())[f"{service}_head_key"]))]
    settings = _by_environment(service)
    key = settings.signer() if isinstance(settings, HeadSettings) else None
    return [] if key is None else [key]


def _lines(file: Path) -> list[str]:
    return _read(file).splitlines()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotReady(f"读不出 {file}") from wrong


async def audit_about(service: str, data_dir: Path | None, subject: str) -> list[dict[str, Any]]:
    """Return a service's audit rows of one subject, the oldest first."""
    async with database_of(service, data_dir) as database:
        return await audit.rows_about(database, subject)


def pretty(value: dict[str, Any]) -> str:
    """Return JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)
