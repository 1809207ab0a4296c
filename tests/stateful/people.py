"""Who works in the firm in memory, and who of them asks for what: mostly somebody who may, sometimes anybody at all."""

from collections.abc import Iterable, Sequence
from random import Random

from closedloop.people import PEOPLE, Person
from closedloop.system import SUPERVISOR
from services.directory.commands.join import JoinStaff
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


def staffed(firm: Firm) -> Firm:
    """The firm with all its staff, known to every service."""
    let_join(firm, PEOPLE)
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


def everybody(firm: Firm) -> dict[str, StaffMember]:
    """All who ever joined, by id, as the directory has them."""
    found = ((subject, state) for (service, subject), state in firm.states.items() if service == "directory")
    return {subject.removeprefix("staff:"): state for subject, state in found if isinstance(state, StaffMember)}


def holding(firm: Firm, *roles: str, department: str | None = None) -> list[str]:
    """Who of the staff has one of these roles, in one department or in all."""
    return [
        staff_id
        for staff_id, member in everybody(firm).items()
        if member.active and set(roles) & {*member.roles} and department in (None, member.department)
    ]


def asking(firm: Firm, random: Random, kind: type[Command], wanted: Sequence[str]) -> Actor:
    """Who asks: mostly one of those wanted, else one in a role that may, now and then anybody, or a deputy."""
    people = everybody(firm)
    may = [each for each, member in people.items() if {*kind.may} & {*member.roles}]
    roll = random.random()
    if roll < 0.02 and SYSTEM in kind.may:
        return SYSTEM_ACTOR
    if roll < 0.06:
        return _deputy(random, people, wanted or may)
    if wanted and roll < 0.80:
        who = random.choice(wanted)
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
    """Somebody in another's name: mostly as that other has said."""
    absent = random.choice(wanted or [*people])
    named = [deputy.id for deputy in people[absent].deputies] or [*people]
    deputy = random.choice([each for each in named if each != absent] or [*people])
    return Actor(deputy, DEPUTY, people[deputy].department, on_behalf_of=absent if deputy != absent else None)
