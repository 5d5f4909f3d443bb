"""What a token's claims must be, to the second, and whom they are about."""

import json
from typing import Any

import pytest
from chassis.http.identity import Kind, Principal
from chassis.http.refusals import TokenRefused
from gateway.claims import EXPIRED, LEEWAY, Claims, read

NOW = 1_000_000.0


def claims(**change: Any) -> Claims:
    plain = {"iss": "issuer", "aud": "us", "sub": "s", "exp": NOW + 600}
    return read(json.dumps(plain | change).encode())


def require(issuer: str = "issuer", audience: str = "us", **change: Any) -> None:
    claims(**change).require(issuer=issuer, audience=audience, now=NOW)


def refused(**change: Any) -> str:
    with pytest.raises(TokenRefused) as found:
        require(**change)
    return str(found.value)


@pytest.mark.parametrize("audiences", ["us", ["us"], ["them", "us"]])
def test_a_token_for_us_by_our_issuer_is_good(audiences: Any) -> None:
    require(aud=audiences)


@pytest.mark.parametrize("wrong", [{"issuer": "other"}, {"audience": "u"}, {"aud": ["usual"]}, {"aud": []}])
def test_a_token_of_others_or_for_others_is_refused(wrong: Any) -> None:
    assert refused(**wrong) == str(TokenRefused())


def test_a_token_ends_a_moment_after_its_end_as_clocks_may_be_apart() -> None:
    require(exp=NOW - LEEWAY + 0.5)
    assert refused(exp=NOW - LEEWAY) == EXPIRED


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_begins_a_moment_before_its_beginning(claim: str) -> None:
    last: dict[str, Any] = {claim: NOW + LEEWAY}
    require(**last)
    assert refused(**{claim: NOW + LEEWAY + 0.5}) == "凭证尚未生效"


def test_a_token_is_about_whom_it_claims() -> None:
    told = {"kind": "STAFF", "real_name_level": 2, "unit": "U23", "roles": ["reviewer"], "scope": " a  b"}
    expected = Principal("s", Kind.STAFF, 2, "U23", frozenset({"reviewer"}), frozenset({"a", "b"}))
    assert claims(**told).principal() == expected
    assert claims().principal() == Principal("s", Kind.CITIZEN, 0, "", frozenset(), frozenset())


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"\xff"])
def test_what_claims_nothing_or_oddly_is_refused_in_words(payload: bytes) -> None:
    with pytest.raises(TokenRefused, match=r"^凭证声明有误$"):
        read(payload)
