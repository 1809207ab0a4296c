"""What the questions of the directory are answered from, fact by fact."""

from datetime import timedelta

from services.directory.rules import ROLES
from services.directory.state import LEARNS
from services.directory.views.deputies import Deputyship
from services.directory.views.limits import Limits
from services.directory.views.staff import Member
from tests.unit.directory.examples import (
    ADMIN,
    HIGHER,
    NOON,
    ROOMS,
    TOMORROW,
    activated,
    deputy_ended,
    deputy_named,
    joined,
    left,
    limit,
    line_set,
    moved,
    proposed,
    rows_of,
)

STAFF = ROOMS.view("staff")
LIMITS = ROOMS.view("limits")
DEPUTIES = ROOMS.view("deputies")
HOUSE = "limits:house"


def test_whoever_joined_is_shown_with_their_name() -> None:
    assert STAFF.personal == {"name"}
    assert Member.model_validate(rows_of(STAFF, "staff:li.na", joined())["li.na"]) == Member(
        staff_id="li.na", name="李娜", department="cards", roles=["agent"], reports_to="lead-1", active=True,
        joined_at=NOON, left_at=None,
    )  # fmt: skip


def test_moves_and_lines_are_shown() -> None:
    rows = rows_of(STAFF, "staff:li.na", joined(), moved("loans", ("reviewer",)), line_set(None))
    member = Member.model_validate(rows["li.na"])
    assert (member.department, member.roles, member.reports_to, member.name) == ("loans", ["reviewer"], None, "李娜")


def test_whoever_left_stays_to_be_found() -> None:
    member = Member.model_validate(rows_of(STAFF, "staff:li.na", joined(), left())["li.na"])
    assert (member.active, member.left_at) == (False, TOMORROW)


def test_a_proposal_waits_under_a_name_of_its_own() -> None:
    rows = rows_of(LIMITS, HOUSE, proposed("house-9"), proposed(entries=(limit(minor=7), limit("department_lead"))))
    assert set(rows) == {"proposal"}
    assert Limits.model_validate(rows["proposal"]) == Limits(
        table_name="house-2", status="proposed", entries=[limit(minor=7), limit("department_lead")],
        effective_from=None, proposed_by=ADMIN.id, activated_by=None, recorded_at=NOON + timedelta(minutes=1),
    )  # fmt: skip


def test_an_activated_table_stands_under_its_name_and_nothing_waits() -> None:
    rows = rows_of(LIMITS, HOUSE, proposed(), activated())
    assert set(rows) == {"house-2"}
    assert Limits.model_validate(rows["house-2"]) == Limits(
        table_name="house-2", status="activated", entries=[limit()], effective_from=TOMORROW, proposed_by=ADMIN.id,
        activated_by=HIGHER.id, recorded_at=NOON + timedelta(minutes=1),
    )  # fmt: skip


def test_older_tables_stay() -> None:
    rows = rows_of(LIMITS, HOUSE, proposed(), activated(), proposed("house-3"))
    assert set(rows) == {"house-2", "proposal"}


def test_the_limits_go_out_as_a_list_and_come_back_the_same() -> None:
    table = Limits.model_validate(rows_of(LIMITS, HOUSE, proposed())["proposal"])
    assert Limits.model_validate_json(table.model_dump_json()) == table
    assert table.model_dump()["entries"] == [limit().model_dump()]


def test_a_deputy_is_shown_with_their_dates_and_who_named_them() -> None:
    rows = rows_of(DEPUTIES, "staff:li.na", deputy_named(), deputy_named("yang.fan", by="lead-1"))
    assert set(rows) == {"li.na/emma", "li.na/yang.fan"}
    assert Deputyship.model_validate(rows["li.na/emma"]) == Deputyship(
        staff_id="li.na", deputy="emma", begins=NOON, ends=TOMORROW, named_by="li.na", named_at=NOON, ended_at=None,
        ended_by=None,
    )  # fmt: skip
    assert rows["li.na/yang.fan"]["named_by"] == "lead-1"


def test_a_deputy_who_was_ended_stays_to_be_seen_and_counts_again_once_named_again() -> None:
    ended = rows_of(DEPUTIES, "staff:li.na", deputy_named(), deputy_ended())["li.na/emma"]
    assert (ended["ended_at"], ended["ended_by"]) == (NOON, "lead-1")
    again = rows_of(DEPUTIES, "staff:li.na", deputy_named(), deputy_ended(), deputy_named())["li.na/emma"]
    assert (again["ended_at"], again["ended_by"]) == (None, None)


def test_subordinates_and_deputies_are_asked_for_by_person() -> None:
    paths = {question.path for view in ROOMS.views for question in view.questions}
    paths |= {read.path for read in ROOMS.reads}
    assert paths >= {"/staff/{reports_to}/subordinates", "/staff/{staff_id}/deputies", "/deputies"}


def test_everyone_may_look_up_staff_and_limits() -> None:
    for view in ROOMS.views:
        for question in view.questions:
            assert question.may == ROLES
    assert {read.may for read in ROOMS.reads} == {ROLES}


def test_the_directory_learns_nothing_from_others() -> None:
    assert frozenset() == LEARNS
    assert ROOMS.service.reactions == ()
    assert (ROOMS.deadlines, ROOMS.effects) == ((), ())
