"""受理告知 Telling the customer that the complaint is in hand, once a cycle."""

from typing import Any

import pytest

from services.intake.commands.acknowledge import AcknowledgeComplaint
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import ComplaintAcknowledged
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    NOON,
    REOPENED_FOR_JUDGEMENT,
    acknowledged,
    after,
    assigned,
    closed,
    registered,
    rejection_returned,
    reopened,
)


def acknowledge(**fields: Any) -> AcknowledgeComplaint:
    usual: dict[str, Any] = {"channel": "sms", "proof": "sms-1"}
    return AcknowledgeComplaint(actor=AGENT, at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def test_the_customer_is_told() -> None:
    after(registered()).when(acknowledge()).then(
        ComplaintAcknowledged, by=AGENT.id, at=NOON, cycle=1, channel="sms", proof="sms-1"
    )


def test_the_same_message_again_adds_nothing() -> None:
    after(registered(), acknowledged()).when(acknowledge()).then_nothing()


@pytest.mark.parametrize("other", [{"proof": "sms-2"}, {"channel": "email"}])
def test_another_message_in_the_same_cycle_is_refused(other: dict[str, str]) -> None:
    after(registered(), acknowledged()).when(acknowledge(**other)).then_refused("already_acknowledged")


def test_a_returned_rejection_does_not_make_the_customer_unaware() -> None:
    history = (registered(), acknowledged(), rejection_returned())
    after(*history).when(acknowledge(proof="sms-2")).then_refused("already_acknowledged")


def test_a_reopened_complaint_is_acknowledged_anew_before_it_is_judged() -> None:
    after(*REOPENED_FOR_JUDGEMENT).when(acknowledge()).then(ComplaintAcknowledged, cycle=2)


def test_one_that_goes_on_established_needs_no_acknowledgement() -> None:
    history = (*ESTABLISHED, assigned(), reopened(stage="investigation"))
    after(*history).when(acknowledge(proof="sms-2")).then_refused("already_judged")


def test_the_system_may_acknowledge() -> None:
    by_itself = acknowledge().model_copy(update={"actor": Actor("system", "system", "system")})
    after(registered()).when(by_itself).then(ComplaintAcknowledged, by="system")


@pytest.mark.parametrize(("history", "code"), [((), "unknown_complaint"), ((registered(), closed()), "closed")])
def test_an_unknown_or_closed_complaint_is_refused(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(acknowledge()).then_refused(code)
