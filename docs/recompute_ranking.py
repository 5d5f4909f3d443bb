"""Computes an exported ranking again with the standard library alone: python recompute_ranking.py FOLDER."""

import ast
import csv
import hashlib
import json
import operator
import sys
from fractions import Fraction
from pathlib import Path

SIGNS = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv}
SIGNS |= {"USub": operator.neg, "UAdd": operator.pos, "min": min, "max": max}


def figure(node, names):
    if isinstance(node, ast.Constant | ast.Name):
        return names[node.id] if isinstance(node, ast.Name) else Fraction(node.value)
    if isinstance(node, ast.Call):
        return SIGNS[node.func.id](*(figure(part, names) for part in node.args))
    parts = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
    return SIGNS[type(node.op).__name__](*(figure(part, names) for part in parts))


def score(counts, indicators, rules):
    weights, points = 0, Fraction(0)
    for one in indicators:
        formula, to_points = (ast.parse(one[name], mode="eval").body for name in ("formula", "points"))
        try:
            if counts[one["volume"]] >= int(one["minimum"]):
                names = {"value": figure(formula, counts), "target": Fraction(one["target"])}
                weights, points = weights + int(one["weight"]), points + int(one["weight"]) * figure(to_points, names)
        except ZeroDivisionError:
            continue
    if counts[rules["volume"]] < rules["minimum"]:
        return "below_minimum"
    enough = weights and 100 * weights >= rules["minimum_share"] * sum(int(one["weight"]) for one in indicators)
    return points / weights if enough else "share_too_small"


folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
rules, files = manifest["rules"], {name: (folder / name).read_bytes() for name in manifest["sha256"]}
bad = [name for name in files if hashlib.sha256(files[name]).hexdigest() != manifest["sha256"][name]]
tables = {name: list(csv.DictReader(files[name].decode().split("\n"))) for name in files}
counts = {row["unit"]: {} for row in tables["units.csv"]}
for row in tables["counts.csv"]:
    counts[row["unit"]][row["measure"]] = Fraction(row["count"])
found = {unit: score(counts[unit], tables["indicators.csv"], rules) for unit in counts}
scores = [one for one in found.values() if isinstance(one, Fraction)]
for row in tables["ranking.csv"]:
    mine = found.pop(row["unit"])
    line = ("", "", "", mine)
    if isinstance(mine, Fraction):
        better, worse = sum(one > mine for one in scores), sum(one < mine for one in scores)
        end = {(1, 0): "TOP", (0, 1): "BOTTOM"}.get((better < rules["top"], worse < rules["bottom"]), "")
        line = (str(better + 1), end, str(mine), "")
    bad += [row["unit"]] if line != (row["place"], row["end"], row["score"], row["unranked"]) else []
    print(row["unit"], *line, sep="\t")
sys.exit(f"differs: {', '.join([*bad, *found])}" if bad or found else 0)
