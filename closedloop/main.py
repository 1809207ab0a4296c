"""`closedloop`: the command line."""

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from closedloop import commands as work
from closedloop import parked, processes
from closedloop.backup.commands import backup_app, restore_app
from closedloop.status_told import as_data, as_text
from closedloop.terminal import AsJson
from closedloop.terminal import print_json as _print_json
from closedloop.terminal import progress as _progress
from closedloop.terminal import run as _run
from closedloop.views import views_app
from shared.config import Settings
from shared.events.vocabulary import Language
from shared.language import spoken_at

app = typer.Typer(
    name="closedloop",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Complaint handling with a closed-loop audit trail. Start with `closedloop run`. Settings come from "
    "CLOSEDLOOP_* variables (docs/settings.md); the data folder is CLOSEDLOOP_DATA, ./var if unset.",
)
parked_app = typer.Typer(no_args_is_help=True, help="Events that could not be taken in and wait: list, show, release.")
app.add_typer(parked_app, name="parked")
due_app = typer.Typer(no_args_is_help=True, help="Deadlines and payments that failed or are late: list, retry.")
app.add_typer(due_app, name="due")
app.add_typer(backup_app, name="backup")
app.add_typer(restore_app, name="restore")
app.add_typer(views_app, name="views")

ServiceName = Annotated[str, typer.Argument(help="directory, intake, investigation, resolution or callback")]


@app.command()
def run() -> None:
    """Start the whole system in this process and say where to go. Ctrl-C ends it; data stays."""
    _run("run", work.run(Settings(), typer.echo))


@app.command()
def serve(service: ServiceName) -> None:
    """Serve one service's HTTP API (for a cluster; needs CLOSEDLOOP_DATABASE)."""
    _run("serve", processes.serve(Settings(), service))


@app.command("work")
def work_(service: ServiceName) -> None:
    """Run one service's worker: relay, subscribers, what is due (for a cluster; needs CLOSEDLOOP_DATABASE)."""
    _run("work", processes.work(Settings(), service))


@app.command()
def gateway(
    api: Annotated[list[str], typer.Option(help="An API process, as SERVICE=URL; once for each.")],
) -> None:
    """Show many API processes of every service under one address, CLOSEDLOOP_HOST and CLOSEDLOOP_PORT."""
    _run("gateway", processes.run_gateway(Settings(), api))


@app.command()
def status(
    partitions: Annotated[bool, typer.Option("--partitions", help="Every subscriber, partition by partition.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who runs what, how far behind, what waits. Exit status 1 if something needs a person. Starts nothing."""
    found = _run("status", processes.status(Settings()))
    if as_json:
        _print_json(as_data(found))
    else:
        Console().print(as_text(found, partitions=partitions))
    raise typer.Exit(1 if found.needs else 0)


@app.command()
def migrate() -> None:
    """Bring every service's database to its newest shape."""
    _run("migrate", processes.migrate(Settings(), typer.echo))


@app.command()
def topics() -> None:
    """Make sure that the log is there with the partitions it must have."""
    _run("topics", processes.topics(Settings(), typer.echo))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to read.")],
    format_: Annotated[
        str,
        typer.Option("--format", help="cfpb (the public database's columns), csv (ours) or open (open cases, ours)."),
    ],
    person: Annotated[
        str | None, typer.Option("--as", help="Which triage lead takes over open cases: their staff id.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where bad rows go; default: FILE.rejects.csv")] = None,
    as_json: AsJson = False,
) -> None:
    """Stream a file of complaints into intake. Twice is once: known ones are counted and left alone.

    With --format open: the open cases of an old system, taken over in the middle of their life by a triage lead.
    """
    console = Console(stderr=True)
    with _progress(console) as progress:
        task = progress.add_task(f"importing {file.name}", total=None)
        told = work.import_file(
            Settings(), file, format_, rejects or file.with_name(f"{file.name}.rejects.csv"),
            lambda rows: progress.update(task, completed=rows), person,
        )  # fmt: skip
        summary = _run("import", told)
    if as_json:
        _print_json(summary.as_data())
    else:
        typer.echo(summary.in_words())
    raise typer.Exit(0)


@app.command()
def simulate(
    complaints: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many complaints to work.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Let people of all roles work complaints through the HTTP APIs on a moved clock, refusals included."""
    console = Console(stderr=True)
    with _progress(console) as progress:
        task = progress.add_task("working complaints", total=complaints)
        told = work.simulate(Settings(), complaints, seed, lambda done: progress.update(task, completed=done))
        outcome = _run("simulate", told)
    if as_json:
        _print_json(outcome.as_data())
    else:
        Console().print(outcome.as_table())
    raise typer.Exit(0 if outcome.ok else 1)


@app.command()
def replay(
    service: Annotated[str | None, typer.Option(help="Only this service's views.")] = None,
    view: Annotated[str | None, typer.Option(help="Only the view of this name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build views anew from the first event on, beside the live ones, and flip. Nothing is sent or paid again."""
    console = Console(stderr=True)
    with _progress(console) as progress:
        rebuilt = _run("replay", work.replay(Settings(), service, view, progress))
    if as_json:
        _print_json([each.as_data() for each in rebuilt])
        return
    table = Table("service", "view", "events", "rows", "seconds", "events/s")
    for each in rebuilt:
        table.add_row(*each.as_cells())
    Console().print(table)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Prove that log, stores and views agree and that no never-rule was broken. Exit status 1 on any difference."""
    console = Console(stderr=True)
    with _progress(console) as progress:
        task = progress.add_task("verifying", total=None)
        report = _run(
            "verify", work.verify(Settings(), lambda done, of: progress.update(task, completed=done, total=of))
        )
    if as_json:
        _print_json(report.as_data())
    else:
        for line in work.report_lines(report):
            typer.echo(line)
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def timeline(
    complaint: Annotated[str, typer.Argument(help="Its number (ABCD-1234) or its id.")],
    language: Annotated[
        Language | None, typer.Option(help="In which language to tell it; default: the terminal's (LANG).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Every event of a complaint in order, in plain words."""
    told = work.timeline_of(Settings(), complaint, language or spoken_at(os.environ))
    entries = _run("timeline", told)
    if as_json:
        _print_json([{name: getattr(entry, name) for name in entry.__slots__} for entry in entries])
        return
    for entry in entries:
        typer.echo(f"{entry.recorded:%Y-%m-%d %H:%M:%S}Z  {entry.service:<13}  {entry.says}")


@parked_app.command("list")
def parked_list(as_json: AsJson = False) -> None:
    """What waits, where, since when and why."""
    rows = _run("parked", parked.parked_list(Settings()))
    if as_json:
        _print_json([row.as_data() for row in rows])
        return
    if not rows:
        typer.echo("Nothing is parked.")
        return
    table = Table("service", "subscriber", "subject", "events", "first reason", "since")
    for row in rows:
        table.add_row(*row.as_cells())
    Console().print(table)


@parked_app.command("show")
def parked_show(service: ServiceName, subject: Annotated[str, typer.Argument(help="Such as complaint:<id>.")]) -> None:
    """Every parked event of a subject: its place in the log, type and version. Sealed data stays sealed."""
    for line in _run("parked", parked.parked_show(Settings(), service, subject)):
        typer.echo(line)


@parked_app.command("release")
def parked_release(
    service: ServiceName, subject: Annotated[str, typer.Argument(help="Such as complaint:<id>.")]
) -> None:
    """Try the parked events of a subject again, in order. What still fails stays parked."""
    released, left = _run("parked", parked.parked_release(Settings(), service, subject))
    typer.echo(f"{released} released, {left} still parked.")
    raise typer.Exit(0 if not left else 1)


@due_app.command("list")
def due_list(
    service: Annotated[str | None, typer.Option(help="Only this service's.")] = None, as_json: AsJson = False
) -> None:
    """What failed, and what is late: of which case, since when, how often it was tried and how that ended."""
    late = _run("due", work.due_list(Settings(), service))
    if as_json:
        _print_json([each.as_data() for each in late])
        return
    for each in late:
        typer.echo(each.in_words())
    if not late:
        typer.echo("Nothing failed, and nothing is late.")


@due_app.command("retry")
def due_retry(row: Annotated[UUID, typer.Argument(metavar="ID", help="As `due list` shows it.")]) -> None:
    """Take up a failed deadline again, after its cause is gone. Nothing that may have left the house is retried."""
    service = _run("due", work.due_retry(Settings(), row))
    typer.echo(f"The worker of {service} takes it up again.")


if __name__ == "__main__":
    app()
