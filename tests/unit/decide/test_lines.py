"""Reporting lines: who is above whom, as far as the records at hand go."""

import pytest

from shared.decide import Known, NotYetSeen
from shared.reference.staff import MOST_LEVELS, StaffMember, line_subjects, superiors


def under(*line: str) -> dict[str, StaffMember]:
    """Records of a line, each reporting to the next; the last reports to nobody."""
    above = [*line[1:], None]
    return {f"staff:{who}": StaffMember(joined=True, reports_to=lead) for who, lead in zip(line, above, strict=True)}


def test_the_line_goes_up_to_the_head_nearest_first() -> None:
    assert tuple(superiors("clerk", under("clerk", "lead", "director", "head"))) == ("lead", "director", "head")


def test_the_next_record_is_asked_for_until_none_is_missing() -> None:
    everybody = under("clerk", "lead", "head")
    known: dict[str, StaffMember] = {}
    asked = []
    while missing := line_subjects(("clerk",), known):
        asked.append(missing)
        known |= {subject: everybody[subject] for subject in missing}
    assert asked == [("staff:clerk",), ("staff:lead",), ("staff:head",)]
    assert Known(states=known).line_above("clerk") == ("lead", "head")


def test_a_line_with_a_missing_record_is_not_guessed() -> None:
    known = under("clerk", "lead", "head")
    del known["staff:head"]
    with pytest.raises(NotYetSeen):
        Known(states=known).line_above("clerk")


def test_a_ring_in_the_records_is_walked_to_an_end() -> None:
    ring = {"staff:a": StaffMember(joined=True, reports_to="b"), "staff:b": StaffMember(joined=True, reports_to="a")}
    assert len(tuple(superiors("a", ring))) <= MOST_LEVELS
