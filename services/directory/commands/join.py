"""入职 Take someone into the directory."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.directory.rules import must_be_a_person, must_be_a_possible_lead, must_be_known
from shared.decide import Command, Known, Refused
from shared.decide.wording import Line
from shared.events.directory import StaffEvent, StaffJoined
from shared.events.vocabulary import Code, DepartmentId, StaffId
from shared.privacy.personal import Personal
from shared.reference.staff import StaffMember


class JoinStaff(
    Command,
    path="/staff/{staff_id}",
    may=("administrator",),
    subject="staff:{staff_id}",
    needs=("staff:{reports_to}",),
):
    """Someone works here from now on. Source: domain 4.2 (recusal and four eyes are decided by it).

    The id is a pseudonym, given once and never to another. Their lead must be in the directory before them.
    """

    example: ClassVar[dict[str, Any]] = {
        "name": "李娜 Li Na",
        "department": "customer-service",
        "roles": ["agent"],
        "reports_to": "zhang.wei",
    }

    staff_id: StaffId
    name: Line
    department: DepartmentId
    roles: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    reports_to: StaffId | None = None
    """Their lead; none for the head of the firm."""

    def needed(self) -> tuple[str, ...]:
        return super().needed() if self.reports_to else ()


def decide(state: StaffMember, command: JoinStaff, known: Known) -> list[StaffEvent]:
    must_be_a_person(command.staff_id)
    roles = tuple(dict.fromkeys(command.roles))
    if state.left:
        raise Refused("left", "Whoever had this id has left. Whoever comes back joins under a new id.")
    if state == StaffMember(joined=True, department=command.department, roles=roles, reports_to=command.reports_to):
        return []
    if state.joined:
        raise Refused(
            "already_joined", "This id is taken. To change a department, roles or a lead, use those commands."
        )
    must_be_known(roles)
    must_be_a_possible_lead(command.staff_id, command.reports_to, known)
    return [
        StaffJoined(
            at=command.at,
            by=command.actor.id,
            name=Personal.of(f"staff:{command.staff_id}", command.name),
            department=command.department,
            roles=roles,
            reports_to=command.reports_to,
        )
    ]
