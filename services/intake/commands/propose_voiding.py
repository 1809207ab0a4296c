"""拟作废登记 Say, as the first of two persons, that something was registered in error."""

from typing import Any, ClassVar
from uuid import UUID

from services.intake.contact import Contact
from services.intake.rules import (
    must_be_impartial,
    must_go_on,
    must_lose_nothing_special,
    must_never_have_been_judged,
)
from services.intake.state import Intake, Voiding
from shared.decide import ComplaintCommand, Known, NotFound, Refused
from shared.decide.wording import Reasoning
from shared.events.intake import IntakeEvent, VoidingProposed
from shared.privacy.personal import Personal


class ProposeVoiding(
    ComplaintCommand, path="/complaints/{complaint_id}/voiding", may=("agent", "triage_lead"), in_person=True
):
    """It should not have been registered: it is no complaint, or it stands in the register already. Source: 4.2.

    A triage lead, another person, must agree; until then nothing goes on. Never once it was judged, nor while it is
    special, unless it stands in the register a second time and as special there.
    """

    example: ClassVar[dict[str, Any]] = {"reasons": "The customer only asked for the opening hours."}

    reasons: Reasoning
    contact: UUID | None = None
    """The enquiry or service request that it really is."""
    duplicate_of: UUID | None = None
    """The complaint that it was entered a second time of."""

    def needed(self) -> tuple[str, ...]:
        contact = (f"contact:{self.contact}",) if self.contact else ()
        return (*contact, f"complaint:{self.duplicate_of}") if self.duplicate_of else contact


def decide(state: Intake, command: ProposeVoiding, known: Known) -> list[IntakeEvent]:
    if state.voiding == Voiding(command.actor.id, command.contact, command.duplicate_of):
        return []
    must_go_on(state)
    must_be_impartial(state, command.actor)
    must_never_have_been_judged(state)
    _what_it_really_is(state, command, known)
    must_lose_nothing_special(state, command.duplicate_of, known)
    return [
        VoidingProposed(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            reasons=Personal.of(state.person, command.reasons),
            contact=command.contact,
            duplicate_of=command.duplicate_of,
        )
    ]


def _what_it_really_is(state: Intake, command: ProposeVoiding, known: Known) -> None:
    if command.contact is not None and command.duplicate_of is not None:
        raise Refused("one_thing_only", "It is either no complaint or one entered twice. Name one of the two.")
    if command.contact is not None:
        contact = known.states.get(f"contact:{command.contact}")
        if not isinstance(contact, Contact) or not contact.recorded:
            raise NotFound("unknown_contact", "There is no such enquiry or service request. Search by its number.")
    if command.duplicate_of is not None:
        other = known.states.get(f"complaint:{command.duplicate_of}")
        if command.duplicate_of == command.complaint_id:
            raise Refused("duplicate_of_itself", "It can't be a duplicate of itself. Name the other complaint.")
        if not isinstance(other, Intake) or not other.registered or other.ending == "in_error":
            raise NotFound("unknown_original", "There is no such complaint in the register. Search by its number.")
        if other.person != state.person:
            raise Refused("original_of_another", "That complaint is another customer's, so this is no duplicate of it.")
