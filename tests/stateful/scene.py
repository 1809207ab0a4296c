"""What a wish is made up from: one complaint with its customer at one moment, and what was ever named before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, Literal, TypeVar
from uuid import UUID

from services.callback.state import Callback
from services.intake.contact import Contact
from services.intake.customer import Customer
from services.intake.state import Intake
from services.investigation.state import Investigation
from services.resolution.state import Resolution
from shared.decide import Command
from tests.stateful.firm import DECIDING, Firm
from tests.stateful.people import holding

T = TypeVar("T")

COMPLAINTS = tuple(UUID(int=0xA0 + n, version=4) for n in range(8))
CONTACTS = tuple(UUID(int=0xB0 + n, version=4) for n in range(3))
CUSTOMERS = tuple(UUID(int=0xC0 + n, version=4) for n in range(3))
DEPARTMENTS = ("cards", "loans")
Mood = Literal["easily content", "hard to content", "hard to reach", "quick to withdraw"]
"""Few of everything, so that things meet."""


@dataclass
class Named:
    """Every value that a wish ever had, by field: what somebody may name again where it does not belong."""

    values: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    wishes: list[tuple[str, Command]] = field(default_factory=list)

    def keep(self, service: str, command: Command) -> None:
        self.wishes.append((service, command))
        for name, value in command:
            if name not in ("actor", "at"):
                self.values[name].append(value)


@dataclass(frozen=True)
class Scene:
    """One complaint, as each service knows it."""

    firm: Firm
    random: Random
    complaint: UUID
    contact: UUID
    customer: UUID
    named: Named

    @property
    def now(self) -> datetime:
        return self.firm.now

    @property
    def subject(self) -> str:
        return f"complaint:{self.complaint}"

    @cached_property
    def intake(self) -> Intake:
        state: Intake = self.firm.state("intake", self.subject)
        return state

    @cached_property
    def investigation(self) -> Investigation:
        state: Investigation = self.firm.state("investigation", self.subject)
        return state

    @cached_property
    def resolution(self) -> Resolution:
        state: Resolution = self.firm.state("resolution", self.subject)
        return state

    @cached_property
    def callback(self) -> Callback:
        state: Callback = self.firm.state("callback", self.subject)
        return state

    @cached_property
    def enquiry(self) -> Contact:
        state: Contact = self.firm.state("intake", f"contact:{self.contact}")
        return state

    @cached_property
    def file(self) -> Customer:
        state: Customer = self.firm.state("intake", f"person:{self.customer}")
        return state

    @property
    def department(self) -> str:
        """Which answers for it, as far as anybody knows."""
        return self.investigation.department or self.intake.department or DEPARTMENTS[0]

    @property
    def mood(self) -> Mood:
        """How the customer of this complaint is."""
        others: dict[int, Mood] = {1: "hard to content", 2: "hard to reach", 5: "quick to withdraw", 6: "hard to reach"}
        return others.get(COMPLAINTS.index(self.complaint), "easily content")

    @cached_property
    def hands(self) -> list[str]:
        """Who acted on it, in whatever service, and in whose name."""
        said = (self.firm.journals.get((service, self.subject), []) for service in DECIDING)
        return [*dict.fromkeys(hand for journal in said for _, event in journal for hand in event.hands)]

    # Choices

    def one_of(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def maybe(self, part: float, value: T) -> T | None:
        return value if self.chance(part) else None

    def some(self, part: float, values: Sequence[T]) -> tuple[T, ...]:
        return tuple(value for value in values if self.chance(part))

    def anybody(self) -> str:
        return self.one_of(holding(self.firm, *_ROLES_COMPLAINED_OF))

    def next_code(self, prefix: str, used: Iterable[str]) -> str:
        """Mostly a code that is free."""
        highest = max((int(code.removeprefix(prefix)) for code in used), default=0)
        return f"{prefix}{max(1, highest + 1 - self.chance(0.1))}"

    def soon(self, days: int = 20) -> datetime:
        return self.now + timedelta(hours=self.random.randint(1, days * 24))

    def lately(self, hours: int = 72) -> datetime:
        return self.now - timedelta(minutes=self.random.randint(1, hours * 60))

    def proof(self) -> str:
        return f"proof-{self.random.randint(1, 60)}"

    def leads(self) -> list[str]:
        return holding(self.firm, "department_lead", department=self.department)


_ROLES_COMPLAINED_OF = ("agent", "investigator", "resolution_officer", "department_lead", "approver", "triage_lead")
