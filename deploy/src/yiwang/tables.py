"""Tables as spreadsheets save them: empty rows and columns are none, and days may be written as Excel writes them."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

DAYS = frozenset({"date", "valid_from", "valid_to"})
"""The columns that hold a day."""
WRITTEN = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?", re.ASCII)
SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)


@dataclass(slots=True)
class Table:
    """Rows by their line and column; faults by their line; and where and why a table was not read to its end."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    unread: tuple[int, str] | None = None


def read_table(text: str, columns: Sequence[str]) -> Table:
    """Read a table whose first line names just these columns."""
    table = Table()
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _filled(next(lines, []), 0)
        if tuple(header) != tuple(columns):
            table.unread = (1, _misnamed(header, columns))
            return table
        line = lines.line_num + 1
        for cells in lines:
            _take(table, line, _filled(cells, len(columns)), columns)
            line = lines.line_num + 1
    except csv.Error as error:
        table.unread = (lines.line_num, f"CSV 格式有误:{error}")
    return table


def _take(table: Table, line: int, cells: list[str], columns: Sequence[str]) -> None:
    if not any(cells):
        return
    if excess := len(cells) - len(columns):
        table.faults.append((line, f"{'多' if excess > 0 else '少'}了 {abs(excess)} 列"))
    row = {name: as_day(cell) if name in DAYS else cell for name, cell in zip(columns, cells, strict=False)}
    table.faults += [(line, detail) for detail in _serials(row)]
    table.rows.append((line, row))


def _filled(cells: Sequence[str], least: int) -> list[str]:
    """Return cells without blanks around them and without the empty ones that a spreadsheet adds at the end."""
    found = [cell.strip() for cell in cells]
    while len(found) > least and not found[-1]:
        found.pop()
    return found


def _misnamed(header: Sequence[str], columns: Sequence[str]) -> str:
    said = f"表头应为 {','.join(columns)}"
    return (
        f"各列应以半角逗号分隔;{said}"
        if any(mark in cell for cell in header for mark in ",;\t\uff0c\uff1b\u3001")
        else said
    )


def as_day(cell: str) -> str:
    """Return a day as 2020-01-01, however a spreadsheet or a person wrote it; what is no day stays as it is."""
    found = WRITTEN.fullmatch(unicodedata.normalize("NFKC", cell))
    if found is None:
        return cell
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return cell


def _serials(row: dict[str, str]) -> Iterator[str]:
    for name, cell in row.items():
        if name in DAYS and SERIAL.fullmatch(cell):
            yield f"{name}:{cell} 是表格软件的日期序号,请把这一列设为日期格式后再保存,如 2020-01-01"
