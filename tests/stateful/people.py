"""Who works in the firm in memory, and who of them asks for what: mostly somebody who may, sometimes anybody at all."""

from collections.abc import Iterable, Sequence
from random import Random

from closedloop.people import PEOPLE, Person
from closedloop.system import SUPERVISOR
from services.directory.commands.join import JoinStaff
from services.directory.rules import ROLES
from shared.decide import Actor, Command
from shared.decide.command import SYSTEM_ACTOR
from shared.decide.standing import DEPUTY
from shared.events.vocabulary import SYSTEM
from shared.reference.staff import StaffMember
from tests.stateful.firm import Firm

_FRESH_HANDS = (
    *((role, "operations") for role in ("approver", "higher_approver", "resolution_officer")),
    *((role, "triage") for role in ("triage_lead", "reviewer")),
    *((role, "audit") for role in ("reviewer", "higher_approver")),
    *((role, "customer-service") for role in ("agent", "callback_agent")),
    ("executor", "finance"),
)


_ROLES_TOGETHER = tuple(role for role in ROLES if role not in ("administrator", "compliance_officer"))
_ALL_ROUNDERS = tuple(
    Person(f"all.{department}.{n}", f"All {n}", department, _ROLES_TOGETHER, None)
    for department in ("cards", "loans", "operations")
    for n in (1, 2)
)
"""Who may do everything but audit, as in a small branch: only rules keep them from being two persons in one."""


def staffed(firm: Firm) -> Firm:
    """The firm with all its staff, known to every service."""
    let_join(firm, (*PEOPLE, *_ALL_ROUNDERS))
    firm.settle()
    return firm


def fresh_hands(firm: Firm, department: str) -> None:
    """People who never had to do with anything come in for every role, also in this department; they report to nobody.

    A case that only waits for somebody who is not excluded does not hang: the firm can let people join.
    """
    told = len(firm.told)
    places = (*_FRESH_HANDS, ("department_lead", department), ("investigator", department)) * 2
    let_join(
        firm, (Person(f"new{told}.{n}", f"New {n}", where, (role,), None) for n, (role, where) in enumerate(places))
    )


def let_join(firm: Firm, people: Iterable[Person]) -> None:
    for person in people:
        joins = JoinStaff(
            actor=SUPERVISOR,
            at=firm.now,
            staff_id=person.staff_id,
            name=person.name,
            department=person.department,
            roles=person.roles,
            reports_to=person.reports_to,
        )
        firm.ask("directory", joins)


def holding(firm: Firm, *roles: str, department: str | None = None) -> list[str]:
    """Who of the staff has one of these roles, in one department or in all."""
    wanted = frozenset(roles)
    return [
        staff_id
        for staff_id, member in firm.staff.items()
        if member.active and not wanted.isdisjoint(member.roles) and department in (None, member.department)
    ]


def asking(firm: Firm, random: Random, kind: type[Command], wanted: Sequence[str], hands: Sequence[str]) -> Actor:
    """Who asks: mostly one of those wanted, or one who may, and often one who had their hands in the case before; now
    and then anybody at all, or a deputy.
    """
    people = firm.staff
    roles = frozenset(kind.may)
    may = [each for each, member in people.items() if not roles.isdisjoint(member.roles)]
    again = [each for each in may if each in hands]
    roll = random.random()
    if roll < 0.02 and SYSTEM in kind.may:
        return SYSTEM_ACTOR
    if roll < 0.10:
        return _deputy(random, people, may)
    if wanted and roll < 0.60:
        who = random.choice(wanted)
    elif again and roll < 0.80:
        who = random.choice(again)
    elif may and roll < 0.96:
        who = random.choice(may)
    else:
        who = random.choice([*people])
    return as_they_may(people[who], who, kind)


def as_they_may(member: StaffMember, staff_id: str, kind: type[Command]) -> Actor:
    """In the first of their roles that may, as their token would have it; else in whatever role they have."""
    role = next((role for role in kind.may if role in member.roles), member.roles[0])
    return Actor(staff_id, role, member.department)


def _deputy(random: Random, people: dict[str, StaffMember], wanted: Sequence[str]) -> Actor:
    """Somebody in another's name: mostly as that other has said, sometimes in that of one who has named nobody."""
    absences = [each for each in wanted if people[each].deputies] or [each for each in people if people[each].deputies]
    absent = random.choice(absences if absences and random.random() < 0.8 else [*people])
    named = [deputy.id for deputy in people[absent].deputies] or [*people]
    deputy = random.choice([each for each in named if each != absent] or [*people])
    return Actor(deputy, DEPUTY, people[deputy].department, on_behalf_of=absent if deputy != absent else None)
