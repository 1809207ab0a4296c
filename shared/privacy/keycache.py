"""Keys that were read a moment ago, by owner: bounded in number and in age."""

from collections import OrderedDict
from collections.abc import Iterable
from math import inf
from time import monotonic
from typing import Final

DESTROYED: Final = b""
"""Stands in the place of a key that is gone for ever. It never grows stale, so it is only ever pushed out."""


class KeyCache:
    """The least recently used owner is pushed out first. A key's age counts from before it was asked for, so that it
    can't outlive by more than `seconds` a destruction that its reader just missed; using it does not make it younger.
    """

    def __init__(self, owners: int, seconds: float) -> None:
        self._limit = owners
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def take(self, owners: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
        """The keys at hand, and the owners (each once) that must be asked for."""
        now = monotonic()
        found: dict[str, bytes] = {}
        missing: list[str] = []
        for owner in dict.fromkeys(owners):
            entry = self._kept.get(owner)
            if entry is None or entry[0] <= now:
                missing.append(owner)
            else:
                self._kept.move_to_end(owner)
                found[owner] = entry[1]
        return found, missing

    def put(self, owner: str, key: bytes, since: float) -> bytes:
        """Keep a key that was asked for at `since` (monotonic seconds). What is known to be destroyed stays so: a
        slow reader must not bring its key back. The key that holds is returned.
        """
        entry = self._kept.get(owner)
        if entry is not None and entry[1] == DESTROYED:
            return DESTROYED
        self._kept[owner] = (inf if key == DESTROYED else since + self._seconds, key)
        self._kept.move_to_end(owner)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return key

    def clear(self) -> None:
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
