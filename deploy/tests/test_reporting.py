"""What is reported upward of a day: from a suite in which a matter was handled, and of rows that break the rules."""

import asyncio
import csv
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base.clock import SystemClock, local
from gateway.development.flow import sign_in
from typer.testing import CliRunner
from yiwang import journey
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import FORM, Actor, Cast
from yiwang.main import app
from yiwang.reporting import ERRORS, held, report_up, rules
from yiwang.suite import embedded

GUID = "0b4e7a52-43b4-5d65-9b7c-0f1f0a6c2d11"
TASK = "11410100MBXX0009494410709001000"
FITS = {
    "row_guid": GUID,
    "project_no": "410100U232026030220000019-01",
    "catalog_code": TASK[19:],
    "task_code": TASK,
    "task_name": "出生登记",
    "applyer_type": "1",
    "apply_date": "2026-03-02 09:30:00",
    "apply_type": "1",
    "org_name": "郑州市公安局",
    "org_code": TASK[:18],
    "handle_user_name": "dev-clerk-u23",
    "accept_date": "2026-03-02 10:00:00",
    "accept_doc_no": "郑卫受字〔2026〕第000001号",
    "project_name": "新生儿出生",
    "project_type": "2",
    "promise_date": "",
}


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


async def handled(folder: Path) -> None:
    """Have a matter handled by everybody, today."""
    suite = embedded(folder, public_url="http://127.0.0.1:1")

    async def actor(person: str) -> Actor:
        return Actor(suite.gateway, await sign_in(suite.gateway, person))

    async with suite.running():
        reviewers = {unit: await actor(person) for unit, person in REVIEWERS.items()}
        await journey.whole(Cast(await actor(CITIZEN), await actor(CLERK), reviewers))


async def test_a_day_with_a_matter_is_reported_item_by_item_without_personal_data(tmp_path: Path) -> None:
    today = local(SystemClock().now()).date()
    await handled(tmp_path / "var")
    told = await report_up(tmp_path / "var", today, tmp_path / "up", today=today + timedelta(days=1))
    folder = tmp_path / "up" / today.isoformat()
    counts = {table: (found["rows"], found["refused"]) for table, found in told["tables"].items()}
    assert counts == {"up_pro_accept": (7, 0), "up_pro_process": (7, 0), "up_pro_result": (7, 0)}
    assert told["errors"]["rows"] == 0
    assert told["day_is_over"] is True
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8")) == told
    for table, found in told["tables"].items():
        data = (folder / f"{table}.csv").read_bytes()
        assert hashlib.sha256(data).hexdigest() == found["sha256"]
        assert not any(FORM[name].encode() in data for name in ("mother_id_number", "mother_name", "mother_phone"))
    accepted = read(folder / "up_pro_accept.csv")
    assert len({row["project_no"] for row in accepted}) == len({row["row_guid"] for row in accepted}) == 7
    assert all(row["task_code"] == f"{row['org_code']}{row['task_code'][18]}{row['catalog_code']}" for row in accepted)
    assert {row["project_no"] for row in read(folder / "up_pro_result.csv")} == {row["project_no"] for row in accepted}
    assert {row["result_type"] for row in read(folder / "up_pro_result.csv")} == {"1"}

    again = await report_up(tmp_path / "var", today, tmp_path / "up", today=today + timedelta(days=1))
    assert again == told, "the same day gives the same files"
    before = await report_up(tmp_path / "var", today - timedelta(days=1), tmp_path / "up", today=today)
    assert {found["rows"] for found in before["tables"].values()} == {0}


def test_a_row_that_breaks_a_rule_is_kept_back_with_its_reasons_and_the_command_says_so(tmp_path: Path) -> None:
    today = local(SystemClock().now()).date()
    asyncio.run(handled(tmp_path / "var"))
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'var' / 'intake.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE application SET accept_doc_no = NULL"))
    engine.dispose()
    given = [
        "report",
        "up",
        "--date",
        today.isoformat(),
        "--out",
        str(tmp_path / "up"),
        "--data-dir",
        str(tmp_path / "var"),
    ]
    ran = CliRunner().invoke(app, given)
    assert ran.exit_code == 1
    folder = tmp_path / "up" / today.isoformat()
    assert read(folder / "up_pro_accept.csv") == []
    errors = read(folder / "errors.csv")
    assert {tuple(row[name] for name in ERRORS if name != "row_guid") for row in errors} == {
        ("up_pro_accept", "accept_doc_no", "缺少必填值", today.isoformat())
    }
    assert len(errors) == 7
    assert len(read(folder / "up_pro_result.csv")) == 7, "the other tables go on"
    assert not json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["day_is_over"]


def test_a_row_that_fits_is_reported() -> None:
    found = held("up_pro_accept", [FITS], "2026-03-02")
    assert (found.rows, found.errors, found.refused) == ([FITS], [], 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"task_name": ""}, {"task_name": "缺少必填值"}),
        ({"task_name": "事" * 201}, {"task_name": "超过 200 字"}),
        ({"task_name": "出生\n登记"}, {"task_name": "含有控制字符"}),
        ({"catalog_code": "41070900100"}, {"catalog_code": "格式不对"}),
        ({"catalog_code": "410709001000\n"}, {"catalog_code": "超过 12 字"}),
        ({"applyer_type": "7"}, {"applyer_type": "格式不对"}),
        ({"org_code": TASK[:17] + "I"}, {"org_code": "格式不对"}),
        ({"apply_date": "2026-02-30 09:30:00"}, {"apply_date": "不是时间"}),
        ({"apply_date": "2026-03-02"}, {"apply_date": "不是时间"}),
        ({"project_no": "x", "project_type": "3"}, {"project_no": "格式不对", "project_type": "格式不对"}),
    ],
)
def test_a_row_is_refused_for_each_column_that_breaks_its_rule(
    changed: Mapping[str, str], said: Mapping[str, str]
) -> None:
    found = held("up_pro_accept", [{**FITS, **changed}, FITS], "2026-03-02")
    assert (found.rows, found.refused) == ([FITS], 1)
    assert {error["column"]: error["error"] for error in found.errors} == said
    assert {(error["table_name"], error["row_guid"]) for error in found.errors} == {("up_pro_accept", GUID)}


def test_what_is_not_confirmed_says_so() -> None:
    columns: list[Any] = [rule for table in rules().values() for rule in table]
    assert {rule.status for rule in columns} == {"confirmed", "proposed"}
    assert "accept_doc_no" in {rule.column for rule in columns if rule.status == "proposed"}


def test_a_place_without_a_suite_is_refused(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["report", "up", "--date", "2026-03-02", "--data-dir", str(tmp_path)])
    assert (ran.exit_code, list(tmp_path.iterdir())) == (1, [])
