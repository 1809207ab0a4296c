"""When nothing can be done on a case at all: unknown, not arrived, being withdrawn, over."""

from datetime import timedelta

import pytest

from shared.decide import Command, NotFound, NotYetSeen
from shared.events.base import Event
from shared.events.intake import ComplaintReferred, RegisteredInError
from shared.events.investigation import ConflictDeclared, InvestigatorAssigned
from tests.unit.investigation.examples import (
    AGENT,
    NOW,
    SERVICE,
    accept,
    add,
    ask,
    assign,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    complaint_closed,
    complaint_reopened,
    declare,
    department_assigned,
    fact,
    give_up,
    investigation_reopened,
    name_cause,
    pass_deadline,
    receive,
    registered,
    requested,
    said,
    send_back,
    submit,
    take_down,
    told,
    withdrawal_denied,
    withdrawal_requested,
    withdrawn,
)

EVERY_WISH = [
    assign(), add(), add(AGENT), take_down(), ask(), receive(), give_up(), name_cause(), submit(),
    accept(), send_back(),
]  # fmt: skip
each = pytest.mark.parametrize("wish", EVERY_WISH, ids=lambda wish: f"{type(wish).__name__} {wish.actor.role}")

REFERRED = fact(
    ComplaintReferred, "triage-hua", 2, reason="other_firm", to=said("The insurer"), reasons=said("Not ours"),
    letter=said("Dear customer"), channel="letter", proof="post-1",
)  # fmt: skip
IN_ERROR = fact(RegisteredInError, "triage-hua", 2, proposed_by=AGENT.id, reasons=said("An enquiry"))


def test_this_module_asks_for_every_command() -> None:
    assert {type(wish) for wish in (*EVERY_WISH, declare(), pass_deadline())} == set(SERVICE.handlers)


@pytest.mark.parametrize("wish", [*EVERY_WISH, declare(), pass_deadline()], ids=lambda wish: type(wish).__name__)
def test_of_a_complaint_that_nobody_registered_nothing_is_known(wish: Command) -> None:
    refusal = told().when(wish).then_refused("unknown_complaint")
    assert isinstance(refusal, NotFound) and refusal.status == 404


@each
@pytest.mark.parametrize(
    "known",
    [
        at_opened()[:-1],
        (registered(),),
        (*at_accepted(), complaint_reopened(stage="judgement")),
        (*at_accepted(), complaint_reopened(), department_assigned(cycle=2)),
    ],
    ids=["department assigned", "registered", "to be judged again", "reopening not yet answered"],
)
def test_before_it_is_opened_in_this_cycle_one_waits(wish: Command, known: tuple[Event, ...]) -> None:
    refusal = told(*known).when(wish).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "investigation.opened"


@each
@pytest.mark.parametrize("known", [at_opened(), at_submitted(), at_accepted()], ids=["opened", "submitted", "accepted"])
@pytest.mark.parametrize(
    ("end", "code"),
    [
        (complaint_closed(), "closed"),
        (withdrawn(), "withdrawn"),
        (REFERRED, "referred"),
        (IN_ERROR, "registered_in_error"),
    ],
    ids=["closed", "withdrawn", "referred", "in error"],
)
def test_once_it_is_over_nothing_is_done(wish: Command, known: tuple[Event, ...], end: Event, code: str) -> None:
    told(*known, end).when(wish).then_refused(code)


@each
@pytest.mark.parametrize("known", [at_opened(), at_submitted(), at_accepted()], ids=["opened", "submitted", "accepted"])
def test_while_the_customer_wants_to_withdraw_nothing_is_decided(wish: Command, known: tuple[Event, ...]) -> None:
    told(*known, withdrawal_requested()).when(wish).then_refused("withdrawal_pending")


def test_a_withdrawal_that_is_denied_lets_it_go_on() -> None:
    told(*at_opened(), withdrawal_requested(), withdrawal_denied()).when(assign()).then(InvestigatorAssigned)


def test_a_withdrawal_of_an_earlier_cycle_stops_nothing_in_this_one() -> None:
    late = withdrawal_requested(days=21, cycle=1)
    told(*at_second_cycle(), late).when(assign("inv-tao")).then(InvestigatorAssigned, cycle=2)
    told(*at_second_cycle(), withdrawn(cycle=1)).when(assign("inv-tao")).then(InvestigatorAssigned, cycle=2)


def test_a_withdrawal_that_is_disputed_goes_on_only_with_the_reopening() -> None:
    over = (*at_investigating(), withdrawal_requested(), withdrawn())
    told(*over).when(submit()).then_refused("withdrawn")
    again = (*over, complaint_reopened(reason="withdrawal_disputed", excluded=()), investigation_reopened())
    told(*again).when(assign("inv-tao")).then(InvestigatorAssigned, cycle=2)


def test_a_reopening_ends_the_closure() -> None:
    again = (*at_accepted(), complaint_closed(), complaint_reopened(reason="new_facts"), investigation_reopened())
    told(*again).when(assign("inv-tao")).then(InvestigatorAssigned, cycle=2)


@pytest.mark.parametrize(
    "known",
    [
        (registered(),),
        (*at_opened(), withdrawal_requested()),
        (*at_accepted(), complaint_closed()),
        (*at_accepted(), complaint_reopened(stage="judgement")),
    ],
    ids=["registered", "being withdrawn", "closed", "to be judged again"],
)
def test_an_interest_is_told_at_any_time(known: tuple[Event, ...]) -> None:
    told(*known).when(declare(AGENT)).then(ConflictDeclared, person=AGENT.id, replacement_needed=False)


def test_whether_a_request_is_overdue_waits_for_what_becomes_of_the_withdrawal() -> None:
    asked = (*at_investigating(), requested(), withdrawal_requested(days=7))
    refusal = told(*asked).when(pass_deadline()).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "complaint.withdrawn"
    told(*asked, withdrawn()).when(pass_deadline(at=NOW + timedelta(days=9))).then_nothing()
