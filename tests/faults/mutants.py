"""Known mistakes: in which file of the chassis each is planted, and the test that must fail for it."""

from dataclasses import dataclass
from pathlib import Path

CHASSIS = Path(__file__).resolve().parents[2] / "chassis" / "src" / "chassis"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: in which file, what is replaced by what, and the test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str
    connected: bool = False


MUTANTS = (
    Mutant(
        "the relay reads by id greater than the last",
        "events/outbox.py",
        "        .where(outbox.c.published_at.is_(None))\n        .order_by(outbox.c.position)",
        "        .where(outbox.c.position > sa.select(sa.func.coalesce(sa.func.max(outbox.c.position), 0))"
        ".where(outbox.c.published_at.is_not(None)).scalar_subquery())\n        .order_by(outbox.c.position)",
        "chassis/tests/events/test_outbox.py",
        connected=True,
    ),
    Mutant(
        "marked before it is published",
        "events/outbox.py",
        "            await self._bus.publish(",
        "            async with self._database.unit_of_work() as early:\n"
        "                await _mark(early, [row.position for row in rows], token)\n"
        "            await self._bus.publish(",
        "chassis/tests/events/test_outbox.py",
    ),
    Mutant(
        "the fencing token is not checked",
        "events/outbox.py",
        "lease.c.name == RELAY, lease.c.token == token",
        "lease.c.name == RELAY",
        "chassis/tests/events/test_outbox.py",
    ),
    Mutant(
        "the inbox row outside the effect's transaction",
        "events/inbox.py",
        "        if reader is not None:\n            await reader.handler(work,",
        "        if reader is not None:\n            await work.connection.commit()\n"
        "            await reader.handler(work,",
        "chassis/tests/events/test_inbox.py",
    ),
    Mutant(
        "a parked event does not hold back its subject",
        "events/standing.py",
        " if row.behind else _missing(",
        " if False else _missing(",
        "chassis/tests/events/test_inbox.py",
    ),
    Mutant(
        "the key is looked up but not stored with the effect",
        "http/idempotency.py",
        "                self._store(work, headers, body)\n",
        "",
        "chassis/tests/http/test_idempotency.py",
    ),
    Mutant(
        "a refusal is given without another look at the key",
        "http/idempotency.py",
        "                await once._look_again()\n",
        "                pass\n",
        "intake-svc/tests/test_replays.py",
    ),
    Mutant(
        "the audit chain is not recomputed",
        "data/audit.py",
        'if row["digest"] != _chained_digest(row):',
        "if False:",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "a row is chained without a look at its seal",
        "data/audit.py",
        '[row for row in waiting if row["position"] not in wrong]',
        "waiting",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "an audit row that is put in again is chained again",
        "data/audit.py",
        "elif words in seen:",
        "elif False:",
        "chassis/tests/data/test_audit.py",
    ),
    Mutant(
        "a writer of an audit row waits for the chain's head",
        "data/audit.py",
        "    seal = _cipher(work.cipher)",
        "    await work.connection.execute(sa.select(audit_head).with_for_update())\n    seal = _cipher(work.cipher)",
        "chassis/tests/data/test_audit.py",
        connected=True,
    ),
)
