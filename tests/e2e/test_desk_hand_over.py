"""移交 The open work of somebody who leaves is handed over in one request, each case by its own service's rules."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2

from tests.e2e.desk import caught_up, listed, standing
from tests.e2e.test_http import is_problem
from tests.e2e.walk import AUDITOR, JUDGE, LEAD, OTHER_AGENT, SECOND_INVESTIGATOR, Walk
from tests.fixtures.system import House

ADMINISTRATOR = "ren.zhi"
_numbers = count(1)


@dataclass
class Leaver:
    """Somebody with open work, who leaves."""

    house: House
    role: str
    department: str
    id: str = field(default_factory=lambda: f"leaver.{next(_numbers)}")

    async def joins(self) -> "Leaver":
        position = {"name": "Somebody Else", "department": self.department, "roles": [self.role]}
        answer = await self.house.post(ADMINISTRATOR, f"directory/staff/{self.id}", position)
        assert answer.status_code == 201, answer.text
        return self

    async def leaves(self) -> None:
        answer = await self.house.post(ADMINISTRATOR, f"directory/staff/{self.id}/departure")
        assert answer.status_code == 201, answer.text

    async def registers(self, **fields: Any) -> Walk:
        """A complaint that this one keeps track of."""
        walk = Walk(self.house)
        token = self.house.token_of(self.id, self.role, department=self.department)
        now = self.house.system.process.clock.now().isoformat()
        body = {"complainant": "王芳", "channel": "phone", "received_at": now, "content": "Charged twice."} | fields
        answer = await self.house.post("", "intake/complaints", body, token=token)
        assert answer.status_code == 201, answer.text
        walk.id = answer.json()["complaint_id"]
        return walk


async def handed_over(
    house: House, who: str, previous: str, to: str, *, key: str, language: str = "en", **fields: Any
) -> httpx2.Response:
    body = {"previous": previous, "to": to, "reason": "left"} | fields
    return await house.post(who, "desk/hand-overs", body, key=key, headers={"Accept-Language": language})


async def owner_of(walk: Walk) -> str | None:
    return str((await standing(walk))["owner"])


async def test_one_that_is_refused_stops_none_of_the_others_and_is_told_in_one_s_language(house: House) -> None:
    leaver = await Leaver(house, "agent", "customer-service").joins()
    walks = [await leaver.registers() for _ in range(3)]
    classified = {"category": walks[1].category, "severity": "ordinary", "reasons": [], "complained_of": [OTHER_AGENT]}
    await walks[1].step(JUDGE, "intake", "classification", classified)
    for walk in walks:
        await caught_up(walk)
    answer = await handed_over(house, JUDGE, leaver.id, OTHER_AGENT, key="hand-over-1", language="zh")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "zh"), answer.text
    cases = {each["complaint_id"]: each for each in answer.json()["cases"]}
    assert {walk.id: cases[walk.id]["done"] for walk in walks} == {
        walks[0].id: True, walks[1].id: False, walks[2].id: True,
    }  # fmt: skip
    refused = cases[walks[1].id]
    assert (refused["what"], refused["code"]) == ("ownership", "keeper_complained_of")
    assert refused["says"] and not refused["says"].isascii()
    await standing(walks[0], owner=OTHER_AGENT)
    await standing(walks[2], owner=OTHER_AGENT)
    assert await owner_of(walks[1]) == leaver.id
    (row,) = await listed(walks[0], OTHER_AGENT, "worklists/mine", "cursor")
    assert row["stage"] == "registered"


async def test_sent_again_with_the_same_key_it_repeats_nothing_and_goes_on_with_the_rest(house: House) -> None:
    leaver = await Leaver(house, "agent", "customer-service").joins()
    walk = await leaver.registers()
    await caught_up(walk)
    for _ in range(3):
        answer = await handed_over(house, JUDGE, leaver.id, OTHER_AGENT, key="hand-over-2")
        assert answer.status_code == 200
        # A desk that has not heard of it yet sends the very same command again: its answer is the first one's.
        assert all(each["done"] for each in answer.json()["cases"])
    await standing(walk, owner=OTHER_AGENT)
    assert await house.events(walk.id) == 2, "registered, and handed over once"
    later = await leaver.registers()
    await caught_up(later)
    answer = await handed_over(house, JUDGE, leaver.id, OTHER_AGENT, key="hand-over-2")
    assert [each["complaint_id"] for each in answer.json()["cases"]] == [later.id]


async def test_two_keys_that_begin_alike_are_two_wishes(house: House) -> None:
    leaver = await Leaver(house, "agent", "customer-service").joins()
    walk = await leaver.registers()
    await caught_up(walk)
    long = "k" * 150
    there = await handed_over(house, JUDGE, leaver.id, OTHER_AGENT, key=f"{long}-1")
    assert there.json()["cases"][0]["done"] is True
    await standing(walk, owner=OTHER_AGENT)
    back = await handed_over(house, JUDGE, OTHER_AGENT, "emma.clarke", key=f"{long}-2")
    assert next(each for each in back.json()["cases"] if each["complaint_id"] == walk.id)["done"] is True
    await standing(walk, owner="emma.clarke")


async def test_an_administrator_hands_over_the_work_of_whoever_has_left_and_of_nobody_else(house: House) -> None:
    leaver = await Leaver(house, "agent", "customer-service").joins()
    walk = await leaver.registers()
    await caught_up(walk)
    early = await handed_over(house, ADMINISTRATOR, leaver.id, OTHER_AGENT, key="hand-over-3")
    assert [(each["done"], each["code"]) for each in early.json()["cases"]] == [(False, "not_the_owner")]
    await leaver.leaves()
    done = early
    for _ in range(100):
        done = await handed_over(house, ADMINISTRATOR, leaver.id, OTHER_AGENT, key="hand-over-3")
        if done.json()["cases"][0]["done"]:
            break
    assert done.json()["cases"][0]["done"] is True
    await standing(walk, owner=OTHER_AGENT)


async def test_investigations_go_to_another_by_their_department_s_lead_with_a_declaration(house: House) -> None:
    leaver = await Leaver(house, "investigator", "cards").joins()
    walk = await Walk(house).assigned()
    body = {"investigator": leaver.id, "declaration": "declaration-1"}
    await walk.step(LEAD, "investigation", "investigator", body)
    await standing(walk, stage="investigating", investigator=leaver.id)
    without = await handed_over(house, LEAD, leaver.id, SECOND_INVESTIGATOR, key="hand-over-4")
    assert without.json()["cases"] == [], "without a declaration no investigation is handed over"
    declared = {"declaration": "declaration-17"}
    others = await handed_over(house, "sun.lei", leaver.id, SECOND_INVESTIGATOR, key="hand-over-5", **declared)
    assert [(each["what"], each["done"], each["code"]) for each in others.json()["cases"]] == [
        ("investigation", False, "not_responsible_department")
    ]
    done = await handed_over(house, LEAD, leaver.id, SECOND_INVESTIGATOR, key="hand-over-5", **declared)
    assert [(each["what"], each["done"]) for each in done.json()["cases"]] == [("investigation", True)]
    await standing(walk, investigator=SECOND_INVESTIGATOR)


async def test_what_it_shows_stands_in_the_access_log(house: House) -> None:
    leaver = await Leaver(house, "agent", "customer-service").joins()
    walk = await leaver.registers()
    await caught_up(walk)
    await handed_over(house, JUDGE, leaver.id, OTHER_AGENT, key="hand-over-6")
    headers = {"Authorization": f"Bearer {house.token(AUDITOR)}"}
    asked = {"actor": JUDGE, "subject": f"complaint:{walk.id}"}
    newest = (await house.client.get("desk/accesses", params=asked, headers=headers)).json()["items"][0]
    assert (newest["operation"], newest["purpose"]) == ("bulk_hand_overs", "handling")


async def test_whoever_may_not_or_asks_wrongly_hands_nothing_over(house: House) -> None:
    for who in ("li.na", "cao.ying"):
        is_problem(await handed_over(house, who, "li.na", OTHER_AGENT, key="hand-over-7"), 403, "wrong_role")
    for wrong in ({"after": "nowhere"}, {"previous": "Li Na"}, {"every": "case"}):
        is_problem(await handed_over(house, JUDGE, **{"previous": "li.na", "to": OTHER_AGENT, "key": "k"} | wrong), 422,
                   "invalid")  # fmt: skip
    is_problem(await house.post(JUDGE, "desk/hand-overs", {"previous": "a", "to": "b", "reason": "c"}, key=" "), 400,
               "idempotency_key_required")  # fmt: skip
