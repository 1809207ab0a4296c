"""Offering, and what the customer says to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.decide import Command
from shared.events.resolution import RemedyAccepted, RemedyDeclined, RemedyOffered
from shared.packs.house import OFFER_LAPSES_AFTER
from tests.unit.resolution.case import accept, case, decline, offer
from tests.unit.resolution.examples import (
    AGENT,
    CHEN,
    INVESTIGATOR,
    LATER,
    NOON,
    OFFICER,
    RECORDING,
    SIGNATURE,
    A,
    Told,
    found,
    reopened,
    yuan,
)

B = Told("option-b", amount=yuan(400))
LAPSED = NOON + timedelta(days=30)


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


def test_an_offer_that_lapsed_may_be_made_again() -> None:
    case(*A.up_to_offer()).when(offer(proof="post-2", at=LAPSED)).then(
        RemedyOffered, lapses_at=LAPSED + OFFER_LAPSES_AFTER
    )


def test_what_was_accepted_is_not_offered_again() -> None:
    case(*A.up_to_acceptance()).when(offer(proof="post-2", at=LAPSED)).then_refused("already_accepted")


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
    case(*A.up_to_offer()).when(accept(at=LAPSED - timedelta(microseconds=1))).then(RemedyAccepted)
    case(*A.up_to_offer()).when(accept(at=LAPSED)).then_refused("offer_lapsed")


def test_neither_the_proposer_nor_an_investigator_vouches_for_the_customers_word() -> None:
    case(*A.up_to_offer()).when(accept(replace(AGENT, id=OFFICER.id))).then_refused("own_proposal")
    for investigator in (INVESTIGATOR.id, "investigator-0"):
        case(*A.up_to_offer()).when(accept(replace(AGENT, id=investigator))).then_refused("investigated")


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
