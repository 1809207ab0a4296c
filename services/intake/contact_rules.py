"""What several commands on contacts share: it is still open, here, and in other hands than those that review it."""

from typing import Any, Final
from uuid import UUID

from services.intake.contact import Contact
from shared.decide import Actor, Command, NotFound, Refused, Taken
from shared.decide.service import Guard
from shared.events.customers import ContactRecorded

SETTLED: Final = frozenset({"handled", "reviewed"})
"""The service was given and waits for others: for the review, then for the callback (F59)."""


class ContactCommand(Command, subject="contact:{contact_id}"):
    """A command on one enquiry or service request."""

    contact_id: UUID


def must_be_recorded(state: Contact) -> None:
    """Raises NotFound."""
    if not state.recorded:
        raise NotFound("unknown_contact", "There is no such enquiry or service request. Search for it by its number.")


def must_go_on(state: Contact) -> None:
    """Raises NotFound, or Refused for one that became a complaint or is archived."""
    must_be_recorded(state)
    if state.complaint is not None:
        raise Refused(
            "became_complaint",
            "It became a complaint and goes on there. Open the complaint.",
            complaint=str(state.complaint),
        )
    if state.stage == "archived":
        raise Refused("contact_archived", "It is settled and archived. Record what the customer wants now anew.")


def must_be_in_hand(state: Contact, actor: Actor) -> None:
    """Once it is passed on, that department goes on with it, or who keeps track of it for the customer (F29)."""
    lead = actor.role == "triage_lead"
    if state.department in (None, actor.department) or state.owner in _acting(actor) or lead:
        return
    raise Refused(
        "passed_on_elsewhere", f"It was passed on to {state.department}. Let them go on.", department=state.department
    )


def must_not_wait_for_others(state: Contact) -> None:
    """What was given as a service is first looked at, then the customer is called: nobody goes round that."""
    if state.stage in SETTLED:
        raise Refused(
            "service_given", "The service is recorded as given. It must be reviewed, and the customer called."
        )


def must_not_have_handled(state: Contact, actor: Actor) -> None:
    """Nobody reviews, or asks the customer about, what they did themself (F59)."""
    if any(person in state.handlers for person in _acting(actor)):
        raise Refused("handled_it", "You, or the person you act for, gave this service. Another must look at it.")


def dissatisfied() -> Refused:
    """F59 ends no contact on a dissatisfied word."""
    return Refused(
        "dissatisfied_contact", "The customer is dissatisfied. Register a complaint from it, or pass it on again."
    )


def _acting(actor: Actor) -> tuple[str | None, ...]:
    return (actor.id, actor.on_behalf_of) if actor.on_behalf_of else (actor.id,)


def _number_row(state: Any, event: ContactRecorded) -> str:
    return f"contact_number:{event.number}"


def _taken_once(value: Any, event: ContactRecorded) -> bool:
    """A contact is recorded once only, so a row that is there belongs to another. Raises Taken."""
    if value is not None:
        raise Taken(event.number)
    return True


GUARDS: tuple[Guard, ...] = (Guard("contact_number", (ContactRecorded,), _number_row, _taken_once),)
