"""The story of one complaint, from the telephone to the archive, every turn drawn by its own dice.

A file a part of its life. Frequencies are those of a bank of middle size, as far as handbooks and public returns let
one guess; what is rare in life is rare here, so that a run of some hundred complaints plays every branch.
"""

from closedloop.simulation.case import Case
from closedloop.simulation.stories.calling import call_back
from closedloop.simulation.stories.endings import Ended
from closedloop.simulation.stories.house import run_the_house
from closedloop.simulation.stories.investigating import investigate
from closedloop.simulation.stories.judging import judge
from closedloop.simulation.stories.registering import register
from closedloop.simulation.stories.resolving import resolve

__all__ = ["tell"]


async def tell(case: Case) -> str:
    """Work the complaint to its end; gives the ending as its people see it."""
    if case.chance(0.15):
        await run_the_house(case)
    stage = await register(case)
    try:
        while True:
            kind = await _handled(case, stage)
            stage = await call_back(case, kind)
    except Ended as ended:
        return ended.how + (f", cycle {case.cycle}" if case.cycle > 1 else "")


async def _handled(case: Case, stage: str) -> str:
    """From where the cycle begins to what ends its handling; says what that was."""
    if stage == "judgement":
        stage = await judge(case)
    if stage == "replied":
        return "not established"
    if stage == "resolved":
        return "resolved before"
    if stage == "investigation":
        await investigate(case)
    return await resolve(case)
