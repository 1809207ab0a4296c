"""What the screens of investigation show after each fact, and to whom."""

from datetime import timedelta

import pytest

from services.investigation.views import cases, evidence, findings
from services.investigation.views.cases import Case
from services.investigation.views.evidence import EvidencePiece
from services.investigation.views.findings import FoundOut
from shared.decide import Actor
from shared.events.base import Event
from shared.projections.folding import Row
from shared.projections.view import View
from tests.rows import keys_shown, rows_of, shown
from tests.unit.investigation.examples import (
    AGENT,
    COMPLAINT,
    COMPLIANCE,
    INVESTIGATOR,
    LEAD,
    LEAD_ELSEWHERE,
    NOW,
    ROOMS,
    accepted,
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
    evidence_added,
    opened,
    registered,
    replaced,
    returned,
    said,
    submitted,
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
        status="findings_accepted",
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
    assert case(*at_second_cycle())["severity"] == "ordinary"


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


SEES = {LEAD: True, LEAD_ELSEWHERE: False, AGENT: False, COMPLIANCE: True}
RESTRICTED = {
    "from the start": at_submitted(restricted=True),
    "after the evidence was added": (*at_submitted(), classified(restricted=True)),
}


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
@pytest.mark.parametrize("actor", SEES, ids=lambda actor: actor.id)
@pytest.mark.parametrize("restricted", RESTRICTED.values(), ids=RESTRICTED)
def test_a_restricted_case_shows_only_to_its_department_and_to_who_reads_all(
    view: View, actor: Actor, restricted: tuple[Event, ...]
) -> None:
    for question in view.questions:
        assert question.where is not None
        assert bool(keys_shown(question.where, rows_of(view, COMPLAINT, *restricted), actor)) is SEES[actor]
        assert keys_shown(question.where, rows_of(view, COMPLAINT, *at_submitted()), actor)


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


def test_every_question_can_be_answered_from_its_columns() -> None:
    for view in ROOMS.views:
        columns = {column.name for column in view.columns}
        for question in view.questions:
            assert set(question.model.model_fields) <= columns
            assert {*question.filters, question.order} <= columns | {"key"}
