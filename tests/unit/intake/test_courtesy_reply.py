"""婉转答复 The courteous reply to a complaint that is not established (F05, N8, N9)."""

from typing import Any

import pytest

from services.intake.commands.courtesy_reply import SendCourtesyReply
from shared.events.base import Event
from shared.events.intake import CourtesyReplySent
from tests.unit.intake.examples import (
    AGENT,
    COMPLAINT,
    ESTABLISHED,
    JUDGE,
    NOON,
    OTHER_AGENT,
    READY,
    REJECTED,
    REJECTION_PROPOSED,
    REOPENED_FOR_JUDGEMENT,
    REVIEWER,
    ZHAO,
    acknowledged,
    after,
    classified,
    closed,
    not_established,
    registered,
    rejection_proposed,
    reopened,
    replied,
    special,
)


def reply(**fields: Any) -> SendCourtesyReply:
    usual: dict[str, Any] = {"actor": AGENT, "letter": "We are very sorry.", "channel": "letter", "proof": "post-1"}
    return SendCourtesyReply(at=NOON, complaint_id=COMPLAINT, **{**usual, **fields})


def test_the_reply_names_everyone_who_acted() -> None:
    (fact,) = after(*REJECTED).when(reply(actor=OTHER_AGENT)).then(
        CourtesyReplySent, by=OTHER_AGENT.id, cycle=1, channel="letter", proof="post-1", outcome="not_established",
        handled_by=(AGENT.id, JUDGE.id, REVIEWER.id, OTHER_AGENT.id), severity="ordinary", restricted=False,
    )  # fmt: skip
    assert isinstance(fact, CourtesyReplySent)
    assert (fact.letter.clear, fact.letter.owner) == ("We are very sorry.", ZHAO)


def test_the_system_is_nobody_who_acted() -> None:
    history = (registered(), acknowledged(by="system"), classified(), rejection_proposed(), not_established())
    after(*history).when(reply()).then(CourtesyReplySent, handled_by=(AGENT.id, JUDGE.id, REVIEWER.id))


def test_whoever_acted_in_an_earlier_cycle_is_named_too() -> None:
    second = (
        *REOPENED_FOR_JUDGEMENT,
        acknowledged(cycle=2, by=OTHER_AGENT.id),
        rejection_proposed(cycle=2, by="triage-2"),
        not_established(cycle=2, judged_by="triage-2", by="lead-loans"),
    )
    after(*second).when(reply(actor=OTHER_AGENT, proof="post-2")).then(
        CourtesyReplySent,
        cycle=2,
        handled_by=(AGENT.id, JUDGE.id, REVIEWER.id, OTHER_AGENT.id, "triage-2", "lead-loans"),
    )


def test_the_reply_says_how_grave_and_how_open_the_case_is() -> None:
    history = (registered(), acknowledged(), special(restricted=True), rejection_proposed(), not_established())
    after(*history).when(reply(actor=JUDGE)).then(CourtesyReplySent, severity="special", restricted=True)


def test_a_reopening_makes_the_next_reply_special() -> None:
    second = (
        *REJECTED,
        replied(),
        reopened(special=True),
        acknowledged(cycle=2),
        rejection_proposed(2),
        not_established(2),
    )
    after(*second).when(reply(proof="post-2")).then(CourtesyReplySent, severity="special")


def test_the_same_dispatch_again_adds_nothing() -> None:
    after(*REJECTED, replied()).when(reply(letter="We are so sorry.")).then_nothing()


@pytest.mark.parametrize("other", [{"proof": "post-9"}, {"channel": "email"}])
def test_a_second_reply_in_the_same_cycle_is_refused(other: dict[str, str]) -> None:
    after(*REJECTED, replied()).when(reply(**other)).then_refused("already_replied")


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((), "unknown_complaint"),
        ((*REJECTED, replied(), closed()), "closed"),
        (READY, "not_rejected"),
        (ESTABLISHED, "not_rejected"),
        (REJECTION_PROPOSED, "not_rejected"),
        (REOPENED_FOR_JUDGEMENT, "not_rejected"),
    ],
)
def test_it_follows_only_the_rejection_of_this_cycle_by_two_persons(history: tuple[Event, ...], code: str) -> None:
    after(*history).when(reply()).then_refused(code)


def test_whoever_is_complained_of_does_not_reply() -> None:
    history = (
        registered(),
        acknowledged(),
        classified(complained_of=(AGENT.id,)),
        rejection_proposed(),
        not_established(),
    )
    after(*history).when(reply()).then_refused("complained_of")


def test_no_machine_replies() -> None:
    assert set(SendCourtesyReply.may) == {"agent", "triage_lead"}
