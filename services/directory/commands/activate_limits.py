"""启用审批权限 Put a proposed table of authority limits in force, as the second person."""

from typing import Any, ClassVar

from services.directory.limits import TableName, must_give_notice
from services.directory.rules import must_still_work_here
from shared.decide import Command, Known, Refused
from shared.events.directory import LimitsActivated, LimitsEvent, LimitsProposed
from shared.events.vocabulary import Instant
from shared.reference.limits import LimitsTable


class ActivateLimits(
    Command,
    path="/limits/activation",
    may=("administrator", "higher_approver"),
    subject="limits:house",
    needs=("staff:{actor}",),
    contested=True,
    in_person=True,
):
    """The second person puts the proposed table in force, at least five minutes from now. Source: N4; design 4.4.

    `If-Match` is the ETag of the proposal as it was read, so that nothing else can be put in its place meanwhile.
    """

    example: ClassVar[dict[str, Any]] = {"table": "house-2", "effective_from": "2030-01-01T00:00:00Z"}

    table: TableName
    effective_from: Instant


def decide(state: LimitsTable, command: ActivateLimits, known: Known) -> list[LimitsEvent]:
    must_still_work_here(command.actor, known)
    if any((it.name, it.effective_from) == (command.table, command.effective_from) for it in state.activated):
        return []
    proposed = _proposal(state, command)
    if proposed.by in (command.actor.id, command.actor.on_behalf_of):
        raise Refused("same_person", "You, or the person you act for, proposed this table. Another must activate it.")
    must_give_notice(command.effective_from, command.at)
    return [
        LimitsActivated(
            at=command.at,
            by=command.actor.id,
            table=proposed.table,
            entries=proposed.entries,
            effective_from=command.effective_from,
            proposed_by=proposed.by,
        )
    ]


def _proposal(state: LimitsTable, command: ActivateLimits) -> LimitsProposed:
    if state.proposed is None:
        raise Refused("nothing_proposed", "No table waits for a second person. Propose one first.")
    if state.proposed.table != command.table:
        raise Refused(
            "another_proposed",
            f"The table that waits is {state.proposed.table}. Load it, then decide on it.",
            table=state.proposed.table,
        )
    return state.proposed
