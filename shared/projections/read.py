"""A read that one row of one view can't answer: it puts several together, counts, or tells a story.

One a file, in a service's room `reads`; its route is made from it as a question's is. It asks views, never a journal.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.decide import Actor
from shared.events.vocabulary import Language
from shared.privacy.keyring import Keyring


class NoParameters(BaseModel):
    """A read that takes none."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, for what, in which language, and what a read may use to answer."""

    actor: Actor
    path: Mapping[str, str]
    parameters: Any
    """As the read's `parameters` model has them."""
    language: Language
    purpose: str | None
    now: datetime
    """The business clock: for an "overdue" that is true as of the answer."""
    engine: AsyncEngine
    keyring: Keyring

    async def rows(self, statement: Select[Any]) -> Sequence[Mapping[str, Any]]:
        """The rows of a statement over the service's own views."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer, and of which subjects it shows something: these go into the access log before it leaves (N18)."""

    body: BaseModel
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One HTTP GET. `answer` returns None for what does not exist, or is not for this caller: the two look alike.

    `purpose`: the caller must say what they read this for.
    """

    path: str
    may: tuple[str, ...]
    model: type[BaseModel]
    summary: str
    answer: Callable[[Asked], Awaitable[Answered | None]]
    parameters: type[BaseModel] = field(default=NoParameters)
    purpose: bool = False
