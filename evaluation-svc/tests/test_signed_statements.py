"""The signature holds exactly what was signed, as what it was signed, and nothing else."""

import json
from typing import Any

import pytest
from evaluation_svc.domain.assessor_findings import FINDING_TYPE, WITHDRAWAL_TYPE, canonical, sign, signer, unfit
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

KEY, OTHER = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
VALUES = st.one_of(st.integers(0, 2**31 - 1), st.text(max_size=20))
SAID = st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=8), VALUES, min_size=1, max_size=6)


@given(SAID)
def test_what_was_signed_is_known_in_whatever_order_it_is_written(said: dict[str, Any]) -> None:
    signature = sign(said, KEY, FINDING_TYPE)
    written_otherwise = dict(reversed(list(said.items()))) | {"left_out": None}
    assert signer(written_otherwise, signature, [OTHER, KEY], FINDING_TYPE) is KEY
    assert json.loads(canonical(said)) == said


@given(SAID, SAID)
def test_nothing_else_is_what_was_signed(said: dict[str, Any], other: dict[str, Any]) -> None:
    signature = sign(said, KEY, FINDING_TYPE)
    assert (signer(other, signature, [KEY], FINDING_TYPE) is KEY) == (said == other)
    assert signer(said, signature, [OTHER], FINDING_TYPE) is None
    assert signer(said, signature, [KEY], WITHDRAWAL_TYPE) is None


@pytest.mark.parametrize("signature", ["", "..", "a..b", "a.b.c", "eyJhbGciOiJub25lIn0..", "…..…", "e30..e30"])
def test_what_is_no_signature_is_nobodys(signature: str) -> None:
    assert signer({"a": 1}, signature, [KEY], FINDING_TYPE) is None


def test_a_signature_is_not_cut_and_not_continued() -> None:
    said = {"a": 1}
    signature = sign(said, KEY, FINDING_TYPE)
    for changed in (signature[:-1], signature + "A", signature + ".A", "A" + signature, signature.replace("..", ".")):
        assert signer(said, changed, [KEY], FINDING_TYPE) is None


def finding(**said: Any) -> dict[str, Any]:
    known = {"kind": "CONFIGURATION_ACCURACY", "checked": 40, "right": 38, "score": None, "evidence": [{"sha256": "a"}]}
    return {**known, **said}


VISIT = {"kind": "MYSTERY_VISIT", "checked": None, "right": None, "score": 80}


@pytest.mark.parametrize("said", [{}, {"checked": 1, "right": 0}, {"right": 40}, VISIT, {**VISIT, "score": 0}])
def test_a_sample_has_what_was_checked_and_right_and_a_visit_has_its_points(said: dict[str, Any]) -> None:
    assert not unfit(finding(**said))


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ({"right": 41}, ["/right"]),
        ({"checked": None}, ["/checked", "/right"]),
        ({"right": None}, ["/right"]),
        ({"checked": 0, "right": 0}, ["/checked"]),
        ({"score": 3}, ["/score"]),
        ({**VISIT, "score": None}, ["/score"]),
        ({**VISIT, "checked": 3}, ["/checked"]),
        ({"evidence": [{"sha256": "a"}, {"sha256": "a"}]}, ["/evidence"]),
    ],
)
def test_what_does_not_go_together_is_named(said: dict[str, Any], places: list[str]) -> None:
    assert [place for place, _, _ in unfit(finding(**said))] == places
