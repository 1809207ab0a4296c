"""投诉分类 Ordinary or special, which business, who is complained of (F17 to F19, N16, N22)."""

from typing import Any

import pytest

from services.intake.commands.classify import ClassifyComplaint
from shared.decide import Actor
from shared.events.base import Event
from shared.events.intake import ComplaintClassified
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    NOON,
    REJECTED,
    REOPENED_FOR_JUDGEMENT,
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
        ComplaintClassified, severity="special", reasons=("media", "vulnerable"), vulnerable=True, complained_of=("li",)
    )


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
    after(registered(), classified()).when(classify(**change)).then(ComplaintClassified)


def test_an_ordinary_complaint_may_become_special() -> None:
    after(registered(), classified()).when(classify_special()).then(ComplaintClassified, severity="special")


def test_a_special_complaint_is_never_downgraded() -> None:
    after(registered(), special()).when(classify()).then_refused("special_stays")


def test_one_made_special_by_a_reopening_is_never_downgraded_either() -> None:
    history = (*REJECTED, replied(), reopened(special=True))
    after(*history).when(classify()).then_refused("special_stays")
    after(*history).when(classify_special()).then(ComplaintClassified, severity="special", cycle=2)


def test_a_restriction_is_not_lifted_here() -> None:
    lead = classify(actor=JUDGE)
    after(registered(), classified(restricted=True)).when(lead).then_refused("restriction_stays")


def test_a_restricted_complaint_may_change_otherwise() -> None:
    wish = classify(actor=JUDGE, restricted=True, category="cards.fraud")
    after(registered(), classified(restricted=True)).when(wish).then(ComplaintClassified, restricted=True)


def test_whoever_is_complained_of_cannot_take_themself_off_the_list() -> None:
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(classify()).then_refused("complained_of")


def test_nor_can_anyone_who_acts_for_them() -> None:
    deputy = Actor("deputy-1", "agent", "customer-service", on_behalf_of=AGENT.id)
    history = (registered(), classified(complained_of=(AGENT.id,)))
    after(*history).when(classify(actor=deputy)).then_refused("complained_of")


@pytest.mark.parametrize(
    "history", [ESTABLISHED, (*REJECTED, replied()), REOPENED_FOR_JUDGEMENT, (registered(), rejection_proposed())]
)
def test_it_may_be_classified_until_it_is_closed(history: tuple[Event, ...]) -> None:
    after(*history).when(classify(category="loans.fee")).then(ComplaintClassified)


@pytest.mark.parametrize(("history", "code"), [((), "unknown_complaint"), ((registered(), closed()), "closed")])
def test_an_unknown_or_closed_complaint_is_refused(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(classify()).then_refused(code)
