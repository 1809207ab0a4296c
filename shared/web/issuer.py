"""The built-in issuer of the embedded run: named demo people, and only on this machine.

Production has an OIDC provider; this issuer refuses to be reachable from anywhere else.
"""

import ipaddress
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.web.identity import Identity, Unauthenticated

AUDIENCE = "closedloop"
_ISSUER = "closedloop:built-in"
_ALGORITHM = "HS256"
LIFE = 12 * 3600
"""Seconds a demo token lives."""


class NotLoopback(Exception):
    """The built-in issuer was to be used where others can reach it."""


class NoDemoTokens(Exception):
    """Demo tokens were asked for where an OIDC provider lets people in."""

    def __init__(self) -> None:
        super().__init__(
            "CLOSEDLOOP_OIDC_ISSUER is set, so nobody gets a demo token here. Practise on an installation without it."
        )


def require_loopback(host: str) -> None:
    """Raises NotLoopback."""
    if not is_loopback(host):
        raise NotLoopback(
            f"Demo tokens are issued on the loopback interface only, not on {host}. Set CLOSEDLOOP_OIDC_ISSUER to let "
            "people in from elsewhere."
        )


def is_loopback(host: str) -> bool:
    """Whether it names this machine's loopback interface."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class BuiltInIssuer:
    """Issues and verifies demo tokens, signed with a secret of this installation."""

    trouble = ""

    def __init__(self, secret_file: Path) -> None:
        self._key = OctKey.import_key(_secret(secret_file))
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    def issue(self, staff_id: str, roles: Iterable[str], department: str) -> str:
        now = int(time.time())
        claims = {
            "iss": _ISSUER, "aud": AUDIENCE, "sub": staff_id, "iat": now, "exp": now + LIFE,
            "roles": sorted(roles), "department": department,
        }  # fmt: skip
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    async def ready(self, token: str) -> None:
        """Its key is here."""

    def verify(self, token: str) -> Identity:
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            self._claims.validate(claims)
            return Identity(
                id=claims["sub"],
                roles=frozenset(claims["roles"]),
                department=claims["department"],
                expires=float(claims["exp"]),
            )
        except (JoseError, ValueError, KeyError, TypeError):
            raise Unauthenticated("This token is not valid here. Get a new one.") from None


def _secret(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            # A link, not a rename: of two processes that start at once, the first to link wins and both read the same.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
