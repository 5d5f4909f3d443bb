import json
from collections.abc import Callable
from typing import Any

import pytest
from chassis.http.identity import PrincipalVerifier, new_key
from chassis.settings import AskingSettings, ServiceSettings, UnknownSetting, addressed, new_secret, read, upstreams
from chassis.testing.builders import ManualClock
from joserfc.jwk import ECKey, OctKey, OKPKey
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict


class SampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_", frozen=True, extra="forbid")


class SpeakingSettings(AskingSettings):
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


def jwk(key: Any, kid: str | None = "esign", *, private: bool = False) -> dict[str, Any]:
    return {**key.as_dict(private=private), **({"kid": kid} if kid is not None else {})}


def test_callers_are_known_by_their_names_with_one_key_or_two(environment: pytest.MonkeyPatch) -> None:
    assert dict(read(SampleSettings).callers()) == {}
    keys = [new_key() for _ in range(3)]
    listed = [jwk(keys[0]), jwk(keys[1], "evaluation"), jwk(keys[2])]
    environment.setenv("SAMPLE_CALLER_KEYS", json.dumps({"keys": listed}))
    found = read(SampleSettings).callers()
    prints = {name: [key.thumbprint() for key in of_one] for name, of_one in found.items()}
    assert prints == {
        "esign": [keys[0].thumbprint(), keys[2].thumbprint()],
        "evaluation": [keys[1].thumbprint()],
    }


KEY = new_key()
WRONG = {
    "no JSON": "{",
    "no set": "[]",
    "a key alone": json.dumps(jwk(KEY)),
    "a text for a key": json.dumps({"keys": ["x"]}),
    "no kind": json.dumps({"keys": [{"kid": "esign"}]}),
    "a private key": json.dumps({"keys": [jwk(KEY, private=True)]}),
    "a shared key": json.dumps({"keys": [jwk(OctKey.generate_key(256), private=True)]}),
    "another curve": json.dumps({"keys": [jwk(OKPKey.generate_key("X25519"))]}),
    "another kind": json.dumps({"keys": [jwk(ECKey.generate_key("P-256"))]}),
    "no name": json.dumps({"keys": [jwk(KEY, None)]}),
    "an empty name": json.dumps({"keys": [jwk(KEY, "")]}),
    "the gateway": json.dumps({"keys": [jwk(KEY, "gateway")]}),
    "all services": json.dumps({"keys": [jwk(KEY, "services")]}),
    "a name in capitals": json.dumps({"keys": [jwk(KEY, "ESIGN")]}),
    "a key of two": json.dumps({"keys": [jwk(KEY), jwk(KEY, "evaluation")]}),
    "a key twice": json.dumps({"keys": [jwk(KEY), jwk(KEY)]}),
    "three of one": json.dumps({"keys": [jwk(new_key()) for _ in range(3)]}),
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_callers_that_are_listed_wrongly_are_told_at_the_start(environment: pytest.MonkeyPatch, given: str) -> None:
    environment.setenv("SAMPLE_CALLER_KEYS", given)
    with pytest.raises(ValidationError, match="caller_keys"):
        read(SampleSettings)


def test_a_service_that_asks_in_its_own_name_needs_its_key_and_signs_with_it(
    environment: pytest.MonkeyPatch, clock: ManualClock, gateway_key: OKPKey
) -> None:
    with pytest.raises(ValidationError, match="service_key"):
        read(SpeakingSettings)
    environment.setenv("SAMPLE_SERVICE_KEY", json.dumps(KEY.as_dict(private=True)))
    settings = read(SpeakingSettings)
    word = settings.speaker("sample", clock).vouch("catalog")
    assert PrincipalVerifier([gateway_key], clock, name="catalog", callers={"sample": [KEY]}).verify(word)
    assert str(KEY.as_dict(private=True)["d"]) not in repr(settings)


@pytest.mark.parametrize(
    "given",
    ["{", "[]", json.dumps(jwk(KEY)), json.dumps(jwk(ECKey.generate_key("P-256"), private=True))],
    ids=["no JSON", "no key", "the public half", "another kind"],
)
def test_a_services_key_that_cannot_sign_is_told_at_the_start(environment: pytest.MonkeyPatch, given: str) -> None:
    environment.setenv("SAMPLE_SERVICE_KEY", given)
    with pytest.raises(ValidationError, match="service_key"):
        read(SpeakingSettings)


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
