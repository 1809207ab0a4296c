"""An act over many cases: it reads which they are, and sends each service one command a case, in the caller's name.

It decides nothing itself. Each command is decided by the service that it concerns, by that service's rules; one that
is refused stops none of the others. Sent again with the same key, it goes on where it stopped.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from shared.projections.read import Answered, Asked


class Reply(Protocol):
    """What a service answered to a command."""

    @property
    def done(self) -> bool: ...

    @property
    def code(self) -> str: ...

    @property
    def title(self) -> str: ...


Send = Callable[[str, str, dict[str, Any], str], Awaitable[Reply]]
"""(service, path, body, a name that tells this command from the others of the same act) -> what was answered."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """One HTTP POST; its Idempotency-Key is that of every command in it. `asked.parameters` is its body."""

    path: str
    may: tuple[str, ...]
    body: type[BaseModel]
    model: type[BaseModel]
    summary: str
    carry_out: Callable[[Asked, Send], Awaitable[Answered]]
