"""What others state, and what callback does of itself on it: begin again, or archive (domain 4.2, loops 5 and 9)."""

from typing import Any

import pytest

from services.callback.reactions import (
    when_complaint_referred_archive,
    when_registered_in_error_archive,
    when_remedy_reversed_reopen,
    when_withdrawal_confirmed_archive,
    when_withdrawal_disputed_reopen,
)
from shared.events.base import Event
from shared.events.callback import CallbackEvent, ComplaintArchived, ComplaintReopened
from tests.sentences import state_of
from tests.unit.callback.examples import (
    APPROVERS,
    INVESTIGATORS,
    SERVICE,
    archived,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_withdrawn,
    classified,
    confirmed,
    disputed,
    in_error,
    referred,
    registered,
    reopened,
    reversed_remedy,
    withdrawal_requested,
    withdrawn,
)

REACTIONS: dict[type[Event], Any] = {
    type(reversed_remedy()): when_remedy_reversed_reopen,
    type(disputed()): when_withdrawal_disputed_reopen,
    type(confirmed()): when_withdrawal_confirmed_archive,
    type(referred()): when_complaint_referred_archive,
    type(in_error()): when_registered_in_error_archive,
}


def on(event: Event, *before: Event) -> list[CallbackEvent]:
    answers: list[CallbackEvent] = REACTIONS[type(event)](state_of(SERVICE, *before, event), event)
    return answers


@pytest.mark.parametrize("known", [at_due(), at_closed(), at_archived()])
def test_a_remedy_taken_back_begins_the_case_again_at_the_remedy(known: tuple[Event, ...]) -> None:
    (again,) = on(reversed_remedy(), *known)
    assert again == ComplaintReopened(
        at=reversed_remedy().at,
        by="system",
        cycle=2,
        reason="remedy_reversed",
        special=False,
        stage="resolution",
        excluded=(*INVESTIGATORS, *APPROVERS),
    )


def test_what_is_being_handled_again_already_is_not_reopened_for_it() -> None:
    assert on(reversed_remedy(), *at_dissatisfied(), reopened()) == []
    assert on(reversed_remedy(), registered()) == []


def test_the_second_reopening_is_special_whatever_brings_it() -> None:
    second = (*at_due(), reopened(), *at_due(cycle=2)[1:2])
    (again,) = on(reversed_remedy(cycle=2), *second)
    assert isinstance(again, ComplaintReopened) and (again.cycle, again.special) == (3, True)
    (graver,) = on(reversed_remedy(), registered(), classified(severity="special"), *at_due()[1:])
    assert isinstance(graver, ComplaintReopened) and graver.special


@pytest.mark.parametrize("stage", ["judgement", "investigation"])
@pytest.mark.parametrize("known", [at_withdrawn(), (*at_withdrawn(), confirmed(), archived(ending="withdrawn"))])
def test_a_disputed_withdrawal_goes_on_where_it_was_without_who_recorded_it(
    known: tuple[Event, ...], stage: str
) -> None:
    (again,) = on(disputed(stage=stage), *known)
    assert isinstance(again, ComplaintReopened) and again.explanation is None
    assert (again.reason, again.stage, again.excluded) == ("withdrawal_disputed", stage, ("agent-lin",))
    assert state_of(SERVICE, *known, disputed(), again).now.ending == ""


def test_a_machine_that_recorded_it_is_nobody_to_leave_out() -> None:
    (again,) = on(disputed(requested_by="system"), *at_withdrawn())
    assert isinstance(again, ComplaintReopened) and again.excluded == ()


def test_only_a_withdrawal_of_this_cycle_is_disputed() -> None:
    assert on(disputed(), registered()) == []
    assert on(disputed(cycle=2), *at_withdrawn()) == []
    assert on(disputed(), *at_withdrawn(), reopened(reason="withdrawal_disputed")) == []


@pytest.mark.parametrize(
    ("event", "known", "ending"),
    [
        (referred(), (registered(),), "referred"),
        (in_error(), (registered(),), "in_error"),
        (confirmed(), at_withdrawn(), "withdrawn"),
    ],
    ids=["referred", "in error", "withdrawn"],
)
def test_every_ending_of_intake_goes_to_the_archive(event: Event, known: tuple[Event, ...], ending: str) -> None:
    assert on(event, *known) == [ComplaintArchived(at=event.at, by="system", cycle=1, ending=ending)]
    assert on(event, *known, archived(ending=ending)) == []


def test_a_withdrawal_is_no_ending_before_it_is_granted_and_confirmed() -> None:
    assert on(confirmed(), registered(), withdrawal_requested()) == []
    assert state_of(SERVICE, registered(), withdrawal_requested()).now.ending == ""
    assert state_of(SERVICE, *at_withdrawn()).now.ending == "withdrawn"
    assert not state_of(SERVICE, *at_withdrawn()).now.archived


def test_an_ending_of_an_earlier_cycle_ends_no_later_one() -> None:
    again = (*at_dissatisfied(), reopened())
    for event in (referred(), in_error(), withdrawn()):
        assert state_of(SERVICE, *again, event).now.ending == ""
    assert on(referred(), *again) == on(in_error(), *again) == []
    assert len(on(referred(cycle=2), *again)) == 1
