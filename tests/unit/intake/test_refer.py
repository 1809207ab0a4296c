"""转介 Sending a customer to whom their complaint belongs, in writing (domain 4.2)."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.refer import ReferComplaint
from shared.events.base import Event
from shared.events.intake import ComplaintReferred
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    IN_ERROR,
    JUDGE,
    NOON,
    READY,
    REFERRED,
    REJECTED,
    REJECTION_PROPOSED,
    VOIDING,
    WITHDRAWING,
    ZHAO,
    acknowledged,
    after,
    classified,
    closed,
    intake,
    registered,
    rejection_returned,
    reopened,
    replied,
)


def refer(**fields: Any) -> ReferComplaint:
    usual: dict[str, Any] = {
        "reason": "other_firm", "to": "Ping An", "reasons": "Their policy.", "letter": "Please turn to them.",
        "channel": "letter", "proof": "post-77",
    }  # fmt: skip
    return ReferComplaint(actor=JUDGE, at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


@pytest.mark.parametrize("history", [(registered(),), READY])
def test_what_is_another_firm_s_is_referred_and_ends(history: tuple[Event, ...]) -> None:
    (fact,) = after(*history).when(refer()).then(ComplaintReferred, reason="other_firm", proof="post-77")
    assert isinstance(fact, ComplaintReferred)
    assert (fact.to.clear, fact.letter.clear, fact.to.owner) == ("Ping An", "Please turn to them.", ZHAO)
    assert intake(*history, fact).ending == "referred"


@pytest.mark.parametrize("channel", ["phone", "branch", "social", "other"])
def test_it_is_told_in_writing_only(channel: str) -> None:
    with pytest.raises(ValidationError):
        refer(channel=channel)


def test_the_same_letter_again_adds_nothing_and_another_is_refused() -> None:
    after(*REFERRED).when(refer()).then_nothing()
    after(*REFERRED).when(refer(proof="post-78")).then_refused("referred")


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"), (ESTABLISHED, "already_judged"), (REJECTED, "already_judged"),
        (REJECTION_PROPOSED, "rejection_pending"), (WITHDRAWING, "withdrawal_pending"), (VOIDING, "voiding_pending"),
        ((*READY, closed()), "closed"), (IN_ERROR, "registered_in_error"),
        ((registered(), classified(complained_of=(JUDGE.id,))), "complained_of"),
    ],
)  # fmt: skip
def test_it_is_refused_where_the_firm_answers_for_it_or_something_waits(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(refer()).then_refused(code)


@pytest.mark.parametrize(
    "history",
    [(*REJECTION_PROPOSED, rejection_returned()), (*REJECTED, replied(), reopened(), acknowledged(2))],
    ids=["sent back by the second person", "reopened"],
)
def test_what_takes_two_persons_to_reject_is_not_turned_away_by_one(history: tuple[Event, ...]) -> None:
    after(*history).when(refer()).then_refused("already_judged")


def test_whoever_recorded_a_withdrawal_that_the_customer_disputes_does_not_refer_it() -> None:
    again = reopened(reason="withdrawal_disputed", excluded=(JUDGE.id,))
    after(registered(), acknowledged(), again).when(refer()).then_refused("excluded")


def test_nothing_goes_on_after_it() -> None:
    told = AcknowledgeComplaint(actor=AGENT, at=NOON, complaint_id=COMPLAINT, channel="sms", proof="sms-1")
    after(*REFERRED).when(told).then_refused("referred")


def test_a_triage_lead_refers_who_saw_how_it_stands() -> None:
    assert ReferComplaint.may == ("triage_lead",) and ReferComplaint.contested
