"""Which provider does what, by the settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from shared.config import Settings
from shared.decide.due import Provider
from shared.providers.file import FileProvider
from shared.providers.http import HttpProvider


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Mapping[str, Provider]]:
    """By name: `payments` is the payment service whose address is set, else a file. Raises ValueError, OSError."""
    url, token = settings.payments_url, settings.payments_token
    if not url and token is None:
        yield {"payments": FileProvider((settings.providers or settings.data / "providers") / "payments")}
        return
    if not url or token is None:
        # Half a setting must not turn payments into lines of a file that nobody takes up.
        raise ValueError("Set CLOSEDLOOP_PAYMENTS_URL and CLOSEDLOOP_PAYMENTS_TOKEN together, or neither.")
    payments = HttpProvider(url, token)
    try:
        yield {"payments": payments}
    finally:
        await payments.close()
