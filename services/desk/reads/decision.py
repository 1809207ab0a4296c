"""Everything that an approver decides by, on one page: findings, evidence, options side by side, own limit, what was
given, similar cases (domain 5, item 4)."""

from pydantic import BaseModel, Field

from services.desk.cases import case_of
from services.desk.granting import Granted, counted_for, files_of, granted_under
from services.desk.measures import CASES
from services.desk.reads.approvals import Waiting, all_waiting, waiting
from services.desk.rests_on import (
    Findings,
    Option,
    Piece,
    Statement,
    Step,
    approvals,
    clear,
    evidence,
    findings,
    options,
    statements,
)
from services.desk.similar import Similar, similar_to
from services.desk.stages import APPROVING
from services.desk.standing import Standing
from services.desk.telling import events_of
from shared.events.intake import ComplaintRegistered
from shared.projections.read import Answered, Asked, Read

MOST_GRANTED = 200


class Decision(BaseModel):
    """What the decision rests on; null or empty is what there is not yet."""

    standing: Standing
    complaint: str | None = Field(description="What the customer complains of.")
    desired_remedy: str | None
    findings: Findings | None
    evidence: list[Piece]
    statements: list[Statement]
    options: list[Option]
    waiting: Waiting | None = Field(description="The remedy that waits for an approval, against the caller's limit.")
    approvals: list[Step] = Field(description="The steps of its approval that were taken.")
    granted: list[Granted] = Field(description="What this customer was granted as it counts against limits (N4).")
    similar: list[Similar]


async def answer(asked: Asked) -> Answered | None:
    """None if there is no such complaint, or none that the caller may see."""
    case = await case_of(asked)
    if case is None:
        return None
    said = [event for _, event in await events_of(asked, case.complaint_id)]
    registered = next((event for event in said if isinstance(event, ComplaintRegistered)), None)
    rows = await asked.rows(all_waiting().where(CASES.c.key == case.complaint_id))
    files = await files_of(asked, (case.person,))
    granted = await granted_under(asked, files, (case.complaint_id,))
    decision = Decision(
        standing=case,
        complaint=clear(registered.content) if registered else None,
        desired_remedy=clear(registered.desired_remedy) if registered else None,
        findings=findings(said),
        evidence=evidence(said),
        statements=statements(said),
        options=options(said, case.cycle),
        waiting=next(iter(await waiting(asked, rows)), None),
        approvals=approvals(said, case.digest),
        granted=list(counted_for(granted, files[case.person], case.complaint_id, asked.now))[:MOST_GRANTED],
        similar=await similar_to(asked, case),
    )
    return Answered(decision, (f"complaint:{case.complaint_id}", case.person))


READ = Read(
    path="/complaints/{complaint}/decision",
    may=(*APPROVING, "compliance_officer"),
    model=Decision,
    summary="What an approver decides by: findings, evidence, options, own limit, what was given, similar cases",
    answer=answer,
    purpose=True,
)
