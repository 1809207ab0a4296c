"""溯源整改 Corrective actions: who does what by when, so that it does not happen again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.resolution.commands.complete_action import CompleteAction
from services.resolution.commands.pass_action_deadline import PassActionDeadline
from services.resolution.commands.raise_action import RaiseAction
from shared.decide import Actor
from shared.decide.command import SYSTEM_ACTOR
from shared.events.resolution import CorrectiveActionCompleted, CorrectiveActionOverdue, CorrectiveActionRaised
from shared.reference.staff import Deputy, StaffMember
from tests.unit.resolution.case import case
from tests.unit.resolution.examples import (
    AGENT,
    CHEN,
    COMPLAINT,
    LATER,
    LEAD,
    NOON,
    OFFICER,
    RECUSED,
    SOON,
    A,
    closed,
    completed,
    found,
    overdue,
    raised,
    reopened,
    staff,
)

SECOND = timedelta(seconds=1)
COMPLIANCE = Actor("auditor-1", "compliance_officer", "compliance")


def wish(by: Actor = LEAD, action: str = "a1", owner: str = OFFICER.id, due_at: datetime = SOON) -> RaiseAction:
    return RaiseAction(
        actor=by, at=LATER, complaint_id=COMPLAINT, action=action, what="check twice", owner=owner, due_at=due_at
    )


def done(by: Actor = LEAD, at: datetime = LATER) -> CompleteAction:
    return CompleteAction(actor=by, at=at, complaint_id=COMPLAINT, action="a1", result="checked", proof="change-1")


def ran_out(at: datetime = SOON) -> PassActionDeadline:
    return PassActionDeadline(actor=SYSTEM_ACTOR, at=at, complaint_id=COMPLAINT, action="a1", due_at=SOON)


@pytest.mark.parametrize("by", [LEAD, Actor("triage-1", "triage_lead", "triage"), COMPLIANCE])
def test_an_action_is_raised_against_the_cause_with_owner_and_day(by: Actor) -> None:
    (event,) = (
        case(found())
        .when(wish(by))
        .then(CorrectiveActionRaised, cause="fee-error", owner=OFFICER.id, due_at=SOON, department="cards")
    )
    assert isinstance(event, CorrectiveActionRaised)
    assert (event.what.owner, event.what.clear) == (CHEN, "check twice")
    assert by.role in RaiseAction.may


def test_it_is_possible_after_the_conclusion_and_after_closing() -> None:
    case(*A.up_to_the_end()).when(wish()).then(CorrectiveActionRaised)
    case(*A.up_to_the_end(), closed()).when(wish()).then(CorrectiveActionRaised)


def test_it_needs_a_cause_that_was_found_a_free_id_and_a_day_to_come() -> None:
    case().when(wish()).then_refused("not_yet_seen")
    case(found(), raised(owner=OFFICER.id)).when(wish()).then_nothing()
    case(found(), raised(owner=LEAD.id)).when(wish()).then_refused("action_exists")
    case(found()).when(wish(due_at=LATER)).then_refused("due_in_the_past")
    case(found()).when(wish(RECUSED)).then_refused("recused")


def test_its_owner_is_known_still_there_and_has_a_role_to_act_in() -> None:
    case(found()).when(wish(owner="nobody-1")).then_refused("not_yet_seen")
    gone = staff(officer_1=StaffMember(True, left=True, roles=("agent",)))
    case(found()).with_references(gone).when(wish()).then_refused("owner_cannot_act")
    auditor = staff(officer_1=StaffMember(True, roles=("compliance_officer",)))
    case(found()).with_references(auditor).when(wish()).then_refused("owner_cannot_act")


def test_its_owner_says_what_was_done_also_late_and_in_a_later_cycle() -> None:
    (event,) = case(found(), raised()).when(done()).then(CorrectiveActionCompleted, action="a1", proof="change-1")
    assert isinstance(event, CorrectiveActionCompleted) and event.result.owner == CHEN
    case(found(), raised(), overdue()).when(done()).then(CorrectiveActionCompleted)
    case(*A.up_to_the_end(), raised(), reopened()).when(done()).then(CorrectiveActionCompleted, cycle=2)
    case(found(), raised(), completed()).when(done()).then_nothing()


def test_nobody_else_says_so_but_their_deputy() -> None:
    case(found(), raised()).when(done(AGENT)).then_refused("not_the_owner")
    case(found()).when(done()).then_refused("no_such_action")
    away = StaffMember(True, False, "cards", ("department_lead",), deputies=(Deputy(AGENT.id, NOON, SOON),))
    deputy = replace(AGENT, role="deputy", on_behalf_of=LEAD.id)
    case(found(), raised()).with_references(staff(lead_1=away)).when(done(deputy)).then(CorrectiveActionCompleted)
    assert "compliance_officer" not in CompleteAction.may


def test_what_was_done_too_late_was_not_done_in_time_however_late_somebody_looks() -> None:
    on_time, late = completed().model_copy(update={"at": SOON}), completed().model_copy(update={"at": SOON + SECOND})
    case(found(), raised(), on_time).when(ran_out()).then_nothing()
    case(found(), raised(), late).when(ran_out(SOON + SECOND)).then(CorrectiveActionOverdue)


def test_that_it_was_not_done_in_time_is_written_down_once() -> None:
    case(found(), raised()).when(ran_out()).then(CorrectiveActionOverdue, action="a1", due_at=SOON)
    case(found(), raised(), overdue()).when(ran_out()).then_nothing()
    case(found(), raised(), completed()).when(ran_out()).then_nothing()
    case(found(), raised()).when(ran_out(LATER)).then_refused("not_due")
    case(found()).when(ran_out()).then_refused("no_such_action")
