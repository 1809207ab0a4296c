"""An insider of another department asks every question there is for a restricted case (N16); by every token (N18)."""

import base64
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from closedloop.installation import SERVICES
from shared.projections.scope import READ_ALL
from shared.web.issuer import AUDIENCE
from tests.e2e.remedy import classify_anew
from tests.e2e.walk import AGENT, CALLER, ESTABLISHED, JUDGE, LEAD, OFFICER, REJECTED, Walk, audit_of
from tests.fixtures.system import House
from tests.patience import Tries

SECRET = "隐秘之事 Restricted-Matter"
PURPOSE = {"purpose": "handling"}
NOT_THE_CASE = {"intake/lookup"}
"""It tells that a restricted complaint with this number exists, and no more (tests/e2e/test_customers.py)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that can be asked, and who may at all."""

    path: str
    may: frozenset[str]

    def about(self, names: Mapping[str, str]) -> str:
        return re.sub(r"{(\w+)}", lambda name: names.get(name[1], "x"), self.path)


async def questions(house: House) -> list[Question]:
    """Every GET of every service, as its interface tells it."""
    found = []
    for service in SERVICES:
        document = (await house.client.get(f"{service}/openapi.json")).json()
        found += list(_questions(service, document))
    return found


def _questions(service: str, document: dict[str, Any]) -> Iterator[Question]:
    for path, methods in document["paths"].items():
        if "get" in methods:
            yield Question(f"{service}{path}", frozenset(methods["get"]["x-may"]))


async def whole_life(house: House) -> Walk:
    """A restricted case of the cards department, with something said wherever something can be."""
    walk = await Walk(house).registered(content=SECRET, complainant=SECRET)
    body = {"severity": "special", "reasons": ["media"], "restricted": True, "category": walk.category}
    await walk.step(AGENT, "intake", "acknowledgement", {"channel": "sms", "proof": "sms-1"})
    await walk.step(AGENT, "intake", "classification", body)
    await walk.step(JUDGE, "intake", "notes", {"text": SECRET})
    await walk.step(JUDGE, "intake", "upward-reports", {"to": "department_lead", "reasons": SECRET})
    walk.steps = ["classification"]
    await walk.assigned()
    await walk.investigated()
    await walk.proposed("none", "no_remedy", 0)
    await walk.submitted(5_000)
    approval = {"digest": walk.digest, "instruction": SECRET}
    await walk.step("tang.yi", "resolution", "approval", approval)
    await walk.step("david.okafor", "resolution", "approval", approval)
    letter = {"digest": walk.digest, "letter": SECRET, "channel": "letter", "proof": "post-2"}
    await walk.step(OFFICER, "resolution", "offer", letter)
    await walk.step(JUDGE, "resolution", "acceptance", walk.acceptance())
    await walk.step("deng.hong", "resolution", "execution", {"digest": walk.digest})
    action = {"action": "a1", "what": SECRET, "owner": OFFICER, "due_at": "2100-01-01T00:00:00Z"}
    await walk.step(LEAD, "resolution", "actions", action)
    await walk.shows("callback", "status", "due")
    walk.steps.append("execution")
    await walk.closed()
    await walk.step("xu.fei", "callback", "callback-audits", audit_of(CALLER))
    review = {"review": "r1", "asked_by": "customer", "channel": "letter", "proof": "in-1", "grounds": SECRET}
    await walk.step(JUDGE, "callback", "reviews", review)
    referral = {"referral": "f1", "body": "court", "reference": "c-1", "summary": SECRET}
    await walk.step("cao.ying", "callback", "referrals", referral)
    return walk


async def asked(house: House, question: Question, names: dict[str, str], token: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"}
    path = question.about(names)
    answer = await house.client.get(path, params=PURPOSE, headers=headers)
    if answer.status_code == 422:  # it takes no purpose, or wants to be told what for
        answer = await house.client.get(path, headers=headers)
    if answer.status_code == 422:
        answer = await house.client.get(path, params=PURPOSE | {"q": names["number"]}, headers=headers)
    assert answer.status_code in (200, 400, 403, 404, 422), (path, answer.text)
    return answer


async def test_no_question_shows_a_restricted_case_outside_its_department(own_house: House) -> None:
    house = own_house
    walk = await whole_life(house)
    row = (await walk.read("intake")).json()
    names = {
        "complaint_id": walk.id, "number": row["number"], "person_id": row["person"].partition(":")[2],
        "sha256": await walk.file(JUDGE), "id_or_number": row["number"], "staff_id": LEAD,
    }  # fmt: skip
    marks = (walk.id, row["number"], SECRET, "The customer's word.")
    every = await questions(house)
    outside = {role for question in every for role in question.may} - READ_ALL - {"system"}
    inside = house.token_of("inside", *outside, *READ_ALL - {"compliance_officer"}, department="cards")
    shown = set()
    async for _ in Tries():
        for question in every:
            answer = await asked(house, question, names, inside)
            if any(mark in answer.text for mark in marks):
                shown.add(question.path)
        if len(shown) > 25:
            break
    assert len(shown) > 25, "from inside, the case is on many pages"
    for role in sorted(outside):
        token = house.token_of(f"outside.{role.replace('_', '-')}", role, department="loans")
        for question in every:
            if role in question.may and question.path not in NOT_THE_CASE:
                answer = await asked(house, question, names, token)
                assert not any(mark in answer.text for mark in marks), (role, question.path, answer.text[:500])


async def test_what_is_restricted_and_what_is_not_there_look_alike_from_outside(own_house: House) -> None:
    """By status, body and ETag; a question and a download alike."""
    house = own_house
    walk = await Walk(house).classified(restricted=True)
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    await walk.step(JUDGE, "intake", "department", {"department": "cards", "recused": []})
    await walk.read("investigation")
    nobody = "00000000-0000-4000-8000-00000000dead"
    token = house.token_of("outside", "agent", "department_lead", "investigator", department="loans")
    for question in await questions(house):
        if "{complaint_id}" not in question.path or not question.may & {"agent", "department_lead", "investigator"}:
            continue
        answers = [
            await asked(house, question, {"complaint_id": each, "sha256": "0" * 64}, token)
            for each in (walk.id, nobody)
        ]
        told = [(answer.status_code, answer.text, answer.headers.get("etag")) for answer in answers]
        assert told[0] == told[1], question.path


async def test_a_restriction_hides_what_was_written_before_it_from_who_wrote_it_too(house: House) -> None:
    walk = await Walk(house).classified()
    await walk.step(AGENT, "intake", "notes", {"text": SECRET})
    known = await classify_anew(walk, restricted=True)
    for path in ("notes?purpose=handling", "particulars?purpose=handling", "upward-reports"):
        answer = await house.get(AGENT, f"intake/complaints/{walk.id}/{path}", **known)
        assert SECRET not in answer.text and walk.id not in answer.text, path
    await walk.refused(AGENT, "intake", "notes/n1/corrections", {"text": "x", "reasons": "x"}, "restricted_case",
                       status=403)  # fmt: skip


# By a token that is none of ours


def forged(claims: dict[str, Any], key: bytes) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": "closedloop:built-in", "aud": AUDIENCE, "sub": "gu.mingyuan", "iat": now, "exp": now + 3600,
        "roles": ["higher_approver", "triage_lead", "compliance_officer"], "department": "operations",
    }  # fmt: skip
    return usual | changed


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1_700_000_000}, {"aud": "another"}, {"iss": "another"}, {"sub": "system"}, {"sub": ""},
        {"sub": "Wang Fang"}, {"roles": None}, {"department": None}, {"exp": None}, {"sub": 7}, {"roles": 7},
    ],
    ids=str,
)  # fmt: skip
async def test_a_token_of_our_own_making_that_is_not_right_opens_nothing(house: House, changed: dict[str, Any]) -> None:
    key = (house.system.settings.data / "issuer.key").read_bytes()
    claims = {name: value for name, value in _claims(**changed).items() if value is not None}
    await opens_nothing(house, forged(claims, key))


async def test_a_token_signed_by_nobody_by_another_or_in_another_way_opens_nothing(house: House) -> None:
    key = (house.system.settings.data / "issuer.key").read_bytes()

    def part(of: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(of).encode()).rstrip(b"=").decode()

    def signed(key: bytes, said: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(key, said.encode(), "sha512")).rstrip(b"=").decode()

    longer = f"{part({'alg': 'HS512'})}.{part(_claims())}"
    good = house.token(JUDGE)
    header, payload, signature = good.split(".")
    more = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"roles": ["higher_approver"]}
    for token in (
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(_claims())}.",
        f"{part({'alg': 'None'})}.{part(_claims())}.{signature}",
        f"{header}.{part(more)}.{signature}",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        forged(_claims(), b"0" * 32),
        f"{longer}.{signed(key, longer)}",
    ):
        await opens_nothing(house, token)


async def opens_nothing(house: House, token: str) -> None:
    walk = await Walk(house).classified()
    for path in (f"intake/complaints/{walk.id}", "intake/accesses", "resolution/payments", "desk/cases"):
        answer = await house.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path
    await walk.refused(JUDGE, "intake", "judgement", REJECTED, "unauthenticated", status=401, token=token)


# Compliance reads everything and changes nothing (N18)


async def test_compliance_changes_nothing_in_whatever_other_role_or_name(house: House) -> None:
    walk = await Walk(house).classified()
    officer = "samuel.stone"
    tries: tuple[tuple[str, str, Any], ...] = (
        ("intake", "judgement", REJECTED), ("intake", "notes", {"text": "x"}),
        ("intake", "escalation", {"reasons": ["media"]}), ("intake", "downgrade", {"reasons": "x"}),
        ("investigation", "conflict", {"nature": "x"}),
    )  # fmt: skip
    both = house.token_of(officer, "compliance_officer", "agent", "triage_lead", department="compliance")
    for service, path, body in tries:
        await walk.refused(officer, service, path, body, "wrong_role", status=403)
        await walk.refused(officer, service, path, body, "auditor_changes_nothing", status=403, token=both)
    file = {"Authorization": f"Bearer {both}", "Content-Type": "text/plain"}
    sent = await house.client.post(f"intake/complaints/{walk.id}/files", content=b"x", headers=file)
    assert (sent.status_code, sent.json()["code"]) == (403, "auditor_changes_nothing")
    old = house.token_of(officer, "triage_lead", department="triage")
    await walk.refused(officer, "intake", "judgement", REJECTED, "auditor_changes_nothing", status=403, token=old)
    begins = house.system.process.clock.now().isoformat()
    named = {"deputy": officer, "begins": begins, "ends": "2099-01-01T00:00:00Z"}
    answer = await house.post("ren.zhi", f"directory/staff/{AGENT}/deputies", named)
    assert answer.json()["code"] == "too_long"
    named |= {"ends": (house.system.process.clock.now() + timedelta(days=1)).isoformat()}
    assert (await house.post("ren.zhi", f"directory/staff/{AGENT}/deputies", named)).status_code == 201
    async for _ in Tries():
        member = await house.system.runtimes["intake"].kernel.state(f"staff:{AGENT}")
        if officer in [each.id for each in member.deputies]:
            break
    absent = {"headers": {"On-Behalf-Of": AGENT}}
    for path, body in (("notes", {"text": "x"}), ("escalation", {"reasons": ["media"]})):
        await walk.refused(officer, "intake", path, body, "auditor_changes_nothing", status=403, **absent)
    ended = await house.post("ren.zhi", f"directory/staff/{AGENT}/deputies/{officer}/end")
    assert ended.status_code == 201
