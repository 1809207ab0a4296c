"""Single steps of a remedy, for tests that stop between them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.e2e.walk import APPROVER, EXECUTOR, JUDGE, LEAD, OFFICER, OTHER_AGENT, Walk, money
from tests.fixtures.system import House
from tests.patience import Tries

FINDINGS = {"verdict": "upheld", "reasons": "The ledger shows it.", "loss": money(5_000)}


def approval(digest: str) -> dict[str, Any]:
    return {"digest": digest, "instruction": "同意, 尽快办理。"}


def returned(digest: str) -> dict[str, Any]:
    return {"digest": digest, "reasons": "Too little. Propose more."}


def offer(digest: str) -> dict[str, Any]:
    return {"digest": digest, "letter": "We offer …", "channel": "letter", "proof": f"post-{digest[:8]}"}


async def propose(
    walk: Walk, option: str, kind: str = "compensation", amount: int = 5_000, by: str = OFFICER, **terms: Any
) -> str:
    """An option with terms of its own; gives its digest."""
    due = walk.house.system.process.clock.now() + timedelta(days=30)
    body = {
        "option": option, "kind": kind, "amount": money(amount), "description": "What we do.",
        "steps": [{"label": "Loss", "amount": money(amount)}] if amount else [], "execute_by": due.isoformat(),
    }  # fmt: skip
    await walk.step(by, "resolution", "remedies", body | terms)
    return await walk.digest_of(option)


async def submit(walk: Walk, option: str, by: str = OFFICER) -> None:
    """From here on this option is the walk's."""
    await walk.step(by, "resolution", "remedy-submission", {"option": option})
    walk.option, walk.digest = option, await walk.digest_of(option)


async def offered_anew(walk: Walk, option: str) -> None:
    """A further option, approved and put to the customer."""
    await propose(walk, option)
    await submit(walk, option)
    await approve(walk)
    await put_to_customer(walk)


async def classify_anew(walk: Walk, **changed: Any) -> dict[str, str]:
    """Classified anew; what makes the next command elsewhere wait until it knows that."""
    body = {"category": walk.category, "severity": "ordinary", "reasons": [], "explanation": "So it turned out."}
    told = await walk.step(JUDGE, "intake", "classification", body | changed)
    return {"Consistency-Token": told.headers["consistency-token"]}


async def approve(walk: Walk, by: str = APPROVER) -> None:
    await walk.step(by, "resolution", "approval", approval(walk.digest))


async def put_to_customer(walk: Walk) -> None:
    await walk.step(OFFICER, "resolution", "offer", offer(walk.digest))


async def accept(walk: Walk) -> None:
    await walk.step(OTHER_AGENT, "resolution", "acceptance", walk.acceptance())


async def execute(walk: Walk) -> None:
    """Paid, concluded, and the callback due."""
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    await walk.shows("callback", "status", "due")


async def listed(house: House, who: str, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until a list shows such a row to this person; pages of it are read to the end."""
    async for _ in Tries():
        row = next((row for row in await rows_of(house, who, path) if holds(row)), None)
        if row is not None:
            return row
    raise AssertionError(f"{path} never shows it to {who}")


async def rows_of(house: House, who: str, path: str) -> list[dict[str, Any]]:
    """All rows of a list, as they are now."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        joined = "&" if "?" in path else "?"
        page = (await house.get(who, f"{path}{joined}limit=200" + (f"&cursor={cursor}" if cursor else ""))).json()
        rows, cursor = rows + page["items"], page["next"]
    return rows


async def found_out(walk: Walk, investigator: str, **cause: Any) -> None:
    """From an assigned department to findings that wait for the lead."""
    named = {"investigator": investigator, "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", named)
    await walk.evidence(investigator)
    found = {"cause": "system-fault", "department": "cards"} | cause
    await walk.step(investigator, "investigation", "cause", found)
    await walk.step(investigator, "investigation", "findings", FINDINGS)
