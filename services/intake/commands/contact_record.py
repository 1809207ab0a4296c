"""来电登记 Write down an enquiry or a service request."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from services.intake.contact import Contact
from services.intake.contact_rules import ContactCommand
from services.intake.customer import Customer
from services.intake.limits import number_of
from services.intake.rules import must_be_received_in_time
from services.intake.state import Intake
from shared.decide import Forbidden, Known, NotFound, Refused
from shared.decide.command import derived_id
from shared.decide.wording import Line, Narrative
from shared.events.customers import ContactFact, ContactRecorded
from shared.events.vocabulary import SYSTEM, Channel, Code, ContactKind, Instant
from shared.privacy.personal import Personal


class RecordEnquiryOrService(
    ContactCommand,
    path="/contacts",
    may=("agent", "triage_lead", "callback_agent", "regulator_desk", SYSTEM),
    needs=("complaint:{from_complaint}",),
    creates=True,
):
    """A customer asked or wanted something, and it is no complaint. Source: handbook rows F17, F28, F33.

    Recording it again with the same actor and Idempotency-Key finds the first and adds nothing.
    """

    example: ClassVar[dict[str, Any]] = {
        "kind": "enquiry",
        "caller": "王芳 +86 138 0013 8000",
        "channel": "phone",
        "content": "How long does a transfer abroad take?",
        "received_at": "2026-03-02T09:15:00+08:00",
    }

    kind: ContactKind
    person: UUID | None = None
    """The customer, if the firm knows them already; else a person is made with the contact."""
    caller: Line
    channel: Channel
    content: Narrative
    category: Code | None = None
    received_at: Instant
    from_complaint: UUID | None = None
    """The complaint that was registered for it in error."""

    @classmethod
    def derive(cls, body: dict[str, Any], actor: str, key: str) -> dict[str, Any]:
        return {"contact_id": derived_id("contact", actor, key)}

    def needed(self) -> tuple[str, ...]:
        return super().needed() if self.from_complaint else ()

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """The files of those who are named, since another one may stand for them by now."""
        complaint = states.get(f"complaint:{self.from_complaint}")
        if self.person is not None:
            yield f"person:{self.person}"
        if isinstance(complaint, Intake) and complaint.registered:
            yield complaint.person


def decide(state: Contact, command: RecordEnquiryOrService, known: Known) -> list[ContactFact]:
    if state.recorded:
        return []
    must_be_received_in_time(command.received_at, command.at)
    person = _person(command, known)
    return [
        ContactRecorded(
            at=command.at,
            by=command.actor.id,
            number=f"C{number_of(command.contact_id, known.attempt)}",
            kind=command.kind,
            person=person,
            caller=Personal.of(person, command.caller),
            channel=command.channel,
            content=Personal.of(person, command.content),
            category=command.category,
            received_at=command.received_at,
            from_complaint=command.from_complaint,
        )
    ]


def _person(command: RecordEnquiryOrService, known: Known) -> str:
    """Whose it is: the one who was named, the complaint's own customer, or somebody new."""
    named = None if command.person is None else _file_that_counts(f"person:{command.person}", known)
    if command.from_complaint is None:
        return named or f"person:{derived_id('person', str(command.contact_id))}"
    complaint = known.states.get(f"complaint:{command.from_complaint}")
    if not isinstance(complaint, Intake) or not complaint.registered:
        raise NotFound("unknown_complaint", "There is no complaint with this id. Check the number and search again.")
    if not complaint.open_to(command.actor):
        raise Forbidden("restricted_case", "This case is restricted to the department that handles it.")
    person = _file_that_counts(complaint.person, known)
    if named not in (None, person):
        raise Refused("another_customer", "That complaint is another customer's. Leave the person out, or correct it.")
    return person


def _file_that_counts(person: str, known: Known) -> str:
    file = known.states.get(person)
    return file.into or person if isinstance(file, Customer) else person
