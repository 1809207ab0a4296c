"""客户资料合并/拆分 Two files of one customer become one, in one step, in no circle, and back again."""

from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.intake.commands.customer_join import JoinCustomers
from services.intake.commands.customer_note_joining import NoteJoining
from services.intake.commands.customer_part import PartCustomers
from services.intake.due import DEADLINES
from shared.decide import NotFound, Refused
from shared.events.customers import CustomerJoinedInto, CustomerPartedFrom, CustomersJoined, CustomersParted
from shared.events.vocabulary import SYSTEM
from tests.unit.intake.customer_files import (
    FANG,
    LEAD,
    THIRD,
    WANG,
    Files,
    join,
    note,
    part,
    readers,
    record,
    subject,
    with_files,
)
from tests.unit.intake.examples import NOON


def test_two_files_are_joined_and_both_streams_say_so() -> None:
    files = with_files(WANG, FANG)
    (joined,) = files.ask(join())
    assert isinstance(joined, CustomersJoined)
    assert (joined.by, joined.other, joined.reasons.owner) == (LEAD.id, subject(FANG), subject(WANG))
    (told,) = files.ask(note())
    assert told == CustomerJoinedInto(at=NOON, by=SYSTEM, into=subject(WANG))
    assert (files.of(WANG).joined, files.of(FANG).into) == (frozenset({subject(FANG)}), subject(WANG))


def test_joining_again_changes_nothing_before_and_after_the_other_file_was_told() -> None:
    files = with_files(WANG, FANG)
    files.ask(join())
    assert files.ask(join()) == []
    files.ask(note())
    assert files.ask(join()) == files.ask(note()) == []


def test_a_file_is_not_joined_with_itself() -> None:
    with_files(WANG).refused(join(WANG, WANG), "joined_with_itself")


def test_both_customers_have_files() -> None:
    assert isinstance(with_files(FANG).refused(join(), "unknown_customer"), NotFound)
    assert isinstance(with_files(WANG).refused(join(), "unknown_other_customer"), NotFound)
    assert JoinCustomers.needs == ("person:{other}",)


@pytest.mark.parametrize("told", [True, False])
def test_a_joined_file_is_joined_to_nothing_else(told: bool) -> None:
    """Also in the moment before its own stream has heard of it."""
    files = with_files(WANG, FANG, THIRD)
    files.ask(join())
    if told:
        files.ask(note())
    refusal = files.refused(join(THIRD, FANG), "joined_elsewhere")
    assert refusal.details == {"person": subject(WANG)}
    assert files.refused(join(FANG, THIRD), "joined_into").details == {"person": subject(WANG)}


def test_a_file_that_stands_for_others_is_joined_into_none() -> None:
    files = with_files(WANG, FANG, THIRD)
    files.ask(join())
    files.refused(join(THIRD, WANG), "stands_for_others")
    assert files.ask(join(WANG, THIRD))


def test_two_files_are_never_joined_into_each_other() -> None:
    files = with_files(WANG, FANG)
    files.ask(join())
    files.refused(join(FANG, WANG), "joined_into")


def test_two_such_joinings_at_once_read_the_same_two_rows_so_that_the_second_decides_anew() -> None:
    one, other = readers(WANG, FANG)
    assert one == other
    assert len(one) == 2


def test_a_joining_that_was_a_mistake_is_undone() -> None:
    files = with_files(WANG, FANG)
    files.ask(join())
    files.ask(note())
    (parted,) = files.ask(part())
    assert isinstance(parted, CustomersParted) and parted.reasons.owner == subject(WANG)
    (told,) = files.ask(note())
    assert told == CustomerPartedFrom(at=NOON, by=SYSTEM, from_person=subject(WANG))
    assert (files.of(WANG).joined, files.of(FANG).into) == (frozenset(), None)
    assert files.ask(join(FANG, WANG))


def test_what_is_not_joined_is_not_parted() -> None:
    files = with_files(WANG, FANG, THIRD)
    files.refused(part(), "not_joined")
    files.ask(join())
    files.refused(part(THIRD, FANG), "not_joined")
    files.refused(part(FANG, WANG), "not_joined")
    files.ask(part())
    files.refused(part(), "not_joined")
    Files().refused(part(), "unknown_customer")


def test_the_other_file_hears_what_is_true_now_in_whatever_order_it_is_told() -> None:
    files = with_files(WANG, FANG)
    files.ask(join())
    files.ask(part())
    assert files.ask(note()) == files.ask(note()) == []
    files.ask(join())
    files.ask(note())
    files.ask(part())
    files.ask(record(THIRD))
    files.ask(join(THIRD, FANG))
    parted, joined = files.ask(note())
    assert isinstance(parted, CustomerPartedFrom) and isinstance(joined, CustomerJoinedInto)
    assert files.of(FANG).into == subject(THIRD)


PEOPLE = (WANG, FANG, THIRD)


@given_any(st.lists(st.tuples(st.sampled_from("jpn"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), max_size=30))
def test_whatever_is_joined_and_parted_there_is_one_step_to_the_file_that_counts(
    wishes: list[tuple[str, UUID, UUID]],
) -> None:
    files = with_files(*PEOPLE)
    for what, one, other in wishes:
        command = {"j": join(one, other), "p": part(one, other), "n": note(one)}[what]
        try:
            files.ask(command)
        except Refused:
            continue
    for person in PEOPLE:
        files.ask(note(person))
    for person in PEOPLE:
        into = files.of(person).into
        if into is not None:
            survivor = files.states[into]
            assert survivor.into is None and not files.of(person).joined
            assert subject(person) in survivor.joined
        for joined in files.of(person).joined:
            assert files.states[joined].into == subject(person)


def test_the_other_file_is_told_at_once() -> None:
    files = with_files(WANG, FANG)
    (joined,) = files.ask(join())
    (parted,) = files.ask(part())
    by_kind = {deadline.later.kind: deadline for deadline in DEADLINES}
    for kind, event in (("customer_joined", joined), ("customer_parted", parted)):
        assert by_kind[kind].later.due(event) == NOON
        assert by_kind[kind].command(subject(WANG), event).subject_id() == subject(FANG)


def test_a_triage_lead_joins_and_parts_and_the_system_tells() -> None:
    assert JoinCustomers.may == PartCustomers.may == ("triage_lead",)
    assert NoteJoining.may == (SYSTEM,)
