"""A provider over HTTP: docs/payments.md is the contract, written for whoever implements the other side.

What is not plainly an answer of that contract leaves the outcome unknown. Two things are certain without one: whatever
fails while connecting never left, and a request that is turned away with 401, 403 or 429 was not read.
"""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import structlog

from shared.decide.due import NotTaken, OutcomeUnknown, Sent
from shared.providers.token import bearer_token
from shared.secrets import SecretRefused

MAX_ANSWER = 64 * 1024
"""Bytes of an answer. What is longer is no receipt."""
REFUSED = frozenset({400, 402, 422})
"""With a reason in the answer: refused for good."""
TURNED_AWAY = frozenset({401, 403, 429})
"""Our token, our rights or our pace are wrong, not the payment: it was not read."""
_UNREACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_AT_ONCE = 64

log = structlog.get_logger("closedloop.payments")


class HttpProvider:
    """Provider over `{url}/payments`; close it after use.

    `url` is https, or http on the loopback interface. The token's file is read for each request, so that a token can be
    replaced while we run. `connect` and `read`: seconds to be connected, and for each piece of the answer; for all of
    it, their sum. Raises ValueError for another address or a file without a token, OSError without a file.
    """

    def __init__(self, url: str, token: Path, *, connect: float = 5.0, read: float = 10.0) -> None:
        self._payments = f"{checked_url(url)}/payments"
        self._token = token
        self._within = connect + read
        bearer_token(token)
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(read, connect=connect),
            # A connection that was kept may be closed by the other side just now: it would look like a lost payment.
            limits=httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0),
            follow_redirects=False,
            # The environment may say which certificates are trusted (SSL_CERT_FILE), but name no proxy or password.
            trust_env=False,
            verify=httpx2.create_ssl_context(),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "closedloop"},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        """Ask for the payment, once for this key. Raises OutcomeUnknown, NotTaken."""
        # The same request gives the same bytes: a provider may compare them under the same key.
        body = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        status, said = await self._ask("POST", self._payments, headers, body)
        outcome = _outcome(said)
        if outcome is not None and (200 <= status < 300 if outcome.receipt else status in REFUSED):
            return outcome
        log.warning("payment_not_answered", key=key, status=status)
        raise (NotTaken if status in TURNED_AWAY else OutcomeUnknown)(f"status {status}")

    async def look_up(self, key: str) -> Sent | None:
        """What became of the payment under this key; None if there never was one. Raises OutcomeUnknown."""
        # Not even a cache on the way may answer for the provider.
        headers = {"Cache-Control": "no-store"}
        status, said = await self._ask("GET", f"{self._payments}/{quote(key, safe='')}", headers)
        if status == httpx2.codes.NOT_FOUND:
            return None
        outcome = _outcome(said)
        if status == httpx2.codes.OK and outcome is not None:
            return outcome
        log.warning("payment_not_known", key=key, status=status)
        raise OutcomeUnknown(f"status {status}")

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer, None for what is no JSON. Raises OutcomeUnknown, NotTaken."""
        proven = {**headers, "Authorization": f"Bearer {self._read_token()}"}
        try:
            async with (
                asyncio.timeout(self._within),
                self._client.stream(method, url, headers=proven, content=body) as answer,
            ):
                return answer.status_code, _json(await _bounded(answer))
        except _UNREACHED as unreached:
            # Its words come from the system or from TLS, before anything of the payment was said.
            log.warning("payment_not_sent", error=type(unreached).__name__, why=str(unreached))
            raise NotTaken(type(unreached).__name__) from unreached
        except (httpx2.HTTPError, OSError) as silence:
            log.warning("payment_not_answered", error=type(silence).__name__)
            raise OutcomeUnknown(type(silence).__name__) from silence

    def _read_token(self) -> str:
        try:
            return bearer_token(self._token)
        except (SecretRefused, OSError) as missing:
            log.warning("payment_not_sent", error=type(missing).__name__)
            raise NotTaken("there is no token") from missing


async def _bounded(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MAX_ANSWER:
            raise OutcomeUnknown("the answer is too long")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _outcome(said: Any) -> Sent | None:
    """The receipt, or the reason of a refusal; None for neither, both, or what is no text."""
    if not isinstance(said, dict):
        return None
    receipt, reason = said.get("receipt"), said.get("reason")
    if isinstance(receipt, str) and receipt and reason is None:
        return Sent(receipt=receipt)
    if isinstance(reason, str) and reason and receipt is None:
        return Sent(refused=reason)
    return None


def checked_url(url: str) -> str:
    """The address without a slash at its end. Raises ValueError, which never quotes it: it may hold a password."""
    with_what = "CLOSEDLOOP_PAYMENTS_URL must be an https address (http only on this machine's loopback interface)"
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ValueError(f"{with_what}, and this is none.") from None
    if parts.userinfo or parts.query or parts.fragment:
        raise ValueError(f"{with_what}, without a name, password, ? or # in it.")
    if not parts.host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.host))):
        raise ValueError(f"{with_what}.")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
