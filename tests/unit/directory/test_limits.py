"""审批权限 Two persons put a table of authority limits in force, with notice (N4, design 4.4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.directory.commands.activate_limits import ActivateLimits
from services.directory.commands.propose_limits import ProposeLimits
from services.directory.limits import must_give_notice
from shared.decide import Actor, Forbidden, Refused
from shared.events.directory import LimitsActivated, LimitsProposed
from shared.events.vocabulary import LimitEntry
from shared.packs.house import HOUSE_LIMITS, LIMITS_NOTICE
from shared.reference.limits import Table
from shared.reference.staff import StaffMember
from tests.sentences import state_of
from tests.unit.directory.examples import (
    ADMIN,
    HIGHER,
    NOON,
    OTHER_ADMIN,
    SERVICE,
    TOMORROW,
    activated,
    limit,
    limits,
    proposed,
)


def propose(actor: Actor = ADMIN, table: str = "house-2", *entries: LimitEntry) -> ProposeLimits:
    return ProposeLimits(actor=actor, at=NOON, table=table, entries=entries or (limit(),))


def activate(actor: Actor = HIGHER, table: str = "house-2", effective_from: datetime = TOMORROW) -> ActivateLimits:
    return ActivateLimits(actor=actor, at=NOON, table=table, effective_from=effective_from)


BOTH = pytest.mark.parametrize("wish", [propose, activate])


def test_one_person_proposes_a_whole_table() -> None:
    entries = (limit("department_lead", "cards", 200), limit("approver", minor=900), limit("approver", currency="USD"))
    limits().when(propose(ADMIN, "house-2", *entries)).then(
        LimitsProposed, by=ADMIN.id, at=NOON, table="house-2", entries=entries
    )


def test_proposing_the_same_again_changes_nothing_and_nobody_becomes_its_first_person() -> None:
    limits(proposed()).when(propose()).then_nothing()
    limits(proposed()).when(propose(actor=OTHER_ADMIN)).then_nothing()


def test_another_proposal_takes_the_place_of_one_that_waits() -> None:
    limits(proposed()).when(propose(ADMIN, "house-2", limit(minor=7))).then(LimitsProposed)
    limits(proposed()).when(propose(OTHER_ADMIN, "house-3")).then(LimitsProposed, by=OTHER_ADMIN.id)


def test_a_table_s_name_is_given_once() -> None:
    limits(proposed(), activated()).when(propose()).then_refused("table_exists")


def test_no_table_is_called_as_the_proposal_is_read() -> None:
    limits().when(propose(table="proposal")).then_refused("reserved_name")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (limit("wizard"), "unknown_role"),
        (limit("system"), "unknown_role"),
        (limit(currency="JPY"), "unknown_currency"),
        (limit(minor=5), "limit_named_twice"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(entry: LimitEntry, code: str) -> None:
    limits().when(propose(ADMIN, "house-2", limit(), entry)).then_refused(code)


@pytest.mark.parametrize("table", ["", "a b", "a/b", "x" * 61, "../etc"])
def test_a_table_s_name_is_short_and_fits_a_path(table: str) -> None:
    with pytest.raises(ValueError, match="table"):
        propose(table=table)


def test_a_table_is_never_empty() -> None:
    with pytest.raises(ValueError, match="entries"):
        ProposeLimits(actor=ADMIN, at=NOON, table="house-2", entries=())


def test_a_second_person_activates_what_was_proposed() -> None:
    entries = (limit(minor=1), limit("higher_approver", minor=2))
    limits(proposed(entries=entries)).when(activate()).then(
        LimitsActivated, by=HIGHER.id, at=NOON, table="house-2", entries=entries, effective_from=TOMORROW,
        proposed_by=ADMIN.id,
    )  # fmt: skip


def test_the_proposer_is_never_the_second_person() -> None:
    limits(proposed()).when(activate(ADMIN)).then_refused("same_person")
    limits(proposed(by=HIGHER.id)).when(activate()).then_refused("same_person")


def test_nor_is_anyone_who_acts_for_the_proposer() -> None:
    deputy = Actor(HIGHER.id, "higher_approver", "operations", on_behalf_of=ADMIN.id)
    limits(proposed()).when(activate(deputy)).then_refused("same_person")


def test_there_must_be_a_proposal() -> None:
    limits().when(activate()).then_refused("nothing_proposed")
    limits(proposed(), activated()).when(activate(table="house-3")).then_refused("nothing_proposed")


def test_what_is_activated_is_named() -> None:
    limits(proposed("house-3")).when(activate()).then_refused("another_proposed")


def test_activating_again_changes_nothing() -> None:
    limits(proposed(), activated()).when(activate()).then_nothing()


def test_activating_again_from_another_day_is_refused() -> None:
    later = activate(effective_from=TOMORROW + timedelta(days=1))
    limits(proposed(), activated()).when(later).then_refused("nothing_proposed")


def test_five_minutes_of_notice_are_enough_and_less_is_refused() -> None:
    limits(proposed()).when(activate(effective_from=NOON + LIMITS_NOTICE)).then(LimitsActivated)
    short = NOON + LIMITS_NOTICE - timedelta(microseconds=1)
    refusal = limits(proposed()).when(activate(effective_from=short)).then_refused("too_soon")
    assert "at least 5 minutes" in refusal.message


@given_any(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900)))
def test_notice_is_given_exactly_when_the_table_counts_late_enough(ahead: timedelta) -> None:
    if ahead >= timedelta(minutes=5):
        must_give_notice(NOON + ahead, NOON)
    else:
        with pytest.raises(Refused, match="too_soon"):
            must_give_notice(NOON + ahead, NOON)


@BOTH
def test_whoever_is_not_on_the_staff_sets_no_limits(wish: Any) -> None:
    stranger = wish(actor=Actor("stranger", "higher_approver", "operations"))
    assert stranger.needed() == ("staff:stranger",)
    assert isinstance(limits(proposed()).when(stranger).then_refused("not_on_the_staff"), Forbidden)
    gone = {f"staff:{HIGHER.id}": StaffMember(joined=True, left=True)}
    limits(proposed()).with_references(gone).when(wish(actor=HIGHER)).then_refused("not_on_the_staff")


@BOTH
def test_administrators_and_higher_approvers_set_the_limits(wish: Any) -> None:
    assert set(wish().may) == {"administrator", "higher_approver"}
    assert wish().subject_id() == "limits:house"


def test_the_activation_is_contested() -> None:
    assert ActivateLimits.contested


def test_the_house_s_default_is_in_force_until_another_table_is() -> None:
    assert state_of(SERVICE, category="limits") == HOUSE_LIMITS
    state = state_of(SERVICE, proposed(), activated(), category="limits")
    assert state.proposed is None
    assert state.activated == (*HOUSE_LIMITS.activated, Table("house-2", TOMORROW, (limit(),)))
    assert state.at(TOMORROW - timedelta(microseconds=1)).name == HOUSE_LIMITS.activated[0].name
    assert state.at(TOMORROW).name == "house-2"


def test_a_proposal_is_known_whole() -> None:
    assert state_of(SERVICE, proposed(), category="limits").proposed == proposed()
