"""The file provider writes each request out exactly once, whenever its process is killed."""

import asyncio
import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from shared.decide.due import OutcomeUnknown, Provider
from shared.providers.file import FileProvider, KeyReused

ROOT = Path(__file__).parents[2]
KEY = "0190-key"
REQUEST: dict[str, Any] = {"payment": "pay-1", "amount_minor": 60000, "currency": "CNY", "complaint": "c-1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "providers" / "payments"


def lines(folder: Path) -> list[dict[str, Any]]:
    outbox = folder.with_name("payments.jsonl")
    assert not outbox.read_bytes() or outbox.read_bytes().endswith(b"\n")
    return [json.loads(line) for line in outbox.read_text().splitlines()]


def killed_at(folder: Path, step: str) -> None:
    """Another process sends, and is killed by the operating system at that step."""
    script = f"""
    import asyncio, os, signal
    from pathlib import Path
    from shared.providers import file

    def die(*_): os.kill(os.getpid(), signal.SIGKILL)
    def half(descriptor, body):
        os.write(descriptor, body[: len(body) // 2])
        die()

    {textwrap.indent(textwrap.dedent(step), "    ").strip()}
    asyncio.run(file.FileProvider(Path({str(folder)!r})).send({KEY!r}, {REQUEST!r}))
    """
    python = [sys.executable, "-c", textwrap.dedent(script)]
    ended = subprocess.run(python, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL


NOTHING_IS_OUT = {
    "while the claim was written": "file._write = half",
    "between claim and line": "file.FileProvider._append = die",
    "in the middle of the line": """
    whole = file.FileProvider._append
    def begun(self, line):
        file._write = half
        whole(self, line)
    file.FileProvider._append = begun
    """,
}
IT_IS_OUT = {"between line and note": "file.FileProvider._note = die"}


async def test_a_request_is_written_out_as_one_line_with_its_receipt(folder: Path) -> None:
    provider: Provider = FileProvider(folder)
    sent = await provider.send(KEY, REQUEST)
    assert sent.receipt and sent.refused is None
    assert lines(folder) == [{"key": KEY, "receipt": sent.receipt, "request": REQUEST}]


async def test_sending_again_adds_nothing_also_after_a_restart(folder: Path) -> None:
    first = await FileProvider(folder).send(KEY, REQUEST)
    assert await FileProvider(folder).send(KEY, REQUEST) == first
    assert len(lines(folder)) == 1


async def test_looking_up_knows_what_was_sent_and_what_never_was(folder: Path) -> None:
    assert await FileProvider(folder).look_up(KEY) is None
    sent = await FileProvider(folder).send(KEY, REQUEST)
    assert await FileProvider(folder).look_up(KEY) == sent
    assert await FileProvider(folder).look_up("another") is None


async def test_what_was_taken_up_and_removed_is_not_sent_again(folder: Path) -> None:
    provider = FileProvider(folder)
    sent = await provider.send(KEY, REQUEST)
    provider.outbox.unlink()
    assert await provider.look_up(KEY) == sent
    assert await provider.send(KEY, REQUEST) == sent
    assert not provider.outbox.exists()


async def test_another_request_under_the_same_key_is_refused_and_writes_nothing(folder: Path) -> None:
    provider = FileProvider(folder)
    await provider.send(KEY, REQUEST)
    with pytest.raises(KeyReused):
        await provider.send(KEY, {**REQUEST, "amount_minor": 1})
    assert len(lines(folder)) == 1


async def test_concurrent_sends_of_one_key_write_one_line(folder: Path) -> None:
    providers = [FileProvider(folder) for _ in range(3)]
    sent = await asyncio.gather(*(each.send(KEY, REQUEST) for each in providers * 8))
    assert len(set(sent)) == 1
    assert len(lines(folder)) == 1


def test_processes_that_send_at_once_write_each_key_once(folder: Path) -> None:
    script = f"""
    import asyncio
    from pathlib import Path
    from shared.providers.file import FileProvider

    async def all_of_them():
        provider = FileProvider(Path({str(folder)!r}))
        await asyncio.gather(*(provider.send(f"key-{{n}}", {{"n": n}}) for n in range(25)))

    asyncio.run(all_of_them())
    """
    python = [sys.executable, "-c", textwrap.dedent(script)]
    processes = [subprocess.Popen(python, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert sorted(line["request"]["n"] for line in lines(folder)) == list(range(25))


@pytest.mark.parametrize("step", NOTHING_IS_OUT.values(), ids=NOTHING_IS_OUT)
async def test_killed_before_the_line_was_whole_nothing_is_out_and_the_next_sends_it(folder: Path, step: str) -> None:
    killed_at(folder, step)
    provider = FileProvider(folder)
    assert await provider.look_up(KEY) is None
    sent = await provider.send(KEY, REQUEST)
    assert await provider.look_up(KEY) == sent
    assert [line["key"] for line in lines(folder)] == [KEY]


@pytest.mark.parametrize("step", IT_IS_OUT.values(), ids=IT_IS_OUT)
@pytest.mark.parametrize("first", ["look_up", "send"])
async def test_killed_after_the_line_it_is_out_and_nobody_sends_it_again(folder: Path, step: str, first: str) -> None:
    killed_at(folder, step)
    provider = FileProvider(folder)
    sent = await (provider.look_up(KEY) if first == "look_up" else provider.send(KEY, REQUEST))
    assert sent is not None and sent.receipt
    assert await provider.send(KEY, REQUEST) == sent
    assert [line["key"] for line in lines(folder)] == [KEY]


@pytest.mark.parametrize("step", [*NOTHING_IS_OUT.values(), *IT_IS_OUT.values()], ids=[*NOTHING_IS_OUT, *IT_IS_OUT])
async def test_whatever_a_killed_process_left_others_are_sent_and_nothing_is_sent_twice(
    folder: Path, step: str
) -> None:
    await FileProvider(folder).send("before", {"n": 0})
    killed_at(folder, step)
    provider = FileProvider(folder)
    await provider.send("after", {"n": 1})
    await provider.send(KEY, REQUEST)
    assert sorted(line["key"] for line in lines(folder)) == [KEY, "after", "before"]


async def test_a_long_request_that_was_cut_short_is_replaced_whole(folder: Path) -> None:
    provider = FileProvider(folder)
    await provider.send("before", {"n": 0})
    with provider.outbox.open("ab") as outbox:
        outbox.write(b"x" * 20_000)
    await provider.send("after", {"n": 1})
    assert [line["key"] for line in lines(folder)] == ["before", "after"]


@pytest.fixture
def file_in_the_way(folder: Path) -> Path:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file stands where the folder should be")
    return folder


async def test_an_outbox_that_cannot_be_used_leaves_the_outcome_unknown(file_in_the_way: Path) -> None:
    with pytest.raises(OutcomeUnknown):
        await FileProvider(file_in_the_way).send(KEY, REQUEST)
