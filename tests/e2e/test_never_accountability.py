"""Who answers for a complaint is dealt with apart from the case: nobody else sees it or has a hand in it (N16, F11).

And corrective actions, which belong to the case though they move nothing in it (F26).
"""

from datetime import timedelta
from typing import Any

from closedloop.timeline import timeline
from tests.e2e.remedy import listed
from tests.e2e.walk import AGENT, APPROVER, AUDITOR, EXECUTOR, INVESTIGATOR, JUDGE, LEAD, OFFICER, OTHER_LEAD, Walk
from tests.fixtures.system import House

HR, OTHER_HR, FOREIGN_LEAD = "shen.jia", "omar.farouk", "sun.lei"
DEALT_WITH, DECISION = "chen.bo", "口头警告一次。"
MEASURE = {"measure": "m1", "person": DEALT_WITH, "head": LEAD, "decision": DECISION}
_OF_ACCOUNTABILITY = "select count(*) from journal where subject = $1"


async def measures(walk: Walk) -> int:
    pool = walk.house.system.runtimes["resolution"].pool
    count: int = await pool.fetchval(_OF_ACCOUNTABILITY, f"accountability:{walk.id}")
    return count


async def may_not(walk: Walk, who: str, path: str, body: Any, code: str, status: int = 409, **options: Any) -> None:
    before = await measures(walk), await walk.house.events(walk.id)
    response = await walk.post(who, "resolution", path, body, **options)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert (await measures(walk), await walk.house.events(walk.id)) == before


async def recorded(walk: Walk) -> None:
    before = await walk.house.events(walk.id)
    response = await walk.step(HR, "resolution", "accountability", MEASURE)
    assert (response.status_code, response.json()["events"]) == (201, ["accountability.measure-recorded"])
    assert await walk.house.events(walk.id) == before, "nothing of it is in the case"


async def seen(walk: Walk, who: str) -> list[dict[str, Any]]:
    path = f"resolution/complaints/{walk.id}/accountability?purpose=handling"
    response = await walk.house.get(who, path)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_only_hr_and_the_lead_of_the_responsible_department_record_it_and_nobody_about_themself(
    house: House,
) -> None:
    walk = await Walk(house).investigated()
    for who in (AGENT, OFFICER, INVESTIGATOR, APPROVER, EXECUTOR, AUDITOR, JUDGE):
        await may_not(walk, who, "accountability", MEASURE, "wrong_role", 403)
    await may_not(walk, FOREIGN_LEAD, "accountability", MEASURE, "not_responsible_department", 403)
    await may_not(walk, LEAD, "accountability", MEASURE, "about_yourself")
    await may_not(walk, HR, "accountability", MEASURE | {"person": HR}, "about_yourself")
    headers = {"On-Behalf-Of": OTHER_HR}
    await may_not(walk, HR, "accountability", MEASURE, "acting_for_another", 403, headers=headers)
    await recorded(walk)
    await may_not(walk, OTHER_HR, "accountability", MEASURE, "measure_exists")


async def test_only_its_readers_see_it_and_no_view_or_timeline_of_the_case_tells_of_it(house: House) -> None:
    walk = await Walk(house).investigated()
    await recorded(walk)
    path = f"resolution/complaints/{walk.id}/accountability?purpose=handling"
    shown = await listed(house, HR, path, lambda row: True)
    assert (shown["person"], shown["head"], shown["decision"]) == (DEALT_WITH, LEAD, DECISION)
    assert [row["decision"] for row in await seen(walk, OTHER_LEAD)] == [DECISION]
    assert await seen(walk, FOREIGN_LEAD) == []
    without = await house.get(HR, f"resolution/complaints/{walk.id}/accountability")
    assert (without.status_code, without.json()["code"]) == (400, "purpose_required")
    for who in (AGENT, OFFICER, INVESTIGATOR, APPROVER, EXECUTOR, AUDITOR, JUDGE):
        response = await house.get(who, path)
        assert (response.status_code, response.json()["code"]) == (403, "wrong_role"), who
    told = await timeline(house.system.runtimes.values(), walk.id)
    assert not any("accountability" in entry.type or DECISION in entry.says for entry in told)
    for view in (f"resolution/resolutions/{walk.id}", f"resolution/complaints/{walk.id}/remedies",
                 f"investigation/cases/{walk.id}", f"desk/complaints/{walk.id}?purpose=handling"):  # fmt: skip
        text = (await house.get(AUDITOR, view)).text
        assert DECISION not in text and "accountability" not in text, view


async def test_it_is_revoked_by_another_person_of_hr_who_is_not_of_that_department(house: House) -> None:
    walk = await Walk(house).investigated()
    await recorded(walk)
    path, body = "accountability/m1/revocation", {"reasons": "The recording shows otherwise."}
    for who in (LEAD, OTHER_LEAD, AGENT):
        await may_not(walk, who, path, body, "wrong_role", 403)
    await may_not(walk, HR, path, body, "same_person")
    token = house.token_of(DEALT_WITH, "hr", department="cards")
    await may_not(walk, DEALT_WITH, path, body, "own_department", token=token)
    response = await walk.post(OTHER_HR, "resolution", path, body)
    assert response.json()["events"] == ["accountability.measure-revoked"]


async def test_an_action_is_raised_also_by_compliance_and_done_by_its_owner_alone(house: House) -> None:
    walk = await Walk(house).investigated()
    due_at = (house.system.process.clock.now() + timedelta(days=9)).isoformat()
    action = {"action": "a1", "what": "Check twice.", "owner": OFFICER, "due_at": due_at}
    for who in (AGENT, OFFICER, EXECUTOR):
        await walk.refused(who, "resolution", "actions", action, "wrong_role", status=403)
    await walk.refused(AUDITOR, "resolution", "actions", action | {"owner": AUDITOR}, "owner_cannot_act")
    await walk.step(AUDITOR, "resolution", "actions", action)
    shown = await listed(house, OFFICER, f"resolution/worklists/actions?owner={OFFICER}",
                         lambda row: bool(row["complaint_id"] == walk.id))  # fmt: skip
    assert (shown["cause"], shown["what"], shown["overdue"]) == ("system-fault", "Check twice.", False)
    done = {"result": "Live since Monday.", "proof": "change-7"}
    await walk.refused(LEAD, "resolution", "actions/a1/completion", done, "not_the_owner")
    await walk.refused(AUDITOR, "resolution", "actions/a1/completion", done, "wrong_role", status=403)
    await walk.step(OFFICER, "resolution", "actions/a1/completion", done)


async def test_an_action_is_possible_after_everything_is_over(house: House) -> None:
    walk = await Walk(house).closed()
    due_at = (house.system.process.clock.now() + timedelta(days=9)).isoformat()
    action = {"action": "a1", "what": "Check twice.", "owner": OFFICER, "due_at": due_at}
    await walk.step(JUDGE, "resolution", "actions", action)
    await walk.step(OFFICER, "resolution", "actions/a1/completion", {"result": "Done.", "proof": "change-7"})
    await recorded(walk)
