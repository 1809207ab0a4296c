"""Facts of one complaint as a desk meets them, with as little in them as they need."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from shared.events import callback, intake, resolution
from shared.events.base import ComplaintEvent, Event
from shared.events.vocabulary import Money, Scores
from shared.privacy.personal import Personal
from tests.contract.examples import example_of

E = TypeVar("E", bound=ComplaintEvent)
COMPLAINT = UUID("00000000-0000-4000-8000-00000000000a")
WANG = "person:0e9502a1-0000-5000-8000-000000000001"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DIGEST = "0123456789abcdef" * 4


def fact(kind: type[E], after: timedelta = timedelta(0), by: str = "li.na", /, cycle: int = 1, **fields: Any) -> E:
    """A fact with the example's value in every field that is not named."""
    example = _example_of(kind)
    made = example.model_dump(mode="python") | {"at": NOON + after, "by": by, "cycle": cycle} | fields
    return kind.model_validate({name: _kept(example, name, value) for name, value in made.items()})


_example_of = cache(example_of)


def _kept(example: Event, name: str, value: Any) -> Any:
    kept = getattr(example, name, None)
    return kept if isinstance(kept, Personal) and isinstance(value, dict) else value


def registered(**fields: Any) -> intake.ComplaintRegistered:
    told: dict[str, Any] = {"received_at": NOON - DAY, "person": WANG}
    return fact(intake.ComplaintRegistered, **told | fields)


def concluded(after: timedelta, cycle: int = 1, minor: int = 5_000, **fields: Any) -> resolution.ResolutionConcluded:
    told: dict[str, Any] = {"outcome": "executed", "total": Money(minor=minor, currency="CNY"), "cause": "system-fault"}
    return fact(resolution.ResolutionConcluded, after, cycle=cycle, **told | fields)


def satisfied(after: timedelta, cycle: int = 1) -> callback.CustomerSatisfied:
    scores = Scores(timeliness=5, professionalism=4, effectiveness=3, attitude=5)
    return fact(callback.CustomerSatisfied, after, "huang.ting", cycle, scores=scores, feedback=None)
