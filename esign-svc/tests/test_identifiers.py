import pytest
from esign_svc.domain.identifiers import ALPHABET, LicenceIdentifier, check_character, read_identifier
from esign_svc.errors import IdentifierMalformed
from hypothesis import assume, given
from hypothesis import strategies as st

PUBLISHED = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
"""A real identifier that was published as an example; its check character was made elsewhere."""
characters = st.sampled_from(ALPHABET)
texts = st.text(ALPHABET, min_size=1, max_size=60)
identifiers = st.builds(
    LicenceIdentifier,
    st.builds(str.__add__, st.text(ALPHABET, min_size=18, max_size=18), st.from_regex(r"[0-9]{3}", fullmatch=True)),
    st.text(ALPHABET, min_size=18, max_size=18),
    st.text("0123456789", min_size=5, max_size=20),
    st.integers(1, 999),
)


def _states(text: str, before: int = 36) -> int:
    for character in text:
        before = 2 * ((before + ALPHABET.index(character)) % 36 or 36) % 37
    return before


def test_the_published_identifier_is_read_and_written_as_it_is() -> None:
    read = read_identifier(PUBLISHED)
    assert read == LicenceIdentifier("11100000000013338W011", "11430000006122244L", "20230000403", 1)
    assert str(read) == PUBLISHED


@given(identifiers)
def test_what_is_written_is_read_again(identifier: LicenceIdentifier) -> None:
    assert read_identifier(str(identifier)) == identifier


@given(texts, st.data())
def test_a_single_changed_character_is_always_noticed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(characters)
    assume(other != text[place])
    assert check_character(text[:place] + other + text[place + 1 :]) != check_character(text)


@given(texts, characters, characters, texts)
def test_two_neighbours_that_change_places_are_noticed_but_for_one_pair(
    before: str, first: str, second: str, after: str
) -> None:
    assume(first != second)
    pair = {(_states(before) + ALPHABET.index(one)) % 36 for one in (first, second)}
    noticed = check_character(before + first + second + after) != check_character(before + second + first + after)
    assert noticed is (pair != {18, 19})


@given(identifiers, st.data())
def test_an_identifier_with_one_wrong_character_is_refused(identifier: LicenceIdentifier, data: st.DataObject) -> None:
    text = str(identifier)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET + ".-0O \u0660\uff11"))
    assume(other != text[place])
    with pytest.raises(IdentifierMalformed):
        read_identifier(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    ["", PUBLISHED.lower(), f"{PUBLISHED} ", f"{PUBLISHED}\n", PUBLISHED[:-1], PUBLISHED.replace(".001.U", ".000.W")],
)
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(IdentifierMalformed):
        read_identifier(text)
