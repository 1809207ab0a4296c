"""Asking intake for something on behalf of a row, for as long as it is only too early."""

import asyncio

from pydantic import ValidationError

from shared.decide import Command, NotYetSeen, Refused
from shared.runtime import Runtime
from shared.store.execute import Contended, Receipt, Request

_PATIENCE = 60.0
"""Seconds in which intake must have heard of the staff: a system that was just started reads that first."""


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


def in_words(wrong: ValidationError | Refused) -> str:
    """Why a row can't be taken, without a word of what stands in it."""
    if isinstance(wrong, Refused):
        return wrong.message
    errors = wrong.errors(include_input=False)[:3]
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors)
