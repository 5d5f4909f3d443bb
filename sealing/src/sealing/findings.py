"""Gathers the checks of a verification and makes the verdict of them, in words that a clerk understands."""

from dataclasses import dataclass, field, replace

from sealing.verdict import Check, Outcome, SignatureSeen, Verdict

LONGEST = 300
"""How many characters of a file's own words are shown."""
SOUND = "签章全部有效,盖章之后内容未被改动"
UNKNOWN_CHAIN = "签章完好,内容未被改动;但证书链未到达所给的可信根证书,签章人身份未能确认"


@dataclass(slots=True)
class Findings:
    """The checks so far; of those that did not pass, which lack only a proof."""

    checks: list[Check] = field(default_factory=list)
    signatures: list[SignatureSeen] = field(default_factory=list)
    wanting: list[Check] = field(default_factory=list)

    def passed(self, check: str, detail: str) -> None:
        """Note a check that passed."""
        self.checks.append(Check(check, passed=True, detail=detail))

    def failed(self, check: str, detail: str) -> None:
        """Note a check that did not."""
        self.checks.append(Check(check, passed=False, detail=detail))

    def unproven(self, check: str, detail: str) -> None:
        """Note a check for which a proof is wanting: the file is neither valid nor invalid by it."""
        self.failed(check, detail)
        self.wanting.append(self.checks[-1])

    def verdict(self, *, trusted: bool) -> Verdict:
        """Return the verdict: invalid by the first check that failed; without a proof or a chain, indeterminate."""
        wrong = next((one.detail for one in self.checks if not one.passed and one not in self.wanting), None)
        checks, signatures = tuple(self.checks), tuple(self.signatures)
        if wrong is not None:
            return Verdict(Outcome.INVALID, trust=False, reason=wrong, checks=checks, signatures=signatures)
        chain = Check("trust", passed=trusted, detail="证书链到达可信根证书" if trusted else "证书链未到达可信根证书")
        outcome = Outcome.VALID if trusted and not self.wanting else Outcome.INDETERMINATE
        reason = self.wanting[0].detail if self.wanting else SOUND if trusted else UNKNOWN_CHAIN
        return Verdict(outcome, trust=trusted, reason=reason, checks=(*checks, chain), signatures=signatures)


def shown(text: str) -> str:
    """Return a text of a file as it may be shown: of a bounded length, without what controls terminals or direction."""
    plain = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def presentable(verdict: Verdict) -> Verdict:
    """Return a verdict in which whatever stems from the file may be shown."""
    checks = tuple(replace(one, detail=shown(one.detail)) for one in verdict.checks)
    seen = tuple(
        replace(
            one,
            field=shown(one.field),
            signer=shown(one.signer),
            signed_at=one.signed_at if one.signed_at and one.signed_at.tzinfo else None,
        )
        for one in verdict.signatures
    )
    return replace(verdict, reason=shown(verdict.reason), checks=checks, signatures=seen)


def refused(check: str, detail: str) -> Verdict:
    """Return the verdict on what did not even get so far."""
    findings = Findings()
    findings.failed(check, detail)
    return findings.verdict(trusted=False)
