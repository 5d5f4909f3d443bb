"""Every planted mistake still has its place: told in the everyday tests, not by the long fault run."""

import pytest
from mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_there_is_one_place_to_plant_it(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"{mutant.name}: the place to plant it is gone"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_that_must_fail_for_it_is_there(mutant: Mutant) -> None:
    file, _, test = mutant.test.partition("::")
    assert f"def {test}" in (ROOT / file).read_text(encoding="utf-8")
