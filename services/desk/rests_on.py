"""What a decision rests on, as the events of the case tell it: findings, evidence, statements, options, approvals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, Field

from shared.events import callback, investigation, resolution
from shared.events.base import Event
from shared.events.vocabulary import RemedyKind, Verdict
from shared.privacy.personal import Personal


class Findings(BaseModel):
    """What the investigation found in the cycle that the decision rests on."""

    cycle: int
    verdict: Verdict
    reasons: str | None
    cause: str
    loss: int = Field(description="In the currency's minor unit.")
    currency: str
    accepted_by: str
    investigators: list[str]


class Piece(BaseModel):
    """A piece of evidence that no better one has superseded."""

    evidence: str
    cycle: int
    kind: str
    title: str | None
    obtained_from: str
    sha256: str
    media_type: str
    stored: bool = Field(description="The file itself is kept here, and can be opened by its sha256.")


class Statement(BaseModel):
    """What somebody said, as taken down."""

    statement: str
    of: str
    staff: str | None
    text: str | None


Became = Literal[
    "withdrawn", "submitted", "approved", "returned", "rejected", "offered", "accepted", "declined", "lapsed",
    "executing", "executed", "reversed",
]  # fmt: skip


class Option(BaseModel):
    """One option of this cycle, for a look side by side."""

    option: str
    kind: RemedyKind
    amount: int
    currency: str
    description: str | None
    steps: list[str] = Field(description="How the amount was arrived at, a line a step.")
    instalments: int
    settlement: bool
    execute_by: datetime
    proposer: str
    digest: str
    became: Became | None


class Step(BaseModel):
    """One step of the approval that was taken, with its written instruction 批示."""

    step: int
    of: int
    by: str
    role: str
    at: datetime
    limit: int
    currency: str
    instruction: str | None


_BECAME: Final[dict[type[Event], Became]] = {
    resolution.RemedyOptionWithdrawn: "withdrawn",
    resolution.RemedySubmitted: "submitted",
    resolution.RemedyApproved: "approved",
    resolution.RemedyReturned: "returned",
    resolution.RemedyRejected: "rejected",
    resolution.RemedyOffered: "offered",
    resolution.RemedyAccepted: "accepted",
    resolution.RemedyDeclined: "declined",
    resolution.OfferLapsed: "lapsed",
    resolution.RemedyExecutionStarted: "executing",
    resolution.RemedyExecuted: "executed",
    resolution.RemedyReversed: "reversed",
}


def clear(text: Personal | None) -> str | None:
    """The text, if it was opened for the caller."""
    return text.clear if text is not None and text.is_open else None


def findings(said: Sequence[Event]) -> Findings | None:
    """The latest that were accepted. They still stand after a reopening at resolution, and after no other (N24)."""
    stands: investigation.FindingsAccepted | None = None
    reasons: Personal | None = None
    for event in said:
        match event:
            case investigation.FindingsSubmitted():
                reasons = event.reasons
            case investigation.FindingsAccepted():
                stands = event
            case callback.ComplaintReopened() if event.stage != "resolution":
                stands = None
    if stands is None:
        return None
    return Findings(
        cycle=stands.cycle,
        verdict=stands.verdict,
        reasons=clear(reasons),
        cause=stands.cause,
        loss=stands.loss.minor,
        currency=stands.loss.currency,
        accepted_by=stands.by,
        investigators=list(stands.investigators),
    )


def evidence(said: Sequence[Event]) -> list[Piece]:
    """Of all cycles, in the order in which it was added."""
    added = [event for event in said if isinstance(event, investigation.EvidenceAdded)]
    superseded = {event.supersedes for event in added}
    return [
        Piece(**event.model_dump(include={*Piece.model_fields} - {"title"}), title=clear(event.title))
        for event in added
        if event.evidence not in superseded
    ]


def statements(said: Sequence[Event]) -> list[Statement]:
    """Of all cycles, in the order in which they were taken."""
    taken = (event for event in said if isinstance(event, investigation.StatementTaken))
    return [
        Statement(statement=event.statement, of=event.of, staff=event.staff, text=clear(event.text)) for event in taken
    ]


def options(said: Sequence[Event], cycle: int) -> list[Option]:
    """Those of this cycle, and what became of each."""
    became = {getattr(event, "digest", None): _BECAME[type(event)] for event in said if type(event) in _BECAME}
    proposed = (event for event in said if isinstance(event, resolution.RemedyOptionProposed) and event.cycle == cycle)
    return [_option(event, became.get(event.digest)) for event in proposed]


def _option(event: resolution.RemedyOptionProposed, became: str | None) -> Option:
    return Option(
        option=event.option,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        description=clear(event.description),
        steps=[f"{clear(step.label) or '…'}: {step.amount.minor} {step.amount.currency}" for step in event.steps],
        instalments=max(len(event.instalments), 1),
        settlement=event.settlement,
        execute_by=event.execute_by,
        proposer=event.by,
        digest=event.digest,
        became=became,
    )


def approvals(said: Sequence[Event], digest: str | None) -> list[Step]:
    """The steps that were taken of the approval of these terms."""
    taken = (event for event in said if isinstance(event, resolution.RemedyApproved) and event.digest == digest)
    return [
        Step(
            step=event.step,
            of=event.of,
            by=event.by,
            role=event.role,
            at=event.at,
            limit=event.limit.minor,
            currency=event.limit.currency,
            instruction=clear(event.instruction),
        )
        for event in taken
    ]
