"""一般类、特殊类 What makes a complaint special, and what it takes to make it ordinary (F19, loop 4, gap 4, N22)."""

from typing import Any

import pytest

from services.intake.commands.classify import ClassifyComplaint
from services.intake.commands.downgrade import DowngradeComplaint
from services.intake.commands.escalate import EscalateComplaint
from services.intake.commands.report_upward import ReportUpward
from services.intake.commands.sign_off import SignOff
from services.intake.customer import Customer
from services.intake.limits import claims_much, similar_rows
from shared.decide import Actor
from shared.decide.command import SYSTEM_ACTOR
from shared.events.base import Event
from shared.events.intake import (
    ComplaintClassified,
    ComplaintDowngraded,
    ComplaintEscalatedToSpecial,
    ComplaintReclassified,
    ComplaintReportedUpward,
    ComplianceSignedOff,
)
from shared.events.vocabulary import Money
from shared.packs.house import CLAIM_SPECIAL_FROM, JOINT_MAJOR_FROM, SIMILAR_FROM
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    COMPLIANCE,
    IN_ERROR,
    JUDGE,
    MORNING,
    NOON,
    READY,
    REFERRED,
    WITHDRAWN,
    ZHAO,
    after,
    classified,
    closed,
    downgraded,
    escalated,
    intake,
    reclassified,
    registered,
    reopened,
    signed_off,
    special,
    words,
)

SPECIAL = (registered(), special())
SIGNED = (*SPECIAL, signed_off())
DOWN = (*SIGNED, downgraded())
MUCH = CLAIM_SPECIAL_FROM["CNY"]


def cny(minor: int) -> Money:
    return Money(minor=minor, currency="CNY")


def classify(**fields: Any) -> ClassifyComplaint:
    usual: dict[str, Any] = {"actor": AGENT, "category": "cards.fee", "severity": "ordinary"}
    return ClassifyComplaint(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def escalate(*reasons: str, actor: Actor = AGENT, **fields: Any) -> EscalateComplaint:
    return EscalateComplaint(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons=reasons or ("media",), **fields)


def sign_off(matter: str = "downgrade", actor: Actor = COMPLIANCE, **fields: Any) -> SignOff:
    usual: dict[str, Any] = {"matter": matter, "reasons": "I allow it."}
    return SignOff(actor=actor, at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def downgrade(actor: Actor = JUDGE) -> DowngradeComplaint:
    return DowngradeComplaint(actor=actor, at=NOON, complaint_id=COMPLAINT, reasons="As compliance signed.")


def report(actor: Actor = AGENT) -> ReportUpward:
    return ReportUpward(
        actor=actor, at=NOON, complaint_id=COMPLAINT, to="higher_approver", reasons="The press calls.", emergency=True
    )


# Special by itself


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (registered(claimed=cny(MUCH)), "claimed-amount"),
        (registered(channel="regulator"), "regulator"),
        (registered(regulator_reference="NFRA-1", regulator_received_at=MORNING), "regulator"),
        (registered(joint=JOINT_MAJOR_FROM, representatives=(words("甲"),)), "joint-complaint"),
    ],
)
def test_some_complaints_are_special_whatever_is_asked_for(entry: Event, reason: str) -> None:
    after(entry).when(classify()).then(ComplaintClassified, severity="special", reasons=(reason,))


def test_a_vulnerable_customer_s_complaint_is_special() -> None:
    after(registered()).when(classify(vulnerable=True)).then(
        ComplaintClassified, severity="special", reasons=("vulnerable-customer",), vulnerable=True
    )


def test_whom_the_file_calls_vulnerable_is_so_without_being_called_so_again() -> None:
    file = {ZHAO: Customer(recorded=True, plain={"vulnerable": True})}
    told = after(registered()).with_references(file).when(classify())
    told.then(ComplaintClassified, reasons=("vulnerable-customer",), vulnerable=True)
    wish = classify()
    assert set(wish.needed_then({wish.subject_id(): intake(registered())})) == {ZHAO}
    assert set(wish.needed_then({wish.subject_id(): intake()})) == set()


@pytest.mark.parametrize(
    ("claimed", "much"),
    [(None, False), (cny(MUCH - 1), False), (cny(MUCH), True), (Money(minor=10**13, currency="JPY"), False)],
)
def test_a_claim_is_large_from_the_house_s_figure_on(claimed: Money | None, *, much: bool) -> None:
    assert claims_much(claimed) is much


def test_many_alike_within_days_make_the_next_one_special() -> None:
    fewer = {similar_rows("cards.fee")[0]: {NOON.date().isoformat(): SIMILAR_FROM - 2}}
    after(registered()).with_guards(fewer).when(classify()).then(ComplaintClassified, severity="ordinary")
    many = {similar_rows("cards.fee")[0]: {NOON.date().isoformat(): SIMILAR_FROM - 1}}
    told = after(registered()).with_guards(many).when(classify())
    told.then(ComplaintClassified, severity="special", reasons=("similar-complaints",))


def test_what_is_special_by_itself_needs_no_other_reason_and_keeps_one_that_is_given() -> None:
    entry = registered(channel="regulator")
    after(entry).when(classify(severity="special")).then(ComplaintClassified, reasons=("regulator",))
    wish = classify(severity="special", reasons=["media"])
    after(entry).when(wish).then(ComplaintClassified, reasons=("media", "regulator"))


def test_a_second_reopening_makes_it_special_and_is_named_as_the_reason() -> None:
    history = (*READY, reopened(), reopened(3, special=True))
    assert (intake(*history).severity, intake(*history).special_for) == ("special", ("reopened-again",))
    wish = classify(severity="special", explanation="Again.", urgent=True)
    after(*history).when(wish).then(ComplaintReclassified, reasons=("reopened-again",))


# Escalation


def test_an_ordinary_complaint_is_escalated_and_keeps_its_history() -> None:
    (fact,) = (
        after(*READY)
        .when(escalate("media", "media", "legal", explanation="A newspaper called."))
        .then(ComplaintEscalatedToSpecial, reasons=("media", "legal"))
    )
    assert isinstance(fact, ComplaintEscalatedToSpecial) and fact.explanation is not None
    assert fact.explanation.clear == "A newspaper called."
    state = intake(*READY, fact)
    assert (state.severity, state.special_for, state.acknowledged) == (
        "special",
        ("media", "legal"),
        intake(*READY).acknowledged,
    )


def test_the_system_escalates_too() -> None:
    after(*READY).when(escalate(actor=SYSTEM_ACTOR)).then(ComplaintEscalatedToSpecial, by="system")


def test_what_is_special_for_these_reasons_is_escalated_once() -> None:
    after(*READY, escalated("media", "legal")).when(escalate("legal")).then_nothing()
    after(*SPECIAL).when(escalate("media")).then_nothing()
    after(*SPECIAL).when(escalate("legal")).then_refused("already_special")


def test_an_escalated_complaint_is_not_classified_as_ordinary() -> None:
    after(registered(), escalated()).when(classify()).then_refused("special_stays")
    after(*READY, escalated()).when(classify(explanation="Calm again.")).then_refused("special_stays")


def test_what_has_ended_is_not_escalated() -> None:
    after(*READY, closed()).when(escalate()).then_refused("closed")
    after().when(escalate()).then_refused("unknown_complaint")


# Downgrade: never quietly


def test_compliance_signs_and_a_triage_lead_carries_it_out() -> None:
    (signature,) = after(*SPECIAL).when(sign_off()).then(ComplianceSignedOff, matter="downgrade", by=COMPLIANCE.id)
    assert intake(*SPECIAL, signature).severity == "special"
    (fact,) = after(*SPECIAL, signature).when(downgrade()).then(ComplaintDowngraded, signed_off_by=COMPLIANCE.id)
    assert intake(*SPECIAL, signature, fact).severity == "ordinary"


def test_without_a_signature_of_this_cycle_a_special_complaint_stays_special() -> None:
    after(*SPECIAL).when(downgrade()).then_refused("not_signed_off")
    after(*SPECIAL, signed_off("received_at", received_at=MORNING)).when(downgrade()).then_refused("not_signed_off")
    after(*SIGNED, reopened()).when(downgrade()).then_refused("not_signed_off")


def test_a_signature_downgrades_once() -> None:
    after(*DOWN, escalated("legal")).when(downgrade()).then_refused("not_signed_off")


def test_a_signature_covers_the_reasons_of_then_alone() -> None:
    more = (*SIGNED, reclassified(severity="special", reasons=("media", "legal")))
    after(*more).when(downgrade()).then_refused("signed_before")
    (again,) = after(*more).when(sign_off()).then(ComplianceSignedOff)
    after(*more, again).when(downgrade()).then(ComplaintDowngraded)
    after(*more, again).when(sign_off()).then_nothing()


def test_whoever_signed_does_not_downgrade() -> None:
    for both in (
        Actor(COMPLIANCE.id, "triage_lead", "triage"),
        Actor(JUDGE.id, "triage_lead", "triage", on_behalf_of=COMPLIANCE.id),
    ):
        after(*SIGNED).when(downgrade(both)).then_refused("same_person")
    assert DowngradeComplaint.in_person and SignOff.in_person


def test_what_was_reopened_twice_stays_special() -> None:
    history = (*SPECIAL, reopened(), reopened(3, special=True), signed_off(cycle=3))
    after(*history).when(downgrade()).then_refused("reopened_twice")


def test_what_was_reopened_once_may_be_downgraded() -> None:
    after(*SPECIAL, reopened(special=True), signed_off(cycle=2)).when(downgrade()).then(ComplaintDowngraded, cycle=2)


def test_an_ordinary_complaint_is_neither_signed_for_nor_downgraded() -> None:
    after(*READY).when(sign_off()).then_refused("not_special")
    after(*READY).when(downgrade()).then_refused("not_special")


def test_after_a_downgrade_the_same_reasons_count_no_more_in_this_cycle() -> None:
    entry = registered(channel="regulator")
    down = (entry, special(reasons=("regulator",)), signed_off(), downgraded())
    wish = classify(category="loans.fee", explanation="A loan.")
    after(*down).when(wish).then(ComplaintReclassified, severity="ordinary", reasons=())
    after(*down, reopened()).when(wish).then(ComplaintReclassified, severity="special", reasons=("regulator",))
    vulnerable = classify(vulnerable=True, explanation="Eighty years old.")
    after(*down).when(vulnerable).then(ComplaintReclassified, severity="special", reasons=("vulnerable-customer",))


def test_a_downgrade_keeps_the_restriction() -> None:
    history = (registered(), special(restricted=True), signed_off(), downgraded())
    assert intake(*history).restricted
    after(*history).when(classify(actor=JUDGE, explanation="Open it.")).then_refused("restriction_stays")


# The signature


def test_a_signature_says_which_instant_or_none() -> None:
    after(*READY).when(sign_off("received_at")).then_refused("instant_missing")
    after(*SPECIAL).when(sign_off(received_at=MORNING)).then_refused("instant_out_of_place")
    after(*READY).when(sign_off("received_at", received_at=MORNING)).then(ComplianceSignedOff, received_at=MORNING)


def test_an_instant_that_can_not_be_is_not_signed() -> None:
    late = NOON.replace(year=2026)
    after(*READY).when(sign_off("received_at", received_at=late)).then_refused("received_in_future")
    happened = (registered(happened_at=MORNING),)
    early = sign_off("received_at", received_at=MORNING.replace(hour=1))
    after(*happened).when(early).then_refused("happened_later")


def test_the_same_signature_again_adds_nothing() -> None:
    after(*SIGNED).when(sign_off(reasons="In other words.")).then_nothing()
    another = Actor("compliance-2", "compliance_officer", "compliance")
    after(*SIGNED).when(sign_off(actor=another)).then(ComplianceSignedOff)


def test_nothing_is_signed_on_what_has_ended_or_is_about_oneself() -> None:
    after(*SPECIAL, closed()).when(sign_off()).then_refused("closed")
    about = (registered(), special(complained_of=(COMPLIANCE.id,)))
    after(*about).when(sign_off()).then_refused("complained_of")


def test_compliance_signs_and_does_nothing_else() -> None:
    assert SignOff.may == ("compliance_officer",)
    assert DowngradeComplaint.may == ("triage_lead",)


# Reporting upward can't be refused


@pytest.mark.parametrize(
    "history",
    [(registered(),), SPECIAL, (*READY, closed()), REFERRED, WITHDRAWN, IN_ERROR,
     (registered(), classified(complained_of=(AGENT.id,)))],
)  # fmt: skip
def test_a_report_upward_is_taken_in_whatever_state(history: tuple[Event, ...]) -> None:
    (fact,) = after(*history).when(report()).then(ComplaintReportedUpward, to="higher_approver", emergency=True)
    assert isinstance(fact, ComplaintReportedUpward) and fact.reasons.clear == "The press calls."


def test_what_was_never_registered_is_reported_to_nobody() -> None:
    after().when(report()).then_refused("unknown_complaint")
