from itertools import product

import pytest
from chassis.base.problems import Problem
from chassis.http.identity import ANONYMOUS, Kind, Policy, Principal

KINDS = [frozenset({kind}) for kind in Kind] + [frozenset(Kind), frozenset(Kind) - {Kind.ANONYMOUS}]
POLICIES = [
    Policy(kinds, scope, frozenset(roles), level)
    for kinds, scope, roles, level in product(KINDS, ["", "case:read"], [(), ("reviewer",)], [0, 2])
]
CALLERS = [ANONYMOUS] + [
    Principal("someone", kind, level, roles=frozenset(roles), scopes=frozenset(scopes))
    for kind, level, roles, scopes in product(
        [kind for kind in Kind if kind is not Kind.ANONYMOUS], [0, 3], [(), ("reviewer",)], [(), ("case:read",)]
    )
]


def refusal(policy: Policy, caller: Principal) -> type[Problem] | None:
    try:
        policy.admit(caller)
    except Problem as problem:
        return type(problem)
    return None


def said(policy: Policy) -> str:
    return f"{'+'.join(sorted(policy.kinds))}-{policy.scope}-{''.join(policy.roles)}-{policy.level}"


@pytest.mark.parametrize("policy", POLICIES, ids=said)
def test_a_policy_names_exactly_what_it_can_refuse_with(policy: Policy) -> None:
    assert {refusal(policy, caller) for caller in CALLERS} - {None} == set(policy.problems())
