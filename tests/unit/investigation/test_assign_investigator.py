"""指派调查人 Who may investigate, and who may say so (N7)."""

from dataclasses import replace
from typing import Any

import pytest

from services.investigation.commands.assign_investigator import AssignInvestigator
from shared.decide import NotYetSeen
from shared.events.investigation import InvestigatorAssigned, InvestigatorReplaced
from shared.reference.staff import StaffMember
from tests.unit.investigation.examples import (
    CLERK,
    INVESTIGATOR,
    LEAD,
    LEAD_ELSEWHERE,
    OTHER_INVESTIGATOR,
    OTHER_LEAD,
    assign,
    at_accepted,
    at_investigating,
    at_opened,
    at_second_cycle,
    at_submitted,
    classified,
    complaint_reopened,
    conflict_declared,
    department_assigned,
    member,
    opened,
    replaced,
    staff,
    told,
)


def test_the_lead_names_an_investigator() -> None:
    told(*at_opened()).when(assign()).then(
        InvestigatorAssigned, investigator=INVESTIGATOR.id, declaration="decl-9", by=LEAD.id, cycle=1
    )


def test_it_reads_the_record_of_whom_it_names() -> None:
    assert assign("inv-tao").needed() == ("staff:inv-tao",)


def test_naming_the_same_one_again_adds_nothing() -> None:
    told(*at_investigating()).when(assign()).then_nothing()


def test_another_one_takes_over_for_a_reason() -> None:
    told(*at_investigating()).when(assign("inv-tao", reason="illness")).then(
        InvestigatorReplaced,
        previous=INVESTIGATOR.id,
        investigator=OTHER_INVESTIGATOR.id,
        reason="illness",
        declaration="decl-9",
    )


def test_without_a_reason_nobody_takes_over() -> None:
    told(*at_investigating()).when(assign("inv-tao")).then_refused("reason_needed")


def test_one_who_was_replaced_may_take_over_again_in_the_same_cycle() -> None:
    told(*at_investigating(), replaced()).when(assign(reason="back")).then(
        InvestigatorReplaced, investigator=INVESTIGATOR.id
    )


def test_another_departments_lead_names_nobody() -> None:
    refused = told(*at_opened()).when(assign(actor=LEAD_ELSEWHERE))
    assert refused.then_refused("not_responsible_department").status == 403


def test_a_lead_complained_of_names_nobody() -> None:
    state = at_opened(complained_of=(LEAD.id,))
    told(*state).when(assign()).then_refused("complained_of")


def test_a_deputy_of_the_lead_complained_of_names_nobody() -> None:
    deputy = replace(LEAD, id="lead-bo", on_behalf_of=LEAD.id)
    state = at_opened(complained_of=(LEAD.id,))
    told(*state).when(assign(actor=deputy)).then_refused("complained_of")


def test_the_lead_may_not_name_themself() -> None:
    team = staff(lead_ran=member(roles=("department_lead", "investigator")))
    told(*at_opened()).with_references(team).when(assign(LEAD.id)).then_refused("own_assignment")


def test_a_deputy_may_not_name_the_lead_they_act_for() -> None:
    deputy = replace(LEAD, id="lead-bo", on_behalf_of=LEAD.id)
    team = staff(lead_ran=member(roles=("department_lead", "investigator")))
    told(*at_opened()).with_references(team).when(assign(LEAD.id, deputy)).then_refused("own_assignment")


def test_the_person_complained_of_does_not_investigate() -> None:
    state = at_opened(complained_of=(INVESTIGATOR.id,))
    told(*state).when(assign()).then_refused("complained_of")


def test_whoever_reports_to_the_person_complained_of_does_not_investigate() -> None:
    team = staff(inv_mei=member(reports_to=CLERK))
    state = at_opened(complained_of=(CLERK,))
    told(*state).with_references(team).when(assign()).then_refused("reports_to_complained_of")


def test_whoever_is_recused_by_intake_does_not_investigate() -> None:
    state = (*at_opened()[:-2], department_assigned(recused=(INVESTIGATOR.id,)), opened())
    told(*state).when(assign()).then_refused("recused")


def test_whoever_the_opening_recused_does_not_investigate() -> None:
    state = (*at_opened()[:-1], opened(recused=(INVESTIGATOR.id,)))
    told(*state).when(assign()).then_refused("recused")


def test_whoever_declared_a_conflict_does_not_investigate() -> None:
    state = (*at_opened(), conflict_declared())
    told(*state).when(assign()).then_refused("conflict_declared")


def test_an_earlier_cycles_investigator_does_not_investigate_again() -> None:
    told(*at_second_cycle()).when(assign()).then_refused("investigated_before")


def test_another_one_investigates_the_second_cycle() -> None:
    told(*at_second_cycle()).when(assign("inv-tao")).then(InvestigatorAssigned, investigator="inv-tao", cycle=2)


def test_whoever_the_reopening_excludes_does_not_investigate() -> None:
    reopened = complaint_reopened(stage="judgement", excluded=("inv-tao",))
    state = (*at_opened(), reopened, department_assigned(cycle=2), opened(cycle=2))
    told(*state).when(assign("inv-tao")).then_refused("investigated_before")


@pytest.mark.parametrize(
    ("who", "code"),
    [(member(left=True), "staff_left"), (member(roles=("agent",)), "not_an_investigator")],
)
def test_whoever_cannot_investigate_is_not_named(who: StaffMember, code: str) -> None:
    told(*at_opened()).with_references(staff(inv_mei=who)).when(assign()).then_refused(code)


def test_of_somebody_unknown_the_directory_must_first_have_told() -> None:
    refusal = told(*at_opened()).when(assign("inv-new")).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "staff:inv-new"


def test_accepted_findings_fix_who_investigated() -> None:
    told(*at_accepted()).when(assign("inv-tao", reason="late")).then_refused("findings_accepted")


@pytest.mark.parametrize(
    "interest", [conflict_declared(), classified(complained_of=(INVESTIGATOR.id,))], ids=["conflict", "complained of"]
)
def test_the_same_one_named_again_despite_an_interest_is_refused(interest: Any) -> None:
    told(*at_submitted(), interest).when(assign(reason="again")).then_refused(
        "conflict_declared" if interest.wire_type == "investigation.conflict-declared" else "complained_of"
    )


def test_a_deputy_of_the_lead_names_an_investigator() -> None:
    """Somebody must while the lead is away; what they find is accepted in person."""
    told(*at_opened()).when(assign(actor=replace(OTHER_LEAD, on_behalf_of=LEAD.id))).then(
        InvestigatorAssigned, by=OTHER_LEAD.id
    )


def test_only_a_department_lead_may_ask() -> None:
    assert AssignInvestigator.may == ("department_lead",)
