"""The number by which people call a complaint."""

import re
from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.intake.limits import GUARDS, number_of
from shared.decide import Taken
from tests.unit.intake.examples import COMPLAINT, intake, registered

GUARD = GUARDS[0]


@given_any(st.uuids(), st.integers(min_value=0, max_value=9))
def test_a_number_is_eight_letters_that_nobody_mishears(complaint: UUID, attempt: int) -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", number_of(complaint, attempt))


def test_the_same_complaint_always_gets_the_same_number() -> None:
    assert number_of(COMPLAINT, 0) == number_of(COMPLAINT, 0) == "APJQ-DNR8"


def test_ten_thousand_complaints_get_ten_thousand_numbers() -> None:
    assert len({number_of(UUID(int=n), 0) for n in range(10_000)}) == 10_000


def test_every_letter_of_the_alphabet_comes_about() -> None:
    letters = {letter for n in range(500) for letter in number_of(UUID(int=n), 0)}
    assert letters == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


def test_a_number_that_is_free_is_taken() -> None:
    fact = registered()
    assert GUARD.on == (type(fact),)
    assert GUARD.key(intake(), fact) == f"complaint_number:{fact.number}"
    assert GUARD.fold(None, fact) is not None


def test_a_number_that_another_complaint_has_is_drawn_again() -> None:
    value = GUARD.fold(None, registered())
    with pytest.raises(Taken):
        GUARD.fold(value, registered())
