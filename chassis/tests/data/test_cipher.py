from collections.abc import Callable

import pytest
from chassis.base.telemetry import mask
from chassis.data.cipher import FieldCipher, LookupKeys, Undecipherable
from hypothesis import given
from hypothesis import strategies as st

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = {"table": "drafts", "column": "form", "row": "1"}


@given(st.text())
def test_what_is_encrypted_comes_back(text: str) -> None:
    cipher = FieldCipher({"k": NEW}, "k")
    assert cipher.decrypt(cipher.encrypt(text, **PLACE), **PLACE) == text


def test_a_value_moved_to_another_place_cannot_be_read() -> None:
    cipher = FieldCipher({"k": NEW}, "k")
    sealed = cipher.encrypt("410199200002291025", **PLACE)
    for other in ({**PLACE, "row": "2"}, {**PLACE, "column": "x"}, {**PLACE, "table": "x"}):
        with pytest.raises(Undecipherable):
            cipher.decrypt(sealed, **other)


@pytest.mark.parametrize("damage", [lambda s: s[:-1], lambda s: s[:5], lambda s: s[:2], lambda s: s[:-6] + "AAAA=="])
def test_a_damaged_value_is_told_as_such(damage: Callable[[str], str]) -> None:
    cipher = FieldCipher({"k": NEW}, "k")
    with pytest.raises(Undecipherable):
        cipher.decrypt(damage(cipher.encrypt("410199200002291025", **PLACE)), **PLACE)


def test_after_a_rotation_old_values_are_still_read_and_new_ones_use_the_new_key() -> None:
    sealed = FieldCipher({"old": OLD}, "old").encrypt("x", **PLACE)
    rotated = FieldCipher({"old": OLD, "new": NEW}, "new")
    assert rotated.decrypt(sealed, **PLACE) == "x"
    assert rotated.encrypt("x", **PLACE).startswith("new.")
    with pytest.raises(Undecipherable):
        FieldCipher({"new": NEW}, "new").decrypt(sealed, **PLACE)


def test_equal_values_have_equal_digests_only_for_the_same_purpose_and_key() -> None:
    key = LookupKeys([NEW])
    assert key.digests("id_number", "1") == key.digests("id_number", "1")
    assert key.digests("id_number", "1") != key.digests("phone", "1")
    assert key.digests("id_number", "1") != LookupKeys([OLD]).digests("id_number", "1")
    both = LookupKeys([NEW, OLD]).digests("id_number", "1")
    assert both == key.digests("id_number", "1") + LookupKeys([OLD]).digests("id_number", "1")


def test_logs_are_masked_wherever_the_number_stands() -> None:
    assert mask("持 410199200002291025 与 13800001234 者") == "持 410199********1025 与 138****1234 者"
    assert mask("case 01900000-0000-7000-8000-000000000001") == "case 01900000-0000-7000-8000-000000000001"
