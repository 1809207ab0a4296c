"""Which remedy is on its way to an approval, on which terms, and who may not give it?"""

from collections.abc import Iterable, Iterator
from typing import Any

from shared.events import callback, intake, investigation, resolution
from shared.projections.view import Append, At, Change, Upsert, View, minor_units, moment, number, text, texts

VIEW = View(
    name="approvals",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        text("option"),
        text("digest"),
        text("kind"),
        minor_units("amount"),
        text("currency"),
        moment("execute_by"),
        text("proposer"),
        moment("submitted_at"),
        text("department"),
        text("verdict"),
        text("cause"),
        texts("proposers"),
        texts("investigators"),
        texts("approvers"),
        texts("executors"),
        texts("excluded"),
        texts("barred"),
    ),
)
"""One row a complaint, with the terms submitted last; whether they wait for an approval stands in `cases`.

`barred`: ever complained of, recused, or with a conflict of interest that they declared; `excluded`: by a reopening at
resolution; the others by what they did in this cycle (N3).
"""


def _each(at: At, column: str, people: Iterable[str]) -> Iterator[Change]:
    return (Upsert(at.subject_id, **{column: Append(person)}) for person in people)


@VIEW.on(intake.ComplaintClassified, intake.ComplaintReclassified)
def classified(event: intake.Classified, at: At) -> Iterator[Change]:
    return _each(at, "barred", event.complained_of)


@VIEW.on(intake.ResponsibleDepartmentAssigned)
def assigned(event: intake.ResponsibleDepartmentAssigned, at: At) -> Iterator[Change]:
    return _each(at, "barred", event.recused)


@VIEW.on(investigation.ConflictDeclared)
def conflict_declared(event: investigation.ConflictDeclared, at: At) -> Iterator[Change]:
    return _each(at, "barred", (event.person,))


@VIEW.on(investigation.FindingsAccepted)
def findings_accepted(event: investigation.FindingsAccepted, at: At) -> Iterator[Change]:
    """Who investigated is fixed."""
    yield Upsert(at.subject_id, investigators=list(dict.fromkeys((*event.investigators, event.submitted_by))))
    yield from _each(at, "barred", event.recused)


@VIEW.on(resolution.RemedyOptionProposed)
def proposed(event: resolution.RemedyOptionProposed, at: At) -> Iterator[Change]:
    """Whoever proposed any of the options, or in whose name it was, decides on none of them."""
    return _each(at, "proposers", event.hands)


@VIEW.on(resolution.RemedySubmitted)
def submitted(event: resolution.RemedySubmitted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        cycle=event.cycle,
        option=event.option,
        digest=event.digest,
        kind=event.kind,
        amount=event.amount.minor,
        currency=event.amount.currency,
        execute_by=event.execute_by,
        proposer=event.by,
        submitted_at=event.at,
        department=event.department,
        verdict=event.verdict,
        cause=event.cause,
        approvers=[],
        executors=[],
    )


@VIEW.on(resolution.RemedyApproved)
def approved(event: resolution.RemedyApproved, at: At) -> Iterator[Change]:
    return _each(at, "approvers", event.hands)


@VIEW.on(resolution.RemedyExecutionStarted, resolution.PaymentReconciled)
def executed(event: Any, at: At) -> Iterator[Change]:
    return _each(at, "executors", event.hands)


@VIEW.on(callback.ComplaintReopened)
def reopened(event: callback.ComplaintReopened, at: At) -> Upsert:
    """Nothing of the earlier cycle binds this one; at resolution, others decide than before (N24)."""
    excluded = list(event.excluded) if event.stage == "resolution" else []
    return Upsert(at.subject_id, proposers=[], approvers=[], executors=[], excluded=excluded)
