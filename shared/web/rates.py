"""How often somebody may ask: so many requests a minute, evenly, with a reserve for those who come at once.

Counted in this process's memory: of three processes each allows as much. One number a caller is kept, the instant at
which their reserve would be full again (the generic cell rate algorithm), so a request costs the same however many
callers there are, and memory has a bound. docs/decisions/0024-rates-in-memory.md says why no library counts.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

RESERVE = 10.0
"""Seconds' worth of requests that may come at once."""
MOST = 100_000
"""Callers kept: some 15 MB. The one who was silent for longest is forgotten first."""


class Rate:
    """A rate of requests for each of many callers. `per_minute` 0: any number."""

    def __init__(self, per_minute: int, *, most: int = MOST) -> None:
        self._apart = 60.0 / per_minute if per_minute else 0.0
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, who: str, now: float) -> float:
        """0 if this request may go on, and it is counted; else the seconds until one may. `now`: monotonic seconds."""
        if not self._apart:
            return 0.0
        full_at = max(self._full_at.get(who, now), now) + self._apart
        too_early = full_at - now - max(RESERVE, self._apart)
        # A hair's breadth: what comes exactly in its turn must not fail for the last bit of a float.
        if too_early > 1e-6:
            return too_early
        self._full_at[who] = full_at
        self._full_at.move_to_end(who)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        """How many callers are kept."""
        return len(self._full_at)


def caller_at(host: str) -> str:
    """Under which name an address is counted: of IPv6 its network, since whoever has one address has all of them."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return host
