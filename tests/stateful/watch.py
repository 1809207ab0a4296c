"""What must hold after every step, whatever anybody asked for and however late facts arrive (domain 4.4, design 4)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from closedloop.verify.never import breaches
from shared.decide.service import Service
from shared.events.callback import CallbackScheduled, ComplaintClosed, ComplaintReopened
from shared.events.resolution import (
    OfferLapsed,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecuted,
    RemedyExecutionStarted,
    RemedyRejected,
    RemedyReturned,
    RemedySubmitted,
    ReversalBooked,
    WithdrawalGranted,
)
from shared.packs.house import REMEDY_WINDOW
from shared.store.compose import guard_keys, next_guards
from shared.store.memory import Memory
from tests.stateful.firm import DECIDING, Firm
from tests.stateful.log import Said


@dataclass
class Granted:
    """A remedy that was approved for a customer, as told by the facts alone."""

    person: str
    at: datetime
    minor: int
    limit: int
    executed: bool = False


@dataclass
class Watch:
    """Looks at what is new since it last looked."""

    firm: Firm
    told: int = 0
    looked_at: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sent: int = 0
    moving: dict[tuple[str, str], int] = field(default_factory=dict)
    """By complaint and step of a remedy: what the provider paid for it."""
    submitted: dict[str, str] = field(default_factory=dict)
    granted: dict[str, Granted] = field(default_factory=dict)

    def look(self) -> None:
        """Raises AssertionError, which says what is wrong and of which subject."""
        new = self.firm.told[self.told :]
        self.told = len(self.firm.told)
        self._nothing_that_must_never_happen()
        self._one_callback_a_cycle({subject for subject, _ in new})
        self._nothing_paid_twice()
        for _, (_, event) in new:
            self._sum(event)
        if any(isinstance(event, RemedyExecuted) for _, (_, event) in new):
            self._nobody_given_too_much()

    def _nothing_that_must_never_happen(self) -> None:
        for subject, said in self.firm.log.said.items():
            if (seen := self.looked_at[subject]) < len(said):
                self.looked_at[subject] = len(said)
                _dense(said, seen)
                if subject.startswith("complaint:"):
                    found = list(breaches(said, since=seen))
                    assert not found, f"{subject}: {found}"

    def _one_callback_a_cycle(self, subjects: set[str]) -> None:
        for subject in subjects:
            journal = self.firm.journals.get(("callback", subject), [])
            own = [event for envelope, event in journal if envelope.source == "callback"]
            cycles = [event.cycle for event in own if isinstance(event, CallbackScheduled)]
            assert len(cycles) == len({*cycles}), f"{subject}: two callbacks in one cycle"
            ends = [event for event in own if isinstance(event, ComplaintClosed | ComplaintReopened)]
            twice = [each for each in pairwise(ends) if all(isinstance(end, ComplaintClosed) for end in each)]
            assert not twice, f"{subject}: closed twice without a reopening"

    def _nothing_paid_twice(self) -> None:
        """One step of a remedy is paid once, under whatever reference, and so is a compensating entry booked."""
        started = self._started() if len(self.firm.provider.requests) > self.sent else {}
        for key, request in [*self.firm.provider.requests.items()][self.sent :]:
            if self.firm.provider.outcomes[key] in ("paid", "unknown-paid") and request["kind"] == "payment":
                step = started[request["payment"]]
                assert step not in self.moving, f"{request['complaint']}: {step} was paid twice"
                self.moving[step] = request["amount_minor"]
        self.sent = len(self.firm.provider.requests)

    def _started(self) -> dict[str, tuple[str, str]]:
        starts = (event for _, (_, event) in self.firm.told if isinstance(event, RemedyExecutionStarted))
        return {event.payment: (event.digest, str(event.step)) for event in starts}

    def _sum(self, event: Any) -> None:
        """What stands granted to whom, by the facts in the order in which resolution stated them."""
        match event:
            case RemedySubmitted():
                person = self.firm.state("resolution", self._complaint_of(event)).person
                self.submitted[event.digest] = person
            case RemedyApproved() if event.step == event.of and event.amount.minor:
                self.granted.pop(event.digest, None)
                person = self.submitted[event.digest]
                self._whole_sum_is_answered_for(event, person)
                self.granted[event.digest] = Granted(person, event.at, event.amount.minor, event.limit.minor)
            case RemedyReturned() | RemedyRejected() | RemedyDeclined() | OfferLapsed() | WithdrawalGranted():
                self.granted.pop(event.digest or "", None)
            case ReversalBooked() if event.receipt is not None:
                self.granted.pop(event.digest or "", None)
            case RemedyExecuted() if event.digest in self.granted:
                self.granted[event.digest].executed = True

    def _whole_sum_is_answered_for(self, event: RemedyApproved, person: str) -> None:
        """The last approver's total is not less than this remedy with all that the customer was granted before (N4)."""
        since = event.at - REMEDY_WINDOW
        before = sum(each.minor for each in self.granted.values() if each.person == person and each.at > since)
        assert event.total is not None and event.total.minor >= event.amount.minor + before, (
            f"{event} overlooks {before}"
        )

    def _complaint_of(self, event: RemedySubmitted) -> str:
        return next(subject for subject, (_, said) in reversed(self.firm.told) if said is event)

    def _nobody_given_too_much(self) -> None:
        """Whoever approved last answers for all that one customer was given (N4)."""
        given: dict[str, list[Granted]] = defaultdict(list)
        for each in self.granted.values():
            if each.executed and each.at > self.firm.now - REMEDY_WINDOW:
                given[each.person].append(each)
        for person, all_of_them in given.items():
            total, limit = sum(each.minor for each in all_of_them), all_of_them[-1].limit
            assert total <= limit, f"{person} was given {total}, and whoever approved last may approve {limit}"


def _dense(said: list[Said], since: int) -> None:
    """A stream's versions count up by one in the log (N13)."""
    for n in range(since, len(said)):
        source, version = said[n][0].source, said[n][0].version
        before = [envelope.version for envelope, _ in said[:n] if envelope.source == source]
        assert version == (before[-1] + 1 if before else 1), f"{source} jumps to version {version}"


def kept_as_folded(firm: Firm) -> None:
    """What each service keeps is what its journal folds to, and its guards what its own facts do (design 4.5)."""
    for (service, subject), said in firm.journals.items():
        fold = firm.rooms(service).service.fold_of(subject)
        state = fold.initial
        for _, event in said:
            state = fold.evolve(state, event)
        assert state == firm.states[service, subject], f"{service} keeps something else of {subject}"
    for service in DECIDING:
        kept = {key: value for (name, key), value in firm.guards.items() if name == service}
        assert dict(_guards(firm, firm.rooms(service).service)) == kept, f"{service} keeps other guards"


def _guards(firm: Firm, service: Service) -> Iterator[tuple[str, Any]]:
    """The rows as a restore would make them: one fact after the other, in the order in which they were stated."""
    rows: dict[str, Any] = {}
    places: dict[str, int] = defaultdict(int)
    states: dict[str, Any] = {}
    for subject, (envelope, event) in firm.told:
        if envelope.source != service.name:
            continue
        journal = firm.journals[service.name, subject]
        fold = service.fold_of(subject)
        state = states.get(subject, fold.initial)
        while journal[places[subject]][0].id != envelope.id:
            state = fold.evolve(state, journal[places[subject]][1])
            places[subject] += 1
        current = {key: (0, rows.get(key)) for key in guard_keys(service, state, [event])}
        rows |= {new.key: new.value for new in next_guards(service, Memory(subject, state), [event], current)}
        states[subject] = fold.evolve(state, event)
        places[subject] += 1
    yield from rows.items()
