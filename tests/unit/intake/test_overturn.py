"""改判成立 A department lead finds a rejected complaint established, before the reply has left (domain 4.2)."""

from typing import Any

import pytest

from services.intake.commands.assign_department import AssignDepartment
from services.intake.commands.overturn_judgement import OverturnJudgement
from services.intake.state import Judgement
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import JudgementOverturned, ResponsibleDepartmentAssigned
from tests.unit.intake.examples import (
    CARDS_LEAD,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    LOANS_LEAD,
    NOON,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REVIEWER,
    ZHAO,
    acknowledged,
    after,
    classified,
    closed,
    established,
    intake,
    not_established,
    overturned,
    registered,
    rejection_proposed,
    reopened,
    replied,
    withdrawal_requested,
)


def overturn(actor: Actor = CARDS_LEAD) -> OverturnJudgement:
    return OverturnJudgement(
        actor=actor, at=NOON, complaint_id=COMPLAINT, grounds="Sufficient.", demand="Reasonable.",
        reasons="A page was missing.", department="cards", days_asked=15,
    )  # fmt: skip


@pytest.mark.parametrize("lead", [CARDS_LEAD, LOANS_LEAD])
def test_a_department_lead_overturns_what_two_persons_found(lead: Actor) -> None:
    (fact,) = (
        after(*REJECTED)
        .when(overturn(lead))
        .then(JudgementOverturned, judged_by=JUDGE.id, confirmed_by=REVIEWER.id, department="cards", cycle=1)
    )
    assert isinstance(fact, JudgementOverturned)
    assert (fact.reasons.clear, fact.reasons.owner) == ("A page was missing.", ZHAO)


def test_from_then_on_it_is_established_in_the_same_cycle() -> None:
    state = intake(*REJECTED, overturned())
    both = (JUDGE.id, REVIEWER.id)
    assert state.judgement == Judgement(CARDS_LEAD.id, "established", "cards", overturned=both)
    assert (state.cycle, state.department) == (1, "cards")
    assign = AssignDepartment(actor=JUDGE, at=NOON, complaint_id=COMPLAINT, department="cards")
    after(*REJECTED, overturned()).when(assign).then(ResponsibleDepartmentAssigned)


def test_after_the_reply_only_a_reopening_helps() -> None:
    after(*REJECTED, replied()).when(overturn()).then_refused("already_replied")


@pytest.mark.parametrize("history", [READY, REJECTION_PROPOSED, ESTABLISHED, (*REJECTED, overturned())])
def test_only_what_two_persons_rejected_is_overturned(history: tuple[Event, ...]) -> None:
    after(*history).when(overturn()).then_refused("not_rejected")


def test_none_of_the_two_overturns_it() -> None:
    by_lead = (*REJECTION_PROPOSED, not_established(by=CARDS_LEAD.id))
    after(*by_lead).when(overturn()).then_refused("same_person")
    judge_too = (*READY, rejection_proposed(by=CARDS_LEAD.id), not_established(judged_by=CARDS_LEAD.id))
    after(*judge_too).when(overturn()).then_refused("same_person")
    deputy = Actor(LOANS_LEAD.id, "department_lead", "loans", on_behalf_of=JUDGE.id)
    after(*REJECTED).when(overturn(deputy)).then_refused("same_person")


def test_nobody_overturns_what_is_about_them_or_what_they_judged_before() -> None:
    history = (registered(), acknowledged(), classified(complained_of=(CARDS_LEAD.id,)))
    rejected = (*history, rejection_proposed(), not_established())
    after(*rejected).when(overturn()).then_refused("complained_of")
    earlier = (*REJECTED, overturned(), reopened(), rejection_proposed(2, by="x-1"), not_established(2, "x-1", "x-2"))
    after(*earlier).when(overturn()).then_refused("excluded")
    after(*earlier).when(overturn(LOANS_LEAD)).then(JudgementOverturned, cycle=2, judged_by="x-1")


def test_all_three_are_left_out_once_it_is_judged_anew() -> None:
    assert intake(*REJECTED, overturned(), reopened()).excluded == {JUDGE.id, REVIEWER.id, CARDS_LEAD.id}


@pytest.mark.parametrize(
    ("history", "code"),
    [((), "unknown_complaint"), ((*REJECTED, closed()), "closed"),
     ((*REJECTED, withdrawal_requested()), "withdrawal_pending")],
)  # fmt: skip
def test_it_is_refused_where_nothing_goes_on(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(overturn()).then_refused(code)


def test_it_is_a_person_s_own_decision_on_what_they_saw() -> None:
    command: Any = OverturnJudgement
    assert command.may == ("department_lead",) and command.contested and command.in_person
    assert overturn().needed() == (f"staff:{CARDS_LEAD.id}",)
    assert established().days_asked == 15
