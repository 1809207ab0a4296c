"""N19: a canary's words, put into every text that any command takes, are found nowhere but sealed, and in the columns
of views that are declared to be personal.

Every command is carried out with them, over HTTP, so that none is forgotten: a new one fails here until it is told.
"""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import structlog
from pydantic import BaseModel

from shared.decide import Command
from shared.projections.table import ViewTable
from shared.web.commands import body_model
from tests.contract.shapes import parts_of
from tests.contract.test_commands import BY_SERVICE, is_free
from tests.e2e.customers import CLERK, Front
from tests.e2e.remedy import accept, approve, found_out, propose, put_to_customer, returned, submit
from tests.e2e.test_callback_in_days import DAY, passes
from tests.e2e.walk import (
    AGENT,
    AUDITOR,
    CALLED,
    CALLER,
    ESTABLISHED,
    EXECUTOR,
    INVESTIGATOR,
    JUDGE,
    LEAD,
    OFFICER,
    OTHER_AGENT,
    REJECTED,
    SCORES,
    SECOND,
    SECOND_INVESTIGATOR,
    Walk,
    audit_of,
    money,
)
from tests.fixtures.system import House
from tests.patience import Tries

CANARY = "金丝雀 Serinus-7 @canariensis"
"""Letters of two scripts, a space, a digit and an @: it goes through wherever a person may type, and nowhere else."""
FITTING = {"phones[]": f"{CANARY} 7777", "email": CANARY.replace(" ", "")}
TRACES = ("金丝雀", "Serinus-7", "canariensis", "\\u91d1\\u4e1d\\u96c0")
FOUND = tuple(trace.encode() for trace in TRACES)
HEXED = tuple(trace.encode().hex() for trace in TRACES)
HIGHER, HIGHEST, OTHER_JUDGE, THIRD_JUDGE = "margaret.hale", "gu.mingyuan", "zhao.min", "grace.turner"
HR, OTHER_HR, REVIEWER, ADMIN = "shen.jia", "omar.farouk", "daniel.brooks", "ren.zhi"
SO = {"reasons": "So."}
NAMES = re.compile(r"{\w+}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a command is posted, and which of its fields anything may be typed into."""

    command: type[Command]
    url: re.Pattern[str]
    free: frozenset[str]


def _addresses() -> Iterator[Address]:
    for service, commands in BY_SERVICE.items():
        for command in commands:
            body = body_model(command)
            if command.has_address() and body is not None:
                free = frozenset(part.path for part in parts_of(body) if part.kind is str and is_free(part))
                yield Address(command, re.compile(f"{service}{NAMES.sub('[^/]+', command.path)}"), _alias(body, free))


def _alias(body: type[BaseModel], free: frozenset[str]) -> frozenset[str]:
    """As a caller names them."""
    names = {name: info.alias or name for name, info in body.model_fields.items()}
    return frozenset(names.get(path, path) for path in free)


ADDRESSES = tuple(_addresses())
EVERY_TEXT = {(address.command.__name__, path) for address in ADDRESSES for path in address.free}


@dataclass
class CanaryHouse(House):
    """A house whose people type the canary wherever they may, and in which no answer ever says it."""

    typed: set[tuple[str, str]] = field(default_factory=set)
    """Command and field, of those that were carried out."""

    async def post(self, person: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        address = next((each for each in ADDRESSES if each.url.fullmatch(path)), None)
        sung: set[str] = set()
        if address is not None and isinstance(body, dict):
            body = _sung(body, address.free, "", sung)
        response = await super().post(person, path, body, **options)
        assert not any(trace in response.text + str(response.headers) for trace in TRACES), (path, response.text)
        if address is not None and response.status_code in (200, 201):
            self.typed |= {(address.command.__name__, path) for path in sung}
        return response


def _sung(value: Any, free: frozenset[str], at: str, sung: set[str]) -> Any:
    """The same body, with the canary in each of its texts."""
    if isinstance(value, dict):
        return {name: _sung(each, free, f"{at}.{name}" if at else name, sung) for name, each in value.items()}
    if isinstance(value, list):
        return [_sung(each, free, f"{at}[]", sung) for each in value]
    if at not in free or not isinstance(value, str):
        return value
    sung.add(at)
    return FITTING.get(at.rpartition(".")[2], CANARY)


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Everything that the process says, at whatever level."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logging.getLogger().addHandler(handler)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(said),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    try:
        with redirect_stderr(said), redirect_stdout(said):
            yield said
    finally:
        logging.getLogger().removeHandler(handler)
        structlog.reset_defaults()


@pytest.fixture
async def canary_house(heard: io.StringIO, own_house: House) -> CanaryHouse:
    return CanaryHouse(own_house.system, own_house.client)


# The lives in which everything is typed


async def at_the_front_desk(house: CanaryHouse) -> None:
    front = Front(house)
    texts = ("address", "identity_document", "occupation", "income", "needs", "preferences", "risk_tolerance")
    whole = {
        "email": "a@b.cn", "accounts": [{"kind": "card", "number": "6222", "product": "Gold"}], "special_needs": "x",
        **dict.fromkeys(texts, "x"),
    }  # fmt: skip
    one, other = await front.customer(**whole), await front.customer(**whole)
    again = {"name": "x", "phones": ["1"], **whole, **SO}
    await front.done(AGENT, f"customers/{one}/correction", again)
    proxy = {"proxy": "p1", "kind": "proxy", "name": "x", "contact": "x", "authority": "poa-1"}
    await front.done(AGENT, f"customers/{one}/proxies", proxy)
    await front.done(AGENT, f"customers/{one}/proxies/p1/end", SO)
    await front.done(JUDGE, f"customers/{one}/joinings", {"other": other} | SO)
    await front.done(JUDGE, f"customers/{one}/partings", {"other": other} | SO)
    enquiry = await front.contact("service", person=one)
    await front.done(AGENT, f"contacts/{enquiry}/kind", {"kind": "enquiry"} | SO)
    await front.done(AGENT, f"contacts/{enquiry}/answer", {"answer": "x", "satisfied": True})
    asked = await front.reviewed()
    await front.done(CALLER, f"contacts/{asked}/callback", {"outcome": "reached", "satisfied": False, "words": "x"})
    await front.done(CLERK, f"contacts/{await front.contact('service')}/service", {"remark": "x"})
    joined = {"name": "x", "department": "cards", "roles": ["agent"], "reports_to": LEAD}
    assert (await house.post(ADMIN, f"directory/staff/new.{uuid4().hex[:8]}", joined)).status_code == 201


def in_full(house: House, **more: Any) -> dict[str, Any]:
    """A group's registration, with all that can be said."""
    ago = (house.system.process.clock.now() - timedelta(hours=1)).isoformat()
    return {
        "complainant": "x", "contact": "x", "proxy": "x", "proxy_authority": "poa-1", "content": "x",
        "desired_remedy": "x", "product": "x", "joint": 2, "representatives": ["x"], "source_fields": "x",
        "channel": "phone", "received_at": ago,
    } | more  # fmt: skip


async def at_intake(house: CanaryHouse) -> None:
    ago = (house.system.process.clock.now() - timedelta(hours=1)).isoformat()
    old = {"external": {"source": "old", "id": "1"}, "system": "old", "stage": "acknowledged", "earlier": "x"}
    taken = await house.post(JUDGE, "intake/complaints/taken-over", in_full(house, began_at=ago, **old))
    assert taken.status_code == 201, taken.text
    walk = Walk(house)
    made = await house.post(AGENT, "intake/complaints", in_full(house))
    walk.id = made.json()["complaint_id"]
    await walk.classified()
    again = {"category": walk.category, "severity": "ordinary", "reasons": [], "explanation": "x"}
    await walk.step(JUDGE, "intake", "classification", again | {"urgent": True})
    await walk.step(AGENT, "intake", "corrections", {"field": "contact", "replaces": 1, "text": "x"} | SO)
    await walk.step(AGENT, "intake", "notes", {"text": "x"})
    await walk.step(AGENT, "intake", "notes/n1/corrections", {"text": "x"} | SO)
    told = {"what": "progress_told", "channel": "sms", "words": "x", "proof": "sms-2"}
    await walk.step(AGENT, "intake", "customer-contacts", told)
    await walk.step(AGENT, "intake", "upward-reports", {"to": "approver", "reasons": "x"})
    await walk.step(AGENT, "intake", "voiding", SO)
    await walk.step(JUDGE, "intake", "voiding/decline", SO)
    await walk.step(AGENT, "intake", "escalation", {"reasons": ["media"], "explanation": "x"})
    await walk.step(AUDITOR, "intake", "sign-off", {"matter": "downgrade"} | SO)
    await walk.step(JUDGE, "intake", "downgrade", SO)
    await walk.step(JUDGE, "intake", "judgement", REJECTED)
    await walk.step(SECOND, "intake", "rejection/return", SO)
    await walk.rejected()
    overturned = {key: REJECTED[key] for key in ("grounds", "demand", "reasons", "department")} | {"days_asked": 9}
    await walk.step("zhou.jie", "intake", "judgement/overturning", overturned)
    await to_their_ends(house)


async def to_their_ends(house: CanaryHouse) -> None:
    voided = await Walk(house).classified()
    await voided.step(AGENT, "intake", "voiding", SO)
    await voided.step(JUDGE, "intake", "voiding/confirmation", SO)
    referred = await Walk(house).registered()
    referral = {"reason": "other_firm", "to": "x", "letter": "x", "channel": "letter", "proof": "p-1"} | SO
    await referred.step(JUDGE, "intake", "referral", referral)
    first, person = Walk(house, category="cards/same"), str(uuid4())
    first.person = person
    await first.classified()
    second = await Walk(house, person=person, category="cards/same").classified()
    await second.step(AGENT, "intake", f"duplicates/{first.id}/dismissal", SO)
    withdrawn = await Walk(house).withdrawn()
    stands = {"stands_by_it": True, "channel": "phone", "recording": "rec-2", "words": "x"}
    await withdrawn.step(OTHER_AGENT, "intake", "withdrawal/confirmation", stands)
    replied = await Walk(house).replied()
    await replied.answered()


async def investigated(house: CanaryHouse) -> Walk:
    walk = await Walk(house).assigned()
    await walk.step("he.jing", "investigation", "conflict", {"nature": "x"})
    named = {"investigator": INVESTIGATOR, "declaration": "d-1"}
    await walk.step(LEAD, "investigation", "investigator", named)
    soon = (house.system.process.clock.now() + DAY).isoformat()
    for request in ("r1", "r2"):
        asked = {"request": request, "of": "customer", "what": "x", "due_at": soon}
        await walk.step(INVESTIGATOR, "investigation", "information-requests", asked)
    await walk.step(AGENT, "investigation", "information", {"request": "r1", "content": "x"})
    await walk.step(INVESTIGATOR, "investigation", "information/giving-up", {"request": "r2"} | SO)
    statement = {"statement": "s1", "of": "customer", "text": "x"}
    await walk.step(INVESTIGATOR, "investigation", "statements", statement)
    await found_out(walk, INVESTIGATOR)
    await walk.step(LEAD, "investigation", "findings/return", SO)
    await walk.step(INVESTIGATOR, "investigation", "findings", {"verdict": "upheld", "loss": money(5_000)} | SO)
    await walk.step(LEAD, "investigation", "findings/acceptance")
    return walk


async def decided(house: CanaryHouse) -> None:
    walk = await investigated(house)
    await propose(walk, "away")
    await walk.step(OFFICER, "resolution", "option-withdrawal", {"option": "away"} | SO)
    for option, path in (("one", "remedy-return"), ("two", "remedy-rejection")):
        await propose(walk, option)
        await submit(walk, option)
        await walk.step(LEAD, "resolution", path, returned(walk.digest))
    await offered(walk, "three")
    await walk.step(OTHER_AGENT, "resolution", "decline", {"digest": walk.digest} | SO)
    await offered(walk, "four")
    await accept(walk)
    await walk.step(EXECUTOR, "resolution", "execution", {"digest": walk.digest})
    await walk.shows("callback", "status", "due")
    wish = {"digest": walk.digest} | SO
    for path in ("reversal-refusal", "reversal"):
        await walk.step(EXECUTOR, "resolution", "reversal-proposal", wish)
        await walk.step(LEAD, "resolution", path, wish)
    measure = {"measure": "m1", "person": SECOND_INVESTIGATOR, "decision": "x"}
    await walk.step(HR, "resolution", "accountability", measure)
    await walk.step(OTHER_HR, "resolution", "accountability/m1/revocation", SO)
    soon = (house.system.process.clock.now() + DAY).isoformat()
    await walk.step(JUDGE, "resolution", "actions", {"action": "a1", "what": "x", "owner": OFFICER, "due_at": soon})
    await walk.step(OFFICER, "resolution", "actions/a1/completion", {"result": "x", "proof": "c-1"})


async def offered(walk: Walk, option: str) -> None:
    await propose(walk, option)
    await submit(walk, option)
    await approve(walk)
    await put_to_customer(walk)


async def answered_for_good(house: CanaryHouse) -> None:
    walk = await Walk(house).offered()
    signed = {"kind": "letter", "reference": "l-1", "sha256": "0" * 64}
    final = {"digest": walk.digest, "final": True, "evidence": signed} | SO
    await walk.step(OTHER_AGENT, "resolution", "decline", final)
    last_word = {"letter": "x", "channel": "letter", "proof": "p-9"} | SO
    await walk.step(HIGHER, "resolution", "final-position", last_word)
    await walk.shows("callback", "status", "due")
    await walk.step(CALLER, "callback", "callback-attempts", CALLED | {"outcome": "reached", "notes": "x"})
    subjects = dict.fromkeys(("customer", "product", "service", "fee", "value_added", "opinion"), "x")
    word = {"satisfied": False, "scores": SCORES, "words": "x", "feedback": subjects}
    await walk.step(CALLER, "callback", "satisfaction", word)
    await walk.step(HIGHEST, "callback", "reaffirmation", {"new_facts": False} | last_word)
    review = {"review": "r1", "asked_by": "customer", "channel": "letter", "proof": "in-1", "grounds": "x"}
    await walk.step(AGENT, "callback", "reviews", review)
    await walk.step(REVIEWER, "callback", "review-decision", {"review": "r1", "result": "upheld"} | last_word)
    await walk.step(THIRD_JUDGE, "callback", "closing")
    await walk.step(SECOND, "callback", "callback-audits", audit_of(CALLER))
    await walk.step(JUDGE, "callback", "summary", {"cause": "c", "lesson": "x"})
    referral = {"referral": "f1", "body": "court", "reference": "c-1", "summary": "x"}
    await walk.step(AUDITOR, "callback", "referrals", referral)
    outside = {"referral": "f1", "result": "changed", "summary": "x", "reference": "c-2"}
    await walk.step(AUDITOR, "callback", "external-decision", outside)
    reopening = {"reason": "external_decision", "explanation": "x"}
    await walk.step(OTHER_JUDGE, "callback", "reopening", reopening)


async def never_reached(house: CanaryHouse) -> None:
    walk = await Walk(house).executed()
    for channel in ("phone", "phone", "letter"):
        tried = CALLED | {"outcome": "no_answer", "channel": channel}
        await walk.step(CALLER, "callback", "callback-attempts", tried)
        await passes(house, DAY / 2)
    await walk.step(THIRD_JUDGE, "callback", "unreachable", {"letter": "post-7"} | SO)


async def refused_and_misspelt(house: CanaryHouse) -> None:
    """What is refused leaves no more than what is done: also where the words stand where they do not belong."""
    walk = await Walk(house).classified()
    await walk.post(JUDGE, "intake", "judgement", ESTABLISHED | {"reasons": "x"})
    for address in ADDRESSES:
        path = "/".join(CANARY if "[^/]+" in part else part for part in address.url.pattern.split("/"))
        await answer_to(house, path, address.command.example | {CANARY: CANARY})
        for name in address.command.example:
            known = address.url.pattern.replace("[^/]+", walk.id, 1).replace("[^/]+", "x")
            await answer_to(house, known, address.command.example | {name: CANARY})
    for path in ("intake/lookup", "intake/complaints", "desk/cases", "resolution/payments", "callback/closures"):
        asked = {"q": CANARY, "purpose": "handling", "status": CANARY, "number": CANARY}
        token = {"Authorization": f"Bearer {house.token(JUDGE)}"}
        found = await house.client.get(path, params=asked, headers=token)
        assert found.status_code < 500, found.text
    file = {"Authorization": f"Bearer {house.token(AGENT)}", "Content-Type": "text/plain"}
    sent = await house.client.post(f"intake/complaints/{walk.id}/files", content=CANARY.encode(), headers=file)
    assert sent.status_code == 201, sent.text


async def answer_to(house: CanaryHouse, path: str, body: dict[str, Any]) -> None:
    headers = {
        "Authorization": f"Bearer {house.token_of('many.hats', *EVERY_ROLE)}", "Idempotency-Key": uuid4().hex,
        "If-Match": '"1"',
    }  # fmt: skip
    response = await house.client.post(path, json=body, headers=headers)
    assert response.status_code < 500, (path, response.text)
    assert not any(trace in response.text for trace in TRACES), (path, response.text)


EVERY_ROLE = tuple(sorted({role for address in ADDRESSES for role in address.command.may} - {"compliance_officer"}))


# Where the words may be


async def clear_texts(house: House) -> list[str]:
    """Where a trace of the canary stands in a database, beside the personal columns of views."""
    found = []
    for name in (*house.system.runtimes, "vault", "log"):
        connection = await asyncpg.connect(house.system.process.dsn_of(name))
        try:
            tables = await connection.fetch(
                "select schemaname as schema, tablename as name from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'alembic_version'"
            )
            personal = _personal_columns(house, name)
            for table in tables:
                for row in await connection.fetch(f'select * from "{table["schema"]}"."{table["name"]}"'):
                    found += [
                        f"{name}: {table['name']}.{column}"
                        for column, value in row.items()
                        if column not in personal.get(table["name"], ()) and _sings(value)
                    ]
        finally:
            await connection.close()
    return sorted(set(found))


def _personal_columns(house: House, service: str) -> dict[str, frozenset[str]]:
    runtime = house.system.runtimes.get(service)
    views = runtime.rooms.views if runtime else ()
    return {ViewTable(view, generation).name: view.personal for view in views for generation in range(1, 4)}


def _sings(value: Any) -> bool:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return any(trace in raw for trace in FOUND)
    text = str(value)
    return any(trace in text for trace in (*TRACES, *HEXED))


async def told_in_views(house: House) -> int:
    """In how many personal columns the canary stands: it did get in."""
    count = 0
    for runtime in house.system.runtimes.values():
        for view in runtime.rooms.views:
            for column in view.personal:
                statement = f'select exists(select from views."{view.full_name}" where "{column}" like $1)'
                count += bool(await runtime.pool.fetchval(statement, "%金丝雀%"))
    return count


async def test_a_canary_is_nowhere_but_sealed_or_in_a_personal_column(
    canary_house: CanaryHouse, heard: io.StringIO
) -> None:
    house = canary_house
    await at_the_front_desk(house)
    await at_intake(house)
    await decided(house)
    await answered_for_good(house)
    await never_reached(house)
    assert EVERY_TEXT - house.typed == set(), "a text that nobody typed here: tell of it in one of the lives above"
    await refused_and_misspelt(house)
    async for _ in Tries():
        if await told_in_views(house) > 50:
            break
    assert await told_in_views(house) > 50
    assert await clear_texts(house) == []
    said = heard.getvalue()
    assert [trace for trace in TRACES if trace in said] == [], said[-2_000:]
    assert "Traceback" not in said


async def test_a_view_that_breaks_over_the_words_does_not_tell_them(
    canary_house: CanaryHouse, heard: io.StringIO
) -> None:
    """It parks what it could not fold; that record, like the log, says what broke and not over which words."""
    house = canary_house
    view = house.system.runtimes["intake"].rooms.view("register")
    usual = dict(view.steps)
    view.steps.update(dict.fromkeys(usual, _breaks))
    try:
        walk = await Walk(house).registered(complainant="x", content="x")
        async for _ in Tries():
            if await house.system.runtimes["intake"].pool.fetchval("select count(*) from parked"):
                break
        assert await house.system.runtimes["intake"].pool.fetchval("select count(*) from parked") > 0
    finally:
        view.steps.update(usual)
    assert walk.id
    assert await clear_texts(house) == []
    assert not any(trace in heard.getvalue() for trace in TRACES)


def _breaks(event: Any, _: Any) -> None:
    raise ValueError(f"{event.complainant.clear} is no name")
