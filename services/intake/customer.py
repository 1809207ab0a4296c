"""What intake must know of a customer's file to decide, folded from its facts (subject `person:<uuid>`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, assert_never, get_args

from shared.events.customers import (
    CustomerCorrected,
    CustomerDetails,
    CustomerFact,
    CustomerField,
    CustomerJoinedInto,
    CustomerPartedFrom,
    CustomerRecorded,
    CustomersJoined,
    CustomersParted,
    ProxyAuthorised,
    ProxyEnded,
)
from shared.events.vocabulary import AuthorityKind

FIELDS: Final[tuple[str, ...]] = get_args(CustomerField)
"""What a file can hold of a customer, besides where the customer system knows them."""

WAYS: Final = frozenset({"phones", "email", "address"})
"""How a customer can be reached."""

PLAIN: Final = frozenset({"segment", "vulnerable", "time_zone", "call_hours", "language", "external"})
"""What of it is no personal text, so that it can be compared with what stands there already."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who may speak for the customer: why, by which document, and until when."""

    kind: AuthorityKind
    authority: str
    until: datetime | None = None
    ended: bool = False

    def in_force(self, at: datetime) -> bool:
        """Neither ended nor expired: an expired authority counts for nothing (No.3 Art. 14)."""
        return not self.ended and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Customer:
    recorded: bool = False
    """False for somebody who is known from a complaint or a contact only."""
    holds: frozenset[str] = frozenset()
    """Which of FIELDS the file has; their personal texts stay sealed in the events."""
    plain: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What stands in the file of PLAIN."""
    joined: frozenset[str] = frozenset()
    """The files that this one stands for as well."""
    into: str | None = None
    """The file that stands for this one."""
    proxies: Mapping[str, Proxy] = field(default_factory=lambda: MappingProxyType({}))

    def proxy(self, name: str, at: datetime) -> Proxy | None:
        """The proxy of that name, if they may speak for the customer at an instant."""
        known = self.proxies.get(name)
        return known if known is not None and known.in_force(at) else None


def evolve_customer(state: Customer, event: CustomerFact) -> Customer:
    match event:
        case CustomerRecorded():
            return replace(state, recorded=True, holds=given(event), plain=_plain(event))
        case CustomerCorrected():
            cleared = frozenset(event.cleared)
            plain = {name: value for name, value in state.plain.items() if name not in cleared}
            return replace(state, holds=state.holds - cleared | given(event), plain={**plain, **_plain(event)})
        case CustomersJoined():
            return replace(state, joined=state.joined | {event.other})
        case CustomersParted():
            return replace(state, joined=state.joined - {event.other})
        case CustomerJoinedInto():
            return replace(state, into=event.into)
        case CustomerPartedFrom():
            return replace(state, into=None)
        case ProxyAuthorised():
            return _with(state, event.proxy, Proxy(event.kind, event.authority, event.until))
        case ProxyEnded():
            return _with(state, event.proxy, replace(state.proxies[event.proxy], ended=True))
        case _:
            assert_never(event)


def given(event: CustomerDetails) -> frozenset[str]:
    """Which fields an event states; an empty list states nothing."""
    return frozenset(name for name in FIELDS if getattr(event, name) not in (None, ()))


def _plain(event: CustomerDetails) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in sorted(PLAIN)}
    return {name: value for name, value in values.items() if value is not None}


def _with(state: Customer, name: str, proxy: Proxy) -> Customer:
    return replace(state, proxies={**state.proxies, name: proxy})
