"""The desk as its people sit at it: what they are shown, no older than what was just done."""

from typing import Any

import httpx2

from tests.e2e.walk import AUDITOR, Walk
from tests.fixtures.system import House


async def caught_up(walk: Walk) -> None:
    """Wait until the desk has what every service was last told of this complaint."""
    for stream, token in list(walk.house.seen.items()):
        if stream.endswith(f":complaint:{walk.id}"):
            await asked(walk.house, AUDITOR, f"complaints/{walk.id}", **{"Consistency-Token": token})


async def asked(house: House, who: str, path: str, **headers: str) -> httpx2.Response:
    """The desk's answer, asked again while it is behind what the caller has seen."""
    for _ in range(50):
        answer = await house.get(who, f"desk/{path}", **headers)
        if answer.status_code != 409:
            return answer
    raise AssertionError(f"{path} stays behind")


async def read(walk: Walk, who: str, path: str = "", **headers: str) -> dict[str, Any]:
    """Something of this complaint that must be shown to them; `path` follows its id."""
    await caught_up(walk)
    answer = await asked(walk.house, who, f"complaints/{walk.id}{path}", **headers)
    assert answer.status_code == 200, (who, answer.text)
    body: dict[str, Any] = answer.json()
    return body


async def standing(walk: Walk, **expected: Any) -> dict[str, Any]:
    """Wait until it stands so: what services do of themselves no token tells of."""
    shown: dict[str, Any] = {}
    for _ in range(500):
        shown = (await read(walk, AUDITOR, "?limit=1"))["standing"]
        if all(shown[name] == value for name, value in expected.items()):
            return shown
    raise AssertionError(f"it stands at {shown}, never {expected}")


async def items(house: House, who: str, path: str, cursor: str = "after") -> list[dict[str, Any]]:
    """All pages of a list, a few rows each, so that paging is tried too."""
    rows: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        joined = "&" if "?" in path else "?"
        more = {cursor: following} if following else {}
        query = "".join(f"&{name}={value}" for name, value in more.items())
        answer = await house.get(who, f"desk/{path}{joined}limit=5{query}")
        assert answer.status_code == 200, (who, path, answer.text)
        rows, following = rows + answer.json()["items"], answer.json()["next"]
    return rows


async def listed(walk: Walk, who: str, path: str, cursor: str = "after") -> list[dict[str, Any]]:
    """The rows of a list that are about this complaint."""
    await caught_up(walk)
    return [row for row in await items(walk.house, who, path, cursor) if row["complaint_id"] == walk.id]
