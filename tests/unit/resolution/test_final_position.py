"""The firm's last word, when the customer wants none of what it offers (domain 4.3, loop 7)."""

from dataclasses import replace

import pytest

from services.resolution.commands.state_final_position import StateFinalPosition
from shared.decide import Actor
from shared.events.base import Event
from shared.events.resolution import FinalPositionStated, ResolutionConcluded
from shared.reference.staff import StaffMember
from tests.unit.resolution.case import case, state_position
from tests.unit.resolution.examples import (
    CHEN,
    HIGHER,
    INVESTIGATOR,
    OFFICER,
    RECUSED,
    A,
    B,
    C,
    Told,
    final_position,
    found,
    refused_rounds,
    reopened,
    staff,
    withdrawal_granted,
    yuan,
)

THREE = refused_rounds(A, B, C)


def test_after_three_offers_a_higher_approver_states_it_and_resolution_is_over() -> None:
    stated, concluded = (
        case(*THREE).when(state_position()).then(FinalPositionStated, ResolutionConcluded, rounds=3, by=HIGHER.id)
    )
    assert isinstance(stated, FinalPositionStated) and isinstance(concluded, ResolutionConcluded)
    assert (stated.letter.owner, stated.letter.clear) == (CHEN, "our last word")
    assert (concluded.outcome, concluded.basis) == ("final_position", "final_position_stated")
    assert (concluded.digest, concluded.total) == (None, yuan(0))
    assert HIGHER.id in concluded.handled_by and HIGHER.id in concluded.approvers


def test_only_a_higher_approver_states_it_in_person_having_seen_the_case() -> None:
    assert StateFinalPosition.may == ("higher_approver",)
    assert StateFinalPosition.in_person and StateFinalPosition.contested


def test_offers_that_lapsed_count_like_those_that_were_declined() -> None:
    events = (*refused_rounds(A, B), C.proposed(), C.submitted(), C.approved(), C.offered(), C.lapsed())
    case(*events).when(state_position()).then(FinalPositionStated, ResolutionConcluded, rounds=3)


def test_while_rounds_are_left_another_offer_is_due() -> None:
    assert case(found()).when(state_position()).then_refused("rounds_left").details == {"rounds": 0, "of": 3}
    case(*refused_rounds(A, B)).when(state_position()).then_refused("rounds_left")


def test_it_follows_at_once_when_the_customer_wants_no_other_offer() -> None:
    declined = (*A.up_to_offer(), A.declined(final=True))
    case(*declined).when(state_position()).then(FinalPositionStated, ResolutionConcluded, rounds=1)


def test_not_while_a_remedy_is_on_its_way() -> None:
    running = (*THREE, Told("option-d").proposed(), Told("option-d").submitted())
    case(*running).when(state_position()).then_refused("another_under_way")


def test_whoever_approved_the_last_offer_does_not_state_it() -> None:
    last = (C.proposed(), C.submitted(), C.approved(HIGHER), C.offered(), C.declined())
    case(*refused_rounds(A, B), *last).when(state_position()).then_refused("own_approval")
    first = (found(), A.proposed(), A.submitted(), A.approved(HIGHER), A.offered(), A.declined())
    case(*first, *refused_rounds(B, C)[1:]).when(state_position()).then(FinalPositionStated, ResolutionConcluded)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (OFFICER.id, "own_proposal"),
        (INVESTIGATOR.id, "investigated"),
        (RECUSED.id, "recused"),
    ],
)
def test_nobody_with_a_part_or_an_interest_in_it_states_it(who: str, code: str) -> None:
    case(*THREE).when(state_position(replace(HIGHER, id=who))).then_refused(code)


def test_nobody_with_a_barred_person_above_them_states_it() -> None:
    line = staff(higher_1=StaffMember(True, reports_to="boss-1"), boss_1=StaffMember(True, reports_to=RECUSED.id))
    case(*THREE).with_references(line).when(state_position()).then_refused("reports_to_recused")


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ((*THREE, withdrawal_granted()), "withdrawn"),
        ((*THREE, reopened()), "not_yet_seen"),
        ((*THREE, reopened(stage="resolution")), "rounds_left"),
        ((*A.up_to_the_end(),), "concluded"),
        ((), "not_yet_seen"),
    ],
)
def test_not_when_it_is_over_or_begins_anew(events: tuple[Event, ...], code: str) -> None:
    case(*events).when(state_position()).then_refused(code)


def test_stated_once_there_is_nothing_left_to_say() -> None:
    whole = (*THREE, *case(*THREE).when(state_position()).decided)
    case(*whole).when(state_position()).then_refused("concluded")
    case(*whole).when(state_position(Actor("higher-2", "higher_approver", "head-office"))).then_refused("concluded")
    assert final_position().rounds == 3
