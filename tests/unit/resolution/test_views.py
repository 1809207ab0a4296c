"""What the screens show after each fact."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Boolean, Column, MetaData, Table, Text

from shared.events.base import Event
from shared.projections.view import At, Delete, Upsert, View
from tests.unit.resolution.case import case, paid
from tests.unit.resolution.examples import (
    AGENT,
    APPROVER,
    COMPLAINT,
    LEAD,
    NOON,
    NOTHING,
    OFFICER,
    ROOMS,
    A,
    Told,
    found,
    reopened,
)

REMEDIES, APPROVALS, RESOLUTIONS = (ROOMS.view(name) for name in ("remedies", "approvals", "resolutions"))
Rows = dict[str, dict[str, Any]]
B = Told("option-b")


def fold(view: View, *events: Event) -> Rows:
    """The rows after these facts, step by step."""
    rows: Rows = {}
    for n, event in enumerate(events):
        if type(event) not in view.steps:
            continue
        at = At(UUID(int=n), f"complaint:{COMPLAINT}", event.source, n + 1, NOON, getattr(event, "cycle", None))
        changes = view.steps[type(event)](event, at)
        for change in _each(changes):
            if isinstance(change, Delete):
                rows.pop(change.key, None)
            else:
                rows.setdefault(change.key, {}).update(change.values)
    return rows


def _each(changes: Any) -> Sequence[Upsert | Delete]:
    if changes is None:
        return ()
    return (changes,) if isinstance(changes, Upsert | Delete) else tuple(changes)


def status(view: View, *events: Event) -> Any:
    (row,) = fold(view, *events).values()
    return row["status"]


def test_an_option_is_a_row_of_its_complaint_cycle_and_id() -> None:
    rows = fold(REMEDIES, *A.up_to_submission(), B.proposed())
    assert set(rows) == {f"{COMPLAINT}/1/option-a", f"{COMPLAINT}/1/option-b"}
    row = rows[f"{COMPLAINT}/1/option-a"]
    assert row["complaint_id"] == str(COMPLAINT)
    assert (row["amount"], row["currency"], row["kind"]) == (600_00, "CNY", "compensation")
    assert (row["proposer"], row["digest"], row["department"]) == (OFFICER.id, A.digest, "cards")
    assert row["description"].clear == "pay back"
    assert REMEDIES.personal == {"description"}


def test_the_same_option_id_in_the_next_cycle_is_another_row() -> None:
    again = Told(cycle=2)
    rows = fold(REMEDIES, *A.up_to_the_end(), reopened(), *again.up_to_submission())
    assert {key: row["status"] for key, row in rows.items()} == {
        f"{COMPLAINT}/1/option-a": "executed",
        f"{COMPLAINT}/2/option-a": "submitted",
    }


STEPS: list[tuple[tuple[Event, ...], str]] = [
    ((found(), A.proposed()), "proposed"),
    (A.up_to_submission(), "submitted"),
    (A.up_to_approval(), "approved"),
    (A.up_to_offer(), "offered"),
    (A.up_to_acceptance(), "accepted"),
    (A.up_to_start(), "executing"),
    ((*A.up_to_start(), A.failed()), "failed"),
    ((*A.up_to_start(), A.stepped(), A.executed()), "executed"),
    ((*A.up_to_offer(), A.returned()), "returned"),
    ((*A.up_to_offer(), A.declined()), "declined"),
]


@pytest.mark.parametrize(("events", "expected"), STEPS, ids=[expected for _, expected in STEPS])
def test_an_option_shows_how_far_it_got(events: tuple[Event, ...], expected: str) -> None:
    assert status(REMEDIES, *events) == expected


def test_an_option_shows_who_approved_it() -> None:
    (row,) = fold(REMEDIES, *A.up_to_approval(APPROVER)).values()
    assert row["approver"] == APPROVER.id


def test_what_waits_for_approval_is_one_row_a_complaint_until_it_is_decided() -> None:
    rows = fold(APPROVALS, *A.up_to_submission())
    assert set(rows) == {str(COMPLAINT)}
    row = rows[str(COMPLAINT)]
    assert (row["amount"], row["proposer"], row["digest"]) == (600_00, OFFICER.id, A.digest)
    assert (row["verdict"], row["cause"], row["severity"]) == ("upheld", "fee-error", "ordinary")
    assert row["submitted_at"] == NOON
    assert fold(APPROVALS, *A.up_to_approval()) == {}
    assert fold(APPROVALS, *A.up_to_submission(), A.returned()) == {}
    assert set(fold(APPROVALS, *A.up_to_submission(), A.returned(), B.proposed(), B.submitted())) == {str(COMPLAINT)}


RESOLUTION_STEPS: list[tuple[tuple[Event, ...], str]] = [
    ((found(),), "open"),
    ((found(), A.proposed()), "open"),
    (A.up_to_submission(), "submitted"),
    (A.up_to_approval(), "approved"),
    (A.up_to_offer(), "offered"),
    (A.up_to_acceptance(), "accepted"),
    (A.up_to_start(), "executing"),
    ((*A.up_to_start(), A.failed()), "failed"),
    (A.up_to_the_end(), "concluded"),
    ((*A.up_to_offer(), A.returned()), "returned"),
    ((*A.up_to_offer(), A.declined()), "declined"),
    ((*A.up_to_the_end(), reopened()), "reopened"),
    ((*A.up_to_the_end(), reopened(), found(cycle=2)), "open"),
]


@pytest.mark.parametrize(("events", "expected"), RESOLUTION_STEPS)
def test_a_resolution_shows_how_far_it_got(events: tuple[Event, ...], expected: str) -> None:
    assert status(RESOLUTIONS, *events) == expected


def test_a_concluded_resolution_shows_outcome_and_cost_until_it_is_reopened() -> None:
    (row,) = fold(RESOLUTIONS, *A.up_to_the_end()).values()
    assert (row["outcome"], row["total"], row["currency"], row["cycle"]) == ("executed", 600_00, "CNY", 1)
    (row,) = fold(RESOLUTIONS, *A.up_to_the_end(), reopened()).values()
    assert (row["outcome"], row["total"], row["currency"], row["cycle"]) == (None, None, None, 2)
    assert (row["department"], row["restricted"]) == ("cards", False)
    (row,) = fold(RESOLUTIONS, *NOTHING.up_to_the_end()).values()
    assert (row["outcome"], row["total"]) == ("no_remedy", 0)


def test_a_complaint_that_is_judged_anew_makes_no_row_here() -> None:
    assert fold(RESOLUTIONS, reopened(stage="judgement")) == {}


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
def test_every_answer_can_be_made_from_a_whole_row(view: View) -> None:
    events = (found(restricted=True), *A.up_to_submission()[1:])
    columns = {column.name for column in view.columns}
    for row in fold(view, *events).values():
        assert row.keys() <= columns
        shown = {name: row.get(name) for name in columns}
        shown |= {name: row[name].clear for name in view.personal}
        for question in view.questions:
            assert set(question.model.model_fields) == columns
            question.model.model_validate(shown)


@pytest.mark.parametrize("view", ROOMS.views, ids=lambda view: view.name)
def test_a_restricted_case_is_kept_from_other_departments_in_every_question(view: View) -> None:
    table = Table(view.full_name, MetaData(), Column("department", Text), Column("restricted", Boolean))
    assert {"department", "restricted"} <= {column.name for column in view.columns}
    for question in view.questions:
        assert question.where is not None
        assert question.where(table, AGENT) is not None
        assert set(question.filters) <= {column.name for column in view.columns}


def test_who_may_ask_what_waits_for_approval() -> None:
    (question,) = APPROVALS.questions
    assert question.path == "/worklists/approvals"
    assert question.may == ("department_lead", "approver", "higher_approver", "compliance_officer")
    assert LEAD.role in question.may and AGENT.role not in question.may


def test_a_conclusion_as_decided_reaches_the_view() -> None:
    done = case(*A.up_to_start()).when(paid()).decided
    (row,) = fold(RESOLUTIONS, *A.up_to_start(), *done).values()
    assert (row["status"], row["outcome"]) == ("concluded", "executed")
