"""指定代理人 Name who acts for somebody while they are away."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from services.directory.limits import DeputyCommand, must_be_a_fitting_time
from services.directory.rules import ROLES, must_be_on_the_staff, must_speak_for
from shared.decide import Known, Refused
from shared.events.directory import DeputyNamed, StaffEvent
from shared.events.vocabulary import Instant
from shared.reference.staff import Deputy, StaffMember, line_subjects

ADMINISTRATOR_FIRST = ("administrator", *(role for role in ROLES if role != "administrator"))
"""One acts in the first of these roles that one holds, and this one may name deputies for everybody."""


class NameDeputy(
    DeputyCommand,
    path="/staff/{staff_id}/deputies",
    may=ADMINISTRATOR_FIRST,
    subject="staff:{staff_id}",
    needs=("staff:{deputy}",),
    in_person=True,
):
    """Somebody acts for them from `begins` on and before `ends`: in their name and roles, but never with their approval
    limit, nor where a thing must be done in person. Source: domain 4.2.

    By the person, whoever leads them, or an administrator. Naming the same deputy again sets other dates. Two people
    never act for each other at the same time: then one of them would act alone in both names.
    """

    example: ClassVar[dict[str, Any]] = {
        "deputy": "yang.fan",
        "begins": "2030-07-01T00:00:00+08:00",
        "ends": "2030-07-15T00:00:00+08:00",
    }

    begins: Instant
    ends: Instant

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.staff_id,), states)


def decide(state: StaffMember, command: NameDeputy, known: Known) -> list[StaffEvent]:
    must_be_on_the_staff(state)
    must_speak_for(command.staff_id, command.actor, known)
    named = Deputy(command.deputy, command.begins, command.ends)
    if named in state.deputies:
        return []
    if command.deputy == command.staff_id:
        raise Refused("own_deputy", "Nobody is their own deputy. Name somebody else.")
    if command.deputy == command.actor.id:
        raise Refused("names_oneself", "Nobody makes themself another's deputy. Name somebody else, or let them do it.")
    must_be_a_fitting_time(command.begins, command.ends, command.at)
    deputy = known.states.get(f"staff:{command.deputy}")
    if not isinstance(deputy, StaffMember) or not deputy.active:
        raise Refused(
            "unknown_deputy", f"{command.deputy} is not on the staff. Name somebody who is.", deputy=command.deputy
        )
    if _acts_for(deputy, command.staff_id, command.begins, command.ends):
        raise Refused(
            "deputy_ring",
            f"{command.deputy} has named them as deputy for some of this time. Name another, or end that first.",
            deputy=command.deputy,
        )
    return [
        DeputyNamed(
            at=command.at, by=command.actor.id, deputy=command.deputy, begins=command.begins, ends=command.ends
        )
    ]  # fmt: skip


def _acts_for(absent: StaffMember, staff_id: str, begins: datetime, ends: datetime) -> bool:
    """Whether this absent person is represented by them at some instant of a time."""
    return any(each.id == staff_id and each.begins < ends and begins < each.ends for each in absent.deputies)
