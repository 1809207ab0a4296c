"""Processes of the system that are killed, stopped and started again, and somebody who starts what ended by itself."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.fixtures.processes import ROOT

_ERROR = re.compile(r"\b[\w.]*[A-Z]\w+(?:Error|Unavailable|Collision|Fenced|Log|Skew|Exception): .*")


@dataclass
class Child:
    """One process of ours under a name. `wanted`: it is to run; what ends nevertheless is started again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    printed: Path
    wanted: bool = False
    ended_by_itself: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, if it does not run."""
        self.wanted = True
        if self.alive:
            return
        with self.printed.open("ab") as printed:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, cwd=self.printed.parent,
                env=self.environment, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would end it."""
        self.wanted = False
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def pause(self) -> None:
        """As a machine that swaps or a stopped virtual machine would: nothing is closed, time goes on."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def look(self) -> bool:
        """Start it again if it ended although nobody asked for that; says whether it did."""
        if not self.wanted or self.alive or self._process is None:
            return False
        self.ended_by_itself.append(self._process.returncode)
        self.start()
        return True

    def last_said(self, lines: int) -> list[str]:
        """The end of what it printed."""
        return self.printed.read_text(errors="replace").splitlines()[-lines:] if self.printed.exists() else []

    def reason(self) -> str:
        """The error it ended with, by its own last words; or these."""
        lines = self.last_said(80)
        errors = [found[0] for line in lines if (found := _ERROR.search(line))]
        return (errors or lines or ["nothing was said"])[-1][:300]

    def end(self, within: float = 10.0) -> None:
        """Ask it to end, and see it gone."""
        self.wanted = False
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(within)
            self.kill()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)


def of_ours(
    name: str, arguments: Sequence[str], home: Path, environment: Mapping[str, str], without: str | None
) -> Child:
    """A process of Closedloop, with a clock of its own that a fault may move; `without` one of the guards."""
    command = [sys.executable, "-m", "tests.chaos.child", "--clock", str(clock_of(home, name))]
    command += ["--without", without] if without else []
    path = {"PYTHONPATH": str(ROOT)}
    return Child(name, [*command, "--", *arguments], {**environment, **path}, home / f"{name}.out")


def clock_of(home: Path, name: str) -> Path:
    """The file that says by how many seconds this process's clock is off."""
    return home / f"{name}.clock"


def until(holds: Callable[[], bool], within: float, what: str) -> None:
    """Wait for something outside. Raises AssertionError."""
    give_up = time.monotonic() + within
    while not holds():
        assert time.monotonic() < give_up, f"after {within:.0f} s still not: {what}"
        time.sleep(0.05)
