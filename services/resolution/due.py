"""What resolution brings about later: money that leaves the house or comes back, offers and actions that run out."""

import re
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.resolution.commands.lapse_offer import LapseOffer
from services.resolution.commands.pass_action_deadline import PassActionDeadline
from services.resolution.commands.record_payment import RecordPayment
from services.resolution.commands.record_reversal import RecordReversal
from services.resolution.commands.record_unknown_payment import RecordUnknownPayment
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect, Sent
from shared.decide.service import Later
from shared.events.resolution import CorrectiveActionRaised, RemedyExecutionStarted, RemedyOffered, RemedyReversed

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,120}")


def _when(event: RemedyExecutionStarted) -> datetime | None:
    """At once; without money nothing leaves, and for a waiver neither."""
    return event.at if event.amount.minor > 0 and event.kind != "waiver" else None


def _payment(subject: str, event: RemedyExecutionStarted) -> dict[str, Any]:
    """Whom to pay is said by the customer's pseudonym alone: the provider has their account on file, and no instruction
    of ours can name another (docs/decisions/0016-the-payee-is-the-customer.md).
    """
    return {
        "kind": "payment",
        "payment": event.payment,
        "amount_minor": event.amount.minor,
        "currency": event.amount.currency,
        "complaint": _id(subject),
        "customer": event.customer,
    }


def _reversal(subject: str, event: RemedyReversed) -> dict[str, Any]:
    """Its reference goes by a name of its own: a provider that knows no reversals must not take it for a payment, and
    pay a second time.
    """
    return {
        "kind": "reversal",
        "entry": event.entry,
        "amount_minor": event.amount.minor,
        "currency": event.amount.currency,
        "complaint": _id(subject),
        "customer": event.customer,
    }


def _record(subject: str, event: RemedyExecutionStarted, sent: Sent) -> RecordPayment:
    return RecordPayment(
        actor=SYSTEM_ACTOR,
        at=event.at,
        complaint_id=UUID(_id(subject)),
        payment=event.payment,
        receipt=_reference(sent.receipt),
        refused=_code(sent.refused),
    )


def _record_unknown(subject: str, event: RemedyExecutionStarted) -> RecordUnknownPayment:
    return RecordUnknownPayment(actor=SYSTEM_ACTOR, at=event.at, complaint_id=UUID(_id(subject)), payment=event.payment)


def _record_reversal(subject: str, event: RemedyReversed, sent: Sent) -> RecordReversal:
    return RecordReversal(
        actor=SYSTEM_ACTOR,
        at=event.at,
        complaint_id=UUID(_id(subject)),
        entry=event.entry,
        receipt=_reference(sent.receipt),
        refused=_code(sent.refused),
    )


def _lapse(subject: str, event: RemedyOffered) -> LapseOffer:
    return LapseOffer(
        actor=SYSTEM_ACTOR,
        at=event.at,
        complaint_id=UUID(_id(subject)),
        digest=event.digest,
        lapses_at=event.lapses_at,
    )


def _overdue(subject: str, event: CorrectiveActionRaised) -> PassActionDeadline:
    return PassActionDeadline(
        actor=SYSTEM_ACTOR, at=event.at, complaint_id=UUID(_id(subject)), action=event.action, due_at=event.due_at
    )


def _id(subject: str) -> str:
    return subject.partition(":")[2]


def _reference(receipt: str | None) -> str | None:
    """A receipt of another shape goes in by its fingerprint: money that has moved must not stay unrecorded."""
    if receipt is None or _REFERENCE.fullmatch(receipt):
        return receipt
    return f"sha256:{sha256(receipt.encode()).hexdigest()}"


def _code(reason: str | None) -> str | None:
    """A provider's prose may name the customer, and codes travel in clear: only a code gets through."""
    return reason if reason is None or _CODE.fullmatch(reason) else "refused-by-provider"


DEADLINES: tuple[Deadline, ...] = (
    Deadline(Later("offer_lapses", RemedyOffered, lambda event: event.lapses_at), _lapse),
    Deadline(Later("action_overdue", CorrectiveActionRaised, lambda event: event.due_at), _overdue),
)
EFFECTS: tuple[Effect, ...] = (
    Effect(Later("payment", RemedyExecutionStarted, _when), "payments", _payment, _record, unknown=_record_unknown),
    Effect(Later("reversal", RemedyReversed, lambda event: event.at), "payments", _reversal, _record_reversal),
)
