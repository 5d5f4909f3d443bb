import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from catalog_svc.settings import CatalogSettings
from chassis.contracts.components import VERSION
from chassis.contracts.released import digest
from chassis.data import audit, outgoing
from chassis.data.cipher import FieldCipher, LookupKeys
from chassis.data.database import Database
from chassis.data.handing import Signing, hand_heads, sign_head
from chassis.data.keyring import prove
from chassis.data.migrate import upgrade
from chassis.events import parking
from chassis.events.envelope import Envelope
from chassis.events.parking import Halt, State
from chassis.http.identity import new_key
from chassis.http.serving import NOT_STARTED
from chassis.settings import callers_of, new_secret, signing_key
from datashare_svc.handlers import tell_head
from esign_svc.store import documents
from typer.testing import CliRunner
from yiwang.commands.serve import OPERATORS
from yiwang.keyfile import keys
from yiwang.main import app
from yiwang.services import SERVICES
from yiwang.suite import CITY, CONTRACTS

RUNNER = CliRunner()


def yiwang(*words: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("words", "at"),
    [
        (["--from", "2026-09-30T16:30", "--working-hours", "8"], "2026-10-09T09:30:00+08:00"),
        (["--from", "2026-09-30T16:30", "--working-days", "20"], "2026-11-03T17:00:00+08:00"),
        (["--from", "2026-02-13T10:00", "--working-days", "5", "--unit", "U09"], "2026-02-27T17:00:00+08:00"),
        (["--from", "2026-12-31T10:00", "--working-days", "1"], "2027-01-04T17:00:00+08:00"),
        (["--from", "2026-09-20T10:00", "--calendar-days", "11"], "2026-10-08T17:00:00+08:00"),
        (["--from", "2026-01-31T10:00", "--months", "1"], "2026-02-28T17:00:00+08:00"),
        (["--from", "2024-02-29T10:00", "--years", "1"], "2025-02-28T17:00:00+08:00"),
    ],
)
def test_due_prints_when_a_limit_ends_for_machines(words: list[str], at: str) -> None:
    code, output = yiwang("due", *words, "--json")
    assert code == 0
    assert json.loads(output)["at"] == at


def test_due_explains_each_day_to_people() -> None:
    code, output = yiwang("due", "--from", "2026-09-30T16:30", "--working-hours", "8")
    assert code == 0
    assert "国庆节放假" in output
    assert "2026-10-09 09:30" in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "只给一个"),
        (["--working-days", "1", "--working-hours", "1"], "只给一个"),
        (["--months", "1", "--years", "1"], "只给一个"),
        (["--months", "1201"], "不是 0 至 1200 的整数"),
        (["--years", "101"], "不是 0 至 100 的整数"),
        (["--working-days", "-1"], "不是 0 至 36500 的整数"),
        (["--working-days", "five"], "不是 0 至 36500 的整数"),
        (["--working-hours", "99999999"], "不是 0 至 36500 的整数"),
        (["--working-days", "1", "--unit", "U99"], "没有单位 U99"),
        (["--working-days", "1", "--from", "2026-02-30"], "不是时间"),
        (["--working-days", "1", "--from", "0001-01-01T00:00"], "推算不出"),
        (["--working-days", "1", "--from", "9999-12-31T00:00"], "推算不出"),
        (["--months", "1", "--from", "9999-12-31T00:00"], "推算不出"),
        (["--working-days", "1", "--city", "/nowhere"], "没有 /nowhere/"),
    ],
)
def test_due_says_in_chinese_what_is_wrong(words: list[str], said: str) -> None:
    code, output = yiwang("due", "--from", "2026-09-30T16:30", *words)
    assert code == 2
    assert said in output


def test_a_field_that_the_code_lost_since_the_release_fails_the_check(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, folder, ignore=shutil.ignore_patterns("released", "releases.json"))
    assert yiwang("contracts", "release", VERSION, str(folder))[0] == 0
    assert yiwang("contracts", "check", str(folder)) == (0, "契约与代码一致\n")
    assert yiwang("contracts", "release", VERSION, str(folder))[0] == 1
    frozen = folder / "released" / VERSION / "events" / "intake.application.accepted.v1.json"
    schema = json.loads(frozen.read_text(encoding="utf-8"))
    schema["properties"]["data"]["properties"]["lost"] = {"type": "string"}
    frozen.write_text(json.dumps(schema), encoding="utf-8")
    code, told = yiwang("contracts", "check", str(folder))
    assert (code, "与冻结时不同" in told) == (1, True)
    (folder / "releases.json").write_text(json.dumps({VERSION: digest(folder / "released" / VERSION)}))
    code, told = yiwang("contracts", "check", str(folder))
    assert code == 1
    assert "intake.application.accepted/data/lost" in told.replace("\n", "")


def test_city_check_passes_and_contracts_are_what_the_code_says() -> None:
    assert yiwang("city", "check")[0] == 0
    assert yiwang("contracts", "check") == (0, "契约与代码一致\n")


@pytest.mark.enable_socket
def test_a_suite_does_not_start_on_a_city_with_mistakes(places: list[str], tmp_path: Path) -> None:
    code, output = yiwang("run", *places, "--city", "/nowhere", "--data-dir", str(tmp_path / "var"))
    assert (code, "没有这个文件" in output, "Traceback" in output) == (1, True, False)
    assert list(tmp_path.iterdir()) == []


def test_city_check_fails_with_the_findings(tmp_path: Path) -> None:
    code, output = yiwang("city", "check", str(tmp_path))
    assert code != 0
    assert "Traceback" not in output


SERVICE_COMMANDS = [["migrate"], ["dead-letters", "list"], ["audit", "verify"]]


@pytest.mark.enable_socket
@pytest.mark.parametrize("command", [*SERVICE_COMMANDS, ["serve", "--host", "127.0.0.1"]])
def test_an_unknown_service_is_told_which_there_are(command: list[str], places: list[str]) -> None:
    code, output = yiwang(*command, *(places if "serve" in command else ()), "nothing")
    assert code == 2
    assert f"没有服务 nothing;可用:{'、'.join(SERVICES)}" in output


@pytest.mark.enable_socket
@pytest.mark.parametrize("command", [*SERVICE_COMMANDS, ["serve", "--host", "127.0.0.1"]])
def test_a_service_without_its_environment_is_told_what_is_missing(command: list[str], places: list[str]) -> None:
    code, output = yiwang(*command, *(places if "serve" in command else ()), "catalog")
    assert code == 1
    assert "CATALOG_DATABASE_URL" in output


@pytest.mark.parametrize(
    "command", [["city", "load"], ["audit", "verify", "catalog"], ["audit", "about", "catalog", "x"]]
)
def test_a_folder_without_a_database_or_with_another_file_is_told(tmp_path: Path, command: list[str]) -> None:
    code, output = yiwang(*command, "--data-dir", str(tmp_path))
    assert (code, "yiwang run --data-dir" in output) == (1, True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "catalog.db").write_bytes(b"")
    code, output = yiwang(*command, "--data-dir", str(tmp_path))
    assert (code, "yiwang migrate catalog" in output) == (1, True)
    (tmp_path / "catalog.db").write_bytes(b"nothing of a database" * 100)
    code, output = yiwang(*command, "--data-dir", str(tmp_path))
    assert (code, "不是数据库" in output) == (1, True)


def test_a_city_is_loaded_once_and_a_changed_version_is_refused(tmp_path: Path) -> None:
    keys(tmp_path)
    for name in ("catalog", "esign", "datashare", "evaluation"):
        asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / name}.db", f"{name}_svc"))
    code, output = yiwang("city", "load", "--data-dir", str(tmp_path))
    assert (code, "已发布 matter newborn" in output) == (0, True)
    assert yiwang("city", "load", "--data-dir", str(tmp_path)) == (0, "无变化\n")
    city = shutil.copytree(CITY, tmp_path / "city")
    matter = city / "matters" / "newborn.yaml"
    matter.write_text(matter.read_text(encoding="utf-8").replace("未登记结婚不影响", "不影响"), encoding="utf-8")
    code, output = yiwang("city", "load", str(city), "--data-dir", str(tmp_path))
    assert (code, output) == (0, "文字更新 matter newborn v2\n")
    matter.write_text(matter.read_text(encoding="utf-8").replace("stage: BIRTH", "stage: LIFE"), encoding="utf-8")
    code, output = yiwang("city", "load", str(city), "--data-dir", str(tmp_path))
    assert (code, "已发布的版本不可更改" in output) == (1, True)


def test_a_city_is_loaded_into_all_databases_or_into_none(tmp_path: Path) -> None:
    keys(tmp_path)
    for there, missing in (("catalog", "esign"), ("esign", "datashare")):
        asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / there}.db", f"{there}_svc"))
        code, output = yiwang("city", "load", "--data-dir", str(tmp_path))
        assert (code, f"没有 {missing} 的数据库" in output) == (1, True)
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as database:
        assert database.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_a_matter_that_is_taken_out_of_the_pack_ends_and_the_load_says_so(tmp_path: Path) -> None:
    keys(tmp_path)
    for name in ("catalog", "esign", "datashare", "evaluation"):
        asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / name}.db", f"{name}_svc"))
    city = shutil.copytree(CITY, tmp_path / "city", ignore=shutil.ignore_patterns("sharing", "grants.yaml"))
    first, second = (city / "matters" / name for name in ("newborn.yaml", "second.yaml"))
    text = first.read_text(encoding="utf-8")
    second.write_text(text.replace("matter_code: newborn", "matter_code: second"), encoding="utf-8")
    load = ("city", "load", str(city), "--data-dir", str(tmp_path))
    assert "已发布 matter second v" in yiwang(*load)[1]
    second.unlink()
    about = city / "city.yaml"
    before = about.read_text(encoding="utf-8")
    about.write_text(f"{before}withdrawn: {{second: 2999-01-01}}\n", encoding="utf-8")
    assert yiwang(*load) == (0, "停办 matter second 2999-01-01\n")
    assert yiwang(*load) == (0, "无变化\n")
    about.write_text(f"{before}withdrawn: {{newborn: soon}}\n", encoding="utf-8")
    code, output = yiwang(*load)
    assert (code, "city.yaml" in output, "应为日期" in output) == (1, True, True)
    about.write_text(f"{before}withdrawn: {{newborn: 2999-01-01}}\n", encoding="utf-8")
    assert "newborn 仍在城市包中" in yiwang(*load)[1]
    about.write_text(before, encoding="utf-8")
    first.rename(second)
    second.write_text(text.replace("matter_code: newborn", "matter_code: third"), encoding="utf-8")
    code, output = yiwang(*load)
    assert (code, "--withdraw" in output) == (1, True)
    code, output = yiwang(*load, "--withdraw")
    assert (code, "停办 matter newborn" in output) == (0, True)


def test_an_upgrade_says_what_it_will_do_and_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of("CATALOG", tmp_path).items():
        monkeypatch.setenv(name, value)
    code, output = yiwang("migrate", "catalog", "--plan")
    assert (code, "将应用 chassis.data 0001" in output, "副本" in output) == (0, True, True)
    code, output = yiwang("migrate", "catalog")
    assert (code, "已应用 chassis.data 0001" in output, "catalog_svc 0001" in output) == (0, True, True)
    assert yiwang("migrate", "catalog") == (0, "catalog:数据库结构已是最新\n")
    with closing(sqlite3.connect(tmp_path / "c.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "更新的发行版升级过,本版可在其上运行,未作改动" in yiwang("migrate", "catalog")[1]
    with closing(sqlite3.connect(tmp_path / "c.db")) as database:
        database.execute("UPDATE schema_line SET floor = '9999'")
        database.commit()
    for command in (["migrate", "catalog"], ["migrate", "catalog", "--plan"], ["audit", "verify", "catalog"]):
        code, output = yiwang(*command)
        assert (code, "由不兼容的发行版升级过" in output) == (1, True), output


def environment_of(service: str, folder: Path) -> dict[str, str]:
    values = {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/c.db", "BUS_URL": f"embedded://{folder}/bus.db"}
    values |= {"DATA_KEY": f"k1.{new_secret()}", "LOOKUP_KEY": new_secret()}
    values["PRINCIPAL_PUBLIC_KEY"] = json.dumps(new_key().as_dict(private=False))
    return {f"{service}_{name}": value for name, value in values.items()}


@pytest.mark.enable_socket
def test_a_service_that_cannot_start_says_why_and_ends_with_a_code_that_tells(
    places: list[str], tmp_path: Path
) -> None:
    environment = {**os.environ, **environment_of("CATALOG", tmp_path)}
    command = [sys.executable, "-m", "yiwang", "serve", "catalog", "--host", "127.0.0.1", *places]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == NOT_STARTED
    assert "yiwang migrate catalog" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("given", ["9000", "127.0.0.1:", ":9000", "127.0.0.1:65536", "127.0.0.1:x"])
def test_an_operators_address_that_is_none_is_told(given: str) -> None:
    code, output = yiwang("run", "--operators", given)
    assert (code, "不是 地址:端口" in output) == (2, True)


async def upgraded_and_proved(environment: dict[str, str]) -> None:
    given = {name.removeprefix("CATALOG_").lower(): value for name, value in environment.items()}
    settings = CatalogSettings.model_validate(given)
    await upgrade(settings.database_url, "catalog_svc")
    database = Database.open(settings.database_url)
    await prove(database, "catalog", settings.keyring())
    await database.close()


def test_an_operator_with_a_wrong_data_key_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = environment_of("CATALOG", tmp_path)
    asyncio.run(upgraded_and_proved(environment))
    for name, value in {**environment, "CATALOG_DATA_KEY": f"k1.{new_secret()}"}.items():
        monkeypatch.setenv(name, value)
    code, output = yiwang("audit", "verify", "catalog")
    assert (code, "数据密钥 k1 不是写入该数据库的那一把" in output, "Traceback" in output) == (1, True, False)


@pytest.mark.enable_socket
def test_a_suite_whose_keys_are_lost_does_not_start_with_new_ones(places: list[str], tmp_path: Path) -> None:
    keys(tmp_path)
    (tmp_path / "intake.db").touch()
    (tmp_path / "keys.json").unlink()
    code, output = yiwang("run", *places, "--data-dir", str(tmp_path))
    assert (code, "请从备份恢复 keys.json" in output, "Traceback" in output) == (1, True, False)
    assert [file.name for file in tmp_path.iterdir()] == ["intake.db"]


def test_a_service_key_is_told_to_its_service_and_its_public_half_to_those_it_asks() -> None:
    code, output = yiwang("keys", "service", "esign")
    told = dict(line.split("=", 1) for line in output.splitlines() if line)
    assert (code, sorted(told)) == (0, ["ESIGN_SERVICE_KEY", "INTAKE_CALLER_KEYS", "WORKFLOW_CALLER_KEYS"])
    assert told["INTAKE_CALLER_KEYS"] == told["WORKFLOW_CALLER_KEYS"]
    private = signing_key(json.loads(told["ESIGN_SERVICE_KEY"].strip("'")))
    assert private.is_private
    (public,) = callers_of(told["INTAKE_CALLER_KEYS"].strip("'"))["esign"]
    assert public.thumbprint() == private.thumbprint()
    code, output = yiwang("keys", "service", "workflow")
    assert (code, "不以自身名义" in output) == (2, True)


def test_a_new_key_is_of_32_bytes() -> None:
    assert len(LookupKeys.of(yiwang("keys", "new")[1].strip()).keys[0]) == 32


@pytest.mark.enable_socket
def test_the_suite_starts_and_ends_though_nobody_can_read_its_greeting(places: list[str], tmp_path: Path) -> None:
    words = ["run", *places, "--data-dir", str(tmp_path / "data")]
    port = int(words[2])
    with Path("/dev/full").open("w") as full:
        running = subprocess.Popen([sys.executable, "-m", "yiwang", *words], stdout=full, stderr=subprocess.PIPE)
    while running.poll() is None and not listens(port):
        time.sleep(0.1)
    running.terminate()
    _, told = running.communicate(timeout=60)
    assert (running.returncode, b'"level": "error"' in told) == (0, False)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


async def with_parked(folder: Path) -> None:
    """Make an intake in which three events of one case and one of another wait."""
    keys(folder)
    url = f"sqlite+aiosqlite:///{folder / 'intake.db'}"
    await upgrade(url, "intake_svc")
    database = Database.open(url)
    for subject, version in (("c1", 2), ("c1", 3), ("c1", 4), ("c2", 7)):
        envelope = Envelope(
            id=f"{subject}-{version}",
            source="/test",
            type="workflow.case.opened",
            subject=subject,
            aggregateversion=version,
            time=database.clock.now(),
            dataschema="/test",
            traceparent="",
            data={},
        )
        async with database.unit_of_work() as work:
            await parking.park(
                work, envelope, "workflow.case", Halt(State.WAITING, f"version {version - 1} is missing")
            )
    await database.close()


def deeds(folder: Path, service: str) -> list[tuple[str, str, str]]:
    """Return what operators did, as it waits to be chained: by whom, what, to what."""
    with closing(sqlite3.connect(folder / f"{service}.db")) as database:
        written = "SELECT actor, action, subject FROM audit_unchained WHERE actor = 'operator' ORDER BY position"
        return database.execute(written).fetchall()


def test_what_an_operator_does_to_a_parked_event_is_written_down(tmp_path: Path) -> None:
    asyncio.run(with_parked(tmp_path))
    here = ("--data-dir", str(tmp_path))
    assert yiwang("dead-letters", "redrive", "intake", "c2-7", *here) == (0, "已交给服务重新处理\n")
    assert yiwang("dead-letters", "discard", "intake", "c1-2", "--reason", "误发", *here)[0] == 0
    assert yiwang("dead-letters", "redrive", "intake", "none", *here)[0] == 1
    assert deeds(tmp_path, "intake") == [
        ("operator", "dead_letter.redriven", "c2-7"),
        ("operator", "dead_letter.discarded", "c1-2"),
    ]


async def with_outgoing(folder: Path) -> None:
    """Make an esign in which three documents are stuck and one is still to be made."""
    keys(folder)
    url = f"sqlite+aiosqlite:///{folder / 'esign.db'}"
    await upgrade(url, "esign_svc")
    database = Database.open(url)

    async def refuse(subject: str) -> None:
        raise outgoing.Refused("缺字")

    async with database.unit_of_work() as work:
        for subject in ("d1", "d2", "d3"):
            outgoing.ask(work, "document", subject)
    await outgoing.Worker(database, "esign", "document", refuse).round("elsewhere/1/me")
    async with database.unit_of_work() as work:
        outgoing.ask(work, "document", "d4")
    await database.close()


def test_what_is_not_made_is_listed_with_its_reason_and_redriven_by_an_operator_who_is_written_down(
    tmp_path: Path,
) -> None:
    asyncio.run(with_outgoing(tmp_path))
    here = ("--data-dir", str(tmp_path))
    code, output = yiwang("outgoing", "list", "esign", *here)
    assert code == 0
    assert all(word in output for word in ("document 停下 3 项", "document 待做 1 项", "d1", "d4", "缺字"))
    redrive = ("outgoing", "redrive", "esign", "document")
    assert yiwang(*redrive, "d1", *here) == (0, "已交给服务重新去做:1 项\n")
    assert "document 停下 2 项" in yiwang("outgoing", "list", "esign", *here)[1]
    assert yiwang(*redrive, *here) == (0, "已交给服务重新去做:2 项\n"), "all of a kind that is stuck"
    assert "document 待做 4 项" in yiwang("outgoing", "list", "esign", *here)[1]
    assert yiwang("outgoing", "redrive", "esign", "document", "none", *here)[0] == 1
    told = ("operator", "outgoing.redriven")
    assert deeds(tmp_path, "esign") == [(*told, "d1"), (*told, "document")]


async def with_documents(folder: Path) -> None:
    """Make an esign with a sealed document, one that lasts already, and one that is still to be made."""
    keys(folder)
    url = f"sqlite+aiosqlite:///{folder / 'esign.db'}"
    await upgrade(url, "esign_svc")
    database = Database.open(url)
    now = datetime.now(UTC)
    texts = ("kind", "title", "application_id", "matter_code", "applicant_id", "unit", "lead_unit", "approver")
    told = {**dict.fromkeys(texts, "x"), "dated": now, "wanted_at": now, "extended_at": None}
    async with database.unit_of_work() as work:
        for name, state, extended in (("sealed", "sealed", None), ("lasts", "sealed", now), ("wanted", "wanted", None)):
            row = {**told, "document_id": name, "subject": name, "state": state, "extended_at": extended}
            await work.connection.execute(documents.insert(), row)
    await database.close()


def test_an_operator_asks_that_a_sealed_document_last_and_is_written_down(tmp_path: Path) -> None:
    asyncio.run(with_documents(tmp_path))
    here = ("--data-dir", str(tmp_path))
    for _ in range(2):
        code, output = yiwang("documents", "extend", "sealed", *here)
        assert (code, "已交给 esign 去做" in output) == (0, True)
    assert "extension 待做 1 项" in yiwang("outgoing", "list", "esign", *here)[1]
    assert yiwang("documents", "extend", "lasts", *here) == (0, "这份文书已附有长期验证资料\n")
    assert [yiwang("documents", "extend", one, *here)[0] for one in ("wanted", "none")] == [1, 1]
    assert deeds(tmp_path, "esign") == [("operator", "document.extension_asked", "sealed")] * 2


def test_a_chain_that_does_not_hold_ends_the_command_with_a_code(tmp_path: Path) -> None:
    keys(tmp_path)
    for name in ("catalog", "esign", "datashare", "evaluation"):
        asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / name}.db", f"{name}_svc"))
    here = ("audit", "verify", "catalog", "--data-dir", str(tmp_path))
    code, output = yiwang(*here)
    assert (code, "0 行完整" in output) == (0, True)
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as database, database:
        database.execute("UPDATE audit_head SET sequence = 5")
    code, output = yiwang(*here)
    assert (code, "第 1 行起不可信" in output) == (1, True)


async def with_heads(folder: Path) -> None:
    """Write a log of datashare with two signed heads, handed to a file."""
    own = keys(folder)
    url = f"sqlite+aiosqlite:///{folder / 'datashare.db'}"
    await upgrade(url, "datashare_svc")
    database = Database.open(url, cipher=FieldCipher.of(own["data_key"]))
    signing = Signing("datashare", signing_key(json.loads(own["datashare_head_key"])), 0, tell_head)
    for n in range(2):
        await audit.record_look(database, actor="甲", action="thing.shown", subject=f"s{n}")
        await audit.chain(database)
        await sign_head(database, signing)
    await hand_heads(database, "datashare", folder / "heads.jsonl")
    await database.close()


def test_a_log_is_verified_with_heads_that_were_kept_elsewhere(tmp_path: Path) -> None:
    asyncio.run(with_heads(tmp_path))
    here, kept = ("--data-dir", str(tmp_path)), ("--heads", str(tmp_path / "heads.jsonl"))
    public = tmp_path / "heads.jwk"
    public.write_text(yiwang("keys", "heads", "datashare", *here)[1], encoding="utf-8")
    assert '"d"' not in public.read_text(encoding="utf-8")
    for words in ((), kept, (*kept, "--head-key", str(public))):
        code, output = yiwang("audit", "verify", "datashare", *here, *words)
        assert (code, "已签名链头 2 个,均与审计链相符\n" in output) == (0, True), words
    with closing(sqlite3.connect(tmp_path / "datashare.db")) as database, database:
        (digest,) = database.execute("SELECT digest FROM audit WHERE sequence = 1").fetchone()
        database.execute("DELETE FROM audit WHERE sequence = 2")
        database.execute("DELETE FROM signed_head WHERE number = 2")
        database.execute("UPDATE audit_head SET sequence = 1, digest = ?", (digest,))
    assert yiwang("audit", "verify", "datashare", *here)[0] == 0
    code, output = yiwang("audit", "verify", "datashare", *here, *kept)
    assert (code, "第 2 行起不可信" in output) == (1, True)


def test_heads_without_a_key_and_files_that_are_none_are_told(tmp_path: Path) -> None:
    asyncio.run(with_heads(tmp_path))
    here, none = ("--data-dir", str(tmp_path)), tmp_path / "none"
    for words in (("datashare", "--heads", str(none)), ("datashare", "--head-key", str(tmp_path / "heads.jsonl"))):
        code, output = yiwang("audit", "verify", *words, *here)
        assert (code, "Traceback" in output) == (1, False), words
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / 'catalog.db'}", "catalog_svc"))
    code, output = yiwang("audit", "verify", "catalog", "--heads", str(tmp_path / "heads.jsonl"), *here)
    assert (code, "--head-key" in output) == (1, True)
    assert yiwang("keys", "heads", "catalog", *here)[0] == 2


def test_the_operators_side_is_this_machines_alone_unless_said_otherwise() -> None:
    assert OPERATORS.startswith("127.0.0.1:")


def test_parked_events_are_counted_listed_by_subject_and_discarded(tmp_path: Path) -> None:
    asyncio.run(with_parked(tmp_path))
    here = ("--data-dir", str(tmp_path))
    code, output = yiwang("dead-letters", "list", "intake", *here)
    assert (code, "死信 0 条、等待 4 条" in output, "共列 2 条" in output) == (0, True, True)
    assert ("c1-2" in output, "c1-3" in output, "c2-7" in output) == (True, False, True)
    assert yiwang("dead-letters", "discard", "intake", "c1-2", *here)[0] == 2, "a reason is asked for"
    code, output = yiwang("dead-letters", "discard", "intake", "c1-3", "--reason", "误发", *here)
    assert (code, "请先处理那一条" in output) == (1, True)
    assert yiwang("dead-letters", "discard", "intake", "c1-2", "--reason", "误发", *here) == (0, "已放弃\n")
    code, output = yiwang("dead-letters", "discard", "intake", "c1-2", "--reason", "误发", *here)
    assert (code, "没有这条死信" in output) == (1, True)
    assert "等待 3 条" in yiwang("dead-letters", "list", "intake", *here)[1]


def test_published_events_are_put_back_to_be_published_again(tmp_path: Path) -> None:
    keys(tmp_path)
    for name in ("catalog", "esign", "datashare", "evaluation"):
        asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path / name}.db", f"{name}_svc"))
    here = ("--data-dir", str(tmp_path))
    assert yiwang("city", "load", *here)[0] == 0
    republish = ("events", "republish", "catalog", "--since", "2000-01-01", *here)
    assert yiwang(*republish) == (0, "catalog:0 条事件将由运行中的服务再发布一次\n"), "none is published yet"
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as database, database:
        database.execute("UPDATE outbox SET published_at = '2026-03-02 01:00:00.000000'")
        (told,) = database.execute("SELECT count(*) FROM outbox").fetchone()
    assert "catalog:0 条" in yiwang("events", "republish", "catalog", "--since", "2026-03-02T09:00:01", *here)[1]
    at_nine = ("events", "republish", "catalog", "--since", "2026-03-02T09:00:00", *here)
    assert f"catalog:{told} 条" in yiwang(*at_nine)[1], "nine o'clock in Beijing, that moment included"
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as database:
        assert database.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL").fetchone() == (told,)
    assert deeds(tmp_path, "catalog") == [("operator", "events.republished", "catalog")] * 3
