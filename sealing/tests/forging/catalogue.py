"""The list of forgeries: each a function of an honest file, with its class and the check that must refuse it."""

from collections.abc import Callable
from dataclasses import dataclass

from sealing.verdict import Outcome

from . import honest

Forge = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Forgery:
    """A forgery: how it is made of which file, and the names of the checks of which one must fail.

    `outcome` is what the verdict is: INVALID, but where only a proof is wanting.
    """

    name: str
    kind: str
    made: Forge
    of: Callable[[], bytes]
    checks: frozenset[str]
    outcome: Outcome = Outcome.INVALID


ALL: list[Forgery] = []
STRUCTURE, RANGE, LATER, HIDDEN, FIELDS = "structure", "byte_range", "later_changes", "hidden_signatures", "fields"
CMS, SIGNER, DIGEST, WEAK, VALUE = "cms_structure", "signing_certificate", "digest", "algorithms", "signature_value"
STAMP, PERIOD, CHAIN, REVOKED, CERTIFIED = "time_stamp", "certificate_period", "chain", "revocation", "certification"
NONE = "signatures_found"


def forgery(
    kind: str, *checks: str, of: Callable[[], bytes] = honest.one, outcome: Outcome = Outcome.INVALID
) -> Callable[[Forge], Forge]:
    """Put a function into the list."""

    def enter(made: Forge) -> Forge:
        ALL.append(Forgery(made.__name__.removeprefix("forge_"), kind, made, of, frozenset(checks), outcome))
        return made

    return enter
