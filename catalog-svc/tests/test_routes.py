import pytest
from chassis.testing.client import Client

ANSWERS = {
    "parents_nationality": "both",
    "in_wedlock": "yes",
    "hukou_here": "yes",
    "insurance": "yes",
    "card": "yes",
    "maternity": "yes",
}
GUIDE = "/api/v1/matters/newborn/guide"


@pytest.mark.parametrize("words", ["生孩子", "新生儿", "出生", "上户口", "医保", "宝宝", "社保卡", "孩子 户口"])
async def test_everyday_words_find_the_matter(api: Client, words: str) -> None:
    found = (await api.get("/api/v1/matters", query={"q": words})).json()
    assert [matter["matter_code"] for matter in found["items"]] == ["newborn"]


async def test_words_that_mean_nothing_here_find_nothing(api: Client) -> None:
    assert (await api.get("/api/v1/matters", query={"q": "飞机驾照"})).json() == {"items": [], "next": None}


async def test_paging_walks_every_unit_once(api: Client) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = (await api.get("/api/v1/units", query={"limit": 7, "after": after})).json()
        seen += [unit["unit_code"] for unit in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) == 58
    assert seen == sorted(seen)


async def test_ranked_items_page_without_gap_or_repeat(api: Client) -> None:
    whole = (await api.get("/api/v1/items", query={"q": "新生儿"})).json()["items"]
    seen, after = [], ""
    for _ in range(10):
        page = (await api.get("/api/v1/items", query={"q": "新生儿", "limit": 1, "after": after})).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole
    assert len(whole) >= 2


async def test_the_guide_tells_items_form_materials_tasks_and_promise(api: Client) -> None:
    guide = (await api.post(GUIDE, body={"answers": ANSWERS})).json()
    assert len(guide["items"]) == len(guide["tasks"]) == 7
    assert guide["promise"]["critical_path"] == ["birth_certificate", "birth_registration", "social_security_card"] or (
        guide["promise"]["critical_path"] == ["birth_certificate", "maternity_benefit"]
    )
    assert guide["promise"]["finish"].startswith("2026-03-10T")
    assert not guide["promise"]["provisional"]
    assert guide["saved"]
    gates = {task["task_key"]: task["after"] for task in guide["tasks"]}
    assert gates["medical_insurance"] == gates["social_security_card"] == ["birth_registration"]


async def test_wrong_answers_are_all_pointed_at(api: Client) -> None:
    reply = await api.post(GUIDE, body={"answers": {"hukou_here": "maybe", "x": "y"}})
    assert reply.status == 422
    pointers = {error["pointer"] for error in reply.json()["errors"]}
    assert pointers >= {"/answers/hukou_here", "/answers/x", "/answers/parents_nationality", "/answers/maternity"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/matters/none", "matter_not_found"),
        ("/api/v1/matters/newborn/versions/9", "matter_not_found"),
        ("/api/v1/items/none", "item_not_found"),
        ("/api/v1/units/ZZZ", "unit_not_found"),
    ],
)
async def test_what_is_not_there_is_404_with_its_code(api: Client, path: str, code: str) -> None:
    reply = await api.get(path)
    assert (reply.status, reply.json()["code"]) == (404, code)


async def test_an_item_is_shown_with_its_national_elements(api: Client) -> None:
    listed = (await api.get("/api/v1/items", query={"unit": "U09"})).json()["items"]
    shown = (await api.get(f"/api/v1/items/{listed[0]['task_code']}")).json()
    assert shown["task_type"] == "07"
    assert len(shown["task_code"]) == 31
    assert shown["status"] == "proposed"


async def test_a_published_version_and_the_current_one_read_alike(api: Client) -> None:
    current = (await api.get("/api/v1/matters/newborn")).json()
    assert (await api.get("/api/v1/matters/newborn/versions/1")).json() == current
