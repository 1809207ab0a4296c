"""What the makers of wishes have in common."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from shared.decide import Command
from tests.stateful.scene import Scene

Body = dict[str, Any]
Made = Callable[[Scene], Body]
"""The fields that depend on the case; `by`: the staff ids of those who would ask for it."""


class Wishes(dict[type[Command], Made]):
    """The makers of one room, each under its command."""

    def for_(self, kind: type[Command]) -> Callable[[Made], Made]:
        def keep(made: Made) -> Made:
            self[kind] = made
            return made

        return keep


def on_complaint(scene: Scene) -> Body:
    """Where nothing but the complaint matters."""
    return {"complaint_id": scene.complaint}


def evidence(scene: Scene, of: str, fresh: float = 0.8) -> dict[str, str]:
    """A recording: of this complaint and moment, or else one of ten that may have been used before or elsewhere."""
    told = len(scene.firm.told) if scene.chance(fresh) else scene.random.randint(1, 10)
    reference = f"rec-{of}-{told}"
    return {"kind": "recording", "reference": reference, "sha256": sha256(reference.encode()).hexdigest()}
