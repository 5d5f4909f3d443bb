"""What is kept of a licence, opened and sealed, and what its events tell."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.base.clock import local
from chassis.base.masks import mask_id_number, mask_name

from esign_svc.domain.licences import NATIONAL, WORDS, Face, LicenceState, LicenceType, state_on, until_words
from esign_svc.handlers.collaborators import Esign
from esign_svc.schemas.licences import FaceLine, LicenceMetadata, LicenceSummary

NO_FACE = Face("", "", ())
RESIDENT = "111"
"""公民身份号码 as a type of certificate (GA/T 2000.156)."""


def code_digest(code: str, row: str) -> str:
    """Return what is kept of a check code, bound to its licence or copy.

    A code has 130 random bits, so that a digest without a key tells nothing of it, and stays right when keys change.
    """
    return hashlib.sha256(f"{row}\0{code}".encode()).hexdigest()


def is_code(code: str, row: str, digest: str) -> bool:
    """Tell whether a code is that of a licence or copy, in the same time whatever it is."""
    return hmac.compare_digest(code_digest(code, row), digest)


def sealed_code(esign: Esign, code: str, *, table: str, row: str) -> str:
    """Return a check code, encrypted for its place: it is printed on the paper, and the holder may show it."""
    return esign.cipher.encrypt(code, table=table, column="code", row=row)


def opened_code(esign: Esign, sealed: str, *, table: str, row: str) -> str:
    """Return a check code."""
    return esign.cipher.decrypt(sealed, table=table, column="code", row=row)


def sealed_face(esign: Esign, face: Face, licence_id: str) -> str:
    """Return what a licence's face shows, encrypted for its place."""
    text = json.dumps([face.holder_name, face.holder_number, face.fields], ensure_ascii=False)
    return esign.cipher.encrypt(text, table="licence", column="face", row=licence_id)


def opened_face(esign: Esign, row: Mapping[str, Any]) -> Face:
    """Return what a licence's face shows; nothing while it is being made."""
    if not row["face"]:
        return NO_FACE
    text = esign.cipher.decrypt(row["face"], table="licence", column="face", row=row["licence_id"])
    name, number, fields = json.loads(text)
    return Face(name, number, tuple((label, value) for label, value in fields))


def sealed_corrections(esign: Esign, values: Mapping[str, str], *, table: str, row: str) -> str:
    """Return corrected elements and their values, encrypted for their place; of none, an empty text."""
    told = json.dumps(dict(values), ensure_ascii=False)
    return esign.cipher.encrypt(told, table=table, column="corrections", row=row) if values else ""


def opened_corrections(esign: Esign, sealed: str, *, table: str, row: str) -> dict[str, str]:
    """Return corrected elements and their values."""
    if not sealed:
        return {}
    values: dict[str, str] = json.loads(esign.cipher.decrypt(sealed, table=table, column="corrections", row=row))
    return values


def masked(face: Face) -> Face:
    """Return a face as others than the holder see it: name and number masked, nothing else of the person."""
    return Face(mask_name(face.holder_name), mask_id_number(face.holder_number), ())


def facts_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each event of a licence tells of it."""
    kept = (
        *("licence_id", "identifier", "number", "name", "edition", "holder_id", "unit", "item"),
        *("task_id", "case_id", "application_id", "state"),
    )
    return {
        **{name: row[name] for name in kept},
        "licence_type": row["type"],
        "valid_from": row["valid_from"].isoformat(),
        "valid_until": until_words(row["valid_until"]),
    }


def summary_of(esign: Esign, row: Mapping[str, Any], face: Face) -> LicenceSummary:
    """Return a licence as a list shows it, as of now."""
    now = esign.clock.now()
    return LicenceSummary(**_summary(row, face, now))


def _summary(row: Mapping[str, Any], face: Face, now: datetime) -> dict[str, Any]:
    kept = ("licence_id", "identifier", "number", "name", "edition", "unit", "unit_name", "issued_at")
    state = current_state(row, now)
    return {
        **{name: row[name] for name in kept},
        "type": row["type"],
        "state": state,
        "state_name": WORDS[state],
        "holder_name": face.holder_name,
        "valid_from": row["valid_from"].isoformat(),
        "valid_until": until_words(row["valid_until"]),
        "as_of": now,
    }


def whole_of(
    esign: Esign, row: Mapping[str, Any], face: Face, kind: LicenceType, superseded_by: str | None
) -> dict[str, Any]:
    """Return what views of a licence share beyond a list's."""
    now = esign.clock.now()
    return {
        **_summary(row, face, now),
        "holder_number": face.holder_number,
        "fields": [FaceLine(label=label, value=value) for label, value in face.fields],
        **{name: row[name] for name in ("application_id", "case_id", "supersedes")},
        "superseded_by": superseded_by,
        "metadata": _metadata(row, face, kind, current_state(row, now)),
    }


def current_state(row: Mapping[str, Any], now: datetime) -> LicenceState:
    """Return a licence's state as of a moment, by the day in Shanghai."""
    return state_on(LicenceState(row["state"]), row["valid_until"], local(now).date())


def _metadata(row: Mapping[str, Any], face: Face, kind: LicenceType, state: LicenceState) -> LicenceMetadata:
    """Return a licence's metadata under the names of GB/T 36903-2018."""
    issuer = row["identifier"].split(".")[6]
    return LicenceMetadata(
        certificate_identifier=row["identifier"],
        certificate_type_name=kind.name,
        certificate_type_code=kind.type_code,
        certificate_number=row["number"],
        certificate_name=row["name"],
        certificate_version=f"{row['edition']:03}",
        certificate_issued_date=local(row["issued_at"]).date().isoformat() if row["issued_at"] else None,
        certificate_issuing_authority_name=row["unit_name"],
        certificate_issuing_authority_code=issuer,
        certificate_define_authority_name=kind.definer,
        certificate_define_authority_code=kind.type_code[:18],
        certificate_effective_date=row["valid_from"].isoformat(),
        certificate_expiring_date=until_words(row["valid_until"]),
        certificate_area_code=row["region"] or "",
        certificate_holder_name=face.holder_name,
        certificate_holder_code=face.holder_number,
        certificate_holder_type_code=RESIDENT if face.holder_number else "",
        related_item_name=row["task_name"],
        related_item_code=row["item"],
        certificate_status=NATIONAL.get(state, ""),
    )
