"""Wishes about staff and authority limits."""

from datetime import timedelta

from closedloop.people import PEOPLE
from services.directory.commands.activate_limits import ActivateLimits
from services.directory.commands.end_deputy import EndDeputy
from services.directory.commands.join import JoinStaff
from services.directory.commands.leave import LeaveStaff
from services.directory.commands.move import MoveStaff
from services.directory.commands.name_deputy import NameDeputy
from services.directory.commands.propose_limits import ProposeLimits
from services.directory.commands.set_reporting_line import SetReportingLine
from shared.packs.house import HOUSE_LIMITS
from shared.reference.limits import LimitsTable
from tests.stateful.people import holding
from tests.stateful.scene import Scene
from tests.stateful.wishes.made import Body, Wishes

WISHES = Wishes()

FEW_ARE_ENOUGH = 3
"""Nobody leaves, or is moved, if so few would be left in their role and department: the firm must be able to go on."""


@WISHES.for_(JoinStaff)
def _join(scene: Scene) -> Body:
    like = scene.one_of(PEOPLE)
    return {
        "staff_id": f"joined.{len(scene.firm.staff)}",
        "department": like.department,
        "roles": like.roles,
        "reports_to": like.reports_to,
    }


@WISHES.for_(LeaveStaff)
def _leave(scene: Scene) -> Body:
    return {"staff_id": _who_can_go(scene)}


@WISHES.for_(MoveStaff)
def _move(scene: Scene) -> Body:
    like = scene.one_of(PEOPLE)
    return {"staff_id": _who_can_go(scene), "department": like.department, "roles": like.roles}


@WISHES.for_(SetReportingLine)
def _line(scene: Scene) -> Body:
    people = [*scene.firm.staff]
    return {"staff_id": scene.one_of(people), "reports_to": scene.maybe(0.9, scene.one_of(people))}


@WISHES.for_(NameDeputy)
def _deputy(scene: Scene) -> Body:
    absent = scene.one_of([*scene.firm.staff])
    begins = scene.now - timedelta(hours=1)
    return {
        "staff_id": absent,
        "deputy": scene.one_of(holding(scene.firm, *scene.firm.staff[absent].roles)),
        "begins": begins,
        "ends": begins + timedelta(days=scene.random.randint(1, 200)),
        "by": [absent],
    }


@WISHES.for_(EndDeputy)
def _end_deputy(scene: Scene) -> Body:
    pairs = [(who, each.id) for who, member in scene.firm.staff.items() for each in member.deputies]
    staff_id, deputy = scene.one_of(pairs or [("li.na", "yang.fan")])
    return {"staff_id": staff_id, "deputy": deputy, "by": [staff_id]}


@WISHES.for_(ProposeLimits)
def _propose(scene: Scene) -> Body:
    """The house's table, lowered or raised as a whole."""
    share = scene.one_of((10, 40, 100, 150))
    entries = [
        {**entry.model_dump(), "limit": {**entry.limit.model_dump(), "minor": entry.limit.minor * share // 100}}
        for entry in HOUSE_LIMITS.activated[0].entries
    ]
    return {"table": f"house-{2 + len(_limits(scene).activated)}", "entries": entries}


@WISHES.for_(ActivateLimits)
def _activate(scene: Scene) -> Body:
    proposed = _limits(scene).proposed
    return {
        "table": proposed.table if proposed else "house-2",
        "effective_from": scene.now + timedelta(minutes=scene.random.randint(4, 40)),
    }


def _limits(scene: Scene) -> LimitsTable:
    table: LimitsTable = scene.firm.state("directory", "limits:house")
    return table


def _who_can_go(scene: Scene) -> str:
    able = [
        staff_id
        for staff_id, member in scene.firm.staff.items()
        if member.active
        and all(len(holding(scene.firm, r, department=member.department)) > FEW_ARE_ENOUGH for r in member.roles)
    ]
    return scene.one_of(able or ["li.na"])
