"""审批权限 Who may approve what: steps in order of roles, the last of them by somebody whose limit covers the sum (N4).

A lead's word on a large sum releases nothing, since only the last step's limit counts; and no step is taken before the
one below it (domain 3, lessons 25 and 26).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.resolution.limits import given_in_other_currencies, sum_of
from services.resolution.remedy import Approval, Remedy
from services.resolution.state import Resolution
from shared.decide import Actor, Known, Refused
from shared.events.investigation import FindingsAccepted
from shared.events.vocabulary import Money
from shared.packs.house import APPROVERS_IF_SPECIAL
from shared.reference.limits import Table

APPROVING = ("department_lead", "approver", "higher_approver")
"""Roles that may approve at all, from below; how much is in the table of limits."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step of an approval that somebody is about to take."""

    number: int
    of: int
    limit: Money
    """Of who takes it, by the table in force."""
    table: str
    total: Money

    @property
    def is_last(self) -> bool:
        return self.number == self.of

    @property
    def next_role(self) -> str:
        """Who takes the step after this one, at least."""
        return APPROVING[self.number]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is to answer for, by which table, and how much was given beside it in other currencies."""

    table: Table
    total: Money
    elsewhere: Mapping[str, int]

    def limit(self, role: str, department: str) -> Money:
        """Up to which amount this role of this department may approve, less the share of its authority that was used in
        other currencies: half of a limit in dollars leaves half of that in yuan (N4).
        """
        own = self.table.limit(role, department, self.total.currency)
        used = sum((self._share(role, department, *given) for given in self.elsewhere.items()), Fraction(0))
        return Money(minor=int(own.minor * max(Fraction(0), 1 - used)), currency=own.currency)

    def _share(self, role: str, department: str, currency: str, minor: int) -> Fraction:
        limit = self.table.limit(role, department, currency).minor
        return Fraction(minor, limit) if limit else Fraction(1)

    def covered_by(self, role: str, department: str) -> bool:
        """Whether somebody in this role may answer for it: a department's lead only with that department's limit."""
        everywhere = {entry.department for entry in self.table.entries if entry.role == role}
        departments = {department} if role == "department_lead" else everywhere
        return any(self.limit(role, each).minor >= self.total.minor for each in departments)


def next_step(
    state: Resolution, remedy: Remedy, findings: FindingsAccepted, actor: Actor, known: Known, at: datetime
) -> Step:
    """The step that this actor takes with an approval now.

    The sum fixes how many there are: one for each role, in order, up to the first whose limit covers it; never fewer
    than were announced, or than a special complaint needs. An ordinary remedy within the actor's own limit takes one.
    Raises Refused, NotYetSeen when limits may be stale.
    """
    table = known.limits().at(at)
    total = sum_of(state, remedy.option, known, at)
    asked = Asked(table, total, given_in_other_currencies(state, remedy.option, known, at))
    limit = asked.limit(actor.role, actor.department)
    number = len(remedy.approvals) + 1
    of = _steps(state, asked, findings.department, number, within=total.minor <= limit.minor)
    if of is None:
        raise above_limit(limit, total, None)
    if APPROVING.index(actor.role) + 1 < number:
        role = APPROVING[number - 1]
        raise Refused(
            "higher_role_needed", f"This step takes at least the role {role}. Leave it to them.", needed_role=role
        )
    if number == of and total.minor > limit.minor:
        raise above_limit(limit, total, APPROVING[of - 1])
    return Step(number, of, limit, table.name, total)


def _steps(state: Resolution, asked: Asked, department: str, number: int, *, within: bool) -> int | None:
    if number == 1 and within and not state.special:
        return 1
    announced = state.remedy.steps if state.remedy and state.remedy.approvals else 1
    least = max(number, announced, APPROVERS_IF_SPECIAL if state.special else 1)
    return next((n for n, role in enumerate(APPROVING, 1) if n >= least and asked.covered_by(role, department)), None)


def must_still_cover(
    state: Resolution, remedy: Remedy, approval: Approval, department: str, known: Known, at: datetime
) -> None:
    """The last approver's limit is asked for again, by the table and the sum of this instant (domain 3, lesson 26).

    Raises Refused above_limit, NotYetSeen when limits may be stale.
    """
    table = known.limits().at(at)
    total = sum_of(state, remedy.option, known, at)
    asked = Asked(table, total, given_in_other_currencies(state, remedy.option, known, at))
    limit = asked.limit(approval.role, approval.department)
    if total.minor > limit.minor:
        role = next((role for role in APPROVING if asked.covered_by(role, department)), None)
        raise above_limit(limit, total, role)


def above_limit(limit: Money, total: Money, role: str | None) -> Refused:
    whose = f"It takes an approval in the role {role}." if role else "Nobody's limit covers it: propose less."
    return Refused(
        "above_limit",
        f"With what this customer was already given, the remedy exceeds the approver's authority limit. {whose}",
        limit=limit.minor,
        total=total.minor,
        currency=limit.currency,
        needed_role=role,
    )
