"""What a row of a complaint file becomes: an ImportRow, or a Reject that says what to do."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


class Unusable(Exception):
    """A cell that can't be taken; the message is for whoever imports the file."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A complaint as the file tells it; absent is None. Its representation leaves out what may be personal."""

    source: str
    """The system that knew it first; with `external_id` it names the complaint for ever."""
    external_id: str
    received_on: date
    """The day as written in the file; `received_at` only where the file tells the time too."""
    line: int
    """The row's first line in the file; the header starts at 1."""
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
    notes: tuple[str, ...] = ()
    """What is odd about the row, in plain English, though it was taken."""
    fingerprint: str = field(init=False)
    """SHA-256 (hex) of the normalised content. Two rows of one id with the same one are copies, however their dates
    and empty cells are spelt; with different ones they conflict. Line and notes do not count."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", hashlib.sha256(self._content()).hexdigest())

    def _content(self) -> bytes:
        """The normalised content: a JSON array, so that no two contents run together."""
        dates = [day and day.isoformat() for day in (self.received_on, self.received_at, self.sent_on)]
        told = [self.product, self.sub_product, self.issue, self.sub_issue, self.narrative, self.company_response]
        where = [self.state, self.postcode, self.channel, self.consent, self.timely, self.disputed]
        lists = [sorted(self.tags), sorted(self.extra.items())]
        return json.dumps([self.source, self.external_id, *dates, *told, *where, *lists]).encode()


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
