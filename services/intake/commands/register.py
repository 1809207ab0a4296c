"""登记 Enter a complaint in the register."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from services.intake.limits import number_of
from services.intake.state import Intake
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.command import derived_id
from shared.decide.wording import Line, LongText, Narrative, Reasoning
from shared.events.intake import ComplaintRegistered, IntakeEvent
from shared.events.vocabulary import Channel, ExternalReference, Instant, Reference
from shared.privacy.personal import Personal

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was received before: an earlier date is a slip of the keyboard."""


class RegisterComplaint(ComplaintCommand, path="/complaints", may=("agent", "system", "regulator_desk"), creates=True):
    """Enter a complaint in the register 《顾客投诉登记表》. Source: handbook row F03; domain 4.2.

    The clock runs from `received_at`, however late it is entered. Registering the same complaint again (the same
    `external` reference, or the same actor and Idempotency-Key) finds the first and adds nothing.
    """

    example: ClassVar[dict[str, Any]] = {
        "complainant": "王芳",
        "contact": "+86 21 5555 0142",
        "received_at": "2026-03-02T09:15:00+08:00",
        "channel": "phone",
        "content": "同一笔还款被扣了两次, 银行答复要等三十天。",
        "desired_remedy": "尽快退回多扣的款项。",
        "product": "信用卡",
    }

    complainant: Line
    contact: Line | None = None
    proxy: Line | None = None
    """Who complains for the complainant."""
    proxy_authority: Reference | None = None
    """The document that empowers the proxy."""
    person: UUID | None = None
    """The customer, if the firm knows them already; else a person is made with the complaint."""
    received_at: Instant
    channel: Channel
    content: Narrative
    desired_remedy: Reasoning | None = None
    product: Line | None = None
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


def decide(state: Intake, command: RegisterComplaint, known: Known) -> list[IntakeEvent]:
    if state.registered:
        return []
    _received_in_time(command)
    _proxy_empowered(command)
    person = f"person:{command.person or derived_id('person', str(command.complaint_id))}"
    return [
        ComplaintRegistered(
            at=command.at,
            by=command.actor.id,
            cycle=state.cycle,
            number=number_of(command.complaint_id, known.attempt),
            person=person,
            complainant=Personal.of(person, command.complainant),
            contact=_personal(person, command.contact),
            proxy=_personal(person, command.proxy),
            proxy_authority=command.proxy_authority,
            received_at=command.received_at,
            channel=command.channel,
            content=Personal.of(person, command.content),
            desired_remedy=_personal(person, command.desired_remedy),
            product=_personal(person, command.product),
            external=command.external,
            source_fields=_personal(person, command.source_fields),
        )
    ]


def _received_in_time(command: RegisterComplaint) -> None:
    if command.received_at > command.at:
        raise Refused("received_in_future", "It can't have been received later than now. Correct the time of receipt.")
    if command.received_at < EARLIEST:
        raise Refused("received_too_early", "It can't have been received before 1990. Correct the time of receipt.")


def _proxy_empowered(command: RegisterComplaint) -> None:
    if command.proxy and not command.proxy_authority:
        raise Refused(
            "proxy_without_authority", "Whoever complains for another needs an authority. Give its reference."
        )
    if command.proxy_authority and not command.proxy:
        raise Refused(
            "authority_without_proxy", "An authority was given but no proxy. Name who complains for the other."
        )


def _personal(person: str, text: str | None) -> Personal | None:
    return None if text is None else Personal.of(person, text)
