"""Who works here, where, in which roles, and whom they report to."""

from typing import Any

import pytest

from services.directory.commands.join import JoinStaff
from services.directory.commands.leave import LeaveStaff
from services.directory.commands.move import MoveStaff
from services.directory.commands.set_reporting_line import SetReportingLine
from services.directory.rules import ROLES
from shared.decide import Actor, Forbidden, NotFound
from shared.events.base import Event
from shared.events.directory import ReportingLineSet, StaffJoined, StaffLeft, StaffMoved
from shared.reference.staff import StaffMember
from tests.unit.directory.examples import ADMIN, NOON, SERVICE, joined, left, line_set, moved, staff

LI_NA_HERSELF = Actor("li.na", "administrator", "it")
HER_DEPUTY = Actor("admin-1", "administrator", "it", on_behalf_of="li.na")


def join(**fields: Any) -> JoinStaff:
    usual: dict[str, Any] = {
        "staff_id": "li.na", "name": "李娜", "department": "cards", "roles": ["agent"], "reports_to": "lead-1",
    }  # fmt: skip
    return JoinStaff(actor=ADMIN, at=NOON, **{**usual, **fields})


def move(actor: Actor = ADMIN, department: str = "loans", roles: tuple[str, ...] = ("agent",)) -> MoveStaff:
    return MoveStaff(actor=actor, at=NOON, staff_id="li.na", department=department, roles=roles)


def lead(reports_to: str | None = "lead-2", actor: Actor = ADMIN) -> SetReportingLine:
    return SetReportingLine(actor=actor, at=NOON, staff_id="li.na", reports_to=reports_to)


def leave(actor: Actor = ADMIN) -> LeaveStaff:
    return LeaveStaff(actor=actor, at=NOON, staff_id="li.na")


def test_someone_joins() -> None:
    (fact,) = (
        staff()
        .when(join(roles=["agent", "callback_agent", "agent"]))
        .then(
            StaffJoined,
            by=ADMIN.id,
            at=NOON,
            department="cards",
            roles=("agent", "callback_agent"),
            reports_to="lead-1",
        )
    )
    assert isinstance(fact, StaffJoined)
    assert (fact.name.owner, fact.name.clear) == ("staff:li.na", "李娜")


def test_the_head_of_the_firm_reports_to_nobody() -> None:
    wish = join(reports_to=None)
    assert wish.needed() == ()
    staff().when(wish).then(StaffJoined, reports_to=None)


def test_joining_twice_changes_nothing() -> None:
    staff(joined()).when(join()).then_nothing()


@pytest.mark.parametrize("other", [{"department": "loans"}, {"roles": ["reviewer"]}, {"reports_to": "lead-2"}])
def test_an_id_is_given_once(other: dict[str, Any]) -> None:
    staff(joined()).when(join(**other)).then_refused("already_joined")


def test_nor_is_it_given_again_after_its_holder_left() -> None:
    staff(joined(), left()).when(join()).then_refused("left")


def test_nobody_is_called_system() -> None:
    staff().when(join(staff_id="system", reports_to=None)).then_refused("reserved_id")


@pytest.mark.parametrize("wish", [join(roles=["wizard"]), join(roles=["agent", "system"])])
def test_nobody_joins_in_a_role_that_is_unknown(wish: JoinStaff) -> None:
    staff().when(wish).then_refused("unknown_role")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_held(role: str) -> None:
    staff().when(join(roles=[role])).then(StaffJoined, roles=(role,))


def test_the_lead_must_be_on_the_staff() -> None:
    wish = join(reports_to="stranger")
    assert wish.needed() == ("staff:stranger",)
    staff().when(wish).then_refused("unknown_lead")
    staff().with_references({"staff:stranger": StaffMember()}).when(wish).then_refused("unknown_lead")
    gone = {"staff:stranger": StaffMember(joined=True, left=True)}
    staff().with_references(gone).when(wish).then_refused("unknown_lead")


def test_nobody_reports_to_themself() -> None:
    staff().when(join(reports_to="li.na")).then_refused("reports_to_self")
    staff(joined()).when(lead("li.na")).then_refused("reports_to_self")


def test_two_people_never_report_to_each_other() -> None:
    loop = {"staff:lead-2": StaffMember(joined=True, reports_to="li.na")}
    staff(joined()).with_references(loop).when(lead("lead-2")).then_refused("reporting_loop")


def test_a_ring_of_however_many_is_refused() -> None:
    ring = {
        "staff:lead-2": StaffMember(joined=True, reports_to="lead-1"),
        "staff:lead-1": StaffMember(joined=True, reports_to="li.na"),
    }
    wish = lead("lead-2")
    assert tuple(wish.needed_then({"staff:lead-2": ring["staff:lead-2"]})) == ("staff:lead-1",)
    refusal = staff(joined()).with_references(ring).when(wish).then_refused("reporting_loop")
    assert refusal.details == {"lead": "lead-2", "staff": "li.na"}
    assert tuple(lead(None).needed_then({})) == ()


def test_someone_moves() -> None:
    staff(joined()).when(move(roles=("reviewer", "reviewer"))).then(
        StaffMoved, by=ADMIN.id, at=NOON, department="loans", roles=("reviewer",)
    )


def test_a_move_to_where_they_are_changes_nothing() -> None:
    staff(joined()).when(move(department="cards")).then_nothing()


def test_nobody_moves_into_an_unknown_role() -> None:
    staff(joined()).when(move(roles=("wizard",))).then_refused("unknown_role")


def test_someone_gets_another_lead() -> None:
    assert lead().needed() == ("staff:lead-2",)
    staff(joined()).when(lead()).then(ReportingLineSet, by=ADMIN.id, at=NOON, reports_to="lead-2")


def test_someone_becomes_the_head_of_the_firm() -> None:
    assert lead(None).needed() == ()
    staff(joined()).when(lead(None)).then(ReportingLineSet, reports_to=None)


def test_the_same_lead_again_changes_nothing() -> None:
    staff(joined(), line_set()).when(lead()).then_nothing()


def test_a_lead_who_is_unknown_leads_nobody() -> None:
    staff(joined()).when(lead("stranger")).then_refused("unknown_lead")


def test_someone_leaves_once() -> None:
    staff(joined()).when(leave()).then(StaffLeft, by=ADMIN.id, at=NOON)
    staff(joined(), left()).when(leave()).then_nothing()


@pytest.mark.parametrize("wish", [move, lead, leave])
def test_nobody_is_changed_who_was_never_here(wish: Any) -> None:
    assert isinstance(staff().when(wish()).then_refused("unknown_staff"), NotFound)


@pytest.mark.parametrize("wish", [move, lead])
def test_nobody_is_changed_who_left(wish: Any) -> None:
    staff(joined(), left()).when(wish()).then_refused("left")


@pytest.mark.parametrize("wish", [move, lead, leave])
@pytest.mark.parametrize("actor", [LI_NA_HERSELF, HER_DEPUTY])
def test_nobody_changes_their_own_record(wish: Any, actor: Actor) -> None:
    assert isinstance(staff(joined()).when(wish(actor=actor)).then_refused("own_record"), Forbidden)


@pytest.mark.parametrize("command", [JoinStaff, MoveStaff, SetReportingLine, LeaveStaff])
def test_only_administrators_keep_the_staff(command: Any) -> None:
    assert command.may == ("administrator",)
    assert command.subject == "staff:{staff_id}"


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ((joined(),), StaffMember(True, False, "cards", ("agent",), "lead-1")),
        ((joined(), moved()), StaffMember(True, False, "loans", ("agent",), "lead-1")),
        ((joined(), line_set()), StaffMember(True, False, "cards", ("agent",), "lead-2")),
        ((joined(), left()), StaffMember(True, True, "cards", ("agent",), "lead-1")),
    ],
)
def test_the_directory_knows_the_staff_as_every_service_does(events: tuple[Event, ...], known: StaffMember) -> None:
    fold = SERVICE.folds["staff"]
    state = fold.initial
    for event in events:
        state = fold.evolve(state, event)
    assert state == known


def test_whoever_audits_the_cases_holds_no_other_role() -> None:
    for wish in (join(roles=["compliance_officer", "agent"]), move(roles=("triage_lead", "compliance_officer"))):
        known = staff(joined()) if isinstance(wish, MoveStaff) else staff()
        known.when(wish).then_refused("auditor_alone")
