"""Carrying out commands: the one way in which a service's state ever changes."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any
from weakref import WeakValueDictionary

from opentelemetry import trace

from shared.batching import Batcher
from shared.clock import Clock
from shared.decide import Refused, Taken
from shared.decide.service import Service
from shared.events.base import Event
from shared.privacy.keyring import Keyring, PersonErased
from shared.store.append import Collision, Item, append_each
from shared.store.connections import Pool
from shared.store.kept_types import Learned
from shared.store.load import Found, Wanted, load
from shared.store.memory import Memories, recall
from shared.store.steps import Held, KeyReused, Question, Receipt, Request, Stepping, Steps, ToSeal, VersionChanged

__all__ = ["Contended", "Held", "Kernel", "KeyReused", "Receipt", "Request", "VersionChanged"]

_REDECIDE = 3
"""How often a collision is decided again before the caller is told to try again."""

_tracer = trace.get_tracer("closedloop")


class Contended(Refused):
    """Too many decided on this subject at the same time."""

    def __init__(self) -> None:
        super().__init__("contended", "Others changed this case at the same moment. Load it again and retry.")


class Kernel:
    """One service's commands in one process."""

    def __init__(self, service: Service, pool: Pool, keyring: Keyring, clock: Clock) -> None:
        self.service = service
        self.memories = Memories(service)
        self._stepping = Stepping(service, self.memories, clock)
        self._pool = pool
        self._keyring = keyring
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._load: Batcher[Wanted, Found] = Batcher(lambda wanted: load(pool, wanted))
        self._seal: Batcher[ToSeal, list[Event]] = Batcher(lambda many: _sealed(keyring, many))
        self._append: Batcher[Item, bool] = Batcher(lambda items: append_each(pool, items), most=200)
        self._learned = Learned(pool, service.learned_types)
        self.appended = asyncio.Event()
        """Set after every append, so that a relay in this process need not poll."""

    async def execute(self, request: Request) -> Receipt:
        """Carry out a command. Raises Refused (nothing was written), or a database error (ask again with the key);
        StillLearning after an upgrade, and UnknownType for a case in which newer code wrote what must be understood.
        """
        await self._learned.all_here()
        subject = request.command.subject_id()
        # One at a time a subject within the process: colliding in the database costs far more than waiting here.
        lock = self._locks.setdefault(subject, asyncio.Lock())
        with _span(f"execute {type(request.command).__name__}"):
            async with lock:
                for attempt in range(_REDECIDE + 1):
                    try:
                        return await self._alone(self._stepping.steps(subject, request, attempt))
                    except (Collision, Taken):
                        self.memories.forget(subject)
        raise Contended

    async def execute_all(self, requests: Sequence[Request]) -> list[Receipt | Refused]:
        """Carry out many commands side by side, each step of all of them at once: of each its receipt, or why it was
        refused. Raises what else `execute` raises; some may have been carried out then.

        What comes to grief on another is carried out by itself, as is what is asked twice of one subject.
        """
        await self._learned.all_here()
        subjects = [request.command.subject_id() for request in requests]
        first = {subject: n for n, subject in reversed(list(enumerate(subjects)))}
        with _span("execute many"):
            ended = await self._side_by_side(
                {n: self._stepping.steps(subject, requests[n], 0) for subject, n in first.items()}
            )
        return [
            ended[n] if n in ended else await self._or_refused(subject, request)
            for n, (subject, request) in enumerate(zip(subjects, requests, strict=True))
        ]

    async def state(self, subject: str) -> Any:
        """What is known of a subject now, for what is decided outside a command, such as who may open its files.

        Raises Held: what can't be read may restrict the case. So may what was not learned yet: StillLearning.
        """
        await self._learned.all_here()
        memory = self.memories.of(subject)
        found = await self._load(Wanted(subjects=((subject, memory.revision),)))
        if found.held:
            raise Held
        memory = recall(self.service, memory, found.rows[subject])
        self.memories.keep(memory)
        return memory.state

    async def _alone(self, steps: Steps) -> Receipt:
        """Its questions share a statement with those of whoever asks at the same time."""
        answer: Any = None
        try:
            while True:
                question = steps.send(answer)
                match question:
                    case Wanted():
                        answer = await self._load(question)
                    case Item():
                        if answer := await self._append(question):
                            self.appended.set()
                    case ToSeal():
                        answer = await self._seal(question)
        except StopIteration as end:
            receipt: Receipt = end.value
            return receipt

    async def _side_by_side(self, all_steps: Mapping[int, Steps]) -> dict[int, Receipt | Refused]:
        """Those that collided are left out."""
        ended: dict[int, Receipt | Refused] = {}
        answers: dict[int, Any] = dict.fromkeys(all_steps)
        while answers:
            questions: dict[int, Question] = {}
            for n, answer in answers.items():
                try:
                    questions[n] = all_steps[n].send(answer)
                except StopIteration as end:
                    ended[n] = end.value
                except Refused as refusal:
                    ended[n] = refusal
                except (Collision, Taken):
                    pass
            answers = await self._answers(questions)
        return ended

    async def _answers(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        """To each; questions of a kind are one statement."""
        answers: dict[int, Any] = {}
        if wanted := {n: each for n, each in questions.items() if isinstance(each, Wanted)}:
            answers |= zip(wanted, await load(self._pool, list(wanted.values())), strict=True)
        if clear := {n: each for n, each in questions.items() if isinstance(each, ToSeal)}:
            answers |= zip(clear, _without_failures(await _sealed(self._keyring, list(clear.values()))), strict=True)
        if items := {n: each for n, each in questions.items() if isinstance(each, Item)}:
            answers |= zip(items, await append_each(self._pool, list(items.values())), strict=True)
            self.appended.set()
        return answers

    async def _or_refused(self, subject: str, request: Request) -> Receipt | Refused:
        self.memories.forget(subject)
        try:
            return await self.execute(request)
        except Refused as refusal:
            return refusal


def _span(name: str) -> AbstractContextManager[object]:
    """None at all where nobody collects traces: one that goes nowhere costs a tenth of a command."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return nullcontext()
    return _tracer.start_as_current_span(name)


async def _sealed(keyring: Keyring, many: Sequence[ToSeal]) -> list[list[Event] | BaseException]:
    """Seal the events of several commands with one question to the vault; who can't be sealed fails alone."""
    try:
        flat = [(str(event_id), event) for each in many for event_id, event in each.events]
        sealed = iter(await keyring.seal(flat))
        return [list(islice(sealed, len(each.events))) for each in many]
    except PersonErased as erased:
        if len(many) == 1:
            return [erased]
    return [(await _sealed(keyring, [each]))[0] for each in many]


def _without_failures(sealed: Sequence[list[Event] | BaseException]) -> list[list[Event]]:
    """Raises the first."""
    clean: list[list[Event]] = []
    for each in sealed:
        if isinstance(each, BaseException):
            raise each
        clean.append(each)
    return clean
