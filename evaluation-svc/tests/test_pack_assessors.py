"""What a city says of assessors: each once, and no key of two."""

from typing import Any

import pytest
from evaluation_svc.domain.pack_faults import faults
from evaluation_svc.schemas.pack_assessors import AssessorsFile
from pydantic import ValidationError

KEY, OTHER = ({"kty": "OKP", "crv": "Ed25519", "x": letter * 43} for letter in "Ab")


def file(*assessors: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "proposed",
        "source": "测试",
        "assessors": [{"name": "机构", "keys": [], **one} for one in assessors],
    }


def test_assessors_with_keys_of_their_own_are_right() -> None:
    said = file({"assessor": "TPA", "keys": [KEY]}, {"assessor": "TPB", "keys": [OTHER]}, {"assessor": "TPC"})
    AssessorsFile.model_validate(said)
    assert not faults({"assessors": said})


def test_an_assessor_that_is_listed_twice_and_a_key_of_two_are_told_at_their_places() -> None:
    said = file({"assessor": "TPA", "keys": [KEY]}, {"assessor": "TPA", "keys": [OTHER, KEY]})
    places = [place[2:] for place, _ in faults({"assessors": said})]
    assert places == [("assessors", 1, "assessor"), ("assessors", 1, "keys", 1, "x")]


@pytest.mark.parametrize("wrong", [{"x": "short"}, {"crv": "X25519"}, {"kty": "EC"}, {"d": "A" * 43}])
def test_a_private_half_or_another_kind_of_key_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AssessorsFile.model_validate(file({"assessor": "TPA", "keys": [{**KEY, **wrong}]}))
