from sealing.verdict import Outcome, Verdict


def test_only_one_of_three_words_passes() -> None:
    assert [outcome.value for outcome in Outcome] == ["valid", "invalid", "indeterminate"]
    assert Verdict(Outcome.INVALID, trust=False, reason="r").checks == ()
