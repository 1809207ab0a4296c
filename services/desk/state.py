"""The desk decides nothing, so it has no state: what it shows, it folds from everybody's events into views."""

from collections.abc import Mapping

from shared.decide.service import Fold
from shared.events.base import Event

FOLDS: Mapping[str, Fold] = {}
LEARNS: frozenset[type[Event]] = frozenset()
