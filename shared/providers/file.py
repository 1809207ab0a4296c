"""A provider that writes each request into a file, once: for an installation whose payments are taken up from there.

Two steps a request, each durable before the next: its claim, a file of its own that can be created only once, and its
line in the outbox. A third file notes that the line is out, so that nobody has to search for it. A process killed
between the steps leaves a claim without a line, or a line without its note; whoever comes next with the key finds out
which, by reading the outbox from where the claim says that it ended then.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from shared.decide.due import OutcomeUnknown, Sent

T = TypeVar("T")

_READABLE_BY_US = 0o600
"""Payment instructions are nobody else's business on a shared machine."""


class KeyReused(ValueError):
    """The key was used for another request before. A bug of the caller: nothing was written."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a key stands for, and how long the outbox was when it was claimed."""

    line: bytes
    size: int

    def to_bytes(self) -> bytes:
        return json.dumps({"size": self.size, "line": self.line.decode()}).encode()

    @classmethod
    def parse(cls, body: bytes) -> "_Claim | None":
        """None for a claim whose writing was cut short: then its line was not begun."""
        try:
            raw = json.loads(body)
            return cls(raw["line"].encode(), raw["size"])
        except (ValueError, KeyError, TypeError):
            return None


class FileProvider:
    """Provider over a folder named after it: claims go into `<folder>/`, lines into `<folder>.jsonl` beside it.

    A line is `{"key", "receipt", "request"}`, complete only with its line end. Any number of tasks and processes of
    one machine may use the same folder. Take the outbox away only while none does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outbox = folder.with_name(f"{folder.name}.jsonl")

    async def send(self, key: str, request: dict[str, Any]) -> Sent:
        """Write the request out, once for this key. Raises OutcomeUnknown, KeyReused."""
        return await self._in_thread(lambda: self._send(key, request))

    async def look_up(self, key: str) -> Sent | None:
        """The receipt of what was written out under this key; None if nothing was. Raises OutcomeUnknown."""
        return await self._in_thread(lambda: self._look_up(key))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as trouble:
            raise OutcomeUnknown(f"the outbox can't be used: {trouble.strerror}") from trouble

    def _send(self, key: str, request: dict[str, Any]) -> Sent:
        line = _line(key, request)
        with self._alone():
            claim = self._claim(key)
            if claim is None:
                claim = self._claimed(key, line)
            elif claim.line != line:
                raise KeyReused("another request was sent under this key before")
            if not self._is_out(key, claim):
                self._append(claim.line)
                self._note(key)
        return Sent(receipt=_receipt(key))

    def _look_up(self, key: str) -> Sent | None:
        if not self.folder.exists():
            return None
        with self._alone():
            claim = self._claim(key)
            is_out = claim is not None and self._is_out(key, claim)
        return Sent(receipt=_receipt(key)) if is_out else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, in this process and others; the system lets go when a process dies."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, _READABLE_BY_US)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _claim(self, key: str) -> _Claim | None:
        path = self._path(key, "claim")
        claim = _Claim.parse(path.read_bytes()) if path.exists() else None
        if claim is None:
            path.unlink(missing_ok=True)
        return claim

    def _claimed(self, key: str, line: bytes) -> _Claim:
        claim = _Claim(line, self._whole_lines())
        _create(self._path(key, "claim"), claim.to_bytes())
        return claim

    def _is_out(self, key: str, claim: _Claim) -> bool:
        if self._path(key, "sent").exists():
            return True
        if not self.outbox.exists():
            return False
        with self.outbox.open("rb") as lines:
            lines.seek(claim.size)
            found = any(line == claim.line for line in lines)
        if found:
            self._note(key)
        return found

    def _note(self, key: str) -> None:
        """The line is out. It is made durable first: whoever wrote it may have died before."""
        outbox = os.open(self.outbox, os.O_RDWR)
        try:
            os.fsync(outbox)
        finally:
            os.close(outbox)
        _create(self._path(key, "sent"), b"")

    def _append(self, line: bytes) -> None:
        whole = self._whole_lines()
        outbox = os.open(self.outbox, os.O_CREAT | os.O_RDWR | os.O_APPEND, _READABLE_BY_US)
        try:
            # What a killed writer left of its line was never a whole instruction; ours must not grow onto it.
            os.ftruncate(outbox, whole)
            _write(outbox, line)
        finally:
            os.close(outbox)
        _sync_folder(self.outbox.parent)

    def _whole_lines(self) -> int:
        """How many bytes of the outbox are whole lines."""
        if not self.outbox.exists():
            return 0
        with self.outbox.open("rb") as lines:
            end = lines.seek(0, os.SEEK_END)
            while end > 0:
                begin = max(0, end - 4096)
                lines.seek(begin)
                at = lines.read(end - begin).rfind(b"\n")
                if at >= 0:
                    return begin + at + 1
                end = begin
        return 0

    def _path(self, key: str, what: str) -> Path:
        return self.folder / f"{_fingerprint(key)}.{what}"


def _fingerprint(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _receipt(key: str) -> str:
    return f"file-{_fingerprint(key)[:32]}"


def _line(key: str, request: dict[str, Any]) -> bytes:
    whole = {"key": key, "receipt": _receipt(key), "request": request}
    return json.dumps(whole, sort_keys=True).encode() + b"\n"


def _create(path: Path, body: bytes) -> None:
    """A new file, durable with its name. Raises FileExistsError."""
    made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _READABLE_BY_US)
    try:
        _write(made, body)
    finally:
        os.close(made)
    _sync_folder(path.parent)


def _write(descriptor: int, body: bytes) -> None:
    while body:
        body = body[os.write(descriptor, body) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Without this a file's name can be lost with the power, though its content is safe."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
