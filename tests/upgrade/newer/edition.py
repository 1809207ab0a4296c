"""Lays the newer edition over this code. Imported before anything that opens a service's rooms."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic.config import Config
from pydantic.fields import FieldInfo

from shared.projections.view import Add, At, Upsert, number
from shared.store import migrate

HERE = Path(__file__).parent


def newest_migration() -> str:
    """The head of this code's own line of migrations, which is the same in every service."""
    return max(path.name[:4] for path in (migrate.SERVICES / "intake" / "migrations" / "versions").glob("[0-9]*.py"))


def _with_one_more(config_for: Callable[[str, str], Config]) -> Callable[[str, str], Config]:
    def made(service: str, dsn: str) -> Config:
        config = config_for(service, dsn)
        own = migrate.SERVICES / service / "migrations" / "versions"
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", f"{own}:{HERE / 'migrations'}")
        return config

    return made


def lay_over() -> None:
    """From here on this process is of the newer edition."""
    vars(migrate)["config_for"] = _with_one_more(migrate.config_for)

    from services.intake import commands, state  # noqa: PLC0415 -- not before the migrations are laid over
    from services.intake.commands import acknowledge  # noqa: PLC0415
    from services.intake.views import register  # noqa: PLC0415
    from shared.events.intake import ComplaintAcknowledged  # noqa: PLC0415
    from tests.upgrade.newer.events import ComplaintPraised  # noqa: PLC0415

    # An old fact says one thing more.
    ComplaintAcknowledged.__pydantic_fields__["heard_by"] = FieldInfo(annotation=str | None, default=None)
    ComplaintAcknowledged.model_rebuild(force=True)
    decide = acknowledge.decide
    acknowledge.decide = lambda state, command: [
        event.model_copy(update={"heard_by": "the customer"}) for event in decide(state, command)
    ]

    # A new command tells a new fact, which changes nothing of what is decided on.
    commands.__path__.append(str(HERE / "commands"))
    state.FOLDS = {**state.FOLDS, "complaint": _passing_over(state.FOLDS["complaint"], ComplaintPraised)}

    # The register's next version shows it.
    view = register.VIEW
    view.version += 1
    view.columns = (*view.columns, number("praises"))
    view.on(ComplaintPraised)(_praised)

    # Another service decides by what it did not want to know before.
    from services.callback import state as of_callback  # noqa: PLC0415

    of_callback.LEARNS = of_callback.LEARNS | {ComplaintAcknowledged}
    folds = of_callback.FOLDS
    of_callback.FOLDS = {**folds, "complaint": _passing_over(folds["complaint"], ComplaintAcknowledged)}


def _passing_over(fold: Any, event: type) -> Any:
    return replace(fold, evolve=lambda state, told: state if isinstance(told, event) else fold.evolve(state, told))


def _praised(event: Any, at: At) -> Upsert:
    return Upsert(at.subject_id, praises=Add(1))
