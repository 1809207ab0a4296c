"""`closedloop due`, as an operator types it beside the running system: what failed or is late, and trying it again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.fixtures.processes import Folder, Running, new_folder

pytestmark = pytest.mark.timeout(300)

NOW = datetime.now(UTC)
ADD = (
    "insert into due (id, kind, subject, revision, due_at, state, attempts, last_error) values ($1,$2,$3,1,$4,$5,$6,$7)"
)


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Folder]:
    async with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
async def running(folder: Folder) -> Running:
    return await folder.run()


async def due(folder: Folder, service: str, kind: str, state: str, hours: int, error: str | None) -> UUID:
    """A row that no event stands behind, so that no worker takes it."""
    row = uuid4()
    async with folder.database(service) as database:
        await database.execute(ADD, row, kind, f"complaint:{row}", NOW - timedelta(hours=hours), state, 3, error)
    return row


async def state_of(folder: Folder, service: str, row: UUID) -> str:
    async with folder.database(service) as database:
        return str(await database.fetchval("select state from due where id = $1", row))


async def test_nothing_failed_and_nothing_late_is_said_so(folder: Folder, running: Running) -> None:
    assert (await folder.ask("due", "list")).said == "Nothing failed, and nothing is late.\n"
    assert (await folder.ask("due", "list", "--json")).data == []


async def test_what_failed_or_is_late_is_listed_with_what_an_operator_must_know(
    folder: Folder, running: Running
) -> None:
    late = await due(folder, "callback", "callback_overdue", "waiting", 2, "NotYetSeen")
    failed = await due(folder, "callback", "archive", "failed", 1, "not_closed")
    paid = await due(folder, "resolution", "payment", "failed", 3, "payment_settled")
    later = await due(folder, "callback", "callback_overdue", "waiting", -2, None)
    listed = (await folder.ask("due", "list", "--json")).data
    assert [(each["service"], each["id"]) for each in listed] == [
        ("resolution", str(paid)), ("callback", str(failed)), ("callback", str(late)),
    ]  # fmt: skip
    first = listed[-1]
    assert first.items() >= {
        "kind": "callback_overdue", "subject": f"complaint:{late}", "state": "waiting", "attempts": 3,
        "last_error": "NotYetSeen",
    }.items()  # fmt: skip
    assert first["due_at"].startswith(f"{NOW - timedelta(hours=2):%Y-%m-%d %H:%M}")
    assert 2 * 3600 <= first["age_seconds"] < 3 * 3600
    told = (await folder.ask("due", "list", "--service", "callback")).said
    assert f"{failed}  callback archive: failed, attempts 3, last error not_closed\n" in told
    assert f"ago) of complaint:{failed}\n" in told
    assert str(paid) not in told and str(later) not in told


async def test_a_failed_deadline_is_taken_up_again(folder: Folder, running: Running) -> None:
    failed = await due(folder, "callback", "archive", "failed", 1, "not_closed")
    said = await folder.ask("due", "retry", str(failed))
    assert said.said == "The worker of callback takes it up again.\n"
    assert await state_of(folder, "callback", failed) == "waiting"
    again = await folder.ask("due", "retry", str(failed), status=2)
    assert "has not failed" in again.complained


async def test_an_effect_that_may_have_left_the_house_is_never_retried(folder: Folder, running: Running) -> None:
    paid = await due(folder, "resolution", "payment", "failed", 3, "payment_settled")
    refused = await folder.ask("due", "retry", str(paid), status=2)
    assert "may have left the house, so it is never tried again from here" in refused.complained
    assert await state_of(folder, "resolution", paid) == "failed"


async def test_what_is_not_there_is_wrong_use(folder: Folder, running: Running) -> None:
    nothing = await folder.ask("due", "retry", str(uuid4()), status=2)
    assert "`closedloop due list` shows what failed" in nothing.complained
    for wrong in (("due", "retry", "7"), ("due", "list", "--service", "complaints")):
        assert "Traceback" not in (await folder.ask(*wrong, status=2)).complained


async def test_payments_keep_going_where_they_went_also_for_a_command_typed_without_the_settings(
    folder: Folder, running: Running
) -> None:
    (folder.data / "payments-go-to").write_text("https://pay.example")
    refused = await folder.ask("due", "list", status=3)
    assert "The payments of this installation go to https://pay.example" in refused.complained
    assert "Traceback" not in refused.complained
