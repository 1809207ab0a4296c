"""A bearer token in a file that only its owner (and, read-only, its group) can read."""

import re
from pathlib import Path

from shared.secrets import SecretRefused, secret_in

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")


def bearer_token(path: Path) -> str:
    """The token in this file, without white space around it. Raises SecretRefused, or OSError."""
    token = secret_in(path)
    if not _TOKEN.fullmatch(token):
        raise SecretRefused(f"{path} holds no bearer token: put the token into it, alone on one line")
    return token
