"""The operators' file of addresses."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from chassis.http.asgi import Receive, Scope, Send, answer
from chassis.testing.builders import ManualClock
from datashare_svc.outside.endpoints import EndpointsRefused, networks_at, networks_of
from datashare_svc.outside.files import FileConnector
from datashare_svc.outside.rest import RestConnector
from datashare_svc.outside.tables import TableConnector

KEY = base64.b64encode(b"secret key of 32 bytes".ljust(32, b".")).decode()
REST = f"{{protocol: rest, url: https://exchange.example/gateway, requester_id: yiwang, key: {KEY}}}"
WHOLE = f"""
population: {REST}
social_insurance: {{protocol: table, url: "postgresql+asyncpg://reader:hidden@front/si", at_once: 2, waiting: 0}}
real_estate: {{protocol: files, url: file:///srv/dropped, stale_after_hours: 24}}
"""
Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        file = tmp_path / "endpoints.yaml"
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        return file

    return write


async def test_each_network_is_spoken_with_as_the_file_says(written: Written, clock: ManualClock) -> None:
    networks = networks_at(written(WHOLE), clock)
    kinds = {network: type(connector) for network, connector in networks.connectors.items()}
    assert kinds == {"population": RestConnector, "social_insurance": TableConnector, "real_estate": FileConnector}
    await networks.close()


async def test_without_a_file_and_with_an_empty_one_no_network_has_an_address(
    written: Written, clock: ManualClock
) -> None:
    assert not networks_at(None, clock).connectors
    assert not networks_at(written("# none yet\n"), clock).connectors


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a, b]", "endpoints.yaml"),
        ("population: {protocol: rest", "第 1 行"),
        (f"population: {REST}\npopulation: {REST}", "第 2 行"),
        ("Population: {protocol: files, url: 'file:///a'}", "Population"),
        ("population: {protocol: soap, url: x}", "population"),
        ("population: {url: x}", "population"),
        (f"population: {REST[:-1]}, more: 1}}", "population.rest.more"),
        (f"population: {REST[:-1]}, at_once: 0}}", "population.rest.at_once"),
        (REST.join(["a: ", ""]).replace(KEY, "c2hvcnQ="), "密钥至少"),
        (REST.join(["a: ", ""]).replace(KEY, "'not base64'"), "base64"),
        (REST.join(["a: ", ""]).replace("requester_id: yiwang", "requester_id: 'a b'"), "a.rest.requester_id"),
        *(
            (REST.join(["a: ", ""]).replace("https://exchange.example/gateway", url), "url")
            for url in (
                "http://exchange.example",
                "ftp://exchange.example",
                "https://",
                "https://user:hidden@exchange.example",
                "'https://exchange.example/?a=1'",
                "https://169.254.169.254/latest",
                "'https://[fe80::1]'",
                "'https://[::ffff:169.254.169.254]'",
                "'https://[64:ff9b::a9fe:a9fe]'",
                "'https://[fe80'",
                "https://224.0.0.1",
                "https://0.0.0.0",
                "'https://exchange.example:99999'",
            )
        ),
        (f"a: {REST[:-1]}, roots: /nowhere/roots.pem}}", "/nowhere/roots.pem"),
        ("a: {protocol: table, url: 'mysql://reader:hidden@front/si'}", "postgresql"),
        ("a: {protocol: table, url: 'nonsense hidden'}", "url"),
        ("a: {protocol: table, url: 'sqlite+aiosqlite://'}", "sqlite"),
        ("a: {protocol: files, url: 'file://host/folder'}", "file:///"),
        ("a: {protocol: files, url: /folder}", "file:///"),
        ("a: {protocol: files, url: 'file:///folder', stale_after_hours: 0}", "stale_after_hours"),
        ("a: !!python/object/apply:os.system ['true']", "第 1 行"),
    ],
)
async def test_a_wrong_file_keeps_the_service_from_starting_and_its_secrets_are_not_told(
    written: Written, clock: ManualClock, text: str, said: str
) -> None:
    with pytest.raises(EndpointsRefused) as refused:
        networks_at(written(text), clock)
    assert said in str(refused.value)
    assert not [word for word in ("hidden", KEY, "c2hvcnQ=") if word in str(refused.value)]


async def test_plain_http_is_for_this_machine_or_said_in_so_many_words(written: Written, clock: ManualClock) -> None:
    for url in ("http://127.0.0.1:9000/a", "http://localhost:9000", "'http://[::1]:9000'"):
        assert networks_at(written(f"a: {REST.replace('https://exchange.example/gateway', url)}"), clock).has("a")
    plain = REST.replace("https://exchange", "http://exchange")[:-1] + ", plain: true}"
    assert networks_at(written(f"a: {plain}"), clock).has("a")
    private = REST.replace("exchange.example", "10.1.2.3")
    assert networks_at(written(f"a: {private}"), clock).has("a"), "a network has a private address"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o666])
async def test_a_file_that_others_can_read_or_change_is_refused(
    written: Written, clock: ManualClock, mode: int
) -> None:
    file = written(WHOLE)
    file.chmod(mode)
    with pytest.raises(EndpointsRefused, match="0600"):
        networks_at(file, clock)


async def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    for place in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(EndpointsRefused):
            networks_at(place, clock)


async def test_networks_in_this_process_are_asked_without_a_line(clock: ManualClock) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, b'{"code": "0"}', "application/json", {})

    told = {"protocol": "rest", "url": "http://127.0.0.1:1", "requester_id": "yiwang", "key": KEY}
    networks = networks_of({"population": told}, clock, apps={"population": app})
    await networks.probe("population", 60)
    await networks.close()
