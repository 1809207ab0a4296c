"""确定责任部门 Which department answers for it, and who may not touch it (F06)."""

from typing import Any

import pytest

from services.intake.commands.assign_department import AssignDepartment
from shared.events.base import Event
from shared.events.intake import ResponsibleDepartmentAssigned
from tests.unit.intake.examples import (
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    NOON,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    acknowledged,
    after,
    assigned,
    classified,
    closed,
    established,
    registered,
    reopened,
)


def assign(**fields: Any) -> AssignDepartment:
    return AssignDepartment(actor=JUDGE, at=NOON, complaint_id=COMPLAINT, **{"department": "cards", **fields})


def test_a_department_answers_for_it() -> None:
    after(*ESTABLISHED).when(assign()).then(
        ResponsibleDepartmentAssigned, by=JUDGE.id, cycle=1, department="cards", recused=()
    )


def test_whoever_is_complained_of_is_recused_without_being_named() -> None:
    history = (registered(), acknowledged(), classified(complained_of=("wang", "li")), established())
    after(*history).when(assign(recused=["li", "zhou"])).then(
        ResponsibleDepartmentAssigned, recused=("wang", "li", "zhou")
    )


def test_the_same_assignment_again_adds_nothing() -> None:
    after(*ESTABLISHED, assigned()).when(assign()).then_nothing()


@pytest.mark.parametrize("other", [{"department": "loans"}, {"recused": ["zhou"]}])
def test_another_assignment_is_refused(other: dict[str, Any]) -> None:
    after(*ESTABLISHED, assigned()).when(assign(**other)).then_refused("already_assigned")


def test_a_complaint_reopened_for_investigation_keeps_its_department() -> None:
    history = (*ESTABLISHED, assigned(), reopened(stage="investigation"))
    after(*history).when(assign()).then_nothing()
    after(*history).when(assign(department="loans")).then_refused("already_assigned")


def test_one_reopened_for_judgement_is_assigned_anew() -> None:
    history = (*ESTABLISHED, assigned(), reopened(), acknowledged(cycle=2))
    after(*history).when(assign()).then_refused("not_established")
    after(*history, established(cycle=2, by="triage-2")).when(assign(department="loans")).then(
        ResponsibleDepartmentAssigned, cycle=2, department="loans"
    )


def test_whoever_is_complained_of_assigns_nothing() -> None:
    history = (registered(), acknowledged(), classified(complained_of=(JUDGE.id,)), established(by="triage-2"))
    after(*history).when(assign()).then_refused("complained_of")


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"),
        ((*ESTABLISHED, closed()), "closed"),
        (READY, "not_established"),
        (REJECTION_PROPOSED, "not_established"),
        (REJECTED, "not_established"),
    ],
)
def test_only_an_established_complaint_gets_a_department(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(assign()).then_refused(code)
