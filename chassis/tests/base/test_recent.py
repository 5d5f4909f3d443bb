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
