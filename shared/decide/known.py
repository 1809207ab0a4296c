"""Reference facts beside the state: staff and limits, as far as this service has learned of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.decide.refused import NotYetSeen
from shared.reference.limits import LimitsTable
from shared.reference.staff import StaffMember


@dataclass(frozen=True, slots=True)
class Known:
    """The states of the reference subjects that a command named, the guards it reads, and how fresh they are."""

    states: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    limits_fresh: bool = True
    attempt: int = 0
    """How often this command was decided before and lost a race for a unique value."""

    def staff(self, staff_id: str) -> StaffMember:
        """A staff member. Raises NotYetSeen when this service has not heard of them."""
        member = self.states.get(f"staff:{staff_id}")
        if not isinstance(member, StaffMember) or not member.joined:
            raise NotYetSeen(f"staff:{staff_id}", f"The directory's record of {staff_id} has not arrived yet.")
        return member

    def limits(self) -> LimitsTable:
        """The table of limits. Raises NotYetSeen when the log was not read to its end within the last minute."""
        table = self.states.get("limits:house")
        if not self.limits_fresh or not isinstance(table, LimitsTable):
            raise NotYetSeen("limits:house", "The authority limits may be out of date here. Try again in a moment.")
        return table
