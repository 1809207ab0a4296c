"""The desk over HTTP: worklists of its three users, one complaint whole, and who is shown none of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.desk import asked, caught_up, items, listed, read, standing
from tests.e2e.remedy import execute
from tests.e2e.test_http import is_problem
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    AUDITOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    OTHER_LEAD,
    Walk,
)
from tests.fixtures.system import House

WORDS = "Charged twice, and nobody called back."
OTHERS_LEAD = "sun.lei"
HIGHER = "gu.mingyuan"
CURSOR = "cursor"
LEADS_LIMIT, APPROVERS_LIMIT = 2_000_00, 50_000_00
LISTS = ("cases", "worklists/mine", "worklists/team")


@pytest.fixture(scope="module")
async def walk(house: House) -> Walk:
    """A complaint whose remedy waits for an approval."""
    return await Walk(house).submitted()


async def number_of(walk: Walk) -> str:
    return str((await read(walk, AUDITOR))["standing"]["number"])


async def test_an_agent_keeps_track_of_it_until_it_is_solved(house: House) -> None:
    solved = await Walk(house).closed()
    assert await listed(solved, AGENT, "worklists/mine", CURSOR) == []
    mine = await Walk(house).registered()
    (row,) = await listed(mine, AGENT, "worklists/mine", CURSOR)
    assert (row["stage"], row["waits_for"], row["owner"], row["solved"]) == ("registered", "agent", AGENT, False)
    assert await listed(mine, OTHER_AGENT, "worklists/mine", CURSOR) == []


async def test_a_team_s_worklist_is_in_the_order_of_what_is_due(house: House, walk: Walk) -> None:
    rows = await items(house, LEAD, "worklists/team?department=cards", CURSOR)
    due = [datetime.fromisoformat(row["due_at"]) for row in rows]
    assert all(earlier <= later for earlier, later in pairwise(due))
    row = next(row for row in rows if row["complaint_id"] == walk.id)
    assert (row["stage"], row["waits_for"], row["amount"]) == ("approval_pending", "department_lead", 5_000)
    assert await listed(walk, LEAD, "worklists/team?department=loans", CURSOR) == []
    assert await listed(walk, LEAD, "worklists/team?waits_for=department_lead", CURSOR) != []
    assert await listed(walk, LEAD, "worklists/team?pending=review", CURSOR) == []


async def test_what_waits_for_my_approval_has_all_that_decides_it(walk: Walk) -> None:
    (row,) = await listed(walk, LEAD, "worklists/approvals")
    assert (row["digest"], row["amount"], row["proposer"], row["step"]) == (walk.digest, 5_000, OFFICER, 1)
    assert (row["granted"], row["total"], row["limit"], row["within_limit"]) == (0, 5_000, LEADS_LIMIT, True)
    assert (row["limits_table"], row["why_not"], row["says"]) == ("house@1", None, None)
    assert await listed(walk, OTHERS_LEAD, "worklists/approvals") == [], "another department's lead"
    assert await listed(walk, APPROVER, "worklists/approvals") == [], "it waits for the role below"
    (stepping_in,) = await listed(walk, APPROVER, "worklists/approvals?below=true")
    assert stepping_in["limit"] == APPROVERS_LIMIT


async def test_an_approval_that_is_too_large_for_one_climbs_to_the_list_of_the_role_above(house: House) -> None:
    large = await Walk(house).submitted(LEADS_LIMIT + 1)
    (row,) = await listed(large, LEAD, "worklists/approvals")
    assert row["within_limit"] is False
    await large.step(LEAD, "resolution", "approval", {"digest": large.digest, "instruction": "同意, 报上级审批。"})
    assert await listed(large, LEAD, "worklists/approvals") == []
    (row,) = await listed(large, APPROVER, "worklists/approvals")
    assert (row["step"], row["within_limit"]) == (2, True)
    decision = await read(large, APPROVER, "/decision?purpose=approval")
    (step,) = decision["approvals"]
    assert (step["step"], step["of"], step["by"], step["limit"]) == (1, 2, LEAD, LEADS_LIMIT)
    assert step["instruction"] == "同意, 报上级审批。"


async def test_whoever_may_not_approve_is_told_why_in_their_language(house: House, walk: Walk) -> None:
    token = house.token_of(OFFICER, "department_lead", department="cards")
    await caught_up(walk)
    said = {}
    for language in ("zh", "en"):
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        page = (await house.client.get("desk/worklists/approvals?limit=200", headers=headers)).json()
        row = next(row for row in page["items"] if row["complaint_id"] == walk.id)
        assert row["why_not"] == "own_proposal"
        said[language] = row["says"]
    assert said["zh"] and said["en"] and said["zh"] != said["en"]


async def test_everything_an_approver_decides_by_is_on_one_page(house: House) -> None:
    settled = await Walk(house).executed(7_000)
    again = await Walk(house, person=await person_of(settled), category=settled.category).submitted(6_000)
    is_problem(await asked(house, LEAD, f"complaints/{again.id}/decision"), 400, "purpose_required")
    decision = await read(again, LEAD, "/decision?purpose=approval")
    assert decision["complaint"] == WORDS
    assert (decision["findings"]["verdict"], decision["findings"]["reasons"]) == ("upheld", "The ledger shows it.")
    assert [(piece["evidence"], piece["title"]) for piece in decision["evidence"]] == [("e1", "The call")]
    (option,) = decision["options"]
    assert (option["became"], option["description"], option["steps"]) == (
        "submitted",
        "What we do.",
        ["Loss: 6000 CNY"],
    )
    waiting = decision["waiting"]
    assert (waiting["granted"], waiting["total"], waiting["limit"]) == (7_000, 13_000, LEADS_LIMIT)
    (granted,) = decision["granted"]
    assert (granted["complaint_id"], granted["amount"]) == (settled.id, 7_000)
    (similar,) = decision["similar"]
    assert (similar["cases"], similar["median"], similar["latest"]) == (1, 7_000, [await number_of(settled)])
    approved = await again.post(
        LEAD, "resolution", "approval", {"digest": again.digest, "instruction": "同意, 尽快办理。"}
    )  # fmt: skip
    assert approved.status_code == 201, approved.text
    assert (await read(again, LEAD, "/decision?purpose=approval"))["waiting"] is None


async def person_of(walk: Walk) -> str:
    return str((await read(walk, AUDITOR))["standing"]["person"]).removeprefix("person:")


async def test_a_case_that_nothing_was_found_of_yet_has_an_empty_page(house: House) -> None:
    decision = await read(await Walk(house).registered(), LEAD, "/decision?purpose=approval")
    assert (decision["findings"], decision["waiting"], decision["complaint"]) == (None, None, WORDS)
    assert [decision[name] for name in ("evidence", "options", "approvals", "granted", "similar")] == [[]] * 5


async def test_a_complaint_is_told_whole_in_chinese_and_in_english_by_a_number_typed_in_haste(walk: Walk) -> None:
    house, number = walk.house, await number_of(walk)
    typed = number.replace("-", "").lower()
    told = {}
    for language in ("zh", "en"):
        answer = await asked(house, AGENT, f"complaints/{typed}", **{"Accept-Language": language})
        assert (answer.status_code, answer.headers["content-language"]) == (200, language)
        told[language] = answer.json()
        assert told[language]["standing"]["complaint_id"] == walk.id
    for chinese, english in zip(told["zh"]["timeline"], told["en"]["timeline"], strict=True):
        assert chinese["type"] == english["type"] and chinese["says"] != english["says"]
    assert f"登记投诉 {number}" in told["zh"]["timeline"][0]["says"]
    types = [each["type"] for each in told["en"]["timeline"]]
    assert types[0] == "complaint.registered" and types[-1] == "remedy.submitted"
    assert types.index("investigation.findings-accepted") < types.index("remedy.option-proposed")
    spaced = f" {number[:4]} {number[5:]} "
    for way in (spaced, number.lower(), walk.id.upper()):
        assert (await asked(house, AGENT, f"complaints/{way}")).json()["standing"]["number"] == number


async def test_a_timeline_is_told_in_pages(walk: Walk) -> None:
    whole = await read(walk, AGENT)
    told: list[dict[str, Any]] = []
    following: int | None = 0
    while following is not None:
        page = await read(walk, AGENT, f"?limit=4&after={following}")
        told, following = told + page["timeline"], page["next"]
        assert page["events"] == len(whole["timeline"])
    assert told == whole["timeline"]


async def test_what_people_said_is_sealed_until_somebody_says_what_they_read_it_for(walk: Walk) -> None:
    sealed, opened = await read(walk, AGENT), await read(walk, AGENT, "?purpose=handling")
    assert WORDS not in str(sealed) and sealed["timeline"][0]["fields"]["content"] is None
    assert opened["timeline"][0]["fields"]["content"] == WORDS


async def test_clocks_are_those_of_the_zone_that_is_asked_for(walk: Walk) -> None:
    said = {
        zone: (await read(walk, AGENT, f"?zone={zone}"))["timeline"][0]["says"]
        for zone in ("Asia/Shanghai", "Europe/London")
    }
    assert len(set(said.values())) == 2
    for wrong in ("Mars/Olympus", "../../etc/passwd", "%00", ""):
        is_problem(await asked(walk.house, AGENT, f"complaints/{walk.id}?zone={wrong}"), 422, "invalid")


async def test_who_was_held_to_account_stands_in_no_timeline(house: House) -> None:
    walk = await Walk(house).assigned()
    body = {"investigator": INVESTIGATOR, "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", body)
    await walk.evidence()
    cause = {"cause": "staff-error", "department": "cards", "responsible_person": "gao.peng"}
    await walk.step(INVESTIGATOR, "investigation", "cause", cause)
    findings = {"verdict": "upheld", "reasons": "It shows.", "loss": {"minor": 5_000, "currency": "CNY"}}
    await walk.step(INVESTIGATOR, "investigation", "findings", findings)
    await walk.step(LEAD, "investigation", "findings/acceptance")
    measure = {"measure": "m1", "person": "gao.peng", "decision": "口头警告。"}
    await walk.step("shen.jia", "resolution", "accountability", measure)
    for who in (AGENT, LEAD, "shen.jia", AUDITOR):
        told = await read(walk, who, "?purpose=audit")
        identified = next(each for each in told["timeline"] if each["type"] == "investigation.cause-identified")
        assert identified["fields"]["responsible_person"] is None
        assert "gao.peng" not in str(told) and "口头警告" not in str(told)


async def test_whoever_reads_at_the_desk_stands_in_its_access_log(walk: Walk) -> None:
    house = walk.house
    person = f"person:{await person_of(walk)}"
    newest: list[dict[str, Any]] = []
    reads = {
        f"complaints/{walk.id}?purpose=customer_request": ("read_complaints_complaint", "customer_request", {person}),
        f"complaints/{walk.id}/decision?purpose=approval": ("read_complaints_complaint_decision", "approval", {person}),
        f"cases?number={await number_of(walk)}": ("cases_list_cases", None, set()),
        "worklists/approvals?limit=200": ("read_worklists_approvals", None, {person}),
    }
    for path, (operation, purpose, beside) in reads.items():
        assert (await asked(house, LEAD, path)).status_code == 200
        headers = {"Authorization": f"Bearer {house.token(AUDITOR)}"}
        asked_for = {"actor": LEAD, "subject": f"complaint:{walk.id}", "limit": "1"}
        answer = await house.client.get("desk/accesses", params=asked_for, headers=headers)
        newest = answer.json()["items"]
        assert (newest[0]["operation"], newest[0]["purpose"]) == (operation, purpose)
        assert set(newest[0]["subjects"]) >= {f"complaint:{walk.id}"} | beside


async def everywhere(walk: Walk, who: str, *roles: str, department: str = "") -> AsyncIterator[tuple[str, bool]]:
    """Each of the desk's addresses, and whether it shows the complaint to this person."""
    house = walk.house
    headers = {"Authorization": f"Bearer {house.token_of(who, *roles, department=department)}"}
    number = await number_of(walk)
    for name in (walk.id, number, number.lower()):
        for path in (f"complaints/{name}", f"complaints/{name}/decision?purpose=approval"):
            yield path, (await house.client.get(f"desk/{path}", headers=headers)).status_code == 200
    for path in lists_of_everything():
        shown, following = False, ""
        while following is not None and not shown:
            joined = "&" if "?" in path else "?"
            parameter = "cursor" if path in LISTS else "after"
            more = f"&{parameter}={following}" if following else ""
            answer = await house.client.get(f"desk/{path}{joined}limit=200{more}", headers=headers)
            if answer.status_code == 403:
                break
            assert answer.status_code == 200, answer.text
            shown = any(row["complaint_id"] == walk.id for row in answer.json()["items"])
            following = answer.json()["next"]
        yield path, shown


def lists_of_everything() -> Iterator[str]:
    yield from LISTS
    yield "worklists/approvals?below=true"
    yield "worklists/callbacks?hours=240"
    yield "statistics/cases"
    for measure in ("decision_in_time", "not_established", "repeated", "satisfied", "callback_coverage"):
        yield f"statistics/cases?measure={measure}"


async def test_a_restricted_case_is_on_no_page_of_the_desk_for_another_department(house: House) -> None:
    walk = await (await Walk(house).investigated(restricted=True)).offered()
    await walk.step(JUDGE, "resolution", "acceptance", walk.acceptance())
    await execute(walk)
    await standing(walk, stage="callback_due")
    to_call = "worklists/callbacks?hours=240"
    agents = {each: [shown async for path, shown in everywhere(walk, "some.agent", "agent", department=each)
                     if path == to_call] for each in ("loans", "cards")}  # fmt: skip
    assert agents == {"loans": [False], "cards": [True]}
    await walk.answered()
    await standing(walk, stage="satisfied", restricted=True)
    roles = ("agent", "department_lead", "quality_reviewer")
    seen = {path async for path, shown in everywhere(walk, "nobody.special", *roles, department="loans") if shown}
    assert seen == set()
    of_cards = {path async for path, shown in everywhere(walk, "of.cards", *roles, department="cards") if shown}
    assert {"cases", "worklists/team", "statistics/cases", f"complaints/{walk.id}"} <= of_cards
    counted = {}
    for department in ("loans", "cards"):
        headers = {"Authorization": f"Bearer {house.token_of('x', 'department_lead', department=department)}"}
        body = (await house.client.get("desk/statistics/kpis", headers=headers)).json()
        counted[department] = next(each["counted"] for each in body["figures"] if each["name"] == "satisfied")
    assert counted["cards"] > counted["loans"]


async def test_a_declared_conflict_ends_all_access_at_once(house: House) -> None:
    walk = await Walk(house).submitted()
    roles = ("triage_lead", "department_lead")
    before = {path async for path, shown in everywhere(walk, OTHER_LEAD, *roles, department="cards") if shown}
    assert {"cases", "worklists/team", "worklists/approvals?below=true", f"complaints/{walk.id}"} <= before
    await walk.step(OTHER_LEAD, "investigation", "conflict", {"nature": "The customer is a neighbour of mine."})
    await caught_up(walk)
    after = {path async for path, shown in everywhere(walk, OTHER_LEAD, *roles, department="cards") if shown}
    assert after == set()
    assert await listed(walk, LEAD, "worklists/approvals") != []


async def test_callbacks_that_are_due_now_or_in_the_next_hours_are_listed_with_who_may_not_call(house: House) -> None:
    walk = await Walk(house).executed()
    due = (await standing(walk, stage="callback_due"))["due_at"]
    hours = int((datetime.fromisoformat(due) - house.system.process.clock.now()) / timedelta(hours=1))
    caller = "huang.ting"
    assert await listed(walk, caller, f"worklists/callbacks?hours={hours - 1}") == []
    (row,) = await listed(walk, caller, f"worklists/callbacks?hours={hours + 2}")
    assert (row["stage"], row["overdue"], row["why_not"]) == ("callback_due", False, None)
    await walk.answered()
    assert await listed(walk, caller, f"worklists/callbacks?hours={hours + 2}") == []


async def test_figures_lead_to_the_cases_behind_them(house: House) -> None:
    walk = await Walk(house).answered()
    await standing(walk, stage="satisfied")
    since = (house.system.process.clock.now() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    body = (await asked(house, LEAD, f"statistics/kpis?since={since}&department=cards")).json()
    figure = next(each for each in body["figures"] if each["name"] == "satisfied")
    behind = await items(house, LEAD, f"statistics/cases?{urlsplit(figure['behind']).query}")
    assert len(behind) == figure["met"]
    assert walk.id in {row["complaint_id"] for row in behind}
    table = (await asked(house, LEAD, f"statistics/classification?since={since}")).json()
    line = next(each for each in table["lines"] if each["category"] == walk.category)
    assert (line["outcome"], line["cause"], line["cases"], line["total"]) == ("executed", "system-fault", 1, 5_000)
    (row,) = await items(house, LEAD, f"statistics/cases?{urlsplit(line['behind']).query}")
    assert row["complaint_id"] == walk.id
    wrong = await asked(house, LEAD, f"statistics/kpis?since={since}&until=2020-01-01T00:00:00Z")
    is_problem(wrong, 422, "invalid")


async def test_a_read_waits_for_what_its_caller_just_did(house: House) -> None:
    walk = await Walk(house).registered()
    token = house.seen[f"intake:complaint:{walk.id}"]
    answer = await house.get(AGENT, f"desk/complaints/{walk.id}", **{"Consistency-Token": token})
    assert answer.status_code == 200, answer.text
    ahead = f"intake:complaint:{walk.id}:99"
    started = asyncio.get_running_loop().time()
    is_problem(
        await house.get_once(AGENT, f"desk/complaints/{walk.id}", **{"Consistency-Token": ahead}), 409, "not_yet_seen"
    )
    assert asyncio.get_running_loop().time() - started < 10


async def test_what_nobody_registered_is_no_more_there_than_what_one_may_not_see(house: House) -> None:
    for name in ("0000-0000", "00000000-0000-4000-8000-00000000dead", "-", "王", "%20"):
        is_problem(await asked(house, JUDGE, f"complaints/{name}"), 404, "not_found")
