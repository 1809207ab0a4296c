"""The public keys of an OIDC provider: fetched by its discovery, kept, and asked for again when one is not known."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, OctKey, RSAKey

from shared.web.issuer import is_loopback

FRESH = 300.0
"""Seconds until the keys are fetched again: a key that the provider took back is trusted no longer than this."""
AGAIN = 15.0
"""Seconds until the next attempt after one that failed."""
APART = 5.0
"""Seconds between two fetches at least, however many tokens name keys that nobody knows."""
TRUSTED = 24 * 3600.0
"""Seconds that keys are used while the provider does not answer. Any token that was given out before has ended then."""
_PATIENCE = 5.0
_MAX_ANSWER = 1024 * 1024
_MIN_RSA = 2048

log = structlog.get_logger("closedloop.oidc")


class ProviderUnfit(Exception):
    """What the provider answered is not what OpenID Connect Discovery promises."""


class ProviderKeys:
    """Signing keys by their id. `start` before use, `stop` after it.

    A provider that is away ends nothing: what was fetched is used on, `trouble` says why nothing newer came, and the
    next attempt follows. Raises ValueError for an issuer that is neither https nor on the loopback interface.
    """

    def __init__(
        self, issuer: str, ca: Path | None = None, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._issuer = checked(issuer)
        self._client = httpx2.AsyncClient(
            transport=transport,
            timeout=_PATIENCE,
            follow_redirects=False,
            # The environment may say which certificates are trusted, but name no proxy or password.
            trust_env=False,
            verify=ssl.create_default_context(cafile=str(ca)) if ca else httpx2.create_ssl_context(),
            headers={"Accept": "application/json", "User-Agent": "closedloop"},
        )
        self._keys: Mapping[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.trouble = "the provider's keys were not fetched yet"
        """Why there is nothing newer; empty when all is well."""

    async def start(self) -> None:
        """Fetch the keys and keep them fresh. A provider that does not answer is waited for in the background."""
        await self.refresh()
        self._keeping = asyncio.create_task(self._keep(), name="oidc keys")

    async def stop(self) -> None:
        for task in (self._keeping, self._fetching):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._client.aclose()

    @property
    def known(self) -> bool:
        """Whether there are keys that may still be used."""
        return bool(self._keys) and monotonic() - self._fetched < TRUSTED

    def get(self, key_id: str) -> Key | None:
        """The key of this id, as far as known."""
        return self._keys.get(key_id)

    async def look_for(self, key_id: str) -> None:
        """Ask the provider for a key that is not known here: it may be new. Forged ids can't make us ask often, and
        all who ask at once wait for one answer.
        """
        if key_id in self._keys:
            return
        if self._fetching is None and monotonic() - self._tried >= APART:
            self._fetching = asyncio.create_task(self.refresh())
            self._fetching.add_done_callback(self._fetched_once)
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    def _fetched_once(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(AGAIN if self.trouble else FRESH)
            await self.refresh()

    async def refresh(self) -> None:
        """Fetch the keys now. What cannot be had is said in `trouble`."""
        self._tried = monotonic()
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                keys = await self._asked()
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, ValueError, ProviderUnfit) as error:
            said = str(error) if isinstance(error, ProviderUnfit) else type(error).__name__
            self.trouble = f"the OIDC provider gives no keys: {said}"
            log.warning("oidc provider gives no keys", issuer=self._issuer, error=said, kept=len(self._keys))
            return
        if self.trouble or set(keys) != set(self._keys):
            log.info("oidc keys fetched", issuer=self._issuer, keys=sorted(keys))
        self._keys, self._fetched, self.trouble = keys, monotonic(), ""

    async def _asked(self) -> dict[str, Key]:
        discovered = await self._json(f"{self._issuer}/.well-known/openid-configuration")
        # Else whoever can answer in the provider's place could speak for another one.
        if discovered.get("issuer") != self._issuer:
            raise ProviderUnfit("it names another issuer than CLOSEDLOOP_OIDC_ISSUER")
        try:
            where = checked(str(discovered.get("jwks_uri")))
        except ValueError:
            raise ProviderUnfit("its jwks_uri is no https address") from None
        found = (await self._json(where)).get("keys")
        keys = {key.kid: key for each in found if (key := _usable(each)) and key.kid} if isinstance(found, list) else {}
        if not keys:
            raise ProviderUnfit("there is no signing key among them that we take")
        return keys

    async def _json(self, url: str) -> dict[str, Any]:
        async with self._client.stream("GET", url) as response:
            if response.status_code != httpx2.codes.OK:
                raise ProviderUnfit(f"it answered {response.status_code}")
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MAX_ANSWER:
                    raise ProviderUnfit("its answer is too long")
        said = orjson.loads(body)
        if not isinstance(said, dict):
            raise ProviderUnfit("its answer is no JSON object")
        return said


def _usable(jwk: Any) -> Key | None:
    """A public key that signs, and has a name. A secret one (`oct`) would let whoever reads it sign."""
    try:
        key = JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, OctKey) or key.get("use") not in (None, "sig") or key.kid is None:
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _MIN_RSA:
        return None
    return key


def checked(url: str) -> str:
    """The address, as it is. Raises ValueError unless it is https, or http on the loopback interface."""
    wrong = "CLOSEDLOOP_OIDC_ISSUER must be the provider's https address (http only on this machine's loopback)."
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ValueError(wrong) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.host))
    if not parts.host or not is_safe or parts.userinfo or parts.query or parts.fragment:
        raise ValueError(wrong)
    return url
