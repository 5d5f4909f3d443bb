"""What the rules against gaming have taken out of the figures, and what a reviewer has declared void."""

from collections.abc import Iterator

from evaluation_svc.domain.marks import Entry, Told

RULED, LIFTED, VOIDED = "evaluation.exclusion.ruled", "evaluation.exclusion.lifted", "evaluation.rating.voided"


def ratings_out(told: Told) -> dict[str, str]:
    """Return the ratings that do not count, each with the type of what took it out; a void outweighs a rule."""
    out = {rating_id: RULED for _, rating_id in _in_force(told) if rating_id}
    return out | {one.data["rating_id"]: VOIDED for one in told.get(VOIDED, ())}


def case_is_out(told: Told) -> bool:
    """Tell whether a rule takes the case as a whole out of the figures."""
    return any(not rating_id for _, rating_id in _in_force(told))


def _in_force(told: Told) -> Iterator[tuple[str, str]]:
    """Return the rulings that were not lifted afterwards: by rule and rating, of the last word on them."""
    last: dict[tuple[str, str], Entry] = {}
    both = [*told.get(RULED, ()), *told.get(LIFTED, ())]
    for entry in sorted(both, key=lambda one: (one.at, one.version, one.type == RULED, one.entry_id)):
        last[entry.data["rule"], entry.data.get("rating_id") or ""] = entry
    return (what for what, entry in last.items() if entry.type == RULED)
