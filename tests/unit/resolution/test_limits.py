"""The customer's sum: who counts, when, and what the guard row remembers (N4)."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as any_

from services.resolution.limits import GUARDS, Entry, answered_for, in_window, remedy_digest
from services.resolution.remedy import Option
from shared.decide import Taken
from shared.events.envelope import instant
from shared.events.vocabulary import Money
from shared.packs.house import CURRENCIES, REMEDY_WINDOW
from shared.reference.customers import CustomerFile
from tests.unit.resolution.case import (
    accept,
    approve,
    conclude,
    decline,
    execute,
    guards_after,
    offer,
    paid,
    propose,
    reject,
    resolution,
    reverse,
    send_back,
    submit,
)
from tests.unit.resolution.examples import (
    APOLOGY,
    APPROVER,
    BAO,
    CHEN,
    COMPLAINT,
    DAI,
    LEAD,
    NOON,
    NOTHING,
    OTHER_COMPLAINT,
    SOON,
    WAIVER,
    A,
    Told,
    corrected_to,
    found,
    reopened,
    withdrawal_granted,
    yuan,
)

CUSTOMER_TOTAL, PAYMENT_REFERENCE = GUARDS
ROW = f"customer-total:{CHEN}:CNY"
BACK = timedelta(seconds=1)


def rows(*people: str) -> tuple[str, ...]:
    return tuple(f"customer-total:{person}:{currency}" for person in people for currency in CURRENCIES)


def entry(digest: str = "d", minor: int = 100, ago: timedelta = BACK) -> Entry:
    return {"digest": digest, "at": instant(NOON - ago), "minor": minor}


def test_an_approval_adds_to_the_customers_sum_under_its_digest() -> None:
    assert guards_after(A.up_to_approval()) == {
        ROW: [{"digest": A.digest, "at": "2025-03-03T12:00:00.000000Z", "minor": 600_00}]
    }


def test_approvals_of_several_complaints_stand_in_their_order() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    row = guards_after(other.up_to_approval(), A.up_to_approval())[ROW]
    assert [each["digest"] for each in row] == [other.digest, A.digest]


def test_whatever_ends_a_remedy_takes_it_out_again() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    for ended in (A.returned(), A.rejected(), A.declined(), A.lapsed(), withdrawal_granted(A.digest)):
        row = guards_after(other.up_to_approval(), (*A.up_to_offer(), ended))[ROW]
        assert [each["digest"] for each in row] == [other.digest]


def test_a_return_of_what_was_never_approved_takes_nothing_out() -> None:
    assert guards_after((*A.up_to_submission(), A.returned())) == {ROW: []}


def test_only_the_last_step_of_an_approval_counts() -> None:
    first = (*A.up_to_submission(), A.approved(step=1, of=2))
    assert guards_after(first) == {ROW: []}
    assert [each["digest"] for each in guards_after((*first, A.approved(APPROVER, step=2, of=2)))[ROW]] == [A.digest]


def test_a_step_that_is_added_later_moves_the_remedy_behind_what_was_approved_meanwhile() -> None:
    other = Told(complaint=OTHER_COMPLAINT)
    rows = guards_after(A.up_to_approval(), other.up_to_approval())
    state = resolution(*A.up_to_approval())
    again = A.approved(APPROVER, step=2, of=2)
    assert CUSTOMER_TOTAL.key(state, again) == ROW
    assert [each["digest"] for each in CUSTOMER_TOTAL.fold(rows[ROW], again)] == [other.digest, A.digest]


def test_a_reversal_takes_the_remedy_out_only_once_it_is_booked() -> None:
    assert [each["digest"] for each in guards_after(A.up_to_reversal())[ROW]] == [A.digest]
    refused = guards_after((*A.up_to_reversal(), A.booked(refused="account-closed")))
    assert [each["digest"] for each in refused[ROW]] == [A.digest]
    assert guards_after((*A.up_to_reversal(), A.booked()))[ROW] == []
    assert guards_after((*A.up_to_reversal(), reopened(), A.booked()))[ROW] == []


def test_a_remedy_counts_where_it_was_submitted_whoever_the_customer_turns_out_to_be() -> None:
    events = (*A.up_to_approval(), corrected_to(BAO), A.returned())
    assert guards_after(events) == {ROW: []}


def test_no_reference_is_used_twice() -> None:
    state = resolution(*A.up_to_acceptance())
    assert PAYMENT_REFERENCE.key(state, A.started()) == "payment:pay-1"
    assert PAYMENT_REFERENCE.key(state, A.reversed()) == "payment:rev-1"
    used = PAYMENT_REFERENCE.fold(None, A.started())
    with pytest.raises(Taken):
        PAYMENT_REFERENCE.fold(used, A.started())


def test_another_customer_or_currency_is_another_row() -> None:
    somebody = CHEN.replace("c1", "d2")
    events = (found(person=somebody), *A.up_to_approval()[1:])
    assert list(guards_after(events)) == [f"customer-total:{somebody}:CNY"]
    euro = Told(amount=Money(minor=5, currency="EUR"))
    assert list(guards_after(euro.up_to_approval())) == [f"customer-total:{CHEN}:EUR"]


def test_what_is_forgiven_counts_like_what_is_paid() -> None:
    assert [each["minor"] for each in guards_after(WAIVER.up_to_approval())[ROW]] == [600_00]


def test_a_remedy_without_money_touches_no_row() -> None:
    assert guards_after(APOLOGY.up_to_approval(), NOTHING.up_to_approval()) == {}


def test_what_left_the_window_is_dropped_when_the_row_is_next_touched() -> None:
    later = Told(complaint=OTHER_COMPLAINT)
    events = (*later.up_to_submission(), later.approved(at=NOON + REMEDY_WINDOW))
    assert [each["digest"] for each in guards_after(A.up_to_approval(), events)[ROW]] == [later.digest]


def test_the_row_is_plain_json() -> None:
    row = guards_after(A.up_to_approval())[ROW]
    assert orjson.loads(orjson.dumps(row)) == row


def test_only_submission_approval_and_execution_read_the_sum() -> None:
    state = resolution(*A.up_to_acceptance())
    wishes: list[Any] = [
        approve(), execute(), propose(), submit(), send_back(), reject(), offer(), accept(), decline(), conclude(),
        paid(), reverse(),
    ]  # fmt: skip
    read = {type(wish).__name__: CUSTOMER_TOTAL.read_by(state, wish, {}) for wish in wishes}
    assert {name for name, row in read.items() if row} == {"SubmitRemedy", "ApproveRemedy", "ExecuteRemedy"}
    assert set(read.values()) == {rows(CHEN), ()}


def test_the_sums_of_all_files_of_a_customer_are_read() -> None:
    state = resolution(*A.up_to_acceptance())
    files = {CHEN: CustomerFile(into=BAO), BAO: CustomerFile(others=frozenset({CHEN, DAI}))}
    assert approve().needed_then({f"complaint:{COMPLAINT}": state, f"staff:{LEAD.id}": None}) == (CHEN,)
    assert CUSTOMER_TOTAL.read_by(state, approve(), files) == rows(CHEN, BAO, DAI)


def test_nothing_is_read_without_a_remedy_with_money() -> None:
    assert CUSTOMER_TOTAL.read_by(resolution(found()), approve(), {}) == ()
    assert CUSTOMER_TOTAL.read_by(resolution(*NOTHING.up_to_submission()), approve(told=NOTHING), {}) == ()


def option(minor: int = 600_00, digest: str = "own") -> Option:
    return Option("a", "compensation", Money(minor=minor, currency="CNY"), digest, frozenset({"p"}))


def total(entries: list[Entry], own: Option | None = None, others: Sequence[Entry] = ()) -> int:
    return answered_for(resolution(found()), own or option(), entries, others, NOON).minor


def test_the_window_ends_after_exactly_a_year() -> None:
    assert total([entry(ago=REMEDY_WINDOW - BACK)]) == 600_00 + 100
    assert total([entry(ago=REMEDY_WINDOW)]) == 600_00


@for_all(any_.lists(any_.integers(0, 10**9), max_size=8), any_.integers(1, 10**9))
def test_an_approval_answers_for_everything_before_it_and_itself(amounts: list[int], own: int) -> None:
    entries = [entry(f"d{n}", minor) for n, minor in enumerate(amounts)]
    assert total(entries, option(own)) == sum(amounts) + own


@for_all(any_.lists(any_.integers(0, 10**9), min_size=1, max_size=8), any_.data())
def test_an_execution_answers_for_no_more_than_its_approval_did(amounts: list[int], data: Any) -> None:
    """Whatever was approved since, nobody's earlier remedy gets stuck between two approvers."""
    mine = data.draw(any_.integers(0, len(amounts) - 1))
    entries = [entry("own" if n == mine else f"d{n}", minor) for n, minor in enumerate(amounts)]
    own = option(amounts[mine])
    assert total(entries, own) == sum(amounts[: mine + 1]) == total(entries[:mine], own)


def test_what_was_granted_under_a_joined_file_counts_if_it_was_before() -> None:
    mine, day = entry("own", 600_00, timedelta(days=5)), timedelta(days=1)
    before, after = entry("b", 100, 6 * day), entry("c", 7, 4 * day)
    assert total([], others=[before, after]) == 600_00 + 107
    assert total([mine], others=[before, after]) == 600_00 + 100
    assert total([mine], others=[entry("same-instant", 50, 5 * day)]) == 600_00 + 50
    assert total([mine], others=[entry("long-ago", 50, REMEDY_WINDOW)]) == 600_00


@for_all(any_.lists(any_.tuples(any_.integers(0, 10**6), any_.integers(0, 800)), max_size=10))
def test_dropping_what_left_the_window_changes_no_sum(given_before: list[tuple[int, int]]) -> None:
    entries = [entry(f"d{n}", minor, timedelta(days=days)) for n, (minor, days) in enumerate(given_before)]
    assert total(list(in_window(entries, NOON))) == total(entries)


def test_a_digest_is_the_hash_of_these_very_bytes_for_ever() -> None:
    digest = remedy_digest(
        complaint=COMPLAINT, cycle=1, option="a", kind="refund", amount=yuan(6), steps=[yuan(6)], execute_by=SOON
    )
    terms = (
        '{"amount":{"currency":"CNY","minor":600},"complaint":"00000000-0000-4000-8000-00000000000a","cycle":1,'
        '"execute_by":"2025-03-23T12:00:00.000000Z","kind":"refund","option":"a",'
        '"steps":[{"currency":"CNY","minor":600}]}'
    )
    assert digest == sha256(terms.encode()).hexdigest()
