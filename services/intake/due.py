"""Intake sets no deadline and sends nothing out by itself: its letters are sent by people, who record the proof."""

from shared.decide.due import Deadline, Effect

DEADLINES: tuple[Deadline, ...] = ()
EFFECTS: tuple[Effect, ...] = ()
