"""总结评价, 归档 What is learned from a closed complaint, and its way to the archive."""

import pytest
from pydantic import ValidationError

from services.callback.commands.archive import ArchiveComplaint
from services.callback.commands.summarise import SummariseCase
from shared.decide import NotFound
from shared.events.base import Event
from shared.events.callback import CaseSummarised, ComplaintArchived
from tests.sentences import given
from tests.unit.callback.examples import (
    PERSON,
    SERVICE,
    TRIAGE,
    archive,
    at_archived,
    at_closed,
    at_dissatisfied,
    at_satisfied,
    reopened,
    summarise,
    summarised,
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


def test_of_a_complaint_that_nobody_registered_nothing_is_known() -> None:
    assert isinstance(given(SERVICE).when(summarise()).then_refused("unknown_complaint"), NotFound)
    assert isinstance(given(SERVICE).when(archive()).then_refused("unknown_complaint"), NotFound)


def test_who_may_ask() -> None:
    assert SummariseCase.may == ("triage_lead",)
    assert set(ArchiveComplaint.may) == {"system", "triage_lead"}
