"""咨询答复 Answer an enquiry."""

from typing import Any, ClassVar

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand, must_be_in_hand, must_go_on
from shared.decide import Refused
from shared.decide.wording import LongText
from shared.events.customers import ContactAnswered, ContactArchived, ContactFact
from shared.privacy.personal import Personal


class AnswerEnquiry(
    ContactCommand,
    path="/contacts/{contact_id}/answer",
    may=("agent", "back_office", "triage_lead", "department_lead", "resolution_officer"),
):
    """The enquiry was answered, and the customer was asked whether that is enough. Source: handbook row F59.

    Satisfied, it goes to the archive. If not, it stays open: pass it on to the back office, or answer again.
    """

    example: ClassVar[dict[str, Any]] = {"answer": "A transfer abroad takes two working days.", "satisfied": True}

    answer: LongText
    satisfied: bool


def decide(state: Contact, command: AnswerEnquiry) -> list[ContactFact]:
    must_go_on(state)
    if state.kind != "enquiry":
        raise Refused("is_service", "This is a service request. Record the service that was given, or reclassify it.")
    must_be_in_hand(state, command.actor)
    at, by = command.at, command.actor.id
    answered = ContactAnswered(
        at=at, by=by, answer=Personal.of(state.person, command.answer), satisfied=command.satisfied
    )
    return [answered, ContactArchived(at=at, by=by, ending="answered")] if command.satisfied else [answered]
