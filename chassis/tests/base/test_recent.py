from chassis.base.recent import Recent


def test_where_there_is_no_more_room_the_oldest_goes() -> None:
    recent: Recent[str, int] = Recent(2)
    for number, key in enumerate("abca"):
        recent.keep(key, number)
    assert [recent.get(key) for key in "abc"] == [3, None, 2]
    assert len(recent) == 2


def test_what_is_kept_again_is_as_old_as_before() -> None:
    recent: Recent[str, int] = Recent(2)
    for number, key in enumerate("abac"):
        recent.keep(key, number)
    assert [recent.get(key) for key in "abc"] == [None, 1, 3]


def test_what_is_taken_is_there_once() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.keep("a", 1)
    assert [recent.take("a"), recent.take("a"), len(recent)] == [1, None, 0]


def test_what_is_heavier_than_the_room_makes_the_oldest_go_until_it_fits() -> None:
    recent: Recent[str, int] = Recent(10, heaviest=10)
    for key, weight in (("a", 4), ("b", 4), ("a", 2), ("c", 4), ("d", 3)):
        recent.keep(key, weight, weight)
    assert [recent.get(key) for key in "abcd"] == [None, None, 4, 3]
    assert recent.weight == 7
    recent.keep("e", 11, 11)
    assert (len(recent), recent.weight) == (2, 7)


def test_what_is_too_heavy_for_all_of_the_room_is_not_kept_and_nothing_goes_for_it() -> None:
    recent: Recent[str, int] = Recent(10, heaviest=10)
    recent.keep("a", 1, 4)
    recent.keep("b", 2, 11)
    assert (recent.get("a"), recent.get("b"), recent.weight) == (1, None, 4)
    recent.keep("a", 3, 11)
    assert (recent.get("a"), recent.weight) == (None, 0)
