"""登记更正 Correct a field of the register."""

from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import Field

from services.intake.customer import Customer
from services.intake.customer_fields import CallHours, Zone
from services.intake.limits import triggers
from services.intake.rules import (
    must_be_another,
    must_be_impartial,
    must_be_open,
    must_have_happened_before,
    must_never_have_been_judged,
)
from services.intake.state import Entry, Intake, evolve
from shared.decide import ComplaintCommand, Known, Refused
from shared.decide.wording import Narrative, Reasoning
from shared.events.intake import ComplaintEscalatedToSpecial, IntakeEvent, RegistrationCorrected
from shared.events.vocabulary import Channel, Instant, Language, Money
from shared.privacy.personal import Personal

Text = Literal["complainant", "contact", "content", "desired_remedy", "product", "proxy"]
Plain = Literal["channel", "received_at", "happened_at", "claimed", "time_zone", "call_hours", "language", "person"]
_MAY_BE_NONE = ("contact", "desired_remedy", "product", "proxy", "happened_at", "claimed", "call_hours")


class CorrectRegistration(
    ComplaintCommand, path="/complaints/{complaint_id}/corrections", may=("agent", "triage_lead", "regulator_desk")
):
    """A field of the register was wrong: which, the new value, and why. The old value stays where it was stated.

    The time of receipt, from which the clock runs, is corrected only to the very instant that compliance signed off.
    The customer is corrected only while nobody has judged it: what is decided and paid is summed under the customer.
    Source: domain 4.2, RegistrationCorrected.
    """

    example: ClassVar[dict[str, Any]] = {
        "field": "contact",
        "replaces": 1,
        "text": "+86 21 5555 0143",
        "reasons": "The last digit was misheard.",
    }

    field: Text | Plain
    replaces: int = Field(ge=1, le=1_000_000)
    """The version in intake's stream in which the old value stands: 1, or that of its last correction."""
    reasons: Reasoning
    cleared: bool = False
    """There is no such value at all: it was entered by mistake."""
    text: Narrative | None = None
    """The new value of complainant, contact, content, desired remedy, product or proxy."""
    channel: Channel | None = None
    received_at: Instant | None = None
    happened_at: Instant | None = None
    claimed: Money | None = None
    time_zone: Zone | None = None
    call_hours: CallHours | None = None
    language: Language | None = None
    person: UUID | None = None

    def needed(self) -> tuple[str, ...]:
        return (f"person:{self.person}",) if self.person else ()


def decide(state: Intake, command: CorrectRegistration, known: Known) -> list[IntakeEvent]:
    must_be_open(state)
    must_be_impartial(state, command.actor)
    _one_value(command)
    _fits(state, command, known)
    corrected = RegistrationCorrected(
        at=command.at,
        by=command.actor.id,
        cycle=state.cycle,
        field=command.field,
        replaces=command.replaces,
        reasons=Personal.of(state.person, command.reasons),
        text=None if command.text is None else Personal.of(state.person, command.text),
        person=f"person:{command.person}" if command.person else None,
        **{name: getattr(command, name) for name in get_args(Plain) if name != "person"},
    )
    return [corrected, *_special_now(state, evolve(state, corrected), corrected)]


def _one_value(command: CorrectRegistration) -> None:
    """Exactly the value of the field, or none of it: another value would be dropped in silence."""
    wanted = "text" if command.field in get_args(Text) else command.field
    given = {name for name in ("text", *get_args(Plain)) if getattr(command, name) is not None}
    if given - {wanted} or (given and command.cleared):
        raise Refused("value_out_of_place", f"Give the new value of {command.field} alone.", field=command.field)
    if command.cleared and command.field not in _MAY_BE_NONE:
        raise Refused("value_required", f"Every complaint has a {command.field}. Give it.", field=command.field)
    if not given and not command.cleared:
        raise Refused("value_missing", f"Give the new value of {command.field}.", field=command.field)


def _fits(state: Intake, command: CorrectRegistration, known: Known) -> None:
    entry = state.entry
    if entry is None:
        return
    if command.replaces != (version := entry.stated_in.get(command.field, 1)):
        raise Refused(
            "corrected_meanwhile",
            f"What is replaced stands in version {version}. Load the complaint again, and see whether it is right now.",
            version=version,
        )
    match command.field:
        case "received_at":
            _signed_off(state, command)
        case "happened_at":
            must_have_happened_before(command.happened_at, entry.received_at)
        case "proxy":
            _empowered(entry, command)
        case "person":
            must_never_have_been_judged(state)
            _stands_for_itself(state, command, known)


def _signed_off(state: Intake, command: CorrectRegistration) -> None:
    signature = state.signed("received_at")
    if signature is None or signature.received_at is None or signature.received_at != command.received_at:
        raise Refused("not_signed_off", "Compliance did not sign off this very instant in this cycle. Ask them first.")
    must_be_another(signature.by, command.actor)
    if state.entry is not None:
        must_have_happened_before(state.entry.happened_at, signature.received_at)


def _empowered(entry: Entry, command: CorrectRegistration) -> None:
    if command.text is not None and not entry.by_proxy:
        raise Refused("proxy_without_authority", "Whoever complains for another needs an authority, and none is there.")


def _stands_for_itself(state: Intake, command: CorrectRegistration, known: Known) -> None:
    person = f"person:{command.person}"
    file = known.states.get(person, Customer())
    if person == state.person:
        raise Refused("same_customer", "It is this customer's complaint already. There is nothing to correct.")
    if not file.recorded:
        raise Refused("unknown_customer", "There is no file of this customer yet. Record the customer first.")
    if file.into is not None:
        raise Refused("joined_into", f"This file was joined into that of {file.into}. Name that.", person=file.into)


def _special_now(before: Intake, state: Intake, corrected: RegistrationCorrected) -> list[IntakeEvent]:
    """What makes a complaint special by itself does so too when it comes to light later (domain 1.4, gap 4); and when
    it is corrected away before anybody classified: else a large claim would become ordinary quietly (N22).
    """
    if state.classification is None:
        reasons = tuple(code for code in triggers(before) if code not in triggers(state))
    else:
        now = triggers(state, vulnerable=state.classification.vulnerable)
        reasons = tuple(code for code in now if code not in state.special_for)
    if state.severity == "special" or not reasons:
        return []
    return [ComplaintEscalatedToSpecial(at=corrected.at, by=corrected.by, cycle=corrected.cycle, reasons=reasons)]
