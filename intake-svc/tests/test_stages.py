from datetime import UTC, datetime, timedelta

from intake_svc.domain.stages import Stage, StageState, stages

AT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def test_the_steps_stand_in_the_order_of_the_tasks_with_their_times() -> None:
    told = [
        ("submitted", "", AT),
        ("task_opened", "a", AT),
        ("task_opened", "b", AT),
        ("task_granted", "a", LATER),
        ("task_refused", "b", LATER),
        ("task_opened", "c", LATER),
    ]
    assert stages(["a", "b", "c", "d", "e"], told, dropped=["e"]) == [
        Stage("a", StageState.GRANTED, AT, LATER),
        Stage("b", StageState.REFUSED, AT, LATER),
        Stage("c", StageState.OPEN, LATER),
        Stage("d"),
        Stage("e", StageState.NOT_NEEDED),
    ]


def test_a_step_that_became_needless_after_it_was_opened_is_not_under_way() -> None:
    assert stages(["a"], [("task_opened", "a", AT)], dropped=["a"]) == [Stage("a", StageState.NOT_NEEDED)]
