"""What intake must know of an enquiry or a service request to decide, folded from its facts (subject
`contact:<uuid>`).
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from shared.events.customers import (
    ContactAnswered,
    ContactArchived,
    ContactBecameComplaint,
    ContactCalledBack,
    ContactFact,
    ContactHandled,
    ContactPassedOn,
    ContactReclassified,
    ContactRecorded,
    ContactReviewed,
)
from shared.events.vocabulary import SYSTEM, ContactKind

Stage = Literal[
    "open", "unsatisfied", "passed_on", "returned", "handled", "reviewed", "dissatisfied", "archived",
]  # fmt: skip
"""How far it is: `unsatisfied` with an answer, `returned` by the review, `dissatisfied` when called back."""


@dataclass(frozen=True, slots=True)
class Contact:
    number: str = ""
    kind: ContactKind = "enquiry"
    person: str = ""
    owner: str | None = None
    """Who wrote it down, and keeps track for the customer until it is solved (F29); None if it came in online."""
    stage: Stage = "open"
    department: str | None = None
    """Where it was passed on to; None while it is at the front desk."""
    handlers: frozenset[str] = frozenset()
    """Everyone who ever gave the service, or in whose name it was given: none of them reviews it or asks about it."""
    complaint: UUID | None = None
    """The complaint that it became."""

    @property
    def recorded(self) -> bool:
        return bool(self.number)


def evolve_contact(state: Contact, event: ContactFact) -> Contact:
    match event:
        case ContactRecorded():
            owner = None if event.by == SYSTEM else event.by
            return replace(state, number=event.number, kind=event.kind, person=event.person, owner=owner)
        case ContactAnswered():
            return state if event.satisfied else replace(state, stage="unsatisfied")
        case ContactPassedOn():
            return replace(state, stage="passed_on", department=event.department)
        case ContactHandled():
            return replace(state, stage="handled", handlers=state.handlers.union(event.hands))
        case ContactReviewed():
            return replace(state, stage="reviewed" if event.passed else "returned")
        case ContactCalledBack():
            return replace(state, stage="dissatisfied") if event.satisfied is False else state
        case ContactReclassified():
            return replace(state, kind=event.kind)
        case ContactBecameComplaint():
            return replace(state, complaint=event.complaint)
        case ContactArchived():
            return replace(state, stage="archived")
        case _:
            assert_never(event)
