"""Reference facts beside the state: staff and limits, as far as this service has learned of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.decide.refused import NotYetSeen, Refused
from shared.reference.limits import LimitsTable
from shared.reference.staff import StaffMember, superiors

FILE_UNKNOWN = "No such file is kept here for this case. Send the file first, then name it by the sha256 you are told."


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An evidence file that this service keeps, sealed, for one subject."""

    sha256: str
    """Of the sealed bytes: what an event names it by."""
    subject: str
    media_type: str
    size: int
    """Bytes before sealing."""


@dataclass(frozen=True, slots=True)
class Known:
    """The states of the reference subjects that a command named, the guards and files it reads, and how fresh they
    are.
    """

    states: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, StoredFile] = field(default_factory=dict)
    """By SHA-256: those kept here of the files that the command names."""
    limits_fresh: bool = True
    attempt: int = 0
    """How often this command was decided before and lost a race for a unique value."""

    def staff(self, staff_id: str) -> StaffMember:
        """A staff member. Raises NotYetSeen when this service has not heard of them."""
        member = self.states.get(f"staff:{staff_id}")
        if not isinstance(member, StaffMember) or not member.joined:
            raise NotYetSeen(f"staff:{staff_id}", f"The directory's record of {staff_id} has not arrived yet.")
        return member

    def line_above(self, staff_id: str) -> tuple[str, ...]:
        """Everybody above a staff member, nearest first. Raises NotYetSeen while a record of the line is missing."""
        line = tuple(superiors(staff_id, self.states))
        for each in (staff_id, *line):
            self.staff(each)
        return line

    def limits(self) -> LimitsTable:
        """The table of limits. Raises NotYetSeen when the log was not read to its end within the last minute."""
        table = self.states.get("limits:house")
        if not self.limits_fresh or not isinstance(table, LimitsTable):
            raise NotYetSeen("limits:house", "The authority limits may be out of date here. Try again in a moment.")
        return table

    def file(self, sha256: str, subject: str) -> StoredFile:
        """A file that the command names. Raises Refused when it is not kept here for this subject: a piece of another
        case must not become evidence of this one by its hash alone.
        """
        stored = self.files.get(sha256)
        if stored is None or stored.subject != subject:
            raise Refused("file_unknown", FILE_UNKNOWN)
        return stored
