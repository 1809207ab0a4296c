"""An effect whose outcome stays unknown is recorded and left to people; it is never sent again blindly (N6, N21)."""

import asyncio
from typing import Any, NoReturn

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.decide.due import NotTaken, OutcomeUnknown, Sent
from shared.privacy.vault import VaultUnavailable
from shared.store import due, due_rows
from shared.store.due import LOOK_UPS
from tests.fixtures.errands import LETTER, PAYMENT, Errands, Teller
from tests.fixtures.runtimes import Workshop
from tests.unit.resolution.examples import Told

pytestmark = pytest.mark.services("resolution")

PAID, UNKNOWN, WRITTEN = "remedy.step-executed", "remedy.payment-unknown", "remedy.offer-lapsed"


@pytest.fixture
def teller() -> Teller:
    return Teller()


@pytest.fixture
def errands(workshop: Workshop, teller: Teller) -> Errands:
    return Errands.of(workshop.runtimes["resolution"], teller, PAYMENT)


async def test_what_a_provider_never_tells_is_recorded_as_unknown_and_left_alone(
    errands: Errands, teller: Teller
) -> None:
    teller.silent = True
    subject = await errands.begun()
    await errands.work(1 + LOOK_UPS)
    assert await errands.facts(subject) == []
    await errands.work()
    assert await errands.facts(subject) == [UNKNOWN]
    assert await errands.rows() == []
    teller.silent = False
    await errands.work(3)
    assert (teller.sent, teller.looked_up) == (1, LOOK_UPS)
    assert await errands.facts(subject) == [UNKNOWN]


async def test_the_provider_is_asked_over_about_half_a_minute_by_the_clock_of_the_database(
    errands: Errands, teller: Teller
) -> None:
    teller.silent = True
    await errands.begun()
    pauses = []
    for _ in range(LOOK_UPS):
        await errands.work()
        left = "select extract(epoch from not_before - clock_timestamp())::float from due"
        pauses.append(round(await errands.runtime.pool.fetchval(left)))
        assert await errands.worker().work_once() == 0, "it waits until then"
    assert pauses == [2, 2, 4, 8, 16]


async def test_what_is_found_out_in_time_is_recorded_as_what_it_was(errands: Errands, teller: Teller) -> None:
    teller.silent = True
    subject = await errands.begun()
    await errands.work(LOOK_UPS)
    teller.silent = False
    await errands.work()
    assert await errands.facts(subject) == [PAID]
    assert len(teller.done) == 1


async def test_what_the_provider_never_had_is_sent_and_the_look_ups_count_anew(
    errands: Errands, teller: Teller
) -> None:
    teller.silent = teller.idle = True
    subject = await errands.begun()
    await errands.work(LOOK_UPS)
    teller.silent = False
    errands.provider = SilentSending(teller)
    await errands.work()
    assert (teller.sent, teller.looked_up) == (2, LOOK_UPS), "it said that it never had it, so it was sent"
    errands.provider = teller
    teller.silent = True
    await errands.work(LOOK_UPS - 1)
    assert await errands.facts(subject) == []
    teller.silent = teller.idle = False
    await errands.work()
    assert await errands.facts(subject) == [PAID]


class SilentSending(Teller):
    """It answers look-ups, and no sending."""

    def __init__(self, teller: Teller) -> None:
        super().__init__()
        self.teller = teller

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        await self.teller.send(key, request)
        raise OutcomeUnknown

    async def look_up(self, key: str) -> Sent | None:
        return await self.teller.look_up(key)


async def test_as_long_as_it_says_that_it_never_had_it_nothing_is_unknown(errands: Errands, teller: Teller) -> None:
    teller.idle = True
    errands.provider = SilentSending(teller)
    subject = await errands.begun()
    await errands.work(3 * LOOK_UPS)
    assert await errands.facts(subject) == []
    teller.idle = False
    await errands.work(2)
    assert await errands.facts(subject) == [PAID]
    assert len(teller.done) == 1


async def test_an_effect_that_has_no_such_command_is_asked_about_for_ever(workshop: Workshop, teller: Teller) -> None:
    errands = Errands.of(workshop.runtimes["resolution"], teller, LETTER)
    teller.silent = True
    subject = await errands.begun(Told().offered())
    await errands.work(3 * LOOK_UPS)
    assert (teller.sent, await errands.facts(subject)) == (1, [])
    teller.silent = False
    await errands.work()
    assert await errands.facts(subject) == [WRITTEN]


async def test_what_was_given_up_waits_until_it_can_be_recorded_and_is_not_looked_up(
    errands: Errands, teller: Teller
) -> None:
    teller.silent = True
    subject = await errands.begun()
    await errands.work(1 + LOOK_UPS)
    park = "insert into parked values ('decide', $1, 0, 1, 'intake', 1, 'broken', null)"
    await errands.runtime.pool.execute(park, subject)
    teller.silent = False
    await errands.work(3)
    (row,) = await errands.rows()
    assert (row["kind"], row["state"], row["last_error"]) == ("payment-unknown", "waiting", "Held")
    await errands.runtime.pool.execute("delete from parked")
    await errands.work()
    assert await errands.facts(subject) == [UNKNOWN]
    assert (teller.sent, teller.looked_up) == (1, LOOK_UPS)


async def not_ended(*_: object) -> None:
    raise ConnectionResetError


async def test_a_worker_that_dies_after_recording_it_records_it_once(
    errands: Errands, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.silent = True
    subject = await errands.begun()
    await errands.work(1 + LOOK_UPS)
    with monkeypatch.context() as dying:
        dying.setattr(due_rows, "end", not_ended)
        with pytest.raises(ConnectionResetError):
            await errands.work()
    assert len(await errands.rows()) == 1
    await errands.work()
    assert await errands.facts(subject) == [UNKNOWN]
    assert await errands.rows() == []


async def test_of_an_answer_and_a_giving_up_only_the_first_is_recorded(
    errands: Errands, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paid and recorded; but the row stayed, and the provider has said nothing since."""
    subject = await errands.begun()
    with monkeypatch.context() as dying:
        dying.setattr(due_rows, "end", not_ended)
        with pytest.raises(ConnectionResetError):
            await errands.work()
    teller.silent = True
    await errands.work(LOOK_UPS + 1)
    assert await errands.rows() == []
    assert await errands.facts(subject) == [PAID]


async def test_while_the_provider_cannot_be_reached_nothing_has_left_and_nothing_is_unknown(
    errands: Errands, teller: Teller
) -> None:
    teller.away = True
    subject = await errands.begun()
    await errands.work(3 * LOOK_UPS)
    (row,) = await errands.rows()
    assert (row["state"], row["last_error"], row["attempts"]) == ("waiting", "NotTaken", 3 * LOOK_UPS)
    teller.away = False
    await errands.work()
    assert await errands.facts(subject) == [PAID]
    assert teller.looked_up == 0


async def test_what_may_have_left_before_is_looked_up_also_after_a_try_that_did_nothing(
    errands: Errands, teller: Teller
) -> None:
    teller.silent = teller.idle = True
    await errands.begun()
    await errands.work()
    teller.silent = teller.idle = False
    errands.provider = Unreached(teller)
    await errands.work()
    (row,) = await errands.rows()
    assert (row["state"], row["last_error"]) == ("sending", "NotTaken")


class Unreached(SilentSending):
    """Look-ups get through, no sending does."""

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        raise NotTaken


class Stalling(Teller):
    """It takes what it is sent, and lets wait; look-ups too."""

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        await super().send(key, request)
        return await never()

    async def look_up(self, key: str) -> Sent | None:
        await super().look_up(key)
        return await never()


async def never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_provider_that_lets_wait_is_a_silent_one(errands: Errands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "ANSWER_WITHIN", 0.05)
    stalling = errands.provider = Stalling()
    subject = await errands.begun()
    await errands.work(1 + LOOK_UPS + 1)
    assert await errands.facts(subject) == [UNKNOWN]
    assert (stalling.sent, stalling.looked_up) == (1, LOOK_UPS)


async def test_who_took_a_row_and_slept_sends_nothing(
    errands: Errands, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = await errands.begun()
    with monkeypatch.context() as sleeping:
        sleeping.setattr(due_rows, "LEASE", due.ANSWER_WITHIN - 0.001)
        await errands.work()
    assert teller.sent == 0
    await errands.work()
    assert await errands.facts(subject) == [PAID]


async def test_who_was_taken_for_dead_and_wakes_undoes_nothing(errands: Errands, teller: Teller) -> None:
    """Its own try did nothing; but meanwhile another worker had the row, which can't know that."""
    others = Errands(errands.runtime, teller)
    teller.silent = True

    class Waking(Teller):
        async def send(self, key: str, request: dict[str, Any]) -> Sent:
            await others.work()
            raise NotTaken

    errands.provider = Waking()
    await errands.begun()
    await errands.work()
    assert (teller.sent, teller.looked_up) == (0, 1)
    (row,) = await errands.rows()
    assert (row["state"], row["last_error"]) == ("sending", "StillUnknown")


async def test_personal_data_is_opened_for_the_request_alone(workshop: Workshop, teller: Teller) -> None:
    errands = Errands.of(workshop.runtimes["resolution"], teller, LETTER)
    subject = await errands.begun(Told().offered())
    await errands.work()
    ((_, request),) = teller.done
    assert request == {"letter": "Dear Mrs Chen"}
    assert await errands.facts(subject) == [WRITTEN]
    offered, written = await errands.runtime.pool.fetch("select body from journal order by revision")
    assert b"Dear" not in offered["body"] + written["body"]
    assert b'"option":"sealed"' in written["body"]


@pytest.mark.parametrize("trouble", [OutcomeUnknown, NotTaken, ValueError, OSError])
async def test_no_trouble_with_a_letter_shows_what_is_in_it(
    workshop: Workshop, trouble: type[Exception], capfd: pytest.CaptureFixture[str]
) -> None:
    class Quoting(Teller):
        async def send(self, key: str, request: dict[str, Any]) -> Sent:
            raise trouble(f"can't send {request}")

    errands = Errands.of(workshop.runtimes["resolution"], Quoting(), LETTER)
    await errands.begun(Told().offered())
    with capture_logs() as logged:
        await errands.work()
    (row,) = await errands.rows()
    assert row["last_error"] == trouble.__name__
    printed = capfd.readouterr()
    assert "Dear" not in f"{logged} {dict(row)} {printed.out} {printed.err}"


async def test_before_personal_data_could_be_opened_nothing_left(workshop: Workshop, teller: Teller) -> None:
    errands = Errands.of(workshop.runtimes["resolution"], teller, LETTER)
    subject = await errands.begun(Told().offered())

    class Away:
        async def open(self, items: Any) -> Any:
            raise VaultUnavailable("the vault did not answer")

    assert await errands.worker(keyring=Away()).work_once() == 1
    (row,) = await errands.rows()
    assert (row["state"], row["last_error"]) == ("waiting", "VaultUnavailable")
    await errands.work()
    assert (teller.sent, teller.looked_up) == (1, 0)
    assert await errands.facts(subject) == [WRITTEN]


async def test_one_row_that_cannot_be_read_does_not_stop_the_others(errands: Errands, teller: Teller) -> None:
    bad, good = await errands.begun(Told().offered(), Told().started()), await errands.begun()
    # It names another fact than the one that it is of.
    await errands.runtime.pool.execute("update due set revision = 1 where subject = $1", bad)
    await errands.work()
    assert await errands.facts(good) == [PAID]
    (row,) = await errands.rows()
    assert (row["subject"], row["last_error"]) == (bad, "AttributeError")


async def failed(errands: Errands, kind: str) -> asyncpg.Record:
    await errands.begun()
    await errands.runtime.pool.execute("update due set kind = $1, state = 'failed', last_error = 'a_rule'", kind)
    (row,) = await errands.rows()
    return row


async def test_a_failed_row_that_only_asks_can_be_tried_again(errands: Errands, teller: Teller) -> None:
    row = await failed(errands, PAYMENT.given_up)
    assert await due_rows.retry(errands.runtime.pool, row["id"], [PAYMENT.given_up])
    await errands.work()
    assert await errands.facts(row["subject"]) == [UNKNOWN]
    assert (teller.sent, teller.looked_up) == (0, 0)


async def test_a_failed_effect_is_never_tried_again(errands: Errands, teller: Teller) -> None:
    row = await failed(errands, "payment")
    assert not await due_rows.retry(errands.runtime.pool, row["id"], [PAYMENT.given_up])
    await errands.work()
    assert await errands.rows() == [row]
    assert (teller.sent, teller.looked_up) == (0, 0)
