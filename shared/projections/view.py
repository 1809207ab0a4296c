"""A view as its author writes it: columns, a fold without I/O that says what should be true, and its questions.

Deterministic: no clock, no random id, no look-up. A row belongs to one subject; totals are SQL over rows, since a
row fed by two subjects would depend on how partitions interleave.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.events.base import Event
from shared.events.envelope import Envelope

SEARCH = "q"
"""The query parameter of a piece of text to search for."""


class At(NamedTuple):
    """Where and when a fact stands: what a fold may know beside the fact itself."""

    id: UUID
    subject: str
    source: str
    version: int
    recorded: datetime
    cycle: int | None
    envelope: Envelope | None = None
    """The whole envelope; only tests that do not need it leave it out."""

    @property
    def subject_id(self) -> str:
        """The part of the subject after its category: the complaint's uuid, the staff id."""
        return self.subject.partition(":")[2]


class Upsert:
    """This row should exist with these values; columns not named keep what they have (None in a new row)."""

    __slots__ = ("key", "values")

    def __init__(self, key: str, **values: Any) -> None:
        self.key = key
        self.values = values


class Update:
    """This row, if it exists, should have these values; where there is none, none is made."""

    __slots__ = ("key", "values")

    def __init__(self, key: str, **values: Any) -> None:
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Delete:
    """This row should not exist."""

    key: str


@dataclass(frozen=True, slots=True)
class Add:
    """As a value in an Upsert or Update: so much more than before (an absent number counts as 0)."""

    number: int


@dataclass(frozen=True, slots=True)
class Append:
    """As a value in an Upsert or Update of a list of texts: this one too, once."""

    text: str


@dataclass(frozen=True, slots=True)
class Remove:
    """As a value in an Upsert or Update of a list of texts: no longer this one."""

    text: str


Change = Upsert | Update | Delete
FoldStep = Callable[[Any, At], Change | Iterable[Change] | None]
Following = Callable[[Mapping[str, Any]], Any]
"""What follows from the other columns of a row. Pure."""


@dataclass(frozen=True, slots=True)
class Question:
    """A read over a view, as an HTTP GET. With `one`, the path names the row's key and the answer is that row.

    `order`: the column that pages are ordered by, the row's key breaking ties. `where(table, actor)`: a condition that
    always holds, for scope or a fixed choice. `purpose`: the caller must say what it is read for, and the access log
    keeps it (N18).

    A caller may narrow a list. `filters`: columns to equal a value; `several`: lists to contain one; `ranges`: moments,
    bounded by `<name>_from` (that instant included) and `<name>_until` (excluded); `search`: columns of which one must
    contain the text `q`, each of them `searched` in the view.
    """

    path: str
    may: tuple[str, ...]
    model: type[BaseModel]
    summary: str
    filters: tuple[str, ...] = ()
    order: str = "key"
    descending: bool = False
    one: bool = False
    where: Callable[[Table, Any], ColumnElement[bool] | None] | None = None
    search: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    purpose: bool = False

    @property
    def narrowed_by(self) -> tuple[str, ...]:
        """The names of all parameters that narrow the list."""
        bounds = (f"{name}_{end}" for name in self.ranges for end in ("from", "until"))
        return (*self.filters, *self.several, *bounds, *((SEARCH,) if self.search else ()))


@dataclass(eq=False)
class View:
    """A view: its name and version name its tables, so that old and new code can each have their own.

    `personal`: the columns that hold clear text of a person; a fold puts a `Personal` there and the runner opens it,
    and blanks it when the person is erased. A view without any is folded from what is sealed as it is.

    `indexes`: columns that are looked up together; that of a list alone finds what it contains. `searched`: texts with
    an index for pieces anywhere within them. A new index is the view's next version, since tables are made once.

    `derived`: columns that no step sets, since they follow from the others of their row after every change: such as by
    when a case is due, which goes back to an earlier date when what had put it off is over.
    """

    name: str
    version: int
    columns: Sequence[Column[Any]]
    personal: frozenset[str] = frozenset()
    indexes: tuple[tuple[str, ...], ...] = ()
    searched: tuple[str, ...] = ()
    derived: Mapping[str, Following] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    steps: dict[type[Event], FoldStep] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.name}_v{self.version}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        return tuple(str(column.name) for column in self.columns)

    def on(self, *types: type[Event]) -> Callable[[FoldStep], FoldStep]:
        """Register the step for facts of these types."""

        def register(step: FoldStep) -> FoldStep:
            for event_type in types:
                if event_type in self.steps:
                    raise TypeError(f"{self.name} folds {event_type.__name__} already")
                self.steps[event_type] = step
            return step

        return register

    def ask(self, question: Question) -> Question:
        """Add a question to this view. Raises TypeError where it searches without an index, reading all of a table."""
        if without := set(question.search) - set(self.searched):
            raise TypeError(f"{self.name} does not keep {', '.join(sorted(without))} as searched")
        self.questions.append(question)
        return question


def text(name: str) -> Column[Any]:
    return Column(name, Text)


def texts(name: str) -> Column[Any]:
    """A list of texts."""
    return Column(name, ARRAY(Text))


def moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True))


def number(name: str) -> Column[Any]:
    return Column(name, Integer)


def minor_units(name: str) -> Column[Any]:
    """Money in its currency's minor unit."""
    return Column(name, BigInteger)


def flag(name: str) -> Column[Any]:
    return Column(name, Boolean)
