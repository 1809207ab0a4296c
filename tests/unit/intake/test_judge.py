"""投诉判断 The two tests of F04, by someone who may (N9, N23)."""

from typing import Any

import pytest

from services.intake.commands.judge import JudgeComplaint
from shared.decide import Actor, NotFound
from shared.events.base import Event
from shared.events.intake import ComplaintEstablished, RejectionProposed
from shared.reference.staff import StaffMember
from tests.unit.intake.examples import (
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    NOON,
    OTHER_JUDGE,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REOPENED_FOR_JUDGEMENT,
    ZHAO,
    acknowledged,
    after,
    assigned,
    classified,
    closed,
    established,
    intake,
    reclassified,
    registered,
    rejection_returned,
    reopened,
    replied,
)


def judge(**fields: Any) -> JudgeComplaint:
    usual: dict[str, Any] = {
        "actor": JUDGE,
        "verdict": "established",
        "grounds": "Two debits stand in the statement.",
        "demand": "To have one returned is reasonable.",
        "department": "cards",
        "days_asked": 15,
    }
    return JudgeComplaint(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def reject(**fields: Any) -> JudgeComplaint:
    return judge(**{"verdict": "not_established", "days_asked": None, "reasons": "The contract says so.", **fields})


def test_an_established_complaint_bears_both_answers_and_the_time_asked_for() -> None:
    (fact,) = (
        after(*READY)
        .when(judge())
        .then(ComplaintEstablished, by=JUDGE.id, at=NOON, cycle=1, department="cards", days_asked=15)
    )
    assert isinstance(fact, ComplaintEstablished)
    assert (fact.grounds.clear, fact.grounds.owner) == ("Two debits stand in the statement.", ZHAO)
    assert (fact.demand.clear, fact.demand.owner) == ("To have one returned is reasonable.", ZHAO)


def test_a_rejection_is_only_proposed_and_bears_its_reasons() -> None:
    (fact,) = after(*READY).when(reject()).then(RejectionProposed, by=JUDGE.id, cycle=1, department="cards")
    assert isinstance(fact, RejectionProposed)
    assert (fact.reasons.clear, fact.reasons.owner) == ("The contract says so.", ZHAO)


def test_a_rejection_without_reasons_is_refused() -> None:
    after(*READY).when(reject(reasons=None)).then_refused("reasons_missing")


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_blank_reasons_are_not_even_a_command(blank: str) -> None:
    with pytest.raises(ValueError, match="reasons"):
        reject(reasons=blank)


def test_an_established_complaint_needs_the_days_asked_for() -> None:
    after(*READY).when(judge(days_asked=None)).then_refused("days_missing")


@pytest.mark.parametrize("days", [0, 366])
def test_the_days_asked_for_are_one_to_a_year(days: int) -> None:
    with pytest.raises(ValueError, match="days_asked"):
        judge(days_asked=days)


def test_what_belongs_to_the_other_verdict_is_refused_rather_than_dropped() -> None:
    after(*READY).when(judge(reasons="Why?")).then_refused("reasons_out_of_place")
    after(*READY).when(reject(days_asked=5)).then_refused("days_out_of_place")


def test_nobody_judges_before_the_customer_was_told() -> None:
    after(registered(), classified()).when(judge()).then_refused("not_acknowledged")


def test_nobody_judges_before_it_is_classified() -> None:
    after(registered(), acknowledged()).when(judge()).then_refused("not_classified")


@pytest.mark.parametrize("verdict", [judge, reject])
def test_whoever_is_complained_of_does_not_judge(verdict: Any) -> None:
    history = (registered(), acknowledged(), classified(complained_of=(JUDGE.id,)))
    after(*history).when(verdict()).then_refused("complained_of")


@pytest.mark.parametrize("verdict", [judge, reject])
def test_nor_does_whoever_was_struck_off_the_list_or_recused(verdict: Any) -> None:
    struck_off = (classified(complained_of=(JUDGE.id,)), reclassified(complained_of=()))
    after(registered(), acknowledged(), *struck_off).when(verdict()).then_refused("recused")
    again = (reopened(stage="judgement"), acknowledged(2))
    after(*READY, established(by="x"), assigned(recused=(JUDGE.id,)), *again).when(verdict()).then_refused("recused")


def test_nor_does_anyone_for_them() -> None:
    deputy = Actor(JUDGE.id, "triage_lead", "triage", on_behalf_of="boss-1")
    history = (registered(), acknowledged(), classified(complained_of=("boss-1",)))
    after(*history).when(judge(actor=deputy)).then_refused("complained_of")


def test_nobody_rejects_a_complaint_about_their_own_department() -> None:
    after(*READY).when(reject(department="triage")).then_refused("own_department")


def test_nor_one_about_the_department_that_the_directory_has_them_in() -> None:
    moved = {f"staff:{JUDGE.id}": StaffMember(joined=True, department="cards")}
    after(*READY).with_references(moved).when(reject()).then_refused("own_department")


def test_nor_one_about_a_colleague_of_theirs_whichever_department_they_name() -> None:
    about = (registered(), acknowledged(), classified(complained_of=("agent-9",)), reclassified(complained_of=()))
    colleague = {"staff:agent-9": StaffMember(joined=True, department="triage")}
    assert list(reject().needed_then({f"complaint:{COMPLAINT}": intake(*about)})) == ["staff:agent-9"]
    after(*about).with_references(colleague).when(reject()).then_refused("own_department")
    after(*about).with_references(colleague).when(judge()).then(ComplaintEstablished)
    after(*about).with_references({"staff:agent-9": StaffMember()}).when(reject()).then(RejectionProposed)


def test_whoever_establishes_a_complaint_may_be_of_the_department() -> None:
    after(*READY).when(judge(department="triage")).then(ComplaintEstablished)


def test_whoever_left_does_not_judge() -> None:
    gone = {f"staff:{JUDGE.id}": StaffMember(joined=True, left=True, department="triage")}
    assert after(*READY).with_references(gone).when(judge()).then_refused("left_the_firm").status == 403


def test_a_judge_of_whom_the_directory_has_not_told_yet_must_wait() -> None:
    stranger = Actor("new-1", "triage_lead", "triage")
    refusal = after(*READY).when(judge(actor=stranger)).then_refused("not_yet_seen")
    assert refusal.details == {"waiting_for": "staff:new-1"}
    assert judge(actor=stranger).needed() == ("staff:new-1",)


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"),
        ((*READY, closed()), "closed"),
        (ESTABLISHED, "already_judged"),
        (REJECTED, "already_judged"),
        (REJECTION_PROPOSED, "rejection_pending"),
    ],
)
def test_it_is_judged_once_a_cycle(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(judge()).then_refused(code)
    after(*history).when(reject()).then_refused(code)


def test_an_unknown_complaint_is_not_found() -> None:
    assert isinstance(after().when(judge()).then_refused("unknown_complaint"), NotFound)


def test_a_returned_rejection_is_judged_anew_even_by_the_same_person() -> None:
    after(*REJECTION_PROPOSED, rejection_returned()).when(judge()).then(ComplaintEstablished)


def test_after_a_reopening_it_is_acknowledged_and_judged_anew_by_another() -> None:
    after(*REOPENED_FOR_JUDGEMENT).when(judge(actor=OTHER_JUDGE)).then_refused("not_acknowledged")
    told = (*REOPENED_FOR_JUDGEMENT, acknowledged(cycle=2))
    after(*told).when(judge(actor=OTHER_JUDGE)).then(ComplaintEstablished, cycle=2)
    after(*told).when(judge()).then_refused("excluded")


def test_whoever_the_reopening_excludes_does_not_judge() -> None:
    told = (*REJECTED, replied(), reopened(excluded=(OTHER_JUDGE.id,)), acknowledged(cycle=2))
    after(*told).when(judge(actor=OTHER_JUDGE)).then_refused("excluded")


def test_a_reopening_after_closing_opens_it_again() -> None:
    told = (*REJECTED, replied(), closed(), reopened(), acknowledged(cycle=2))
    after(*told).when(judge(actor=OTHER_JUDGE)).then(ComplaintEstablished)


def test_the_judgement_is_contested_and_no_machine_makes_it() -> None:
    assert JudgeComplaint.contested
    assert JudgeComplaint.may == ("triage_lead",)
