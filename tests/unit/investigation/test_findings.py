"""调查结论 Findings are submitted, returned, accepted: by whom, resting on what, naming whom."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from services.investigation.commands.accept_findings import AcceptFindings
from services.investigation.commands.return_findings import ReturnFindings
from services.investigation.commands.submit_findings import SubmitFindings
from shared.decide import Actor
from shared.events.investigation import FindingsAccepted, FindingsReturned, FindingsSubmitted
from tests.sentences import state_of
from tests.unit.investigation.examples import (
    AGENT,
    INVESTIGATOR,
    LEAD,
    LEAD_ELSEWHERE,
    LOSS,
    OTHER_INVESTIGATOR,
    OTHER_LEAD,
    PERSON,
    SERVICE,
    accept,
    add,
    ask,
    assign,
    assigned,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    cause_identified,
    complaint_reopened,
    conflict_declared,
    department_assigned,
    evidence_added,
    investigation_reopened,
    name_cause,
    opened,
    replaced,
    returned,
    send_back,
    submit,
    submitted,
    take_down,
    told,
    wish,
)


def test_the_investigator_submits_what_they_found() -> None:
    ready = (*at_investigating(), evidence_added(), cause_identified())
    (found,) = (
        told(*ready).when(submit()).then(FindingsSubmitted, verdict="upheld", loss=LOSS, by=INVESTIGATOR.id, cycle=1)
    )
    assert isinstance(found, FindingsSubmitted) and found.reasons.owner == PERSON


def test_without_evidence_there_are_no_findings() -> None:
    told(*at_investigating(), cause_identified()).when(submit()).then_refused("evidence_needed")


def test_without_a_cause_there_are_no_findings() -> None:
    told(*at_investigating(), evidence_added()).when(submit()).then_refused("cause_needed")


def test_an_earlier_cycles_evidence_is_not_enough() -> None:
    second = (*at_second_cycle(), assigned("inv-tao", cycle=2), cause_identified(cycle=2))
    told(*second).when(submit(OTHER_INVESTIGATOR)).then_refused("evidence_needed")
    told(*second, evidence_added("E2", cycle=2)).when(submit(OTHER_INVESTIGATOR)).then(FindingsSubmitted, cycle=2)


def test_an_earlier_cycles_cause_is_not_enough() -> None:
    second = (*at_second_cycle(), assigned("inv-tao", cycle=2), evidence_added("E2", cycle=2))
    told(*second).when(submit(OTHER_INVESTIGATOR)).then_refused("cause_needed")


def test_nobody_else_submits() -> None:
    ready = (*at_investigating(), evidence_added(), cause_identified())
    told(*ready).when(submit(OTHER_INVESTIGATOR)).then_refused("not_the_investigator")


def test_findings_are_submitted_once_until_they_are_returned() -> None:
    told(*at_submitted()).when(submit()).then_refused("findings_submitted")
    told(*at_submitted(), returned()).when(submit()).then(FindingsSubmitted)
    told(*at_accepted()).when(submit()).then_refused("findings_accepted")


def test_findings_need_reasons() -> None:
    with pytest.raises(ValidationError):
        wish(SubmitFindings, INVESTIGATOR, verdict="upheld", reasons="  ", loss=LOSS)


def test_a_successor_submits_a_cause_and_findings_of_their_own() -> None:
    told(*at_submitted(), replaced()).when(accept()).then_refused("no_findings")
    told(*at_submitted(), replaced()).when(submit(OTHER_INVESTIGATOR)).then_refused("cause_needed")


def test_the_lead_returns_findings_with_reasons() -> None:
    (back,) = told(*at_submitted()).when(send_back()).then(FindingsReturned, by=LEAD.id)
    assert isinstance(back, FindingsReturned) and back.reasons.owner == PERSON


def test_the_lead_accepts_the_findings_as_they_were_submitted() -> None:
    told(*at_submitted(severity="special", restricted=True)).when(accept()).then(
        FindingsAccepted,
        verdict="upheld",
        cause="fee.unannounced",
        department="cards",
        loss=LOSS,
        submitted_by=INVESTIGATOR.id,
        investigators=(INVESTIGATOR.id,),
        recused=(),
        severity="special",
        restricted=True,
        person=PERSON,
        by=LEAD.id,
        cycle=1,
    )


def test_acceptance_bars_whoever_is_complained_of_also_if_that_came_after_the_assignment() -> None:
    (done,) = told(*at_submitted(complained_of=("approver-9",))).when(accept()).then(FindingsAccepted)
    assert isinstance(done, FindingsAccepted) and done.recused == ("approver-9",)


def test_acceptance_names_everyone_who_acted_in_intake_and_here_but_not_the_system() -> None:
    (done,) = told(*at_submitted()).when(accept(OTHER_LEAD)).then(FindingsAccepted)
    assert isinstance(done, FindingsAccepted)
    assert done.handled_by == (AGENT.id, "triage-hua", LEAD.id, INVESTIGATOR.id, OTHER_LEAD.id)


def test_acceptance_names_the_investigators_of_all_cycles_and_whoever_was_replaced() -> None:
    second = (
        *at_second_cycle(),
        assigned("inv-an", cycle=2),
        replaced(previous="inv-an", cycle=2),
        evidence_added("E2", cycle=2, by="inv-tao"),
        cause_identified(cycle=2, by="inv-tao"),
        submitted(cycle=2, by="inv-tao"),
    )
    (done,) = told(*second).when(accept()).then(FindingsAccepted, cycle=2, submitted_by="inv-tao")
    assert isinstance(done, FindingsAccepted)
    assert done.investigators == ("inv-mei", "inv-an", "inv-tao")
    assert {"inv-mei", "inv-an", "inv-tao", AGENT.id} <= set(done.handled_by)


def test_acceptance_names_whoever_may_not_touch_the_case() -> None:
    recused = department_assigned(recused=("clerk-qi",))
    state = (*at_opened()[:-2], recused, opened(), *at_submitted()[len(at_opened()) :], conflict_declared(AGENT.id))
    (done,) = told(*state).when(accept()).then(FindingsAccepted)
    assert isinstance(done, FindingsAccepted) and done.recused == ("clerk-qi", AGENT.id)


def test_accepting_again_adds_nothing() -> None:
    told(*at_accepted()).when(accept()).then_nothing()


def test_accepted_findings_are_not_returned() -> None:
    told(*at_accepted()).when(send_back()).then_refused("findings_accepted")


@pytest.mark.parametrize("decision", [accept(), send_back()], ids=["accept", "return"])
def test_without_findings_there_is_nothing_to_decide(decision: AcceptFindings | ReturnFindings) -> None:
    told(*at_investigating()).when(decision).then_refused("no_findings")
    told(*at_investigating(), evidence_added(), cause_identified()).when(decision).then_refused("no_findings")


def test_findings_without_a_cause_are_not_accepted() -> None:
    told(*at_investigating(), evidence_added(), submitted()).when(accept()).then_refused("no_findings")


_INVESTIGATING_LEAD = Actor(INVESTIGATOR.id, "department_lead", "cards")


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (LEAD_ELSEWHERE, "not_responsible_department"),
        (_INVESTIGATING_LEAD, "investigated_it"),
        (replace(OTHER_LEAD, on_behalf_of=INVESTIGATOR.id), "investigated_it"),
    ],
)
def test_nobody_decides_on_other_departments_findings_or_on_their_own(actor: Actor, code: str) -> None:
    told(*at_submitted()).when(accept(actor)).then_refused(code)
    told(*at_submitted()).when(send_back(actor)).then_refused(code)


def test_an_earlier_cycles_investigator_does_not_decide_as_a_lead() -> None:
    second = (
        *at_second_cycle(),
        assigned("inv-tao", cycle=2),
        evidence_added("E2", cycle=2),
        cause_identified(cycle=2),
        submitted(cycle=2, by="inv-tao"),
    )
    told(*second).when(accept(_INVESTIGATING_LEAD)).then_refused("investigated_it")


def test_an_earlier_cycles_findings_are_not_accepted_in_this_one() -> None:
    reopened = (*at_submitted(), complaint_reopened(), investigation_reopened())
    told(*reopened).when(accept()).then_refused("no_findings")
    told(*reopened).when(send_back()).then_refused("no_findings")
    told(*at_second_cycle(), assigned("inv-tao", cycle=2)).when(accept()).then_refused("no_findings")


def test_where_only_another_remedy_is_sought_the_findings_stand() -> None:
    again = (*at_accepted(), complaint_reopened(stage="resolution"))
    told(*again).when(accept()).then_nothing()
    for late in (send_back(), submit(), name_cause(), add(), take_down(), ask(), assign("inv-tao", reason="late")):
        told(*again).when(late).then_refused("findings_accepted")


def test_a_lead_complained_of_decides_nothing() -> None:
    state = at_submitted(complained_of=(LEAD.id,))
    told(*state).when(accept()).then_refused("complained_of")
    told(*state).when(send_back()).then_refused("complained_of")


def test_both_decisions_are_contested_and_the_leads_alone() -> None:
    for command in (AcceptFindings, ReturnFindings):
        assert command.contested and command.in_person and command.may == ("department_lead",)
    assert SubmitFindings.in_person


def test_the_facts_themselves_lead_to_the_same_state() -> None:
    state = state_of(SERVICE, *at_accepted())
    assert state.accepted and state.findings is not None and state.findings.submitted_by == INVESTIGATOR.id
    assert state_of(SERVICE, *at_submitted(), returned()).findings is None
