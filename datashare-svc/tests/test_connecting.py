import pytest
from datashare_svc.domain.connecting import MANAGER, MOVES, STEWARD, Missing, Step, after_step, judged, missing
from datashare_svc.domain.model import SERVING, Connection
from datashare_svc.errors import NetworkStepNotPossible, StepNotYours

ROLES = {"steward": frozenset({STEWARD}), "manager": frozenset({MANAGER}), "clerk": frozenset({"window_clerk"})}
C = Connection


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("state", list(Connection))
@pytest.mark.parametrize("who", list(ROLES))
def test_a_step_is_taken_in_its_states_by_its_roles_and_in_no_other(step: Step, state: Connection, who: str) -> None:
    allowed = {
        Step.CONTACT: ({C.LISTED}, {"steward", "manager"}, C.CONTACTED),
        Step.CONNECT: ({C.CONTACTED}, {"steward", "manager"}, C.CONNECTED),
        Step.RETIRE: (set(Connection) - {C.RETIRED}, {"manager"}, C.RETIRED),
    }[step]
    if who not in allowed[1]:
        with pytest.raises(StepNotYours):
            after_step(state, step, ROLES[who])
    elif state not in allowed[0]:
        with pytest.raises(NetworkStepNotPossible):
            after_step(state, step, ROLES[who])
    else:
        assert after_step(state, step, ROLES[who]) is allowed[2]


def test_no_step_of_people_leads_into_service() -> None:
    assert not {move.after for move in MOVES.values()} & SERVING


@pytest.mark.parametrize(
    ("state", "newest_first", "after"),
    [
        (C.VERIFIED, [], C.VERIFIED),
        (C.VERIFIED, [False], C.VERIFIED),
        (C.VERIFIED, [False, False], C.DEGRADED),
        (C.VERIFIED, [False, True, False, False, False], C.VERIFIED),
        (C.DEGRADED, [False] * 4, C.DEGRADED),
        (C.DEGRADED, [False] * 5, C.DOWN),
        (C.VERIFIED, [False] * 5, C.DOWN),
        (C.DOWN, [False] * 5, C.DOWN),
        (C.DOWN, [False, False, True], C.DOWN),
        (C.DOWN, [True, True, False, False, False], C.DOWN),
        (C.DOWN, [True, True, True, False, False], C.VERIFIED),
        (C.DEGRADED, [True, False, True, True, True], C.DEGRADED),
        (C.DEGRADED, [True, True, True], C.VERIFIED),
        (C.CONNECTED, [False] * 5, C.CONNECTED),
        (C.CONNECTED, [True] * 5, C.CONNECTED),
        (C.RETIRED, [True] * 5, C.RETIRED),
    ],
)
def test_probes_make_a_serving_network_worse_and_well_again(
    state: Connection, newest_first: list[bool], after: Connection
) -> None:
    assert judged(state, newest_first) is after


def test_what_is_missing_is_said_in_the_order_in_which_it_is_done() -> None:
    assert missing(C.LISTED, has_address=False) == tuple(Missing)
    assert missing(C.CONTACTED, has_address=True) == (Missing.CONNECT, Missing.ACCEPTANCE)
    assert missing(C.CONNECTED, has_address=True) == (Missing.ACCEPTANCE,)
    assert not any(missing(state, has_address=False) for state in (*SERVING, C.RETIRED))
