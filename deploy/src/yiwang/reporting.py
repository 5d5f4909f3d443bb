"""The national tables `up_*` of a day: what was accepted, how it was handled, what came of it, item by item.

Each row is held against the rules of its table's columns (`up_columns.csv`, those not confirmed are `proposed`). One
that breaks a rule is not reported but stands with its reasons in `errors.csv` (数据质量反馈). No applicant's personal
data are in the tables: the suite knows an applicant by the account alone.
"""

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chassis.base.clock import SHANGHAI, local
from intake_svc.store.reporting import accepted_of
from workflow_svc.domain import TaskState
from workflow_svc.store.reporting import decided_within, opened_within

from yiwang.upkeep import database_of

RULES = Path(__file__).with_name("up_columns.csv")
MOMENT = "MOMENT"
ERRORS = ("table_name", "row_guid", "column", "error", "batch")
AT_ONCE = 500
PERSON, ONLINE = "1", "1"
PROMISED, ON_THE_SPOT = "2", "1"
GRANTED, NOT_GRANTED = "1", "2"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a column's values must be; `pattern` is of the whole value, MOMENT a time to the second."""

    column: str
    required: bool
    max_length: int
    pattern: str
    status: str

    def broken_by(self, value: str) -> str:
        """Return how a value breaks it, in words without the value; nothing when it does not."""
        if not value:
            return "缺少必填值" if self.required else ""
        if len(value) > self.max_length:
            return f"超过 {self.max_length} 字"
        if not value.isprintable():
            return "含有控制字符"
        if self.pattern == MOMENT:
            return "" if _is_moment(value) else "不是时间"
        return "" if re.fullmatch(self.pattern or ".*", value) else "格式不对"


@dataclass(slots=True)
class Reported:
    """A table's rows that fit, and what is wrong with the others."""

    rows: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    refused: int = 0


@cache
def rules() -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each table's columns, in the tables' order."""
    found: dict[str, tuple[Rule, ...]] = {}
    for row in csv.DictReader(io.StringIO(RULES.read_text(encoding="utf-8"), newline="")):
        rule = Rule(row["column"], bool(row["required"]), int(row["max_length"]), row["pattern"], row["status"])
        found[row["table"]] = (*found.get(row["table"], ()), rule)
    return found


def held(table: str, rows: Sequence[Row], batch: str) -> Reported:
    """Hold rows against their table's rules; one that breaks any is refused with each of its reasons."""
    found = Reported()
    for row in rows:
        broken = [(rule.column, said) for rule in rules()[table] if (said := rule.broken_by(row.get(rule.column, "")))]
        if broken:
            found.refused += 1
            values = [(table, row["row_guid"], column, said, batch) for column, said in broken]
            found.errors += [dict(zip(ERRORS, one, strict=True)) for one in values]
        else:
            found.rows.append(row)
    return found


async def report_up(data_dir: Path | None, day: date, folder: Path, *, today: date) -> dict[str, Any]:
    """Write a day's tables below a folder and return the manifest; the same day gives the same files.

    Raises NotReady.
    """
    since = datetime.combine(day, time(), SHANGHAI)
    until = since + timedelta(days=1)
    async with database_of("workflow", data_dir) as workflow, workflow.reading() as connection:
        opened = await opened_within(connection, since, until)
        decided = await decided_within(connection, since, until)
    accepted: dict[str, Any] = {}
    numbers = sorted({row.application_number for row in opened})
    async with database_of("intake", data_dir) as intake, intake.reading() as connection:
        for first in range(0, len(numbers), AT_ONCE):
            accepted |= await accepted_of(connection, numbers[first : first + AT_ONCE])
    batch = day.isoformat()
    made = {
        "up_pro_accept": [_accept(row, accepted.get(row.application_number)) for row in opened],
        "up_pro_process": [_process(row) for row in decided],
        "up_pro_result": [_result(row) for row in decided],
    }
    tables = {table: held(table, rows, batch) for table, rows in made.items()}
    return _write(folder / batch, tables, batch, is_over=day < today)


def _accept(row: Any, accepted: Any) -> Row:
    return {
        **_of_item(row, "up_pro_accept"),
        "catalog_code": row.item[19:],
        "task_code": row.item,
        "task_name": row.name,
        "applyer_type": PERSON,
        "apply_date": _moment(row.submitted_at),
        "apply_type": ONLINE,
        "org_name": row.unit_name,
        "org_code": row.item[:18],
        "handle_user_name": (accepted and accepted.accepted_by) or "",
        "accept_date": _moment(accepted and accepted.accepted_at),
        "accept_doc_no": (accepted and accepted.accept_doc_no) or "",
        "project_name": row.matter_name,
        "project_type": PROMISED if row.promise.get("amount") else ON_THE_SPOT,
        "promise_date": _moment(row.promised_due),
    }


def _process(row: Any) -> Row:
    return {
        **_of_item(row, "up_pro_process"),
        "event_name": "审批",
        "process_name": row.name,
        "handle_user_name": row.decided_by or "",
        "event_start_time": _moment(row.opened_at),
        "event_end_time": _moment(row.decided_at),
    }


def _result(row: Any) -> Row:
    is_granted = row.state == TaskState.GRANTED
    return {
        **_of_item(row, "up_pro_result"),
        "handle_user_name": row.decided_by or "",
        "result_date": _moment(row.decided_at),
        "result_type": GRANTED if is_granted else NOT_GRANTED,
        "result_cetr_name": (row.result or {}).get("name", "") if is_granted else "",
    }


def _of_item(row: Any, table: str) -> Row:
    """Return what names a row: the same for the same task whenever it is reported; an item's number is its case's."""
    guid = str(uuid5(NAMESPACE_URL, f"{table}:{row.task_id}"))
    return {"row_guid": guid, "project_no": f"{row.application_number}-{row.place + 1:02}"}


def _moment(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _is_moment(value: str) -> bool:
    try:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}" == value
    except ValueError:
        return False


def _write(folder: Path, tables: Mapping[str, Reported], batch: str, *, is_over: bool) -> dict[str, Any]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told: dict[str, Any] = {"date": batch, "day_is_over": is_over, "tables": {}}
    for table, found in tables.items():
        columns = [rule.column for rule in rules()[table]]
        digest = _put(folder / f"{table}.csv", _csv(columns, found.rows))
        proposed = [rule.column for rule in rules()[table] if rule.status == "proposed"]
        counts = {"rows": len(found.rows), "refused": found.refused}
        told["tables"][table] = {**counts, "sha256": digest, "proposed_columns": proposed}
    errors = [error for found in tables.values() for error in found.errors]
    told["errors"] = {"rows": len(errors), "sha256": _put(folder / "errors.csv", _csv(ERRORS, errors))}
    _put(folder / "manifest.json", json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return told


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(_cells(columns, rows))
    return text.getvalue()


def _cells(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[list[str]]:
    return ([row.get(column, "") for column in columns] for row in rows)


def _put(file: Path, text: str) -> str:
    """Write a file whole or not at all, for its owner alone; return its SHA-256."""
    data = text.encode()
    beside = file.with_suffix(f"{file.suffix}.part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(data)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(file)
    return hashlib.sha256(data).hexdigest()
