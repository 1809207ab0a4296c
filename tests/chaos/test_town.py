"""What the people of a run write down of what they asked and heard."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import httpx2

from shared.web.issuer import BuiltInIssuer
from tests.chaos.linear import linearizable
from tests.chaos.register import Register, step
from tests.chaos.store import Store
from tests.chaos.streams import judged
from tests.chaos.town import Town

Answer = Callable[[httpx2.Request], httpx2.Response]
MADE = {"subject": "complaint:1", "complaint_id": "1", "version": 1, "events": ["complaint.registered"]}


def town(folder: Path, *answers: Answer) -> Town:
    """One whose requests are answered by these, in their order."""
    left = iter(answers)

    def answered(request: httpx2.Request) -> httpx2.Response:
        return next(left)(request)

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answered))
    return Town({"intake": ["http://intake/"]}, BuiltInIssuer(folder / "issuer.key"), Random(1), client)


def lost(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadError("cut", request=request)


def again(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(201, json=MADE, headers={"Idempotency-Replayed": "true"})


async def test_a_registration_whose_answer_was_lost_belongs_to_the_case_that_it_made(tmp_path: Path) -> None:
    people = town(tmp_path, lost, again)
    async with people.client:
        await people.command("li.na", "intake", "complaints", {}, key="k")
    heard = people.calls["intake", "complaint:1"]
    assert [call.heard.kind for call in heard] == ["unknown", "replayed"]
    assert [each.status for each in people.sent] == [0, 201]
    remembered = Store("intake", (), {"li.na:k": ("complaint:1", 1, ("complaint.registered",))})
    wrong, looked_at = judged({"intake": remembered}, {("intake", "complaint:1"): heard})
    # The store holds no event here, and just that is found; what was heard fits.
    assert looked_at == 2 and len(wrong) == 1 and linearizable(heard, Register(), step).ok


async def test_an_answer_that_nobody_can_have_given_is_found(tmp_path: Path) -> None:
    people = town(tmp_path, again)
    async with people.client:
        await people.command("li.na", "intake", "complaints", {}, key="k")
    assert not linearizable(people.calls["intake", "complaint:1"], Register(), step).ok
