"""代理终止 End that somebody acts for another, before the date that was set."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.directory.commands.name_deputy import ADMINISTRATOR_FIRST
from services.directory.rules import must_be_on_the_staff, must_speak_for
from shared.decide import Command, Known, Refused
from shared.events.directory import DeputyEnded, StaffEvent
from shared.events.vocabulary import StaffId
from shared.reference.staff import StaffMember, line_subjects


class EndDeputy(
    Command,
    path="/staff/{staff_id}/deputies/{deputy}/end",
    may=ADMINISTRATOR_FIRST,
    subject="staff:{staff_id}",
    in_person=True,
):
    """They act for this person no more from now on. Source: domain 4.2.

    By whoever may name a deputy for them, and by the deputy, who may lay it down.
    """

    staff_id: StaffId
    deputy: StaffId

    def needed_then(self, states: Mapping[str, Any]) -> Iterable[str]:
        return line_subjects((self.staff_id,), states)


def decide(state: StaffMember, command: EndDeputy, known: Known) -> list[StaffEvent]:
    must_be_on_the_staff(state)
    if command.actor.id != command.deputy:
        must_speak_for(command.staff_id, command.actor, known)
    if command.deputy not in (each.id for each in state.deputies):
        raise Refused(
            "no_such_deputy", f"{command.deputy} is not their deputy. Load the record again.", deputy=command.deputy
        )
    return [DeputyEnded(at=command.at, by=command.actor.id, deputy=command.deputy)]
