"""总结评价, 归档 What is learned from a closed complaint, and its way to the archive."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.summarise import SummariseCase
from services.callback.limits import sampled
from shared.decide import NotFound
from shared.events.base import Event
from shared.events.callback import CaseSummarised, ComplaintArchived
from tests.sentences import given
from tests.unit.callback.examples import (
    CALLER,
    COMPLAINT,
    OTHER_CALLER,
    PERSON,
    ROOMS,
    SERVICE,
    TRIAGE,
    archive,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_due,
    at_satisfied,
    at_withdrawn,
    attempted,
    audited,
    classified,
    closed,
    confirmed,
    in_error,
    referred,
    registered,
    reopened,
    summarise,
    summarised,
    tried,
    unreachable,
    wish,
)


def test_a_closed_complaint_is_summed_up() -> None:
    (summary,) = (
        given(SERVICE, *at_closed())
        .when(summarise())
        .then(CaseSummarised, cause="fee.unannounced", by=TRIAGE.id, cycle=1)
    )
    assert isinstance(summary, CaseSummarised) and summary.lesson.owner == PERSON


@pytest.mark.parametrize("known", [at_satisfied(), at_dissatisfied(), (*at_closed(), reopened(reason="new_facts"))])
def test_an_open_complaint_is_not_summed_up(known: tuple[Event, ...]) -> None:
    given(SERVICE, *known).when(summarise()).then_refused("not_closed")


def test_it_is_summed_up_once_a_cycle() -> None:
    given(SERVICE, *at_closed(), summarised()).when(summarise()).then_refused("already_summarised")


def test_a_summary_has_a_lesson() -> None:
    with pytest.raises(ValidationError):
        wish(SummariseCase, TRIAGE, cause="fee.unannounced", lesson="")


def test_a_summarised_complaint_goes_to_the_archive() -> None:
    given(SERVICE, *at_closed(), summarised()).when(archive()).then(
        ComplaintArchived, ending="closed_satisfied", by="system", cycle=1
    )
    given(SERVICE, *at_closed(), summarised()).when(archive(TRIAGE)).then(ComplaintArchived, by=TRIAGE.id)


def test_archiving_again_adds_nothing() -> None:
    given(SERVICE, *at_archived()).when(archive()).then_nothing()


def test_without_a_summary_nobody_archives_it() -> None:
    given(SERVICE, *at_closed()).when(archive(TRIAGE)).then_refused("not_summarised")


def test_a_reopening_between_summary_and_archive_leaves_the_system_nothing_to_do() -> None:
    again = (*at_closed(), summarised(), reopened(reason="new_facts"))
    given(SERVICE, *again).when(archive()).then_nothing()
    given(SERVICE, *again).when(archive(TRIAGE)).then_refused("not_summarised")


# 审核 What must be audited is audited first (F49, loop 4)


def special(*more: Event) -> tuple[Event, ...]:
    return (registered(), classified(severity="special"), *at_closed()[1:], *more)


def test_a_special_complaint_is_archived_once_its_record_is_audited_too() -> None:
    refusal = given(SERVICE, *special(summarised())).when(archive(TRIAGE)).then_refused("not_audited")
    assert refusal.details == {"callers": [CALLER.id]}
    given(SERVICE, *special(summarised())).when(archive()).then_nothing()
    given(SERVICE, *special(summarised(), audited())).when(archive()).then(ComplaintArchived)
    given(SERVICE, *special(audited())).when(archive()).then_nothing()
    given(SERVICE, *special(audited(), summarised())).when(archive()).then(ComplaintArchived)


def test_an_ordinary_one_is_if_it_was_drawn() -> None:
    drawn = next(each for each in map(UUID, (f"{n:032x}" for n in range(1, 100))) if sampled(each, 1))
    command = archive(TRIAGE).model_copy(update={"complaint_id": drawn})
    given(SERVICE, *at_closed(), summarised()).when(command).then_refused("not_audited")
    given(SERVICE, *at_closed(), summarised(), audited()).when(command).then(ComplaintArchived)
    assert not sampled(archive().complaint_id, 1)


def test_of_somebody_given_up_every_callers_record_is_audited() -> None:
    known = (*at_due(severity="special"), attempted("busy", by=OTHER_CALLER.id), *tried(), unreachable())
    ended = (*known, closed(outcome="unreachable"), summarised())
    refusal = given(SERVICE, *ended, audited()).when(archive(TRIAGE)).then_refused("not_audited")
    assert refusal.details == {"callers": [OTHER_CALLER.id]}
    both = (*ended, audited(), audited(caller=OTHER_CALLER.id))
    given(SERVICE, *both).when(archive()).then(ComplaintArchived, ending="closed_unreachable")


def test_what_was_closed_on_an_untrue_record_is_not_archived() -> None:
    groundless = (*at_closed(), summarised(), audited(truthful=False, result_void=True))
    given(SERVICE, *groundless).when(archive(TRIAGE)).then_refused("closed_on_untrue_record")
    given(SERVICE, *groundless).when(archive()).then_nothing()


def test_the_last_audit_asks_for_the_archive_too() -> None:
    (way,) = (deadline for deadline in ROOMS.deadlines if deadline.later.kind == "archive_audited")
    assert way.later.due(audited(finished=True)) == audited().at and way.later.due(audited()) is None
    command = way.command(f"complaint:{COMPLAINT}", audited())
    given(SERVICE, *special(summarised(), audited())).when(command).then(ComplaintArchived)


# Every ending (domain 4.2)


@pytest.mark.parametrize(("end", "ending"), [(referred(), "referred"), (in_error(), "in_error")])
def test_what_intake_ended_is_archived_as_it_ended(end: Event, ending: str) -> None:
    given(SERVICE, registered(), end).when(archive(TRIAGE)).then(ComplaintArchived, ending=ending)


def test_a_withdrawn_complaint_is_archived_once_the_withdrawal_is_confirmed() -> None:
    given(SERVICE, *at_withdrawn()).when(archive(TRIAGE)).then_refused("not_confirmed")
    given(SERVICE, *at_withdrawn(), confirmed()).when(archive(TRIAGE)).then(ComplaintArchived, ending="withdrawn")


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(summarise()).then_refused("unknown_complaint"), NotFound)
    assert isinstance(given(SERVICE).when(archive()).then_refused("unknown_complaint"), NotFound)


def test_who_may_ask() -> None:
    assert SummariseCase.may == ("triage_lead",)
    assert set(ArchiveComplaint.may) == {"system", "triage_lead"}
