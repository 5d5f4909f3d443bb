"""Tables as Excel, WPS and people save them."""

import pytest
from yiwang.tables import as_day, read_table

COLUMNS = ("code", "name", "valid_from")
HEADER = "code,name,valid_from\n"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2020/1/1", "2020-01-01"),
        ("2020-1-1", "2020-01-01"),
        ("2020.01.1", "2020-01-01"),
        ("2020年1月1日", "2020-01-01"),
        ("2020年12月31", "2020-12-31"),
        ("\uff12\uff10\uff12\uff10\uff0f\uff11\uff0f\uff11", "2020-01-01"),
        ("2020-01-01", "2020-01-01"),
        ("2020/2/30", "2020/2/30"),
        ("1/1/2020", "1/1/2020"),
        ("20200101", "20200101"),
        ("长期", "长期"),
        ("", ""),
    ],
)
def test_a_day_is_read_however_it_was_written(written: str, day: str) -> None:
    assert as_day(written) == day


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_row_ends_where_its_line_does_and_at_no_other_mark(mark: str) -> None:
    table = read_table(f"{HEADER}a,甲{mark}乙,2020/1/1\r\nb,丙,\n", COLUMNS)
    assert [(line, row["name"]) for line, row in table.rows] == [(2, f"甲{mark}乙"), (3, "丙")]
    assert (table.faults, table.unread) == ([], None)


def test_days_that_a_spreadsheet_counted_are_told_in_the_order_of_the_columns() -> None:
    table = read_table("valid_to,date,valid_from\n45000,45001,45002\n", ("valid_to", "date", "valid_from"))
    assert [detail.partition(":")[0] for _, detail in table.faults] == ["valid_to", "date", "valid_from"]


def test_empty_rows_and_columns_are_none() -> None:
    text = "code,name,valid_from,,\r\na, 甲 ,2020/1/1,,\r\n,,,,\r\n\r\nb,乙,,,\r\n,,,,\r\n"
    table = read_table(text, COLUMNS)
    assert [row for _, row in table.rows] == [
        {"code": "a", "name": "甲", "valid_from": "2020-01-01"},
        {"code": "b", "name": "乙", "valid_from": ""},
    ]
    assert (table.faults, table.unread) == ([], None)
    assert [line for line, _ in table.rows] == [2, 5]


def test_a_cell_over_two_lines_keeps_the_lines_of_the_rows_after_it() -> None:
    table = read_table(HEADER + 'a,"甲\n乙",\nb,丙,\n', COLUMNS)
    assert [line for line, _ in table.rows] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HEADER + "a,甲,44197\n", 2, "日期序号"),
        (HEADER + "a,甲,2020-01-01,x\n", 2, "多了 1 列"),
        (HEADER + "a,甲\n", 2, "少了 1 列"),
    ],
)
def test_a_row_that_is_not_right_is_told_with_its_line(text: str, line: int, said: str) -> None:
    ((where, detail),) = read_table(text, COLUMNS).faults
    assert (where, said in detail) == (line, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code\uff0cname\uff0cvalid_from\na\uff0c甲\n", "半角逗号"),
        ("code;name;valid_from\n", "半角逗号"),
        ("code\tname\tvalid_from\n", "半角逗号"),
        ("code,name\n", "表头应为 code,name,valid_from"),
        ("", "表头应为"),
        (HEADER + 'a,"甲\n', "CSV 格式有误"),
    ],
)
def test_a_table_that_is_no_such_table_is_told(text: str, said: str) -> None:
    table = read_table(text, COLUMNS)
    assert table.unread is not None
    assert said in table.unread[1]
