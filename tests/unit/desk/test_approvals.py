"""Who may not approve what is submitted, what it comes to, and what the decision rests on."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.desk.authority import why_not
from services.desk.granting import Granted, answered_for, counted_for
from services.desk.rests_on import approvals, evidence, findings, options, statements
from services.desk.stages import APPROVING
from services.desk.views import approvals as view
from services.desk.views import given
from services.resolution import authority
from shared.decide import Actor
from shared.events import callback, intake, investigation, resolution
from shared.events.base import Event
from shared.events.vocabulary import Money
from shared.packs.house import REMEDY_WINDOW
from shared.projections.folding import Row
from tests.rows import rows_of
from tests.unit.desk.facts import COMPLAINT, DAY, DIGEST, NOON, WANG, fact, registered

OTHER = "f" * 64
LEAD = Actor("zhou.jie", "department_lead", "cards")
APPROVER = Actor("tang.yi", "approver", "operations")
NOBODY: frozenset[str] = frozenset()
SUBMITTED = (
    registered(),
    fact(intake.ComplaintClassified, complained_of=("li.na",)),
    fact(intake.ResponsibleDepartmentAssigned, department="cards", recused=("peter.lindqvist",)),
    fact(investigation.FindingsAccepted, investigators=("amira.haddad",), submitted_by="chen.bo", recused=("wu.min",)),
    fact(resolution.RemedyOptionProposed, by="liu.yan", option="a", digest=DIGEST),
    fact(resolution.RemedyOptionProposed, by="guo.tao", option="b", digest=OTHER),
    fact(resolution.RemedySubmitted, by="liu.yan", digest=DIGEST, department="cards"),
)


def row(*events: Event) -> Row:
    return rows_of(view.VIEW, COMPLAINT, *events)[str(COMPLAINT)]


def code(actor: Actor, *events: Event, given: int = 0, line: frozenset[str] = NOBODY) -> str | None:
    why = why_not(row(*SUBMITTED, *events), given, actor, line)
    return why and why[0]


def test_the_roles_that_approve_are_those_of_resolution() -> None:
    assert APPROVING == authority.APPROVING


def test_whoever_has_no_part_in_it_may_approve() -> None:
    assert code(LEAD) is None
    assert code(APPROVER) is None


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("liu.yan", "own_proposal"), ("guo.tao", "own_proposal"), ("amira.haddad", "investigated"),
        ("chen.bo", "investigated"), ("li.na", "recused"), ("peter.lindqvist", "recused"), ("wu.min", "recused"),
    ],
)  # fmt: skip
def test_whoever_proposed_investigated_or_is_recused_may_not(person: str, why: str) -> None:
    assert code(Actor(person, "approver", "operations")) == why


def test_nor_may_they_in_whose_name_it_was_proposed() -> None:
    by_deputy = fact(resolution.RemedyOptionProposed, by="liu.yan", on_behalf_of="tang.yi", option="c", digest="e" * 64)
    assert code(APPROVER, by_deputy) == "own_proposal"


def test_another_department_s_lead_may_not() -> None:
    assert code(Actor("sun.lei", "department_lead", "payments")) == "not_responsible_department"


def test_nobody_approves_below_somebody_who_may_not_touch_the_case() -> None:
    assert code(APPROVER, line=frozenset({"margaret.hale", "li.na"})) == "reports_to_recused"
    assert code(APPROVER, line=frozenset({"margaret.hale"})) is None


def test_a_conflict_that_is_declared_after_the_submission_bars_too() -> None:
    assert code(APPROVER, fact(investigation.ConflictDeclared, person="tang.yi")) == "recused"


def test_no_two_steps_are_taken_by_one_person_nor_by_a_role_below() -> None:
    first = fact(resolution.RemedyApproved, by="tang.yi", digest=DIGEST, step=1, of=2)
    assert code(APPROVER, first, given=1) == "approved_before"
    assert code(LEAD, first, given=1) == "higher_role_needed"
    assert code(Actor("qin.yue", "approver", "operations"), first, given=1) is None


def test_whoever_paid_a_part_of_it_may_not_approve_the_rest() -> None:
    assert code(APPROVER, fact(resolution.RemedyExecutionStarted, by="tang.yi")) == "own_execution"


def test_who_only_looks_is_told_who_approves() -> None:
    assert code(Actor("cao.ying", "compliance_officer", "compliance")) == "wrong_role"


def again(stage: str) -> tuple[Event, ...]:
    reopened = fact(callback.ComplaintReopened, DAY, cycle=2, stage=stage, excluded=("tang.yi",))
    return (reopened, fact(resolution.RemedySubmitted, 2 * DAY, "he.jing", cycle=2, digest=OTHER, department="cards"))


def test_a_reopening_at_resolution_has_others_decide() -> None:
    assert code(APPROVER, *again("resolution")) == "excluded"
    assert code(APPROVER, *again("investigation")) is None
    assert code(Actor("liu.yan", "approver", "operations"), *again("resolution")) is None


def remedy(*events: Event) -> Row:
    return rows_of(given.VIEW, COMPLAINT, *events)[f"{COMPLAINT}/{DIGEST}"]


GRANTED = (
    fact(resolution.RemedySubmitted, digest=DIGEST),
    fact(resolution.RemedyApproved, DAY, digest=DIGEST, step=1, of=1),
)


def test_a_remedy_is_granted_by_the_last_step_of_its_approval() -> None:
    first = fact(resolution.RemedyApproved, DAY, digest=DIGEST, step=1, of=2)
    assert remedy(GRANTED[0], first)["approved_at"] is None
    second = fact(resolution.RemedyApproved, 2 * DAY, digest=DIGEST, step=2, of=2)
    assert remedy(GRANTED[0], first, second)["approved_at"] == NOON + 2 * DAY


@pytest.mark.parametrize(
    "dead",
    [
        resolution.RemedyReturned, resolution.RemedyRejected, resolution.RemedyDeclined, resolution.OfferLapsed,
        resolution.WithdrawalGranted,
    ],
)  # fmt: skip
def test_what_is_dead_counts_no_more(dead: type[Any]) -> None:
    assert remedy(*GRANTED)["ended"] is None
    assert remedy(*GRANTED, fact(dead, digest=DIGEST))["ended"] is not None


def test_what_is_to_be_taken_back_counts_until_it_is_booked() -> None:
    reversed_ = (*GRANTED, fact(resolution.RemedyExecuted, digest=DIGEST), fact(resolution.RemedyReversed))
    assert remedy(*reversed_)["ended"] is None
    refused = fact(resolution.ReversalBooked, digest=DIGEST, receipt=None, refused="account-closed")
    assert remedy(*reversed_, refused)["ended"] is None
    booked = fact(resolution.ReversalBooked, digest=DIGEST, receipt="r-1", refused=None)
    assert remedy(*reversed_, booked)["ended"] == "reversed"


def test_a_withdrawal_before_any_remedy_ends_none() -> None:
    rows = rows_of(given.VIEW, COMPLAINT, *GRANTED, fact(resolution.WithdrawalGranted, digest=None))
    assert [each["ended"] for each in rows.values()] == [None]


HERE, THERE = str(COMPLAINT), "another"
NOW = NOON + 400 * DAY


def one(digest: str, amount: int, days_ago: int, complaint: str = THERE, **fields: Any) -> Granted:
    told: dict[str, Any] = {
        "number": "AAAA-BBBB", "person": WANG, "kind": "refund", "currency": "CNY", "executed_at": None,
    } | fields  # fmt: skip
    return Granted(complaint_id=complaint, digest=digest, amount=amount, approved_at=NOW - days_ago * DAY, **told)


def total(*granted: Granted, amount: int = 1_000, now: datetime = NOW) -> int:
    counted = counted_for(granted, {WANG}, HERE, now)
    return answered_for(counted, HERE, DIGEST, amount, "CNY")


def test_what_the_customer_was_granted_in_the_window_counts_with_it() -> None:
    assert total() == 1_000
    assert total(one("a", 500, 10), one("b", 300, 364)) == 1_800
    assert total(one("a", 500, 365)) == 1_000, "the window is half open"
    assert total(one("a", 500, 10, person="person:another"), one("b", 300, 10, currency="USD")) == 1_000


def test_what_was_carried_out_here_counts_however_long_ago() -> None:
    long_ago = REMEDY_WINDOW // timedelta(days=1) + 100
    assert total(one("a", 500, long_ago, HERE, executed_at=NOON)) == 1_500
    assert total(one("a", 500, long_ago, HERE), one("b", 300, long_ago, executed_at=NOON)) == 1_000


def test_each_remedy_counts_once_and_the_one_in_question_as_it_is() -> None:
    assert total(one("a", 500, 10), one("a", 500, 10), one(DIGEST, 1_000, 5, HERE)) == 1_500


def test_what_was_approved_after_it_does_not_count_against_it() -> None:
    assert total(one(DIGEST, 1_000, 5, HERE), one("a", 500, 3), one("b", 300, 7)) == 1_300
    assert total(one(DIGEST, 1_000, 5, HERE), one("a", 500, 3, HERE, executed_at=NOON)) == 1_500


def test_what_carries_no_amount_answers_for_nothing() -> None:
    assert total(one("a", 500, 10), amount=0) == 0


def test_findings_stand_until_they_are_looked_for_again() -> None:
    said = [fact(investigation.FindingsSubmitted), fact(investigation.FindingsAccepted, verdict="partly")]
    assert (stands := findings(said)) is not None and stands.verdict == "partly"
    assert findings([*said, fact(callback.ComplaintReopened, cycle=2, stage="resolution")]) == stands
    assert findings([*said, fact(callback.ComplaintReopened, cycle=2, stage="investigation")]) is None
    assert findings([registered()]) is None


def test_a_superseded_piece_of_evidence_is_not_decided_by() -> None:
    first = fact(investigation.EvidenceAdded, evidence="E1", supersedes=None)
    second = fact(investigation.EvidenceAdded, evidence="E2", supersedes="E1")
    assert [each.evidence for each in evidence([first, second])] == ["E2"]
    assert [each.statement for each in statements([fact(investigation.StatementTaken, statement="S1")])] == ["S1"]


def test_options_stand_side_by_side_with_what_became_of_each() -> None:
    money = Money(minor=1_200, currency="CNY")
    said: list[Event] = [
        fact(resolution.RemedyOptionProposed, option="old", digest="0" * 64, amount=money),
        fact(callback.ComplaintReopened, cycle=2, stage="resolution"),
        fact(resolution.RemedyOptionProposed, cycle=2, option="a", digest=DIGEST, amount=money),
        fact(resolution.RemedyOptionProposed, cycle=2, option="b", digest=OTHER, amount=money),
        fact(resolution.RemedySubmitted, cycle=2, digest=DIGEST),
        fact(resolution.RemedyApproved, cycle=2, digest=DIGEST, step=1, of=2),
    ]
    assert [(each.option, each.became) for each in options(said, 2)] == [("a", "approved"), ("b", None)]
    assert [(each.step, each.of, each.by) for each in approvals(said, DIGEST)] == [(1, 2, "li.na")]
    assert approvals(said, None) == []


def test_what_the_caller_may_not_read_is_told_sealed() -> None:
    option = options([fact(resolution.RemedyOptionProposed, cycle=1)], 1)[0]
    assert option.description is None
    assert all(line.startswith("…: ") for line in option.steps)
