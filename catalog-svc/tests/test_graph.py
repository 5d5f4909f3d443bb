from catalog_svc.domain.graph import ancestors, chosen_tasks
from catalog_svc.domain.model import Task
from hypothesis import given
from hypothesis import strategies as st

NO = {"q": "no"}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Task], set[str]]:
    names = [f"t{n}" for n in range(draw(st.integers(1, 8)))]
    tasks = [
        Task(
            name,
            name,
            name,
            tuple(draw(st.lists(st.sampled_from(names[:n]), unique=True)) if n else ()),
            when={"q": ("yes",)} if draw(st.booleans()) else {},
        )
        for n, name in enumerate(names)
    ]
    return tasks, {task.task_key for task in tasks if task.when}


@given(graphs())
def test_leaving_tasks_out_keeps_who_waits_for_whom(graph: tuple[list[Task], set[str]]) -> None:
    tasks, absent = graph
    chosen = chosen_tasks(tasks, NO)
    assert [task.task_key for task in chosen] == [task.task_key for task in tasks if task.task_key not in absent]
    before = ancestors(tasks)
    assert ancestors(chosen) == {task.task_key: before[task.task_key] - absent for task in chosen}


@given(graphs())
def test_leaving_out_what_is_left_out_changes_nothing(graph: tuple[list[Task], set[str]]) -> None:
    chosen = chosen_tasks(graph[0], NO)
    assert chosen_tasks(chosen, NO) == chosen


@given(graphs())
def test_with_every_task_the_graph_is_as_written(graph: tuple[list[Task], set[str]]) -> None:
    assert chosen_tasks(graph[0], {"q": "yes"}) == tuple(graph[0])


@given(graphs(), st.randoms())
def test_the_order_in_which_tasks_are_written_does_not_matter(
    graph: tuple[list[Task], set[str]], random: object
) -> None:
    tasks, _ = graph
    shuffled = list(tasks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    one = {task.task_key: set(task.after) for task in chosen_tasks(tasks, NO)}
    assert {task.task_key: set(task.after) for task in chosen_tasks(shuffled, NO)} == one


def test_no_edge_waits_for_itself_or_twice_when_many_ways_lead_through_absent_tasks() -> None:
    layers = 40  # 2 tasks a layer: 2 ** 40 ways, walked once each edge
    tasks = [Task("start", "", "")]
    before: tuple[str, ...] = ("start",)
    for layer in range(layers):
        names = (f"a{layer}", f"b{layer}")
        tasks += [Task(name, "", "", before, when={"q": ("yes",)}) for name in names]
        before = names
    tasks.append(Task("end", "", "", before))
    assert chosen_tasks(tasks, NO)[-1].after == ("start",)
