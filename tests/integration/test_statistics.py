"""Every number of the desk against its list, on a real PostgreSQL: for each figure, part, caller, period, department.

Some dozens of complaints live as a seeded chance has them. What is asked of a period that is over must not change,
whatever happens to them afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from services.desk.measures import NAMES, Part
from services.desk.reads import classification, counted, kpis
from services.desk.reads.counted import Counted, Wanted
from services.desk.reads.kpis import Figure, Kpis, Period
from services.desk.views import cases, cycles, joined
from shared.decide import Actor
from shared.events import callback, intake, investigation, resolution
from shared.events.base import ComplaintEvent
from shared.events.vocabulary import Money, Scores
from shared.packs.house import CALLBACK_WITHIN
from shared.projections.generations import live_table
from shared.projections.read import Asked
from shared.runtime import Runtime
from tests.fixtures.runtimes import Workshop
from tests.rows import rows_of
from tests.unit.desk.facts import DAY, DIGEST, NOON, fact

pytestmark = [pytest.mark.services("desk"), pytest.mark.timeout(300)]

COMPLAINTS = 60
END = NOON + 45 * DAY
"""The end of the period that is over; most complaints go on after it."""
LATER = NOON + 400 * DAY
DEPARTMENTS = ("cards", "loans")
CATEGORIES = ("cards/fees", "loans/rates")
CAUSES = ("system-fault", "staff-error")
AUDITOR = Actor("cao.ying", "compliance_officer", "compliance")
CARDS = Actor("zhou.jie", "department_lead", "cards")
CONFLICTED = Actor("wang.qiang", "triage_lead", "triage")
CALLERS = (AUDITOR, CARDS, CONFLICTED)


@dataclass
class Life:
    """One complaint as chance has it, told in facts."""

    number: int
    chance: Random
    at: timedelta = timedelta(0)
    cycle: int = 1
    facts: list[ComplaintEvent] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return UUID(int=self.number)

    @property
    def department(self) -> str:
        return DEPARTMENTS[self.number % 2]

    def say(self, kind: type[ComplaintEvent], hours: int = 12, **fields: Any) -> None:
        """The next fact, up to so many hours after the last."""
        self.at += timedelta(hours=self.chance.randint(1, hours))
        self.facts.append(fact(kind, self.at, cycle=self.cycle, **fields))

    def often(self, per_cent: int) -> bool:
        return self.chance.random() * 100 < per_cent

    def lived(self) -> Sequence[ComplaintEvent]:
        self.at = self.chance.randint(0, 60) * DAY
        person = f"person:{UUID(int=self.number % 20)}"
        self.say(intake.ComplaintRegistered, person=person, received_at=NOON + self.at)
        if self.often(90):
            restricted = self.often(25)
            self.say(intake.ComplaintClassified, category=self._category(), restricted=restricted, severity="ordinary")
        if self.often(10):
            self.say(investigation.ConflictDeclared, person=CONFLICTED.id, replacement_needed=False)
        while self._goes_round():
            pass
        return self.facts

    def _category(self) -> str:
        return self.chance.choice(CATEGORIES)

    def _goes_round(self) -> bool:
        """One cycle; says whether there is another."""
        if self.cycle > 1 and self.often(40):
            self.say(intake.ComplaintReclassified, category=self._category(), restricted=False, severity="ordinary")
        if self.often(10):
            kind = self.chance.choice((intake.ComplaintWithdrawn, intake.ComplaintReferred))
            self.say(kind, 24 * 20)
            return False
        handled = self._rejected() if self.often(25) else self._resolved()
        if not handled or not self._called():
            return False
        if self.often(40):
            self.cycle += 1
            stage = self.chance.choice(("judgement", "investigation", "resolution"))
            self.say(callback.ComplaintReopened, 24 * 30, stage=stage, reason="dissatisfied", special=False)
            return self.cycle < 4
        return False

    def _rejected(self) -> bool:
        self.say(intake.ComplaintNotEstablished)
        if self.often(20):
            return self._resolved(intake.JudgementOverturned)
        if self.often(90):
            self.say(intake.CourtesyReplySent)
            return True
        return False

    def _resolved(self, kind: type[ComplaintEvent] = intake.ComplaintEstablished) -> bool:
        self.say(kind, 24 * 5, days_asked=self.chance.randint(3, 20), department=self.department)
        if self.often(15):
            self.say(intake.ComplaintWithdrawn, 24 * 30)
            return False
        if self.often(10):
            return False
        amount = Money(minor=self.chance.choice((0, 5_000, 70_000)), currency=self.chance.choice(("CNY", "USD")))
        outcome = "executed" if amount.minor else self.chance.choice(("no_remedy", "final_position"))
        cause = self.chance.choice(CAUSES)
        self.say(resolution.ResolutionConcluded, 24 * 25, outcome=outcome, total=amount, cause=cause,
                 department=self.department)  # fmt: skip
        return True

    def _called(self) -> bool:
        """Until the customer said something or was given up, and most often until it is closed."""
        scheduled = self.at
        due = NOON + scheduled + CALLBACK_WITHIN
        self.facts.append(fact(callback.CallbackScheduled, scheduled, "system", cycle=self.cycle, due_at=due))
        if self.often(15):  # reopened before anybody called
            return True
        if self.often(20):
            self.say(callback.CallbackRescheduled, past_due=True, end=NOON + self.at + 6 * DAY)
            due = NOON + self.at + 6 * DAY
        answered = self.at + timedelta(hours=self.chance.randint(1, 24 * 8))
        if NOON + answered > due:
            self.facts.append(fact(callback.CallbackDeadlinePassed, due - NOON, "system", cycle=self.cycle, due_at=due))
        self.at = answered
        if self.often(10):
            return False
        if self.often(10):
            self.say(callback.UnreachableConcluded, 1)
        else:
            scores = Scores(**{name: self.chance.randint(1, 5) for name in kpis.DIMENSIONS})
            kind = self.chance.choice((callback.CustomerSatisfied, callback.CustomerDissatisfied))
            self.say(kind, 1, scores=scores, feedback=None)
        if self.often(80):
            self.say(callback.ComplaintClosed, 24 * 3, outcome="satisfied")
            if self.often(20):
                self.say(resolution.RemedyReversed, 24 * 20, digest=DIGEST)
        return True


def lives() -> Iterator[Life]:
    chance = Random(20_260_302)
    for number in range(1, COMPLAINTS + 1):
        life = Life(number, Random(chance.random()))
        life.lived()
        yield life


LIVES = tuple(lives())


@dataclass
class Desk:
    """The desk's views, filled by hand, before whoever asks."""

    runtime: Runtime
    workshop: Workshop

    async def holds(self, before: datetime | None = None) -> None:
        """What the views hold if nothing happened from that instant on."""
        for view in (cases.VIEW, cycles.VIEW):
            table = await live_table(self.runtime.pool, view)
            rows = [
                row
                for life in LIVES
                if (told := [each for each in life.facts if before is None or each.at < before])
                for row in rows_of(view, life.id, *told).values()
            ]
            async with self.runtime.pool.acquire() as connection:
                await connection.execute(f"delete from {table.quoted}")
                await table.fill(connection, rows)

    async def shows(self, facts: Sequence[ComplaintEvent]) -> None:
        """What the views hold of one complaint, and of no other."""
        for view in (cases.VIEW, cycles.VIEW):
            table = await live_table(self.runtime.pool, view)
            async with self.runtime.pool.acquire() as connection:
                await connection.execute(f"delete from {table.quoted}")
                await table.fill(connection, list(rows_of(view, UUID(int=1), *facts).values()))

    async def joins(self, person: int, into: int) -> None:
        table = await live_table(self.runtime.pool, joined.VIEW)
        row = {"key": f"person:{UUID(int=person)}", "into": f"person:{UUID(int=into)}", "_subject": "", "_partition": 0}
        async with self.runtime.pool.acquire() as connection:
            await table.fill(connection, [row])

    def asked(self, actor: Actor, parameters: Any, now: datetime) -> Asked:
        process = self.workshop.process
        return Asked(actor, {}, parameters, "en", None, now, self.runtime.engine, process.keyring)

    async def kpis(self, actor: Actor, now: datetime = LATER, **period: Any) -> Kpis:
        answered = await kpis.answer(self.asked(actor, Period(**period), now))
        assert isinstance(answered.body, Kpis)
        return answered.body

    async def table(self, actor: Actor, now: datetime = LATER, **period: Any) -> classification.Table:
        answered = await classification.answer(self.asked(actor, Period(**period), now))
        assert isinstance(answered.body, classification.Table)
        return answered.body

    async def listed(self, actor: Actor, behind: str, now: datetime = LATER, **changed: str) -> list[Counted]:
        """All pages of the list at that address."""
        given = dict(parse_qsl(urlsplit(behind).query)) | changed | {"limit": "25"}
        items: list[Counted] = []
        while True:
            answered = await counted.answer(self.asked(actor, Wanted.model_validate(given), now))
            assert isinstance(answered.body, counted.Page)
            items += answered.body.items
            assert set(answered.subjects) == {f"complaint:{each.complaint_id}" for each in answered.body.items}
            if answered.body.next is None:
                return items
            given["after"] = answered.body.next


@pytest.fixture
async def desk(workshop: Workshop) -> Desk:
    return Desk(workshop.runtimes["desk"], workshop)


PERIODS: tuple[dict[str, Any], ...] = (
    {}, {"until": END}, {"since": NOON + 20 * DAY}, {"since": NOON + 20 * DAY, "until": END},
    {"since": NOON + 20 * DAY, "until": END, "department": "cards"}, {"department": "loans"},
)  # fmt: skip


def keys(items: Sequence[Counted]) -> list[tuple[str, int]]:
    return [(each.complaint_id, each.cycle) for each in items]


async def test_every_number_is_as_long_as_the_list_behind_it(desk: Desk) -> None:
    await desk.holds()
    seen: dict[str, set[int]] = {name: set() for name in NAMES}
    for actor in CALLERS:
        for period in PERIODS:
            shown = await desk.kpis(actor, **period)
            for figure in shown.figures:
                parts = {part: keys(await desk.listed(actor, figure.behind, part=part)) for part in get_args(Part)}
                assert len(parts["met"]) == figure.met, (actor, period, figure)
                assert len(parts["all"]) == figure.counted, (actor, period, figure)
                assert sorted(parts["met"] + parts["not_met"]) == sorted(parts["all"])
                seen[figure.name].update((figure.met, figure.counted - figure.met))
            for dimension in shown.satisfaction:
                assert len(await desk.listed(actor, dimension.behind)) == dimension.answers
            for remedy in shown.remedies:
                behind = await desk.listed(actor, remedy.behind)
                assert (len(behind), sum(each.amount or 0 for each in behind)) == (remedy.cases, remedy.total)
    assert all(len(numbers) > 2 for numbers in seen.values()), "the stories must bring something of everything"


async def test_every_line_of_the_table_is_as_long_as_the_list_behind_it(desk: Desk) -> None:
    await desk.holds()
    for actor in CALLERS:
        for period in PERIODS:
            table = await desk.table(actor, **period)
            lines = [await desk.listed(actor, line.behind) for line in table.lines]
            for line, behind in zip(table.lines, lines, strict=True):
                assert (len(behind), sum(each.amount or 0 for each in behind)) == (line.cases, line.total), line
            whole = await desk.listed(actor, kpis.link(Period(**period)))
            assert sorted(key for behind in lines for key in keys(behind)) == sorted(keys(whole))
            assert table.cases == len(whole)


def numbers(shown: Kpis) -> Any:
    return shown.model_dump(exclude={"as_of"})


@pytest.mark.parametrize("since", [None, NOON + 20 * DAY])
async def test_a_period_that_is_over_tells_the_same_whenever_it_is_asked_for(
    desk: Desk, since: datetime | None
) -> None:
    period: dict[str, Any] = {"until": END} | ({"since": since} if since else {})
    await desk.holds(before=END)
    then = await desk.kpis(AUDITOR, END, **period)
    then_listed = [keys(await desk.listed(AUDITOR, figure.behind, END)) for figure in then.figures]
    table = await desk.table(AUDITOR, END, **period)
    await desk.holds()
    now = await desk.kpis(AUDITOR, LATER, **period)
    assert numbers(now) == numbers(then)
    assert [keys(await desk.listed(AUDITOR, figure.behind)) for figure in now.figures] == then_listed
    assert await desk.table(AUDITOR, LATER, **period) == table
    assert numbers(await desk.kpis(AUDITOR, LATER)) != numbers(now), "more happened since"


async def test_a_department_s_lead_counts_no_restricted_case_of_another(desk: Desk) -> None:
    await desk.holds()
    theirs, all_of_them = await desk.kpis(CARDS), await desk.kpis(AUDITOR)
    assert all(few.counted < many.counted for few, many in zip(theirs.figures, all_of_them.figures, strict=True))
    rows = [rows_of(cases.VIEW, life.id, *life.facts)[str(life.id)] for life in LIVES]
    hidden = {row["key"] for row in rows if row["restricted"] and row["department"] != "cards"}
    assert hidden
    for figure in theirs.figures:
        listed = await desk.listed(CARDS, figure.behind, part="all")
        assert hidden.isdisjoint(each.complaint_id for each in listed)


def figure(shown: Kpis, name: str) -> Figure:
    return next(each for each in shown.figures if each.name == name)


async def test_a_complaint_repeats_one_of_the_same_customer_under_another_file(desk: Desk) -> None:
    await desk.holds()
    before = figure(await desk.kpis(AUDITOR), "repeated")
    for number in range(1, 20):
        await desk.joins(number, 0)
    after = figure(await desk.kpis(AUDITOR), "repeated")
    assert (after.counted, after.met) == (before.counted, COMPLAINTS - 1), "all but the very first"
    assert before.met < after.met


async def test_a_period_in_which_nothing_happened_has_nothing_to_divide_by(desk: Desk) -> None:
    await desk.holds()
    shown = await desk.kpis(AUDITOR, since=NOON - 90 * DAY, until=NOON - 80 * DAY)
    assert {(each.counted, each.met, each.per_mille) for each in shown.figures} == {(0, 0, None)}
    assert {(each.answers, each.hundredths) for each in shown.satisfaction} == {(0, None)}
    assert shown.remedies == []
    assert (await desk.table(AUDITOR, since=NOON - 90 * DAY, until=NOON - 80 * DAY)).lines == []
    assert [each.met for each in (await desk.kpis(AUDITOR, department="nowhere")).figures] == [0] * len(NAMES)


REGISTERED = fact(intake.ComplaintRegistered, received_at=NOON, person=f"person:{UUID(int=1)}")
ESTABLISHED = fact(intake.ComplaintEstablished, days_asked=10, department="cards")
CONCLUDED = fact(resolution.ResolutionConcluded, 5 * DAY, outcome="executed", department="cards")
TO_CALL = fact(callback.CallbackScheduled, 5 * DAY, due_at=NOON + 8 * DAY)
HANDLED = (REGISTERED, ESTABLISHED, CONCLUDED, TO_CALL)
SCORES = Scores(timeliness=5, professionalism=4, effectiveness=3, attitude=1)


def said(days: float, kind: type[ComplaintEvent] = callback.CustomerSatisfied) -> ComplaintEvent:
    return fact(kind, days * DAY, scores=SCORES, feedback=None)


def reopened(days: float, stage: str = "investigation") -> ComplaintEvent:
    return fact(callback.ComplaintReopened, days * DAY, cycle=2, stage=stage, reason="new_facts", special=False)


def postponed(days: float, to: float) -> ComplaintEvent:
    return fact(callback.CallbackRescheduled, days * DAY, past_due=True, end=NOON + to * DAY)


MISSED = fact(callback.CallbackDeadlinePassed, 8 * DAY, due_at=NOON + 8 * DAY)
WITHDRAWN, CLOSED = intake.ComplaintWithdrawn, fact(callback.ComplaintClosed, 9 * DAY, outcome="satisfied")
UNREACHABLE = fact(callback.UnreachableConcluded, 7 * DAY)
VOID = fact(callback.CallbackRecordAudited, 9 * DAY, truthful=False, result_void=True)
CASES: tuple[tuple[str, str, tuple[ComplaintEvent, ...], float, tuple[int, int]], ...] = (
    ("what is not due yet is neither in time nor late", "decision_in_time", (REGISTERED, ESTABLISHED), 9, (0, 0)),
    ("what is due and undecided is late", "decision_in_time", (REGISTERED, ESTABLISHED), 11, (1, 0)),
    ("a decision before its day is in time", "decision_in_time", HANDLED, 6, (1, 1)),
    ("what was withdrawn before its day was not to be decided", "decision_in_time",
     (REGISTERED, ESTABLISHED, fact(WITHDRAWN, 9 * DAY)), 20, (0, 0)),
    ("what was withdrawn after its day had passed it", "decision_in_time",
     (REGISTERED, ESTABLISHED, fact(WITHDRAWN, 11 * DAY)), 20, (1, 0)),
    ("a call before its day is in time", "callback_in_time", (*HANDLED, said(7)), 7.5, (1, 1)),
    ("a call after it is late", "callback_in_time", (*HANDLED, MISSED, said(8.5)), 9, (1, 0)),
    ("no call at all is late", "callback_in_time", HANDLED, 9, (1, 0)),
    ("no call yet is nothing", "callback_in_time", HANDLED, 7, (0, 0)),
    ("given up in time is in time", "callback_in_time", (*HANDLED, UNREACHABLE), 9, (1, 1)),
    ("the customer may put it off", "callback_in_time", (*HANDLED, postponed(7, 12), said(11)), 13, (1, 1)),
    ("put off, it is not late before", "callback_in_time", (*HANDLED, postponed(7, 12)), 11, (0, 0)),
    ("once missed, nothing puts it off", "callback_in_time",
     (*HANDLED, MISSED, postponed(9, 12), said(11)), 13, (1, 0)),
    ("reopened before its day, the call is the next cycle's", "callback_in_time", (*HANDLED, reopened(7)), 20, (0, 0)),
    ("reopened after its day, it had been missed", "callback_in_time", (*HANDLED, MISSED, reopened(9)), 20, (1, 0)),
    ("an untrue record is no call", "callback_in_time", (*HANDLED, said(7), VOID), 20, (1, 0)),
    ("a late call covers all the same", "callback_coverage", (*HANDLED, MISSED, said(8.5)), 9, (1, 1)),
    ("no call covers nothing", "callback_coverage", (*HANDLED, MISSED), 9, (1, 0)),
    ("what is not closed has not ended", "reopened", (*HANDLED, said(7)), 9, (0, 0)),
    ("closed for good", "reopened", (*HANDLED, said(7), CLOSED), 10, (1, 0)),
    ("closed and reopened", "reopened", (*HANDLED, said(7), CLOSED, reopened(12)), 13, (1, 1)),
    ("found not established, and not answered yet", "not_established",
     (REGISTERED, fact(intake.ComplaintNotEstablished, DAY)), 9, (0, 0)),
    ("found not established, and answered", "not_established",
     (REGISTERED, fact(intake.ComplaintNotEstablished, DAY), fact(intake.CourtesyReplySent, 2 * DAY)), 9, (1, 1)),
    ("overturned before the answer left", "not_established",
     (REGISTERED, fact(intake.ComplaintNotEstablished, DAY), fact(intake.JudgementOverturned, 2 * DAY)), 9, (1, 0)),
    ("dissatisfied", "satisfied", (*HANDLED, said(7, callback.CustomerDissatisfied)), 9, (1, 0)),
    ("what nobody said truly", "satisfied", (*HANDLED, said(7), VOID), 20, (0, 0)),
    ("the first of a customer repeats nothing", "repeated", HANDLED, 9, (1, 0)),
    ("a slip of the register is no complaint", "repeated",
     (REGISTERED, fact(intake.RegisteredInError, DAY), fact(callback.ComplaintArchived, DAY)), 9, (0, 0)),
)  # fmt: skip


@pytest.fixture
async def nothing(desk: Desk) -> Desk:
    await desk.holds(before=NOON - 1_000 * DAY)
    return desk


async def test_each_figure_counts_what_its_source_asks_for(nothing: Desk) -> None:
    for why, name, facts, days, expected in CASES:
        await nothing.shows(facts)
        shown = figure(await nothing.kpis(AUDITOR, NOON + days * DAY), name)
        assert (shown.counted, shown.met) == expected, why


async def test_what_was_closed_in_one_month_and_reopened_in_another_counts_in_both(nothing: Desk) -> None:
    await nothing.shows((*HANDLED, said(7), CLOSED, reopened(40)))
    first = figure(await nothing.kpis(AUDITOR, since=NOON, until=NOON + 30 * DAY), "reopened")
    second = figure(await nothing.kpis(AUDITOR, since=NOON + 30 * DAY, until=NOON + 60 * DAY), "reopened")
    assert [(each.counted, each.met) for each in (first, second)] == [(1, 0), (1, 1)]


async def test_four_scores_are_told_in_hundredths(nothing: Desk) -> None:
    await nothing.shows((*HANDLED, said(7)))
    shown = (await nothing.kpis(AUDITOR)).satisfaction
    assert [(each.answers, each.hundredths) for each in shown] == [(1, 500), (1, 400), (1, 300), (1, 100)]


async def test_a_later_classification_moves_no_earlier_decision(nothing: Desk) -> None:
    of_cards = fact(intake.ComplaintClassified, category="cards/fees")
    of_loans = fact(intake.ComplaintReclassified, 6 * DAY, category="loans/rates")
    await nothing.shows((REGISTERED, of_cards, *HANDLED[1:], of_loans, reopened(9), fact(
        resolution.ResolutionConcluded, 12 * DAY, cycle=2, outcome="no_remedy")))  # fmt: skip
    lines = (await nothing.table(AUDITOR)).lines
    assert [(line.category, line.outcome, line.cases) for line in lines] == [
        ("cards/fees", "executed", 1), ("loans/rates", "no_remedy", 1),
    ]  # fmt: skip


def test_a_period_begins_before_it_ends() -> None:
    with pytest.raises(ValueError, match="begins before it ends"):
        Period(since=END, until=END)
