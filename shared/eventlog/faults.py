"""What can be wrong with a log beyond its not answering."""

from shared.eventlog.protocol import LogUnavailable


class PositionLost(LogUnavailable):
    """The log does not hold, or no longer holds, what this position names: it was restored, truncated or replaced.

    Waiting does not mend it and a jump would skip events in silence, so every further fetch says the same until the
    caller assigns other positions. See `EventLog.identity`.
    """


class UnfitLog(Exception):
    """The topic is there, but not as the system needs it; the message says what differs and what to do."""
