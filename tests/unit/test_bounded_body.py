"""No body is longer than its bound; who sends a little too much hears why, who sends without end is cut off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from shared.web.problems import BoundedBody, FileTooLarge

MOST, MOST_OF_FILE = 100, 1_000
PIECE = 50
FILES = "/complaints/a/files"


@dataclass
class Caller:
    """Sends so many bytes in pieces, with or without saying how many."""

    size: int
    path: str = "/complaints/a/acknowledgement"
    method: str = "POST"
    says: bool = True
    taken: int = 0
    answered: list[Message] = field(default_factory=list)

    async def send_to(self, app: BoundedBody) -> None:
        headers = [(b"content-length", str(self.size).encode())] if self.says else []
        scope = {"type": "http", "method": self.method, "path": self.path, "headers": headers}
        pieces = self._pieces()

        async def receive() -> Message:
            return next(pieces)

        async def send(message: Message) -> None:
            self.answered.append(message)

        await app(scope, receive, send)

    def _pieces(self) -> Iterator[Message]:
        while self.taken < self.size:
            piece = min(PIECE, self.size - self.taken)
            self.taken += piece
            yield {"type": "http.request", "body": b"x" * piece, "more_body": self.taken < self.size}
        yield {"type": "http.disconnect"}

    @property
    def problem(self) -> tuple[int, str]:
        body: dict[str, Any] = json.loads(self.answered[1]["body"])
        return self.answered[0]["status"], body["code"]


@dataclass
class Reader:
    """An application that reads the whole body."""

    read: int = 0
    called: bool = False

    async def __call__(self, _: Scope, receive: Receive, __: Send) -> None:
        self.called = True
        more = True
        while more:
            message = await receive()
            self.read += len(message["body"])
            more = message["more_body"]


def bounded(reader: Reader) -> BoundedBody:
    return BoundedBody(reader, most=MOST, most_of_file=MOST_OF_FILE)


@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize(("path", "size"), [("/any", MOST), (FILES, MOST_OF_FILE), (f"/intake{FILES}", MOST_OF_FILE)])
async def test_a_body_up_to_its_bound_is_read(path: str, size: int, *, says: bool) -> None:
    reader = Reader()
    await Caller(size, path, says=says).send_to(bounded(reader))
    assert reader.read == size


@pytest.mark.parametrize(
    ("path", "method"),
    [("/any", "POST"), (f"{FILES}/x", "POST"), (FILES, "PUT"), ("/files", "POST"), (f"/a/b{FILES}", "POST"),
     (f"{FILES}\n", "POST"), ("/complaints//files", "POST")],
)  # fmt: skip
async def test_nothing_but_a_file_may_be_as_large_as_one(path: str, method: str) -> None:
    reader, caller = Reader(), Caller(MOST + 1, path, method)
    await caller.send_to(bounded(reader))
    assert caller.problem == (413, "body_too_large")
    assert not reader.called


async def test_who_says_that_it_is_a_little_too_much_is_heard_out_and_told_why() -> None:
    for path, size, code in (("/any", MOST + 1, "body_too_large"), (FILES, 3 * MOST_OF_FILE, "file_too_large")):
        reader, caller = Reader(), Caller(size, path)
        await caller.send_to(bounded(reader))
        assert caller.problem == (413, code)
        assert (caller.taken, reader.called) == (size, False)


async def test_who_says_that_it_is_far_too_much_is_cut_off() -> None:
    caller = Caller(100 * MOST_OF_FILE, FILES)
    await caller.send_to(bounded(Reader()))
    assert caller.problem == (413, "file_too_large")
    assert caller.taken < 5 * MOST_OF_FILE


async def test_who_says_nothing_is_stopped_at_the_bound() -> None:
    for path, most, stopped in (("/any", MOST, HTTPException), (FILES, MOST_OF_FILE, FileTooLarge)):
        reader, caller = Reader(), Caller(100 * most, path, says=False)
        with pytest.raises(stopped):
            await caller.send_to(bounded(reader))
        assert reader.read <= most
        assert caller.taken <= most + PIECE
