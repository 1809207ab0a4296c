"""Taking back what was paid: two persons, a compensating entry, once."""

from dataclasses import replace

import pytest

from services.resolution.commands.propose_reversal import ProposeReversal
from services.resolution.commands.refuse_reversal import RefuseReversal
from services.resolution.commands.reverse_remedy import ReverseRemedy
from shared.decide import Forbidden
from shared.events.base import Event
from shared.events.resolution import RemedyReversed, ReversalBooked, ReversalProposed, ReversalRefused
from shared.reference.staff import StaffMember
from tests.sentences import in_name_of
from tests.unit.resolution.case import booked, case, execute, refuse_reversal, reverse, submit, want_back
from tests.unit.resolution.examples import (
    APOLOGY,
    CHEN,
    EXECUTOR,
    LEAD,
    OTHER_EXECUTOR,
    RECUSED,
    WAIVER,
    A,
    Told,
    classified,
    closed,
    limits,
    reopened,
    staff,
    yuan,
)

END = A.up_to_the_end()
PROPOSED = (*END, A.to_reverse())


def test_an_executor_says_that_it_must_be_taken_back() -> None:
    (event,) = case(*END).when(want_back()).then(ReversalProposed, digest=A.digest, amount=A.amount, by=EXECUTOR.id)
    assert isinstance(event, ReversalProposed)
    assert (event.reasons.owner, event.reasons.clear) == (CHEN, "paid twice")
    case(*END, closed()).when(want_back()).then(ReversalProposed)
    assert ProposeReversal.may == ("executor",)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (A.up_to_start(), A),
        (APOLOGY.up_to_the_end(), APOLOGY),
        (WAIVER.up_to_the_end(), WAIVER),
        (END, Told("option-b")),
        ((*END, reopened()), A),
        ((), A),
    ],
)
def test_only_what_was_paid_in_this_cycle_and_concluded_is_taken_back(events: tuple[Event, ...], told: Told) -> None:
    case(*events).when(want_back(told=told)).then_refused("nothing_to_reverse")


def test_nobody_agrees_to_what_a_deputy_proposed_or_paid_in_their_name() -> None:
    wishes = (reverse(LEAD), refuse_reversal(LEAD))
    proposed = (*END, in_name_of(LEAD, A.to_reverse()))
    paid = (*A.up_to_acceptance(), in_name_of(LEAD, A.started()), *END[len(A.up_to_start()) :], A.to_reverse())
    for wish in wishes:
        case(*proposed).when(wish).then_refused("own_proposal")
        case(*paid).when(wish).then_refused("own_execution")


def test_nobody_agrees_for_whom_they_report_to_nor_by_a_token_of_before_they_moved() -> None:
    for wish in (reverse(LEAD), refuse_reversal(LEAD)):
        under = staff(lead_1=StaffMember(True, reports_to=EXECUTOR.id))
        case(*PROPOSED).with_references(under).when(wish).then_refused("reports_to_party")
        moved = staff(lead_1=StaffMember(True, False, "loans", ("department_lead",)))
        case(*PROPOSED).with_references(moved).when(wish).then_refused("office_not_held")


def test_nobody_barred_has_part_in_a_reversal() -> None:
    barred = classified(complained_of=(EXECUTOR.id, LEAD.id))
    case(*END, barred).when(want_back()).then_refused("recused")
    case(*PROPOSED, barred).when(reverse()).then_refused("recused")
    case(*PROPOSED, barred).when(refuse_reversal()).then_refused("recused")
    line = staff(lead_1=StaffMember(True, reports_to=RECUSED.id))
    case(*PROPOSED).with_references(line).when(reverse()).then_refused("reports_to_recused")


def test_a_second_person_agrees_within_their_limit_and_an_entry_of_its_own_follows() -> None:
    (event,) = (
        case(*PROPOSED)
        .when(reverse())
        .then(RemedyReversed, digest=A.digest, amount=A.amount, proposed_by=EXECUTOR.id, by=LEAD.id, customer=CHEN)
    )
    assert isinstance(event, RemedyReversed)
    assert event.entry.startswith("rev-")
    assert case(*PROPOSED).when(reverse()).decided == [event]
    for command in (ReverseRemedy, RefuseReversal):
        assert command.in_person and command.contested
        assert command.may == ("department_lead", "approver", "higher_approver")


def test_neither_who_proposed_it_nor_who_paid_nor_another_departments_lead_decides_on_it() -> None:
    for wish in (reverse, refuse_reversal):
        case(*PROPOSED).when(wish(replace(LEAD, id=EXECUTOR.id))).then_refused("own_proposal")
        others = (*END, A.to_reverse(OTHER_EXECUTOR.id))
        case(*others).when(wish(replace(LEAD, id=EXECUTOR.id))).then_refused("own_execution")
        refusal = case(*PROPOSED).when(wish(replace(LEAD, department="loans")))
        assert isinstance(refusal.then_refused("not_responsible_department"), Forbidden)


def test_above_ones_limit_nothing_is_taken_back_but_the_limit_may_be_met() -> None:
    low = case(*PROPOSED).with_limits(limits(department_lead=599))
    assert low.when(reverse()).then_refused("reversal_above_limit").details == {
        "limit": 599_00, "amount": 600_00, "currency": "CNY"
    }  # fmt: skip
    case(*PROPOSED).with_limits(limits(department_lead=600)).when(reverse()).then(RemedyReversed)
    case(*PROPOSED).with_stale_limits().when(reverse()).then_refused("not_yet_seen")


def test_the_second_person_may_also_refuse_and_it_may_be_proposed_again() -> None:
    (event,) = case(*PROPOSED).when(refuse_reversal()).then(ReversalRefused, digest=A.digest)
    assert isinstance(event, ReversalRefused) and event.reasons.owner == CHEN
    refused = (*PROPOSED, A.reversal_refused())
    case(*refused).when(refuse_reversal()).then_nothing()
    case(*refused).when(reverse()).then_refused("no_reversal_proposed")
    case(*refused).when(want_back()).then(ReversalProposed)
    case(*refused, A.to_reverse()).when(reverse()).then(RemedyReversed)


def test_it_is_taken_back_once() -> None:
    case(*PROPOSED).when(want_back()).then_nothing()
    case(*PROPOSED).when(want_back(OTHER_EXECUTOR)).then_refused("already_reversed")
    done = A.up_to_reversal()
    case(*done).when(want_back()).then_refused("already_reversed")
    case(*done).when(reverse()).then_refused("no_reversal_proposed")
    case(*done, A.booked()).when(want_back()).then_refused("already_reversed")
    case(*done, A.booked(refused="closed")).when(want_back()).then_refused("already_reversed")


def test_what_nobody_proposed_or_an_earlier_cycle_did_is_not_taken_back() -> None:
    case(*END).when(reverse()).then_refused("no_reversal_proposed")
    case(*PROPOSED, reopened(stage="resolution")).when(reverse()).then_refused("no_reversal_proposed")


def test_the_booking_is_recorded_once_also_after_the_reopening() -> None:
    done = (*A.up_to_reversal(), reopened())
    case(*done).when(booked()).then(ReversalBooked, entry="rev-1", receipt="receipt-9", refused=None, digest=A.digest)
    case(*done, A.booked()).when(booked()).then_nothing()
    case(*done, A.booked()).when(booked(receipt="receipt-8")).then_refused("payment_settled")
    case(*done, A.booked()).when(booked(receipt=None, refused="closed")).then_refused("payment_settled")
    case(*done).when(booked("rev-7")).then_refused("unknown_entry")


def test_a_reversal_changes_nothing_else_in_a_concluded_case() -> None:
    case(*A.up_to_reversal()).when(execute()).then_nothing()
    case(*A.up_to_reversal()).when(submit()).then_refused("concluded")
    assert yuan(600) == A.amount
