"""Nothing happens by itself later: a table of limits takes effect by its own date, without an event."""

from shared.decide.due import Deadline, Effect

DEADLINES: tuple[Deadline, ...] = ()
EFFECTS: tuple[Effect, ...] = ()
