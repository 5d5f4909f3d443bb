from collections.abc import Callable

import pytest
from chassis.settings import ServiceSettings, UnknownSetting, addressed, new_secret, read, upstreams
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict


class SampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_", frozen=True, extra="forbid")


GIVEN = {
    "SAMPLE_DATABASE_URL": "sqlite+aiosqlite:///x.db",
    "SAMPLE_BUS_URL": "embedded:///x",
    "SAMPLE_DATA_KEY": f"k1.{new_secret()}",
    "SAMPLE_LOOKUP_KEY": new_secret(),
    "SAMPLE_PRINCIPAL_PUBLIC_KEY": '{"kty": "OKP"}',
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_prefixed_environment(environment: pytest.MonkeyPatch) -> None:
    settings = read(SampleSettings)
    assert settings.database_url == "sqlite+aiosqlite:///x.db"
    assert settings.cipher().current == "k1"


def test_an_unknown_key_fails(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SAMPLE_DATABSE_URL", "typo")
    with pytest.raises(UnknownSetting, match="SAMPLE_DATABSE_URL"):
        read(SampleSettings)


def test_a_missing_secret_fails(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SAMPLE_DATA_KEY")
    with pytest.raises(ValidationError, match="data_key"):
        read(SampleSettings)


def test_a_process_of_its_own_is_told_where_each_sibling_answers(environment: pytest.MonkeyPatch) -> None:
    kind = addressed(SampleSettings, ["catalog"])
    with pytest.raises(ValidationError, match="catalog_url"):
        read(kind)
    environment.setenv("SAMPLE_CATALOG_URL", "http://127.0.0.1:1")
    assert read(kind).model_dump()["catalog_url"] == "http://127.0.0.1:1"
    with pytest.raises(UnknownSetting, match="SAMPLE_CATALOG_URL"):
        read(SampleSettings)


def test_each_sibling_is_asked_at_its_own_address(environment: pytest.MonkeyPatch) -> None:
    names = ["catalog", "workflow", "intake"]
    for name in names:
        environment.setenv(f"SAMPLE_{name.upper()}_URL", f"http://{name}.city:1/")
    found = upstreams(read(addressed(SampleSettings, names)), names)
    assert {name: upstream._base for name, upstream in found.items()} == {
        name: f"http://{name}.city:1" for name in names
    }


def test_a_secret_is_not_printed(environment: pytest.MonkeyPatch) -> None:
    assert GIVEN["SAMPLE_LOOKUP_KEY"] not in repr(read(SampleSettings))


def test_after_a_rotation_of_the_data_key_old_values_are_still_read(
    settings_for: Callable[..., ServiceSettings],
) -> None:
    old, new = f"k1.{new_secret()}", f"k2.{new_secret()}"
    place = {"table": "t", "column": "c", "row": "r"}
    sealed = settings_for(ServiceSettings, data_key=old).cipher().encrypt("x", **place)
    rotated = settings_for(ServiceSettings, data_key=f"{new},{old}").cipher()
    assert rotated.decrypt(sealed, **place) == "x"
    assert rotated.encrypt("y", **place).startswith("k2.")
