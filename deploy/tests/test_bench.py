from io import StringIO

import pytest
from rich.console import Console
from yiwang.bench import ROWS, bench

pytestmark = [pytest.mark.connected, pytest.mark.enable_socket]


async def test_both_pairs_of_backends_are_measured_side_by_side(postgresql_url: str, kafka_url: str) -> None:
    printed = StringIO()
    await bench(Console(file=printed, width=200), count=1, at_once=1, rounds=1, servers=(postgresql_url, kafka_url))
    lines = {row: line.split("│")[2:-1] for row in ROWS for line in printed.getvalue().splitlines() if row in line}
    figures = {row: [float(cell.replace(",", "")) for cell in cells if cell.strip()] for row, cells in lines.items()}
    assert {row: len(found) for row, found in figures.items()} == dict(zip(ROWS, (3, 3, 1, 1), strict=True))
    assert all(value > 0 for found in figures.values() for value in found)
