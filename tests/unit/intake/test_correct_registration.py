"""登记更正 Correcting the register: which field, why, and what only compliance allows (domain 4.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.commands.correct_registration import CorrectRegistration
from services.intake.customer import Customer
from shared.decide import Actor
from shared.events.intake import ComplaintEscalatedToSpecial, RegistrationCorrected
from shared.events.vocabulary import Hours, Money
from shared.packs.house import CLAIM_SPECIAL_FROM
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    COMPLIANCE,
    ESTABLISHED,
    MORNING,
    NOON,
    READY,
    REFERRED,
    ZHAO,
    after,
    classified,
    closed,
    corrected,
    downgraded,
    intake,
    registered,
    rejection_proposed,
    rejection_returned,
    reopened,
    signed_off,
    special,
    words,
)

EARLIER = MORNING - timedelta(hours=2)
MUCH = Money(minor=CLAIM_SPECIAL_FROM["CNY"], currency="CNY")
OTHER = UUID("00000000-0000-4000-8000-0000000000c2")
OTHER_FILE = {f"person:{OTHER}": Customer(recorded=True, holds=frozenset({"name"}))}


def correct(field: Any, **fields: Any) -> CorrectRegistration:
    usual: dict[str, Any] = {"actor": AGENT, "replaces": 1, "reasons": "A slip."}
    return CorrectRegistration(at=NOON, complaint_id=COMPLAINT, field=field, **{**usual, **fields})


@pytest.mark.parametrize("field", ["complainant", "contact", "content", "desired_remedy", "product"])
def test_words_are_corrected_and_sealed_under_the_customer(field: str) -> None:
    (fact,) = after(*READY).when(correct(field, text="新的")).then(RegistrationCorrected, field=field, replaces=1)
    assert isinstance(fact, RegistrationCorrected) and fact.text is not None
    assert (fact.text.clear, fact.text.owner, fact.reasons.clear) == ("新的", ZHAO, "A slip.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "letter"), ("happened_at", EARLIER), ("claimed", Money(minor=5, currency="CNY")),
        ("time_zone", "Asia/Tokyo"), ("call_hours", Hours(begin="09:00", end="10:00")), ("language", "en"),
    ],
)  # fmt: skip
def test_plain_fields_are_corrected(field: str, value: Any) -> None:
    after(*READY).when(correct(field, **{field: value})).then(RegistrationCorrected, **{field: value})


def test_what_was_never_so_is_cleared() -> None:
    after(*READY).when(correct("contact", cleared=True)).then(RegistrationCorrected, field="contact", text=None)
    after(*READY).when(correct("complainant", cleared=True)).then_refused("value_required")


def test_exactly_the_new_value_is_given() -> None:
    after(*READY).when(correct("contact")).then_refused("value_missing")
    after(*READY).when(correct("contact", text="1", channel="web")).then_refused("value_out_of_place")
    after(*READY).when(correct("channel", text="web")).then_refused("value_out_of_place")
    after(*READY).when(correct("contact", text="1", cleared=True)).then_refused("value_out_of_place")


def test_an_unknown_field_or_zone_is_not_even_a_command() -> None:
    with pytest.raises(ValidationError):
        correct("number", text="1")
    with pytest.raises(ValidationError):
        correct("time_zone", time_zone="Mars/Olympus")


def test_a_correction_names_what_it_replaces() -> None:
    first = (*READY, corrected("contact", text=words("1")))
    refusal = after(*first).when(correct("contact", text="2")).then_refused("corrected_meanwhile")
    assert refusal.details == {"version": len(first)}
    after(*first).when(correct("contact", text="2", replaces=len(first))).then(RegistrationCorrected)
    after(*first).when(correct("product", text="Card")).then(RegistrationCorrected)


def test_what_happened_stays_before_its_receipt() -> None:
    after(*READY).when(correct("happened_at", happened_at=NOON)).then_refused("happened_later")


def test_a_proxy_s_name_is_corrected_only_where_there_is_a_proxy() -> None:
    after(*READY).when(correct("proxy", text="Ms Li")).then_refused("proxy_without_authority")
    history = (registered(proxy=words("Ms Lee"), proxy_authority="poa-1"),)
    after(*history).when(correct("proxy", text="Ms Li")).then(RegistrationCorrected)
    after(*history).when(correct("proxy", cleared=True)).then(RegistrationCorrected)


# The time of receipt, from which the clock runs


def test_the_time_of_receipt_is_corrected_to_what_compliance_signed() -> None:
    signed = (*READY, signed_off("received_at", received_at=EARLIER))
    after(*signed).when(correct("received_at", received_at=EARLIER)).then(RegistrationCorrected, received_at=EARLIER)


@pytest.mark.parametrize("wanted", [EARLIER + timedelta(microseconds=1), MORNING])
def test_no_other_instant_is_entered(wanted: Any) -> None:
    signed = (*READY, signed_off("received_at", received_at=EARLIER))
    after(*signed).when(correct("received_at", received_at=wanted)).then_refused("not_signed_off")


def test_without_a_signature_of_this_matter_and_cycle_the_time_of_receipt_stays() -> None:
    wish = correct("received_at", received_at=EARLIER)
    after(*READY).when(wish).then_refused("not_signed_off")
    after(*READY, special(), signed_off()).when(wish).then_refused("not_signed_off")
    after(*READY, signed_off("received_at", received_at=EARLIER), reopened()).when(wish).then_refused("not_signed_off")


def test_a_signature_is_used_once() -> None:
    used = (*READY, signed_off("received_at", received_at=EARLIER), corrected("received_at", received_at=EARLIER))
    again = correct("received_at", received_at=EARLIER, replaces=len(used))
    after(*used).when(again).then_refused("not_signed_off")


def test_whoever_signed_does_not_carry_it_out() -> None:
    both = Actor(COMPLIANCE.id, "triage_lead", "triage")
    signed = (*READY, signed_off("received_at", received_at=EARLIER))
    after(*signed).when(correct("received_at", received_at=EARLIER, actor=both)).then_refused("same_person")


def test_a_matter_that_happened_later_than_what_was_signed_is_found_out() -> None:
    between = EARLIER + timedelta(hours=1)
    signed = (*READY, signed_off("received_at", received_at=EARLIER), corrected("happened_at", happened_at=between))
    after(*signed).when(correct("received_at", received_at=EARLIER)).then_refused("happened_later")


# Whose complaint it is


def test_a_complaint_entered_under_another_customer_is_given_to_its_own() -> None:
    wish = correct("person", person=OTHER)
    (fact,) = after(*READY).with_references(OTHER_FILE).when(wish).then(RegistrationCorrected, person=f"person:{OTHER}")
    assert wish.needed() == (f"person:{OTHER}",)
    assert isinstance(fact, RegistrationCorrected) and fact.reasons.owner == ZHAO
    assert intake(*READY, fact).person == f"person:{OTHER}"


def test_a_customer_without_a_file_gets_no_complaint_of_another() -> None:
    after(*READY).when(correct("person", person=OTHER)).then_refused("unknown_customer")
    joined = {f"person:{OTHER}": Customer(recorded=True, into=ZHAO)}
    refusal = after(*READY).with_references(joined).when(correct("person", person=OTHER)).then_refused("joined_into")
    assert refusal.details == {"person": ZHAO}
    own = UUID(ZHAO.removeprefix("person:"))
    after(*READY).when(correct("person", person=own)).then_refused("same_customer")


@pytest.mark.parametrize(
    "history", [ESTABLISHED, (*READY, rejection_proposed(), rejection_returned()), (*READY, reopened())]
)
def test_once_judged_a_complaint_stays_its_customer_s(history: Any) -> None:
    wish = correct("person", person=OTHER)
    after(*history).with_references(OTHER_FILE).when(wish).then_refused("judged_before")


# What follows


def test_a_claim_that_comes_to_light_makes_it_special() -> None:
    wish = correct("claimed", claimed=MUCH)
    facts = after(*READY).when(wish).then(RegistrationCorrected, ComplaintEscalatedToSpecial)
    assert isinstance(facts[1], ComplaintEscalatedToSpecial) and facts[1].reasons == ("claimed-amount",)


def test_it_waits_for_the_classification_where_there_is_none_yet() -> None:
    after(registered()).when(correct("claimed", claimed=MUCH)).then(RegistrationCorrected)
    after(registered(), special()).when(correct("claimed", claimed=MUCH)).then(RegistrationCorrected)


def test_what_was_waived_in_this_cycle_does_not_come_back_by_a_correction() -> None:
    before = registered(channel="regulator")
    history = (before, classified(severity="special", reasons=("regulator",)), signed_off(), downgraded())
    after(*history).when(correct("contact", text="1")).then(RegistrationCorrected)


@pytest.mark.parametrize(("history", "code"), [((), "unknown_complaint"), ((*READY, closed()), "closed")])
def test_an_unknown_or_closed_complaint_is_not_corrected(history: Any, code: str) -> None:
    after(*history).when(correct("contact", text="1")).then_refused(code)
    after(*REFERRED).when(correct("contact", text="1")).then_refused("referred")


def test_whoever_it_is_about_corrects_nothing() -> None:
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(correct("contact", text="1")).then_refused("complained_of")


# What would have made it special is not corrected away before anybody classifies it (N22)


@pytest.mark.parametrize(
    ("entry", "wish", "reason"),
    [
        ({"claimed": MUCH}, correct("claimed", claimed=Money(minor=100, currency="CNY")), "claimed-amount"),
        ({"claimed": MUCH}, correct("claimed", claimed=Money(minor=MUCH.minor, currency="JPY")), "claimed-amount"),
        ({"claimed": MUCH}, correct("claimed", cleared=True), "claimed-amount"),
        ({"channel": "regulator"}, correct("channel", channel="phone"), "regulator"),
    ],
)
def test_corrected_away_it_still_makes_the_complaint_special(
    entry: dict[str, Any], wish: CorrectRegistration, reason: str
) -> None:
    _, made = after(registered(**entry)).when(wish).then(RegistrationCorrected, ComplaintEscalatedToSpecial)
    assert isinstance(made, ComplaintEscalatedToSpecial) and made.reasons == (reason,)


def test_nothing_becomes_special_by_what_makes_nothing_special() -> None:
    little = Money(minor=100, currency="CNY")
    after(registered(claimed=little)).when(correct("claimed", cleared=True)).then(RegistrationCorrected)
    after(registered(claimed=little)).when(correct("claimed", claimed=MUCH)).then(RegistrationCorrected)
