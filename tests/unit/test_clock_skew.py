"""A machine whose clock is wrong appends nothing; one that is only slow does."""

import pytest

from shared.store.load import skew_of


@pytest.mark.parametrize("database", [100.0, 100.1, 160.0])
def test_a_slow_answer_is_no_skew(database: float) -> None:
    assert skew_of(database, asked=100.0, answered=160.0) == 0.0


@pytest.mark.parametrize(("database", "skew"), [(95.0, 5.0), (103.5, 2.5)])
def test_a_clock_before_the_question_or_after_the_answer_is_wrong(database: float, skew: float) -> None:
    assert skew_of(database, asked=100.0, answered=101.0) == skew
