"""The journal: all that is counted, as it was told, appended and never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.data.database import UnitOfWork

from evaluation_svc.store.tables import journal


def append_entry(  # noqa: PLR0913  what an entry says
    work: UnitOfWork,
    *,
    entry_id: str,
    kind: str,
    key: str,
    type_: str,
    version: int,
    at: datetime,
    data: Mapping[str, Any],
) -> None:
    """Add an entry with the transaction's other rows."""
    row = {"entry_id": entry_id, "kind": kind, "key": key, "type": type_, "version": version, "at": at}
    work.add(journal, {**row, "received_at": work.clock.now(), "data": data, "counted": False})
