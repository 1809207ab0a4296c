"""Asking intake for something on behalf of rows, for as long as it is only too early."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import ValidationError

from closedloop.importing.rows import Row
from closedloop.importing.summary import Outcome
from shared.decide import Command, NotYetSeen, Refused
from shared.runtime import Runtime
from shared.store.execute import Contended, Receipt, Request

_PATIENCE = 60.0
"""Seconds in which intake must have heard of the staff: a system that was just started reads that first."""
R = TypeVar("R", bound=Row)


async def carried_out(intake: Runtime, command: Command) -> Receipt:
    """What came of the command. Raises Refused."""
    clock = asyncio.get_running_loop()
    until = clock.time() + _PATIENCE
    while True:
        try:
            return await intake.kernel.execute(Request(command))
        except Contended:
            await asyncio.sleep(0.05)
        except NotYetSeen:
            if clock.time() > until:
                raise
            await asyncio.sleep(0.2)


async def all_carried_out(
    intake: Runtime, rows: Sequence[R], wish: Callable[[R], Command | Outcome]
) -> list[Receipt | Outcome]:
    """What came of that which each row wishes for, all of it asked at once; or what it was rejected for."""
    wishes = [_or_rejected(wish, row) for row in rows]
    requests = [Request(each) for each in wishes if isinstance(each, Command)]
    told = iter(await intake.kernel.execute_all(requests))
    return [await _receipt(intake, each, next(told)) if isinstance(each, Command) else each for each in wishes]


def _or_rejected(wish: Callable[[R], Command | Outcome], row: R) -> Command | Outcome:
    try:
        return wish(row)
    except ValidationError as wrong:
        return Outcome("rejected", in_words(wrong))


async def _receipt(intake: Runtime, command: Command, told: Receipt | Refused) -> Receipt | Outcome:
    try:
        if isinstance(told, Contended | NotYetSeen):
            return await carried_out(intake, command)
    except Refused as refusal:
        told = refusal
    return Outcome("rejected", in_words(told)) if isinstance(told, Refused) else told


def in_words(wrong: ValidationError | Refused) -> str:
    """Why a row can't be taken, without a word of what stands in it."""
    if isinstance(wrong, Refused):
        return wrong.message
    errors = wrong.errors(include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors)
