"""Which cases are being investigated, by whom, how far they are, and by when they are due."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, computed_field
from sqlalchemy import ColumnElement, Table, and_, exists, func, or_

from services.investigation.views import SCOPE, open_to
from shared.events import intake
from shared.events import investigation as facts
from shared.events.callback import ComplaintClosed, ComplaintReopened
from shared.events.directory import StaffLeft
from shared.events.vocabulary import Severity, Verdict
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.scope import STAFF
from shared.projections.view import Add, Append, At, Question, Upsert, View, flag, moment, number, text, texts

VIEW = View(
    name="cases",
    version=2,
    columns=(
        text("complaint_id"),
        text("stage"),
        flag("withdrawal_pending"),
        number("awaited"),
        text("investigator"),
        texts("barred"),
        text("severity"),
        number("cycle"),
        moment("opened_at"),
        moment("due_at"),
        moment("submitted_at"),
        text("verdict"),
        text("cause"),
        number("evidence_count"),
        moment("updated_at"),
        *SCOPE,
    ),
    indexes=(("department", "stage", "due_at"), ("investigator", "due_at"), ("opened_at",)),
)

Stage = Literal[
    "awaiting_department", "awaiting_investigator", "investigating", "replacement_needed", "findings_submitted",
    "findings_accepted", "closed", "withdrawn", "referred", "registered_in_error",
]  # fmt: skip
WORKED_ON = ("awaiting_investigator", "investigating", "replacement_needed", "findings_submitted")
"""Stages in which the department has something to do."""


class Case(BaseModel):
    """One complaint as its investigation stands."""

    complaint_id: UUID
    department: str
    """The responsible department."""
    stage: Stage
    withdrawal_pending: Annotated[bool, BeforeValidator(bool)]
    awaited: Annotated[int, BeforeValidator(lambda counted: counted or 0)]
    """How many answers of the customer or of somebody outside are still to come."""
    investigator: str | None
    severity: Annotated[Severity, BeforeValidator(lambda known: known or "ordinary")]
    restricted: Annotated[bool, BeforeValidator(bool)]
    cycle: int
    opened_at: datetime
    """When the investigation of this cycle began; of the last cycle while a department is awaited."""
    due_at: datetime | None
    """Until when the customer was asked for time (F07); a house rule where nobody asked."""
    verdict: Verdict | None
    """As submitted; empty again when the findings are returned."""
    cause: str | None
    evidence_count: int | None
    """Pieces of all cycles, superseded ones too."""
    submitted_at: datetime | None
    updated_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Stage | Literal["withdrawal_pending", "awaiting_info"]:
        """The stage, and what it waits for beside."""
        if self.withdrawal_pending:
            return "withdrawal_pending"
        return "awaiting_info" if self.stage == "investigating" and self.awaited else self.stage


@VIEW.on(intake.ComplaintClassified, intake.ComplaintReclassified)
def classified(event: intake.Classified, at: At) -> list[Upsert]:
    """Special stays special and restricted stays restricted, whatever a later classification says."""
    graver: dict[str, Any] = {"severity": "special"} if event.severity == "special" else {}
    closer: dict[str, Any] = {"restricted": True} if event.restricted else {}
    return [Upsert(at.subject_id, **graver, **closer), *_barred(event.complained_of, at)]


@VIEW.on(intake.ComplaintEscalatedToSpecial)
def escalated(event: intake.ComplaintEscalatedToSpecial, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="special")


@VIEW.on(intake.ComplaintDowngraded)
def downgraded(event: intake.ComplaintDowngraded, at: At) -> Upsert:
    return Upsert(at.subject_id, severity="ordinary")


@VIEW.on(intake.ComplaintEstablished, intake.JudgementOverturned)
def established(event: intake.ComplaintEstablished | intake.JudgementOverturned, at: At) -> Upsert:
    return Upsert(at.subject_id, due_at=event.at + timedelta(days=event.days_asked))


@VIEW.on(intake.ComplaintTakenOver)
def taken_over(event: intake.ComplaintTakenOver, at: At) -> Upsert:
    return Upsert(at.subject_id, due_at=event.at + INVESTIGATED_WITHIN)


@VIEW.on(intake.ResponsibleDepartmentAssigned)
def department_assigned(event: intake.ResponsibleDepartmentAssigned, at: At) -> list[Upsert]:
    return _barred(event.recused, at)


@VIEW.on(intake.WithdrawalRequested)
def withdrawal_requested(event: intake.WithdrawalRequested, at: At) -> Upsert:
    return Upsert(at.subject_id, withdrawal_pending=True, updated_at=event.at)


@VIEW.on(intake.WithdrawalDenied)
def withdrawal_denied(event: intake.WithdrawalDenied, at: At) -> Upsert:
    return Upsert(at.subject_id, withdrawal_pending=False, updated_at=event.at)


def _ends(stage: Stage) -> Callable[[Any, At], Upsert]:
    return lambda event, at: Upsert(
        at.subject_id, stage=stage, withdrawal_pending=False, awaited=0, updated_at=event.at
    )


VIEW.on(ComplaintClosed)(_ends("closed"))
VIEW.on(intake.ComplaintWithdrawn)(_ends("withdrawn"))
VIEW.on(intake.ComplaintReferred)(_ends("referred"))
VIEW.on(intake.RegisteredInError)(_ends("registered_in_error"))


@VIEW.on(ComplaintReopened)
def reopened(event: ComplaintReopened, at: At) -> Upsert:
    """The new cycle begins with nothing but the evidence of before; where the findings stand, they go on standing."""
    graver: dict[str, Any] = {"severity": "special"} if event.special else {}
    cycle = {"cycle": event.cycle, "withdrawal_pending": False, "awaited": 0, "updated_at": event.at}
    if event.stage == "resolution":
        return Upsert(at.subject_id, stage="findings_accepted", **cycle, **graver)
    nothing = dict.fromkeys(("investigator", "verdict", "cause", "submitted_at"))
    due_at = event.at + INVESTIGATED_WITHIN
    return Upsert(at.subject_id, stage="awaiting_department", due_at=due_at, **cycle, **nothing, **graver)


@VIEW.on(facts.InvestigationOpened, facts.InvestigationReopened)
def opened(event: facts.InvestigationOpened | facts.InvestigationReopened, at: At) -> Upsert:
    return Upsert(
        at.subject_id,
        complaint_id=at.subject_id,
        department=event.department,
        stage="awaiting_investigator",
        cycle=event.cycle,
        opened_at=event.at,
        updated_at=event.at,
    )


@VIEW.on(facts.InvestigatorAssigned)
def assigned(event: facts.InvestigatorAssigned, at: At) -> Upsert:
    return Upsert(at.subject_id, stage="investigating", investigator=event.investigator, updated_at=event.at)


@VIEW.on(facts.InvestigatorReplaced)
def replaced(event: facts.InvestigatorReplaced, at: At) -> Upsert:
    """Cause and findings start anew with the other investigator."""
    nothing = dict.fromkeys(("verdict", "cause", "submitted_at"))
    investigator = event.investigator
    return Upsert(at.subject_id, stage="investigating", investigator=investigator, updated_at=event.at, **nothing)


@VIEW.on(facts.ConflictDeclared)
def conflict_declared(event: facts.ConflictDeclared, at: At) -> Upsert:
    needed = {"stage": "replacement_needed"} if event.replacement_needed else {}
    declared = Append(event.person)
    return Upsert(at.subject_id, conflicted=declared, barred=declared, updated_at=event.at, **needed)


@VIEW.on(facts.EvidenceAdded)
def evidence_added(event: facts.EvidenceAdded, at: At) -> Upsert:
    return Upsert(at.subject_id, evidence_count=Add(1), updated_at=event.at)


@VIEW.on(facts.InformationRequested)
def requested(event: facts.InformationRequested, at: At) -> Upsert:
    return Upsert(at.subject_id, awaited=Add(_outside(event)), updated_at=event.at)


@VIEW.on(facts.InformationReceived)
def received(event: facts.InformationReceived, at: At) -> Upsert:
    settled = event.complete or event.given_up
    return Upsert(at.subject_id, awaited=Add(-_outside(event) if settled else 0), updated_at=event.at)


def _outside(event: facts.InformationRequested | facts.InformationReceived) -> int:
    return int(event.of in ("customer", "third_party"))


@VIEW.on(facts.CauseIdentified)
def cause_identified(event: facts.CauseIdentified, at: At) -> Upsert:
    return Upsert(at.subject_id, cause=event.cause, updated_at=event.at)


@VIEW.on(facts.FindingsSubmitted)
def submitted(event: facts.FindingsSubmitted, at: At) -> Upsert:
    stage, verdict = "findings_submitted", event.verdict
    return Upsert(at.subject_id, stage=stage, verdict=verdict, submitted_at=event.at, updated_at=event.at)


@VIEW.on(facts.FindingsReturned)
def returned(event: facts.FindingsReturned, at: At) -> Upsert:
    return Upsert(at.subject_id, stage="investigating", verdict=None, submitted_at=None, updated_at=event.at)


@VIEW.on(facts.FindingsAccepted)
def accepted(event: facts.FindingsAccepted, at: At) -> Upsert:
    found = {"verdict": event.verdict, "cause": event.cause}
    return Upsert(at.subject_id, stage="findings_accepted", updated_at=event.at, **found)


@VIEW.on(StaffLeft)
def left(event: StaffLeft, at: At) -> Upsert:
    """A row of the leaver's own: whatever they investigate needs somebody else."""
    return Upsert(at.subject)


def _barred(staff: tuple[str, ...], at: At) -> list[Upsert]:
    return [Upsert(at.subject_id, barred=Append(each)) for each in staff]


def ever_opened(table: Table, actor: Any) -> ColumnElement[bool]:
    """A complaint that was only classified, or answered courteously, was never investigated: it is no case here."""
    return and_(table.c.opened_at.is_not(None), open_to(table, actor))


def _worked_on(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(ever_opened(table, actor), table.c.stage.in_(WORKED_ON), table.c.department == actor.department)


def mine(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(ever_opened(table, actor), table.c.stage.in_(WORKED_ON), table.c.investigator == actor.id)


def waiting_for_acceptance(table: Table, actor: Any) -> ColumnElement[bool]:
    return and_(_worked_on(table, actor), table.c.stage == "findings_submitted")


def without_investigator(table: Table, actor: Any) -> ColumnElement[bool]:
    """None was named yet, or the one who was has an interest in the case or has left. Ties by reporting lines show only
    when somebody acts: lines are the directory's.
    """
    leaver: Any = table.alias()
    unfit = or_(
        table.c.stage.in_(("awaiting_investigator", "replacement_needed")),
        func.array_position(table.c.barred, table.c.investigator).is_not(None),
        exists().where(leaver.c.key == "staff:" + table.c.investigator),
    )
    return and_(_worked_on(table, actor), unfit)


VIEW.ask(
    Question(
        path="/cases/{complaint_id}",
        may=STAFF,
        model=Case,
        summary="One case as its investigation stands",
        one=True,
        where=ever_opened,
    )
)
VIEW.ask(
    Question(
        path="/cases",
        may=STAFF,
        model=Case,
        summary="Cases, oldest first",
        filters=("department", "stage", "investigator", "severity"),
        order="opened_at",
        where=ever_opened,
    )
)
for _path, _may, _summary, _where in (
    ("investigations", ("investigator",), "What I investigate, the earliest due first", mine),
    ("cases", ("department_lead", "investigator"), "What my department works on, the earliest due first", _worked_on),
    ("findings", ("department_lead",), "Findings that wait for my department's lead", waiting_for_acceptance),
    ("unassigned", ("department_lead",), "Cases of my department that need an investigator", without_investigator),
):
    VIEW.ask(
        Question(
            path=f"/worklists/{_path}",
            may=_may,
            model=Case,
            summary=_summary,
            filters=("stage", "severity"),
            ranges=("due_at",),
            order="due_at",
            where=_where,
        )
    )
