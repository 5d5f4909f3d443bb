"""Acceptance papers read as people write them only if each leading unit has a word of its own."""

from dataclasses import replace

import pytest
from catalog_svc.domain.checks import check
from catalog_svc.domain.pack import Pack


@pytest.mark.parametrize(
    ("code", "word", "wrong"),
    [("U23", "", True), ("U23", "郑公受字", True), ("U09", "", False), ("U09", "郑公受理字", False)],
)
def test_a_leading_unit_needs_a_papers_word_that_no_other_has(pack: Pack, code: str, word: str, *, wrong: bool) -> None:
    units = tuple(replace(one, acceptance_word=word) if one.unit_code == code else one for one in pack.units)
    found = [(one.kind, one.path) for one in check(replace(pack, units=units)) if one.is_error]
    assert found == ([("units", "acceptance_word")] if wrong else [])
