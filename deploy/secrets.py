"""Makes the secrets of an installation that runs in containers: one password for every role, and the vault's key.

    sudo .venv/bin/python -m deploy.secrets /etc/closedloop

What is there stays: run it again after an upgrade that brings another service. The files belong to the users that the
containers run as, and nobody else may read them; therefore root. Keep `master.key` apart from the back-ups of the
databases: whoever has both reads everything, and whoever has lost it reads nothing.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from closedloop.installation import SERVICES
from shared.privacy.masterkey import MASTER_BYTES
from shared.store.rights import KINDS, role_of

CLOSEDLOOP, POSTGRES = 10001, 999
"""Users in our image, and in PostgreSQL's."""
OWNER = "closedloop_owner"
DATABASES = (*SERVICES, "vault")


def roles() -> list[str]:
    """Every role that a running process connects as."""
    return [role_of(database, kind) for database in DATABASES for kind in KINDS]


def pgpass(passwords: Mapping[str, str], *names: str) -> str:
    """What PostgreSQL's clients look passwords up in, wherever the server is. Ours hold no character to escape."""
    return "".join(f"*:*:*:{name}:{passwords[name]}\n" for name in names)


def first_statements(passwords: Mapping[str, str]) -> str:
    """What the server runs once, when it is empty. The owner makes the others' roles, so that it may grant to them."""
    return "\n".join(
        [
            f"create role {OWNER} login createrole password '{passwords[OWNER]}';",
            *(f"create database {name} owner {OWNER};" for name in DATABASES),
            f"set role {OWNER};",
            *(f"create role {name} login password '{passwords[name]}';" for name in roles()),
            "",
        ]
    )


def files(passwords: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Who reads it and what it says, by its name."""
    processes = [(service, kind) for service in SERVICES for kind in KINDS]
    return {
        "postgres.password": (POSTGRES, passwords["postgres"]),
        "roles.sql": (POSTGRES, first_statements(passwords)),
        "owner.pgpass": (CLOSEDLOOP, pgpass(passwords, OWNER)),
        **{
            f"{service}-{kind}.pgpass": (
                CLOSEDLOOP,
                pgpass(passwords, role_of(service, kind), role_of("vault", kind)),
            )
            for service, kind in processes
        },
    }


def make(folder: Path) -> list[str]:
    """Write what is not there yet; the names of what was written. Raises OSError, ValueError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    known = folder / "passwords"
    before = dict(line.split(":") for line in known.read_text().splitlines()) if known.exists() else {}
    passwords = {name: before.get(name) or secrets.token_urlsafe(32) for name in ("postgres", OWNER, *roles())}
    _write(known, os.geteuid(), "".join(f"{name}:{password}\n" for name, password in passwords.items()).encode())
    written = []
    for name, (owner, text) in files(passwords).items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            _write(path, owner, text.encode())
            written.append(name)
    if not (folder / "master.key").exists():
        _write(folder / "master.key", CLOSEDLOOP, secrets.token_bytes(MASTER_BYTES))
        written.append("master.key")
    return written


def _write(path: Path, owner: int, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        if os.geteuid() == 0:
            os.fchown(file.fileno(), owner, owner)
        file.write(content)
    draft.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy.secrets", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    try:
        written = make(folder)
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{len(written)} files written in {folder}: {', '.join(written) or 'all were there'}")
    if os.geteuid() != 0:
        print("They are yours, and the containers' users can't read them: run this as root.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
