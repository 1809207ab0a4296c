"""回访逾期 A missed callback is a fact: never hidden, never invented by a late arrival (N8, N12)."""

from datetime import timedelta
from typing import Any

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.pass_deadline import PassCallbackDeadline
from shared.decide import NotFound
from shared.decide.command import SYSTEM_ACTOR
from shared.events.callback import CallbackDeadlinePassed, CallbackRescheduled, ComplaintArchived
from tests.sentences import given
from tests.unit.callback.examples import (
    COMPLAINT,
    DUE,
    NOW,
    ROOMS,
    SERVICE,
    at_closed,
    at_due,
    at_reached,
    at_unreachable,
    attempted,
    deadline_passed,
    dissatisfied,
    pass_deadline,
    reopened,
    satisfied,
    scheduled,
    second_due,
    slot,
    summarised,
)


def test_a_due_instant_without_a_result_is_written_down() -> None:
    given(SERVICE, *at_due()).when(pass_deadline()).then(
        CallbackDeadlinePassed, due_at=DUE, at=DUE, by="system", cycle=1, superseded=False
    )


def test_trying_is_not_enough() -> None:
    given(SERVICE, *at_due(), attempted("no_answer")).when(pass_deadline()).then(CallbackDeadlinePassed)
    given(SERVICE, *at_reached()).when(pass_deadline()).then(CallbackDeadlinePassed)


around_due = st.timedeltas(-timedelta(days=3), timedelta(days=30))


@for_any(around_due, st.timedeltas(timedelta(0), timedelta(days=60)), st.booleans())
def test_what_counts_is_when_the_result_was_recorded_not_when_one_asks(
    after_due: timedelta, asked_after: timedelta, happy: bool
) -> None:
    said = (satisfied if happy else dissatisfied)(at=DUE + after_due)
    asked = given(SERVICE, *at_reached(), said).when(pass_deadline(at=DUE + asked_after))
    if after_due <= timedelta(0):
        asked.then_nothing()
    else:
        asked.then(CallbackDeadlinePassed, due_at=DUE)


def test_it_is_written_down_once() -> None:
    given(SERVICE, *at_due(), deadline_passed()).when(pass_deadline()).then_nothing()


def test_an_earlier_cycles_missed_deadline_is_written_down_late_rather_than_never() -> None:
    late = dissatisfied(at=DUE + timedelta(days=1))
    again = reopened(at=DUE + timedelta(days=1))
    given(SERVICE, *at_reached(), late, again).when(pass_deadline(at=DUE + timedelta(days=2))).then(
        CallbackDeadlinePassed, cycle=1, superseded=True
    )
    given(SERVICE, *at_reached(), late, again, deadline_passed(superseded=True)).when(
        pass_deadline(at=DUE + timedelta(days=2))
    ).then_nothing()


def test_a_later_reopening_heals_no_missed_deadline() -> None:
    again = reopened(reason="new_facts", at=DUE + timedelta(days=1))
    given(SERVICE, *at_due(), again).when(pass_deadline(at=DUE + timedelta(days=2))).then(
        CallbackDeadlinePassed, cycle=1, superseded=True
    )


def test_a_reopening_in_time_makes_the_callback_moot() -> None:
    given(SERVICE, *at_due(), reopened(reason="new_facts", at=DUE)).when(pass_deadline()).then_nothing()


def test_an_earlier_cycles_result_does_not_serve_the_next() -> None:
    due = NOW + timedelta(days=13)
    second = (*at_reached(), dissatisfied(), reopened(), *second_due())
    given(SERVICE, *second).when(pass_deadline(cycle=2, due_at=due, at=due)).then(
        CallbackDeadlinePassed, cycle=2, due_at=due, superseded=False
    )
    given(SERVICE, *second).when(pass_deadline()).then_nothing()


def test_an_earlier_cycles_breach_does_not_hide_the_nexts() -> None:
    due = NOW + timedelta(days=13)
    second = (*at_due(), deadline_passed(), attempted(), dissatisfied(at=DUE + timedelta(days=1)))
    given(SERVICE, *second, reopened(at=DUE + timedelta(days=1)), *second_due()).when(
        pass_deadline(cycle=2, due_at=due, at=due)
    ).then(CallbackDeadlinePassed, cycle=2)


def put_off(days: float = 2, **changes: Any) -> CallbackRescheduled:
    """The customer asked to be called so many days after it is due."""
    end = DUE + timedelta(days=days)
    asked = {"begin": end - timedelta(hours=1), "end": end, "requested_by_customer": True, "past_due": True}
    return slot(**asked | changes)


def test_a_call_that_the_customer_put_off_is_missed_only_when_that_time_is_over() -> None:
    end = DUE + timedelta(days=2)
    given(SERVICE, *at_due(), put_off()).when(pass_deadline(at=end)).then_nothing()
    given(SERVICE, *at_due(), put_off()).when(pass_deadline(due_at=end, at=end)).then(
        CallbackDeadlinePassed, due_at=end
    )
    heard = (attempted(), satisfied(at=end))
    given(SERVICE, *at_due(), put_off(), *heard).when(pass_deadline(due_at=end, at=end)).then_nothing()


def test_put_off_twice_the_later_counts() -> None:
    for known in ((put_off(2), put_off(4)), (put_off(4), put_off(2))):
        for days, passes in ((0, False), (2, False), (4, True)):
            due = DUE + timedelta(days=days)
            asked = given(SERVICE, *at_due(), *known).when(pass_deadline(due_at=due, at=DUE + timedelta(days=5)))
            if passes:
                asked.then(CallbackDeadlinePassed, due_at=due)
            else:
                asked.then_nothing()


def test_put_off_after_it_was_due_it_stays_missed() -> None:
    late = put_off(at=DUE + timedelta(hours=1))
    given(SERVICE, *at_due(), late).when(pass_deadline(at=DUE + timedelta(days=2))).then(
        CallbackDeadlinePassed, due_at=DUE
    )
    end = late.end
    given(SERVICE, *at_due(), late).when(pass_deadline(due_at=end, at=end)).then_nothing()


def test_put_off_in_one_cycle_does_not_put_off_the_next_nor_does_a_reopening_bring_back_the_first() -> None:
    again = (*at_due(), put_off(), reopened(reason="new_facts", at=DUE + timedelta(days=1)))
    given(SERVICE, *again).when(pass_deadline(at=DUE + timedelta(days=3))).then_nothing()
    end = DUE + timedelta(days=2)
    given(SERVICE, *again).when(pass_deadline(due_at=end, at=end)).then_nothing()
    due = NOW + timedelta(days=13)
    given(SERVICE, *again, *second_due()).when(pass_deadline(cycle=2, due_at=due, at=due)).then(CallbackDeadlinePassed)


def test_a_time_past_due_sets_an_alarm_of_its_own() -> None:
    (alarm,) = (deadline for deadline in ROOMS.deadlines if deadline.later.kind == "callback_slot_over")
    assert alarm.later.due(put_off()) == put_off().end and alarm.later.due(slot()) is None
    command = alarm.command(f"complaint:{COMPLAINT}", put_off())
    given(SERVICE, *at_due(), put_off()).when(command.model_copy(update={"at": put_off().end})).then(
        CallbackDeadlinePassed, due_at=put_off().end
    )


def test_giving_up_in_time_is_a_result() -> None:
    given(SERVICE, *at_unreachable()).when(pass_deadline()).then_nothing()


def test_nothing_passes_before_it_is_due_or_in_a_cycle_to_come() -> None:
    given(SERVICE, *at_due()).when(pass_deadline(at=DUE - timedelta(microseconds=1))).then_refused("not_due")
    given(SERVICE, *at_due()).when(pass_deadline(cycle=2)).then_refused("no_such_callback")


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(pass_deadline()).then_refused("unknown_complaint"), NotFound)


def test_only_the_system_may_ask() -> None:
    assert PassCallbackDeadline.may == ("system",)


def test_scheduling_sets_the_alarm_for_the_due_instant() -> None:
    (alarm,) = (deadline for deadline in ROOMS.deadlines if deadline.later.kind == "callback_overdue")
    assert alarm.later.on is type(scheduled()) and alarm.later.due(scheduled()) == DUE
    command = alarm.command(f"complaint:{COMPLAINT}", scheduled())
    assert isinstance(command, PassCallbackDeadline)
    assert (command.complaint_id, command.cycle, command.due_at, command.actor) == (COMPLAINT, 1, DUE, SYSTEM_ACTOR)
    given(SERVICE, *at_due()).when(command.model_copy(update={"at": DUE})).then(CallbackDeadlinePassed)


def test_a_summary_sends_the_complaint_to_the_archive_at_once() -> None:
    (way,) = (deadline for deadline in ROOMS.deadlines if deadline.later.kind == "archive")
    assert way.later.on is type(summarised()) and way.later.due(summarised()) == summarised().at
    command = way.command(f"complaint:{COMPLAINT}", summarised())
    assert isinstance(command, ArchiveComplaint) and command.subject_id() == f"complaint:{COMPLAINT}"
    assert command.actor == SYSTEM_ACTOR
    given(SERVICE, *at_closed(), summarised()).when(command).then(ComplaintArchived)


def test_nothing_leaves_the_house() -> None:
    assert ROOMS.effects == ()
