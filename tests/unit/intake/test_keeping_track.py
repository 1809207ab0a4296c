"""首问负责 Who keeps track of a complaint, what is remarked on it, and what is said with the customer (F24, F29)."""

from typing import Any

import pytest

from services.intake.commands.add_note import AddNote
from services.intake.commands.correct_note import CorrectNote
from services.intake.commands.hand_over import HandOver
from services.intake.commands.record_contact import RecordContact
from shared.decide import Actor, NotFound
from shared.events.base import Event
from shared.events.intake import ComplaintHandedOver, CustomerChased, NoteAdded, NoteCorrected, ProgressTold
from shared.reference.staff import StaffMember
from tests.unit.intake.examples import (
    AGENT,
    CARDS_LEAD,
    COMPLAINT,
    IN_ERROR,
    JUDGE,
    NOON,
    OTHER_AGENT,
    READY,
    REFERRED,
    WITHDRAWN,
    ZHAO,
    after,
    classified,
    closed,
    handed_over,
    intake,
    noted,
    progress_told,
    registered,
    reopened,
)

ADMIN = Actor("admin-1", "administrator", "it")
ENDED: tuple[tuple[Event, ...], ...] = ((*READY, closed()), REFERRED, WITHDRAWN, IN_ERROR)
CODES = ("closed", "referred", "withdrawn", "registered_in_error")


def hand_over(to: str = OTHER_AGENT.id, actor: Actor = AGENT) -> HandOver:
    return HandOver(actor=actor, at=NOON, complaint_id=COMPLAINT, to=to, reason="on-leave")


def note(**fields: Any) -> AddNote:
    return AddNote(at=NOON, complaint_id=COMPLAINT, **{"actor": AGENT, "text": "Call after two.", **fields})


def correct(name: str = "n1", actor: Actor = AGENT) -> CorrectNote:
    return CorrectNote(
        actor=actor, at=NOON, complaint_id=COMPLAINT, note=name, text="After three.", reasons="Misheard."
    )


def contact(**fields: Any) -> RecordContact:
    usual: dict[str, Any] = {"actor": AGENT, "what": "customer_chased", "channel": "phone"}
    return RecordContact(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def told(**fields: Any) -> RecordContact:
    usual = {"what": "progress_told", "channel": "sms", "words": "It is looked into.", "proof": "sms-9"}
    return contact(**{**usual, **fields})


# Who keeps track of it


def test_whoever_registers_a_complaint_keeps_track_of_it() -> None:
    assert intake(registered()).owner == AGENT.id
    assert intake(registered(), handed_over(OTHER_AGENT.id)).owner == OTHER_AGENT.id
    assert intake(registered(), reopened()).owner == AGENT.id


def test_the_owner_hands_it_over() -> None:
    wish = hand_over()
    after(*READY).when(wish).then(ComplaintHandedOver, previous=AGENT.id, to=OTHER_AGENT.id, reason="on-leave")
    assert set(wish.needed_then({wish.subject_id(): intake(*READY)})) == {f"staff:{AGENT.id}"}
    assert wish.needed() == (f"staff:{OTHER_AGENT.id}",)


def test_handing_it_to_whom_has_it_adds_nothing() -> None:
    after(*READY, handed_over(OTHER_AGENT.id)).when(hand_over()).then_nothing()


def test_a_triage_lead_hands_over_what_is_not_their_own() -> None:
    after(*READY).when(hand_over(actor=JUDGE)).then(ComplaintHandedOver)


def test_somebody_else_s_complaint_is_not_handed_over() -> None:
    after(*READY).when(hand_over(to=JUDGE.id, actor=OTHER_AGENT)).then_refused("not_the_owner")


def test_a_deputy_hands_over_for_the_owner() -> None:
    deputy = Actor(OTHER_AGENT.id, "agent", "customer-service", on_behalf_of=AGENT.id)
    after(*READY).when(hand_over(to=JUDGE.id, actor=deputy)).then(ComplaintHandedOver)


def test_an_administrator_hands_over_only_for_those_who_left() -> None:
    after(*READY).when(hand_over(actor=ADMIN)).then_refused("not_the_owner")
    gone = {f"staff:{AGENT.id}": StaffMember(joined=True, left=True)}
    after(*READY).with_references(gone).when(hand_over(actor=ADMIN)).then(ComplaintHandedOver)


def test_it_goes_to_an_agent_or_triage_lead_on_the_staff() -> None:
    after(*READY).when(hand_over(to=CARDS_LEAD.id)).then_refused("not_a_keeper")
    gone = {f"staff:{OTHER_AGENT.id}": StaffMember(joined=True, left=True, roles=("agent",))}
    after(*READY).with_references(gone).when(hand_over()).then_refused("not_a_keeper")
    after(*READY).when(hand_over(to="ghost-1")).then_refused("not_yet_seen")
    after(*READY).when(hand_over(to=JUDGE.id)).then(ComplaintHandedOver)


def test_it_does_not_go_to_whom_it_is_about() -> None:
    history = (registered(), classified(complained_of=(OTHER_AGENT.id,)))
    after(*history).when(hand_over()).then_refused("keeper_complained_of")


@pytest.mark.parametrize(("history", "code"), list(zip(ENDED, CODES, strict=True)))
def test_what_has_ended_is_kept_track_of_no_more(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(hand_over()).then_refused(code)
    after(*history).when(contact()).then_refused(code)


# Remarks


def test_remarks_are_named_in_the_order_in_which_they_are_written() -> None:
    (fact,) = after(registered()).when(note()).then(NoteAdded, note="n1", by=AGENT.id)
    assert isinstance(fact, NoteAdded) and (fact.text.clear, fact.text.owner) == ("Call after two.", ZHAO)
    after(registered(), noted(), noted("n2")).when(note()).then(NoteAdded, note="n3")


def test_a_correction_adds_to_the_remark_that_it_names() -> None:
    (fact,) = after(registered(), noted(by=JUDGE.id)).when(correct()).then(NoteCorrected, note="n1")
    assert isinstance(fact, NoteCorrected)
    assert (fact.text.clear, fact.reasons.clear) == ("After three.", "Misheard.")


def test_a_remark_that_nobody_wrote_is_not_corrected() -> None:
    assert isinstance(after(registered(), noted()).when(correct("n2")).then_refused("unknown_note"), NotFound)


@pytest.mark.parametrize("history", ENDED)
def test_remarks_are_taken_after_every_ending(history: tuple[Event, ...]) -> None:
    after(*history).when(note()).then(NoteAdded)
    after(*history, noted()).when(correct()).then(NoteCorrected)


def test_compliance_remarks_on_nothing() -> None:
    assert "compliance_officer" not in {*AddNote.may, *CorrectNote.may}
    assert {"callback_agent", "investigator", "approver", "executor"} <= set(AddNote.may)


def test_whoever_it_is_about_remarks_on_nothing() -> None:
    history = (registered(), classified(complained_of=(AGENT.id,)), noted())
    after(*history).when(note()).then_refused("complained_of")
    after(*history).when(correct()).then_refused("complained_of")


def test_there_are_no_remarks_on_what_is_not_there() -> None:
    for wish in (note(), correct(), contact(), hand_over()):
        after().when(wish).then_refused("unknown_complaint")


# What is said with the customer


def test_a_customer_who_asks_again_is_counted() -> None:
    (fact,) = after(*READY).when(contact(words="Where is it?")).then(CustomerChased, channel="phone")
    assert isinstance(fact, CustomerChased) and fact.said is not None and fact.said.clear == "Where is it?"
    after(*READY).when(contact()).then(CustomerChased, said=None)


def test_what_the_customer_was_told_has_words_and_a_proof() -> None:
    (fact,) = after(*READY).when(told()).then(ProgressTold, channel="sms", proof="sms-9")
    assert isinstance(fact, ProgressTold) and fact.told.clear == "It is looked into."
    for missing in ("words", "proof"):
        after(*READY).when(told(**{missing: None})).then_refused("told_what")


def test_a_proof_belongs_to_what_was_told() -> None:
    after(*READY).when(contact(proof="sms-9")).then_refused("proof_out_of_place")


def test_the_same_message_is_told_once() -> None:
    after(*READY, progress_told()).when(told()).then_nothing()
    after(*READY, progress_told()).when(told(proof="sms-10")).then(ProgressTold)


def test_whoever_it_is_about_does_not_speak_with_the_customer() -> None:
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(contact()).then_refused("complained_of")
