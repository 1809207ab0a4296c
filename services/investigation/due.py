"""Nothing of an investigation happens by the passing of time, and nothing of it leaves the house."""

from shared.decide.due import Deadline, Effect

DEADLINES: tuple[Deadline, ...] = ()
EFFECTS: tuple[Effect, ...] = ()
