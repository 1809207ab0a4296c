"""Nothing happens by itself at the desk."""

from shared.decide.due import Deadline, Effect

DEADLINES: tuple[Deadline, ...] = ()
EFFECTS: tuple[Effect, ...] = ()
