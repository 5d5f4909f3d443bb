import csv
from pathlib import Path

from yiwang.city.evaluation import read_evaluation

CITY = Path(__file__).parents[1] / "zhengzhou"


def test_the_regions_that_are_assessed_are_those_of_the_city() -> None:
    with (CITY / "regions.csv").open(encoding="utf-8") as file:
        listed = {row["region_code"]: row["name"] for row in csv.DictReader(file) if row["kind"] != "CITY"}
    groups = {one["group"]: one for one in read_evaluation(CITY)["assessment"]["groups"]}
    assert {one["region"]: one["name"] for one in groups["regions"]["members"]} == listed
    assert len(listed) == 16


def test_the_sizes_of_the_ends_are_those_of_the_plan() -> None:
    groups = {one["group"]: one for one in read_evaluation(CITY)["assessment"]["groups"]}
    sizes = {name: (one["top"], one["bottom"]) for name, one in groups.items()}
    assert sizes == {"regions": (2, 2), "departments": (5, 5), "companies": (0, 0)}
