"""Single steps of a remedy, for tests that stop between them."""

from typing import Any

from tests.e2e.walk import APPROVER, EXECUTOR, LEAD, OFFICER, OTHER_AGENT, Walk, money

FINDINGS = {"verdict": "upheld", "reasons": "The ledger shows it.", "loss": money(5_000)}


def approval(digest: str) -> dict[str, Any]:
    return {"digest": digest, "instruction": "同意, 尽快办理。"}


def returned(digest: str) -> dict[str, Any]:
    return {"digest": digest, "reasons": "Too little. Propose more."}


def offer(digest: str) -> dict[str, Any]:
    return {"digest": digest, "letter": "We offer …", "channel": "letter", "proof": f"post-{digest[:8]}"}


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


async def found_out(walk: Walk, investigator: str, **cause: Any) -> None:
    """From an assigned department to findings that wait for the lead."""
    named = {"investigator": investigator, "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", named)
    await walk.evidence(investigator)
    found = {"cause": "system-fault", "department": "cards"} | cause
    await walk.step(investigator, "investigation", "cause", found)
    await walk.step(investigator, "investigation", "findings", FINDINGS)
