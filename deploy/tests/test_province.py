"""The simulated provincial platform: beside an embedded suite, over a line, and by its commands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn
from chassis.base.clock import SystemClock
from chassis.testing.builders import ManualClock
from evaluation_svc.domain.province import ToldRating
from evaluation_svc.domain.ratings import Channel, Level
from evaluation_svc.errors.province import Outage, ProvinceAddressRefused, ProvinceOut
from evaluation_svc.outside.provincial_rest import RestProvincialPlatform, platform_at
from typer.testing import CliRunner
from yiwang.main import app
from yiwang.simulators import faults, inside
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.province import APP_ID, PROVINCE, ProvinceSimulator
from yiwang.simulators.rest import apart
from yiwang.simulators.together import Together
from yiwang.suite import embedded

RATING = ToldRating(
    rating_id="01900000-0000-4000-8000-00000000000a",
    project_no="410100U232026030220000019",
    task_code="11410100MBXX0009494410709001000",
    matter_code="newborn",
    unit="U09",
    region="410100",
    channel=Channel.MOBILE,
    level=Level.DISSATISFIED,
    number=1,
    tags=("209",),
    text="等了三天",
    rater="0" * 64,
    rated_at=datetime(2026, 3, 2, 16, 30, tzinfo=UTC),
    is_visit=False,
)
DAY = date(2026, 3, 3)
"""The day on which the rating came, in Shanghai."""


def yiwang(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, result.output


@asynccontextmanager
async def at_an_address(simulated: ProvinceSimulator, port: int) -> AsyncIterator[RestProvincialPlatform]:
    """Serve the simulator as the command does, and have it spoken with over the line."""
    routed = apart({PROVINCE: simulated})
    server = uvicorn.Server(uvicorn.Config(routed, port=port, log_config=None, access_log=False, lifespan="off"))
    served = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    platform = platform_at(
        f"http://127.0.0.1:{port}/{PROVINCE}",
        app_id=APP_ID,
        secret=simulated.secret,
        seconds=3.0,
        clock=SystemClock(),
    )
    try:
        yield platform
    finally:
        await platform.close()
        server.should_exit = True
        await served


@pytest.mark.enable_socket
async def test_over_a_line_a_rating_is_taken_once_voided_and_listed_whatever_goes_wrong(places: list[str]) -> None:
    simulated = ProvinceSimulator(SystemClock(), "a secret that is long enough")
    async with at_an_address(simulated, int(places[1])) as platform:
        for kind, why in (
            (FaultKind.LOST_ANSWER, Outage.UNAVAILABLE),
            (FaultKind.HANG, Outage.TIMED_OUT),
            (FaultKind.TRUNCATED, Outage.NO_ANSWER),
            (FaultKind.TOO_LARGE, Outage.TOO_LARGE),
        ):
            simulated.faults.set(Fault(kind=kind, count=1, megabytes=1024))
            with pytest.raises(ProvinceOut) as out:
                await platform.tell(RATING)
            assert out.value.why is why
        number = await platform.tell(RATING)
        assert number == await platform.tell(RATING)
        await platform.void(RATING.rating_id, number)
        (held,) = [one async for one in platform.held(DAY)]
    assert (held.key, held.provincial_eval_id, held.is_void) == (RATING.rating_id, number, True)
    assert (held.level, held.number, held.channel) == ("2", 1, "2")


async def test_the_same_key_with_another_content_is_refused_and_changes_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    together = Together.of(tmp_path, clock)
    platform = inside.province(together)
    number = await platform.tell(RATING)
    together.province.held[number]["content"] = "另一句话"
    with pytest.raises(ProvinceOut) as out:
        await platform.tell(RATING)
    assert (out.value.why, out.value.told) == (Outage.REFUSED, "CONFLICT")
    with pytest.raises(ProvinceOut):
        await platform.void("another", number)


async def test_what_it_took_outlives_its_process(tmp_path: Path, clock: ManualClock) -> None:
    first = Together.of(tmp_path, clock)
    number = await inside.province(first).tell(RATING)
    await inside.province(first).void(RATING.rating_id, number)
    second = Together.of(tmp_path, clock)
    assert second.province.held == first.province.held
    assert await inside.province(second).tell(RATING) == number


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://province.example/ratings", "long enough to be a secret"),
        ("https://user@province.example", "long enough to be a secret"),
        ("https://province.example?key=1", "long enough to be a secret"),
        ("ftp://province.example", "long enough to be a secret"),
        ("https://province.example", "short"),
    ],
)
def test_an_address_that_cannot_be_right_keeps_the_service_from_starting(url: str, secret: str) -> None:
    with pytest.raises(ProvinceAddressRefused) as refused:
        platform_at(url, app_id=APP_ID, secret=secret, seconds=1.0, clock=SystemClock())
    assert secret not in str(refused.value)


def test_the_platform_fails_on_demand_and_is_listed_with_the_networks(tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path)]
    assert PROVINCE in yiwang("simulators", "list")[1]
    assert yiwang("simulators", "fault", PROVINCE, "lost_answer", "--count", "1", *folder)[0] == 0
    assert [one.kind for one in faults.read(tmp_path)[PROVINCE]] == [FaultKind.LOST_ANSWER]
    assert yiwang("simulators", "fault", PROVINCE, "lying", *folder)[0] == 2
    assert yiwang("simulators", "fault", "population", "html", *folder)[0] == 2
    assert yiwang("simulators", "clear", PROVINCE, *folder)[0] == 0
    assert faults.read(tmp_path) == {}


async def test_an_embedded_suite_is_held_against_its_own_platform(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url="http://127.0.0.1:8000")
    async with suite.running():
        assert suite.simulators is not None
        asked = ("evaluation", "reconcile", "--date", "2026-03-03", "--data-dir", str(tmp_path))
        assert await asyncio.to_thread(yiwang, *asked) == (0, "2026-03-03:与省平台一致\n")
        suite.simulators.province.arrive(assess_time="2026-03-03 10:00:00")
        code, said = await asyncio.to_thread(yiwang, *asked)
    assert code == 1
    assert "只在省平台" in said
    line = json.loads((tmp_path / "simulators" / "province.jsonl").read_text(encoding="utf-8"))
    assert (line["pf"], line["rating_key"]) == ("7", "")


def test_without_an_address_nothing_is_reconciled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EVALUATION_PROVINCE_URL", raising=False)
    code, said = yiwang("evaluation", "reconcile", "--date", "2026-03-03", "--data-dir", str(tmp_path))
    assert code == 1
    assert "没有 evaluation 的数据库" in said
