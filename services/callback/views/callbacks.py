"""Which customers are to be called back, by when and at which hours, and how the calls went."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, computed_field
from sqlalchemy import ColumnElement, Table, and_, or_, true

from services.callback.limits import call_windows, sampled
from services.callback.views import scope_of
from shared.events import callback, intake, resolution
from shared.events.base import Event
from shared.events.investigation import ConflictDeclared
from shared.events.vocabulary import AttemptOutcome, Hours, Severity
from shared.packs.hours import Window
from shared.projections.scope import STAFF, conflict_declared, unrestricted
from shared.projections.view import Add, Append, At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="callbacks",
    version=4,
    columns=(
        text("complaint_id"),
        text("number"),
        text("status"),
        moment("scheduled_at"),
        moment("due_at"),
        moment("call_by"),
        moment("slot_begin"),
        moment("slot_end"),
        moment("call_again_at"),
        text("time_zone"),
        text("hours_begin"),
        text("hours_end"),
        flag("overdue"),
        number("missed"),
        number("attempts"),
        text("last_outcome"),
        moment("last_attempt_at"),
        flag("sampled"),
        flag("audited"),
        flag("review_open"),
        flag("closed"),
        text("severity"),
        flag("restricted"),
        texts("conflicted"),
        text("department"),
        number("cycle"),
        texts("handled_by"),
    ),
    indexes=(("status", "call_by"), ("call_by",), ("due_at",)),
)

Status = Literal[
    "due", "attempting", "reached", "satisfied", "dissatisfied", "unreachable", "reaffirmed", "untrue", "reopened",
    "closed", "summarised", "archived",
]  # fmt: skip
_ANSWERED = ("satisfied", "dissatisfied", "unreachable", "reaffirmed")


class CallbackDue(BaseModel):
    """The callback of one complaint, in its current cycle."""

    complaint_id: UUID
    number: str
    """What people call the complaint by."""
    status: Status
    """`attempting` or `reached`: as the last call went. `untrue`: an audit found that it never went so."""
    scheduled_at: datetime | None
    due_at: datetime | None
    """Empty after a reopening, until the next cycle's callback is scheduled."""
    call_by: datetime | None
    """Before which instant the call must be made: due in rest hours means before these begin; a time agreed with the
    customer means before its end."""
    slot_begin: datetime | None
    """From when on the customer agreed to be called, and until when."""
    slot_end: datetime | None
    call_again_at: datetime | None
    """When the customer, who asked to be called later, wants to be called."""
    time_zone: str
    """By whose clock the customer lives."""
    hours_begin: str | None
    """The customer's own hours; empty where the house's hold."""
    hours_end: str | None
    overdue: bool
    """This cycle's due instant went by without a result. A later result does not undo it (N12)."""
    missed: int | None
    """How many callbacks of this complaint were not made in time, in all cycles."""
    attempts: int
    """In this cycle, those included that an audit found untrue."""
    last_outcome: AttemptOutcome | None
    last_attempt_at: datetime | None
    sampled: bool
    """Its record is audited even if the complaint is ordinary (F49)."""
    audited: bool
    review_open: bool
    closed: bool
    severity: Severity
    restricted: bool
    department: str | None
    """The responsible department; empty after a courtesy reply, since none was responsible."""
    cycle: int
    handled_by: list[str]
    """None of them makes the call (N8): who handled or investigated it, and of whom a record was found untrue."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def windows(self) -> list[str]:
        """When the customer may be called until it is due: ISO 8601 intervals in UTC, the time agreed with them first.
        The first that is not over is the next."""
        agreed = [Window(self.slot_begin, self.slot_end)] if self.slot_begin and self.slot_end else []
        own = Hours(begin=self.hours_begin, end=self.hours_end) if self.hours_begin and self.hours_end else None
        since, until = self.scheduled_at, self.due_at
        permitted = call_windows(own, self.time_zone, since, until) if since and until else ()
        return [f"{each.begin.isoformat()}/{each.end.isoformat()}" for each in (*agreed, *permitted)]


_BEFORE_ANY_CALL: dict[str, Any] = {
    "overdue": False,
    "attempts": 0,
    "last_outcome": None,
    "last_attempt_at": None,
    "call_again_at": None,
    "slot_begin": None,
    "slot_end": None,
    "audited": False,
    "closed": False,
}


@VIEW.on(intake.ComplaintRegistered)
def registered(event: intake.ComplaintRegistered, at: At) -> Upsert:
    """The row is laid out from the start, so that a restriction shows in it whenever it comes."""
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        number=event.number,
        time_zone=event.time_zone,
        **_hours(event.call_hours),
        severity="ordinary",
        restricted=False,
        review_open=False,
        cycle=1,
        sampled=sampled(at.subject_id, 1),
        handled_by=[],
        **_BEFORE_ANY_CALL,
    )


def _hours(hours: Hours | None) -> dict[str, str | None]:
    begin, end = (None, None) if hours is None else (hours.begin, hours.end)
    return {"hours_begin": begin, "hours_end": end}


@VIEW.on(intake.RegistrationCorrected)
def corrected(event: intake.RegistrationCorrected, at: At) -> Upsert | None:
    if event.field == "call_hours":
        return Upsert(at.subject_id, **_hours(event.call_hours))
    if event.field == "time_zone" and event.time_zone is not None:
        return Upsert(at.subject_id, time_zone=event.time_zone)
    return None


@VIEW.on(callback.CallbackHoursChanged)
def hours_changed(event: callback.CallbackHoursChanged, at: At) -> Upsert:
    return Upsert(at.subject_id, call_by=event.call_by)


@VIEW.on(
    intake.ComplaintClassified, intake.ComplaintReclassified, intake.ComplaintTakenOver, intake.CourtesyReplySent,
    resolution.ResolutionConcluded,
)  # fmt: skip
def classified(event: Any, at: At) -> Upsert:
    """Only upwards: what ended the handling may rest on an older classification than the one shown (N16, N22)."""
    graver = {"severity": "special"} if getattr(event, "severity", None) == "special" else {}
    return Upsert(at.subject_id, **scope_of(event), **graver)


@VIEW.on(intake.ComplaintEscalatedToSpecial, intake.ComplaintDowngraded)
def another_class(event: intake.ComplaintEscalatedToSpecial | intake.ComplaintDowngraded, at: At) -> Upsert:
    graver = isinstance(event, intake.ComplaintEscalatedToSpecial)
    return Upsert(at.subject_id, severity="special" if graver else "ordinary")


@VIEW.on(callback.CallbackScheduled)
def scheduled(event: callback.CallbackScheduled, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="due",
        scheduled_at=event.at,
        due_at=event.due_at,
        call_by=event.call_by or event.due_at,
        cycle=event.cycle,
        handled_by=list(dict.fromkeys((*event.handled_by, *event.investigators))),
        **_BEFORE_ANY_CALL,
    )


@VIEW.on(callback.CallbackRescheduled)
def rescheduled(event: callback.CallbackRescheduled, at: At) -> Upsert:
    return Upsert(at.subject_id, slot_begin=event.begin, slot_end=event.end, call_by=event.end)


@VIEW.on(callback.CallbackDeadlinePassed)
def deadline_passed(event: callback.CallbackDeadlinePassed, at: At) -> Upsert:
    """Written down only after a reopening, it counts, but it does not make the new cycle overdue."""
    if event.superseded:
        return Upsert(at.subject_id, missed=Add(1))
    return Upsert(at.subject_id, missed=Add(1), overdue=True)


@VIEW.on(callback.CallbackAttempted)
def attempted(event: callback.CallbackAttempted, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        status="reached" if event.outcome == "reached" else "attempting",
        attempts=Add(1),
        last_outcome=event.outcome,
        last_attempt_at=event.at,
        call_again_at=event.call_again_at,
        audited=False,
    )


@VIEW.on(callback.CallbackRecordAudited)
def audited(event: callback.CallbackRecordAudited, at: At) -> Upsert | None:
    """Untrue, the call is to be made anew, by another; what is closed stays so until a lead reopens it."""
    if not event.truthful:
        untrue = {"status": "untrue", "audited": False} if event.result_void else {}
        return Upsert(at.subject_id, handled_by=Append(event.caller), **untrue)
    return Upsert(at.subject_id, audited=True) if event.finished else None


_STATUS: dict[type[Event], Status] = {
    callback.CustomerSatisfied: "satisfied",
    callback.CustomerDissatisfied: "dissatisfied",
    callback.UnreachableConcluded: "unreachable",
    callback.FinalPositionReaffirmed: "reaffirmed",
    callback.ComplaintClosed: "closed",
    callback.CaseSummarised: "summarised",
    callback.ComplaintArchived: "archived",
}


@VIEW.on(*_STATUS)
def went_on(event: Any, at: At) -> Upsert:
    closed = {"closed": True} if isinstance(event, callback.ComplaintClosed) else {}
    return Upsert(at.subject_id, status=_STATUS[type(event)], **closed)


@VIEW.on(callback.ComplaintReopened)
def reopened(event: callback.ComplaintReopened, at: At) -> Upsert:
    """Nothing of the earlier cycle's callback counts any more (N24)."""
    graver = {"severity": "special"} if event.special else {}
    return Upsert(
        at.subject_id,
        status="reopened",
        scheduled_at=None,
        due_at=None,
        call_by=None,
        cycle=event.cycle,
        sampled=sampled(at.subject_id, event.cycle),
        **graver,
        **_BEFORE_ANY_CALL,
    )


@VIEW.on(callback.ReviewRequested, callback.ReviewDecided)
def review(event: callback.ReviewRequested | callback.ReviewDecided, at: At) -> Upsert:
    return Upsert(at.subject_id, review_open=isinstance(event, callback.ReviewRequested))


VIEW.on(ConflictDeclared)(conflict_declared)


def _shown(table: Table, actor: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    scope = unrestricted(table, actor)
    return condition if scope is None else and_(condition, scope)


def once_scheduled(table: Table, actor: Any) -> ColumnElement[bool]:
    """Until a callback is scheduled, or the complaint is archived without one, there is nothing to show."""
    return _shown(table, actor, table.c.status.is_not(None))


def still_due(table: Table, actor: Any) -> ColumnElement[bool]:
    """A worklist has no place for a complaint that was reopened and is being handled again, or that is closed."""
    begun = and_(table.c.status.is_not(None), table.c.due_at.is_not(None))
    return _shown(table, actor, and_(begun, table.c.closed.is_not(true())))


def to_close(table: Table, actor: Any) -> ColumnElement[bool]:
    """The customer has answered or was given up, and no review stands in the way; or the closing is groundless."""
    answered = and_(table.c.status.in_(_ANSWERED), table.c.review_open.is_not(true()))
    groundless = and_(table.c.status == "untrue", table.c.closed == true())
    return _shown(table, actor, or_(answered, groundless))


def to_audit(table: Table, actor: Any) -> ColumnElement[bool]:
    """Every special one, and those of the sample, once there is a result; before it is archived (F49)."""
    complete = table.c.status.in_((*_ANSWERED, "closed", "summarised"))
    wanted = or_(table.c.severity == "special", table.c.sampled == true())
    return _shown(table, actor, and_(complete, wanted, table.c.audited.is_not(true())))


VIEW.ask(
    Question(
        path="/callbacks/{complaint_id}",
        may=STAFF,
        model=CallbackDue,
        summary="The callback of one complaint",
        one=True,
        where=once_scheduled,
    )
)
VIEW.ask(
    Question(
        path="/worklists/callbacks",
        may=STAFF,
        model=CallbackDue,
        summary="Callbacks of complaints that are not closed, those that must be made first at the top",
        filters=("status", "department", "overdue"),
        ranges=("call_by",),
        order="call_by",
        where=still_due,
    )
)
VIEW.ask(
    Question(
        path="/worklists/closings",
        may=STAFF,
        model=CallbackDue,
        summary="Complaints whose callback is answered or given up: to be closed, reopened or reaffirmed",
        filters=("status", "department"),
        order="last_attempt_at",
        where=to_close,
    )
)
VIEW.ask(
    Question(
        path="/worklists/callback-audits",
        may=STAFF,
        model=CallbackDue,
        summary="Callback records to be audited",
        filters=("severity", "department"),
        order="last_attempt_at",
        where=to_audit,
    )
)
