"""登记作废 Two persons agree that something should not have been registered (domain 4.2)."""

from typing import Any
from uuid import UUID

import pytest

from services.intake.commands.confirm_voiding import ConfirmVoiding
from services.intake.commands.decline_voiding import DeclineVoiding
from services.intake.commands.judge import JudgeComplaint
from services.intake.commands.propose_voiding import ProposeVoiding
from services.intake.contact import Contact
from shared.decide import Actor, NotFound
from shared.events.base import Event
from shared.events.intake import RegisteredInError, VoidingDeclined, VoidingProposed
from shared.events.vocabulary import Money
from shared.packs.house import CLAIM_SPECIAL_FROM
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    IN_ERROR,
    JUDGE,
    NOON,
    OTHER_COMPLAINT,
    OTHER_JUDGE,
    READY,
    VOIDING,
    WITHDRAWING,
    ZHAO,
    after,
    classified,
    closed,
    downgraded,
    in_error,
    intake,
    registered,
    rejection_proposed,
    rejection_returned,
    reopened,
    signed_off,
    special,
    taken_over,
    voiding_declined,
    voiding_proposed,
    withdrawal_denied,
    withdrawal_requested,
)

CONTACT = UUID("00000000-0000-4000-8000-0000000000d1")


def propose(actor: Actor = AGENT, **fields: Any) -> ProposeVoiding:
    return ProposeVoiding(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons="Only a question.", **fields)


def confirm(actor: Actor = JUDGE) -> ConfirmVoiding:
    return ConfirmVoiding(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons="I agree.")


def decline(actor: Actor = JUDGE) -> DeclineVoiding:
    return DeclineVoiding(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons="It is a complaint.")


def other(*events: Event) -> dict[str, Any]:
    return {f"complaint:{OTHER_COMPLAINT}": intake(*events)}


# The first person


def test_the_first_person_proposes_with_reasons() -> None:
    (fact,) = after(*READY).when(propose()).then(VoidingProposed, contact=None, duplicate_of=None)
    assert isinstance(fact, VoidingProposed)
    assert (fact.reasons.clear, fact.reasons.owner) == ("Only a question.", ZHAO)


def test_a_proposal_may_name_the_contact_that_it_really_is() -> None:
    wish = propose(contact=CONTACT)
    assert wish.needed() == (f"contact:{CONTACT}",)
    recorded = {f"contact:{CONTACT}": Contact(number="C7K3M-0Q9Z", person=ZHAO)}
    after(*READY).with_references(recorded).when(wish).then(VoidingProposed, contact=CONTACT)
    assert isinstance(after(*READY).when(wish).then_refused("unknown_contact"), NotFound)


def test_a_proposal_may_name_the_complaint_that_was_entered_twice() -> None:
    wish = propose(duplicate_of=OTHER_COMPLAINT)
    assert wish.needed() == (f"complaint:{OTHER_COMPLAINT}",)
    after(*READY).with_references(other(registered())).when(wish).then(VoidingProposed, duplicate_of=OTHER_COMPLAINT)


@pytest.mark.parametrize("history", [(), IN_ERROR])
def test_a_duplicate_is_of_a_complaint_that_stands_in_the_register(history: tuple[Event, ...]) -> None:
    wish = propose(duplicate_of=OTHER_COMPLAINT)
    after(*READY).with_references(other(*history)).when(wish).then_refused("unknown_original")


def test_a_duplicate_is_of_the_same_customer_and_not_of_itself() -> None:
    wish = propose(duplicate_of=OTHER_COMPLAINT)
    stranger = other(registered(person="person:00000000-0000-4000-8000-0000000000c2"))
    after(*READY).with_references(stranger).when(wish).then_refused("original_of_another")
    after(*READY).when(propose(duplicate_of=COMPLAINT)).then_refused("duplicate_of_itself")


def test_it_is_one_thing_only() -> None:
    after(*READY).when(propose(contact=CONTACT, duplicate_of=OTHER_COMPLAINT)).then_refused("one_thing_only")


def test_proposing_it_again_adds_nothing_and_nobody_proposes_a_second_time() -> None:
    after(*VOIDING).when(propose()).then_nothing()
    after(*VOIDING).when(propose(JUDGE)).then_refused("voiding_pending")


@pytest.mark.parametrize(
    "history",
    [ESTABLISHED, (*READY, rejection_proposed()), (*READY, rejection_proposed(), rejection_returned()),
     (*READY, reopened()), (registered(), taken_over("established", department="cards"))],
)  # fmt: skip
def test_what_was_once_judged_is_not_voided(history: tuple[Event, ...]) -> None:
    after(*history).when(propose()).then_refused("judged_before")
    after(*history, voiding_proposed()).when(confirm()).then_refused("judged_before")


def test_whoever_it_is_about_does_not_void_it() -> None:
    about = (registered(), classified(complained_of=(AGENT.id, JUDGE.id)))
    after(*about).when(propose()).then_refused("complained_of")
    after(*about, voiding_proposed("x-1")).when(confirm()).then_refused("complained_of")


# The second person


def test_the_second_person_agrees_and_it_ends() -> None:
    proposed = (registered(), voiding_proposed(duplicate_of=OTHER_COMPLAINT))
    (fact,) = (
        after(*proposed)
        .when(confirm())
        .then(RegisteredInError, proposed_by=AGENT.id, duplicate_of=OTHER_COMPLAINT, by=JUDGE.id)
    )
    state = intake(*proposed, fact)
    assert (state.ending, state.voiding, state.registered) == ("in_error", None, True)


def test_the_second_person_does_not_agree_and_it_goes_on() -> None:
    (fact,) = after(*VOIDING).when(decline()).then(VoidingDeclined, by=JUDGE.id)
    assert intake(*VOIDING, fact).voiding is None


@pytest.mark.parametrize("answer", [confirm, decline])
def test_nobody_answers_their_own_proposal(answer: Any) -> None:
    own = (registered(), voiding_proposed(JUDGE.id))
    after(*own).when(answer()).then_refused("same_person")
    deputy = Actor(OTHER_JUDGE.id, "triage_lead", "triage", on_behalf_of=JUDGE.id)
    after(*own).when(answer(deputy)).then_refused("same_person")
    assert answer(OTHER_JUDGE).in_person and answer(OTHER_JUDGE).contested


@pytest.mark.parametrize("answer", [confirm, decline])
def test_there_must_be_a_proposal(answer: Any) -> None:
    after(*READY).when(answer()).then_refused("no_voiding_proposed")
    after(*VOIDING, voiding_declined()).when(answer()).then_refused("no_voiding_proposed")
    after(*IN_ERROR).when(answer()).then_refused("registered_in_error")
    after().when(answer()).then_refused("unknown_complaint")


def test_agents_propose_and_triage_leads_decide() -> None:
    assert ProposeVoiding.may == ("agent", "triage_lead") and ProposeVoiding.in_person
    assert ConfirmVoiding.may == DeclineVoiding.may == ("triage_lead",)


# While it waits, and beside a withdrawal


def test_nothing_is_judged_while_a_voiding_waits() -> None:
    judge = JudgeComplaint(
        actor=JUDGE, at=NOON, complaint_id=COMPLAINT, verdict="established", grounds="Yes.", demand="Yes.",
        department="cards", days_asked=15,
    )  # fmt: skip
    after(*READY, voiding_proposed()).when(judge).then_refused("voiding_pending")
    assert after(*READY, voiding_proposed(), voiding_declined()).when(judge).decided


def test_a_withdrawal_is_answered_before_a_voiding() -> None:
    after(*WITHDRAWING).when(propose()).then_refused("withdrawal_pending")
    both = (*VOIDING, withdrawal_requested())
    after(*both).when(confirm()).then_refused("withdrawal_pending")
    after(*both, withdrawal_denied()).when(confirm()).then(RegisteredInError)


def test_what_has_ended_is_not_voided() -> None:
    after(*READY, closed()).when(propose()).then_refused("closed")
    after(*IN_ERROR).when(propose()).then_refused("registered_in_error")
    assert intake(registered(), voiding_proposed(), in_error()).ending == "in_error"


# What is special, or is as soon as somebody classifies it, is not voided to be entered anew as ordinary (N22)

LARGE = registered(claimed=Money(minor=CLAIM_SPECIAL_FROM["CNY"], currency="CNY"))


@pytest.mark.parametrize("history", [(registered(), special()), (LARGE,)])
def test_what_is_special_is_not_voided(history: tuple[Event, ...]) -> None:
    after(*history).when(propose()).then_refused("special_not_voided")
    ordinary = other(*READY)
    after(*history).with_references(ordinary).when(propose(duplicate_of=OTHER_COMPLAINT)).then_refused(
        "special_not_voided"
    )


def test_nor_what_became_special_before_the_second_person_agreed() -> None:
    after(*READY, voiding_proposed(), special()).when(confirm(OTHER_JUDGE)).then_refused("special_not_voided")


def test_unless_it_stands_in_the_register_a_second_time_as_special() -> None:
    original = other(registered(), special())
    twice = voiding_proposed(duplicate_of=OTHER_COMPLAINT)
    known = intake(LARGE, twice)
    assert list(confirm().needed_then({f"complaint:{COMPLAINT}": known})) == [f"complaint:{OTHER_COMPLAINT}"]
    after(LARGE).with_references(original).when(propose(duplicate_of=OTHER_COMPLAINT)).then(VoidingProposed)
    after(LARGE, twice).with_references(original).when(confirm()).then(RegisteredInError)


def test_made_ordinary_as_compliance_signed_it_is_voided() -> None:
    ordinary = (registered(), special(), signed_off(), downgraded())
    after(*ordinary).when(propose()).then(VoidingProposed)
