"""What a house practises on: refusals and silence by the amount, all else as the provider behind has it."""

from pathlib import Path
from typing import Any

import pytest

from shared.config import Settings
from shared.decide.due import OutcomeUnknown
from shared.providers.chosen import open_providers
from shared.providers.file import FileProvider
from shared.providers.sandbox import Sandbox


def payment(minor: int) -> dict[str, Any]:
    return {"payment": "pay-1", "amount_minor": minor, "currency": "CNY"}


async def test_amounts_that_end_in_13_are_refused_and_nothing_is_paid(tmp_path: Path) -> None:
    sandbox = Sandbox(FileProvider(tmp_path / "payments"))
    sent = await sandbox.send("k1", payment(8_813))
    assert (sent.receipt, sent.refused) == (None, "account-closed")
    assert not (tmp_path / "payments.jsonl").exists()


async def test_of_amounts_that_end_in_17_nobody_says_anything(tmp_path: Path) -> None:
    sandbox = Sandbox(FileProvider(tmp_path / "payments"))
    with pytest.raises(OutcomeUnknown):
        await sandbox.send("k1", payment(8_817))
    with pytest.raises(OutcomeUnknown):
        await sandbox.look_up("k1")
    assert not (tmp_path / "payments.jsonl").exists()


async def test_all_else_is_paid_and_known(tmp_path: Path) -> None:
    sandbox = Sandbox(FileProvider(tmp_path / "payments"))
    paid = await sandbox.send("k1", payment(8_800))
    assert paid.receipt and await sandbox.look_up("k1") == paid
    assert await sandbox.look_up("k2") is None


async def test_only_a_file_is_practised_on(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    service = Settings(data=tmp_path, sandbox=True, payments_url="https://pay.example", payments_token=token)
    with pytest.raises(ValueError, match="sandbox of its own"):
        async with open_providers(service):
            pass
