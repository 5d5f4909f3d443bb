from typing import Annotated, Any

import pytest
from chassis.base.fields import PRINTABLE, Body, Id, TypedNumber, WrittenText, read_by, shown, text
from pydantic import TypeAdapter, ValidationError

UUID = "01900000-0000-7000-8000-00000000000a"


class Typed(Body):
    id: Id = UUID
    note: WrittenText = ""
    number: TypedNumber = ""


def refusals(type_: Any, typed: str) -> list[tuple[str, dict[str, object]]]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(type_).validate_python(typed)
    return [(error["type"], error.get("ctx", {})) for error in refused.value.errors()]


def test_an_id_is_read_in_either_case_and_written_in_small_letters() -> None:
    assert Typed(id=UUID.upper()).id == UUID


@pytest.mark.parametrize("wrong", [UUID.replace("-", ""), f"{UUID} ", UUID.replace("a", "g"), UUID.replace("0", "٠")])
def test_what_is_no_id_is_refused_as_such(wrong: str) -> None:
    assert refusals(Id, wrong) == [("malformed_id", {})]


def test_what_is_typed_is_brought_into_its_form() -> None:
    read = Typed(note=" 一\u200b二 ", number="４１０-１")
    assert (read.note, read.number) == ("一二", "4101")


def test_the_form_of_a_value_is_bounded_as_the_value_is() -> None:
    doubled = Annotated[str, read_by(lambda typed: typed * 2, 4)]
    assert TypeAdapter(doubled).validate_python("ab") == "abab"
    assert refusals(doubled, "abc") == [("string_too_long", {"max_length": 4})]


def test_the_contract_says_what_a_text_may_be() -> None:
    word = Annotated[str, text(3, min_length=2, pattern="^[a-z]*$", example="ab", format="word")]
    bounds = {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]*$"}
    assert TypeAdapter(word).json_schema() == {**bounds, "example": "ab", "format": "word"}
    plain = TypeAdapter(Annotated[str, text(5)]).json_schema()
    assert plain == {"type": "string", "minLength": 0, "maxLength": 5, "pattern": PRINTABLE}
    assert shown(note="一") == {"json_schema_extra": {"examples": [{"note": "一"}]}}


@pytest.mark.parametrize(
    ("typed", "kind"), [("a", "string_too_short"), ("abcd", "string_too_long"), ("AB", "string_pattern_mismatch")]
)
def test_a_text_outside_its_bounds_is_refused(typed: str, kind: str) -> None:
    word = Annotated[str, text(3, min_length=2, pattern="^[a-z]*$")]
    assert [found for found, _ in refusals(word, typed)] == [kind]
