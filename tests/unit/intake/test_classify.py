"""投诉分类 Ordinary or special, which business, who is complained of (F17 to F19, N16, N22)."""

from typing import Any

import pytest

from services.intake.commands.classify import ClassifyComplaint
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import ComplaintClassified, ComplaintReclassified
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    NOON,
    READY,
    REJECTED,
    REOPENED_FOR_JUDGEMENT,
    ZHAO,
    after,
    classified,
    closed,
    registered,
    rejection_proposed,
    reopened,
    replied,
    special,
)


def classify(**fields: Any) -> ClassifyComplaint:
    usual: dict[str, Any] = {"actor": AGENT, "category": "cards.fee", "severity": "ordinary"}
    return ClassifyComplaint(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def classify_anew(**fields: Any) -> ClassifyComplaint:
    return classify(**{"explanation": "Heard again.", **fields})


def classify_special(**fields: Any) -> ClassifyComplaint:
    return classify(**{"severity": "special", "reasons": ["media"], **fields})


def test_an_ordinary_complaint_is_classified() -> None:
    after(registered()).when(classify()).then(
        ComplaintClassified,
        by=AGENT.id,
        cycle=1,
        category="cards.fee",
        severity="ordinary",
        reasons=(),
        restricted=False,
    )


def test_a_special_complaint_says_why() -> None:
    wish = classify_special(reasons=["media", "media", "vulnerable"], vulnerable=True, complained_of=["li", "li"])
    after(registered()).when(wish).then(
        ComplaintClassified, severity="special", reasons=("media", "vulnerable", "vulnerable-customer"),
        vulnerable=True, complained_of=("li",),
    )  # fmt: skip


def test_special_without_a_reason_is_refused() -> None:
    after(registered()).when(classify(severity="special")).then_refused("special_without_reason")


def test_ordinary_with_reasons_is_refused() -> None:
    after(registered()).when(classify(reasons=["media"])).then_refused("ordinary_with_reasons")


def test_the_same_classification_again_adds_nothing() -> None:
    after(registered(), classified()).when(classify()).then_nothing()
    after(registered(), special()).when(classify_special()).then_nothing()


@pytest.mark.parametrize(
    "change",
    [{"category": "cards.fraud"}, {"vulnerable": True}, {"restricted": True}, {"complained_of": ["wang"]}],
)
def test_a_second_classification_may_change_things(change: dict[str, Any]) -> None:
    after(registered(), classified()).when(classify_anew(**change)).then(ComplaintReclassified)


def test_a_second_classification_says_why() -> None:
    wish = classify_anew(category="cards.fraud")
    (fact,) = after(registered(), classified()).when(wish).then(ComplaintReclassified, category="cards.fraud")
    assert isinstance(fact, ComplaintReclassified)
    assert (fact.explanation.clear, fact.explanation.owner) == ("Heard again.", ZHAO)
    after(registered(), classified()).when(classify(category="cards.fraud")).then_refused("explanation_missing")


def test_the_first_time_there_is_nothing_to_explain() -> None:
    after(registered()).when(classify_anew()).then_refused("explanation_out_of_place")


def test_an_ordinary_complaint_may_become_special() -> None:
    wish = classify_special(explanation="A newspaper called.")
    after(registered(), classified()).when(wish).then(ComplaintReclassified, severity="special")


def test_a_special_complaint_is_never_downgraded() -> None:
    after(registered(), special()).when(classify()).then_refused("special_stays")


def test_one_made_special_by_a_reopening_is_never_downgraded_either() -> None:
    history = (*REJECTED, replied(), reopened(special=True))
    after(*history).when(classify()).then_refused("special_stays")
    wish = classify_special(explanation="Again.")
    after(*history).when(wish).then(ComplaintReclassified, severity="special", cycle=2)


def test_a_restriction_is_not_lifted_here() -> None:
    lead = classify(actor=JUDGE)
    after(registered(), classified(restricted=True)).when(lead).then_refused("restriction_stays")


def test_a_restricted_complaint_may_change_otherwise() -> None:
    wish = classify_anew(actor=JUDGE, restricted=True, category="cards.fraud")
    after(registered(), classified(restricted=True)).when(wish).then(ComplaintReclassified, restricted=True)


def test_whoever_is_complained_of_cannot_take_themself_off_the_list() -> None:
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(classify()).then_refused("complained_of")


def test_nor_can_anyone_who_acts_for_them() -> None:
    deputy = Actor("deputy-1", "agent", "customer-service", on_behalf_of=AGENT.id)
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(classify(actor=deputy)).then_refused("complained_of")


@pytest.mark.parametrize(
    "history", [ESTABLISHED, (*REJECTED, replied()), REOPENED_FOR_JUDGEMENT, (*READY, rejection_proposed())]
)
def test_it_may_be_classified_until_it_is_closed(history: tuple[Event, ...]) -> None:
    after(*history).when(classify_anew(category="loans.fee")).then(ComplaintReclassified)


@pytest.mark.parametrize(("history", "code"), [((), "unknown_complaint"), ((registered(), closed()), "closed")])
def test_an_unknown_or_closed_complaint_is_refused(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(classify()).then_refused(code)
