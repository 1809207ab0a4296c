"""What a row of a complaint file becomes: a Row, or a Reject that says what to do."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from shared.decide.command import derived_id


class Unusable(Exception):
    """A cell that can't be taken; the message is for whoever imports the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ABC):
    """A complaint as some file tells it; absent is None. Its representation leaves out what may be personal."""

    source: str
    """The system that knew it first; with `external_id` it names the complaint for ever."""
    external_id: str
    line: int
    """The row's first line in the file; the header starts at 1."""
    notes: tuple[str, ...] = ()
    """What is odd about the row, in plain English, though it was taken."""
    fingerprint: str = field(init=False)
    """SHA-256 (hex) of the normalised content. Two rows of one id with the same one are copies, however their dates
    and empty cells are spelt; with different ones they conflict. Line and notes do not count."""

    def __post_init__(self) -> None:
        # A JSON array, so that no two contents run together.
        content = json.dumps([self.source, self.external_id, *self.said()]).encode()
        object.__setattr__(self, "fingerprint", hashlib.sha256(content).hexdigest())

    @abstractmethod
    def said(self) -> list[Any]:
        """What the row says, normalised, as plain data."""

    @property
    def subject(self) -> str:
        """The complaint that it is."""
        return f"complaint:{derived_id('external', self.source, self.external_id)}"

    def as_json(self, *left_out: str) -> str:
        """What is filled in, so that nothing of the row is lost."""
        # Not asdict: it copies every value, and this is done for each of millions of rows.
        said = ((each.name, getattr(self, each.name)) for each in fields(self) if each.name not in left_out)
        filled = {name: value for name, value in said if value not in (None, (), {})}
        return json.dumps(filled, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow(Row):
    """A complaint that is to be registered."""

    received_on: date
    """The day as written in the file; `received_at` only where the file tells the time too."""
    received_at: datetime | None = None
    sent_on: date | None = None
    """When it was passed on to the company."""
    product: str | None = field(default=None, repr=False)
    sub_product: str | None = None
    issue: str | None = None
    sub_issue: str | None = None
    narrative: str | None = field(default=None, repr=False)
    company_response: str | None = None
    state: str | None = field(default=None, repr=False)
    """US state, two letters where known."""
    postcode: str | None = field(default=None, repr=False)
    """Text, partly masked or cut as in the file."""
    tags: tuple[str, ...] = ()
    channel: str | None = None
    """In the file's own words."""
    consent: str | None = None
    timely: bool | None = None
    disputed: bool | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What only the generic format has; see `closedloop.importing.generic`."""

    def said(self) -> list[Any]:
        dates = [day and day.isoformat() for day in (self.received_on, self.received_at, self.sent_on)]
        told = [self.product, self.sub_product, self.issue, self.sub_issue, self.narrative, self.company_response]
        where = [self.state, self.postcode, self.channel, self.consent, self.timely, self.disputed]
        return [*dates, *told, *where, sorted(self.tags), sorted(self.extra.items())]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken."""

    line: int
    """Its first line in the file; the header starts at 1."""
    external_id: str | None
    """If it could be read."""
    reason: str
    """Plain English: what is wrong, and what to do. It quotes no text of the complaint."""
    raw: list[str] = field(repr=False)
    """The row's cells, shortened. They may hold personal data and company names: for whoever imports the file only."""
