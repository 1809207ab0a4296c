"""服务办结 Record that a service was given."""

from typing import Any, ClassVar

from services.intake.contact import Contact
from services.intake.contact_rules import (
    ContactCommand,
    dissatisfied,
    must_be_in_hand,
    must_go_on,
    must_not_wait_for_others,
)
from shared.decide import Refused
from shared.decide.wording import LongText
from shared.events.customers import ContactFact, ContactHandled
from shared.privacy.personal import Personal


class HandleContact(
    ContactCommand,
    path="/contacts/{contact_id}/service",
    may=("agent", "back_office", "triage_lead", "department_lead", "resolution_officer"),
):
    """The service was given, with its record and remark 服务记录、备注. Source: handbook row F59.

    It is then reviewed by the customer service centre, and the customer is called back.
    """

    example: ClassVar[dict[str, Any]] = {"remark": "The new card was sent by registered post."}

    remark: LongText


def decide(state: Contact, command: HandleContact) -> list[ContactFact]:
    must_go_on(state)
    if state.kind != "service":
        raise Refused("is_enquiry", "This is an enquiry. Answer it, or reclassify it as a service request.")
    must_not_wait_for_others(state)
    if state.stage == "dissatisfied":
        raise dissatisfied()
    must_be_in_hand(state, command.actor)
    remark = Personal.of(state.person, command.remark)
    return [ContactHandled(at=command.at, by=command.actor.id, remark=remark)]
