"""投诉 What a rule may have to know of one complaint. How it comes about from facts is told in `state`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.decide import Actor
from shared.events.vocabulary import Channel, Money, Severity
from shared.reference.roles import READ_ALL

Ending = Literal["closed", "referred", "withdrawn", "in_error"]


@dataclass(frozen=True, slots=True)
class Told:
    """The customer was told something: by which channel, proved by what."""

    channel: str
    proof: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the register says of it that a rule looks at; the words themselves stay sealed."""

    number: str
    received_at: datetime
    channel: Channel
    happened_at: datetime | None = None
    claimed: Money | None = None
    joint: int = 1
    by_regulator: bool = False
    by_proxy: bool = False
    stated_in: Mapping[str, int] = field(default_factory=dict)
    """By corrected field: the version of the event in which its value stands now; else it is the first."""


@dataclass(frozen=True, slots=True)
class Classification:
    category: str
    severity: Severity
    reasons: tuple[str, ...]
    vulnerable: bool
    restricted: bool
    complained_of: tuple[str, ...]
    urgent: bool = False
    alleged_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """合规签署 What compliance allows in this cycle, for somebody else to carry out."""

    by: str
    matter: Literal["downgrade", "received_at"]
    received_at: datetime | None = None
    special_for: tuple[str, ...] = ()
    """For which reasons it was special when it was signed: what came up later, nobody has signed off."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`by` is nobody where it was judged in an old system. `department`: the responsible one if established, else the
    one complained of. `overturned`: the two who had found it not established."""

    by: str
    verdict: Literal["established", "rejection_proposed", "not_established"]
    department: str
    confirmed_by: str | None = None
    overturned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    department: str
    recused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voiding:
    """The first person's proposal to void the registration."""

    by: str
    contact: UUID | None = None
    duplicate_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """撤诉 A request, what resolution answered, and what the customer said of it to somebody else."""

    by: str
    evidence: str
    cycle: int
    answer: Literal["pending", "granted", "denied"] = "pending"
    word: Literal["confirmed", "disputed"] | None = None
    recording: str = ""
    settled_at: datetime | None = None
    """When the customer's word was recorded, or a reopening made it moot."""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """One complaint. `acknowledged`, `replied`, `waived` and `signatures` are those of the current cycle; so is
    `judgement`, except that an established complaint that is not reopened at judgement stays established."""

    cycle: int = 1
    version: int = 0
    """Of intake's own stream: how many facts it stated."""
    person: str = ""
    entry: Entry | None = None
    owner: str = ""
    """首问负责: who keeps track of it for the customer until it is solved; nobody for one that came in by itself."""
    taken_over: bool = False
    """In the middle of its life: it is no sign of what happens now, so it is not one of the many alike of late."""
    resolved_before: bool = False
    """It was taken over as resolved: in this cycle nothing is left to be judged or withdrawn."""
    acknowledged: Told | None = None
    told: frozenset[Told] = frozenset()
    notes: int = 0
    classification: Classification | None = None
    made_special: bool = False
    """A reopening or somebody made it special, whatever its classification says."""
    special_for: tuple[str, ...] = ()
    """Why it is special, as codes."""
    waived: frozenset[str] = frozenset()
    """Which reasons were there when it was downgraded: they do not make it special again in this cycle."""
    signatures: tuple[Signature, ...] = ()
    suspected: frozenset[UUID] = frozenset()
    dismissed: frozenset[UUID] = frozenset()
    judgement: Judgement | None = None
    ever_judged: bool = False
    assigned: Assignment | None = None
    replied: Told | None = None
    excluded: frozenset[str] = frozenset()
    """Who may not judge it again."""
    ever_complained_of: frozenset[str] = frozenset()
    """Struck off the list again, they still decide nothing here."""
    recused: frozenset[str] = frozenset()
    """In whatever cycle."""
    conflicted: frozenset[str] = frozenset()
    """Who declared a conflict of interest: they are out at once."""
    handled_by: tuple[str, ...] = ()
    """Everyone who acted here, in any cycle, in order of appearance; the system is nobody."""
    voiding: Voiding | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    referral: Told | None = None
    ending: Ending | None = None

    @property
    def registered(self) -> bool:
        return bool(self.person)

    @property
    def closed(self) -> bool:
        return self.ending == "closed"

    @property
    def severity(self) -> Severity:
        classified = self.classification is not None and self.classification.severity == "special"
        return "special" if self.made_special or classified else "ordinary"

    @property
    def restricted(self) -> bool:
        return self.classification is not None and self.classification.restricted

    @property
    def complained_of(self) -> tuple[str, ...]:
        return self.classification.complained_of if self.classification else ()

    @property
    def verdict(self) -> str | None:
        return self.judgement.verdict if self.judgement else None

    @property
    def department(self) -> str | None:
        """The department that handles it, once it is established."""
        if self.assigned is not None:
            return self.assigned.department
        named = self.judgement.department if self.judgement and self.verdict == "established" else ""
        # None rather than empty: a token that names no department must not pass for one of it (N16).
        return named or None

    @property
    def withdrawal(self) -> Withdrawal | None:
        """The last request."""
        return self.withdrawals[-1] if self.withdrawals else None

    @property
    def withdrawing(self) -> bool:
        """A request waits for resolution's answer."""
        return self.withdrawal is not None and self.withdrawal.answer == "pending"

    def signed(self, matter: str) -> Signature | None:
        """What compliance signed last in this matter, if it was not used up."""
        return next((each for each in reversed(self.signatures) if each.matter == matter), None)

    def open_to(self, actor: Actor) -> bool:
        """A restricted case is for the department that handles it and for those who decide on all cases (N16); who
        registered it is not among them. Whoever declared a conflict is out, and so is who acts for them.
        """
        if {actor.id, actor.on_behalf_of} & self.conflicted:
            return False
        return not self.restricted or actor.role in READ_ALL or actor.department == self.department
