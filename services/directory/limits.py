"""Rules with numbers: when a new table of authority limits may take effect, and what a table may hold."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.directory.rules import ROLES
from shared.decide import Refused
from shared.decide.service import Guard
from shared.events.vocabulary import LimitEntry
from shared.packs.house import CURRENCIES, LIMITS_NOTICE

GUARDS: tuple[Guard, ...] = ()

TableName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
PROPOSAL = "proposal"
"""The name under which the waiting proposal is read, so no table can have it."""


def must_give_notice(effective_from: datetime, at: datetime) -> None:
    """Every service must have learned of a table before it counts, or money would move by two tables at once."""
    if effective_from < at + LIMITS_NOTICE:
        minutes = int(LIMITS_NOTICE.total_seconds() // 60)
        raise Refused("too_soon", f"New limits take effect at least {minutes} minutes from now. Choose a later time.")


def must_be_one_table(entries: Sequence[LimitEntry]) -> None:
    """Known roles and currencies, and one limit for each role, department and currency."""
    if strange := sorted({entry.role for entry in entries} - set(ROLES)):
        raise Refused("unknown_role", f"There is no role {strange[0]}. Use one of: {', '.join(ROLES)}.")
    if strange := sorted({entry.limit.currency for entry in entries} - set(CURRENCIES)):
        raise Refused("unknown_currency", f"No limits are kept in {strange[0]}. Use one of: {', '.join(CURRENCIES)}.")
    places = Counter((entry.role, entry.department, entry.limit.currency) for entry in entries)
    if twice := [place for place, times in places.items() if times > 1]:
        raise Refused("limit_named_twice", f"{' / '.join(twice[0])} is there twice. Give one limit for it.")
