"""来电改类 Say that an enquiry is a service request after all, or the other way round."""

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
from shared.decide.wording import Reasoning
from shared.events.customers import ContactFact, ContactReclassified
from shared.events.vocabulary import ContactKind
from shared.privacy.personal import Personal


class ReclassifyContact(
    ContactCommand,
    path="/contacts/{contact_id}/kind",
    may=("agent", "back_office", "triage_lead", "department_lead", "resolution_officer"),
):
    """It is of the other kind; what was done so far stays written down. Source: handbook row F17.

    A service that was once given stays one: as an enquiry it would end without review and callback.
    """

    example: ClassVar[dict[str, Any]] = {"kind": "service", "reasons": "The customer wants the card replaced."}

    kind: ContactKind
    reasons: Reasoning


def decide(state: Contact, command: ReclassifyContact) -> list[ContactFact]:
    must_go_on(state)
    if state.kind == command.kind:
        return []
    must_not_wait_for_others(state)
    if state.stage == "dissatisfied":
        raise dissatisfied()
    if state.handlers:
        raise Refused("stays_service", "A service was given already, so it stays a service request. Go on with it.")
    must_be_in_hand(state, command.actor)
    reasons = Personal.of(state.person, command.reasons)
    return [ContactReclassified(at=command.at, by=command.actor.id, kind=command.kind, reasons=reasons)]
