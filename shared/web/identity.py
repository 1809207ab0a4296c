"""Who calls: a bearer token, checked once and remembered for its short life."""

import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from shared.decide import Actor, Refused
from shared.decide.standing import DEPUTY, auditor_changes_nothing
from shared.events.vocabulary import SYSTEM
from shared.reference.roles import AUDITOR

_STAFF_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or system as their token says."""

    id: str
    roles: frozenset[str]
    department: str
    expires: float
    """Seconds of the epoch, machine time."""

    def acting_in(self, roles: Sequence[str]) -> Actor | None:
        """The actor in the first of these roles that they hold; None if they hold none."""
        role = next((role for role in roles if role in self.roles), None)
        return None if role is None else Actor(self.id, role, self.department)


class Unauthenticated(Refused):
    """Nobody, or nobody that we know."""

    status = 401

    def __init__(self, message: str) -> None:
        super().__init__("unauthenticated", message)


class WrongRole(Refused):
    """Somebody, but not one who may."""

    status = 403

    def __init__(self, roles: Sequence[str]) -> None:
        super().__init__("wrong_role", f"Only {', '.join(roles)} may do this.", roles=list(roles))


class BadName(Refused):
    """`On-Behalf-Of` does not name another member of the staff."""

    status = 400

    def __init__(self) -> None:
        super().__init__("bad_on_behalf_of", "On-Behalf-Of is the staff id of the absent person, not your own.")


class Tokens(Protocol):
    """Whoever can tell an identity from a token."""

    @property
    def trouble(self) -> str:
        """Why nobody can be let in for now; empty if somebody can."""
        ...

    async def ready(self, token: str) -> None:
        """Ask elsewhere for what `verify` will need, such as a key that was not seen before. Proves nothing."""
        ...

    def verify(self, token: str) -> Identity:
        """Raises Unauthenticated."""
        ...


class Nobody:
    """Lets nobody in: of a process that answers nobody, such as a worker."""

    trouble = ""

    async def ready(self, token: str) -> None:
        """Nothing would help."""

    def verify(self, token: str) -> Identity:
        raise Unauthenticated("Nobody is let in here.")


REMEMBERED = 300.0
"""Seconds until a token is verified anew, so that a key that its issuer took back ends what was signed with it."""


class Remembering:
    """Verifies each token once, and then remembers it for a while, at most until it expires."""

    def __init__(self, tokens: Tokens, most: int = 10_000) -> None:
        self._tokens = tokens
        self._most = most
        self._known: OrderedDict[str, tuple[Identity, float]] = OrderedDict()

    @property
    def trouble(self) -> str:
        return self._tokens.trouble

    async def ready(self, token: str) -> None:
        if self._remembered(token, time.time()) is None:
            await self._tokens.ready(token)

    def verify(self, token: str) -> Identity:
        now = time.time()
        identity = self._remembered(token, now)
        if identity is None:
            identity = self._tokens.verify(token)
            if identity.id == SYSTEM or not _STAFF_ID.fullmatch(identity.id):
                # Reactions act as `system`: to every four-eyes rule it is nobody, so nobody may be called so.
                raise Unauthenticated("This token names nobody who could act here. Get a new one.")
            self._known[token] = identity, now + REMEMBERED
            self._known.move_to_end(token)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        if identity.expires <= now:
            self._known.pop(token, None)
            raise Unauthenticated("Your token has expired. Sign in again.")
        return identity

    def _remembered(self, token: str, now: float) -> Identity | None:
        identity, until = self._known.get(token, (None, 0.0))
        return identity if now < until else None


def bearer(request: Request) -> str:
    """The token of a request. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 20 <= len(token) <= 8192:
        raise Unauthenticated("Send your token as: Authorization: Bearer <token>")
    return token


def actor_of(request: Request, tokens: Tokens, may: Sequence[str]) -> Actor:
    """Who calls, in a role that may. Raises Unauthenticated, WrongRole."""
    actor = tokens.verify(bearer(request)).acting_in(may)
    if actor is None:
        raise WrongRole(may)
    return actor


def writer_of(request: Request, tokens: Tokens, may: Sequence[str]) -> Actor:
    """Who calls to write something down, in a role that may. Raises as above, and Forbidden for an auditor who holds
    another role besides.
    """
    identity = tokens.verify(bearer(request))
    if AUDITOR in identity.roles and AUDITOR not in may and identity.acting_in(may):
        raise auditor_changes_nothing()
    return actor_of(request, tokens, may)


def asker_of(request: Request, tokens: Tokens, may: Sequence[str]) -> Actor:
    """Who asks for a command: in a role that may, or for the absent person that `On-Behalf-Of` names, in a role that
    the kernel finds in the directory's facts. Raises as above, and BadName.
    """
    absent = request.headers.get("on-behalf-of")
    if absent is None:
        return writer_of(request, tokens, may)
    identity = tokens.verify(bearer(request))
    if not _STAFF_ID.fullmatch(absent) or absent in (SYSTEM, identity.id):
        raise BadName
    if AUDITOR in identity.roles and AUDITOR not in may:
        raise auditor_changes_nothing()
    return Actor(identity.id, DEPUTY, identity.department, on_behalf_of=absent)
