"""What the desk says an approval comes to is what resolution counts when somebody approves (N4).

Chance lets remedies of several complaints, of one customer under two files and of another, be approved, die, be carried
out and come back; before each approval the two are asked for the sum, each by its own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.desk.granting import Granted, answered_for, counted_for
from services.desk.views.given import VIEW
from services.resolution import limits
from services.resolution.state import Resolution, evolve
from shared.events import callback, investigation, resolution
from shared.events.base import ComplaintEvent
from shared.events.vocabulary import Money
from shared.packs.house import REMEDY_WINDOW
from tests.rows import rows_of
from tests.unit.desk.facts import DAY, NOON, fact

FILES = ("person:" + "a" * 36, "person:" + "b" * 36)
STRANGER = "person:" + "c" * 36
PERSONS = (FILES[0], FILES[1], FILES[0], STRANGER)
"""Whose complaint each of them is."""
GUARD = next(each for each in limits.GUARDS if each.name == "customer_total")


@dataclass
class Case:
    """One complaint as resolution knows it, and what was said of it."""

    id: UUID
    person: str
    state: Resolution = field(default_factory=Resolution)
    said: list[ComplaintEvent] = field(default_factory=list)

    @property
    def files(self) -> Sequence[str]:
        return FILES if self.person in FILES else (self.person,)


@dataclass
class Firm:
    """All of them, with the rows in which resolution sums."""

    chance: Random
    cases: list[Case]
    rows: dict[str, Any] = field(default_factory=dict)
    after: timedelta = timedelta(0)
    compared: int = 0

    @property
    def now(self) -> datetime:
        return NOON + self.after

    def say(self, case: Case, kind: type[ComplaintEvent], /, **fields: Any) -> None:
        event = fact(kind, self.after, cycle=case.state.cycle, **fields)
        if isinstance(event, GUARD.on) and (key := GUARD.key(case.state, event)) is not None:
            self.rows[key] = GUARD.next_value(self.rows.get(key), event, str(case.id))
        case.state = evolve(case.state, event)  # type: ignore[arg-type]
        case.said.append(event)

    def begins(self, case: Case) -> None:
        self.say(case, investigation.FindingsAccepted, person=case.person, severity="ordinary", recused=())

    def goes_on(self, case: Case) -> None:
        """What may come next in one of them."""
        self.after += self.chance.choice((timedelta(hours=1), DAY, 40 * DAY))
        remedy = case.state.remedy
        if case.state.concluded == "executed":
            self._ends(case)
        elif remedy is None:
            self._submits(case)
        elif not remedy.approvals:
            self._compares(case)
            self.say(case, resolution.RemedyApproved, **self._terms(case), step=1, of=1)
        else:
            self._acts(case)

    def _terms(self, case: Case) -> dict[str, Any]:
        assert case.state.remedy is not None
        option = case.state.remedy.option
        return {"option": option.id, "digest": option.digest, "amount": option.amount}

    def _submits(self, case: Case) -> None:
        amount = Money(minor=self.chance.choice((0, 100, 1_000)), currency=self.chance.choice(("CNY", "USD")))
        digest = f"{self.chance.getrandbits(256):064x}"
        terms: dict[str, Any] = {"option": f"o{len(case.said)}", "digest": digest, "amount": amount, "kind": "refund"}
        self.say(case, resolution.RemedyOptionProposed, **terms, instalments=(), settlement=False)
        self.say(case, resolution.RemedySubmitted, **terms)

    def _acts(self, case: Case) -> None:
        terms = self._terms(case)
        ending = self.chance.choice(
            (resolution.RemedyReturned, resolution.RemedyDeclined, resolution.OfferLapsed, None, None, None, None)
        )
        if ending is not None:
            self.say(case, ending, **terms, lapsed_at=self.now, final=False)
            return
        customer = case.state.remedy.person if case.state.remedy else None
        self.say(case, resolution.RemedyExecutionStarted, **terms, customer=customer, step=1, of=1)
        self.say(case, resolution.RemedyStepExecuted, amount=terms["amount"], step=1)
        self.say(case, resolution.RemedyExecuted, **terms, total=terms["amount"])
        self.say(case, resolution.ResolutionConcluded, outcome="executed", total=terms["amount"])

    def _ends(self, case: Case) -> None:
        """Left alone, reopened with what was given standing, or taken back and then reopened."""
        choice = self.chance.random()
        if choice > 0.6:
            return
        if choice > 0.3:
            terms, entry = self._terms(case), f"rev-{len(case.said)}"
            self.say(case, resolution.ReversalProposed, **terms)
            self.say(case, resolution.RemedyReversed, **terms, entry=entry)
            booked = self.chance.random() > 0.3
            receipt = {"receipt": "r-1", "refused": None} if booked else {"receipt": None, "refused": "closed"}
            self.say(case, resolution.ReversalBooked, entry=entry, digest=terms["digest"], **receipt)
        case.state = evolve(
            case.state, fact(callback.ComplaintReopened, self.after, cycle=case.state.cycle + 1, stage="resolution")
        )

    def _compares(self, case: Case) -> None:
        assert case.state.remedy is not None
        option = case.state.remedy.option
        own_first = [case.person, *(file for file in case.files if file != case.person)]
        theirs = [self.rows.get(limits.sum_row(file, option.amount.currency)) or [] for file in own_first]
        others = [entry for row in theirs[1:] for entry in row]
        expected = (
            limits.answered_for(case.state, option, theirs[0], others, self.now).minor if option.counts else 0
        )  # fmt: skip
        counted = counted_for(self._granted(case), case.files, str(case.id), self.now)
        shown = answered_for(counted, str(case.id), option.digest, option.amount.minor, option.amount.currency)
        assert shown == expected, (case.id, option)
        self.compared += shown > option.amount.minor

    def _granted(self, case: Case) -> list[Granted]:
        """As the desk's statement finds them in its view."""
        found = []
        for each in self.cases:
            for row in rows_of(VIEW, each.id, *each.said).values():
                in_window = row["approved_at"] is not None and row["approved_at"] > self.now - REMEDY_WINDOW
                here = row["executed_at"] is not None and each is case
                if row["ended"] is None and row["amount"] > 0 and (in_window or here):
                    found.append(Granted.model_validate({**row, "number": "", "person": row["paid_to"] or each.person}))
        return found


@pytest.mark.parametrize("seed", range(8))
def test_the_desk_counts_as_resolution_does(seed: int) -> None:
    cases = [Case(UUID(int=n + 1), person) for n, person in enumerate(PERSONS)]
    firm = Firm(Random(seed), cases)
    for case in cases:
        firm.begins(case)
    for _ in range(120):
        firm.goes_on(firm.chance.choice(cases))
    assert firm.compared > 5, "sums of more than one remedy must have been compared"
