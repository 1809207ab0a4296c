"""Business time, apart from machine time.

What happened when is told by this clock. Leases, time-outs and retries never use it: they take the database's clock
or a monotonic one, so that a moved clock breaks no machine.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class ClockRefused(Exception):
    """The business clock is not moved: it only goes forward, and only in the embedded demo."""


class Clock:
    """Machine time, plus an offset that only the embedded demo may set, kept in a file and only ever growing."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta(0)
        self.reload()

    def now(self) -> datetime:
        """The business instant, in UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        return self._offset

    def reload(self) -> None:
        """Read the offset again: another process of the demo may have moved the clock."""
        if self._file is not None and self._file.exists():
            self._offset = max(self._offset, timedelta(seconds=float(self._file.read_text())))

    def advance(self, by: timedelta) -> datetime:
        """Move the demo's clock forward. Raises ClockRefused outside the demo, or backward."""
        if self._file is None:
            raise ClockRefused("The clock can only be moved in the embedded demo.")
        if by < timedelta(0):
            raise ClockRefused("The clock only moves forward.")
        self.reload()
        self._offset += by
        draft = self._file.with_suffix(".new")
        draft.write_text(str(self._offset.total_seconds()))
        draft.replace(self._file)
        return self.now()
