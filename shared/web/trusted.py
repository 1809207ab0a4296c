"""Whose tokens a process believes: the OIDC provider's if one is set, else those of the built-in issuer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.config import Settings
from shared.web.identity import Nobody, Remembering, Tokens
from shared.web.issuer import BuiltInIssuer, require_loopback
from shared.web.oidc import OidcTokens
from shared.web.oidc_keys import ProviderKeys


@asynccontextmanager
async def open_tokens(settings: Settings, *, serves: bool) -> AsyncIterator[tuple[BuiltInIssuer | None, Tokens]]:
    """Never both: whoever can make a demo token could make one for anybody. Raises NotLoopback, ValueError."""
    if not serves:
        yield None, Nobody()
    elif settings.oidc_issuer:
        keys = ProviderKeys(settings.oidc_issuer, settings.oidc_ca)
        await keys.start()
        try:
            yield None, Remembering(OidcTokens(settings, keys))
        finally:
            await keys.stop()
    else:
        require_loopback(settings.host)
        built_in = BuiltInIssuer(settings.data / "issuer.key")
        yield built_in, Remembering(built_in)
