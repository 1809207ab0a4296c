"""Proposing and submitting: options that never change, one of which goes on its way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as any_
from pydantic import ValidationError

from services.resolution.commands.propose_remedy import Step
from services.resolution.limits import remedy_digest
from shared.events.resolution import RemedyOptionProposed, RemedyOptionWithdrawn, RemedySubmitted
from shared.events.vocabulary import Instalment, Money
from tests.unit.resolution.case import case, guards_after, propose, resolution, submit, take_back
from tests.unit.resolution.examples import (
    APOLOGY,
    CHEN,
    COMPLAINT,
    DAY_8,
    INVESTIGATOR,
    LATER,
    NOTHING,
    OFFICER,
    OTHER_COMPLAINT,
    RECUSED,
    SOON,
    A,
    B,
    C,
    Told,
    closed,
    found,
    refused_rounds,
    reopened,
    yuan,
)

EURO = Money(minor=60000, currency="EUR")


def parts(*amounts: int, currency: str = "CNY") -> tuple[Instalment, ...]:
    return tuple(Instalment(amount=Money(minor=each * 100, currency=currency)) for each in amounts)


def dated(*payments: tuple[int, datetime | None]) -> tuple[Instalment, ...]:
    return tuple(Instalment(amount=yuan(amount), not_before=day) for amount, day in payments)


@pytest.mark.parametrize("by", [OFFICER, INVESTIGATOR])
def test_an_option_is_put_on_the_table_with_the_digest_of_its_terms(by: Any) -> None:
    (event,) = case(found()).when(propose(by)).then(RemedyOptionProposed, digest=A.digest, by=by.id, at=LATER)
    assert isinstance(event, RemedyOptionProposed)
    assert (event.cycle, event.department, event.restricted) == (1, "cards", False)


def test_what_a_human_wrote_about_an_option_belongs_to_the_customer() -> None:
    (event,) = case(found()).when(propose()).then(RemedyOptionProposed)
    assert isinstance(event, RemedyOptionProposed)
    assert (event.description.owner, event.description.clear) == (CHEN, "pay back")
    assert [(step.label.owner, step.label.clear) for step in event.steps] == [(CHEN, "interest")]


def test_without_findings_of_this_cycle_proposing_has_to_wait() -> None:
    assert case().when(propose()).then_refused("not_yet_seen").details == {"waiting_for": "findings"}
    case(found(), reopened()).when(propose()).then_refused("not_yet_seen")


def test_findings_of_an_earlier_cycle_that_arrive_late_do_not_count() -> None:
    case(reopened(), found(cycle=1)).when(propose()).then_refused("not_yet_seen")
    case(reopened(), found(cycle=2)).when(propose()).then(RemedyOptionProposed, cycle=2)


def test_the_same_option_again_adds_nothing_even_after_its_date() -> None:
    case(found(), A.proposed()).when(propose()).then_nothing()
    case(found(), A.proposed()).when(propose(at=SOON)).then_nothing()


def test_other_terms_under_the_same_id_are_refused() -> None:
    case(found(), A.proposed()).when(propose(told=Told(amount=yuan(601)))).then_refused("option_exists")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": yuan(0), "steps": ()}, "amount_missing"),
        ({"kind": "refund", "amount": yuan(0), "steps": ()}, "amount_missing"),
        ({"kind": "apology"}, "amount_not_allowed"),
        ({"kind": "correction"}, "amount_not_allowed"),
        ({"kind": "no_remedy"}, "amount_not_allowed"),
        ({"steps": ()}, "steps_do_not_add_up"),
        ({"steps": (Step(label="a", amount=yuan(599)),)}, "steps_do_not_add_up"),
        ({"steps": (Step(label="a", amount=Money(minor=60000, currency="EUR")),)}, "other_currency"),
        ({"execute_by": LATER}, "execute_by_passed"),
        ({"amount": EURO, "steps": (Step(label="a", amount=EURO),)}, "not_currency_of_loss"),
        ({"kind": "goodwill", "amount": yuan(0), "steps": ()}, "amount_missing"),
        ({"kind": "waiver", "amount": yuan(0), "steps": ()}, "amount_missing"),
        ({"kind": "no_remedy", "amount": yuan(0), "steps": (), "settlement": True}, "nothing_to_settle"),
        ({"kind": "waiver", "instalments": parts(200, 400)}, "instalments_not_allowed"),
        ({"instalments": parts(600)}, "one_instalment"),
        ({"instalments": parts(200, 399)}, "instalments_do_not_add_up"),
        ({"instalments": parts(200, 401)}, "instalments_do_not_add_up"),
        ({"instalments": parts(600, 0)}, "empty_instalment"),
        ({"instalments": parts(200, 400, currency="EUR")}, "other_currency"),
        ({"instalments": dated((300, DAY_8), (300, None))}, "instalments_out_of_order"),
        ({"instalments": dated((300, DAY_8), (300, LATER))}, "instalments_out_of_order"),
        ({"instalments": dated((300, None), (300, SOON + timedelta(days=1)))}, "instalment_too_late"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(changed: dict[str, Any], code: str) -> None:
    case(found()).when(propose(**changed)).then_refused(code)


def test_an_apology_carries_no_money() -> None:
    case(found()).when(propose(told=APOLOGY, steps=())).then(RemedyOptionProposed, amount=yuan(0))


@pytest.mark.parametrize("kind", ["compensation", "refund", "goodwill", "waiver"])
def test_money_that_is_paid_or_forgiven_carries_an_amount(kind: Any) -> None:
    case(found()).when(propose(kind=kind)).then(RemedyOptionProposed, kind=kind, amount=yuan(600))


def test_what_is_paid_may_be_paid_in_instalments() -> None:
    payments = dated((100, None), (200, DAY_8), (300, DAY_8))
    case(found()).when(propose(instalments=payments)).then(RemedyOptionProposed, instalments=payments)


def test_a_settlement_is_one_of_the_terms() -> None:
    told = Told(settlement=True)
    case(found()).when(propose(settlement=True)).then(RemedyOptionProposed, settlement=True, digest=told.digest)
    case(found(), told.proposed()).when(propose()).then_refused("option_exists")


def test_steps_add_up_to_the_amount() -> None:
    steps = (Step(label="fee", amount=yuan(500)), Step(label="interest", amount=yuan(100)))
    case(found()).when(propose(steps=steps)).then(RemedyOptionProposed)


@pytest.mark.parametrize(
    "changed",
    [{"description": " \n"}, {"description": ""}, {"description": "x" * 20_001}, {"option": "a/b"}, {"option": ""}],
)
def test_blank_or_endless_words_and_ids_with_a_slash_do_not_make_a_command(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        propose(**changed)


def test_the_longest_description_fits_in_a_personal_text_in_any_script() -> None:
    case(found()).when(propose(description="\U0001f600" * 16_000)).then(RemedyOptionProposed)


def test_nobody_recused_proposes() -> None:
    case(found(recused=(OFFICER.id,))).when(propose()).then_refused("recused")


def test_after_the_conclusion_or_the_closing_nothing_is_proposed() -> None:
    case(*A.up_to_the_end()).when(propose(told=B)).then_refused("concluded")
    case(*A.up_to_the_end(), closed()).when(propose(told=B)).then_refused("concluded")
    case(found(), closed()).when(propose()).then_refused("closed")


TERMS: dict[str, Any] = {
    "complaint": COMPLAINT,
    "cycle": 1,
    "option": "a",
    "kind": "refund",
    "amount": yuan(600),
    "steps": (yuan(500), yuan(100)),
    "execute_by": SOON,
}


@pytest.mark.parametrize(
    "other",
    [
        {"complaint": OTHER_COMPLAINT},
        {"cycle": 2},
        {"option": "b"},
        {"kind": "compensation"},
        {"amount": yuan(601)},
        {"amount": Money(minor=60000, currency="EUR")},
        {"steps": (yuan(100), yuan(500))},
        {"execute_by": SOON + timedelta(microseconds=1)},
        {"instalments": parts(200, 400)},
        {"settlement": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_any_other_term_makes_another_digest(other: dict[str, Any]) -> None:
    assert remedy_digest(**TERMS) == remedy_digest(**TERMS)
    assert remedy_digest(**{**TERMS, **other}) != remedy_digest(**TERMS)


@for_all(any_.lists(any_.integers(0, 10**9), max_size=5), any_.lists(any_.integers(0, 10**9), max_size=5))
def test_two_digests_are_equal_only_for_equal_steps(one: list[int], other: list[int]) -> None:
    def digest(steps: list[int]) -> str:
        return remedy_digest(**{**TERMS, "steps": [Money(minor=step, currency="CNY") for step in steps]})

    assert (digest(one) == digest(other)) == (one == other)


def test_submitting_freezes_the_option_and_carries_what_the_approver_decides_by() -> None:
    case(found(restricted=True), A.proposed()).when(submit()).then(
        RemedySubmitted,
        digest=A.digest,
        amount=A.amount,
        verdict="upheld",
        cause="fee-error",
        department="cards",
        severity="ordinary",
        restricted=True,
        total=yuan(600),
        execute_by=SOON,
    )


def test_submitting_tells_what_the_customer_was_given_before() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    here = case(found(), A.proposed()).with_guards(guards_after(other.up_to_approval()))
    here.when(submit()).then(RemedySubmitted, total=yuan(1_200))
    case(found(), NOTHING.proposed()).when(submit(told=NOTHING)).then(RemedySubmitted, total=yuan(0))


def test_an_option_is_taken_back_by_its_proposer_before_anything_is_submitted() -> None:
    (event,) = case(found(), A.proposed()).when(take_back()).then(RemedyOptionWithdrawn, digest=A.digest)
    assert isinstance(event, RemedyOptionWithdrawn)
    assert (event.reasons.owner, event.reasons.clear) == (CHEN, "paid already")
    case(found(), A.proposed()).when(take_back(INVESTIGATOR)).then_refused("not_the_proposer")
    case(found()).when(take_back()).then_refused("no_such_option")
    case(found(), A.proposed(), A.taken_back()).when(take_back()).then_nothing()
    case(*A.up_to_submission()).when(take_back()).then_refused("another_under_way")
    case(*A.up_to_submission(), B.proposed()).when(take_back(told=B)).then_refused("another_under_way")
    case(*A.up_to_submission(), A.returned()).when(take_back()).then_refused("option_ended")


def test_an_option_that_was_taken_back_is_spent_and_makes_no_choice() -> None:
    case(found(), A.proposed(), A.taken_back()).when(submit()).then_refused("option_ended")
    special = (found(severity="special"), A.proposed(), NOTHING.proposed(), NOTHING.taken_back())
    case(*special).when(submit()).then_refused("too_few_options")


def test_after_three_offers_that_came_to_nothing_no_option_is_submitted_any_more() -> None:
    told = Told("option-d")
    case(*refused_rounds(A, B), told.proposed()).when(submit(told=told)).then(RemedySubmitted)
    case(*refused_rounds(A, B, C), told.proposed()).when(submit(told=told)).then_refused("rounds_used_up")
    final = (*A.up_to_offer(), A.declined(final=True), B.proposed())
    case(*final).when(submit(told=B)).then_refused("rounds_used_up")


def test_returned_and_rejected_options_use_up_no_round() -> None:
    spent = (event for each in (A, B, C) for event in (*each.up_to_submission()[1:], each.rejected()))
    told = Told("option-d")
    case(found(), *spent, told.proposed()).when(submit(told=told)).then(RemedySubmitted)


def test_submitting_again_adds_nothing_also_once_it_is_approved() -> None:
    case(*A.up_to_submission()).when(submit()).then_nothing()
    case(*A.up_to_approval()).when(submit()).then_nothing()


def test_only_the_proposer_submits() -> None:
    case(found(), A.proposed()).when(submit(INVESTIGATOR)).then_refused("not_the_proposer")
    case(found(), A.proposed(by=INVESTIGATOR.id)).when(submit(INVESTIGATOR)).then(RemedySubmitted)


def test_an_option_nobody_proposed_in_this_cycle_cannot_be_submitted() -> None:
    case(found()).when(submit()).then_refused("no_such_option")
    case(found(), A.proposed(), reopened(), found(cycle=2)).when(submit()).then_refused("no_such_option")


def test_while_one_remedy_is_on_its_way_no_other_is_submitted() -> None:
    case(*A.up_to_submission(), B.proposed()).when(submit(told=B)).then_refused("another_under_way")
    case(*A.up_to_offer(), B.proposed()).when(submit(told=B)).then_refused("another_under_way")


def test_once_it_was_returned_or_declined_another_one_goes_on_its_way() -> None:
    case(*A.up_to_submission(), A.returned(), B.proposed()).when(submit(told=B)).then(RemedySubmitted)
    case(*A.up_to_offer(), A.declined(), B.proposed()).when(submit(told=B)).then(RemedySubmitted)


def test_an_option_that_was_returned_or_declined_is_spent() -> None:
    case(*A.up_to_submission(), A.returned()).when(submit()).then_refused("option_ended")
    case(*A.up_to_offer(), A.declined()).when(submit()).then_refused("option_ended")


def test_a_special_complaint_needs_two_options_one_of_them_no_remedy() -> None:
    special = found(severity="special")
    case(special, A.proposed()).when(submit()).then_refused("too_few_options")
    case(special, A.proposed(), B.proposed()).when(submit()).then_refused("too_few_options")
    case(special, NOTHING.proposed()).when(submit(told=NOTHING)).then_refused("too_few_options")
    case(special, A.proposed(), NOTHING.proposed()).when(submit()).then(RemedySubmitted, severity="special")


def test_options_of_an_earlier_cycle_are_not_counted_and_a_reopening_can_make_it_special() -> None:
    again = Told(cycle=2)
    case(found(), NOTHING.proposed(), reopened(special=True), found(cycle=2), again.proposed()).when(
        submit(told=again)
    ).then_refused("too_few_options")


def test_a_complaint_that_became_special_stays_special_whatever_later_findings_say() -> None:
    state = resolution(found(), reopened(2, special=True), found(cycle=2), reopened(3), found(cycle=3))
    assert state.severity == "special"


def test_nobody_recused_submits() -> None:
    case(found(), A.proposed(by=RECUSED.id)).when(submit(RECUSED)).then_refused("recused")
