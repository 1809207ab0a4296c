"""A secret in a file that only its owner (and, read-only, its group) can read; an environment is shown to many."""

import os
from pathlib import Path
from typing import Final

_TOO_OPEN: Final = 0o027
"""Anything for others, and writing for the group. Reading by the group is how an orchestrator mounts a secret."""
_MOST: Final = 64 * 1024


class SecretRefused(ValueError):
    """The file holds no usable secret; the message says what to do, and never quotes it."""


def secret_in(path: Path) -> str:
    """The text of this file, without white space around it. Raises SecretRefused, or OSError."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & _TOO_OPEN:
            raise SecretRefused(
                f"{path} can be read or changed by others than its owner (mode {mode & 0o777:04o}): "
                "make it private with chmod 600, and have the secret replaced"
            )
        secret = file.read(_MOST).decode("utf-8", "replace").strip()
    if not secret:
        raise SecretRefused(f"{path} is empty: put the secret into it, alone on one line")
    return secret
