"""Where a complaint stands, as its events say."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from services.desk.stages import SOLVED, WAITS_FOR, Stage
from services.desk.views.cases import VIEW, mine, unsolved, visible
from shared.decide import Actor
from shared.events import callback, intake, investigation, resolution
from shared.events.base import Event
from shared.events.vocabulary import Money
from shared.projections.folding import Row
from tests.rows import rows_of
from tests.unit.desk.facts import COMPLAINT, DAY, DIGEST, NOON, concluded, fact, registered, satisfied

KEY = str(COMPLAINT)


def standing(*events: Event) -> Row:
    return rows_of(VIEW, COMPLAINT, *events)[KEY]


def established(after: timedelta = DAY, **fields: Any) -> intake.ComplaintEstablished:
    told: dict[str, Any] = {"department": "cards", "days_asked": 15}
    return fact(intake.ComplaintEstablished, after, "wang.qiang", **told | fields)


def test_every_stage_says_whom_it_waits_for() -> None:
    assert set(WAITS_FOR) == set(get_args(Stage))
    assert set(get_args(Stage)) >= SOLVED


def test_a_complaint_is_due_at_once_when_it_is_received() -> None:
    row = standing(registered())
    assert (row["stage"], row["waits_for"], row["due_at"], row["owner"]) == ("registered", "agent", NOON - DAY, "li.na")
    assert row["solved"] is False


def test_what_a_machine_registered_is_kept_track_of_by_nobody_yet() -> None:
    assert standing(registered(by="system"))["owner"] is None


def test_an_established_complaint_is_due_when_the_time_asked_for_is_over() -> None:
    row = standing(registered(), established())
    assert (row["stage"], row["department"], row["due_at"]) == ("established", "cards", NOON + 16 * DAY)


def test_it_goes_round_the_loop() -> None:
    offered_until = NOON + 30 * DAY
    money = Money(minor=5_000, currency="CNY")
    approved: dict[str, Any] = {"digest": DIGEST, "amount": money, "step": 1, "of": 1}
    story = [
        registered(),
        fact(intake.ComplaintAcknowledged),
        established(),
        fact(investigation.InvestigationOpened, by="system", department="cards"),
        fact(investigation.InvestigatorAssigned, by="zhou.jie", investigator="amira.haddad"),
        fact(investigation.FindingsSubmitted, by="amira.haddad"),
        fact(investigation.FindingsAccepted, by="zhou.jie", verdict="upheld", cause="system-fault"),
        fact(resolution.RemedySubmitted, by="liu.yan", digest=DIGEST, amount=money),
        fact(resolution.RemedyApproved, by="tang.yi", **approved),
        fact(resolution.RemedyOffered, by="liu.yan", lapses_at=offered_until),
        fact(resolution.RemedyAccepted, by="yang.fan"),
        fact(resolution.RemedyExecutionStarted, by="deng.hong"),
        concluded(2 * DAY),
        fact(callback.CallbackScheduled, by="system", due_at=NOON + 5 * DAY),
        fact(callback.CallbackAttempted, by="huang.ting", outcome="reached"),
        satisfied(3 * DAY),
        fact(callback.ComplaintClosed, by="huang.ting", outcome="satisfied"),
        fact(callback.CaseSummarised, by="wang.qiang"),
        fact(callback.ComplaintArchived, by="system"),
    ]
    stages = [standing(*story[: n + 1])["stage"] for n in range(len(story))]
    assert stages == [
        "registered", "acknowledged", "established", "investigation_opened", "investigating", "findings_submitted",
        "findings_accepted", "approval_pending", "approved", "offered", "accepted", "executing", "concluded",
        "callback_due", "reached", "satisfied", "closed", "summarised", "archived",
    ]  # fmt: skip
    row = standing(*story)
    assert (row["solved"], row["verdict"], row["cause"], row["outcome"]) == (True, "upheld", "system-fault", "executed")
    assert standing(*story[:10])["due_at"] == offered_until
    assert standing(*story[:14])["due_at"] == NOON + 5 * DAY


def test_an_approval_that_climbs_waits_for_the_role_above() -> None:
    submitted = fact(resolution.RemedySubmitted, digest=DIGEST)
    first = fact(resolution.RemedyApproved, digest=DIGEST, step=1, of=2)
    climbs = fact(resolution.ApprovalEscalated, digest=DIGEST, to="approver")
    row = standing(registered(), submitted, first, climbs)
    assert (row["stage"], row["waits_for"]) == ("approval_pending", "approver")


@pytest.mark.parametrize(
    "gave_up",
    [resolution.RemedyReturned, resolution.RemedyRejected, resolution.RemedyDeclined, resolution.OfferLapsed],
)
def test_what_was_given_up_leads_back_to_the_options(gave_up: type[Any]) -> None:
    assert standing(registered(), fact(resolution.RemedySubmitted), fact(gave_up))["stage"] == "findings_accepted"


def test_a_withdrawal_holds_it_up_where_it_stands_until_it_is_answered() -> None:
    asked = [registered(), established(), fact(intake.WithdrawalRequested)]
    assert (standing(*asked)["stage"], standing(*asked)["pending"]) == ("established", "withdrawal")
    denied = standing(*asked, fact(intake.WithdrawalDenied, by="system"))
    assert (denied["stage"], denied["pending"]) == ("established", None)
    granted = standing(*asked, fact(intake.ComplaintWithdrawn, by="system", confirm_by=NOON + 3 * DAY))
    assert (granted["stage"], granted["pending"], granted["due_at"]) == ("withdrawn", None, NOON + 3 * DAY)
    assert granted["solved"] is False


@pytest.mark.parametrize(
    ("stage", "stands", "waits"),
    [
        ("judgement", "reopened", "triage_lead"),
        ("investigation", "investigation_opened", "department_lead"),
        ("resolution", "findings_accepted", "resolution_officer"),
    ],
)
def test_a_reopened_complaint_goes_on_where_the_reopening_says(stage: str, stands: str, waits: str) -> None:
    closed = [registered(), established(), concluded(DAY), fact(callback.ComplaintClosed)]
    again = fact(callback.ComplaintReopened, 2 * DAY, cycle=2, stage=stage, special=False)
    row = standing(*closed, again)
    assert (row["stage"], row["waits_for"], row["cycle"], row["solved"]) == (stands, waits, 2, False)
    assert (row["outcome"], row["amount"], row["due_at"]) == (None, None, NOON + 2 * DAY)


def test_special_and_restricted_are_lifted_by_no_new_classification() -> None:
    special = fact(intake.ComplaintClassified, severity="special", restricted=True, category="cards/fees")
    ordinary = fact(intake.ComplaintReclassified, severity="ordinary", restricted=False, category="cards/other")
    row = standing(registered(), special, ordinary)
    assert (row["severity"], row["restricted"], row["category"]) == ("special", True, "cards/other")
    assert standing(registered(), special, fact(intake.ComplaintDowngraded))["severity"] == "ordinary"


def test_how_often_the_customer_had_to_ask_again_is_counted() -> None:
    assert standing(registered(), fact(intake.CustomerChased), fact(intake.CustomerChased))["chased"] == 2


def test_a_case_handed_over_is_on_the_other_s_list() -> None:
    row = standing(registered(), fact(intake.ComplaintHandedOver, previous="li.na", to="yang.fan"))
    assert row["owner"] == "yang.fan"


def test_whoever_declared_a_conflict_is_remembered_once() -> None:
    declared = fact(investigation.ConflictDeclared, person="amira.haddad")
    assert standing(registered(), declared, declared)["conflicted"] == ["amira.haddad"]


def test_what_an_old_system_began_is_marked_and_goes_on_where_it_was() -> None:
    row = standing(registered(), fact(intake.ComplaintTakenOver, stage="established", system="old", department="loans"))
    assert (row["stage"], row["from_system"], row["department"]) == ("established", "old", "loans")


def said(condition: Any) -> str:
    return str(condition.compile(compile_kwargs={"literal_binds": True}))


def test_lists_say_whom_they_are_for() -> None:
    from services.desk.measures import CASES  # noqa: PLC0415 -- the table that conditions are asked of

    agent = Actor("li.na", "agent", "customer-service")
    assert "owner = 'li.na'" in said(mine(CASES, agent))
    assert "solved IS false" in said(unsolved(CASES, agent))
    assert "restricted IS NOT true" in said(visible(CASES, agent))
    assert "restricted" not in said(visible(CASES, Actor("cao.ying", "compliance_officer", "compliance")))
