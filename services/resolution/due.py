"""What resolution brings about later: the payment that leaves the house."""

import re
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.resolution.commands.record_payment import RecordPayment
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.due import Deadline, Effect, Sent
from shared.decide.service import Later
from shared.events.resolution import RemedyExecutionStarted

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,120}")


def _when(event: RemedyExecutionStarted) -> datetime | None:
    """At once; without money nothing leaves."""
    return event.at if event.amount.minor > 0 else None


def _request(subject: str, event: RemedyExecutionStarted) -> dict[str, Any]:
    return {
        "payment": event.payment,
        "amount_minor": event.amount.minor,
        "currency": event.amount.currency,
        "complaint": _id(subject),
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


DEADLINES: tuple[Deadline, ...] = ()
EFFECTS: tuple[Effect, ...] = (Effect(Later("payment", RemedyExecutionStarted, _when), "payments", _request, _record),)
