from datetime import date

from chassis.base.succession import Term, heirs, in_force

END, TODAY = date(2026, 12, 31), date(2027, 1, 1)


def test_the_last_day_is_still_the_units_own() -> None:
    terms = {"U01": Term(END, "U02"), "U02": Term(None, None)}
    assert in_force(terms, "U01", END) == "U01"
    assert in_force(terms, "U01", TODAY) == "U02"
    assert heirs(terms, END) == {}
    assert heirs(terms, TODAY) == {"U01": "U02"}


def test_a_chain_is_followed_to_the_one_that_works_on_that_day() -> None:
    terms = {"U01": Term(END, "U02"), "U02": Term(END, "U03"), "U03": Term(date(2027, 6, 30), "U04")}
    assert in_force(terms, "U01", TODAY) == "U03"
    assert in_force({**terms, "U04": Term(None, None)}, "U01", date(2027, 7, 1)) == "U04"
    assert heirs(terms, TODAY) == {"U01": "U03", "U02": "U03"}


def test_a_circle_and_an_unknown_or_missing_successor_move_nothing() -> None:
    circle = {"U01": Term(END, "U02"), "U02": Term(END, "U01"), "U03": Term(END, "U03")}
    assert heirs(circle, TODAY) == {}
    assert heirs({"U01": Term(END, "U02"), "U05": Term(END, None)}, TODAY) == {}
    assert in_force({}, "U01", TODAY) == "U01"
