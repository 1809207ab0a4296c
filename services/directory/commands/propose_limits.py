"""拟定审批权限 Put a whole new table of authority limits forward."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.directory.limits import PROPOSAL, TableName, must_be_one_table
from services.directory.rules import must_still_work_here
from shared.decide import Command, Known, Refused
from shared.events.directory import LimitsEvent, LimitsProposed
from shared.events.vocabulary import LimitEntry
from shared.reference.limits import LimitsTable


class ProposeLimits(
    Command,
    path="/limits/proposal",
    may=("administrator", "higher_approver"),
    subject="limits:house",
    needs=("staff:{actor}",),
    in_person=True,
):
    """The first of two persons puts a whole table forward. It counts only once another activates it. Source: N4;
    design 4.4. A new proposal takes the place of one that still waits. In one's own name only: whoever had it proposed
    by a deputy could be its second person.
    """

    example: ClassVar[dict[str, Any]] = {
        "table": "house-2",
        "entries": [
            {"role": "department_lead", "department": "cards", "limit": {"minor": 300_000, "currency": "CNY"}},
            {"role": "approver", "department": "*", "limit": {"minor": 5_000_000, "currency": "CNY"}},
        ],
    }

    table: TableName
    """Names the table for ever."""
    entries: Annotated[tuple[LimitEntry, ...], Field(min_length=1, max_length=500)]
    """The whole table: a role that is not in it may approve nothing."""


def decide(state: LimitsTable, command: ProposeLimits, known: Known) -> list[LimitsEvent]:
    must_still_work_here(command.actor, known)
    waiting = state.proposed
    if waiting is not None and (waiting.table, waiting.entries) == (command.table, command.entries):
        return []
    if command.table == PROPOSAL:
        raise Refused("reserved_name", "No table can be called `proposal`. Choose another name.")
    if command.table in (table.name for table in state.activated):
        raise Refused(
            "table_exists",
            f"There is a table {command.table} already. Give the new one a name of its own.",
            table=command.table,
        )
    must_be_one_table(command.entries)
    return [LimitsProposed(at=command.at, by=command.actor.id, table=command.table, entries=command.entries)]
