"""An enquiry or service request that became a complaint, as the other services know it: who had handled it (F17)."""

from dataclasses import dataclass

from shared.events.customers import ContactBecameComplaint, ContactFact
from shared.events.vocabulary import SYSTEM


@dataclass(frozen=True, slots=True)
class Contact:
    hands: tuple[str, ...] = ()
    """Everyone who acted on it, in order of appearance; the system is nobody."""
    became_complaint: bool = False
    """From here on nobody handles it as a contact, so that `hands` is complete."""


def evolve_contact(state: Contact, event: ContactFact) -> Contact:
    became = state.became_complaint or isinstance(event, ContactBecameComplaint)
    new = tuple(who for who in event.hands if who not in (SYSTEM, *state.hands))
    return Contact((*state.hands, *new), became)
