import pytest
from catalog_svc.domain import codes
from catalog_svc.domain.pack import Pack
from hypothesis import given
from hypothesis import strategies as st

# Synthetic, of no one: the check characters are right, the organisations do not exist.
SYNTHETIC = [
    "91410100MA9X00003N",
    "91410100MA9X00011H",
    "92410105MA9X0002XE",
    "93410181MA9X00038D",
    "51410100MJ9000014L",
]


@pytest.mark.parametrize("code", SYNTHETIC)
def test_synthetic_credit_codes_pass_both_checks(code: str) -> None:
    assert codes.is_uscc(code)
    assert codes.has_organisation_check(code)


@given(st.sampled_from(SYNTHETIC), st.integers(0, 17), st.sampled_from(codes.USCC_ALPHABET))
def test_one_mistyped_character_is_always_noticed(code: str, place: int, typed: str) -> None:
    mistyped = code[:place] + typed + code[place + 1 :]
    assert codes.is_uscc(mistyped) == (mistyped == code)


@pytest.mark.parametrize("code", ["", "91410100MA9X00003", "91410100MA9X0000OZ", "９1410100MA9X00003N", "0" * 17 + "I"])
def test_what_is_no_credit_code_is_refused(code: str) -> None:
    assert not codes.is_uscc(code)


@pytest.mark.parametrize(
    ("code", "task_type", "right"),
    [
        ("410709001000", "07", True),
        ("410709001000", "01", False),
        ("41070900100", "07", False),
        ("41070900100x", "07", False),
        ("４10709001000", "07", False),
    ],
)
def test_a_basic_code_has_twelve_digits_and_its_type(code: str, task_type: str, *, right: bool) -> None:
    assert codes.is_catalog_code(code, task_type) is right


def test_zhengzhous_item_codes_are_unit_level_and_basic_code(pack: Pack) -> None:
    usccs = {unit.unit_code: unit.uscc for unit in pack.units}
    for item in pack.items:
        assert len(item.task_code) == 31
        assert item.task_code == codes.task_code(usccs[item.unit], item.use_level, item.catalog_code)
        assert codes.is_uscc(item.task_code[:18])
