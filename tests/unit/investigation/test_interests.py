"""回避 Who has an interest in a case, or said their word on it before, neither investigates nor decides on it (N7)."""

from dataclasses import replace
from typing import Any

import pytest

from services.investigation.state import Investigation
from shared.decide import Actor, Command, NotYetSeen
from shared.events.base import Event
from shared.events.intake import (
    ComplaintEscalatedToSpecial,
    ComplaintHandedOver,
    ComplaintNotEstablished,
    CourtesyReplySent,
    NoteAdded,
    ProgressTold,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
    WithdrawalConfirmed,
)
from shared.events.investigation import (
    EvidenceAdded,
    FindingsAccepted,
    FindingsReturned,
    InvestigatorAssigned,
    InvestigatorReplaced,
)
from shared.reference.contacts import Contact
from tests.sentences import state_of
from tests.unit.investigation.examples import (
    AGENT,
    CLERK,
    CLERK_BELOW,
    INVESTIGATOR,
    LEAD,
    OTHER_LEAD,
    SERVICE,
    accept,
    accepted,
    acknowledged,
    add,
    assign,
    assigned,
    at_accepted,
    at_investigating,
    at_opened,
    at_submitted,
    cause_identified,
    classified,
    complaint_reopened,
    department_assigned,
    established,
    evidence_added,
    fact,
    investigation_reopened,
    member,
    name_cause,
    opened,
    overturned,
    reclassified,
    registered,
    returned,
    said,
    send_back,
    staff,
    submit,
    submitted,
    take_down,
    taken_over,
    told,
    withdrawal_denied,
    withdrawal_requested,
)

CONTACT = "0197f1a0-0000-7000-8000-00000000000c"


def about(*persons: str) -> tuple[Event, ...]:
    return at_opened(complained_of=persons)


# By reporting lines.


@pytest.mark.parametrize(
    ("complained_of", "code"),
    [
        ("inv-tao", "reports_to_complained_of"),
        ("lead-bo", "reports_to_complained_of"),
        ("head-fu", "reports_to_complained_of"),
        (CLERK_BELOW, "leads_complained_of"),
    ],
    ids=["their superior", "two levels above", "three levels above", "below them"],
)
def test_nobody_above_or_below_the_person_complained_of_investigates(complained_of: str, code: str) -> None:
    # Led by somebody outside of that line, who can decide.
    outside = Actor("lead-out", "department_lead", "cards")
    team = staff(lead_out=member(roles=("department_lead",), reports_to=None))
    given = told(*about(complained_of)).with_references(team)
    refusal = given.when(assign("inv-an", outside)).then_refused(code)
    assert refusal.details == {"investigator": "inv-an"}


def test_a_superior_two_levels_above_the_person_complained_of_does_not_investigate_either() -> None:
    told(*about(CLERK_BELOW)).when(assign("inv-tao", LEAD)).then_refused("leads_complained_of")


def test_a_colleague_of_the_person_complained_of_investigates() -> None:
    told(*about(CLERK)).when(assign()).then(InvestigatorAssigned, investigator=INVESTIGATOR.id)


def test_of_several_complained_of_each_counts() -> None:
    told(*about(CLERK, CLERK_BELOW)).when(assign("inv-an", LEAD)).then_refused("leads_complained_of")
    told(*about(CLERK, CLERK_BELOW)).when(assign()).then(InvestigatorAssigned)


def test_until_every_record_of_the_lines_is_here_nobody_is_named() -> None:
    refusal = told(*about("clerk-new")).when(assign()).then_refused("not_yet_seen")
    assert isinstance(refusal, NotYetSeen) and refusal.details["waiting_for"] == "staff:clerk-new"


def test_a_decision_asks_for_the_lines_of_all_concerned_until_it_has_them() -> None:
    wish = assign("inv-an")
    case = state_of(SERVICE, *about(CLERK))
    known: dict[str, Any] = {wish.subject_id(): case}
    asked = []
    while more := [subject for subject in wish.needed_then(known) if subject not in known]:
        asked += more
        known |= {subject: told().known[subject] for subject in more}
    assert set(asked) == {f"staff:{who}" for who in (CLERK, "lead-ran", "head-fu", "inv-an", "inv-tao", "lead-bo")}


def test_where_nobody_is_complained_of_no_lines_are_asked_for() -> None:
    wish = assign("inv-an")
    assert tuple(wish.needed_then({wish.subject_id(): Investigation()})) == ()


@pytest.mark.parametrize("wish", [assign(), accept(), send_back()], ids=["assign", "accept", "return"])
def test_a_lead_decides_on_nothing_that_is_about_somebody_above_them(wish: Command) -> None:
    told(*at_submitted(), classified(complained_of=("head-fu",))).when(wish).then_refused("reports_to_complained_of")
    deputy = replace(wish.actor, id="lead-out", on_behalf_of=LEAD.id)
    team = staff(lead_out=member(roles=("department_lead",), reports_to=None))
    acting = wish.model_copy(update={"actor": deputy})
    given = told(*at_submitted(), classified(complained_of=("head-fu",))).with_references(team)
    given.when(acting).then_refused("reports_to_complained_of")


def test_a_lead_decides_on_what_is_about_somebody_below_them() -> None:
    """Somebody must: a department answers for its people, and what its lead accepts is approved elsewhere."""
    told(*at_submitted(complained_of=(CLERK,))).when(accept()).then(FindingsAccepted)
    told(*at_submitted(complained_of=(CLERK,))).when(send_back()).then(FindingsReturned)


@pytest.mark.parametrize(
    "late",
    [classified(complained_of=("lead-ran",)), classified(complained_of=("clerk-under-mei",))],
    ids=["above the investigator", "below the investigator"],
)
def test_a_tie_that_comes_to_light_later_stops_the_investigator_and_their_findings(late: Event) -> None:
    team = staff(clerk_under_mei=member(reports_to=INVESTIGATOR.id))
    outside = Actor("lead-bo", "department_lead", "cards")
    code = "investigator_must_be_replaced"
    for wish in (add(AGENT, evidence="E2"), take_down(), name_cause(), submit(), accept(outside), send_back(outside)):
        told(*at_submitted(), late).with_references(team).when(wish).then_refused(code)
    replacing = assign("inv-tao", outside, reason="tie")
    told(*at_submitted(), late).with_references(team).when(replacing).then(InvestigatorReplaced)


# By what they said before.


def rejection(cycle: int = 1) -> tuple[Event, ...]:
    texts = {"grounds": said("No"), "demand": said("No"), "reasons": said("It was agreed")}
    return (
        fact(RejectionProposed, "judge-a", 1, **texts, department="cards", cycle=cycle),
        fact(RejectionReturned, "judge-b", 1, reasons=said("Look again"), cycle=cycle),
        fact(ComplaintNotEstablished, "judge-c", 1, judged_by="judge-d", reasons=said("So it was"), cycle=cycle),
    )


def reply() -> Event:
    return fact(
        CourtesyReplySent, "agent-wen", 2, letter=said("Dear customer"), channel="letter", proof="post-1",
        handled_by=(AGENT.id,),
    )  # fmt: skip


REOPENED = (complaint_reopened(stage="judgement", excluded=()), department_assigned(cycle=2), opened(cycle=2))
ESCALATED = fact(ComplaintEscalatedToSpecial, "agent-shi", 1, reasons=("media",))
CORRECTED = fact(
    RegistrationCorrected, "agent-gao", 1, field="channel", replaces=1, reasons=said("A slip"), channel="web"
)


@pytest.mark.parametrize(
    ("who", "before"),
    [
        ("agent-lin", ()),
        ("triage-hua", (established(),)),
        ("lead-xu", (overturned(),)),
        ("triage-a", (overturned(),)),
        ("triage-b", (overturned(),)),
        ("agent-shi", (ESCALATED,)),
        ("agent-gao", (CORRECTED,)),
        ("agent-ba", (reclassified(by="agent-ba"),)),
        ("agent-wi", (withdrawal_requested(by="agent-wi"), withdrawal_denied())),
        ("judge-a", (*rejection(), reply(), *REOPENED)),
        ("judge-b", (*rejection(), reply(), *REOPENED)),
        ("judge-c", (*rejection(), reply(), *REOPENED)),
        ("judge-d", (*rejection(), reply(), *REOPENED)),
        ("agent-wen", (*rejection(), reply(), *REOPENED)),
    ],
)
def test_whoever_shaped_or_judged_the_case_does_not_investigate(who: str, before: tuple[Event, ...]) -> None:
    team = {f"staff:{who}": member()}
    told(*at_opened(), *before).with_references(team).when(assign(who)).then_refused("handled_before")


WORD_PASSED_ON = (
    fact(NoteAdded, "senior-pei", 1, note="N1", text=said("They prefer evenings")),
    fact(ProgressTold, "senior-pei", 1, channel="phone", told=said("In hand"), proof="rec-1"),
    fact(ComplaintHandedOver, "agent-lin", 1, to="senior-pei", reason="shift"),
    acknowledged().model_copy(update={"by": "senior-pei"}),
    fact(WithdrawalConfirmed, "senior-pei", 2, channel="phone", recording="rec-2", words=said("Yes")),
)


@pytest.mark.parametrize("passed_on", WORD_PASSED_ON, ids=lambda event: type(event).__name__)
def test_whoever_only_passed_word_on_may_investigate(passed_on: Event) -> None:
    team = staff(senior_pei=member())
    told(*at_opened(), passed_on).with_references(team).when(assign("senior-pei")).then(InvestigatorAssigned)


def test_whoever_handled_it_in_an_old_system_does_not_investigate() -> None:
    moved = (registered(), taken_over(), opened())
    told(*moved).when(assign("inv-tao")).then_refused("handled_before")
    told(*moved).when(assign()).then(InvestigatorAssigned)


def test_whoever_decided_on_findings_never_investigates() -> None:
    """Neither in this cycle nor in another: they would look for what they said."""
    team = staff(lead_bo=member(roles=("department_lead", "investigator")))
    sent_back = (*at_submitted(), returned(by=OTHER_LEAD.id))
    again = assign(OTHER_LEAD.id, reason="workload")
    told(*sent_back).with_references(team).when(again).then_refused("handled_before")
    second = (*at_submitted(), accepted(by=OTHER_LEAD.id), complaint_reopened(), investigation_reopened())
    told(*second).with_references(team).when(assign(OTHER_LEAD.id)).then_refused("handled_before")


def test_the_first_cycles_investigator_does_not_investigate_the_third() -> None:
    second = (*at_accepted(), complaint_reopened(), investigation_reopened(), assigned("inv-tao", cycle=2))
    done = (
        *second,
        evidence_added("E2", cycle=2, by="inv-tao"),
        cause_identified(cycle=2, by="inv-tao"),
        submitted(cycle=2, by="inv-tao"),
        accepted(cycle=2, submitted_by="inv-tao"),
    )
    third = (*done, complaint_reopened(cycle=3, excluded=("inv-tao",)), investigation_reopened(cycle=3))
    for before in (INVESTIGATOR.id, "inv-tao"):
        told(*third).when(assign(before)).then_refused("investigated_before")
    told(*third).when(assign("inv-an")).then(InvestigatorAssigned, investigator="inv-an", cycle=3)


def test_an_investigator_of_any_cycle_names_no_investigator() -> None:
    """Not even as the deputy of a lead who is away: whom they name would answer for what they did."""
    deputy = Actor(INVESTIGATOR.id, "department_lead", "cards", on_behalf_of=LEAD.id)
    wish = assign("inv-tao", deputy, reason="workload")
    told(*at_investigating()).when(wish).then_refused("investigated_it")


# Before it was a complaint.


def from_contact(contact: Contact | None) -> Any:
    begun = registered(from_contact=CONTACT)
    given = told(begun, *at_opened()[1:])
    return given.with_references({f"contact:{CONTACT}": contact} if contact else {})


def test_whoever_handled_the_enquiry_that_it_began_as_does_not_investigate() -> None:
    contact = Contact(hands=("agent-lin", "inv-mei"), became_complaint=True)
    from_contact(contact).when(assign()).then_refused("handled_before")
    from_contact(contact).when(assign("inv-tao")).then(InvestigatorAssigned)


@pytest.mark.parametrize("contact", [None, Contact(), Contact(hands=("agent-lin",))])
def test_until_all_who_handled_the_enquiry_are_known_nobody_is_named(contact: Contact | None) -> None:
    refusal = from_contact(contact).when(assign()).then_refused("not_yet_seen")
    assert refusal.details["waiting_for"] == f"contact:{CONTACT}"


def test_naming_an_investigator_reads_the_enquiry_that_it_began_as() -> None:
    wish = assign()
    case = state_of(SERVICE, registered(from_contact=CONTACT))
    assert tuple(wish.needed_then({wish.subject_id(): case})) == (f"contact:{CONTACT}",)


# Struck off, barred, of elsewhere.


def test_striking_a_name_from_the_list_does_not_let_its_bearer_investigate() -> None:
    struck = (*about(INVESTIGATOR.id), reclassified(complained_of=()))
    told(*struck).when(assign()).then_refused("recused")


def test_a_person_struck_off_the_list_ties_nobody_else() -> None:
    told(*about("head-fu"), reclassified(complained_of=())).when(assign()).then(InvestigatorAssigned)


@pytest.mark.parametrize("wish", [assign(), accept(), send_back()], ids=["assign", "accept", "return"])
def test_a_lead_who_is_recused_decides_nothing(wish: Command) -> None:
    barred = (*at_submitted(), department_assigned(recused=(LEAD.id,)))
    told(*barred).when(wish).then_refused("recused")
    deputy = replace(OTHER_LEAD, on_behalf_of=LEAD.id)
    told(*barred).when(wish.model_copy(update={"actor": deputy})).then_refused("recused")


def test_an_investigator_of_another_department_is_not_named() -> None:
    elsewhere = staff(inv_mei=member(department="loans"))
    refusal = told(*at_opened()).with_references(elsewhere).when(assign()).then_refused("other_department")
    assert refusal.details == {"theirs": "loans", "department": "cards"}


def test_for_one_who_has_left_another_takes_over() -> None:
    gone = staff(inv_mei=member(left=True))
    told(*at_submitted()).with_references(gone).when(assign(reason="again")).then_refused("staff_left")
    told(*at_submitted()).with_references(gone).when(assign("inv-tao", reason="left")).then(
        InvestigatorReplaced, previous=INVESTIGATOR.id, investigator="inv-tao"
    )


def test_what_one_who_has_left_submitted_can_still_be_accepted() -> None:
    """Leaving is no interest: whoever submitted it answered for it."""
    gone = staff(inv_mei=member(left=True))
    told(*at_submitted()).with_references(gone).when(accept()).then(FindingsAccepted, submitted_by=INVESTIGATOR.id)
    told(*at_submitted()).with_references(gone).when(add(AGENT, evidence="E2")).then(EvidenceAdded)


def test_nobody_finds_themself_responsible() -> None:
    told(*at_investigating()).when(name_cause(responsible_person=INVESTIGATOR.id)).then_refused("own_responsibility")
