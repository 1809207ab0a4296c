"""Everything that an approver decides by, on one page: findings, options, own limit, sum given, similar cases."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from services.desk.cases import case_of
from services.desk.granting import Granted, Similar, granted_to, limit_of, similar_to
from services.desk.telling import events_of
from services.desk.views.cases import Standing
from shared.events import intake, investigation, resolution
from shared.events.base import Event
from shared.privacy.personal import Personal
from shared.projections.read import Answered, Asked, Read


class Option(BaseModel):
    """One option of this cycle, for a look side by side."""

    option: str
    kind: str
    amount: int
    currency: str
    description: str | None
    steps: list[str] = Field(description="How the amount was arrived at, a line a step.")
    instalments: int
    settlement: bool
    execute_by: datetime
    proposer: str
    digest: str
    became: str | None = Field(description="submitted, approved, returned, rejected, declined, lapsed, withdrawn, …")


class Findings(BaseModel):
    """What the investigation found in the cycle that the decision rests on."""

    verdict: str
    reasons: str | None
    cause: str
    loss: int
    currency: str
    accepted_by: str
    investigators: list[str]
    evidence: int


class Decision(BaseModel):
    """`limit`: the caller's own, in the currency of what was submitted. `answered_for`: that remedy with all that the
    customer was granted in the window; what is above the limit takes a further step."""

    standing: Standing
    complaint: str | None = Field(description="What the customer complains of.")
    desired_remedy: str | None
    findings: Findings | None
    options: list[Option]
    submitted: str | None = Field(description="The digest that waits for an approval.")
    approvals: list[str] = Field(description="Who approved which step of it so far.")
    limit: int | None
    currency: str | None
    limits_table: str | None
    answered_for: int | None
    within_limit: bool | None
    granted: list[Granted]
    similar: list[Similar]


_BECAME: Final[dict[type[Event], str]] = {
    resolution.RemedyOptionWithdrawn: "withdrawn",
    resolution.RemedySubmitted: "submitted",
    resolution.RemedyApproved: "approved",
    resolution.RemedyReturned: "returned",
    resolution.RemedyRejected: "rejected",
    resolution.RemedyOffered: "offered",
    resolution.RemedyAccepted: "accepted",
    resolution.RemedyDeclined: "declined",
    resolution.OfferLapsed: "lapsed",
    resolution.RemedyExecuted: "executed",
}


async def answer(asked: Asked) -> Answered | None:
    """None if there is no such complaint, or none that the caller may see."""
    case = await case_of(asked)
    if case is None:
        return None
    said = [event for _, event in await events_of(asked, case.complaint_id)]
    submitted = _submitted(said, case.cycle)
    granted = await granted_to(asked, case)
    limit = await limit_of(asked, submitted.amount.currency) if submitted else None
    answered_for = _answered_for(submitted, granted)
    registered = next(event for event in said if isinstance(event, intake.ComplaintRegistered))
    decision = Decision(
        standing=case,
        complaint=_clear(registered.content),
        desired_remedy=_clear(registered.desired_remedy),
        findings=_findings(said),
        options=_options(said, case.cycle),
        submitted=submitted.digest if submitted else None,
        approvals=_approvals(said, submitted),
        limit=limit[0].minor if limit else None,
        currency=limit[0].currency if limit else None,
        limits_table=limit[1] if limit else None,
        answered_for=answered_for,
        within_limit=None if limit is None or answered_for is None else answered_for <= limit[0].minor,
        granted=granted,
        similar=await similar_to(asked, case),
    )
    return Answered(decision, (f"complaint:{case.complaint_id}", case.person))


def _clear(text: Personal | None) -> str | None:
    return text.clear if text is not None and text.is_open else None


def _submitted(said: list[Event], cycle: int) -> resolution.RemedySubmitted | None:
    """What is on its way in this cycle: the last that was submitted and has not ended."""
    waiting: resolution.RemedySubmitted | None = None
    for event in said:
        match event:
            case resolution.RemedySubmitted() if event.cycle == cycle:
                waiting = event
            case (
                resolution.RemedyReturned()
                | resolution.RemedyRejected()
                | resolution.RemedyDeclined()
                | resolution.OfferLapsed()
            ):
                waiting = None
    return waiting


def _answered_for(submitted: resolution.RemedySubmitted | None, granted: list[Granted]) -> int | None:
    """As resolution counts: each remedy once, by its digest, this one included."""
    if submitted is None:
        return None
    counted = {each.digest: each.amount for each in granted if each.currency == submitted.amount.currency}
    return sum((counted | {submitted.digest: submitted.amount.minor}).values())


def _approvals(said: list[Event], submitted: resolution.RemedySubmitted | None) -> list[str]:
    steps = [event for event in said if isinstance(event, resolution.RemedyApproved)]
    ours = [event for event in steps if submitted is not None and event.digest == submitted.digest]
    return [f"{event.step}/{event.of}: {event.by} ({event.role})" for event in ours]


def _findings(said: list[Event]) -> Findings | None:
    """The latest that were accepted: after a reopening at resolution they still stand."""
    accepted = [event for event in said if isinstance(event, investigation.FindingsAccepted)]
    if not accepted:
        return None
    stands = accepted[-1]
    reasons = [event.reasons for event in said if isinstance(event, investigation.FindingsSubmitted)
               and event.cycle == stands.cycle]  # fmt: skip
    return Findings(
        verdict=stands.verdict,
        reasons=_clear(reasons[-1]) if reasons else None,
        cause=stands.cause,
        loss=stands.loss.minor,
        currency=stands.loss.currency,
        accepted_by=stands.by,
        investigators=list(stands.investigators),
        evidence=sum(isinstance(event, investigation.EvidenceAdded) for event in said),
    )


def _options(said: list[Event], cycle: int) -> list[Option]:
    became: dict[str, str] = {}
    options: list[resolution.RemedyOptionProposed] = []
    for event in said:
        if isinstance(event, resolution.RemedyOptionProposed) and event.cycle == cycle:
            options.append(event)
        elif type(event) in _BECAME:
            became[str(getattr(event, "digest", ""))] = _BECAME[type(event)]
    return [_option(option, became.get(option.digest)) for option in options]


def _option(option: resolution.RemedyOptionProposed, became: str | None) -> Option:
    return Option(
        option=option.option,
        kind=option.kind,
        amount=option.amount.minor,
        currency=option.amount.currency,
        description=_clear(option.description),
        steps=[f"{_clear(step.label) or '…'}: {step.amount.minor} {step.amount.currency}" for step in option.steps],
        instalments=max(len(option.instalments), 1),
        settlement=option.settlement,
        execute_by=option.execute_by,
        proposer=option.by,
        digest=option.digest,
        became=became,
    )


READ = Read(
    path="/complaints/{complaint}/decision",
    may=("department_lead", "approver", "higher_approver", "compliance_officer"),
    model=Decision,
    summary="What an approver decides by: findings, options side by side, own limit, sum given, similar cases",
    answer=answer,
    purpose=True,
)
