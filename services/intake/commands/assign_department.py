"""确定责任部门 Say which department answers for an established complaint."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.intake.rules import must_be_impartial, must_go_on
from services.intake.state import Assignment, Intake
from shared.decide import ComplaintCommand, Refused
from shared.events.intake import IntakeEvent, ResponsibleDepartmentAssigned
from shared.events.vocabulary import DepartmentId, StaffId


class AssignDepartment(ComplaintCommand, path="/complaints/{complaint_id}/department", may=("triage_lead",)):
    """Which department answers for it, and who of the staff may not touch it. Source: handbook row F06, N7.

    Whoever is complained of is recused (回避) without being named again.
    """

    example: ClassVar[dict[str, Any]] = {"department": "cards", "recused": ["zhou.jie"]}

    department: DepartmentId
    recused: Annotated[tuple[StaffId, ...], Field(max_length=50)] = ()


def decide(state: Intake, command: AssignDepartment) -> list[IntakeEvent]:
    must_go_on(state)
    must_be_impartial(state, command.actor)
    if state.verdict != "established":
        raise Refused("not_established", "A department is assigned once the complaint is established. Judge it first.")
    recused = tuple(dict.fromkeys((*state.complained_of, *command.recused)))
    if state.assigned == Assignment(command.department, recused):
        return []
    if state.assigned is not None:
        raise Refused(
            "already_assigned",
            f"The department {state.assigned.department} answers for it already.",
            department=state.assigned.department,
        )
    return [
        ResponsibleDepartmentAssigned(
            at=command.at, by=command.actor.id, cycle=state.cycle, department=command.department, recused=recused
        )
    ]
