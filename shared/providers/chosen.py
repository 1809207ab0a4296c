"""Which provider does what, by the settings; and that an installation keeps to the one it began with."""

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from shared.config import Settings
from shared.decide.due import Provider
from shared.providers.file import FileProvider
from shared.providers.http import HttpProvider, checked_url
from shared.providers.sandbox import Sandbox


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Mapping[str, Provider]]:
    """By name: `payments` is the payment service whose address is set, else a file. Raises ValueError, OSError."""
    url, token = settings.payments_url, settings.payments_token
    kept = settings.data / "payments-go-to"
    if not url and token is None:
        folder = (settings.providers or settings.data / "providers") / "payments"
        _keep_to(kept, f"the file {settings.providers / 'payments.jsonl'}" if settings.providers else "a file")
        file = FileProvider(folder)
        yield {"payments": Sandbox(file) if settings.sandbox else file}
        return
    if settings.sandbox:
        raise ValueError("CLOSEDLOOP_SANDBOX is for practice on a file: a payment service has a sandbox of its own.")
    if not url or token is None:
        # Half a setting must not turn payments into lines of a file that nobody takes up.
        raise ValueError("Set CLOSEDLOOP_PAYMENTS_URL and CLOSEDLOOP_PAYMENTS_TOKEN together, or neither.")
    payments = HttpProvider(url, token)
    try:
        _keep_to(kept, checked_url(url))
        yield {"payments": payments}
    finally:
        await payments.close()


def _keep_to(kept: Path, where: str) -> None:
    """Payments of one installation go to one place: another one, asked what became of a payment, says that it never had
    it, and it would be sent again. A command typed without the settings would do that. Raises ValueError.
    """
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
        draft.write_text(where)
        with suppress(FileExistsError):
            # A link never replaces: of two processes that start at once, one says where, and the other compares.
            os.link(draft, kept)
        draft.unlink()
    before = kept.read_text()
    if before != where:
        raise ValueError(
            f"The payments of this installation go to {before}, not to {where}. Set the same CLOSEDLOOP_PAYMENTS_URL "
            "and CLOSEDLOOP_PROVIDERS as before; or, to change it for good, do as docs/payments.md says."
        )
