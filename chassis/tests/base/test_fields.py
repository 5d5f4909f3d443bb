from typing import Annotated

import pytest
from chassis.base.fields import PRINTABLE, Body, Id, TypedNumber, WrittenText, read_by, shown, text
from pydantic import ValidationError

UUID = "01900000-0000-7000-8000-00000000000a"


class Typed(Body):
    model_config = shown(note="一")

    id: Id = UUID
    note: WrittenText = ""
    number: TypedNumber = ""
    doubled: Annotated[str, text(4, example="ab"), read_by(lambda typed: typed * 2, 4)] = ""
    word: Annotated[str, text(3, min_length=2, pattern="^[a-z]*$", example="ab", format="word")] = "ab"


def refusals(**typed: str) -> list[tuple[str, dict[str, object]]]:
    with pytest.raises(ValidationError) as refused:
        Typed.model_validate(typed)
    return [(error["type"], error.get("ctx", {})) for error in refused.value.errors()]


def test_an_id_is_read_in_either_case_and_written_in_small_letters() -> None:
    assert Typed(id=UUID.upper()).id == UUID


@pytest.mark.parametrize("wrong", [UUID.replace("-", ""), f"{UUID} ", UUID.replace("a", "g"), UUID.replace("0", "٠")])
def test_what_is_no_id_is_refused_as_such(wrong: str) -> None:
    assert refusals(id=wrong) == [("malformed_id", {})]


def test_what_is_typed_is_brought_into_its_form() -> None:
    read = Typed(note=" 一\u200b二 ", number="４１０-１")
    assert (read.note, read.number) == ("一二", "4101")


def test_the_form_of_a_value_is_bounded_as_the_value_is() -> None:
    assert Typed(doubled="ab").doubled == "abab"
    assert refusals(doubled="abc") == [("string_too_long", {"max_length": 4})]


def test_the_contract_says_what_a_text_may_be() -> None:
    schema = Typed.model_json_schema()
    assert schema["examples"] == [{"note": "一"}]
    word = {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]*$", "example": "ab", "format": "word"}
    assert {key: schema["properties"]["word"][key] for key in word} == word
    note = schema["properties"]["note"]
    assert (note.get("minLength", 0), note["pattern"]) == (0, PRINTABLE)


@pytest.mark.parametrize(
    ("typed", "kind"), [("a", "string_too_short"), ("abcd", "string_too_long"), ("AB", "string_pattern_mismatch")]
)
def test_a_text_outside_its_bounds_is_refused(typed: str, kind: str) -> None:
    assert [found for found, _ in refusals(word=typed)] == [kind]
