"""责任追究 Record how those were dealt with who answer for a complaint."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from services.resolution.accountability import Accountability
from services.resolution.rules import must_hold_to_account
from services.resolution.state import Resolution
from shared.decide import Command, Known, Refused
from shared.decide.wording import Reasoning
from shared.events.accountability import SCOPE, AccountabilityEvent, AccountabilityMeasureRecorded
from shared.events.vocabulary import StaffId
from shared.privacy.personal import Personal

MeasureId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class RecordAccountability(
    Command,
    path="/complaints/{complaint_id}/accountability",
    may=("hr", "department_lead"),
    subject="accountability:{complaint_id}",
    needs=("complaint:{complaint_id}",),
    in_person=True,
):
    """The directly responsible person, and the department's head, were dealt with per regulations (F11; N16).

    By HR or the lead of the responsible department, never by somebody it is about. Sealed for these readers alone: it
    stands neither in the case nor in its timeline, nor in any letter.
    """

    example: ClassVar[dict[str, Any]] = {
        "measure": "m1",
        "person": "gao.peng",
        "decision": "按《员工违规处理办法》口头警告。",
    }

    complaint_id: UUID
    measure: MeasureId
    person: StaffId
    """Who is directly responsible."""
    head: StaffId | None = None
    """The department's head, where the regulations hold them responsible too."""
    decision: Reasoning

    def needed(self) -> tuple[str, ...]:
        return (*super().needed(), *self.concealed())

    def concealed(self) -> tuple[str, ...]:
        """Whom it is about: what a decision read stands in clear in the envelope."""
        return tuple(f"staff:{each}" for each in (self.person, self.head) if each is not None)


def decide(state: Accountability, command: RecordAccountability, known: Known) -> list[AccountabilityEvent]:
    case: Resolution = known.states[f"complaint:{command.complaint_id}"]
    department = must_hold_to_account(case, command.actor)
    if command.actor.id in (command.person, command.head):
        raise Refused("about_yourself", "It is about you. HR, or somebody above you, must record it.")
    if state.measure(command.measure) is not None:
        raise Refused("measure_exists", "There is a measure of this id already. Give yours another id.")
    for each in (command.person, command.head):
        if each is not None:
            known.staff(each)
    head = Personal.of(SCOPE, command.head) if command.head is not None else None
    return [
        AccountabilityMeasureRecorded(
            at=command.at,
            by=command.actor.id,
            measure=command.measure,
            in_cycle=case.cycle,
            department=department,
            person=Personal.of(SCOPE, command.person),
            head=head,
            decision=Personal.of(SCOPE, command.decision),
        )
    ]
