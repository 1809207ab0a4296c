"""The staff, by the directory's own records: who may take over open cases, and who may be named in them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from closedloop.importing.open_cases import OpenCase
from shared.decide import Actor
from shared.reference.staff import StaffMember
from shared.runtime import Runtime

ROLE = "triage_lead"
_STAFF = "select distinct subject from journal where source = $1 and subject like 'staff:%'"


class MayNotTakeOver(ValueError):
    """Whoever is to take over the cases may not; the message says who may."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who ever joined, by staff id."""

    members: Mapping[str, StaffMember]
    departments: frozenset[str]
    """Where somebody works."""

    def importer(self, staff_id: str) -> Actor:
        """The person as who they take over the cases. Raises MayNotTakeOver: nobody automatic does it (N23)."""
        member = self.members.get(staff_id)
        if member is None:
            raise MayNotTakeOver(
                f"Nobody of the staff has the id {staff_id}. Name a triage lead, as the directory does."
            )
        if member.left:
            raise MayNotTakeOver(f"{staff_id} has left the firm. Name a triage lead who is still there.")
        if ROLE not in member.roles:
            raise MayNotTakeOver(f"{staff_id} is no triage lead. Only a triage lead takes over open cases: name one.")
        return Actor(staff_id, ROLE, member.department)

    def objection(self, case: OpenCase) -> str | None:
        """Why the case can't be taken over, if it names people or a department that nobody knows here."""
        strangers = [each for each in case.earlier_actors if each not in self.members]
        if strangers:
            return (
                f"'earlier_actors' names {', '.join(strangers)}, who never were on the staff here. Correct the ids, or "
                "tell of them in 'earlier' instead."
            )
        if case.department is not None and case.department not in self.departments:
            return f"Nobody works in the department '{case.department}': the case would be lost there. Correct it."
        return None


async def roster_of(directory: Runtime) -> Roster:
    """The staff as they stand now."""
    found = await directory.pool.fetch(_STAFF, directory.name)
    subjects = [record["subject"] for record in found]
    states = await asyncio.gather(*map(directory.kernel.state, subjects))
    members = {subject.partition(":")[2]: state for subject, state in zip(subjects, states, strict=True)}
    return Roster(members, frozenset(member.department for member in members.values() if member.active))
