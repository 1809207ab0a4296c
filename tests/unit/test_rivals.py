"""Of several appends in one batch that set the same row, the first is tried and the others are decided again."""

from shared.store.append import Item, NewAnswer, NewGuard, without_rivals


def item(*guards: str, answer: str | None = None) -> Item:
    remembered = NewAnswer(answer, b"", {}) if answer is not None else None
    return Item("complaint:a", 0, (), guards=tuple(NewGuard(key, 0, 1) for key in guards), answer=remembered)


def test_those_that_set_rows_of_their_own_all_go_together() -> None:
    assert without_rivals([item("a"), item("b", "c"), item(), item(answer="a")]) == [0, 1, 2, 3]


def test_the_first_of_each_row_goes() -> None:
    assert without_rivals([item("a"), item("a"), item("b", "a"), item("b"), item("b")]) == [0, 3]
    assert without_rivals([item(answer="k"), item(answer="k"), item("k")]) == [0, 2]


def test_one_that_does_not_go_keeps_no_row_from_the_next() -> None:
    assert without_rivals([item("a"), item("a", "b"), item("b")]) == [0, 2]
