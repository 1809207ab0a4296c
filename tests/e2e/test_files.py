"""Evidence files over HTTP: who may send and fetch them, what is taken, and what comes back."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.e2e.test_http import NOBODY, SECRET, is_problem
from tests.e2e.walk import AGENT, AUDITOR, INVESTIGATOR, LEAD, OTHER_LEAD, Walk
from tests.fixtures.system import House

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + SECRET.encode() + bytes(range(256)) * 20
FOR = {"purpose": "handling"}


def address(walk: Walk, service: str = "intake") -> str:
    return f"{service}/complaints/{walk.id}/files"


async def send(
    house: House, walk: Walk, content: Any = PDF, who: str = AGENT, kind: str | None = "application/pdf",
    service: str = "intake", **headers: str,
) -> httpx2.Response:  # fmt: skip
    sent = {"Authorization": f"Bearer {house.token(who)}"} | ({"Content-Type": kind} if kind else {}) | headers
    return await house.client.post(address(walk, service), content=content, headers=sent)


async def fetch(
    house: House, walk: Walk, sha256: str, who: str = AGENT, service: str = "intake", **parameters: str
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {house.token(who)}"}
    asked = FOR | parameters
    return await house.client.get(f"{address(walk, service)}/{sha256}", params=asked, headers=headers)


async def kept(house: House, walk: Walk, **options: Any) -> str:
    answer = await send(house, walk, **options)
    assert answer.status_code == 201, answer.text
    sha256: str = answer.json()["sha256"]
    return sha256


async def files(house: House, walk: Walk, service: str = "intake") -> int:
    count: int = await house.system.runtimes[service].pool.fetchval(
        "select count(*) from files where subject = $1", f"complaint:{walk.id}"
    )
    return count


async def not_kept(house: House, walk: Walk, status: int, code: str, **options: Any) -> httpx2.Response:
    """The file is refused, and nothing of it stays."""
    before = await files(house, walk)
    answer = await send(house, walk, **options)
    is_problem(answer, status, code)
    assert await files(house, walk) == before
    assert SECRET not in answer.text
    return answer


async def test_a_file_comes_back_as_it_was_sent(house: House) -> None:
    walk = await Walk(house).registered()
    answer = await send(house, walk)
    assert answer.status_code == 201
    told = answer.json()
    assert told == {"sha256": told["sha256"], "size": len(PDF), "media_type": "application/pdf"}
    assert told["sha256"] != hashlib.sha256(PDF).hexdigest(), "it is named by its ciphertext"
    back = await fetch(house, walk, told["sha256"])
    assert (back.status_code, back.content) == (200, PDF)
    assert back.headers["content-type"] == "application/pdf"
    assert back.headers["content-disposition"] == "attachment"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["cache-control"] == "no-store"
    assert back.headers["content-security-policy"].startswith("default-src 'none'")
    assert int(back.headers["content-length"]) == len(PDF)


async def test_a_file_lies_in_the_database_sealed_and_leaves_no_event(house: House) -> None:
    walk = await Walk(house).registered()
    before = await house.events(walk.id)
    sha256 = await kept(house, walk)
    row = await house.system.runtimes["intake"].pool.fetchrow("select * from files where sha256 = $1", sha256)
    assert row is not None
    assert hashlib.sha256(row["sealed"]).hexdigest() == sha256
    assert SECRET.encode() not in row["sealed"]
    assert row["owner"].startswith("person:")
    assert row["stored_by"] == AGENT
    assert await house.events(walk.id) == before


async def test_the_same_bytes_may_be_sent_again(house: House) -> None:
    walk = await Walk(house).registered()
    one, other = await kept(house, walk), await kept(house, walk)
    assert one != other
    assert (await fetch(house, walk, one)).content == (await fetch(house, walk, other)).content == PDF


async def test_every_service_that_knows_complaints_keeps_files(house: House) -> None:
    walk = await Walk(house).investigated()
    await walk.read("resolution")
    for service in ("intake", "investigation", "resolution", "callback"):
        sha256 = await kept(house, walk, who=AGENT, service=service)
        assert (await fetch(house, walk, sha256, service=service)).content == PDF
        owner = await house.system.runtimes[service].pool.fetchval("select owner from files where sha256 = $1", sha256)
        assert owner == await house.system.runtimes["intake"].pool.fetchval(
            "select owner from files where subject = $1", f"complaint:{walk.id}"
        )
    is_problem(await send(house, walk, service="directory"), 404, "no_such_address")


async def test_a_text_is_given_back_without_a_guess_at_its_encoding(house: House) -> None:
    walk = await Walk(house).registered()
    text = "多收了费用".encode("gb18030")
    sha256 = await kept(house, walk, content=text, kind="text/plain; charset=GB18030")
    back = await fetch(house, walk, sha256)
    assert (back.content, back.headers["content-type"]) == (text, "text/plain")


# What is not taken


async def test_an_empty_file_is_refused(house: House) -> None:
    walk = await Walk(house).registered()
    await not_kept(house, walk, 400, "file_empty", content=b"")


@pytest.mark.parametrize("kind", [None, "", "text/html", "application/zip", "image/svg+xml", "x/unheard-of"])
async def test_a_type_that_nobody_should_open_is_refused(house: House, kind: str | None) -> None:
    walk = await Walk(house).registered()
    answer = await not_kept(house, walk, 415, "file_type_not_allowed", kind=kind)
    assert "application/pdf" in answer.json()["details"]["allowed"]
    assert kind is None or kind == "" or kind not in answer.text


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/png", PDF), ("application/pdf", b"<html>" + PDF), ("text/plain", b"a\0b"), ("text/csv", b"\xff\xfe"),
        ("audio/wav", b"RIFF"), ("message/rfc822", b"MZ\x90"),
    ],
)  # fmt: skip
async def test_content_of_another_kind_is_refused(house: House, kind: str, content: bytes) -> None:
    walk = await Walk(house).registered()
    await not_kept(house, walk, 415, "file_type_mismatch", kind=kind, content=content)


async def test_a_file_may_be_larger_than_any_other_body(house: House) -> None:
    walk = await Walk(house).registered()
    large = PDF + b"x" * house.system.settings.max_body
    assert (await fetch(house, walk, await kept(house, walk, content=large))).content == large


async def test_a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(house: House) -> None:
    walk = await Walk(house).registered()
    most = house.system.settings.max_file
    answer = await not_kept(house, walk, 413, "file_too_large", content=b"%PDF-" + b"x" * most)
    assert answer.json()["details"] == {"most": most}

    async def endless() -> AsyncIterator[bytes]:
        yield b"%PDF-"
        for _ in range(most // 1_000_000 + 2):
            yield b"x" * 1_000_000

    await not_kept(house, walk, 413, "file_too_large", content=endless())


@pytest.mark.parametrize("path", ["acknowledgement", "files/x", "filesx", "files/"])
async def test_no_other_address_takes_as_much(house: House, path: str) -> None:
    walk = await Walk(house).registered()
    headers = {"Authorization": f"Bearer {house.token(AGENT)}", "Content-Type": "application/pdf"}
    large = b" " * (house.system.settings.max_body + 1)
    answer = await house.client.post(f"intake/complaints/{walk.id}/{path}", content=large, headers=headers)
    is_problem(answer, 413, "body_too_large")


# Who


async def test_who_audits_adds_nothing(house: House) -> None:
    """N18: compliance and quality read everything, and write to no case."""
    walk = await Walk(house).registered()
    await not_kept(house, walk, 403, "wrong_role", who=AUDITOR)
    for role in ("quality_reviewer", "administrator"):
        token = house.token_of("ann.onymous", role)
        await not_kept(house, walk, 403, "wrong_role", Authorization=f"Bearer {token}")
    await not_kept(house, walk, 401, "unauthenticated", Authorization="Bearer x")
    assert (await fetch(house, walk, await kept(house, walk), who=AUDITOR, purpose="audit")).content == PDF


async def test_the_regulator_desk_sends_what_the_regulator_sent(house: House) -> None:
    walk = await Walk(house).registered()
    desk = f"Bearer {house.token_of('reg.desk', 'regulator_desk')}"
    assert (await send(house, walk, Authorization=desk)).status_code == 201


async def test_there_is_no_file_of_a_complaint_that_is_not_there(house: House) -> None:
    nobody = Walk(house, id=NOBODY)
    await not_kept(house, nobody, 404, "unknown_complaint")
    is_problem(await fetch(house, nobody, "0" * 64), 404, "file_unknown")
    is_problem(await send(house, Walk(house, id="not-a-uuid")), 422, "invalid")


async def test_a_file_of_another_case_is_not_there(house: House) -> None:
    mine, other = await Walk(house).registered(), await Walk(house).registered()
    sha256 = await kept(house, mine)
    is_problem(await fetch(house, other, sha256), 404, "file_unknown")
    is_problem(await fetch(house, mine, "0" * 64), 404, "file_unknown")
    is_problem(await fetch(house, mine, "../x"), 404, "no_such_address")
    is_problem(await fetch(house, mine, sha256.upper()), 422, "invalid")


async def test_files_of_a_restricted_case_are_for_its_department_alone(house: House) -> None:
    """N16: to everyone else they are not there."""
    walk = await Walk(house).registered()
    sha256 = await kept(house, walk)
    await walk.classified(restricted=True)
    is_problem(await fetch(house, walk, sha256, who=AGENT), 404, "file_unknown")
    await not_kept(house, walk, 403, "restricted_case", who=AGENT)
    assert (await fetch(house, walk, sha256, who=AUDITOR)).content == PDF


async def test_who_declared_a_conflict_opens_no_file_any_more(house: House) -> None:
    walk = await Walk(house).assigned()
    await walk.step(LEAD, "investigation", "investigator", {"investigator": INVESTIGATOR, "declaration": "d-1"})
    sha256 = await kept(house, walk, who=INVESTIGATOR, service="investigation")
    await walk.step(INVESTIGATOR, "investigation", "conflict", {"nature": "My cousin."})
    is_problem(await fetch(house, walk, sha256, who=INVESTIGATOR, service="investigation"), 404, "file_unknown")
    assert (await fetch(house, walk, sha256, who=OTHER_LEAD, service="investigation")).content == PDF


# Why


async def test_nobody_fetches_a_file_for_nothing(house: House) -> None:
    walk = await Walk(house).registered()
    sha256 = await kept(house, walk)
    headers = {"Authorization": f"Bearer {house.token(AGENT)}"}
    is_problem(await house.client.get(f"{address(walk)}/{sha256}", headers=headers), 400, "purpose_required")
    is_problem(await fetch(house, walk, sha256, purpose="curiosity"), 422, "invalid")


async def test_a_file_of_an_erased_person_can_not_be_opened(own_house: House) -> None:
    """Not in the shared house: views blank an erased person only when built anew, and others verify that one."""
    house = own_house
    walk = await Walk(house).registered()
    sha256 = await kept(house, walk)
    intake = house.system.runtimes["intake"]
    owner = await intake.pool.fetchval("select owner from files where sha256 = $1", sha256)
    await house.system.process.keyring._vault.destroy(owner)
    is_problem(await fetch(house, walk, sha256), 410, "person_erased")
    await not_kept(house, walk, 410, "person_erased")
