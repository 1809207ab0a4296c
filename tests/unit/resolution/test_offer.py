"""Offering, and what the customer says to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.decide import Actor, Command, StoredFile
from shared.events.base import Event
from shared.events.resolution import OfferLapsed, RemedyAccepted, RemedyDeclined, RemedyOffered
from shared.packs.house import OFFER_LAPSES_AFTER
from shared.reference.staff import Deputy, StaffMember
from tests.unit.resolution.case import accept, case, decline, lapse, offer
from tests.unit.resolution.examples import (
    AGENT,
    APOLOGY,
    CHEN,
    COMPLAINT,
    CORRECTION,
    INVESTIGATOR,
    LAPSES,
    LATER,
    NOON,
    NOTHING,
    OFFICER,
    OTHER_COMPLAINT,
    RECORDING,
    SIGNATURE,
    A,
    B,
    Told,
    found,
    reopened,
    staff,
    withdrawal_granted,
)


def test_an_approved_remedy_is_offered_by_letter_and_lapses_in_thirty_days() -> None:
    (event,) = (
        case(*A.up_to_approval())
        .when(offer())
        .then(RemedyOffered, digest=A.digest, channel="letter", proof="post-1", lapses_at=LATER + OFFER_LAPSES_AFTER)
    )
    assert isinstance(event, RemedyOffered)
    assert (event.letter.owner, event.letter.clear) == (CHEN, "Dear Mrs Chen")


def test_what_is_not_approved_is_not_offered() -> None:
    case(*A.up_to_submission()).when(offer()).then_refused("not_approved")
    case(found()).when(offer()).then_refused("nothing_submitted")
    case(*A.up_to_approval(), A.returned()).when(offer()).then_refused("nothing_submitted")
    case().when(offer()).then_refused("not_yet_seen")


def test_a_letter_about_another_remedy_is_not_recorded_as_this_ones_offer() -> None:
    case(*A.up_to_approval(), B.proposed()).when(offer(told=B)).then_refused("other_digest")


def test_the_same_letter_again_adds_nothing_another_one_is_refused_while_the_offer_stands() -> None:
    case(*A.up_to_offer()).when(offer()).then_nothing()
    case(*A.up_to_offer()).when(offer(proof="post-2")).then_refused("already_offered")


def test_an_offer_that_lapsed_is_spent() -> None:
    case(*A.up_to_offer()).when(offer(proof="post-2", at=LAPSES)).then_refused("already_offered")
    case(*A.up_to_offer(), A.lapsed()).when(offer(proof="post-2", at=LAPSES)).then_refused("nothing_submitted")


def test_an_offer_that_nobody_answered_lapses_at_its_instant_and_not_before() -> None:
    case(*A.up_to_offer()).when(lapse()).then(OfferLapsed, digest=A.digest, lapsed_at=LAPSES, by="system")
    case(*A.up_to_offer()).when(lapse(at=LAPSES - timedelta(microseconds=1))).then_refused("not_due")
    case(*A.up_to_offer(), A.lapsed()).when(lapse()).then_nothing()


@pytest.mark.parametrize(
    "before",
    [
        (A.accepted(),),
        (A.declined(),),
        (A.returned(),),
        (A.rejected(),),
        (withdrawal_granted(A.digest),),
        (reopened(),),
        (A.declined(), B.proposed(), B.submitted(), B.approved(), B.offered()),
    ],
)
def test_what_was_answered_or_taken_back_before_does_not_lapse(before: tuple[Event, ...]) -> None:
    case(*A.up_to_offer(), *before).when(lapse()).then_nothing()


@pytest.mark.parametrize("told", [NOTHING, APOLOGY, CORRECTION], ids=lambda told: told.kind)
def test_what_needs_no_acceptance_does_not_lapse(told: Told) -> None:
    case(*told.up_to_offer()).when(lapse(told)).then_nothing()


def test_acceptance_and_lapse_at_once_are_decided_by_which_comes_first() -> None:
    in_time = accept(at=LAPSES - timedelta(microseconds=1))
    case(*A.up_to_offer(), A.accepted()).when(lapse()).then_nothing()
    case(*A.up_to_offer(), A.lapsed()).when(in_time).then_refused("offer_lapsed")


def test_what_was_accepted_is_not_offered_again() -> None:
    case(*A.up_to_acceptance()).when(offer(proof="post-2", at=LAPSES)).then_refused("already_accepted")


def test_the_customer_accepts_with_evidence() -> None:
    case(*A.up_to_offer()).when(accept()).then(
        RemedyAccepted, digest=A.digest, option=A.option, evidence=SIGNATURE, by=AGENT.id
    )


def test_accepting_again_adds_nothing_and_with_other_evidence_is_refused() -> None:
    case(*A.up_to_acceptance()).when(accept()).then_nothing()
    case(*A.up_to_acceptance()).when(accept(evidence=RECORDING)).then_refused("already_accepted")


def test_only_the_offer_of_this_very_remedy_is_accepted() -> None:
    case(*A.up_to_approval()).when(accept()).then_refused("not_offered")
    case(*A.up_to_offer(), B.proposed()).when(accept(told=B)).then_refused("other_digest")
    case(*A.up_to_offer(), A.returned()).when(accept()).then_refused("nothing_submitted")


def test_an_offer_of_an_earlier_cycle_cannot_be_accepted() -> None:
    again = Told(cycle=2)
    case(*A.up_to_the_end(), reopened(), *again.up_to_offer()).when(accept()).then_refused("other_digest")
    case(*A.up_to_offer(), reopened()).when(accept()).then_refused("not_yet_seen")


def test_an_acceptance_counts_until_the_offer_lapses_and_not_at_that_instant() -> None:
    case(*A.up_to_offer()).when(accept(at=LAPSES - timedelta(microseconds=1))).then(RemedyAccepted)
    case(*A.up_to_offer()).when(accept(at=LAPSES)).then_refused("offer_lapsed")


def test_the_evidence_may_be_a_file_of_this_case_but_not_of_another() -> None:
    def kept(subject: str) -> StoredFile:
        return StoredFile(SIGNATURE.sha256, subject, "image/png", 9)

    case(*A.up_to_offer()).with_files(kept(f"complaint:{COMPLAINT}")).when(accept()).then(RemedyAccepted)
    foreign = kept(f"complaint:{OTHER_COMPLAINT}")
    case(*A.up_to_offer()).with_files(foreign).when(accept()).then_refused("file_unknown")
    final = decline(final=True, evidence=SIGNATURE)
    case(*A.up_to_offer()).with_files(foreign).when(final).then_refused("file_unknown")


def test_neither_the_proposer_nor_an_investigator_vouches_for_the_customers_word() -> None:
    case(*A.up_to_offer()).when(accept(replace(AGENT, id=OFFICER.id))).then_refused("own_proposal")
    for investigator in (INVESTIGATOR.id, "investigator-0"):
        case(*A.up_to_offer()).when(accept(replace(AGENT, id=investigator))).then_refused("investigated")
        case(*A.up_to_offer()).when(decline(replace(AGENT, id=investigator))).then_refused("investigated")
    case(*A.up_to_offer()).when(decline(replace(AGENT, id=OFFICER.id))).then_refused("own_proposal")


def test_no_deputy_vouches_for_the_proposer_who_is_away() -> None:
    away = StaffMember(True, False, "cards", ("agent",), deputies=(Deputy(AGENT.id, NOON, LAPSES),))
    wish = accept(Actor(AGENT.id, "deputy", "hotline", on_behalf_of=OFFICER.id))
    case(*A.up_to_offer()).with_references(staff(officer_1=away)).when(wish).then_refused("own_proposal")


def test_that_the_customer_wants_no_other_offer_needs_proof() -> None:
    case(*A.up_to_offer()).when(decline(final=True)).then_refused("evidence_missing")
    case(*A.up_to_offer()).when(decline(final=True, evidence=SIGNATURE)).then(
        RemedyDeclined, final=True, evidence=SIGNATURE
    )


def test_the_customer_declines_and_says_why() -> None:
    (event,) = case(*A.up_to_offer()).when(decline()).then(RemedyDeclined, digest=A.digest, option=A.option)
    assert isinstance(event, RemedyDeclined)
    assert (event.reasons.owner, event.reasons.clear) == (CHEN, "no")


def test_declining_again_adds_nothing() -> None:
    case(*A.up_to_offer(), A.declined()).when(decline()).then_nothing()


def test_only_an_offer_is_declined_and_not_once_it_was_accepted() -> None:
    case(*A.up_to_approval()).when(decline()).then_refused("not_offered")
    case(*A.up_to_acceptance()).when(decline()).then_refused("already_accepted")
    case(*A.up_to_start()).when(decline()).then_refused("execution_started")
    case().when(decline()).then_refused("not_yet_seen")


def test_what_was_declined_cannot_be_accepted_afterwards() -> None:
    case(*A.up_to_offer(), A.declined()).when(accept()).then_refused("nothing_submitted")


@pytest.mark.parametrize("wish", [offer(), accept(), decline()], ids=lambda wish: type(wish).__name__)
def test_nobody_recused_and_nothing_after_the_conclusion(wish: Command) -> None:
    recused = found(recused=(OFFICER.id, AGENT.id))
    case(recused, A.proposed(), A.submitted(), A.approved(), A.offered()).when(wish).then_refused("recused")
    case(*A.up_to_the_end()).when(wish).then_refused("concluded")
