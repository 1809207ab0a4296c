"""A walk through the lives of several complaints, step by step and watched; random, but always the same by its seed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from services.directory.commands.name_deputy import NameDeputy
from services.intake.commands.contact_record import RecordEnquiryOrService
from services.intake.commands.customer_record import RecordCustomer
from services.intake.commands.register import RegisterComplaint
from shared.decide import Command, Refused
from tests.stateful.detours import detours
from tests.stateful.due import Waiting
from tests.stateful.firm import DECIDING, Firm
from tests.stateful.onward import onward, solved
from tests.stateful.people import fresh_hands, staffed
from tests.stateful.scene import COMPLAINTS, CONTACTS, CUSTOMERS, Named, Scene
from tests.stateful.watch import Watch, kept_as_folded
from tests.stateful.wishes import MADE, SERVICE_OF, wish

MORNING = datetime(2026, 3, 3, 2, tzinfo=UTC)
"""Ten o'clock in Shanghai."""
_TRIES = 8
"""So many wishes are made up before the rarest of those that would be granted is asked."""


@dataclass
class Walk:
    """The firm, and what was asked of it so far."""

    firm: Firm = field(default_factory=lambda: staffed(Firm(MORNING)))
    named: Named = field(default_factory=Named)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.watch = Watch(self.firm)

    def scene(self, random: Random, complaint: int | None = None) -> Scene:
        place = self._unfinished(random) if complaint is None else complaint
        return Scene(
            firm=self.firm,
            random=random,
            complaint=COMPLAINTS[place],
            contact=random.choice(CONTACTS),
            # Mostly each complaint's own customer, so that one customer has several complaints.
            customer=CUSTOMERS[place % 2] if random.random() < 0.8 else random.choice(CUSTOMERS),
            named=self.named,
        )

    def _unfinished(self, random: Random) -> int:
        """Mostly a complaint that is not in the archive yet."""
        places = [random.randrange(len(COMPLAINTS)) for _ in range(4)]
        states = {place: self.firm.state("callback", f"complaint:{COMPLAINTS[place]}") for place in places}
        return next((place for place in places if not states[place].now.archived), places[0])

    # Steps

    def ask(self, command: Command | None) -> bool:
        """Ask for it; says whether anything came of it."""
        if command is None:
            return False
        kind = type(command)
        self.named.keep(SERVICE_OF[kind], command)
        try:
            events = self.firm.ask(SERVICE_OF[kind], command)
        except Refused:
            self.refused[kind.__name__] += 1
            return False
        finally:
            self.watch.look()
        self.done[kind.__name__] += bool(events)
        return bool(events)

    def ask_anything(self, random: Random) -> bool:
        return self.ask(wish(random.choice([*MADE]), self.scene(random)))

    def ask_again(self, random: Random) -> bool:
        """What somebody asked for before, word for word: mostly a moment ago."""
        wishes = self.named.wishes[-12:] if random.random() < 0.7 else self.named.wishes
        if not wishes:
            return False
        _, command = random.choice(wishes)
        return self.ask(command.model_copy(update={"at": self.firm.now}))

    def ask_something_new(self, random: Random) -> bool:
        """Of several wishes that would be granted, the one that was granted least so far."""
        scenes = [self.scene(random) for _ in range(_TRIES)]
        made = [wish(self._rare(random, [*MADE]), scene) for scene in scenes]
        made += [wish(self._rare(random, kinds), scene) for scene in scenes if (kinds := _fitting(scene))]
        granted = [command for command in made if command is not None and self.would(command)]
        return self.ask(min(granted, key=lambda command: self.done[type(command).__name__], default=None))

    def _rare(self, random: Random, kinds: Sequence[type[Command]]) -> type[Command]:
        return random.choices(kinds, [1 / (1 + self.done[kind.__name__]) for kind in kinds])[0]

    def move_on(self, random: Random, complaint: int | None = None) -> bool:
        """A wish that moves a complaint on, if one is found in a few tries."""
        return self._first_granted(random, onward, complaint)

    def make_progress(self, random: Random, steps: int, complaint: int | None = None) -> None:
        """Everybody does their work on one complaint for a while, and each fact arrives at once."""
        place = self._unfinished(random) if complaint is None else complaint
        for _ in range(steps):
            self.move_on(random, place)
            self.settle()

    def go_round(self, random: Random, complaint: int | None = None) -> bool:
        """A wish that brings a complaint aside or back."""
        return self._first_granted(random, detours, complaint)

    def _first_granted(
        self, random: Random, kinds_of: Callable[[Scene], Sequence[type[Command]]], complaint: int | None
    ) -> bool:
        scene = self.scene(random, complaint)
        kinds = kinds_of(scene)
        for _ in range(_TRIES if kinds else 0):
            command = wish(self._rare(random, kinds), scene)
            if command is not None and self.would(command):
                return self.ask(command)
        return False

    def would(self, command: Command) -> bool:
        """Whether anything would come of it at this moment."""
        try:
            return bool(self.firm.decide(SERVICE_OF[type(command)], command)[1])
        except Refused:
            return False

    def relay(self, service: str) -> None:
        self.firm.relay(service)
        self.watch.look()

    def learn(self, random: Random) -> None:
        """One service takes in the next fact of one subject."""
        if unread := self.firm.unread():
            self.firm.learn(*random.choice(unread))
            self.watch.look()

    def settle(self) -> None:
        self.firm.settle()
        self.watch.look()

    def wait(self, time: timedelta) -> None:
        self.firm.now += time

    def take_up(self, rows: Sequence[Waiting], random: Random, outcome: str | None = None) -> None:
        """Rows that are due, in any order, each with whatever the provider does."""
        for row in rows:
            outcomes = ("paid", "paid", "refused", "unknown", "unknown-paid")
            self.firm.take_up(row, outcome or random.choice(outcomes))
            self.done[row.kind] += 1
            self.watch.look()

    def wait_until_due(self, random: Random) -> None:
        """Nothing happens until one of the things that are to come is due; then it is taken up."""
        if rows := self.firm.later:
            row = random.choice(rows)
            self.firm.now = max(self.firm.now, row.due_at)
            self.take_up([row], random)

    def take_up_some(self, random: Random) -> None:
        """A few of the rows that are due, in any order."""
        rows = self.firm.due()
        self.take_up(random.sample(rows, min(4, len(rows))), random)

    def step(self, random: Random) -> None:
        """Any step, as often as it may happen in a day's work."""
        random.choices([*_STEPS], [*_STEPS.values()])[0](self, random)

    # The end

    def finish(self) -> None:
        """Deliver everything, take up all that is due: no complaint is left that nobody could move on."""
        self.quiet()
        kept_as_folded(self.firm)
        for n in range(len(COMPLAINTS)):
            assert self.is_solved_or_moves(n), f"{COMPLAINTS[n]} hangs"

    def quiet(self) -> None:
        self.settle()
        while rows := self.firm.due():
            self.take_up(rows, Random(0), "paid")
            self.settle()

    def is_solved_or_moves(self, complaint: int) -> bool:
        scene = self.scene(Random(0), complaint)
        return not scene.intake.registered or solved(scene) or any(self.ways_on(complaint))

    def ways_on(self, complaint: int) -> Iterator[Command]:
        """What somebody may ask for now, or in the days to come, or once others have joined."""
        for attempt in range(400):
            random = Random(attempt)
            scene = self.scene(random, complaint)
            kinds = onward(scene)
            command = wish(random.choice(kinds), scene) if kinds else None
            if command is not None and self.would(command):
                yield command
            if attempt == 100:
                fresh_hands(self.firm, scene.department)
            if attempt % 20 == 19:
                self.wait(timedelta(hours=7))
                self.quiet()


def _fitting(scene: Scene) -> list[type[Command]]:
    return [*onward(scene), *detours(scene)]


def opened(random: Random) -> Walk:
    """A walk that begins with customers, some of whom complain, and with people who named their deputies."""
    walk = Walk()
    for customer in CUSTOMERS:
        made = walk.scene(random)
        walk.ask(wish(RecordCustomer, Scene(**{**vars(made), "customer": customer})))
    walk.ask(wish(RecordEnquiryOrService, walk.scene(random)))
    for _ in range(12):
        walk.ask(wish(NameDeputy, walk.scene(random)))
    for complaint in range(3):
        walk.ask(wish(RegisterComplaint, walk.scene(random, complaint)))
    walk.settle()
    return walk


_STEPS: dict[Callable[[Walk, Random], object], int] = {
    Walk.move_on: 25,
    Walk.go_round: 8,
    Walk.ask_something_new: 9,
    Walk.ask_anything: 7,
    Walk.ask_again: 3,
    lambda walk, random: walk.make_progress(random, random.randint(2, 15)): 3,
    lambda walk, random: walk.relay(random.choice(DECIDING)): 13,
    Walk.learn: 16,
    lambda walk, random: walk.wait(timedelta(minutes=random.choice((1, 6, 60, 600, 1440, 4320, 14400, 43200)))): 6,
    Walk.take_up_some: 6,
    Walk.wait_until_due: 2,
    lambda walk, random: walk.settle(): 3,
}
"""What may happen at any moment, and how often it does."""
