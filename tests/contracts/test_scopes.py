"""What operations ask for, somebody can be given: scopes in the contracts, and what the provider may grant to whom."""

import pytest
from chassis.contracts.documents import operations
from chassis.http.identity import Kind
from chassis.http.routing import EXTENSION
from gateway.development.provider import allowances
from gateway.table import read_contracts, scopes
from yiwang.suite import CONTRACTS

DOCUMENTS = read_contracts(CONTRACTS)
OPERATIONS = [(name, one[EXTENSION]) for document in DOCUMENTS.values() for name, one in operations(document)]


@pytest.mark.parametrize(("name", "declared"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_the_scope_of_an_operation_is_granted_to_every_kind_that_it_admits(name: str, declared: dict[str, str]) -> None:
    for kind in {Kind(one) for one in declared["kinds"]} - {Kind.ANONYMOUS}:
        assert declared["scope"] in allowances()[kind], f"{name}: {kind} never gets {declared['scope']}"


def test_nothing_is_granted_that_no_operation_asks_for() -> None:
    assert frozenset().union(*allowances().values()) == scopes(DOCUMENTS)
