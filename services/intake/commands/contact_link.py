"""转为投诉 Let a contact end in the complaint that was registered from it."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand, must_be_recorded
from shared.decide import Refused
from shared.events.customers import ContactArchived, ContactBecameComplaint, ContactFact
from shared.events.vocabulary import SYSTEM, StaffId


class LinkComplaint(ContactCommand, path="/contacts/{contact_id}/complaint", may=(SYSTEM,)):
    """A complaint was registered from this contact: it goes on there, and each names the other. Source: F17, F59.

    Whatever was left to do here ends with it, also after an archive: a customer may complain of what they were told.
    """

    example: ClassVar[dict[str, Any]] = {
        "complaint": "00000000-0000-4000-8000-00000000000a",
        "registered_by": "li.na",
    }

    complaint: UUID
    registered_by: StaffId


def decide(state: Contact, command: LinkComplaint) -> list[ContactFact]:
    must_be_recorded(state)
    if state.complaint == command.complaint:
        return []
    if state.complaint is not None:
        raise Refused(
            "became_complaint",
            "It became another complaint before. Open that complaint.",
            complaint=str(state.complaint),
        )
    at, by = command.at, command.actor.id
    return [
        ContactBecameComplaint(at=at, by=by, complaint=command.complaint, registered_by=command.registered_by),
        ContactArchived(at=at, by=by, ending="became_complaint"),
    ]
