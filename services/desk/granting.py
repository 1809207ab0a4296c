"""已给予 What a customer was granted, and how much an approval answers for with it, counted as in resolution (N4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy import and_, or_, select

from services.desk.measures import CASES, JOINED
from services.desk.views import given
from shared.events.vocabulary import RemedyKind
from shared.packs.house import REMEDY_WINDOW
from shared.projections.read import Asked
from shared.projections.table import answering

_GIVEN: Final = answering(given.VIEW)

Files = Mapping[str, frozenset[str]]
"""By the subject of one file of a customer: all files that are theirs."""


class Granted(BaseModel):
    """A remedy that a customer was granted within the window, or that was ever carried out on the same complaint."""

    complaint_id: str
    number: str
    person: str = Field(description="The file under which it counts, person:<uuid>.")
    digest: str
    kind: RemedyKind
    amount: int
    currency: str
    approved_at: datetime
    executed_at: datetime | None


async def files_of(asked: Asked, persons: Collection[str]) -> Files:
    """All files of these customers: a file stands for others, or another stands for it, never both."""
    joined = await asked.rows(select(JOINED.c.key, JOINED.c.into).where(JOINED.c.key.in_(persons)))
    survivors = {row["key"]: row["into"] for row in joined}
    stands_for = {person: survivors.get(person, person) for person in persons}
    beside: dict[str, set[str]] = {survivor: {survivor} for survivor in stands_for.values()}
    for row in await asked.rows(select(JOINED.c.key, JOINED.c.into).where(JOINED.c.into.in_(beside))):
        beside[row["into"]].add(row["key"])
    return {person: frozenset(beside[survivor] | {person}) for person, survivor in stands_for.items()}


async def granted_under(asked: Asked, files: Files, complaints: Collection[str]) -> Sequence[Granted]:
    """What these customers were granted in the rolling window, or was ever carried out on these complaints, and still
    stands. The latest first.

    Whatever case it was granted in, also one that is restricted: a limit that does not count it would be no limit.
    """
    everyone = frozenset[str]().union(*files.values())
    theirs = await asked.rows(select(CASES.c.complaint_id).where(CASES.c.person.in_(everyone)))
    ids = {*complaints, *(row["complaint_id"] for row in theirs)}
    in_window = _GIVEN.c.approved_at > asked.now - REMEDY_WINDOW
    carried_out = and_(_GIVEN.c.executed_at.is_not(None), _GIVEN.c.complaint_id.in_(complaints))
    statement = (
        select(_GIVEN, CASES.c.number, CASES.c.person)
        .join(CASES, CASES.c.key == _GIVEN.c.complaint_id)
        .where(or_(_GIVEN.c.complaint_id.in_(ids), _GIVEN.c.paid_to.in_(everyone)))
        .where(or_(in_window, carried_out), _GIVEN.c.ended.is_(None), _GIVEN.c.amount > 0)
        .order_by(_GIVEN.c.approved_at.desc(), _GIVEN.c.key)
    )
    # Under the file from which it was paid, or else under that whose complaint it is.
    rows = await asked.rows(statement)
    return [Granted.model_validate({**row, "person": row["paid_to"] or row["person"]}) for row in rows]


def counted_for(
    granted: Iterable[Granted], files: Collection[str], complaint_id: str, now: datetime
) -> Sequence[Granted]:
    """Those of them that count for one complaint of the customer with these files."""
    since = now - REMEDY_WINDOW
    return [
        each
        for each in granted
        if (each.person in files and each.approved_at > since)
        or (each.complaint_id == complaint_id and each.executed_at is not None)
    ]


def answered_for(granted: Sequence[Granted], complaint_id: str, digest: str, amount: int, currency: str) -> int:
    """The sum that an approval of these terms answers for: itself, with all that was given before it, each once.

    What was approved after an earlier approval of these very terms does not count: whoever approved that answered for
    the whole already. What carries no amount answers for nothing.
    """
    if amount == 0:
        return 0
    own = next((each for each in granted if each.digest == digest), None)
    counted = {
        each.digest: each.amount
        for each in granted
        if each.currency == currency
        if own is None
        or each.approved_at <= own.approved_at
        or (each.complaint_id == complaint_id and each.executed_at is not None)
    }
    return sum((counted | {digest: amount}).values())
