"""Opens the rooms of a service: what it is made of is found where it lies, never listed by hand.

A new command is one file in `commands/`, a new screen's question one file in `views/`.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from shared.decide.due import Deadline, Effect
from shared.decide.service import Service, commands_in, modules_in, reactions_in
from shared.projections.bulk import Bulk
from shared.projections.read import Read
from shared.projections.view import View


@dataclass(frozen=True)
class Rooms:
    """A service with its views and with what it does later."""

    service: Service
    views: tuple[View, ...]
    deadlines: tuple[Deadline, ...]
    effects: tuple[Effect, ...]
    reads: tuple[Read, ...] = ()
    bulk: tuple[Bulk, ...] = ()

    @property
    def name(self) -> str:
        return self.service.name

    def view(self, name: str) -> View:
        """The view of that name. Raises KeyError."""
        return {view.name: view for view in self.views}[name]


def open_rooms(package: str) -> Rooms:
    """The rooms of e.g. `services.intake`: state, commands, reactions, limits, due, views."""
    state, reactions, limits, due = (
        import_module(f"{package}.{room}") for room in ("state", "reactions", "limits", "due")
    )
    deadlines: tuple[Deadline, ...] = due.DEADLINES
    effects: tuple[Effect, ...] = due.EFFECTS
    service = Service(
        name=package.rpartition(".")[2],
        folds=state.FOLDS,
        learns=state.LEARNS,
        handlers=commands_in(import_module(f"{package}.commands")),
        reactions=reactions_in(reactions),
        guards=limits.GUARDS,
        later=(*(each.later for each in deadlines), *(each.later for each in effects)),
    )
    views = tuple(module.VIEW for module in modules_in(import_module(f"{package}.views")))
    reads = tuple(module.READ for module in _optional(f"{package}.reads"))
    bulk = tuple(module.BULK for module in _optional(f"{package}.bulk"))
    return Rooms(service, views, deadlines, effects, reads, bulk)


def _optional(package: str) -> list[ModuleType]:
    """The modules of a room that only some services have."""
    return [] if find_spec(package) is None else modules_in(import_module(package))
