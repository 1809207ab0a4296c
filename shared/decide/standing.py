"""In whose name somebody acts: whoever left acts no more, and a deputy acts as the absent person would (domain 4.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.decide.command import Actor, Command
from shared.decide.refused import Forbidden, NotYetSeen
from shared.events.vocabulary import SYSTEM
from shared.reference.roles import AUDITOR
from shared.reference.staff import StaffMember

DEPUTY = "deputy"
"""The role of somebody who asks in another's name, until the directory's facts say in which role that other may."""


def subjects_of(actor: Actor) -> tuple[str, ...]:
    """The directory's records that tell whether this actor may act at all, and in whose name."""
    return tuple(f"staff:{each}" for each in (actor.id, actor.on_behalf_of) if each and each != SYSTEM)


def standing(command: Command, states: Mapping[str, Any]) -> Command:
    """The command as its actor may ask for it: a deputy gets the role and department of the absent person.

    Raises Forbidden, or NotYetSeen when the absent person's record has not arrived.
    """
    actor = command.actor
    _must_not_have_left(actor.id, states)
    if actor.on_behalf_of is None:
        _must_not_audit(actor, states)
        return command
    if command.in_person:
        raise Forbidden("acting_for_another", "Nobody does this in another's name. Do it in your own, if you may.")
    absent = states.get(f"staff:{actor.on_behalf_of}")
    if not isinstance(absent, StaffMember) or not absent.joined:
        raise NotYetSeen(f"staff:{actor.on_behalf_of}", "The directory's record of the absent has not arrived yet.")
    if not absent.is_represented_by(actor.id, command.at):
        raise Forbidden("not_the_deputy", "They have not named you as their deputy for today. Act in your own name.")
    role = next((role for role in command.may if role in absent.roles), None)
    if role is None:
        roles = ", ".join(command.may)
        raise Forbidden("wrong_role", f"Only {roles} may do this.", roles=list(command.may))
    deputy = replace(actor, role=role, department=absent.department)
    _must_not_audit(deputy, states)
    return command.model_copy(update={"actor": deputy})


def _must_not_have_left(staff_id: str, states: Mapping[str, Any]) -> None:
    member = states.get(f"staff:{staff_id}")
    if isinstance(member, StaffMember) and member.left:
        raise Forbidden("left_the_firm", "The directory says that you have left. Ask an administrator to correct it.")


def _must_not_audit(actor: Actor, states: Mapping[str, Any]) -> None:
    """Also by a token of before they came to compliance, or as the deputy of somebody who is none of its officers."""
    member = states.get(f"staff:{actor.id}")
    if isinstance(member, StaffMember) and AUDITOR in member.roles and actor.role != AUDITOR:
        raise auditor_changes_nothing()


def auditor_changes_nothing() -> Forbidden:
    return Forbidden(
        "auditor_changes_nothing",
        "You audit the cases, so you change none, in whatever role or name. Let a colleague do it.",
    )
