"""What the demo tells of a matter's papers: each letter and licence, a use copy, and what becomes of forgeries."""

import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from chassis.base.clock import SystemClock, local
from chassis.http.asgi import App
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from esign_svc.outside.development import DevelopmentAuthority
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sealing.verdict import Outcome

from yiwang import disk, keyfile, papers
from yiwang.journey import Actor
from yiwang.wording import Words

ROOT, CHANGED, ADDED = "development-root.pem", "forged-byte-changed.pdf", "forged-page-added.pdf"
PURPOSE = "用于办理入园登记"
COLOURS = {Outcome.VALID: "green", Outcome.INVALID: "red", Outcome.INDETERMINATE: "yellow"}
FORGERIES = (CHANGED, papers.with_byte_changed), (ADDED, papers.with_page_added)
EXPECTED = [Outcome.VALID, *(Outcome.INVALID for _ in FORGERIES)]


class Telling(Protocol):
    """A story: its steps are timed, each has its line, and what came of it is kept."""

    result: dict[str, Any]

    def step(self, name: str) -> Any:
        """Time a step."""

    def line(self, text: str) -> str:
        """Return the line that tells the last step."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the demo's papers are put, for their owner's eyes only."""

    path: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Folder":
        """Make `<data-dir>/demo`, or narrow the one that is there. Raises FolderRefused, KeysRefused."""
        with disk.usable(data_dir):
            keyfile.secure(data_dir)
            keyfile.secure(data_dir / "demo")
        return cls(data_dir / "demo")

    def put(self, name: str, data: bytes) -> Path:
        """Write a file, in place of one of that name. Raises FolderRefused."""
        file = self.path / name
        with disk.usable(self.path):
            file.unlink(missing_ok=True)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:  # noqa: PTH123  0600
                opened.write(data)
        return file


def put_root(folder: Folder, data_dir: Path) -> Path | None:
    """Put the root of the data folder's development authority beside the papers; None where the folder has none."""
    if not (data_dir / keyfile.FILE).exists():
        return None
    secret = urlsafe_b64decode(keyfile.keys(data_dir)["authority"])
    root = x509.load_der_x509_certificate(DevelopmentAuthority(secret, SystemClock()).root)
    return folder.put(ROOT, root.public_bytes(Encoding.PEM))


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the papers of one matter: who holds them, where their files go, the tasks that were decided."""

    gateway: App
    holder: Actor
    console: Console
    words: Words
    story: Telling
    folder: Folder
    decided: Sequence[Mapping[str, Any]]

    async def tell(self) -> None:
        """Tell them all; the story's result says where each is and how each was judged."""
        found = await self._letters()
        told = ("kind", "title", "number", "unit", "sha256")
        self.story.result["documents"] = [
            {**{name: one[name] for name in told}, "file": str(self.folder.path / self._name(one))} for one in found
        ]
        licences = await self._wallet(found)
        licence = licences[-1]
        paper = next(one for one in found if one["document_id"] == licence["document_id"])
        await self._copy(licence, self._key(paper))
        await self._verify(self.folder.path / self._name(paper), await papers.fetch(self.holder, paper))
        await self._scan(licence)

    def _key(self, document: Mapping[str, Any]) -> str:
        return next((one["task_key"] for one in self.decided if one["task_id"] == document["task_id"]), "")

    def _name(self, document: Mapping[str, Any]) -> str:
        return "-".join(filter(None, (document["kind"], self._key(document)))) + ".pdf"

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)

    async def _letters(self) -> list[dict[str, Any]]:
        """Wait for all papers, put their files and name them."""
        expected = {"receipt": 1, "acceptance": 1, "decision": len(self.decided)}
        found: list[dict[str, Any]] = []
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with self.story.step(self.words.papers), Progress(*columns, console=self.console, transient=True) as progress:
            bar = progress.add_task(self.words.papers, total=None)
            async for one in papers.until_sealed(self.holder, self.story.result["application_id"], expected):
                found.append(one)
                self.folder.put(self._name(one), await papers.fetch(self.holder, one))
                progress.update(bar, description=self.words.sealing.format(count=len(found)))
        self.console.print(self.story.line(self.words.sealing.format(count=len(found))))
        found.sort(key=lambda one: (papers.KINDS.index(one["kind"]), one["document_id"]))
        for one in found:
            paper = " ".join(filter(None, (self.words.title(one["title"]), one["number"])))
            self._say(f"  {paper} → {self.folder.path / self._name(one)}")
        return found

    async def _wallet(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        with self.story.step(self.words.wallet):
            licences = await papers.licences_of(self.holder, found)
        self.console.print(self.story.line(self.words.in_wallet.format(count=len(licences))))
        for one in reversed(licences):
            said = {
                "number": one["number"],
                "holder": one["holder_name"],
                "until": self.words.title(one["valid_until"]),
            }
            unit = self.words.unit(one["unit_name"], one["unit"])
            self._say(f"  {self.words.title(one['name'])} {self.words.holder.format(**said, unit=unit)}")
        kept = ("name", "number", "identifier", "state", "unit", "valid_from", "valid_until", "check_url")
        self.story.result["licences"] = [{name: one[name] for name in kept} for one in licences]
        return licences

    async def _copy(self, licence: Mapping[str, Any], key: str) -> None:
        with self.story.step(self.words.use_copy):
            copy = await papers.copy_of(self.holder, licence, PURPOSE)
            file = self.folder.put(f"licence_copy-{key}.pdf", await papers.fetch(self.holder, copy))
        said = {"licence": self.words.title(licence["name"]), "purpose": PURPOSE, "until": copy["until"], "file": file}
        self._say(self.story.line(self.words.copied.format(**said)))
        self.story.result["copy"] = {"purpose": copy["purpose"], "until": copy["until"], "file": str(file)}

    async def _verify(self, real: Path, data: bytes) -> None:
        """Have a file verified as it is, and forged in two ways."""
        files = {real: data, **{self.folder.put(name, forge(data)): forge(data) for name, forge in FORGERIES}}
        with self.story.step(self.words.verify):
            verdicts = {file: await papers.verified(self.gateway, pdf) for file, pdf in files.items()}
        self.console.print(self.story.line(self.words.forged))
        for file, one in verdicts.items():
            outcome, failed = Outcome(one["verdict"]), papers.failed_checks(one)
            self._say(f"  [bold {COLOURS[outcome]}]{self.words.verdicts[outcome]}[/] {file}")
            self._say(f"    {self.words.why(one['reason'], failed)}")
        self.story.result["verifications"] = [
            {
                "file": str(file),
                "failed": papers.failed_checks(one),
                **{name: one[name] for name in ("verdict", "trust", "reason")},
            }
            for file, one in verdicts.items()
        ]

    async def _scan(self, licence: Mapping[str, Any]) -> None:
        with self.story.step(self.words.scan):
            seen = await papers.checked(self.gateway, licence["check_url"])
        self._say(self.story.line(licence["check_url"]))
        said = {
            "number": seen["number"],
            "holder": seen["holder_name"],
            "name": self.words.title(seen["name"]),
            "unit": self.words.unit(seen["unit_name"], licence["unit"]),
            "state": self.words.state(seen["state"], seen["detail"]),
            "as_of": local(datetime.fromisoformat(seen["as_of"])),
        }
        self._say("  " + self.words.scanned.format(**said))
        self.story.result["checked"] = seen


def as_expected(story: Telling) -> bool:
    """Tell whether the real file was found valid, and each forgery not."""
    return [one["verdict"] for one in story.result["verifications"]] == EXPECTED


def tell_by_hand(console: Console, words: Words, folder: Folder, root: Path | None) -> None:
    """Say how anyone verifies the files, and by whose word."""
    console.print(words.by_hand, soft_wrap=True, highlight=False)
    trust = f" --trust {root}" if root else ""
    console.print(
        f"    .venv/bin/yiwang verify {folder.path}/receipt.pdf{trust}", soft_wrap=True, highlight=False, markup=False
    )
    if root:
        console.print(f"[bold red]{words.root_notice}[/]")
