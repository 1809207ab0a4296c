"""How the embedded log's reader shares a fetch among partitions."""

from hypothesis import given
from hypothesis import strategies as st

from shared.eventlog.embedded_reader import Span, allot

offsets = st.integers(0, 2_000)
logs = st.dictionaries(st.integers(0, 23), st.tuples(offsets, offsets), max_size=24)


def test_a_long_partition_does_not_keep_short_ones_waiting() -> None:
    spans = allot({0: 0, 1: 5, 2: 0}, {0: 10_000, 1: 6, 2: 3}, 500)
    assert set(spans) == {Span(1, 5, 6), Span(2, 0, 3), Span(0, 0, 496)}


def test_what_is_read_to_its_end_is_left_out() -> None:
    assert allot({0: 4, 1: 1}, {0: 4, 1: 2}, 10) == [Span(1, 1, 2)]


def test_a_partition_whose_end_is_unknown_is_left_out() -> None:
    assert allot({0: 0}, {}, 10) == []


@given(logs, st.integers(1, 600))
def test_spans_fill_the_limit_and_never_pass_an_end(log: dict[int, tuple[int, int]], limit: int) -> None:
    positions = {p: min(each) for p, each in log.items()}
    ends = {p: max(each) for p, each in log.items()}
    spans = allot(positions, ends, limit)
    assert all(span.first == positions[span.partition] < span.past <= ends[span.partition] for span in spans)
    assert sum(span.past - span.first for span in spans) == min(limit, sum(ends[p] - positions[p] for p in log))
