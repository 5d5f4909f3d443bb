"""Compares what two revisions say about the document (XMP): those who add a signature note when and with what."""

import xml.etree.ElementTree as ET
from typing import Any

from sealing.pdf_judge.syntax import Stream
from sealing.pdf_judge.view import View

_NOTED = (
    "}ModifyDate",
    "}MetadataDate",
    "}Producer",
    "}InstanceID",
    "}DocumentID",
    "}History",
    "}CreatorTool",
    "}xmptk",
)
LARGEST = 2**20


def differs_in_dates_only(before: View, old: Any, after: View, new: Any) -> bool:
    """Tell whether two metadata streams differ in the notes of writing programs only."""
    if not isinstance(new, Stream) or new.attributes.get("Type") != "Metadata":
        return False
    facts = _facts(before.plain(old)) if isinstance(old, Stream) else None
    return facts is not None and facts == _facts(after.plain(new))


def _facts(text: bytes) -> set[tuple[str, str]] | None:
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or len(text) > LARGEST:
        return None
    try:
        root = ET.fromstring(text.strip())  # noqa: S314  no entities, a bounded length, a bounded process
    except ET.ParseError:
        return None
    facts = []
    skipped = {inner for one in root.iter() if one.tag.endswith(_NOTED) for inner in one.iter()}
    for one in root.iter():
        if one not in skipped:
            facts.append((one.tag, (one.text or "").strip()))
            facts += [(name, value) for name, value in one.attrib.items() if not name.endswith(_NOTED)]
    return set(facts)
