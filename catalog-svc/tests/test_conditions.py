from itertools import product

from catalog_svc.domain.conditions import asked_keys, can_hold, holds
from catalog_svc.domain.model import Condition, Option, Question
from hypothesis import given
from hypothesis import strategies as st

VALUES = ("a", "b", "c")


@st.composite
def conditions(draw: st.DrawFn, keys: list[str]) -> Condition:
    if not keys:
        return {}
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=2))
    return {key: tuple(draw(st.lists(st.sampled_from(VALUES), unique=True))) for key in chosen}


@st.composite
def questionnaires(draw: st.DrawFn) -> tuple[list[Question], Condition]:
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 4))):
        values = draw(st.lists(st.sampled_from(VALUES), unique=True, min_size=1))
        windows = ["", *draw(st.lists(st.sampled_from(["", "请到窗口"]), min_size=2, max_size=2))]
        options = tuple(Option(value, value, window) for value, window in zip(values, windows, strict=False))
        when = draw(conditions([question.key for question in questions]))
        questions.append(Question(f"q{number}", "?", options, when))
    return questions, draw(conditions([question.key for question in questions]))


def situations(questions: list[Question]) -> list[dict[str, str]]:
    found = []
    for values in product(*([one.value for one in question.options if not one.window] for question in questions)):
        answers: dict[str, str] = {}
        for question, value in zip(questions, values, strict=True):
            if holds(question.when, answers):
                answers[question.key] = value
        found.append(answers)
    return found


@given(questionnaires())
def test_a_condition_can_hold_exactly_when_some_situation_fulfils_it(
    drawn: tuple[list[Question], Condition],
) -> None:
    questions, condition = drawn
    assert can_hold(condition, questions) == any(holds(condition, answers) for answers in situations(questions))


@given(questionnaires())
def test_exactly_the_answered_questions_of_a_situation_are_asked(drawn: tuple[list[Question], Condition]) -> None:
    questions, _ = drawn
    for answers in situations(questions):
        assert asked_keys(questions, answers) == set(answers)


def test_the_answer_to_a_question_that_was_not_asked_asks_no_further() -> None:
    yes = (Option("yes", "是"), Option("no", "否"))
    questions = [
        Question("first", "?", yes),
        Question("second", "?", yes, {"first": ("yes",)}),
        Question("third", "?", yes, {"second": ("yes",)}),
    ]
    assert asked_keys(questions, {"first": "no", "second": "yes"}) == {"first"}
