"""An assessor makes a key and signs on its own machine; what it is given out is what the service takes."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from evaluation_svc.domain.assessor_findings import FINDING_TYPE, WITHDRAWAL_TYPE, signer
from evaluation_svc.schemas.assessor_findings import EXAMPLE, FindingBody, FindingWithdrawalBody
from evaluation_svc.schemas.pack_assessors import AssessorKey
from joserfc.jwk import OKPKey
from typer.testing import CliRunner, Result
from yiwang.main import app

RUNNER = CliRunner()
WITHDRAWAL = {"statement_id": EXAMPLE["statement_id"], "assessor": "TPA", "reason": "MISCOUNTED"}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "assessor.key"


@pytest.fixture
def public(key: Path) -> dict[str, Any]:
    """Make a key; give its public half as it was printed."""
    made = RUNNER.invoke(app, ["assessor", "new-key", "--key", str(key)])
    assert made.exit_code == 0, made.output
    told: dict[str, Any] = json.loads(made.stdout)
    return told


def signed(key: Path, tmp_path: Path, said: Any) -> Result:
    file = tmp_path / "statement.json"
    file.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    return RUNNER.invoke(app, ["assessor", "sign", str(file), "--key", str(key)])


def test_a_key_is_kept_for_its_owner_alone_and_never_written_over(public: dict[str, Any], key: Path) -> None:
    AssessorKey.model_validate(public)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_text(encoding="utf-8")
    assert json.loads(before)["d"] not in str(public)
    again = RUNNER.invoke(app, ["assessor", "new-key", "--key", str(key)])
    assert (again.exit_code, key.read_text(encoding="utf-8")) == (1, before)


@pytest.mark.parametrize(("said", "type_"), [(EXAMPLE, FINDING_TYPE), (WITHDRAWAL, WITHDRAWAL_TYPE)])
def test_what_it_signs_is_a_request_that_holds(
    public: dict[str, Any], key: Path, tmp_path: Path, said: dict[str, Any], type_: str
) -> None:
    result = signed(key, tmp_path, said)
    assert result.exit_code == 0, result.output
    body = (FindingBody if type_ == FINDING_TYPE else FindingWithdrawalBody).model_validate_json(result.stdout)
    statement = body.finding if isinstance(body, FindingBody) else body.withdrawal
    listed = OKPKey.import_key(dict(public))
    assert signer(statement.model_dump(mode="json"), body.signature, [listed], type_) is listed


@pytest.mark.parametrize("said", [{**EXAMPLE, "right": 41}, {**EXAMPLE, "score": 5}, {}, [], "{", {"reason": "否"}])
def test_what_would_be_refused_is_not_signed(public: dict[str, Any], key: Path, tmp_path: Path, said: Any) -> None:
    assert public
    result = signed(key, tmp_path, said)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_public_key_and_another_file_sign_nothing(public: dict[str, Any], tmp_path: Path) -> None:
    for content in (json.dumps(public), "{}", "no key"):
        other = tmp_path / "other.key"
        other.write_text(content, encoding="utf-8")
        assert signed(other, tmp_path, EXAMPLE).exit_code == 1
