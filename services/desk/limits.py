"""The desk appends nothing, so it guards nothing."""

from shared.decide.service import Guard

GUARDS: tuple[Guard, ...] = ()
