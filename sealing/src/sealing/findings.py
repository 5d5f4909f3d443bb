"""Gathers the checks of a verification and makes the verdict of them, in words that a clerk understands."""

from dataclasses import dataclass, field

from sealing.verdict import Check, Outcome, SignatureSeen, Verdict

SOUND = "签章全部有效,盖章之后内容未被改动"
UNKNOWN_CHAIN = "签章完好,内容未被改动;但证书链未到达所给的可信根证书,签章人身份未能确认"


@dataclass(slots=True)
class Findings:
    """The checks so far."""

    checks: list[Check] = field(default_factory=list)
    signatures: list[SignatureSeen] = field(default_factory=list)

    def passed(self, check: str, detail: str) -> None:
        """Note a check that passed."""
        self.checks.append(Check(check, passed=True, detail=detail))

    def failed(self, check: str, detail: str) -> None:
        """Note a check that did not."""
        self.checks.append(Check(check, passed=False, detail=detail))

    def verdict(self, *, trusted: bool) -> Verdict:
        """Return the verdict: invalid by the first check that failed; without a chain, indeterminate."""
        wrong = next((one.detail for one in self.checks if not one.passed), None)
        checks, signatures = tuple(self.checks), tuple(self.signatures)
        if wrong is not None:
            return Verdict(Outcome.INVALID, trust=False, reason=wrong, checks=checks, signatures=signatures)
        chain = Check("trust", passed=trusted, detail="证书链到达可信根证书" if trusted else "证书链未到达可信根证书")
        outcome = Outcome.VALID if trusted else Outcome.INDETERMINATE
        reason = SOUND if trusted else UNKNOWN_CHAIN
        return Verdict(outcome, trust=trusted, reason=reason, checks=(*checks, chain), signatures=signatures)


def refused(check: str, detail: str) -> Verdict:
    """Return the verdict on what did not even get so far."""
    findings = Findings()
    findings.failed(check, detail)
    return findings.verdict(trusted=False)
