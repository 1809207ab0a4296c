"""Nobody with an interest investigates, nor whoever did before a reopening: refused, and not one event (N7)."""

from typing import Any

import pytest

from tests.e2e.remedy import FINDINGS, found_out
from tests.e2e.walk import ESTABLISHED, INVESTIGATOR, JUDGE, LEAD, OTHER_LEAD, SECOND_INVESTIGATOR, Walk, sha256
from tests.fixtures.system import House

THIRD_INVESTIGATOR = "liu.yan"
CAUSE = {"cause": "system-fault", "department": "cards"}
NEIGHBOUR = {"nature": "The customer is a neighbour of mine."}
KIND = {"category": "cards/charges", "severity": "ordinary", "reasons": []}


def named(investigator: str, **more: Any) -> dict[str, Any]:
    return {"investigator": investigator, "declaration": "declaration-1"} | more


def piece(code: str) -> dict[str, Any]:
    return {
        "evidence": code, "kind": "recording", "title": "The call", "sha256": sha256(code), "size": 1_000,
        "media_type": "audio/ogg", "obtained_from": "telephony",
    }  # fmt: skip


async def may_not_investigate(walk: Walk, investigator: str, code: str, lead: str = LEAD) -> None:
    """Neither as the first nor as a replacement."""
    for body in (named(investigator), named(investigator, reason="workload")):
        await walk.refused(lead, "investigation", "investigator", body, code)


async def test_whoever_is_complained_of_does_not_investigate(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[SECOND_INVESTIGATOR])
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "complained_of")


async def test_whoever_is_found_to_be_complained_of_only_later_is_out_at_once(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    told = await walk.step(JUDGE, "intake", "classification", KIND | {"complained_of": [INVESTIGATOR]})
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    code = "investigator_must_be_replaced"
    await walk.refused(INVESTIGATOR, "investigation", "evidence", piece("e1"), code, headers=learned)
    await walk.refused(INVESTIGATOR, "investigation", "cause", CAUSE, code)
    await may_not_investigate(walk, INVESTIGATOR, "complained_of")


async def test_whoever_is_recused_does_not_investigate(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    recused = {"department": "cards", "recused": [SECOND_INVESTIGATOR]}
    await walk.step(JUDGE, "intake", "department", recused)
    await walk.read("investigation")
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "recused")


async def test_whoever_reports_to_the_person_complained_of_does_not_investigate(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[LEAD])
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "reports_to_complained_of", OTHER_LEAD)


async def test_a_lead_who_is_complained_of_names_no_investigator_and_accepts_no_findings(house: House) -> None:
    walk = await Walk(house).assigned(complained_of=[OTHER_LEAD])
    await walk.refused(OTHER_LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR), "complained_of")
    await found_out(walk, SECOND_INVESTIGATOR)
    await walk.refused(OTHER_LEAD, "investigation", "findings/acceptance", None, "complained_of")
    await walk.refused(OTHER_LEAD, "investigation", "findings/return", {"reasons": "More."}, "complained_of")


async def test_whoever_declared_a_conflict_is_out_at_once(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR))
    await walk.step(INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    for path, body in (("evidence", piece("e1")), ("cause", CAUSE), ("findings", FINDINGS), ("conflict", NEIGHBOUR)):
        await walk.refused(INVESTIGATOR, "investigation", path, body, "restricted_case", status=403)
    await may_not_investigate(walk, INVESTIGATOR, "conflict_declared")


@pytest.mark.xfail(reason="a conflict closes the commands of a case, not yet its views")
async def test_whoever_declared_a_conflict_reads_the_case_no_more(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(SECOND_INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    assert (await walk.read("investigation")).status_code == 200
    hidden = await house.get(SECOND_INVESTIGATOR, f"investigation/cases/{walk.id}")
    assert hidden.status_code == 404


async def test_nothing_is_found_out_while_the_investigator_must_be_replaced(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    await walk.step(INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    code = "investigator_must_be_replaced"
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, code)
    await walk.refused(SECOND_INVESTIGATOR, "investigation", "cause", CAUSE, code)
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR, reason="conflict"))
    await walk.refused(LEAD, "investigation", "findings/acceptance", None, "no_findings")


async def test_a_conflict_declared_beforehand_keeps_from_being_named(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(SECOND_INVESTIGATOR, "investigation", "conflict", NEIGHBOUR)
    await may_not_investigate(walk, SECOND_INVESTIGATOR, "conflict_declared")


async def test_a_lead_does_not_investigate_what_they_decide_on(house: House) -> None:
    walk = await Walk(house).assigned()
    await may_not_investigate(walk, LEAD, "own_assignment")


async def test_whoever_investigated_never_decides_on_the_findings(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    leading = house.token_of(INVESTIGATOR, "department_lead", department="cards")
    for path, body in (("findings/acceptance", None), ("findings/return", {"reasons": "More."})):
        await walk.refused(INVESTIGATOR, "investigation", path, body, "investigated_it", token=leading)


async def test_after_a_reopening_another_investigates(house: House) -> None:
    walk = await Walk(house).reopened()
    await walk.shows("investigation", "cycle", 2)
    await may_not_investigate(walk, INVESTIGATOR, "investigated_before")
    await walk.refused(INVESTIGATOR, "investigation", "evidence", piece("e2"), "not_the_investigator")


async def test_whoever_was_replaced_before_a_reopening_investigates_no_more_either(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", named(SECOND_INVESTIGATOR))
    await walk.step(LEAD, "investigation", "investigator", named(INVESTIGATOR, reason="workload"))
    walk = await walk.reopened()
    await walk.shows("investigation", "cycle", 2)
    for before in (SECOND_INVESTIGATOR, INVESTIGATOR):
        await may_not_investigate(walk, before, "investigated_before")
    await walk.step(LEAD, "investigation", "investigator", named(THIRD_INVESTIGATOR))


async def test_only_the_lead_of_the_responsible_department_names_the_investigator(house: House) -> None:
    walk = await Walk(house).assigned()
    body = named(SECOND_INVESTIGATOR)
    await walk.refused("sun.lei", "investigation", "investigator", body, "not_responsible_department", status=403)
