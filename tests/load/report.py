"""The table that is printed, and the JSON that is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.load.measuring import Line, Spread

FOLDER = Path(__file__).parents[2] / "docs" / "benchmarks"


def printed(console: Console, machine: Mapping[str, Any], lines: Sequence[Line]) -> None:
    """One table of ratios, the machine above it."""
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['kernel']}, "
        f"Python {machine['python']}, PostgreSQL {machine['postgresql']}, load {machine['load_at_start']} at the start"
    )
    if not machine["is_quiet"]:
        console.print("[bold red]The machine is not quiet: neither figures nor ratios of this run are to be trusted.")
    table = Table("what", "unit", title="medians (least to most)", title_justify="left")
    for name in ("floor", "ours", "ratio", "aim"):
        table.add_column(name, justify="right")
    table.add_column("met")
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f} ×"
        met = {True: "[green]yes", False: "[red]no", None: ""}[line.is_met]
        aim = line.aim.words(line.better)
        table.add_row(line.what, line.unit, _figure(line.floor), _figure(line.ours), ratio, aim, met)
    console.print(table)


def _figure(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.least == spread.most:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.least)} to {_number(spread.most)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def as_data(machine: Mapping[str, Any], lines: Sequence[Line], size: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that was measured, for other programs."""
    rows = [
        {**asdict(line), "aim": line.aim.words(line.better), "ratio": line.ratio, "is_met": line.is_met}
        for line in lines
    ]
    return {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": dict(machine),
            "size": dict(size), "lines": rows}  # fmt: skip


def keep(data: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    """Write it under the moment of the measurement; gives the file."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = str(data["measured_at"]).replace(":", "").replace("+0000", "Z")
    path = folder / f"{moment}.json"
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")
    return path


def _plain(value: Any) -> Any:
    return asdict(value) if isinstance(value, Spread) else str(value)
