"""历史投诉接管 Take over an open case of an old system, in the middle of its life."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from services.intake.commands.register import RegisterComplaint, entered, special_at_once
from services.intake.customer import Customer
from services.intake.limits import triggers
from services.intake.rules import must_be_received_in_time
from services.intake.state import Intake, evolve
from shared.decide import Forbidden, Known, Refused
from shared.decide.wording import Line, Reasoning
from shared.events.intake import ComplaintRegistered, ComplaintTakenOver, IntakeEvent
from shared.events.vocabulary import Code, DepartmentId, ExternalReference, Instant, StaffId
from shared.privacy.personal import Personal


class TakeOverComplaint(RegisterComplaint, path="/complaints/taken-over", may=("triage_lead",)):
    """Enter an open case of an old system, and go on with it where it stands there. Source: domain 4.2.

    It is marked as taken over for ever. `external` names the case there, so that entering it again adds nothing.
    """

    example: ClassVar[dict[str, Any]] = {
        "complainant": "王芳",
        "received_at": "2026-02-02T09:15:00+08:00",
        "channel": "phone",
        "content": "同一笔还款被扣了两次。",
        "external": {"source": "old-crm", "id": "2026-000471"},
        "system": "old-crm",
        "stage": "established",
        "department": "cards",
        "earlier": "二月三日受理, 二月五日判断成立, 尚未展开调查。",
        "earlier_actors": ["zhou.jie"],
        "began_at": "2026-02-02T09:20:00+08:00",
    }

    external: ExternalReference
    """Where the old system has it."""
    source_fields: Line | None = None
    """What it said besides, in short: the story goes into `earlier`."""
    system: Code
    stage: Literal["acknowledged", "established", "resolved"]
    """How far it is: to be judged, to be investigated, or to be called back."""
    department: DepartmentId | None = None
    """Which department answers for it: needed from `established` on, unless it is resolved and nobody knows."""
    earlier: Reasoning
    """What happened there so far, for the file."""
    earlier_actors: Annotated[tuple[StaffId, ...], Field(max_length=50)] = ()
    """Who of the staff handled it there: four eyes count them here too."""
    began_at: Instant
    """When it began there."""

    def needed(self) -> tuple[str, ...]:
        return tuple(f"staff:{each}" for each in self.earlier_actors)


def decide(state: Intake, command: TakeOverComplaint, known: Known) -> list[IntakeEvent]:
    if state.registered:
        return []
    _must_be_a_triage_lead(command, known)
    _department_fits(command)
    must_be_received_in_time(command.began_at, command.at)
    for each in command.earlier_actors:
        known.staff(each)
    registered = entered(command, known)
    taken_over = ComplaintTakenOver(
        at=command.at,
        by=command.actor.id,
        cycle=1,
        system=command.system,
        stage=command.stage,
        department=command.department,
        earlier=Personal.of(registered.person, command.earlier),
        earlier_actors=tuple(dict.fromkeys(command.earlier_actors)),
        began_at=command.began_at,
    )
    return [registered, taken_over, *_special(evolve(state, registered), registered, known)]


def _must_be_a_triage_lead(command: TakeOverComplaint, known: Known) -> None:
    """By the directory's record: whoever imports many at once comes without a token that says so (N23)."""
    if "triage_lead" not in known.staff(command.actor.on_behalf_of or command.actor.id).roles:
        raise Forbidden("wrong_role", "Only triage_lead may do this.", roles=["triage_lead"])


def _special(state: Intake, registered: ComplaintRegistered, known: Known) -> list[IntakeEvent]:
    """What makes it special by itself does so at once: nobody may ever classify what comes in judged already (N22)."""
    vulnerable = bool(known.states.get(state.person, Customer()).plain.get("vulnerable"))
    reasons = triggers(state, vulnerable=vulnerable)
    return special_at_once(state, registered, reasons) if reasons else []


def _department_fits(command: TakeOverComplaint) -> None:
    if command.stage == "established" and command.department is None:
        raise Refused("department_missing", "An established complaint has a department that answers for it. Name it.")
    if command.stage == "acknowledged" and command.department is not None:
        raise Refused(
            "department_too_early", "A department is named once it is established. Leave it out, or judge it."
        )
