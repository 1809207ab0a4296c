"""What waits for an approval?"""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.events.resolution import RemedyApproved, RemedyReturned, RemedySubmitted
from shared.projections.scope import unrestricted
from shared.projections.view import At, Delete, Question, Upsert, View, flag, minor_units, moment, number, text

VIEW = View(
    "approvals",
    version=1,
    columns=[
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        text("proposer"),
        text("digest"),
        moment("submitted_at"),
        text("department"),
        text("severity"),
        flag("restricted"),
        text("verdict"),
        text("cause"),
    ],
    indexes=(("submitted_at",),),
)


@VIEW.on(RemedySubmitted)
def submitted(event: RemedySubmitted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        proposer=event.by,
        digest=event.digest,
        submitted_at=event.at,
        department=event.department,
        severity=event.severity,
        restricted=event.restricted,
        verdict=event.verdict,
        cause=event.cause,
    )


@VIEW.on(RemedyApproved, RemedyReturned)
def decided(event: RemedyApproved | RemedyReturned, at: At) -> Delete:
    return Delete(at.subject_id)


class WaitingRemedy(BaseModel):
    """A submitted remedy that nobody has approved or returned yet."""

    complaint_id: str
    cycle: int
    option: str
    kind: str = Field(description="compensation, refund, correction, apology or no_remedy.")
    amount: int = Field(description="In the currency's minor unit; 0 without money.")
    currency: str
    proposer: str = Field(description="Staff id of who proposed and submitted it; may not approve.")
    digest: str = Field(description="SHA-256 of the terms, to be named by the approval.")
    submitted_at: datetime
    department: str = Field(description="The responsible department.")
    severity: str = Field(description="ordinary or special.")
    restricted: bool
    verdict: str = Field(description="What the investigation found: upheld, partly or rejected.")
    cause: str = Field(description="The cause found, a code of the rule pack.")


VIEW.ask(
    Question(
        "/worklists/approvals",
        may=("department_lead", "approver", "higher_approver", "compliance_officer"),
        model=WaitingRemedy,
        summary="What waits for an approval, longest waiting first.",
        filters=("department", "severity"),
        order="submitted_at",
        where=unrestricted,
    )
)
