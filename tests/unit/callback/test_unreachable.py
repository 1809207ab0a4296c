"""无法联系 Giving a customer up: three tries, two days, two channels, the last written, by another (domain 4.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.callback.commands.conclude_unreachable import ConcludeUnreachable
from shared.events.base import Event
from shared.events.callback import CustomerSatisfied, UnreachableConcluded
from tests.sentences import given, state_of
from tests.unit.callback.examples import (
    CALLER,
    LEAD,
    NOW,
    OTHER_LEAD,
    PERSON,
    SERVICE,
    at_due,
    at_satisfied,
    at_unreachable,
    attempted,
    audited,
    conclude_unreachable,
    record,
    registered,
    slot,
    tried,
    unreachable,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CALL, LETTER = "phone", "letter"


def tries(*times: tuple[timedelta, str]) -> tuple[Event, ...]:
    """So long after the handling ended, by that channel: nobody answers."""
    return tuple(attempted("no_answer", at=NOW + after, channel=channel) for after, channel in times)


def test_when_everything_was_tried_a_lead_gives_up() -> None:
    (concluded,) = (
        given(SERVICE, *at_due(), *tried())
        .when(conclude_unreachable())
        .then(
            UnreachableConcluded,
            attempts=3,
            days=2,
            channels=("phone", "letter"),
            letter="post-7",
            by=OTHER_LEAD.id,
            cycle=1,
        )
    )
    assert isinstance(concluded, UnreachableConcluded) and concluded.reasons.owner == PERSON


@pytest.mark.parametrize(
    "known",
    [
        (),
        tries((HOUR, CALL), (DAY, LETTER)),
        tries((HOUR, CALL), (2 * HOUR, CALL), (3 * HOUR, LETTER)),
        tries((HOUR, LETTER), (DAY, LETTER), (2 * DAY, LETTER)),
    ],
    ids=["never", "twice", "on one day", "by one channel"],
)
def test_before_that_nobody_is_given_up(known: tuple[Event, ...]) -> None:
    refusal = given(SERVICE, *at_due(), *known).when(conclude_unreachable()).then_refused("tried_too_little")
    assert refusal.details == {"attempts": 3, "days": 2, "channels": 2}


def test_a_day_is_one_of_the_customers() -> None:
    """Half past midnight in Shanghai is the next day there, and still the same in London."""
    known = tries((HOUR, CALL), (timedelta(hours=6), CALL), (timedelta(hours=7, minutes=30), LETTER))
    given(SERVICE, *at_due(), *known).when(conclude_unreachable()).then(UnreachableConcluded, days=2)
    in_london = (registered(time_zone="Europe/London"), *at_due()[1:], *known)
    given(SERVICE, *in_london).when(conclude_unreachable()).then_refused("tried_too_little")


def test_the_last_try_is_in_writing() -> None:
    known = (*tried(), attempted("no_answer", at=NOW + timedelta(days=1, hours=2)))
    given(SERVICE, *at_due(), *known).when(conclude_unreachable()).then_refused("last_not_written")


def test_the_last_is_the_latest_by_its_own_time_however_late_it_is_entered() -> None:
    entered_late = attempted("no_answer", at=NOW + timedelta(hours=20))
    given(SERVICE, *at_due(), *tried(), entered_late).when(conclude_unreachable()).then(UnreachableConcluded)


def test_whoever_was_reached_is_not_unreachable() -> None:
    given(SERVICE, *at_due(), attempted(), *tried()).when(conclude_unreachable()).then_refused("reached")
    given(SERVICE, *at_satisfied()).when(conclude_unreachable()).then_refused("already_answered")


def test_whoever_expects_a_call_is_not_given_up_before_it() -> None:
    asked_later = attempted("asked_later", at=NOW + DAY, call_again_at=NOW + 3 * DAY)
    given(SERVICE, *at_due(), asked_later, *tried()).when(conclude_unreachable()).then_refused("call_promised")
    given(SERVICE, *at_due(), *tried(), slot()).when(conclude_unreachable()).then_refused("call_promised")
    over = conclude_unreachable(at=NOW + 4 * DAY)
    given(SERVICE, *at_due(), asked_later, *tried(), slot()).when(over).then(UnreachableConcluded, attempts=4)


def test_nobody_gives_up_their_own_calls_nor_their_own_case() -> None:
    known = (*at_due(), *tried())
    for caller in (replace(OTHER_LEAD, id=CALLER.id), replace(OTHER_LEAD, on_behalf_of=CALLER.id)):
        given(SERVICE, *known).when(conclude_unreachable(caller)).then_refused("called_the_customer")
    for handler in (LEAD, replace(OTHER_LEAD, on_behalf_of=LEAD.id)):
        given(SERVICE, *known).when(conclude_unreachable(handler)).then_refused("handled_the_case")


def test_tries_of_an_untrue_record_do_not_count() -> None:
    known = (*at_due(), *tried(), audited(truthful=False))
    given(SERVICE, *known).when(conclude_unreachable()).then_refused("tried_too_little")


def test_given_up_twice_adds_nothing() -> None:
    given(SERVICE, *at_unreachable()).when(conclude_unreachable()).then_nothing()


def test_whoever_calls_after_all_is_heard() -> None:
    after_all = (*at_unreachable(), attempted(at=NOW + 2 * DAY))
    assert not state_of(SERVICE, *after_all).now.unreachable
    given(SERVICE, *after_all).when(record()).then(CustomerSatisfied)


def test_giving_up_settles_the_callback_at_its_instant() -> None:
    assert state_of(SERVICE, *at_unreachable()).settled == {1: unreachable().at}


def test_a_zone_that_nobody_knows_is_corrected_first() -> None:
    nowhere = (registered(time_zone="Asia/Atlantis"), *at_due()[1:], *tried())
    given(SERVICE, *nowhere).when(conclude_unreachable()).then_refused("zone_unknown")


def test_leads_may_ask() -> None:
    assert set(ConcludeUnreachable.may) == {"department_lead", "triage_lead"}
