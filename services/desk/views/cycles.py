"""How did each cycle of a complaint end, by when should it have, and what did the customer say?"""

from datetime import datetime, timedelta
from typing import Any

from shared.events import callback, intake, resolution
from shared.events.base import ComplaintEvent
from shared.projections.view import At, Upsert, View, flag, minor_units, moment, number, text

VIEW = View(
    name="cycles",
    version=1,
    columns=(
        text("complaint_id"),
        number("cycle"),
        moment("began_at"),
        text("judged"),
        moment("judged_at"),
        moment("decide_by"),
        moment("decided_at"),
        text("outcome"),
        text("verdict"),
        text("cause"),
        text("department"),
        minor_units("amount"),
        text("currency"),
        moment("callback_due_at"),
        moment("reached_at"),
        moment("answered_at"),
        text("answer"),
        number("timeliness"),
        number("professionalism"),
        number("effectiveness"),
        number("attitude"),
        flag("unreachable"),
        text("closing"),
        moment("closed_at"),
        moment("reopened_at"),
        text("reopened_for"),
    ),
    indexes=(("complaint_id",), ("decided_at",), ("callback_due_at",), ("judged_at",), ("decide_by",)),
)
"""One row a cycle: what ended in one month stays what it was, whatever a reopening brings (domain 3, lesson 28)."""


def _row(event: ComplaintEvent, at: At, **values: Any) -> Upsert:
    return _of_cycle(event.cycle, at, **values)


def _of_cycle(cycle: int, at: At, **values: Any) -> Upsert:
    return Upsert(f"{at.subject_id}/{cycle}", complaint_id=at.subject_id, cycle=cycle, **values)


@VIEW.on(intake.ComplaintRegistered)
def registered(event: intake.ComplaintRegistered, at: At) -> Upsert:
    return _row(event, at, began_at=event.received_at)


@VIEW.on(intake.ComplaintEstablished, intake.JudgementOverturned)
def established(event: intake.ComplaintEstablished | intake.JudgementOverturned, at: At) -> Upsert:
    """The time asked of the customer (F07) is by when it is to be decided."""
    return _row(
        event, at, judged="established", judged_at=event.at, decide_by=_after(event.at, event.days_asked),
        department=event.department,
    )  # fmt: skip


def _after(at: datetime, days: int) -> datetime:
    return at + timedelta(days=days)


@VIEW.on(intake.ComplaintNotEstablished)
def not_established(event: intake.ComplaintNotEstablished, at: At) -> Upsert:
    return _row(event, at, judged="not_established", judged_at=event.at)


@VIEW.on(intake.CourtesyReplySent)
def replied(event: intake.CourtesyReplySent, at: At) -> Upsert:
    return _row(event, at, decided_at=event.at, outcome="not_established")


@VIEW.on(intake.ComplaintReferred)
def referred(event: intake.ComplaintReferred, at: At) -> Upsert:
    return _row(event, at, decided_at=event.at, outcome="referred")


@VIEW.on(intake.ComplaintWithdrawn)
def withdrawn(event: intake.ComplaintWithdrawn, at: At) -> Upsert:
    return _row(event, at, decided_at=event.at, outcome="withdrawn")


@VIEW.on(intake.RegisteredInError)
def in_error(event: intake.RegisteredInError, at: At) -> Upsert:
    return _row(event, at, decided_at=event.at, outcome="in_error")


@VIEW.on(resolution.ResolutionConcluded)
def concluded(event: resolution.ResolutionConcluded, at: At) -> Upsert:
    return _row(
        event,
        at,
        decided_at=event.at,
        outcome=event.outcome,
        verdict=event.verdict,
        cause=event.cause,
        department=event.department,
        amount=event.total.minor,
        currency=event.total.currency,
    )


@VIEW.on(callback.CallbackScheduled)
def callback_due(event: callback.CallbackScheduled, at: At) -> Upsert:
    return _row(event, at, callback_due_at=event.due_at)


@VIEW.on(callback.CallbackAttempted)
def attempted(event: callback.CallbackAttempted, at: At) -> Upsert | None:
    return _row(event, at, reached_at=event.at) if event.outcome == "reached" else None


@VIEW.on(callback.CustomerSatisfied, callback.CustomerDissatisfied)
def answered(event: callback.CustomerSatisfied | callback.CustomerDissatisfied, at: At) -> Upsert:
    answer = "satisfied" if isinstance(event, callback.CustomerSatisfied) else "dissatisfied"
    return _row(event, at, answered_at=event.at, answer=answer, **event.scores.model_dump())


@VIEW.on(callback.CallbackRecordAudited)
def audited(event: callback.CallbackRecordAudited, at: At) -> Upsert | None:
    """An untrue record counts no more (F49): neither that the customer was reached nor what they said."""
    if event.truthful:
        return None
    void = ("reached_at", "answered_at", "answer", "timeliness", "professionalism", "effectiveness", "attitude")
    return _row(event, at, **dict.fromkeys(void))


@VIEW.on(callback.UnreachableConcluded)
def unreachable(event: callback.UnreachableConcluded, at: At) -> Upsert:
    return _row(event, at, unreachable=True)


@VIEW.on(callback.ComplaintClosed)
def closed(event: callback.ComplaintClosed, at: At) -> Upsert:
    return _row(event, at, closing=event.outcome, closed_at=event.at)


@VIEW.on(callback.ComplaintReopened)
def reopened(event: callback.ComplaintReopened, at: At) -> tuple[Upsert, Upsert]:
    """The one cycle is told that it was reopened, the next begins."""
    before = _of_cycle(event.cycle - 1, at, reopened_at=event.at, reopened_for=event.reason)
    return before, _row(event, at, began_at=event.at)
