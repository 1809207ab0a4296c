"""How every command runs, shows that it works, and prints data for programs."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from closedloop.failing import Failed
from shared.config import Settings
from shared.telemetry import set_up

AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON, for programs.")]
T = TypeVar("T")


def run(process: str, main: Coroutine[Any, Any, T]) -> T:
    """Run to the end. Exit status: 0 done, 1 differences or rejects found, 2 wrong use, 3 could not be done."""
    set_up(Settings(), process)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main)
    except Failed as failed:
        typer.secho(str(failed), err=True, fg="red")
        raise typer.Exit(failed.status) from None
    except KeyboardInterrupt:
        typer.secho("Stopped. What was done is kept; the same command goes on from there.", err=True)
        raise typer.Exit(130) from None


def progress(console: Console) -> Progress:
    """A bar that is gone at the end, and is not there where nobody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)


def print_json(data: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
