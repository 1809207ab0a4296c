"""Opens the rooms of a service: what it is made of is found where it lies, never listed by hand.

A new command is one file in `commands/`, a new screen's question one file in `views/`.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from shared.decide.due import Deadline, Effect
from shared.decide.service import Service, commands_in, modules_in, reactions_in
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
    return Rooms(service, views, deadlines, effects, _reads(f"{package}.reads"))


def _reads(package: str) -> tuple[Read, ...]:
    """A room that a service has only if it answers what no single view can."""
    if find_spec(package) is None:
        return ()
    return tuple(module.READ for module in modules_in(import_module(package)))
