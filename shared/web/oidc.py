"""Tokens of an OIDC provider: checked here by its public keys, so that no request waits for it.

Who somebody is, which roles they hold and where they work, the provider says (docs/operations.md, "Signing in"); what
they may do on a case, the rules and the directory.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import Key

from shared.config import Settings
from shared.decide import Refused
from shared.web.identity import Identity, Unauthenticated
from shared.web.oidc_keys import ProviderKeys

ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
"""Asymmetric ones only: with `HS256` a public key would be a secret that all know, and `none` needs no key at all."""
LEEWAY = 10
"""Seconds by which the provider's clock and ours may differ."""
_TYPES = frozenset({None, "jwt", "at+jwt", "application/at+jwt"})
"""What a header may say that the token is: an access token, not one that says that somebody signed out."""

log = structlog.get_logger("closedloop.oidc")


class SignInUnavailable(Refused):
    """No token can be checked: the provider has not answered since we started, or for a day."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "sign_in_unavailable",
            "The sign-in service does not answer, so nobody is let in. Try again in a minute.",
        )


class OidcTokens:
    """Keeps `Tokens`, with the provider that the settings name."""

    def __init__(self, settings: Settings, keys: ProviderKeys) -> None:
        self._keys = keys
        self._staff_id, self._roles, self._department = (
            settings.oidc_staff_claim, settings.oidc_roles_claim, settings.oidc_department_claim,
        )  # fmt: skip
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.oidc_issuer or ""},
            aud={"essential": True, "value": settings.oidc_audience},
            exp={"essential": True},
        )

    @property
    def trouble(self) -> str:
        return "" if self._keys.known else self._keys.trouble

    async def ready(self, token: str) -> None:
        key_id = _key_id(token)
        if key_id is not None:
            await self._keys.look_for(key_id)

    def verify(self, token: str) -> Identity:
        """Raises Unauthenticated, and SignInUnavailable while there is no key at all."""
        if not self._keys.known:
            raise SignInUnavailable
        try:
            decoded = jwt.decode(token, self._key(token), algorithms=ALGORITHMS)
            self._claims.validate(decoded.claims)
            return self._identity(decoded.claims)
        except ExpiredTokenError:
            raise Unauthenticated("Your token has expired. Sign in again.") from None
        except (JoseError, ValueError, KeyError, TypeError) as error:
            # The operator needs to know why (mostly a wrong audience); the caller, who may be guessing, does not.
            log.info("token refused", why=f"{type(error).__name__}: {_said(error)}")
            raise Unauthenticated("This token is not valid here. Get a new one.") from None

    def _key(self, token: str) -> Key:
        """The key that the token names, if that may be used as the token says. Raises KeyError, JoseError."""
        header = _header(token)
        if str(header.get("typ") or "jwt").lower() not in _TYPES:
            raise KeyError("typ")
        key = self._keys.get(str(header["kid"]))
        if key is None or key.get("alg") not in (None, header.get("alg")):
            raise KeyError("kid")
        return key

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        """Raises KeyError for a claim that is missing, ValueError for one of another form."""
        # Keycloak says it there: its ID tokens and refresh tokens are signed by the same keys.
        if claims.get("typ", "Bearer") not in ("Bearer", "JWT", "at+jwt"):
            raise KeyError("typ")
        staff_id, department = claim(claims, self._staff_id), claim(claims, self._department)
        roles = claim(claims, self._roles)
        roles = roles.split() if isinstance(roles, str) else roles
        if not isinstance(staff_id, str) or not isinstance(department, str) or not department:
            raise ValueError("the staff id or the department is no text")
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise ValueError("the roles are no list of texts")
        return Identity(staff_id, frozenset(roles), department, float(claims["exp"]) + LEEWAY)


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path with dots into one (`realm_access.roles`). Raises KeyError with the name."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            raise KeyError(name)
        found = found[part]
    return found


def _header(token: str) -> Mapping[str, Any]:
    """What the token says of itself; nothing is proven by it. Raises JoseError, ValueError."""
    return jws.extract_compact(token.encode()).headers()


def _key_id(token: str) -> str | None:
    try:
        said = _header(token).get("kid")
    except (JoseError, ValueError):
        return None
    return said if isinstance(said, str) and len(said) <= 200 else None


def _said(error: Exception) -> str:
    """The name of what was wrong, never its value."""
    return str(getattr(error, "claim", None) or (error.args[0] if isinstance(error, KeyError) else ""))
