"""A bearer token in a file that only its owner (and, read-only, its group) can read."""

import os
import re
from pathlib import Path
from typing import Final

_TOO_OPEN: Final = 0o027
"""Anything for others, and writing for the group. Reading by the group is how an orchestrator mounts a secret."""
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")


class TokenRefused(ValueError):
    """The file holds no usable token; the message says what to do, and never quotes it."""


def bearer_token(path: Path) -> str:
    """The token in this file, without white space around it. Raises TokenRefused, or OSError."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & _TOO_OPEN:
            raise TokenRefused(
                f"{path} can be read or changed by others than its owner (mode {mode & 0o777:04o}): "
                "make it private with chmod 600, and have the token replaced"
            )
        token = file.read(10_000).decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise TokenRefused(f"{path} holds no bearer token: put the token into it, alone on one line")
    return token
