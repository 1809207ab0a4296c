"""What investigation knows of a complaint after each fact."""

from dataclasses import replace
from typing import Any, get_args

from services.investigation.state import FOLDS, LEARNS, Cause, Findings, Investigation
from shared.decide import Actor
from shared.events.base import Event
from shared.events.customers import ContactBecameComplaint, ContactFact, ContactHandled, ContactReviewed
from shared.events.directory import FromDirectory
from shared.events.intake import (
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintHandedOver,
    ComplaintNotEstablished,
    ComplaintReportedUpward,
    CustomerChased,
    DuplicateSuspected,
    IntakeEvent,
    NoteAdded,
    RegisteredInError,
    RegistrationCorrected,
    RejectionProposed,
    RejectionReturned,
)
from shared.events.investigation import FromInvestigation
from shared.events.vocabulary import SYSTEM
from shared.reference.contacts import Contact
from shared.reference.roles import READ_ALL
from shared.reference.staff import StaffMember
from tests.sentences import in_name_of, state_of
from tests.unit.intake.contact_story import handled
from tests.unit.investigation.examples import (
    AGENT,
    COMPLAINT,
    INVESTIGATOR,
    LEAD,
    LEAD_ELSEWHERE,
    LOSS,
    NOW,
    PERSON,
    SERVICE,
    assigned,
    at_accepted,
    at_opened,
    at_second_cycle,
    at_submitted,
    classified,
    complaint_closed,
    complaint_reopened,
    conflict_declared,
    department_assigned,
    evidence_added,
    fact,
    investigation_reopened,
    opened,
    overturned,
    reclassified,
    registered,
    replaced,
    returned,
    said,
    taken_over,
    withdrawal_requested,
)


def test_in_whose_name_somebody_acted_acted_too() -> None:
    """A deputy of the agent classifies, one of the lead names the investigator: agent and lead stand for it."""
    state = state_of(SERVICE, registered(), in_name_of(AGENT, classified(by="deputy-1")))
    assert {"deputy-1", AGENT.id} <= {*state.prior} & {*state.hands}
    state = state_of(SERVICE, *at_opened(), in_name_of(LEAD, assigned(by="deputy-2")))
    assert {"deputy-2", LEAD.id} <= {*state.hands}
    began = state_of(SERVICE, in_name_of(AGENT, handled(by="deputy-1")), category="contact")
    assert began.hands == ("deputy-1", AGENT.id)


def test_a_registered_complaint_is_known_by_its_person() -> None:
    expected = Investigation(person=PERSON, hands=("agent-lin",), prior=("agent-lin",))
    assert state_of(SERVICE, registered()) == expected


def test_everyone_who_judged_had_it_in_hand() -> None:
    proposed = fact(
        RejectionProposed,
        "triage-a",
        1,
        grounds=said("No"),
        demand=said("No"),
        reasons=said("It was in the contract"),
        department="cards",
    )
    sent_back = fact(RejectionReturned, "triage-b", 1, reasons=said("Look again"))
    rejected = fact(ComplaintNotEstablished, "triage-d", 1, judged_by="triage-c", reasons=said("It was"))
    hands = state_of(SERVICE, registered(), proposed, sent_back, rejected).hands
    assert hands == ("agent-lin", "triage-a", "triage-b", "triage-d", "triage-c")


def test_a_classification_says_how_grave_how_open_and_about_whom() -> None:
    state = state_of(
        SERVICE, registered(), classified(severity="special", restricted=True, complained_of=("clerk-qi",))
    )
    assert (state.severity, state.restricted, state.complained_of) == ("special", True, ("clerk-qi",))


def test_special_stays_special() -> None:
    again = classified(severity="ordinary")
    assert state_of(SERVICE, registered(), classified(severity="special"), again).severity == "special"
    reopened = complaint_reopened(special=True)
    assert state_of(SERVICE, *at_accepted(), reopened).severity == "special"
    assert state_of(SERVICE, *at_accepted(), reopened, again).severity == "special"
    assert state_of(SERVICE, *at_accepted(), complaint_reopened(special=False)).severity == "ordinary"


def test_only_compliance_lets_it_be_ordinary_again() -> None:
    special = (registered(), classified(severity="special"))
    lowered = fact(ComplaintDowngraded, "triage-hua", 3, signed_off_by="comp-yi", reasons=said("No media after all"))
    assert state_of(SERVICE, *special, reclassified()).severity == "special"
    assert state_of(SERVICE, *special, lowered).severity == "ordinary"
    raised = fact(ComplaintEscalatedToSpecial, AGENT.id, 4, reasons=("media",))
    assert state_of(SERVICE, *special, lowered, raised).severity == "special"
    assert "comp-yi" in state_of(SERVICE, *special, lowered).hands


def test_a_restriction_is_never_lifted() -> None:
    assert state_of(SERVICE, registered(), classified(restricted=True), reclassified()).restricted
    assert state_of(SERVICE, registered(), classified(), reclassified(restricted=True)).restricted


def test_everybody_who_acted_in_intake_had_it_in_hand() -> None:
    acts = (
        fact(NoteAdded, "a", 1, note="N1", text=said("Evenings")),
        fact(CustomerChased, "b", 1, channel="phone"),
        fact(ComplaintReportedUpward, "c", 1, to="approver", reasons=said("Urgent")),
        reclassified(by="d"),
        overturned(by="e", judged_by="f", confirmed_by="g"),
        withdrawal_requested(by="h"),
        taken_over(by="i", earlier_actors=("j", "k")),
        fact(RegisteredInError, "l", 2, proposed_by="m", reasons=said("An enquiry")),
        fact(DuplicateSuspected, SYSTEM, 1, other=COMPLAINT),
    )
    assert state_of(SERVICE, registered(), *acts).hands == (AGENT.id, *"abcdefghijklm")


def test_whoever_only_gets_it_handed_over_has_done_nothing_yet() -> None:
    handed = fact(ComplaintHandedOver, AGENT.id, 1, to="agent-mo", reason="shift")
    assert state_of(SERVICE, registered(), handed).hands == (AGENT.id,)


def test_a_corrected_register_may_name_another_customer() -> None:
    other = "person:7f1f2b0a-4a35-4f0e-9d52-5c1a0f3b9e22"
    slip = {"replaces": 1, "reasons": said("A slip")}
    corrected = fact(RegistrationCorrected, AGENT.id, 1, **slip, field="person", person=other)
    assert state_of(SERVICE, registered(), corrected).person == other
    again = fact(RegistrationCorrected, AGENT.id, 1, **slip, field="channel", channel="web")
    assert state_of(SERVICE, registered(), corrected, again).person == other


def test_reopened_for_another_remedy_the_findings_stand() -> None:
    before = state_of(SERVICE, *at_accepted())
    after = state_of(SERVICE, *at_accepted(), complaint_closed(), complaint_reopened(stage="resolution"))
    assert (after.cycle, after.accepted, after.opened, after.ending) == (2, True, True, "")
    assert (after.findings, after.cause, after.investigator) == (before.findings, before.cause, before.investigator)


def test_what_was_resolved_in_an_old_system_has_no_findings_that_could_stand() -> None:
    resolved = (registered(), taken_over(stage="resolved"))
    state = state_of(SERVICE, *resolved, complaint_reopened(stage="resolution"))
    assert (state.cycle, state.opened, state.accepted, state.department) == (2, False, False, "cards")


def test_a_contact_is_known_by_who_handled_it() -> None:
    begun = fact_of_contact(ContactHandled, "clerk-a", remark=said("Done"))
    again = fact_of_contact(ContactReviewed, "clerk-b", passed=True, remark=said("Well"))
    became = fact_of_contact(ContactBecameComplaint, SYSTEM, complaint=COMPLAINT, registered_by="clerk-c")
    assert state_of(SERVICE, begun, again, begun, category="contact") == Contact(("clerk-a", "clerk-b"))
    assert state_of(SERVICE, begun, became, category="contact") == Contact(("clerk-a",), became_complaint=True)


def fact_of_contact(of: type[Event], by: str, **fields: Any) -> Event:
    return of(at=NOW, by=by, **fields)


def test_the_opening_names_department_and_recused() -> None:
    state = state_of(SERVICE, registered(), department_assigned(recused=("a",)), opened(recused=("a", "b")))
    assert (state.opened, state.department, state.recused) == (True, "cards", ("a", "b"))


def test_an_investigator_is_remembered_after_another_took_over() -> None:
    state = state_of(SERVICE, *at_submitted(), replaced())
    assert state.investigator == "inv-tao" and state.investigators == ("inv-mei", "inv-tao")
    assert state.cause is None and state.findings is None
    assert state.evidence == {"E1": "a" * 64} and state.proof_this_cycle


def test_submitted_findings_stand_until_returned() -> None:
    state = state_of(SERVICE, *at_submitted())
    assert state.cause == Cause("fee.unannounced", "cards", names_someone=False)
    assert state.findings == Findings("upheld", LOSS, INVESTIGATOR.id)
    back = state_of(SERVICE, *at_submitted(), returned())
    assert back.findings is None and back.cause is not None


def test_a_reopening_leaves_nothing_of_the_cycle_but_its_evidence_and_who_is_barred() -> None:
    state = state_of(SERVICE, *at_accepted(), complaint_closed(), complaint_reopened())
    assert (state.cycle, state.opened, state.investigator, state.accepted, state.ending) == (2, False, "", False, "")
    assert state.cause is None and state.findings is None and not state.proof_this_cycle
    assert state.evidence == {"E1": "a" * 64}
    assert state.excluded == state.investigators == (INVESTIGATOR.id,)
    assert state.recused == ()


def test_a_reopening_at_judgement_takes_the_case_from_its_department() -> None:
    state = state_of(SERVICE, *at_accepted(), complaint_reopened(stage="judgement", excluded=("triage-b",)))
    assert state.department == "" and "triage-b" in state.hands


def test_whoever_reopens_or_closes_has_not_handled_the_case() -> None:
    assert "call-wu" not in state_of(SERVICE, *at_accepted(), complaint_closed(), complaint_reopened()).hands


def test_the_second_cycle_has_its_own_investigator() -> None:
    state = state_of(SERVICE, *at_second_cycle(), assigned("inv-tao", cycle=2))
    assert state.investigator == "inv-tao" and state.excluded == ("inv-mei",)
    assert not state.needs_replacement


def test_a_conflict_bars_for_ever() -> None:
    state = state_of(
        SERVICE, *at_opened(), conflict_declared("inv-tao"), complaint_reopened(), investigation_reopened()
    )
    assert "inv-tao" in state.barred and "inv-tao" in state.conflicted


def test_an_investigator_recused_later_must_be_replaced() -> None:
    late = department_assigned(recused=(INVESTIGATOR.id,))
    assert state_of(SERVICE, *at_submitted(), late).needs_replacement
    assert not state_of(SERVICE, *at_accepted(), late).needs_replacement


def test_a_restricted_case_is_open_to_its_department_and_to_who_decides_on_all() -> None:
    state = state_of(SERVICE, *at_opened(restricted=True))
    assert state.open_to(LEAD)
    assert not state.open_to(LEAD_ELSEWHERE)
    assert all(state.open_to(Actor("someone", role, "elsewhere")) for role in READ_ALL)
    assert replace(state, restricted=False).open_to(LEAD_ELSEWHERE)


def test_it_learns_only_what_others_state() -> None:
    assert not any(issubclass(event, FromInvestigation) for event in LEARNS)
    assert {event.__name__ for event in LEARNS if issubclass(event, FromDirectory)} == {
        "StaffJoined",
        "StaffMoved",
        "ReportingLineSet",
        "StaffLeft",
        "DeputyNamed",
        "DeputyEnded",
    }
    assert {*get_args(IntakeEvent), *get_args(ContactFact)} < LEARNS
    assert FOLDS["staff"].initial == StaffMember()


def test_one_complaints_evidence_never_shows_in_another() -> None:
    first = state_of(SERVICE, *at_opened(), evidence_added())
    assert first.evidence and state_of(SERVICE, *at_opened()).evidence == {}
