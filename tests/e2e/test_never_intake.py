"""What must never happen at intake, tried over HTTP: refused, and not one event written (N9, N16, N22, N23)."""

from typing import Any

from tests.e2e.remedy import approval, approve, found_out, put_to_customer, returned
from tests.e2e.walk import (
    AGENT,
    APPROVER,
    AUDITOR,
    CALLER,
    ESTABLISHED,
    EXECUTOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    REJECTED,
    SCORES,
    SECOND,
    Walk,
    sha256,
)
from tests.fixtures.system import House

OTHER_JUDGE = "zhao.min"
AGREED = {"reasons": "The reasons hold."}
LETTER = {"letter": "非常抱歉 … our reasons …", "channel": "letter", "proof": "post-1"}
OF_TRIAGE = REJECTED | {"department": "triage"}
FOREIGN_LEAD, FOREIGN_INVESTIGATOR, INSIDER = "sun.lei", "wu.min", "chen.bo"
RESTRICTED = {
    "category": "cards/charges", "severity": "ordinary", "reasons": [], "restricted": True,
    "explanation": "A member of the board is named.",
}  # fmt: skip
OUTSIDERS = (AGENT, FOREIGN_LEAD, FOREIGN_INVESTIGATOR)


async def proposed_rejection(house: House, **changes: Any) -> Walk:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", REJECTED | changes)
    return walk


# N9: no rejection without reasons, by one person, or without the callback after it


async def test_a_rejection_without_reasons_is_refused(house: House) -> None:
    walk = await Walk(house).classified()
    unreasoned = {name: value for name, value in REJECTED.items() if name != "reasons"}
    await walk.refused(JUDGE, "intake", "judgement", unreasoned, "reasons_missing")
    for blank in ("", " ", "\u3000\n"):
        await walk.refused(JUDGE, "intake", "judgement", REJECTED | {"reasons": blank}, "invalid", status=422)


async def test_both_tests_of_a_judgement_must_be_answered_in_words(house: House) -> None:
    walk = await Walk(house).classified()
    for unanswered in ("grounds", "demand"):
        for verdict in (REJECTED, ESTABLISHED):
            await walk.refused(JUDGE, "intake", "judgement", verdict | {unanswered: " "}, "invalid", status=422)


async def test_the_second_person_of_a_rejection_needs_reasons_too(house: House) -> None:
    walk = await proposed_rejection(house)
    for body in ({}, {"reasons": " "}):
        for decision in ("confirmation", "return"):
            await walk.refused(SECOND, "intake", f"rejection/{decision}", body, "invalid", status=422)


async def test_one_person_never_rejects_alone_whatever_roles_they_hold(house: House) -> None:
    walk = await proposed_rejection(house)
    await walk.refused(JUDGE, "intake", "rejection/confirmation", AGREED, "same_person")
    for role in ("reviewer", "department_lead", "triage_lead"):
        token = house.token_of(JUDGE, role, department="wealth")
        await walk.refused(JUDGE, "intake", "rejection/confirmation", AGREED, "same_person", token=token)


async def test_nobody_of_the_department_complained_of_rejects(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.refused(JUDGE, "intake", "judgement", OF_TRIAGE, "own_department")


async def test_nobody_of_the_department_complained_of_confirms_a_rejection(house: House) -> None:
    walk = await proposed_rejection(house)
    await walk.refused(LEAD, "intake", "rejection/confirmation", AGREED, "own_department")
    moved = house.token_of(LEAD, "department_lead", department="wealth")
    await walk.refused(LEAD, "intake", "rejection/confirmation", AGREED, "own_department", token=moved)


async def test_whoever_is_complained_of_neither_rejects_nor_confirms(house: House) -> None:
    walk = await Walk(house).classified(complained_of=[JUDGE])
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "complained_of")
    await walk.refused(OTHER_JUDGE, "intake", "judgement", REJECTED, "own_department")
    about_a_lead = await Walk(house).classified(complained_of=[FOREIGN_LEAD])
    await about_a_lead.step(JUDGE, "intake", "judgement", REJECTED)
    await about_a_lead.refused(FOREIGN_LEAD, "intake", "rejection/confirmation", AGREED, "complained_of")


async def test_a_rejection_that_one_person_proposed_is_not_told_to_the_customer(house: House) -> None:
    walk = await proposed_rejection(house)
    await walk.refused(AGENT, "intake", "courtesy-reply", LETTER, "not_rejected")
    await walk.step(SECOND, "intake", "rejection/return", AGREED)
    await walk.refused(AGENT, "intake", "courtesy-reply", LETTER, "not_rejected")


async def test_a_rejected_complaint_is_not_closed_without_reply_callback_and_word(house: House) -> None:
    walk = await Walk(house).rejected()
    await walk.refused(CALLER, "callback", "closing", None, "not_yet_seen", etag='"0"')
    await walk.step(AGENT, "intake", "courtesy-reply", LETTER)
    await walk.shows("callback", "status", "due")
    await walk.refused(CALLER, "callback", "closing", None, "not_reached")
    await walk.reached()
    await walk.refused(CALLER, "callback", "closing", None, "satisfaction_unknown")
    result = {"satisfied": False, "scores": SCORES, "words": "不同意。"}
    await walk.step(CALLER, "callback", "satisfaction", result)
    await walk.refused(CALLER, "callback", "closing", None, "dissatisfied_not_closed")


async def test_after_a_reopening_others_judge(house: House) -> None:
    walk = await (await Walk(house).replied()).reopened()
    walk.steps = []
    await walk.shows("intake", "status", "reopened")
    await walk.step(AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-2"})
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "excluded")
    await walk.step(OTHER_JUDGE, "intake", "judgement", REJECTED)
    await walk.refused(SECOND, "intake", "rejection/confirmation", AGREED, "excluded")


async def test_what_was_sent_elsewhere_is_over_here(house: House) -> None:
    walk = await Walk(house).classified()
    referral = LETTER | AGREED | {"reason": "other_firm", "to": "Another bank"}
    await walk.refused(JUDGE, "intake", "referral", referral | {"channel": "phone"}, "invalid", status=422)
    await walk.step(JUDGE, "intake", "referral", referral)
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "referred")
    await walk.refused(AGENT, "intake", "courtesy-reply", LETTER, "referred")
    established = await Walk(house).assigned()
    await established.refused(JUDGE, "intake", "referral", referral, "already_judged")


# N22: a special complaint is never quietly an ordinary one


async def test_a_special_complaint_is_never_downgraded(house: House) -> None:
    special = {"category": "cards/charges", "severity": "special", "reasons": ["media"], "restricted": False}
    walk = await Walk(house).classified(severity="special", reasons=["media"])
    ordinary = special | {"severity": "ordinary", "reasons": []}
    for who in (AGENT, JUDGE):
        await walk.refused(who, "intake", "classification", ordinary, "special_stays")
    await walk.refused(AGENT, "intake", "classification", special | {"reasons": []}, "special_without_reason")
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    await walk.refused(JUDGE, "intake", "classification", ordinary, "special_stays")
    assert (await walk.shows("intake", "severity", "special"))["severity"] == "special"


async def test_a_restriction_is_never_lifted_by_classifying_anew(house: House) -> None:
    walk = await Walk(house).classified(restricted=True)
    open_again = {"category": "cards/charges", "severity": "ordinary", "reasons": [], "restricted": False}
    await walk.refused(JUDGE, "intake", "classification", open_again, "restriction_stays")


# N23: no machine judges, rejects, approves or accepts


async def robot_may_not(walk: Walk, service: str, *tries: tuple[str, dict[str, Any] | None]) -> None:
    robot = walk.house.token_of("robot", "system")
    for path, body in tries:
        await walk.refused("robot", service, path, body, "wrong_role", status=403, token=robot)


async def test_no_machine_judges_confirms_or_assigns(house: House) -> None:
    walk = await Walk(house).classified()
    await robot_may_not(walk, "intake", ("judgement", ESTABLISHED), ("judgement", REJECTED))
    await walk.step(JUDGE, "intake", "judgement", REJECTED)
    await robot_may_not(
        walk, "intake", ("rejection/confirmation", AGREED), ("rejection/return", AGREED), ("courtesy-reply", LETTER)
    )
    await walk.step(SECOND, "intake", "rejection/return", AGREED)
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    await robot_may_not(walk, "intake", ("department", {"department": "cards", "recused": []}))


async def test_no_machine_overturns_refers_voids_or_downgrades(house: House) -> None:
    walk = await Walk(house).classified(severity="special", reasons=["media"])
    overturning = ESTABLISHED | AGREED
    del overturning["verdict"]
    referral = LETTER | AGREED | {"reason": "other_firm", "to": "Another bank"}
    await robot_may_not(
        walk, "intake", ("judgement/overturning", overturning), ("referral", referral), ("downgrade", AGREED),
        ("sign-off", AGREED | {"matter": "downgrade"}), ("voiding", AGREED), ("voiding/confirmation", AGREED),
        ("withdrawal/confirmation", {"stands_by_it": True, "channel": "phone", "recording": "r", "words": "w"}),
        ("notes", {"text": "t"}), ("owner", {"to": AGENT, "reason": "x"}),
        ("corrections", AGREED | {"field": "contact", "replaces": 1, "text": "1"}),
    )  # fmt: skip


async def test_nobody_judges_signs_or_confirms_in_the_name_of_another(house: House) -> None:
    walk = await proposed_rejection(house)
    absent = {"On-Behalf-Of": OTHER_JUDGE}
    tries: tuple[tuple[str, str, Any], ...] = (
        (JUDGE, "judgement", ESTABLISHED), (SECOND, "rejection/confirmation", AGREED),
        (SECOND, "rejection/return", AGREED), (AUDITOR, "sign-off", AGREED | {"matter": "downgrade"}),
        (JUDGE, "downgrade", AGREED), (JUDGE, "voiding/confirmation", AGREED), (JUDGE, "voiding/decline", AGREED),
    )  # fmt: skip
    for who, path, body in tries:
        await walk.refused(who, "intake", path, body, "acting_for_another", status=403, headers=absent)


async def test_no_machine_accepts_findings_or_approves_or_accepts_a_remedy(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR)
    await robot_may_not(
        walk, "investigation", ("findings/acceptance", None), ("findings/return", AGREED), ("conflict", {"nature": "x"})
    )
    await walk.step(LEAD, "investigation", "findings/acceptance")
    await walk.submitted()
    await robot_may_not(
        walk, "resolution", ("approval", approval(walk.digest)), ("remedy-return", returned(walk.digest))
    )
    await approve(walk)
    await put_to_customer(walk)
    declined = {"digest": walk.digest, "reasons": "Too little."}
    await robot_may_not(
        walk, "resolution", ("acceptance", walk.acceptance()), ("decline", declined),
        ("execution", {"digest": walk.digest}),
    )  # fmt: skip


async def test_nobody_is_called_system_whatever_role_their_token_bears(house: House) -> None:
    """The pseudonym of reactions is nobody to every four-eyes rule, so no person may act under it."""
    walk = await Walk(house).classified()
    token = house.token_of("system", "triage_lead", "approver")
    await walk.refused("system", "intake", "judgement", ESTABLISHED, "unauthenticated", status=401, token=token)
    await walk.submitted()
    await walk.refused(
        "system", "resolution", "approval", approval(walk.digest), "unauthenticated", status=401, token=token
    )


# N16: a restricted case is for the department that handles it, and for those who decide on all cases


async def complaints_listed(house: House, who: str, path: str) -> set[str]:
    """Every complaint that a list shows to somebody, page after page."""
    found: set[str] = set()
    cursor = ""
    while True:
        response = await house.get(who, f"{path}?purpose=audit&limit=200{cursor}")
        if response.status_code == 403:
            return found
        assert response.status_code == 200, response.text
        page = response.json()
        found |= {row["complaint_id"] for row in page["items"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


ONE = (
    "intake/complaints/{id}", "intake/complaints/{id}/particulars", "investigation/cases/{id}",
    "investigation/complaints/{id}/findings", "resolution/resolutions/{id}", "callback/callbacks/{id}",
)  # fmt: skip
LISTS_OF_ONE = (
    "investigation/complaints/{id}/evidence", "resolution/complaints/{id}/remedies",
    "callback/complaints/{id}/satisfaction",
)  # fmt: skip
LISTS = (
    "intake/complaints", "investigation/cases", "resolution/resolutions", "callback/worklists/callbacks",
)  # fmt: skip


async def restricted_and_answered(house: House) -> Walk:
    """A restricted case as far as the customer's word, so that every view has something to hide."""
    walk = await (await Walk(house).investigated(restricted=True)).offered()
    await walk.step(JUDGE, "resolution", "acceptance", walk.acceptance())
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    await walk.shows("callback", "status", "due")
    walk.steps.append("execution")
    await walk.answered()
    await walk.shows("callback", "status", "satisfied")
    return walk


async def test_a_restricted_case_is_read_by_its_own_department_only(house: House) -> None:
    walk = await restricted_and_answered(house)
    for path in (each.format(id=walk.id) for each in ONE):
        for who in (AUDITOR, APPROVER, INSIDER):
            assert (await house.get(who, f"{path}?purpose=audit")).status_code == 200, (who, path)
        for who in OUTSIDERS:
            hidden = await house.get(who, f"{path}?purpose=audit")
            assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found"), (who, path)
    for path in (*LISTS, *(each.format(id=walk.id) for each in LISTS_OF_ONE)):
        for who in (AUDITOR, APPROVER, INSIDER):
            assert walk.id in await complaints_listed(house, who, path), (who, path)
        for who in OUTSIDERS:
            assert walk.id not in await complaints_listed(house, who, path), (who, path)


async def test_a_case_restricted_before_it_is_judged_is_hidden_from_the_worklists(house: House) -> None:
    walk = await Walk(house).classified(restricted=True)
    await walk.shows("intake", "restricted", True)
    path = "intake/worklists/judgement"
    assert walk.id in await complaints_listed(house, JUDGE, path)
    assert walk.id not in await complaints_listed(house, AGENT, path)
    open_waiting = await Walk(house).classified()
    await open_waiting.shows("intake", "status", "classified", "acknowledged")
    assert open_waiting.id in await complaints_listed(house, AGENT, path)


async def test_a_remedy_of_a_restricted_case_waits_for_approval_unseen_by_other_departments(house: House) -> None:
    walk = await (await Walk(house).investigated(restricted=True)).submitted()
    path = "resolution/worklists/approvals"
    for who in (APPROVER, LEAD):
        assert walk.id in await complaints_listed(house, who, path)
    assert walk.id not in await complaints_listed(house, FOREIGN_LEAD, path)


async def test_a_restricted_case_is_handled_by_its_own_department_only(house: House) -> None:
    walk = await (await Walk(house).investigated(restricted=True)).submitted()
    kind = {"category": "cards/charges", "severity": "ordinary", "reasons": [], "restricted": True}
    evidence = {
        "evidence": "e9", "kind": "document", "title": "T", "sha256": sha256("x"), "size": 1,
        "media_type": "text/plain", "obtained_from": "desk",
    }  # fmt: skip
    named = {"investigator": FOREIGN_INVESTIGATOR, "declaration": "d-9"}
    tries: tuple[tuple[str, str, str, Any], ...] = (
        (AGENT, "intake", "classification", kind),
        (AGENT, "intake", "courtesy-reply", LETTER),
        (FOREIGN_LEAD, "intake", "rejection/confirmation", AGREED),
        (AGENT, "investigation", "evidence", evidence),
        (FOREIGN_INVESTIGATOR, "investigation", "evidence", evidence),
        (FOREIGN_LEAD, "investigation", "investigator", named),
        (FOREIGN_LEAD, "investigation", "findings/acceptance", None),
        (FOREIGN_INVESTIGATOR, "investigation", "conflict", {"nature": "A neighbour."}),
        (FOREIGN_INVESTIGATOR, "resolution", "remedy-submission", {"option": walk.option}),
        (FOREIGN_LEAD, "resolution", "approval", approval(walk.digest)),
        (FOREIGN_LEAD, "resolution", "remedy-return", returned(walk.digest)),
        (AGENT, "resolution", "acceptance", walk.acceptance()),
        (AGENT, "resolution", "decline", returned(walk.digest)),
        (FOREIGN_LEAD, "callback", "reopening", {"reason": "new_facts", "explanation": "A letter."}),
    )
    for who, service, path, body in tries:
        await walk.refused(who, service, path, body, "restricted_case", status=403)


async def test_a_case_that_is_restricted_late_is_closed_to_other_departments_at_once(house: House) -> None:
    walk = await Walk(house).submitted()
    kind = RESTRICTED
    told = await walk.step(JUDGE, "intake", "classification", kind)
    tries: tuple[tuple[str, str, str, Any], ...] = (
        (AGENT, "intake", "classification", kind),
        (FOREIGN_INVESTIGATOR, "investigation", "conflict", {"nature": "A neighbour."}),
        (FOREIGN_LEAD, "resolution", "approval", approval(walk.digest)),
        (AGENT, "resolution", "acceptance", walk.acceptance()),
    )
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    for who, service, path, body in tries:
        await walk.refused(who, service, path, body, "restricted_case", status=403, headers=learned)


async def test_a_token_that_names_no_department_is_of_none_that_has_the_case(house: House) -> None:
    walk = await (await Walk(house).classified(restricted=True)).rejected()
    await walk.step(JUDGE, "intake", "courtesy-reply", LETTER)
    await walk.shows("callback", "status", "due")
    token = house.token_of("helen.marsh", "department_lead", department="")
    reopening = {"reason": "new_facts", "explanation": "A letter."}
    code = "restricted_case"
    await walk.refused("helen.marsh", "callback", "reopening", reopening, code, status=403, token=token)
    conflict = {"nature": "A neighbour."}
    await walk.refused("helen.marsh", "investigation", "conflict", conflict, code, status=403, token=token)


async def test_a_case_that_is_restricted_late_is_hidden_from_other_departments_at_once(house: House) -> None:
    walk = await Walk(house).submitted()
    kind = RESTRICTED
    told = await walk.step(JUDGE, "intake", "classification", kind)
    learned = {"Consistency-Token": told.headers["consistency-token"]}
    for path in ("intake/complaints/{id}", "investigation/cases/{id}", "resolution/resolutions/{id}"):
        shown = await house.get(FOREIGN_LEAD, path.format(id=walk.id), **learned)
        assert shown.status_code == 404, path
    assert walk.id not in await complaints_listed(house, FOREIGN_LEAD, "resolution/worklists/approvals")
    assert not await complaints_listed(house, FOREIGN_LEAD, f"resolution/complaints/{walk.id}/remedies")


async def test_who_answers_for_the_cause_shows_in_no_view_of_the_case(house: House) -> None:
    walk = await Walk(house).assigned()
    await found_out(walk, INVESTIGATOR, responsible_person="gao.peng")
    await walk.shows("investigation", "status", "findings_submitted")
    for path in (*ONE, *LISTS_OF_ONE):
        for who in (AUDITOR, LEAD, INVESTIGATOR):
            shown = await house.get(who, f"{path.format(id=walk.id)}?purpose=audit")
            assert "gao.peng" not in shown.text, (who, path)
