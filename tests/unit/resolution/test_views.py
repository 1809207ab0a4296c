"""What the screens show after each fact."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import postgresql

from services.resolution.authority import APPROVING
from services.resolution.views.accountability import of_their_department
from services.resolution.views.approvals import BasisOfDecision, WaitingRemedy, waiting_for
from services.resolution.views.payments import to_reconcile
from shared.decide import Actor
from shared.events.accountability import SCOPE, AccountabilityMeasureRecorded, AccountabilityMeasureRevoked
from shared.events.base import Event
from shared.events.intake import ComplaintDowngraded
from shared.events.investigation import ConflictDeclared, FindingsSubmitted
from shared.privacy.personal import Personal
from shared.projections.folding import changes_of
from shared.projections.folding import fold as folded
from shared.projections.view import At, View, text
from shared.reference.roles import READ_ALL
from tests.unit.resolution.case import case, paid
from tests.unit.resolution.examples import (
    AGENT,
    APPROVER,
    COMPLAINT,
    EXECUTOR,
    HR,
    IN_PARTS,
    INVESTIGATOR,
    LAPSES,
    LATER,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    OTHER_EXECUTOR,
    ROOMS,
    SOON,
    WAIVER,
    A,
    B,
    C,
    Told,
    classified,
    completed,
    final_position,
    found,
    made_special,
    overdue,
    raised,
    refused_rounds,
    reopened,
    sealed,
    withdrawal_granted,
    yuan,
)

ACCOUNTABILITY, ACTIONS, APPROVALS, EXECUTIONS, OFFERS, PAYMENTS, REMEDIES, RESOLUTIONS = ROOMS.views
Rows = dict[str, dict[str, Any]]
KEY = str(COMPLAINT)
_POSTGRES: Any = postgresql


def fold(view: View, *events: Event, subject: str = f"complaint:{COMPLAINT}") -> Rows:
    """The rows after these facts, step by step."""
    rows: Rows = {}
    for n, event in enumerate(events):
        at = At(UUID(int=n), subject, event.source, n + 1, NOON, getattr(event, "cycle", None))
        for change in changes_of(view, event, at):
            row = folded(view, rows.get(change.key), change, subject, 0)
            if row is None:
                rows.pop(change.key, None)
            else:
                rows[change.key] = row
    return rows


def row_of(view: View, *events: Event, key: str = KEY) -> dict[str, Any]:
    return fold(view, *events)[key]


def option(told: Told, *events: Event) -> dict[str, Any]:
    return row_of(REMEDIES, *events, key=f"{COMPLAINT}/{told.cycle}/{told.option}")


def test_an_option_is_a_row_of_its_complaint_cycle_and_id() -> None:
    row = option(IN_PARTS, *IN_PARTS.up_to_submission(), B.proposed())
    assert row["complaint_id"] == KEY
    assert (row["amount"], row["currency"], row["kind"], row["instalments"]) == (600_00, "CNY", "compensation", 2)
    assert (row["proposer"], row["digest"], row["department"]) == (OFFICER.id, IN_PARTS.digest, "cards")
    assert (row["description"], row["settlement"]) == ("pay back", False)
    assert REMEDIES.personal == {"description"}


def test_the_same_option_id_in_the_next_cycle_is_another_row() -> None:
    again = Told(cycle=2)
    events = (*A.up_to_the_end(), reopened(), *again.up_to_submission())
    assert (option(A, *events)["status"], option(again, *events)["status"]) == ("executed", "submitted")


STEPS: list[tuple[tuple[Event, ...], str]] = [
    ((found(), A.proposed()), "proposed"),
    ((found(), A.proposed(), A.taken_back()), "withdrawn"),
    (A.up_to_submission(), "submitted"),
    ((*A.up_to_submission(), A.approved(step=1, of=2)), "escalated"),
    (A.up_to_approval(), "approved"),
    (A.up_to_offer(), "offered"),
    (A.up_to_acceptance(), "accepted"),
    (A.up_to_start(), "executing"),
    ((*A.up_to_start(), A.failed()), "failed"),
    ((*A.up_to_start(), A.unknown()), "outcome_unknown"),
    ((*A.up_to_start(), A.stepped(), A.executed()), "executed"),
    ((*A.up_to_offer(), A.returned()), "returned"),
    ((*A.up_to_offer(), A.rejected()), "rejected"),
    ((*A.up_to_offer(), A.declined()), "declined"),
    ((*A.up_to_offer(), A.lapsed()), "lapsed"),
    (A.up_to_reversal(), "reversed"),
]


@pytest.mark.parametrize(("events", "expected"), STEPS, ids=[expected for _, expected in STEPS])
def test_an_option_shows_how_far_it_got(events: tuple[Event, ...], expected: str) -> None:
    assert option(A, *events)["status"] == expected


def test_an_option_shows_who_approved_it_and_who_did_last() -> None:
    first = (*A.up_to_submission(), A.approved(step=1, of=2))
    assert (option(A, *first)["approver"], option(A, *first)["approvers"]) == (None, [LEAD.id])
    both = option(A, *first, A.approved(APPROVER, step=2, of=2))
    assert (both["approver"], both["approvers"]) == (APPROVER.id, [LEAD.id, APPROVER.id])


def test_what_waits_for_approval_shows_what_it_is_decided_by() -> None:
    said = FindingsSubmitted(
        at=NOON, by=INVESTIGATOR.id, cycle=1, verdict="upheld", reasons=sealed("charged twice"), loss=yuan(600)
    )
    other = A.submitted().model_copy(update={"total": yuan(900), "execute_by": SOON})
    row = row_of(APPROVALS, said, found(), A.proposed(), other)
    assert (row["amount"], row["total"], row["proposer"], row["digest"]) == (600_00, 900_00, OFFICER.id, A.digest)
    assert (row["verdict"], row["cause"], row["severity"], row["loss"]) == ("upheld", "fee-error", "ordinary", 600_00)
    assert (row["submitted_at"], row["execute_by"], row["reasons"]) == (NOON, SOON, "charged twice")
    assert "reasons" in BasisOfDecision.model_fields and "reasons" not in WaitingRemedy.model_fields
    listed, whole = APPROVALS.questions
    assert (listed.path, listed.purpose, whole.path, whole.purpose) == (
        "/worklists/approvals", False, "/approvals/{complaint_id}", True
    )  # fmt: skip
    assert listed.may == whole.may == (*APPROVING, "compliance_officer")


def waits(*events: Event) -> tuple[int, str] | None:
    """The next step of the approval and the lowest role for it; None if none is left. As the question has it."""
    row = row_of(APPROVALS, *events)
    left = row["step"] <= row["of"] or (row["special"] is True and row["step"] <= 2)
    return (row["step"], row["role"]) if row["under_way"] and left else None


def test_it_waits_until_the_last_step_of_its_approval_is_taken() -> None:
    assert waits(*A.up_to_submission()) == (1, "department_lead")
    first = (*A.up_to_submission(), A.approved(step=1, of=2), A.escalated())
    assert waits(*first) == (2, "approver")
    assert row_of(APPROVALS, *first)["approved_by"] == [LEAD.id]
    assert waits(*first, A.approved(APPROVER, step=2, of=2)) is None
    assert waits(*A.up_to_approval()) is None
    for ended in (A.returned(), A.rejected(), withdrawal_granted(A.digest), reopened()):
        assert waits(*A.up_to_submission(), ended) is None
    assert waits(*A.up_to_submission(), A.returned(), B.proposed(), B.submitted()) == (1, "department_lead")


def test_what_becomes_special_after_its_approval_waits_again() -> None:
    assert waits(*A.up_to_acceptance(), made_special()) == (2, "approver")
    assert waits(classified(severity="special"), *A.up_to_approval()) == (2, "approver")
    downgraded = ComplaintDowngraded(at=LATER, by="triage-1", cycle=1, signed_off_by="c-1", reasons=sealed("a mistake"))
    assert waits(*A.up_to_acceptance(), made_special(), downgraded) is None
    assert waits(*A.up_to_acceptance(), made_special(), A.started()) is None


RESOLUTION_STEPS: list[tuple[tuple[Event, ...], str]] = [
    ((found(),), "open"),
    ((found(), A.proposed()), "open"),
    (A.up_to_submission(), "submitted"),
    ((*A.up_to_submission(), A.approved(step=1, of=2)), "escalated"),
    (A.up_to_approval(), "approved"),
    (A.up_to_offer(), "offered"),
    (A.up_to_acceptance(), "accepted"),
    (A.up_to_start(), "executing"),
    ((*A.up_to_start(), A.failed()), "failed"),
    ((*A.up_to_start(), A.unknown()), "outcome_unknown"),
    (A.up_to_the_end(), "concluded"),
    ((*A.up_to_offer(), A.returned()), "returned"),
    ((*A.up_to_offer(), A.rejected()), "rejected"),
    ((*A.up_to_offer(), A.declined()), "declined"),
    ((*A.up_to_offer(), A.lapsed()), "lapsed"),
    (A.up_to_reversal(), "reversed"),
    ((withdrawal_granted(),), "withdrawn"),
    ((*A.up_to_offer(), withdrawal_granted(A.digest)), "withdrawn"),
    ((*A.up_to_the_end(), reopened()), "reopened"),
    ((*A.up_to_the_end(), reopened(stage="resolution")), "open"),
    ((*A.up_to_the_end(), reopened(), found(cycle=2)), "open"),
]


@pytest.mark.parametrize(("events", "expected"), RESOLUTION_STEPS)
def test_a_resolution_shows_how_far_it_got(events: tuple[Event, ...], expected: str) -> None:
    assert row_of(RESOLUTIONS, *events)["status"] == expected


def test_a_concluded_resolution_shows_outcome_and_cost_until_it_is_reopened() -> None:
    row = row_of(RESOLUTIONS, *A.up_to_the_end())
    assert (row["outcome"], row["total"], row["currency"], row["cycle"]) == ("executed", 600_00, "CNY", 1)
    row = row_of(RESOLUTIONS, *A.up_to_the_end(), reopened())
    assert (row["outcome"], row["total"], row["currency"], row["cycle"]) == (None, None, None, 2)
    assert (row["department"], row["restricted"]) == ("cards", None)
    row = row_of(RESOLUTIONS, *NOTHING.up_to_the_end())
    assert (row["outcome"], row["total"]) == ("no_remedy", 0)


def test_a_resolution_counts_the_rounds_of_its_cycle() -> None:
    assert row_of(RESOLUTIONS, *refused_rounds(A, B, C))["rounds"] == 3
    assert row_of(RESOLUTIONS, *refused_rounds(A, B), final_position(), reopened(stage="resolution"))["rounds"] == 0


def test_a_complaint_that_is_judged_anew_makes_no_row_here() -> None:
    assert fold(RESOLUTIONS, reopened(stage="judgement")) == {}


def test_an_offer_stands_until_it_is_answered_or_taken_back() -> None:
    row = row_of(OFFERS, *A.up_to_offer())
    assert (row["stands"], row["lapses_at"], row["amount"], row["proof"]) == (True, LAPSES, 600_00, "post-1")
    assert row_of(OFFERS, *A.up_to_approval())["stands"] is False
    for ended in (A.accepted(), A.declined(), A.lapsed(), A.returned(), A.rejected(), withdrawal_granted(A.digest)):
        assert row_of(OFFERS, *A.up_to_offer(), ended)["stands"] is False
    assert row_of(OFFERS, *NOTHING.up_to_the_end())["stands"] is False


EXECUTION_STEPS: list[tuple[tuple[Event, ...], tuple[str, int]]] = [
    (IN_PARTS.up_to_acceptance(), ("accepted", 0)),
    ((*IN_PARTS.up_to_acceptance(), IN_PARTS.started()), ("executing", 0)),
    ((*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.unknown()), ("outcome_unknown", 0)),
    ((*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.failed()), ("failed", 0)),
    ((*IN_PARTS.up_to_acceptance(), IN_PARTS.started(), IN_PARTS.stepped()), ("next_step_due", 1)),
    (A.up_to_the_end(), ("concluded", 1)),
    ((*A.up_to_acceptance(), A.returned()), ("ended", 0)),
    ((*A.up_to_acceptance(), withdrawal_granted(A.digest)), ("ended", 0)),
]


@pytest.mark.parametrize(("events", "expected"), EXECUTION_STEPS)
def test_what_is_to_be_carried_out_shows_how_far_it_got(events: tuple[Event, ...], expected: tuple[str, int]) -> None:
    row = row_of(EXECUTIONS, *events)
    assert (row["status"], row["done"]) == expected


def test_a_payment_shows_who_started_it_and_what_became_of_it() -> None:
    started = row_of(PAYMENTS, *A.up_to_start(), key="pay-1")
    assert (started["kind"], started["status"], started["started_by"]) == ("payment", "started", EXECUTOR.id)
    unknown = (*A.up_to_start(), A.unknown())
    assert row_of(PAYMENTS, *unknown, key="pay-1")["status"] == "unknown"
    done = row_of(PAYMENTS, *A.up_to_the_end(), key="pay-1")
    assert (done["status"], done["receipt"], done["settled_at"]) == ("done", "receipt-1", NOON)
    refused = row_of(PAYMENTS, *unknown, *A.reconciled(paid=False), key="pay-1")
    assert (refused["status"], refused["reason"], refused["reconciled_by"], refused["proof"]) == (
        "refused", "account-closed", "executor-2", "statement-1"
    )  # fmt: skip


def test_a_reversal_stands_beside_the_payments() -> None:
    assert row_of(PAYMENTS, *A.up_to_reversal(), key="rev-1")["status"] == "started"
    assert row_of(PAYMENTS, *A.up_to_reversal(), A.booked(), key="rev-1")["receipt"] == "receipt-9"
    refused = row_of(PAYMENTS, *A.up_to_reversal(), A.booked(refused="closed"), key="rev-1")
    assert (refused["kind"], refused["status"], refused["reason"]) == ("reversal", "refused", "closed")


def test_what_is_not_paid_is_no_payment() -> None:
    rows = fold(PAYMENTS, *WAIVER.up_to_the_end())
    assert [row["reference"] for row in rows.values()] == [None], "the complaint's own row alone"


def test_an_action_shows_who_sees_to_it_and_that_it_was_late() -> None:
    key = f"{COMPLAINT}/a1"
    row = row_of(ACTIONS, found(), raised(), key=key)
    assert (row["status"], row["owner"], row["due_at"], row["overdue"]) == ("raised", LEAD.id, SOON, False)
    late = row_of(ACTIONS, found(), raised(), overdue(), completed(), key=key)
    assert (late["status"], late["overdue"], late["result"], late["proof"]) == (
        "completed",
        True,
        "checked",
        "change-1",
    )


def test_a_measure_shows_to_its_readers_and_stays_when_it_falls() -> None:
    measure = AccountabilityMeasureRecorded(
        at=NOON, by=HR.id, measure="m1", in_cycle=1, department="cards", person=Personal.of(SCOPE, OFFICER.id),
        decision=Personal.of(SCOPE, "a warning"),
    )  # fmt: skip
    fallen = AccountabilityMeasureRevoked(at=LATER, by="hr-2", measure="m1", reasons=Personal.of(SCOPE, "unfounded"))
    (row,) = fold(ACCOUNTABILITY, measure, fallen, subject=f"accountability:{COMPLAINT}").values()
    assert (row["complaint_id"], row["person"], row["decision"]) == (KEY, OFFICER.id, "a warning")
    assert (row["revoked"], row["revoked_by"], row["revocation_reasons"]) == (True, "hr-2", "unfounded")
    assert {"person", "head", "decision", "revocation_reasons"} == ACCOUNTABILITY.personal
    for question in ACCOUNTABILITY.questions:
        assert (question.may, question.purpose) == (("hr", "department_lead"), True)


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
def test_no_view_of_the_case_folds_what_is_of_accountability(view: View) -> None:
    folds = {AccountabilityMeasureRecorded, AccountabilityMeasureRevoked} & view.steps.keys()
    assert bool(folds) is (view is ACCOUNTABILITY)


WHOLE = (
    *(found(restricted=True), *A.up_to_start()[1:], A.unknown(), raised(), completed(), overdue()),
    *(A.stepped(), A.executed(), A.concluded()),
)


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
def test_every_answer_can_be_made_from_a_whole_row(view: View) -> None:
    columns = {column.name for column in view.columns}
    for question in view.questions:
        assert set(question.model.model_fields) <= columns
        assert {*question.filters, *question.ranges, question.order} <= columns | {"key"}
        for row in fold(view, *WHOLE).values():
            if row["complaint_id"] is not None:
                question.model.model_validate(row)


@pytest.mark.parametrize(
    "view", [APPROVALS, OFFERS, RESOLUTIONS, REMEDIES, ACTIONS, EXECUTIONS], ids=lambda view: view.name
)
def test_a_case_that_is_restricted_later_or_in_conflict_says_so_in_its_own_row(view: View) -> None:
    if view is EXECUTIONS:
        assert all(role in READ_ALL for question in view.questions for role in question.may)
        return
    conflict = ConflictDeclared(at=LATER, by=AGENT.id, cycle=1, person=AGENT.id, nature=sealed("a cousin"))
    row = row_of(view, *A.up_to_offer(), raised(), classified(restricted=True), conflict)
    assert (row["department"], row["restricted"], row["conflicted"]) == ("cards", True, [AGENT.id])
    milder = row_of(view, *A.up_to_offer(), classified(restricted=True), B.proposed(), B.submitted())
    assert milder["restricted"] is True


@pytest.mark.parametrize("view", [APPROVALS, OFFERS, RESOLUTIONS, REMEDIES, ACTIONS], ids=lambda view: view.name)
def test_a_restricted_case_is_kept_from_other_departments_in_every_question(view: View) -> None:
    for question in view.questions:
        assert question.where is not None
        assert "restricted IS NOT true" in condition(question.where, view, AGENT)
        assert "conflicted" in condition(question.where, view, APPROVER)


@pytest.mark.parametrize("view", [EXECUTIONS, PAYMENTS], ids=lambda view: view.name)
def test_what_tells_of_every_case_is_for_roles_that_read_all(view: View) -> None:
    for question in view.questions:
        assert set(question.may) <= READ_ALL


def condition(where: Any, view: View, actor: Actor) -> str:
    columns = [text("key"), *(Column(column.name, column.type) for column in view.columns)]
    table = Table(view.full_name, MetaData(), *columns)
    compiled = where(table, actor).compile(dialect=_POSTGRES.dialect(), compile_kwargs={"literal_binds": True})
    return str(compiled)


def test_the_worklist_shows_each_approver_what_they_may_be_the_one_to_approve() -> None:
    lead = condition(waiting_for, APPROVALS, LEAD)
    assert "role IN ('department_lead')" in lead
    assert "department = 'cards'" in lead
    assert "proposer != 'lead-1'" in lead
    assert "role IN ('department_lead', 'approver')" in condition(waiting_for, APPROVALS, APPROVER)
    assert "role IN" not in condition(waiting_for, APPROVALS, Actor("a", "compliance_officer", "compliance"))


def test_nobody_is_shown_their_own_payment_to_reconcile() -> None:
    assert "started_by != 'executor-2'" in condition(to_reconcile, PAYMENTS, OTHER_EXECUTOR)


def test_a_lead_sees_the_measures_of_their_own_department_only_and_hr_all() -> None:
    assert "department = 'cards'" in condition(of_their_department, ACCOUNTABILITY, LEAD)
    assert "department" not in condition(of_their_department, ACCOUNTABILITY, HR)


def test_a_conclusion_as_decided_reaches_the_view() -> None:
    done = case(*A.up_to_start()).when(paid()).decided
    row = row_of(RESOLUTIONS, *A.up_to_start(), *done)
    assert (row["status"], row["outcome"]) == ("concluded", "executed")
