"""How, for each command of the services, a plausible wish is made up for a complaint as it stands, or an absurd one.

A wish is the command's own example, with what depends on the case put in its place, and somebody who asks.
"""

from typing import Any

from pydantic import ValidationError

from closedloop.system import rooms_of
from shared.decide import Command
from tests.stateful.firm import DECIDING
from tests.stateful.people import asking
from tests.stateful.scene import Scene
from tests.stateful.wishes import callback, customers, directory, intake, investigation, resolution
from tests.stateful.wishes.made import Made

_ABSURD = 0.06
"""How often one field of a wish bears the value of another wish: an old digest, an earlier cycle's code, another time.
"""

MADE: dict[type[Command], Made] = {
    kind: made
    for room in (intake, customers, investigation, resolution, callback, directory)
    for kind, made in room.WISHES.items()
}
SERVICE_OF: dict[type[Command], str] = {
    kind: service for service in DECIDING for kind in rooms_of(service).service.handlers
}


def wish(kind: type[Command], scene: Scene) -> Command | None:
    """Somebody's wish; None if it is so absurd that it is not even one."""
    body = {**kind.example, **MADE[kind](scene)}
    wanted = body.pop("by", ())
    if scene.chance(_ABSURD):
        body = _absurd(scene, kind, body)
    actor = asking(scene.firm, scene.random, kind, wanted, scene.hands)
    try:
        return kind.model_validate({**body, "actor": actor, "at": scene.now})
    except ValidationError:
        return None


def _absurd(scene: Scene, kind: type[Command], body: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in kind.model_fields if name not in _KEPT and scene.named.values[name]]
    if not names:
        return body
    name = scene.one_of(names)
    return {**body, name: scene.one_of(scene.named.values[name])}


_KEPT = ("actor", "at", "complaint_id", "contact_id", "person_id", "staff_id", "paid")
"""Who, when and on what; and whether a payment was made, about which people who look it up tell the truth."""
