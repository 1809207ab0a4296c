"""历史投诉接管 Going on with open cases of an old system (domain 4.2)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.commands.acknowledge import AcknowledgeComplaint
from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.register import RegisterComplaint
from services.intake.commands.take_over import TakeOverComplaint
from services.intake.customer import Customer
from services.intake.state import Assignment, Judgement
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import (
    ComplaintEscalatedToSpecial,
    ComplaintEstablished,
    ComplaintRegistered,
    ComplaintReportedUpward,
    ComplaintTakenOver,
)
from shared.events.vocabulary import ExternalReference, Money
from shared.packs.house import CLAIM_SPECIAL_FROM, JOINT_MAJOR_FROM
from shared.reference.staff import StaffMember
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    JUDGE,
    MORNING,
    NOON,
    OTHER_JUDGE,
    acknowledged,
    after,
    classified,
    intake,
    registered,
    reopened,
    taken_over,
)

OTHER = UUID("00000000-0000-4000-8000-0000000000c2")
OLD = ExternalReference(source="old-crm", id="2026-000471")


def take_over(**fields: Any) -> TakeOverComplaint:
    usual: dict[str, Any] = {
        "complainant": "赵敏", "received_at": MORNING, "channel": "phone", "content": "The fee was charged twice.",
        "external": OLD, "system": "old-crm", "stage": "acknowledged", "earlier": "Two calls.", "began_at": MORNING,
    }  # fmt: skip
    return TakeOverComplaint(**{"actor": JUDGE, **usual, **fields}, at=NOON, complaint_id=COMPLAINT)


def here(**fields: Any) -> tuple[Event, ...]:
    return (registered(), taken_over(**fields))


def judge(actor: Any = JUDGE) -> JudgeComplaint:
    return JudgeComplaint(
        actor=actor, at=NOON, complaint_id=COMPLAINT, verdict="established", grounds="Yes.", demand="Yes.",
        department="cards", days_asked=15,
    )  # fmt: skip


def test_a_case_that_is_taken_over_is_registered_and_marked_in_one_step() -> None:
    wish = take_over(stage="established", department="cards", earlier_actors=[AGENT.id, AGENT.id])
    entry, mark = after().when(wish).then(ComplaintRegistered, ComplaintTakenOver, external=OLD, received_at=MORNING)
    assert isinstance(entry, ComplaintRegistered) and isinstance(mark, ComplaintTakenOver)
    assert (mark.system, mark.stage, mark.department, mark.began_at) == ("old-crm", "established", "cards", MORNING)
    assert (mark.earlier.clear, mark.earlier.owner, mark.earlier_actors) == ("Two calls.", entry.person, (AGENT.id,))


def test_taking_it_over_again_adds_nothing() -> None:
    after(*here()).when(take_over(earlier="Something else.")).then_nothing()
    after(registered()).when(take_over()).then_nothing()


def test_it_must_say_where_the_old_system_has_it() -> None:
    with pytest.raises(ValidationError):
        take_over(external=None)
    body = {"external": OLD}
    assert TakeOverComplaint.derive(body, "a", "k1") == RegisterComplaint.derive(body, "b", "k2")


def test_an_established_case_names_its_department() -> None:
    after().when(take_over(stage="established")).then_refused("department_missing")
    after().when(take_over(stage="acknowledged", department="cards")).then_refused("department_too_early")


@pytest.mark.parametrize("department", [None, "cards"])
def test_a_resolved_case_may_be_of_a_department(department: str | None) -> None:
    wish = take_over(stage="resolved", department=department)
    after().when(wish).then(ComplaintRegistered, ComplaintTakenOver)


def test_who_handled_it_there_must_be_known_here() -> None:
    assert take_over(earlier_actors=["ghost-1"]).needed() == ("staff:ghost-1",)
    after().when(take_over(earlier_actors=["ghost-1"])).then_refused("not_yet_seen")


def test_it_began_before_now() -> None:
    after().when(take_over(began_at=NOON + timedelta(seconds=1))).then_refused("received_in_future")


@pytest.mark.parametrize("wrong", [{"received_at": NOON + timedelta(seconds=1)}, {"proxy": "Ms Li"}, {"joint": 3}])
def test_what_a_registration_refuses_is_refused_here_too(wrong: dict[str, Any]) -> None:
    after().when(take_over(**wrong)).then_refused(
        {"received_at": "received_in_future", "proxy": "proxy_without_authority", "joint": "representative_missing"}[
            next(iter(wrong))
        ]
    )


def test_only_a_triage_lead_takes_over() -> None:
    assert TakeOverComplaint.may == ("triage_lead",)


def test_who_takes_over_is_a_triage_lead_by_the_directory_too() -> None:
    """Whoever imports many at once brings no token that says so (N23)."""
    moved = {f"staff:{JUDGE.id}": StaffMember(joined=True, department="triage", roles=("agent",))}
    after().with_references(moved).when(take_over()).then_refused("wrong_role")
    deputy = replace(AGENT, on_behalf_of=JUDGE.id)
    after().when(take_over(actor=deputy)).then(ComplaintRegistered, ComplaintTakenOver)
    after().with_references(moved).when(take_over(actor=deputy)).then_refused("wrong_role")
    after().when(take_over(actor=Actor("ghost-1", "triage_lead", "triage"))).then_refused("not_yet_seen")


# Where it goes on


def test_an_acknowledged_case_is_judged_next() -> None:
    state = intake(*here())
    assert state.acknowledged is not None and state.judgement is None
    after(*here(), classified()).when(judge()).then(ComplaintEstablished)


def test_an_acknowledged_case_is_not_acknowledged_again() -> None:
    told = AcknowledgeComplaint(actor=AGENT, at=NOON, complaint_id=COMPLAINT, channel="sms", proof="sms-1")
    after(*here()).when(told).then_refused("already_acknowledged")


def test_an_established_case_has_a_department_and_is_not_judged_here() -> None:
    state = intake(*here(stage="established", department="cards"))
    assert state.judgement == Judgement("", "established", "cards")
    assert (state.assigned, state.department) == (Assignment("cards", ()), "cards")
    after(*here(stage="established", department="cards"), classified()).when(judge()).then_refused("already_judged")


def test_a_resolved_case_without_a_department_gets_one_if_it_comes_back() -> None:
    history = (*here(stage="resolved"), reopened(stage="investigation"))
    assert intake(*history).department is None
    assign = AssignDepartment(actor=JUDGE, at=NOON, complaint_id=COMPLAINT, department="cards")
    assert len(after(*history).when(assign).decided) == 1


def test_who_handled_it_there_counts_for_four_eyes_here() -> None:
    there = taken_over(stage="established", department="cards", earlier_actors=(OTHER_JUDGE.id,))
    state = intake(registered(), there)
    assert OTHER_JUDGE.id in state.handled_by and OTHER_JUDGE.id in state.excluded
    again = (registered(), there, classified(), reopened(), acknowledged(2))
    after(*again).when(judge(OTHER_JUDGE)).then_refused("excluded")
    after(*again).when(judge(JUDGE)).then(ComplaintEstablished)


def test_who_only_acknowledged_it_there_may_judge_it() -> None:
    history = (registered(), taken_over(earlier_actors=(JUDGE.id,)), classified())
    assert JUDGE.id in intake(*history).handled_by
    after(*history).when(judge()).then(ComplaintEstablished)


# Special by itself, though nobody may ever classify it (N22)


def test_what_makes_it_special_by_itself_does_so_at_once() -> None:
    much = Money(minor=CLAIM_SPECIAL_FROM["CNY"], currency="CNY")
    for stage in ("acknowledged", "established", "resolved"):
        wish = take_over(stage=stage, claimed=much, department="cards" if stage == "established" else None)
        _, _, made = after().when(wish).then(ComplaintRegistered, ComplaintTakenOver, ComplaintEscalatedToSpecial)
        assert isinstance(made, ComplaintEscalatedToSpecial) and made.reasons == ("claimed-amount",)


def test_a_large_group_s_case_is_reported_upward_too() -> None:
    wish = take_over(joint=JOINT_MAJOR_FROM, representatives=["王芳"])
    facts = (ComplaintRegistered, ComplaintTakenOver, ComplaintEscalatedToSpecial, ComplaintReportedUpward)
    after().when(wish).then(*facts)


def test_a_vulnerable_customer_s_case_is_special() -> None:
    file = Customer(recorded=True, holds=frozenset({"name"}), plain={"vulnerable": True})
    known = {f"person:{OTHER}": file}
    after().with_references(known).when(take_over(person=OTHER)).then(
        ComplaintRegistered, ComplaintTakenOver, ComplaintEscalatedToSpecial
    )
