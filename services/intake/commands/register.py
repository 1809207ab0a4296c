"""登记 Enter a complaint in the register."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.intake.contact import Contact
from services.intake.customer import Customer
from services.intake.customer_fields import CallHours, Zone
from services.intake.limits import JOINT, contact_row, number_of, triggers
from services.intake.rules import must_be_received_in_time, must_have_happened_before
from services.intake.state import Intake, evolve
from shared.decide import ComplaintCommand, Forbidden, Known, NotFound, Refused
from shared.decide.command import derived_id
from shared.decide.wording import Line, LongText, Narrative, Reasoning
from shared.events.intake import (
    ComplaintEscalatedToSpecial,
    ComplaintRegistered,
    ComplaintReportedUpward,
    IntakeEvent,
)
from shared.events.vocabulary import (
    AuthorityKind,
    Channel,
    ExternalReference,
    Instant,
    Language,
    Money,
    Reference,
)
from shared.packs.house import MAJOR_REPORTED_TO
from shared.privacy.personal import Personal, checked_text

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(checked_text)
]
"""Of one who speaks for a group; at most 60 characters, so that five still fit in an envelope."""


class RegisterComplaint(ComplaintCommand, path="/complaints", may=("agent", "system", "regulator_desk"), creates=True):
    """Enter a complaint in the register 《顾客投诉登记表》. Source: handbook row F03; domain 4.2, 2.1.

    The clock runs from `received_at`, however late it is entered. Registering the same complaint again (the same
    `external` reference, or the same actor and Idempotency-Key) finds the first and adds nothing. What the customer's
    file or the contact says already may be left out: it is not asked for again (No.3 Art. 13).
    """

    example: ClassVar[dict[str, Any]] = {
        "complainant": "王芳",
        "contact": "+86 21 5555 0142",
        "received_at": "2026-03-02T09:15:00+08:00",
        "channel": "phone",
        "content": "同一笔还款被扣了两次, 银行答复要等三十天。",
        "desired_remedy": "尽快退回多扣的款项。",
        "product": "信用卡",
        "claimed": {"minor": 320000, "currency": "CNY"},
    }

    complainant: Line | None = None
    """May be left out if the customer's file has their name."""
    contact: Line | None = None
    proxy: Line | None = None
    """Who complains for the complainant."""
    proxy_authority: Reference | None = None
    """The document that empowers the proxy."""
    authority_kind: AuthorityKind | None = None
    """Why the proxy may complain; by power of attorney, if nothing else is said."""
    person: UUID | None = None
    """The customer, if the firm knows them already; else a person is made with the complaint."""
    from_contact: UUID | None = None
    """The enquiry or service request that it began as (F17): of the same customer, and no complaint yet."""
    received_at: Instant
    happened_at: Instant | None = None
    channel: Channel
    content: Narrative
    desired_remedy: Reasoning | None = None
    claimed: Money | None = None
    product: Line | None = None
    joint: Annotated[int, Field(ge=1, le=100_000)] = 1
    """How many complain together."""
    representatives: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    """Who speaks for them, five at most (No.3 Art. 12)."""
    regulator_reference: Reference | None = None
    regulator_received_at: Instant | None = None
    """When the regulator had it; both, and only from the regulator desk."""
    time_zone: Zone | None = None
    call_hours: CallHours | None = None
    language: Language | None = None
    external: ExternalReference | None = None
    """Where another system knew it first."""
    source_fields: LongText | None = None
    """What that system said besides, as JSON."""

    @classmethod
    def derive(cls, body: dict[str, Any], actor: str, key: str) -> dict[str, Any]:
        if body.get("external") is not None:
            external = ExternalReference.model_validate(body["external"])
            return {"complaint_id": derived_id("external", external.source, external.id)}
        return {"complaint_id": derived_id("key", actor, key)}

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        """The contact, then the customer's file, and the one that it was joined into."""
        if self.from_contact is not None:
            yield f"contact:{self.from_contact}"
        if (person := self.customer(states)) is not None:
            yield person

    def customer(self, states: Mapping[str, Any]) -> str | None:
        """Whose complaint it is, as far as is known: the file that stands for this customer today."""
        contact = states.get(f"contact:{self.from_contact}", Contact())
        person: str | None = f"person:{self.person}" if self.person else contact.person or None
        into = states.get(person, Customer()).into if person else None
        return into or person


def decide(state: Intake, command: RegisterComplaint, known: Known) -> list[IntakeEvent]:
    if state.registered:
        return []
    registered = entered(command, known)
    major = [reason for reason in triggers(evolve(state, registered)) if reason == JOINT]
    return [registered, *(special_at_once(evolve(state, registered), registered, major) if major else ())]


def entered(command: RegisterComplaint, known: Known) -> ComplaintRegistered:
    """The entry in the register. Raises Refused, Forbidden, NotFound."""
    must_be_received_in_time(command.received_at, command.at)
    must_have_happened_before(command.happened_at, command.received_at)
    _proxy_empowered(command)
    _represented(command)
    _handed_over_by_regulator(command)
    _contact_is_free(command, known)
    person = command.customer(known.states) or f"person:{derived_id('person', str(command.complaint_id))}"
    file = known.states.get(person, Customer())
    if command.complainant is None and "name" not in file.holds:
        raise Refused("complainant_missing", "The firm has no file with this customer's name. Say who complains.")
    told = {
        "time_zone": command.time_zone or file.plain.get("time_zone"),
        "call_hours": command.call_hours or file.plain.get("call_hours"),
        "language": command.language or file.plain.get("language"),
    }
    return ComplaintRegistered(
        at=command.at,
        by=command.actor.id,
        cycle=1,
        number=number_of(command.complaint_id, known.attempt),
        person=person,
        complainant=_personal(person, command.complainant),
        contact=_personal(person, command.contact),
        proxy=_personal(person, command.proxy),
        proxy_authority=command.proxy_authority,
        authority_kind=(command.authority_kind or "proxy") if command.proxy else None,
        received_at=command.received_at,
        happened_at=command.happened_at,
        channel=command.channel,
        content=Personal.of(person, command.content),
        desired_remedy=_personal(person, command.desired_remedy),
        claimed=command.claimed,
        product=_personal(person, command.product),
        joint=command.joint,
        representatives=tuple(Personal.of(person, name) for name in command.representatives),
        regulator_reference=command.regulator_reference,
        regulator_received_at=command.regulator_received_at,
        from_contact=command.from_contact,
        external=command.external,
        source_fields=_personal(person, command.source_fields),
        **{name: value for name, value in told.items() if value is not None},
    )


def special_at_once(state: Intake, registered: ComplaintRegistered, reasons: Sequence[str]) -> list[IntakeEvent]:
    """Special before anyone classifies it; a major complaint is reported upward besides (No.3 Art. 29)."""
    about: dict[str, Any] = {"at": registered.at, "by": registered.by, "cycle": registered.cycle}
    special = ComplaintEscalatedToSpecial(**about, reasons=tuple(reasons))
    if JOINT not in reasons:
        return [special]
    why = Personal.of(state.person, f"Joint complaint of {registered.joint}.")
    return [special, ComplaintReportedUpward(**about, to=MAJOR_REPORTED_TO, reasons=why, emergency=True)]


def _proxy_empowered(command: RegisterComplaint) -> None:
    if command.proxy and not command.proxy_authority:
        raise Refused(
            "proxy_without_authority", "Whoever complains for another needs an authority. Give its reference."
        )
    if (command.proxy_authority or command.authority_kind) and not command.proxy:
        raise Refused(
            "authority_without_proxy", "An authority was given but no proxy. Name who complains for the other."
        )


def _represented(command: RegisterComplaint) -> None:
    if command.joint > 1 and not command.representatives:
        raise Refused("representative_missing", "A group speaks through one to five of them. Name at least one.")
    if len(command.representatives) > (command.joint if command.joint > 1 else 0):
        raise Refused("too_many_representatives", "There are more representatives than people. Correct the numbers.")


def _handed_over_by_regulator(command: RegisterComplaint) -> None:
    given = (command.regulator_reference is not None, command.regulator_received_at is not None)
    if any(given) and command.actor.role != "regulator_desk":
        raise Forbidden("not_the_regulator_desk", "What a regulator hands over is entered by the regulator desk.")
    if any(given) and not all(given):
        raise Refused("hand_over_incomplete", "Give the regulator's reference and when the regulator had it, both.")
    if command.regulator_received_at is not None and command.regulator_received_at > command.received_at:
        raise Refused("handed_over_before", "The regulator had it before the firm. Correct one of the two instants.")


def _contact_is_free(command: RegisterComplaint, known: Known) -> None:
    if command.from_contact is None:
        return
    contact = known.states.get(f"contact:{command.from_contact}", Contact())
    if not contact.recorded:
        raise NotFound("unknown_contact", "There is no such enquiry or service request. Search for it by its number.")
    if command.person is not None and contact.person != f"person:{command.person}":
        raise Refused("contact_of_another", "That contact is another customer's. Leave it out, or name that customer.")
    if known.guards.get(contact_row(command.from_contact)) not in (None, str(command.complaint_id)):
        raise Refused("contact_is_complaint", "That contact became a complaint already. Go on with that one.")


def _personal(person: str, text: str | None) -> Personal | None:
    return None if text is None else Personal.of(person, text)
