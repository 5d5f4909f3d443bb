"""A ranking as files from which a stranger computes it again: counts, formulas, weights, scores and places.

`docs/recompute_ranking.py` reads them with the standard library alone. Of a published ranking it is what was published;
of one that is not yet, its draft.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation_svc.domain.assessing import AssessmentState
from evaluation_svc.domain.scoring import Rules
from evaluation_svc.store import assessing

from yiwang.refusals import NotReady
from yiwang.upkeep import database_of

GROUPS = ("regions", "departments", "companies")
OF_RANKING = ("unit", "place", "end", "score", "share", "unranked")
OF_INDICATORS = ("indicator", "name", "formula", "points", "weight", "target", "direction", "volume", "minimum")
OF_RULES = ("group", "name", "top", "bottom", "volume", "minimum", "minimum_share")
Row = Mapping[str, Any]


async def export_rankings(
    data_dir: Path | None, period: str, groups: Sequence[str], folder: Path
) -> Mapping[str, dict[str, Any]]:
    """Write each group's ranking of a period below a folder; return the manifests by group. Raises NotReady."""
    written: dict[str, dict[str, Any]] = {}
    async with database_of("evaluation", data_dir) as database, database.reading() as connection:
        for group in groups:
            row = await assessing.published_assessment(connection, group, period)
            row = row or await assessing.newest_assessment(connection, group, period)
            if row is not None:
                standings = await assessing.standings_kept(connection, row["assessment_id"], None)
                written[group] = write(folder / period / group, row, standings)
    if not written:
        raise NotReady(f"{period} 尚未计算考评,没有可导出的排名")
    return written


def write(folder: Path, row: Row, standings: Sequence[Row]) -> dict[str, Any]:
    """Write a ranking's files; return the manifest, with the digest of each."""
    files = {name: text.encode() for name, text in _texts(Rules.from_json(row["rules"]), standings).items()}
    is_published = row["state"] == AssessmentState.PUBLISHED
    manifest = {
        "assessment_id": row["assessment_id"],
        "period": row["period"],
        "revision": row["revision"],
        "reason": row["reason"],
        "state": str(row["state"]),
        "computed_at": row["computed_at"].isoformat(),
        "counted_until": row["counted_until"].isoformat(),
        "published_at": row["published_at"].isoformat() if is_published else None,
        "documents": row["documents"],
        "rules": {name: row["rules"][name] for name in OF_RULES},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    written = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(written, encoding="utf-8")
    return manifest


def _texts(rules: Rules, standings: Sequence[Row]) -> Mapping[str, str]:
    counts = [
        {"unit": one["unit"], "measure": measure, "count": count}
        for one in standings
        for measure, count in sorted(one["counts"].items())
    ]
    criteria = [{name: getattr(one, name) for name in OF_INDICATORS} for one in rules.criteria]
    units = [{"unit": one["unit"], "name": one["name"], "group": rules.group} for one in standings]
    ranking = [{**one, "end": one["ending"]} for one in standings]
    return {
        "counts.csv": _csv(("unit", "measure", "count"), counts),
        "indicators.csv": _csv(OF_INDICATORS, criteria),
        "units.csv": _csv(("unit", "name", "group"), units),
        "ranking.csv": _csv(OF_RANKING, ranking),
    }


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([["" if row[name] is None else _in_a_line(row[name]) for name in columns] for row in rows])
    return text.getvalue()


def _in_a_line(value: Any) -> str:
    return " ".join(str(value).split())
