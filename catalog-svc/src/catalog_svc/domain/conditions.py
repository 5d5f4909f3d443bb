"""Conditions over the answers of a situation guide (情形引导): when they hold, and whether they ever can."""

from collections.abc import Mapping, Sequence

from catalog_svc.domain.model import Condition, Question


def holds(condition: Condition, answers: Mapping[str, str]) -> bool:
    """Tell whether all of a condition's questions were answered with one of its values."""
    return all(answers.get(key) in values for key, values in condition.items())


def asked_keys(questions: Sequence[Question], answers: Mapping[str, str]) -> set[str]:
    """Return the questions asked in a situation: an answer counts only if its own question was asked.

    The questions stand in the order they are asked, each resting on earlier ones.
    """
    asked: set[str] = set()
    heard: dict[str, str] = {}
    for question in questions:
        if holds(question.when, heard):
            asked.add(question.key)
            if question.key in answers:
                heard[question.key] = answers[question.key]
    return asked


def can_hold(condition: Condition, questions: Sequence[Question]) -> bool:
    """Tell whether some complete situation fulfils a condition; questions it does not know are left to others.

    What is handled at a window is no situation here.

    A condition is a conjunction of "this question has one of these values", and so is each question's own, so it can
    hold exactly when no question is left without a value.
    """
    known = {question.key: question for question in questions}
    wanted: dict[str, set[str]] = {}
    left = [condition]
    while left:
        for key, values in left.pop().items():
            if key not in known:
                continue
            if key not in wanted:
                wanted[key] = {option.value for option in known[key].options if not option.window}
                left.append(known[key].when)
            wanted[key] &= set(values)
    return all(wanted.values())
