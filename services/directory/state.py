"""What the directory must know to decide: the same folds of staff and limits that every other service uses."""

from collections.abc import Mapping

from shared.decide.service import Fold
from shared.events.base import Event
from shared.packs.house import HOUSE_LIMITS
from shared.reference.limits import evolve_limits
from shared.reference.staff import StaffMember, evolve_staff

FOLDS: Mapping[str, Fold] = {
    "staff": Fold(StaffMember(), evolve_staff),
    "limits": Fold(HOUSE_LIMITS, evolve_limits),
}
LEARNS: frozenset[type[Event]] = frozenset()
