"""What the screens of investigation show after each fact, and to whom."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.investigation.views import cases, evidence, findings, information, statements
from services.investigation.views.cases import Case
from services.investigation.views.evidence import EvidencePiece
from services.investigation.views.findings import FoundOut
from services.investigation.views.information import Answer, AskedFor
from services.investigation.views.statements import Statement
from shared.decide import Actor
from shared.events.base import Event
from shared.events.directory import StaffLeft
from shared.events.intake import ComplaintDowngraded, ComplaintEscalatedToSpecial
from shared.packs.house import INVESTIGATED_WITHIN
from shared.projections.folding import Row, changes_of, fold
from shared.projections.view import At, View
from tests.rows import Where, keys_shown, rows_of, shown
from tests.unit.investigation.examples import (
    AGENT,
    COMPLAINT,
    COMPLIANCE,
    INVESTIGATOR,
    LEAD,
    LEAD_ELSEWHERE,
    NOW,
    OTHER_INVESTIGATOR,
    ROOMS,
    accepted,
    assigned,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    cause_identified,
    classified,
    complaint_closed,
    complaint_reopened,
    conflict_declared,
    department_assigned,
    established,
    evidence_added,
    fact,
    opened,
    overdue,
    overturned,
    received,
    reclassified,
    registered,
    replaced,
    requested,
    returned,
    said,
    statement_taken,
    submitted,
    taken_over,
    withdrawal_denied,
    withdrawal_requested,
    withdrawn,
)

KEY = str(COMPLAINT)


def case(*events: Event) -> Row:
    return rows_of(cases.VIEW, COMPLAINT, *events)[KEY]


def found(*events: Event) -> Row:
    return rows_of(findings.VIEW, COMPLAINT, *events)[KEY]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (at_opened(), "awaiting_investigator"),
        (at_investigating(), "investigating"),
        ((*at_investigating(), conflict_declared(replacement_needed=True)), "replacement_needed"),
        ((*at_investigating(), conflict_declared(AGENT.id)), "investigating"),
        ((*at_submitted(), conflict_declared(replacement_needed=True), replaced()), "investigating"),
        (at_submitted(), "findings_submitted"),
        ((*at_submitted(), returned()), "investigating"),
        (at_accepted(), "findings_accepted"),
        ((*at_accepted(), complaint_closed()), "closed"),
        ((*at_accepted(), complaint_closed(), complaint_reopened(stage="resolution")), "findings_accepted"),
        ((*at_investigating(), requested()), "awaiting_info"),
        ((*at_investigating(), requested(of="third_party")), "awaiting_info"),
        ((*at_investigating(), requested(of="department")), "investigating"),
        ((*at_investigating(), requested(), received(complete=False)), "awaiting_info"),
        ((*at_investigating(), requested(), requested("R2"), received()), "awaiting_info"),
        ((*at_investigating(), requested(), requested("R2", of="department"), received()), "investigating"),
        ((*at_investigating(), requested(), received(complete=False, given_up=True)), "investigating"),
        ((*at_investigating(), requested(), replaced()), "awaiting_info"),
        ((*at_submitted(), withdrawal_requested()), "withdrawal_pending"),
        ((*at_submitted(), withdrawal_requested(), withdrawal_denied()), "findings_submitted"),
        ((*at_investigating(), requested(), withdrawal_requested(), withdrawal_denied()), "awaiting_info"),
        ((*at_submitted(), withdrawal_requested(), withdrawn()), "withdrawn"),
        ((*at_submitted(), requested(), withdrawn(), *at_second_cycle()[-2:], assigned("inv-tao")), "investigating"),
        ((*at_accepted(), complaint_reopened()), "awaiting_department"),
        (at_second_cycle(), "awaiting_investigator"),
    ],
)
def test_a_case_says_how_far_it_is(events: tuple[Event, ...], status: str) -> None:
    assert Case.model_validate(case(*events)).status == status


def test_a_case_shows_what_was_found() -> None:
    row = case(*at_accepted(severity="special", restricted=True))
    assert Case.model_validate(row) == Case(
        complaint_id=COMPLAINT,
        department="cards",
        stage="findings_accepted",
        withdrawal_pending=False,
        awaited=0,
        due_at=NOW + timedelta(days=1 + 15),
        submitted_at=submitted().at,
        investigator=INVESTIGATOR.id,
        severity="special",
        restricted=True,
        cycle=1,
        opened_at=NOW + timedelta(days=1),
        verdict="upheld",
        cause="fee.unannounced",
        evidence_count=1,
        updated_at=accepted().at,
    )


def test_returned_findings_have_no_verdict_in_the_list() -> None:
    assert case(*at_submitted(), returned())["verdict"] is None


def test_a_successor_begins_without_cause_and_verdict() -> None:
    row = case(*at_submitted(), replaced())
    assert (row["investigator"], row["cause"], row["verdict"], row["evidence_count"]) == ("inv-tao", None, None, 1)


def test_a_new_cycle_begins_with_nothing_but_the_evidence() -> None:
    row = case(*at_accepted(), complaint_reopened(special=True))
    assert (row["cycle"], row["investigator"], row["cause"], row["verdict"]) == (2, None, None, None)
    assert (row["evidence_count"], row["severity"]) == (1, "special")
    assert Case.model_validate(case(*at_second_cycle())).severity == "ordinary"


def test_what_was_never_investigated_is_no_case() -> None:
    question = cases.VIEW.questions[0]
    assert question.where is not None
    assert not shown(question.where, case(registered(), classified()), LEAD)
    assert shown(question.where, case(*at_opened()), LEAD)


def test_evidence_shows_piece_by_piece_and_what_superseded_it() -> None:
    rows = rows_of(evidence.VIEW, COMPLAINT, evidence_added(), evidence_added("E2", supersedes="E1", sha256="b" * 64))
    assert list(rows) == [f"{KEY}/E1", f"{KEY}/E2"]
    first, second = (EvidencePiece.model_validate(row) for row in rows.values())
    assert (first.superseded_by, first.sha256, first.supersedes) == ("E2", "a" * 64, None)
    assert (second.superseded_by, second.supersedes, second.title) == (None, "E1", "The call of 1 March")
    assert (second.complaint_id, second.added_by, second.cycle) == (COMPLAINT, INVESTIGATOR.id, 1)
    assert (second.kind, second.size, second.media_type, second.obtained_from) == (
        "recording",
        4096,
        "audio/wav",
        "telephony",
    )


def test_findings_show_what_the_lead_decides_on() -> None:
    shown_to_lead = FoundOut.model_validate(found(*at_submitted()))
    assert (shown_to_lead.status, shown_to_lead.verdict, shown_to_lead.reasons) == (
        "submitted",
        "upheld",
        "Nobody told them",
    )
    assert (shown_to_lead.loss_minor, shown_to_lead.loss_currency) == (120_00, "CNY")
    assert (shown_to_lead.cause, shown_to_lead.cause_department) == ("fee.unannounced", "cards")
    assert (shown_to_lead.submitted_by, shown_to_lead.reviewed_by) == (INVESTIGATOR.id, None)


def test_the_leads_answer_stands_beside_the_findings() -> None:
    back = found(*at_submitted(), returned())
    assert (back["status"], back["reviewed_by"], back["return_reasons"]) == (
        "returned",
        LEAD.id,
        "Listen to the second call too",
    )
    again = found(*at_submitted(), returned(), submitted())
    assert (again["status"], again["reviewed_by"], again["reviewed_at"], again["return_reasons"]) == (
        "submitted",
        None,
        None,
        None,
    )
    assert found(*at_accepted())["status"] == "accepted"


def test_where_only_another_remedy_is_sought_the_findings_go_on_showing() -> None:
    row = found(*at_accepted(), complaint_reopened(stage="resolution"))
    assert FoundOut.model_validate(row).status == "accepted" and row["cycle"] == 2
    again = case(*at_accepted(), complaint_reopened(stage="resolution", special=True))
    assert (again["cycle"], again["investigator"], again["cause"], again["severity"]) == (
        2,
        INVESTIGATOR.id,
        "fee.unannounced",
        "special",
    )


@pytest.mark.parametrize("anew", [(replaced(),), (complaint_reopened(),)], ids=["replaced", "reopened"])
def test_what_does_not_stand_any_more_does_not_show(anew: tuple[Event, ...]) -> None:
    row = found(*at_accepted(), *anew)
    assert row["verdict"] is row["reasons"] is row["cause"] is row["submitted_at"] is None
    where = findings.VIEW.questions[0].where
    assert where is not None and not shown(where, row, LEAD)


def test_who_answers_for_the_cause_stands_in_no_view() -> None:
    named = cause_identified(responsible_person=said("clerk-qi", "scope:accountability"))
    for view in ROOMS.views:
        for row in rows_of(view, COMPLAINT, *at_investigating(), named).values():
            assert "clerk-qi" not in str(row)


def told_all(**classification: Any) -> tuple[Event, ...]:
    """A case with something to show in every view."""
    proof = (evidence_added(), statement_taken(), requested(), received())
    return (*at_investigating(**classification), *proof, cause_identified(), submitted())


def conditions_of(view: View) -> Iterator[Where]:
    """Those of all its questions that are not for one department's worklist."""
    for question in view.questions:
        assert question.where is not None
        if not question.path.startswith("/worklists"):
            yield question.where


SEES = {LEAD: True, LEAD_ELSEWHERE: False, AGENT: False, COMPLIANCE: True}
RESTRICTED = {
    "from the start": told_all(restricted=True),
    "after the evidence was added": (*told_all(), classified(restricted=True)),
    "by a later classification": (*told_all(), reclassified(restricted=True)),
    "and never lifted": (*told_all(restricted=True), reclassified(restricted=False)),
}


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
@pytest.mark.parametrize("actor", SEES, ids=lambda actor: actor.id)
@pytest.mark.parametrize("restricted", RESTRICTED.values(), ids=RESTRICTED)
def test_a_restricted_case_shows_only_to_its_department_and_to_who_reads_all(
    view: View, actor: Actor, restricted: tuple[Event, ...]
) -> None:
    for where in conditions_of(view):
        assert bool(keys_shown(where, rows_of(view, COMPLAINT, *restricted), actor)) is SEES[actor]
        assert keys_shown(where, rows_of(view, COMPLAINT, *told_all()), actor)


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
@pytest.mark.parametrize("before", [(), (conflict_declared("somebody"),)], ids=["the first", "not the first"])
def test_whoever_declared_a_conflict_sees_nothing_of_the_case_any_more(view: View, before: tuple[Event, ...]) -> None:
    declared = rows_of(view, COMPLAINT, *told_all(), *before, conflict_declared(AGENT.id))
    for where in conditions_of(view):
        assert keys_shown(where, rows_of(view, COMPLAINT, *told_all(), *before), AGENT)
        assert not keys_shown(where, declared, AGENT)
        assert not keys_shown(where, declared, Actor(AGENT.id, "approver", "operations"))
        assert keys_shown(where, declared, LEAD)


def test_the_department_that_has_the_case_now_sees_the_evidence_of_before() -> None:
    where = evidence.VIEW.questions[0].where
    assert where is not None
    moved = (complaint_reopened(stage="judgement"), opened(cycle=2, department="loans"))
    rows = rows_of(evidence.VIEW, COMPLAINT, *at_accepted(restricted=True), *moved)
    assert keys_shown(where, rows, LEAD_ELSEWHERE) == [f"{KEY}/E1"]
    assert keys_shown(where, rows, LEAD) == []


def test_the_row_that_says_who_may_see_the_evidence_is_no_evidence() -> None:
    where = evidence.VIEW.questions[0].where
    assert where is not None
    for actor in SEES:
        assert keys_shown(where, rows_of(evidence.VIEW, COMPLAINT, *at_opened()), actor) == []


# Information and statements


def test_a_statement_shows_whose_it_is() -> None:
    rows = rows_of(statements.VIEW, COMPLAINT, statement_taken(of="staff", staff="clerk-qi", signed="st-1"))
    assert [Statement.model_validate(row) for row in rows.values()] == [
        Statement(
            complaint_id=COMPLAINT,
            statement="S1",
            of="staff",
            staff="clerk-qi",
            text="Nobody told me",
            signed="st-1",
            taken_by=INVESTIGATOR.id,
            taken_at=statement_taken().at,
            cycle=1,
        )
    ]


def information_after(*events: Event) -> tuple[list[AskedFor], list[Answer]]:
    rows = rows_of(information.VIEW, COMPLAINT, *at_investigating(), *events)
    asked, came = conditions_of(information.VIEW)
    return (
        [AskedFor.model_validate(rows[key]) for key in keys_shown(asked, rows, LEAD)],
        [Answer.model_validate(rows[key]) for key in keys_shown(came, rows, LEAD)],
    )


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ((), "open"),
        ((received(complete=False),), "partly_answered"),
        ((received(),), "answered"),
        ((received(complete=False), received()), "answered"),
        ((received(complete=False, given_up=True),), "given_up"),
    ],
)
def test_a_request_says_whether_it_is_answered(answers: tuple[Event, ...], status: str) -> None:
    (asked,), came = information_after(requested(), *answers)
    assert (asked.status, len(came), asked.overdue) == (status, len(answers), False)


def test_every_answer_stays_readable() -> None:
    parts = (received(complete=False, content=said("Half")), received(content=said("The rest"), evidence=("E1",)))
    _, answers = information_after(requested(), *parts)
    first, second = sorted(answers, key=lambda answer: answer.complete)
    assert (first.content, first.complete, first.evidence) == ("Half", False, [])
    assert (second.content, second.complete, second.evidence) == ("The rest", True, ["E1"])
    assert (second.code, second.received_by, second.received_at) == ("R1", AGENT.id, received().at)


def test_that_it_was_late_stays_whatever_came_later() -> None:
    (asked,), _ = information_after(requested(of="department", department="loans"), overdue(), received())
    assert asked.overdue and (asked.of, asked.asked_department, asked.what) == (
        "department",
        "loans",
        "The message of 3 March",
    )
    assert (asked.asked_by, asked.due_at) == (INVESTIGATOR.id, requested().due_at)


# Worklists


def worklist(name: str, actor: Actor, *events: Event) -> bool:
    question = next(each for each in cases.VIEW.questions if each.path == f"/worklists/{name}")
    assert question.where is not None and question.order == "due_at"
    return KEY in keys_shown(question.where, rows_of(cases.VIEW, COMPLAINT, *events), actor)


def test_an_investigator_sees_what_they_investigate() -> None:
    assert worklist("investigations", INVESTIGATOR, *at_investigating())
    assert not worklist("investigations", OTHER_INVESTIGATOR, *at_investigating())
    assert worklist("investigations", OTHER_INVESTIGATOR, *at_investigating(), replaced())
    assert not worklist("investigations", INVESTIGATOR, *at_investigating(), replaced())
    assert not worklist("investigations", INVESTIGATOR, *at_accepted())


def test_a_department_sees_what_it_works_on() -> None:
    for events in (at_opened(), at_investigating(), at_submitted()):
        assert worklist("cases", LEAD, *events) and worklist("cases", OTHER_INVESTIGATOR, *events)
        assert not worklist("cases", LEAD_ELSEWHERE, *events)
    for events in (at_accepted(), (*at_investigating(), withdrawn()), (*at_opened(), complaint_closed())):
        assert not worklist("cases", LEAD, *events)


def test_a_lead_sees_findings_that_wait() -> None:
    assert worklist("findings", LEAD, *at_submitted())
    assert not worklist("findings", LEAD_ELSEWHERE, *at_submitted())
    for events in (at_investigating(), (*at_submitted(), returned()), at_accepted()):
        assert not worklist("findings", LEAD, *events)


@pytest.mark.parametrize(
    ("events", "needed"),
    [
        (at_opened(), True),
        (at_investigating(), False),
        ((*at_investigating(), conflict_declared(replacement_needed=True)), True),
        ((*at_investigating(), conflict_declared(replacement_needed=True), replaced()), False),
        ((*at_investigating(), reclassified(complained_of=(INVESTIGATOR.id,))), True),
        ((*at_investigating(), department_assigned(recused=(INVESTIGATOR.id,))), True),
        ((*at_investigating(), department_assigned(recused=("somebody",))), False),
        (at_accepted(), False),
        (at_second_cycle(), True),
    ],
)
def test_a_lead_sees_cases_that_need_an_investigator(events: tuple[Event, ...], needed: bool) -> None:
    assert worklist("unassigned", LEAD, *events) is needed
    assert not worklist("unassigned", LEAD_ELSEWHERE, *events)


def test_a_lead_sees_the_cases_of_one_who_has_left() -> None:
    rows = rows_of(cases.VIEW, COMPLAINT, *at_investigating())
    gone = At(id=COMPLAINT, subject=f"staff:{INVESTIGATOR.id}", source="directory", version=2, recorded=NOW, cycle=None)
    for change in changes_of(cases.VIEW, StaffLeft(at=NOW, by="hr-1"), gone):
        left = fold(cases.VIEW, None, change, gone.subject, 0)
        assert left is not None
        rows[change.key] = left
    unassigned = next(each for each in cases.VIEW.questions if each.path == "/worklists/unassigned")
    for where in (unassigned.where, *conditions_of(cases.VIEW)):
        assert where is not None and keys_shown(where, rows, LEAD) == [KEY]


@pytest.mark.parametrize(
    ("events", "due_at"),
    [
        ((registered(), established()), established().at + timedelta(days=15)),
        ((registered(), overturned()), overturned().at + timedelta(days=10)),
        ((registered(), taken_over()), taken_over().at + INVESTIGATED_WITHIN),
        ((*at_accepted(), complaint_reopened()), complaint_reopened().at + INVESTIGATED_WITHIN),
    ],
    ids=["established", "overturned", "taken over", "reopened"],
)
def test_a_case_is_due_when_the_customer_was_told(events: tuple[Event, ...], due_at: datetime) -> None:
    assert case(*events)["due_at"] == due_at


def test_special_is_lowered_by_compliance_alone() -> None:
    lowered = fact(ComplaintDowngraded, "triage-hua", 3, signed_off_by="comp-yi", reasons=said("No media after all"))
    raised = fact(ComplaintEscalatedToSpecial, AGENT.id, 2, reasons=("media",))
    special = (*at_opened(), raised)
    assert case(*special)["severity"] == case(*special, reclassified())["severity"] == "special"
    assert case(*special, lowered)["severity"] == "ordinary"


def test_every_question_can_be_answered_from_its_columns() -> None:
    for view in ROOMS.views:
        columns = {column.name for column in view.columns}
        for question in view.questions:
            assert set(question.model.model_fields) <= columns
            assert {*question.filters, *question.ranges, question.order} <= columns | {"key"}
