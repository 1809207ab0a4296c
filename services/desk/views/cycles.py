"""How did each cycle of a complaint end, by when should it have, and what did the customer say?"""

from datetime import timedelta
from typing import Any, Final

from shared.events import callback, intake, investigation, resolution
from shared.events.base import ComplaintEvent
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.view import At, Upsert, View, minor_units, moment, number, text

VIEW = View(
    name="cycles",
    version=2,
    columns=(
        text("complaint_id"),
        number("cycle"),
        moment("began_at"),
        text("classified"),
        text("judged"),
        moment("judged_at"),
        moment("decide_by"),
        moment("decided_at"),
        text("outcome"),
        text("verdict"),
        text("cause"),
        text("category"),
        text("department"),
        minor_units("amount"),
        text("currency"),
        moment("reversed_at"),
        moment("callback_due_at"),
        moment("postponed_to"),
        moment("missed_at"),
        moment("answered_at"),
        text("answer"),
        number("timeliness"),
        number("professionalism"),
        number("effectiveness"),
        number("attitude"),
        moment("unreachable_at"),
        text("closing"),
        moment("closed_at"),
        moment("reopened_at"),
        text("reopened_for"),
        moment("due_at"),
        moment("done_at"),
    ),
    indexes=(
        ("complaint_id", "cycle"), ("decided_at",), ("due_at",), ("judged_at",), ("decide_by",), ("answered_at",),
        ("closed_at",), ("reopened_at",),
    ),
    derived={
        "due_at": lambda row: row["missed_at"] or _latest(row["callback_due_at"], row["postponed_to"]),
        "done_at": lambda row: _earliest(row["answered_at"], row["unreachable_at"]),
        "category": lambda row: row["category"] or (row["decided_at"] and row["classified"]),
    },
)  # fmt: skip
"""One row a cycle: what ended in one month stays what it was, whatever a reopening brings (domain 3, lesson 28).

`category`: as it was classified when it was decided; `classified`: last in this cycle. `due_at`: by when the customer
was to be called at the latest, which they alone can put off, and not once it is missed (N12); `done_at`: when they
answered or were given up.
"""

_VOID: Final = ("answered_at", "answer", "timeliness", "professionalism", "effectiveness", "attitude", "unreachable_at")


def _earliest(*moments: Any) -> Any:
    return min((each for each in moments if each is not None), default=None)


def _latest(*moments: Any) -> Any:
    return max((each for each in moments if each is not None), default=None)


def _row(event: ComplaintEvent, at: At, **values: Any) -> Upsert:
    return _of_cycle(event.cycle, at, **values)


def _of_cycle(cycle: int, at: At, **values: Any) -> Upsert:
    return Upsert(f"{at.subject_id}/{cycle}", complaint_id=at.subject_id, cycle=cycle, **values)


@VIEW.on(intake.ComplaintRegistered)
def registered(event: intake.ComplaintRegistered, at: At) -> Upsert:
    return _row(event, at, began_at=event.received_at)


@VIEW.on(intake.ComplaintTakenOver)
def taken_over(event: intake.ComplaintTakenOver, at: At) -> Upsert | None:
    """Nobody here asked the customer for time, so that a house rule says by when it is decided."""
    if event.stage != "established":
        return None
    return _row(event, at, decide_by=event.at + INVESTIGATED_WITHIN, department=event.department)


@VIEW.on(intake.RegistrationCorrected)
def corrected(event: intake.RegistrationCorrected, at: At) -> Upsert | None:
    return _of_cycle(1, at, began_at=event.received_at) if event.field == "received_at" else None


@VIEW.on(intake.ComplaintClassified, intake.ComplaintReclassified)
def classified(event: intake.Classified, at: At) -> Upsert:
    return _row(event, at, classified=event.category)


@VIEW.on(intake.ComplaintEstablished, intake.JudgementOverturned)
def established(event: intake.ComplaintEstablished | intake.JudgementOverturned, at: At) -> Upsert:
    """The time asked of the customer (F07) is by when it is to be decided."""
    return _row(
        event, at, judged="established", judged_at=event.at, decide_by=event.at + timedelta(days=event.days_asked),
        department=event.department,
    )  # fmt: skip


@VIEW.on(
    intake.ResponsibleDepartmentAssigned, investigation.InvestigationOpened, investigation.InvestigationReopened
)  # fmt: skip
def of_department(event: Any, at: At) -> Upsert:
    return _row(event, at, department=event.department)


@VIEW.on(intake.CourtesyReplySent)
def replied(event: intake.CourtesyReplySent, at: At) -> Upsert:
    """Until the reply has left, what two persons found may be overturned: only now is it the firm's judgement."""
    return _decided(event, at, "not_established", judged="not_established", judged_at=event.at)


@VIEW.on(intake.ComplaintReferred)
def referred(event: intake.ComplaintReferred, at: At) -> Upsert:
    return _decided(event, at, "referred")


@VIEW.on(intake.ComplaintWithdrawn)
def withdrawn(event: intake.ComplaintWithdrawn, at: At) -> Upsert:
    return _decided(event, at, "withdrawn")


@VIEW.on(intake.RegisteredInError)
def in_error(event: intake.RegisteredInError, at: At) -> Upsert:
    return _decided(event, at, "in_error")


@VIEW.on(resolution.ResolutionConcluded)
def concluded(event: resolution.ResolutionConcluded, at: At) -> Upsert:
    return _decided(
        event,
        at,
        event.outcome,
        verdict=event.verdict,
        cause=event.cause,
        department=event.department,
        amount=event.total.minor,
        currency=event.total.currency,
    )


def _decided(event: ComplaintEvent, at: At, outcome: str, **values: Any) -> Upsert:
    return _row(event, at, decided_at=event.at, outcome=outcome, **values)


@VIEW.on(resolution.RemedyReversed)
def reversed_(event: resolution.RemedyReversed, at: At) -> Upsert:
    return _row(event, at, reversed_at=event.at)


@VIEW.on(callback.CallbackScheduled)
def callback_due(event: callback.CallbackScheduled, at: At) -> Upsert:
    return _row(event, at, callback_due_at=event.due_at)


@VIEW.on(callback.CallbackRescheduled)
def postponed(event: callback.CallbackRescheduled, at: At) -> Upsert | None:
    """Only a later call that the customer themself asked for puts anything off (F44)."""
    return _row(event, at, postponed_to=event.end) if event.past_due else None


@VIEW.on(callback.CallbackDeadlinePassed)
def missed(event: callback.CallbackDeadlinePassed, at: At) -> Upsert:
    return _row(event, at, missed_at=event.due_at)


@VIEW.on(callback.CustomerSatisfied, callback.CustomerDissatisfied)
def answered(event: callback.CustomerSatisfied | callback.CustomerDissatisfied, at: At) -> Upsert:
    answer = "satisfied" if isinstance(event, callback.CustomerSatisfied) else "dissatisfied"
    return _row(event, at, answered_at=event.at, answer=answer, **event.scores.model_dump())


@VIEW.on(callback.CallbackRecordAudited)
def audited(event: callback.CallbackRecordAudited, at: At) -> Upsert | None:
    """What the customer is said to have said, or that they can't be reached, counts no more if it is untrue (F49)."""
    return _row(event, at, **dict.fromkeys(_VOID)) if event.result_void else None


@VIEW.on(callback.UnreachableConcluded)
def unreachable(event: callback.UnreachableConcluded, at: At) -> Upsert:
    return _row(event, at, unreachable_at=event.at)


@VIEW.on(callback.ComplaintClosed)
def closed(event: callback.ComplaintClosed, at: At) -> Upsert:
    return _row(event, at, closing=event.outcome, closed_at=event.at)


@VIEW.on(callback.ComplaintReopened)
def reopened(event: callback.ComplaintReopened, at: At) -> tuple[Upsert, Upsert]:
    """The one cycle is told that it was reopened, the next begins. Where it is not judged anew, nobody asks the
    customer for time again, so that a house rule says by when it is decided."""
    before = _of_cycle(event.cycle - 1, at, reopened_at=event.at, reopened_for=event.reason)
    decide_by = None if event.stage == "judgement" else event.at + INVESTIGATED_WITHIN
    return before, _row(event, at, began_at=event.at, decide_by=decide_by)
