"""What arrives late, before its time, or twice: nothing rests on what is not there yet, and no breach is invented."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from closedloop.verify.never import breaches
from services.callback.commands.close import CloseComplaint
from services.callback.commands.record_attempt import RecordAttempt
from services.callback.commands.record_satisfaction import RecordSatisfaction
from services.callback.commands.reopen import ReopenComplaint
from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.customer_join import JoinCustomers
from services.intake.commands.customer_record import RecordCustomer
from services.investigation.commands.receive_information import ReceiveInformation
from services.investigation.commands.request_information import RequestInformation
from services.resolution.commands.accept_remedy import AcceptRemedy
from services.resolution.commands.approve_remedy import ApproveRemedy
from services.resolution.commands.execute_remedy import ExecuteRemedy
from services.resolution.commands.offer_remedy import OfferRemedy
from services.resolution.commands.propose_reversal import ProposeReversal
from services.resolution.commands.reverse_remedy import ReverseRemedy
from shared.decide.service import Reaction
from shared.events.base import Event
from shared.events.callback import CallbackDeadlinePassed, CallbackScheduled, ComplaintReopened
from shared.events.investigation import InformationOverdue
from shared.events.resolution import RemedyApproved, RemedyExecutionStarted, ResolutionConcluded
from tests.stateful.case import (
    APPROVER,
    CALLER,
    EXECUTOR,
    INVESTIGATOR,
    OFFICER,
    OTHER_AGENT,
    OTHER_APPROVER,
    TRIAGE,
    Case,
)
from tests.stateful.firm import Firm
from tests.stateful.people import staffed
from tests.stateful.walk import opened

MORNING = datetime(2026, 3, 3, 2, tzinfo=UTC)
"""Ten o'clock where the customers live."""
WANG, SAME_WANG = UUID(int=0xC0), UUID(int=0xC1)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def firm() -> Firm:
    return staffed(Firm(MORNING))


@pytest.fixture
def case(firm: Firm) -> Case:
    return Case(firm, UUID(int=0xA0), WANG)


# The callback and what it is about


def test_no_call_is_recorded_before_it_is_known_that_the_handling_has_ended(case: Case) -> None:
    case.accepted()
    case.on_its_way(ExecuteRemedy, EXECUTOR, digest=case.digest)
    case.firm.take_up(next(row for row in case.firm.due() if row.kind == "payment"))
    assert len(case.said(ResolutionConcluded)) == 1
    assert case.refuses(RecordAttempt, CALLER, called_at=None) == "not_yet_seen"
    assert case.refuses(CloseComplaint, CALLER) == "not_yet_seen"
    case.firm.settle()
    assert case.does(RecordAttempt, CALLER, called_at=None)


def test_a_conclusion_of_a_cycle_that_is_over_brings_no_callback(case: Case) -> None:
    case.concluded()
    (concluded,) = case.said(ResolutionConcluded)
    case.does(ReopenComplaint, TRIAGE)
    before = case.firm.state("callback", case.subject)
    after = case.firm.rooms("callback").service.fold_of(case.subject).evolve(before, concluded)
    assert after == before
    assert [made for reaction in reactions("callback", concluded) for made in react(reaction, after, concluded)] == []


def test_a_reversal_that_arrives_after_the_reopening_reopens_nothing_again(case: Case) -> None:
    case.concluded()
    case.does(ProposeReversal, EXECUTOR, digest=case.digest)
    case.on_its_way(ReverseRemedy, APPROVER, digest=case.digest)
    case.on_its_way(ReopenComplaint, TRIAGE)
    case.firm.settle()
    assert [reopened.reason for reopened in case.said(ComplaintReopened)] == ["new_facts"]


def test_a_reopening_that_arrives_after_the_reversal_follows_it(case: Case) -> None:
    """The complaint begins again because of the reversal; who wanted it for another reason is told to look again."""
    case.concluded()
    case.does(ProposeReversal, EXECUTOR, digest=case.digest)
    case.does(ReverseRemedy, APPROVER, digest=case.digest)
    assert case.refuses(ReopenComplaint, TRIAGE) == "not_yet_seen"
    assert [reopened.reason for reopened in case.said(ComplaintReopened)] == ["remedy_reversed"]


# Deadlines: a fact that one passed (N12)


@pytest.mark.parametrize(("answered", "missed"), [(-A_MOMENT, False), (timedelta(0), False), (A_MOMENT, True)])
def test_whether_a_callback_was_missed_hangs_on_when_it_was_answered_not_on_when_that_is_looked_at(
    case: Case, answered: timedelta, missed: bool
) -> None:
    case.concluded()
    (scheduled,) = case.said(CallbackScheduled)
    case.wait_until(scheduled.due_at + answered)
    case.does(RecordAttempt, CALLER, called_at=None)
    case.does(RecordSatisfaction, CALLER)
    case.wait_until(scheduled.due_at + timedelta(days=2))
    case.take_up("callback_overdue")
    assert bool(case.said(CallbackDeadlinePassed)) == missed


@pytest.mark.parametrize(("answered", "missed"), [(-A_MOMENT, False), (A_MOMENT, True)])
def test_whether_an_answer_was_late_hangs_on_when_it_came_not_on_when_that_is_looked_at(
    case: Case, answered: timedelta, missed: bool
) -> None:
    case.investigating()
    due_at = case.firm.now + timedelta(days=5)
    case.does(RequestInformation, INVESTIGATOR, due_at=due_at)
    case.wait_until(due_at + answered)
    case.does(ReceiveInformation, INVESTIGATOR, evidence=())
    case.wait_until(due_at + timedelta(days=2))
    case.take_up("information_overdue")
    assert bool(case.said(InformationOverdue)) == missed


def test_a_deadline_that_passed_stays_passed_whatever_comes_afterwards(case: Case) -> None:
    case.concluded()
    (scheduled,) = case.said(CallbackScheduled)
    case.wait_until(scheduled.due_at)
    case.take_up("callback_overdue")
    case.does(RecordAttempt, CALLER, called_at=None)
    case.does(RecordSatisfaction, CALLER)
    assert [passed.due_at for passed in case.said(CallbackDeadlinePassed)] == [scheduled.due_at]


# Who has an interest in it


def test_an_approval_by_somebody_who_turns_out_to_be_complained_of_is_no_breach_but_pays_nothing(case: Case) -> None:
    """Nobody could know it when they approved; from when it is known, nothing goes on with that approval (N3, N12)."""
    case.submitted()
    again = {"severity": "ordinary", "reasons": (), "vulnerable": False, "explanation": "The customer named somebody."}
    case.on_its_way(ClassifyComplaint, TRIAGE, complained_of=(APPROVER,), **again)
    case.firm.relay("intake")
    case.on_its_way(ApproveRemedy, APPROVER, digest=case.digest)
    case.firm.settle()
    assert list(breaches(case.firm.log.story(case.subject))) == []
    assert case.refuses(OfferRemedy, OFFICER, digest=case.digest) == "approver_recused"
    assert case.said(RemedyApproved) and not case.said(RemedyExecutionStarted)


def test_whoever_is_known_to_be_complained_of_approves_nothing(case: Case) -> None:
    case.submitted()
    again = {"severity": "ordinary", "reasons": (), "vulnerable": False, "explanation": "The customer named somebody."}
    case.does(ClassifyComplaint, TRIAGE, complained_of=(APPROVER,), **again)
    assert case.refuses(ApproveRemedy, APPROVER, digest=case.digest) == "recused"


# Two files that turn out to be of one customer


def joined(case: Case) -> None:
    """Said of both files, and on its way to resolution."""
    for person in (WANG, SAME_WANG):
        case.does(RecordCustomer, "li.na", person_id=person)
    case.on_its_way(JoinCustomers, TRIAGE, person_id=WANG, other=SAME_WANG)
    (row,) = [row for row in case.firm.due() if row.kind == "customer_joined"]
    case.firm.take_up(row)


def test_once_two_files_are_known_to_be_of_one_customer_one_sum_counts(case: Case, firm: Firm) -> None:
    second = Case(firm, UUID(int=0xA1), SAME_WANG)
    case.approved()
    joined(case)
    second.submitted()
    (first_step, *_) = second.does(ApproveRemedy, APPROVER, digest=second.digest)
    assert isinstance(first_step, RemedyApproved) and first_step.step < first_step.of


def test_what_was_approved_before_the_joining_was_known_is_not_executed_above_the_limit(case: Case, firm: Firm) -> None:
    """The second approver answered for less than the customer was given; the first for all that was there."""
    second = Case(firm, UUID(int=0xA1), SAME_WANG)
    case.accepted()
    second.submitted()
    joined(case)
    firm.now += timedelta(minutes=1)
    (approved,) = second.on_its_way(ApproveRemedy, OTHER_APPROVER, digest=second.digest)
    assert isinstance(approved, RemedyApproved) and approved.step == approved.of
    second.does(OfferRemedy, OFFICER, digest=second.digest)
    second.does(AcceptRemedy, OTHER_AGENT, digest=second.digest)
    assert second.refuses(ExecuteRemedy, EXECUTOR, digest=second.digest) == "above_limit"
    assert case.does(ExecuteRemedy, EXECUTOR, digest=case.digest)


# Twice the same


def test_a_reaction_to_what_is_known_already_states_nothing_more() -> None:
    """The kernel drops a version that it has; if it did not, only the answer that is always given would be repeated."""
    repeated = {type(again).__name__ for again in said_again(walked=3)}
    assert repeated <= {"WithdrawalGranted", "WithdrawalRefused"}


def said_again(walked: int) -> Iterator[Event]:
    """What every reaction in some long walks would state, asked once more right after it had answered."""
    for seed in range(walked):
        random = Random(seed)
        walk = opened(random)
        for _ in range(600):
            walk.step(random)
        for (service, subject), journal in walk.firm.journals.items():
            fold = walk.firm.rooms(service).service.fold_of(subject)
            state = fold.initial
            for envelope, event in journal:
                state = fold.evolve(state, event)
                for reaction in reactions(service, event) if envelope.source != service else ():
                    after = state
                    for made in react(reaction, state, event):
                        after = fold.evolve(after, made)
                    yield from react(reaction, after, event)


def reactions(service: str, event: Event) -> tuple[Reaction, ...]:
    return Firm(MORNING).rooms(service).service.reactions_on.get(type(event), ())


def react(reaction: Reaction, state: object, event: Event) -> list[Event]:
    return list(reaction.react(state, event, UUID(int=1)))


# The customer's clock


def test_when_the_customers_clocks_go_forward_the_hours_in_which_to_call_come_earlier(case: Case) -> None:
    """Half past eight in London, in UTC, is rest on Saturday and a good hour on Sunday, 29 March 2026; the three days
    are three times 24 hours all the same.
    """
    case.time_zone = "Europe/London"
    case.firm.now = datetime(2026, 3, 28, 8, 0, tzinfo=UTC) - timedelta(minutes=1)
    case.concluded()
    (scheduled,) = case.said(CallbackScheduled)
    assert scheduled.due_at == case.said(ResolutionConcluded)[0].at + timedelta(hours=72)
    case.wait_until(datetime(2026, 3, 28, 8, 30, tzinfo=UTC))
    assert case.refuses(RecordAttempt, CALLER, called_at=None) == "outside_hours"
    case.wait_until(datetime(2026, 3, 29, 8, 30, tzinfo=UTC))
    assert case.does(RecordAttempt, CALLER, called_at=None)
