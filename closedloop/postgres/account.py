"""The system account that the server runs as: PostgreSQL refuses root, so root lends it an account of its own."""

import logging
import os
import pwd
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

NAME = "closedloop_pg"
_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
_READ = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as. `lent` says that we are root and the account is another than our own."""

    uid: int
    gid: int
    lent: bool

    def run(self, command: list[str]) -> int:
        """Run a command of PostgreSQL's as this account, in an environment of its own; gives its exit status.

        Our own environment stays outside: a PGPORT or PGDATA of the user's would lead the server elsewhere. Output is
        thrown away, since a pipe inherited by the server would never close; the server's log tells what went wrong.
        """
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.lent else {}
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # type: ignore[call-overload]  # **identity defeats the overloads
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            **identity,
        )
        return done.returncode

    def own(self, path: Path | int) -> None:
        """Give a directory, or an open file, to the account."""
        if self.lent:
            os.chown(path, self.uid, self.gid)

    def let_reach(self, path: Path) -> None:
        """Let the account pass through every directory above `path`: pass only, neither list nor read."""
        if not self.lent:
            return
        for directory in path.parents:
            found = directory.stat()
            if found.st_uid != self.uid and not found.st_mode & stat.S_IXOTH:
                directory.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
                _log.warning("others may now pass through %s, not list it: PostgreSQL can't run as root", directory)

    def let_execute(self, binaries: Path) -> None:
        """Let the account read the installed server, also where root installed it under a umask of 077."""
        self.let_reach(binaries)
        if not self.lent or (binaries / "postgres").stat().st_mode & stat.S_IXOTH:
            return
        for path in [binaries.parent, *binaries.parent.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | _READ | (_EXECUTE if mode & stat.S_IXUSR else 0))


def server_account(directory: Path) -> Account:
    """Whom the server of this data directory runs as: ourselves, or, when we are root, the directory's owner.

    For a directory still to be made root takes an account of its own, which is made when it is missing.
    Raises `OSError` when root can't make it.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), lent=False)
    if directory.exists() and (found := directory.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid, lent=True)
    # Two first starts at once both run useradd, and one of them fails on the lock of the user table.
    for pause in (0.0, 0.2, 1.0):
        time.sleep(pause)
        if (entry := _entry() or _add()) is not None:
            return Account(entry.pw_uid, entry.pw_gid, lent=True)
    raise OSError(f"PostgreSQL can't run as root, and useradd could not make the account {NAME}: run as a normal user.")


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _add() -> pwd.struct_passwd | None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    except FileNotFoundError as missing:
        raise OSError("PostgreSQL can't run as root, and useradd is missing: run as a normal user.") from missing
    return _entry()
