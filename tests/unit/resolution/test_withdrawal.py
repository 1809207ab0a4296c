"""Withdrawal 撤诉: always answered here, where money leaves; whichever comes first wins (domain 4.3, loop 5)."""

from uuid import UUID

import pytest

from shared.decide import Command
from shared.events.base import Event
from shared.events.intake import ComplaintReferred, ComplaintWithdrawn, RegisteredInError
from shared.events.resolution import (
    RemedyExecutionStarted,
    RemedyOptionProposed,
    ResolutionEvent,
    WithdrawalGranted,
    WithdrawalRefused,
)
from tests.unit.resolution.case import (
    accept,
    approve,
    case,
    conclude,
    decline,
    execute,
    guards_after,
    offer,
    propose,
    reject,
    resolution,
    send_back,
    state_position,
    submit,
    take_back,
    want_back,
)
from tests.unit.resolution.examples import (
    CHEN,
    IN_PARTS,
    LATER,
    OTHER_COMPLAINT,
    SERVICE,
    A,
    Told,
    closed,
    found,
    reopened,
    sealed,
    withdrawal_granted,
    withdrawal_requested,
)

REQUEST = UUID(int=7)


def answer(*before: Event, cycle: int = 1) -> ResolutionEvent:
    """What resolution says to a request that it learns after these facts."""
    request = withdrawal_requested(cycle)
    (reaction,) = SERVICE.reactions_on[type(request)]
    (event,) = reaction.react(resolution(*before, request), request, REQUEST)
    assert isinstance(event, WithdrawalGranted | WithdrawalRefused)
    assert (event.request, event.cycle, event.by, event.at) == (REQUEST, cycle, "system", LATER)
    return event


@pytest.mark.parametrize(
    "before",
    [(), (found(),), A.up_to_submission(), A.up_to_approval(), A.up_to_offer(), A.up_to_acceptance(),
     (*A.up_to_start(), A.failed()), (*A.up_to_the_end(), reopened())],
)  # fmt: skip
def test_it_is_granted_as_long_as_nothing_left_the_house(before: tuple[Event, ...]) -> None:
    cycle = 2 if before and isinstance(before[-1], type(reopened())) else 1
    assert isinstance(answer(*before, cycle=cycle), WithdrawalGranted)


def test_it_says_which_remedy_is_dead_by_it() -> None:
    granted = answer(*A.up_to_approval())
    assert isinstance(granted, WithdrawalGranted) and granted.digest == A.digest
    nothing = answer()
    assert isinstance(nothing, WithdrawalGranted) and nothing.digest is None


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (A.up_to_start(), "execution_started"),
        ((*A.up_to_start(), A.unknown()), "execution_started"),
        ((*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.stepped()), "execution_started"),
        (A.up_to_the_end(), "concluded"),
        ((closed(),), "concluded"),
        ((*A.up_to_the_end(), reopened()), "lower_cycle"),
    ],
)
def test_it_is_refused_once_it_is_too_late(before: tuple[Event, ...], reason: str) -> None:
    refused = answer(*before)
    assert isinstance(refused, WithdrawalRefused) and refused.reason == reason


def test_a_second_request_is_answered_too() -> None:
    assert isinstance(answer(*A.up_to_approval(), withdrawal_granted(A.digest)), WithdrawalGranted)


def test_an_execution_that_comes_after_the_withdrawal_does_not_start() -> None:
    request = withdrawal_requested()
    granted = answer(*A.up_to_acceptance())
    case(*A.up_to_acceptance(), request, granted).when(execute()).then_refused("withdrawn")


def test_a_withdrawal_that_comes_after_the_start_is_refused_and_the_payment_goes_on() -> None:
    started = case(*A.up_to_acceptance()).when(execute()).then(RemedyExecutionStarted)
    refused = answer(*A.up_to_acceptance(), *started)
    assert isinstance(refused, WithdrawalRefused)
    case(*A.up_to_acceptance(), *started, withdrawal_requested(), refused).when(execute()).then_nothing()


def test_what_was_approved_counts_against_the_customers_limit_no_more() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    granted = answer(*A.up_to_approval())
    row = guards_after(other.up_to_approval(), (*A.up_to_approval(), granted))[f"customer-total:{CHEN}:CNY"]
    assert [each["digest"] for each in row] == [other.digest]


@pytest.mark.parametrize(
    "wish",
    [propose(), submit(), take_back(), approve(), send_back(), reject(), offer(), accept(), decline(), execute(),
     conclude(), state_position()],
    ids=lambda wish: type(wish).__name__,
)  # fmt: skip
def test_once_granted_the_stream_is_shut_for_the_cycle(wish: Command) -> None:
    case(*A.up_to_offer(), withdrawal_granted(A.digest)).when(wish).then_refused("withdrawn")


def test_nothing_is_taken_back_of_what_never_left() -> None:
    case(*A.up_to_offer(), withdrawal_granted(A.digest)).when(want_back()).then_refused("nothing_to_reverse")


def test_a_withdrawal_that_is_disputed_begins_anew_with_nothing_of_before() -> None:
    events = (*A.up_to_acceptance(), withdrawal_granted(A.digest), reopened(), found(cycle=2))
    case(*events).when(propose(told=Told(cycle=2))).then(RemedyOptionProposed)
    case(*events).when(execute()).then_refused("nothing_submitted")


def test_what_intake_ended_is_shut_here_too() -> None:
    ended: dict[str, Event] = {
        "withdrawn": ComplaintWithdrawn(
            at=LATER, by="system", cycle=1, request=REQUEST, requested_by="agent-1", confirm_by=LATER
        ),
        "referred": ComplaintReferred(
            at=LATER, by="triage-1", cycle=1, reason="other_firm", to=sealed("the bank"), reasons=sealed("theirs"),
            letter=sealed("please"), channel="letter", proof="post-3",
        ),
        "registered_in_error": RegisteredInError(
            at=LATER, by="triage-1", cycle=1, proposed_by="agent-1", reasons=sealed("an enquiry")
        ),
    }  # fmt: skip
    for code, event in ended.items():
        case(*A.up_to_acceptance(), event).when(execute()).then_refused(code)
