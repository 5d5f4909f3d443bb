"""Why a command was not done: what stands in its way, told in its own words (`yiwang.terminal`)."""


class NotReady(Exception):  # noqa: N818  named after the fact
    """What a command needs is not there: settings, or a database of the newest structure."""


class PackUnreadable(Exception):  # noqa: N818  named after the fact
    """The pack cannot be loaded; `findings` are lines of `file:line: what`."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings
