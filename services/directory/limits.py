"""Rules with numbers: when new authority limits may take effect, what a table may hold, how long a deputy acts; and
the guards against rings of people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from services.directory.rules import ROLES
from shared.decide import Command, Refused
from shared.decide.service import Guard
from shared.events.vocabulary import LimitEntry, StaffId
from shared.packs.house import CURRENCIES, DEPUTY_AT_MOST, LIMITS_NOTICE
from shared.reference.staff import StaffMember

TableName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
PROPOSAL = "proposal"
"""The name under which the waiting proposal is read, so no table can have it."""


def must_give_notice(effective_from: datetime, at: datetime) -> None:
    """Every service must have learned of a table before it counts, or money would move by two tables at once."""
    if effective_from < at + LIMITS_NOTICE:
        minutes = int(LIMITS_NOTICE.total_seconds() // 60)
        raise Refused(
            "too_soon",
            f"New limits take effect at least {minutes} minutes from now. Choose a later time.",
            minutes=minutes,
        )


def must_be_one_table(entries: Sequence[LimitEntry]) -> None:
    """Known roles and currencies, and one limit for each role, department and currency."""
    if strange := sorted({entry.role for entry in entries} - set(ROLES)):
        raise Refused(
            "unknown_role",
            f"There is no role {strange[0]}. Use one of: {', '.join(ROLES)}.",
            role=strange[0],
            roles=list(ROLES),
        )
    if strange := sorted({entry.limit.currency for entry in entries} - set(CURRENCIES)):
        raise Refused(
            "unknown_currency",
            f"No limits are kept in {strange[0]}. Use one of: {', '.join(CURRENCIES)}.",
            currency=strange[0],
            currencies=list(CURRENCIES),
        )
    places = Counter((entry.role, entry.department, entry.limit.currency) for entry in entries)
    if twice := [place for place, times in places.items() if times > 1]:
        role, department, currency = twice[0]
        raise Refused(
            "limit_named_twice",
            f"{' / '.join(twice[0])} is there twice. Give one limit for it.",
            role=role,
            department=department,
            currency=currency,
        )


def must_be_a_fitting_time(begins: datetime, ends: datetime, at: datetime) -> None:
    """代理期限 Somebody acts for another for a time that has an end, and that end is still to come."""
    if begins >= ends:
        raise Refused("ends_before_it_begins", "The time ends before it begins. Correct the two dates.")
    if ends <= at:
        raise Refused("over_already", "That time is over already. Give one that is still to come.")
    if ends - begins > DEPUTY_AT_MOST:
        days = DEPUTY_AT_MOST.days
        raise Refused(
            "too_long",
            f"A deputy is named for at most {days} days. Choose an earlier end, and name them again then.",
            days=days,
        )


REPORTING_LINES: Final = "reporting_lines"
"""The one row that every change of a line reads: two changes at once could close a ring that neither of them sees."""


class LineCommand(Command):
    """A command that draws a reporting line."""


class DeputyCommand(Command):
    """A command that names a deputy."""

    staff_id: StaffId
    deputy: StaffId


def pair_row(one: str, other: str) -> str:
    """The row of two people who may act for each other, whichever of them is named first."""
    return f"deputies:{'|'.join(sorted((one, other)))}"


def _read(state: StaffMember, command: Command, states: Mapping[str, Any]) -> Sequence[str]:
    match command:
        case LineCommand():
            return (REPORTING_LINES,)
        case DeputyCommand():
            return (pair_row(command.staff_id, command.deputy),)
        case _:
            return ()


GUARDS: tuple[Guard, ...] = (
    Guard("rings", on=(), key=lambda state, event: None, fold=lambda value, event: value, read_by=_read),
)
"""These rows hold nothing. A row that was read moves on with the append, so that of two decisions that rest on it at
once, the second is made anew: the references of a command are compared, but not locked.
"""
