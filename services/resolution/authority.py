"""审批权限 Who may approve what: steps in order of roles, the last of them by somebody whose limit covers the sum (N4).

A lead's word on a large sum releases nothing, since only the last step's limit counts; and no step is taken before the
one below it (domain 3, lessons 25 and 26).
"""

from dataclasses import dataclass
from datetime import datetime

from services.resolution.limits import sum_of
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
    limit = table.limit(actor.role, actor.department, total.currency)
    number = len(remedy.approvals) + 1
    of = _steps(state, table, total, findings.department, number, within=total.minor <= limit.minor)
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


def _steps(state: Resolution, table: Table, total: Money, department: str, number: int, *, within: bool) -> int | None:
    if number == 1 and within and not state.special:
        return 1
    announced = state.remedy.steps if state.remedy and state.remedy.approvals else 1
    least = max(number, announced, APPROVERS_IF_SPECIAL if state.special else 1)
    covering = (n for n, role in enumerate(APPROVING, 1) if n >= least and covers(table, role, department, total))
    return next(covering, None)


def covers(table: Table, role: str, department: str, total: Money) -> bool:
    """Whether somebody in this role may answer for the sum: a department's lead only with that department's limit."""
    if role == "department_lead":
        return table.limit(role, department, total.currency).minor >= total.minor
    limits = (e.limit for e in table.entries if e.role == role and e.limit.currency == total.currency)
    return max((limit.minor for limit in limits), default=0) >= total.minor


def must_still_cover(
    state: Resolution, remedy: Remedy, approval: Approval, department: str, known: Known, at: datetime
) -> None:
    """The last approver's limit is asked for again, by the table and the sum of this instant (domain 3, lesson 26).

    Raises Refused above_limit, NotYetSeen when limits may be stale.
    """
    table = known.limits().at(at)
    total = sum_of(state, remedy.option, known, at)
    limit = table.limit(approval.role, approval.department, total.currency)
    if total.minor > limit.minor:
        role = next((role for role in APPROVING if covers(table, role, department, total)), None)
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
