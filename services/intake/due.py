"""What follows at intake from what was stated of another subject: a joined file learns of it, a contact becomes a
complaint; and a withdrawal that nobody confirms in time is written down. Its letters are sent by people, who record the
proof.
"""

from datetime import datetime
from uuid import UUID

from services.intake.commands.contact_link import LinkComplaint
from services.intake.commands.customer_note_joining import NoteJoining
from services.intake.commands.pass_confirmation_deadline import PassConfirmationDeadline
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect
from shared.decide.service import Later
from shared.events.customers import CustomersJoined, CustomersParted
from shared.events.intake import ComplaintRegistered, ComplaintWithdrawn


def _note_joining(_: str, event: CustomersJoined | CustomersParted) -> NoteJoining:
    return NoteJoining(actor=SYSTEM_ACTOR, at=event.at, person_id=_id(event.other))


def _when_from_contact(event: ComplaintRegistered) -> datetime | None:
    return event.at if event.from_contact is not None else None


def _link(subject: str, event: ComplaintRegistered) -> LinkComplaint:
    return LinkComplaint.model_validate(
        {
            "actor": SYSTEM_ACTOR,
            "at": event.at,
            "contact_id": event.from_contact,
            "complaint": _id(subject),
            "registered_by": event.by,
        }
    )


def _pass_deadline(subject: str, event: ComplaintWithdrawn) -> PassConfirmationDeadline:
    return PassConfirmationDeadline(
        actor=SYSTEM_ACTOR, at=event.at, complaint_id=_id(subject), cycle=event.cycle, due_at=event.confirm_by
    )


def _id(subject: str) -> UUID:
    return UUID(subject.partition(":")[2])


DEADLINES: tuple[Deadline, ...] = (
    Deadline(Later("customer_joined", CustomersJoined, lambda event: event.at), _note_joining),
    Deadline(Later("customer_parted", CustomersParted, lambda event: event.at), _note_joining),
    Deadline(Later("contact_became_complaint", ComplaintRegistered, _when_from_contact), _link),
    Deadline(Later("withdrawal_unconfirmed", ComplaintWithdrawn, lambda event: event.confirm_by), _pass_deadline),
)
EFFECTS: tuple[Effect, ...] = ()
