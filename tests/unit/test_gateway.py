"""The gateway: whose turn it is, who is passed over, and what may be sent again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx2
import pytest

from closedloop.gateway.app import gateway
from closedloop.gateway.forward import Forward, passed_on
from closedloop.gateway.upstreams import Upstreams
from shared.config import Settings

ONE, TWO = "http://one:1", "http://two:1"
Answer = Callable[[httpx2.Request], httpx2.Response]
KEY = {"Idempotency-Key": "wish-1"}


class Apis(httpx2.AsyncBaseTransport):
    """Stands for the API processes; `answers` says by host how each answers, or raises."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[tuple[str, httpx2.Request, bytes]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.url.host, request, await request.aread()))
        return self.answers[request.url.host](request)

    @property
    def hosts(self) -> list[str]:
        return [host for host, _, _ in self.asked]


def says(status: int = 201, headers: Mapping[str, str] | None = None) -> Answer:
    def saying(request: httpx2.Request) -> httpx2.Response:
        body = b'{"by": "%s"}' % request.url.host.encode()
        return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body))

    return saying


def breaks(error: type[httpx2.TransportError]) -> Answer:
    def raising(_: httpx2.Request) -> httpx2.Response:
        raise error("broken")

    return raising


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body"})


async def sent(apis: Apis, method: str, path: str, urls: Sequence[str] = (ONE, TWO), **more: Any) -> httpx2.Response:
    forward = Forward(Upstreams({"intake": urls}), apis, nobody)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=forward), base_url="http://gate") as client:
        return await client.request(method, path, **more)


async def test_processes_take_turns() -> None:
    upstreams = Upstreams({"intake": [ONE, TWO]})
    assert [upstreams.in_turn("intake")[0].url for _ in range(4)] == [TWO, ONE, TWO, ONE]


async def test_who_failed_is_asked_last_and_who_is_not_ready_before_them() -> None:
    upstreams = Upstreams({"intake": ["http://failed", "http://unready", "http://well"]})
    each = {one.url: one for one in upstreams.in_turn("intake")}
    each["http://failed"].failed()
    each["http://unready"].ready = False
    for _ in range(3):
        assert [one.url for one in upstreams.in_turn("intake")] == ["http://well", "http://unready", "http://failed"]
    each["http://failed"].answered()
    assert not each["http://failed"].out


async def test_a_request_arrives_as_it_was_sent_without_its_service_in_the_path() -> None:
    apis = Apis(one=says(headers={"ETag": '"3"', "Connection": "close"}), two=says())
    answer = await sent(apis, "POST", "/intake/complaints/1?q=%E7%8E%8B%20a", (ONE,), content=b"{}", headers=KEY)
    (_, request, body), *_ = apis.asked
    assert str(request.url) == "http://one:1/complaints/1?q=%E7%8E%8B%20a"
    assert body == b"{}" and request.headers["idempotency-key"] == "wish-1" and request.headers["content-length"] == "2"
    assert answer.status_code == 201 and answer.json() == {"by": "one"} and answer.headers["etag"] == '"3"'
    assert "connection" not in answer.headers


def test_nobody_says_for_themselves_where_they_ask_from() -> None:
    given = [(b"X-Forwarded-For", b"10.0.0.1"), (b"Connection", b"x-own"), (b"X-Own", b"1"), (b"Accept", b"*/*")]
    assert passed_on(given) == [(b"accept", b"*/*")]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_never_arrived_goes_to_the_next(method: str) -> None:
    apis = Apis(one=breaks(httpx2.ConnectError), two=breaks(httpx2.ConnectError))
    apis.answers["one"] = says(200)
    answer = await sent(apis, method, "/intake/complaints")
    assert apis.hosts == ["two", "one"] and answer.json() == {"by": "one"}


async def test_a_wish_with_a_key_is_sent_again_with_the_same_key_when_its_connection_broke() -> None:
    apis = Apis(one=says(), two=breaks(httpx2.ReadError))
    answer = await sent(apis, "POST", "/intake/complaints", content=b"whole", headers=KEY)
    assert answer.status_code == 201 and apis.hosts == ["two", "one"]
    assert [(request.headers["idempotency-key"], body) for _, request, body in apis.asked] == [("wish-1", b"whole")] * 2


async def test_what_bears_no_key_is_never_sent_a_second_time_once_it_may_have_arrived() -> None:
    apis = Apis(one=says(), two=breaks(httpx2.ReadError))
    answer = await sent(apis, "POST", "/intake/complaints/1/files", content=b"%PDF")
    assert apis.hosts == ["two"]
    assert answer.status_code == 503 and answer.json()["code"] == "unavailable" and "retry-after" in answer.headers


async def test_when_nobody_answers_the_caller_hears_that_the_same_key_may_be_sent_again() -> None:
    apis = Apis(one=breaks(httpx2.ReadTimeout), two=breaks(httpx2.ConnectError))
    answer = await sent(apis, "POST", "/intake/complaints", headers=KEY)
    assert sorted(apis.hosts) == ["one", "two"] and answer.status_code == 503


async def test_a_refusal_is_an_answer_and_asked_of_nobody_else() -> None:
    apis = Apis(one=says(), two=says(409))
    assert (await sent(apis, "POST", "/intake/complaints", headers=KEY)).status_code == 409
    assert apis.hosts == ["two"]


@pytest.mark.parametrize("probe", ["health", "ready", "metrics"])
async def test_probes_are_not_shown_to_the_outside(probe: str) -> None:
    apis = Apis(one=says(200), two=says(200))
    assert (await sent(apis, "GET", f"/intake/{probe}")).status_code == 404
    assert apis.asked == []


async def test_what_no_service_owns_is_none_of_theirs() -> None:
    apis = Apis()
    assert (await sent(apis, "GET", "/people")).status_code == 418
    assert (await sent(apis, "GET", "/intakes/complaints")).status_code == 418


async def test_demo_people_and_tokens_are_for_this_machine_only(tmp_path: Any) -> None:
    async with (
        gateway(Settings(data=tmp_path, max_body=1_024), {"intake": [ONE]}) as (app, turning),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as here,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://evil.example") as elsewhere,
    ):
        turning.close()
        assert "li.na" in (await here.get("/people")).text
        assert (await here.post("/tokens/li.na")).json()["token"]
        assert (await here.post("/tokens/nobody")).json()["code"] == "nobody"
        assert (await here.get("/")).json()["services"] == ["intake"]
        assert (await elsewhere.post("/tokens/li.na")).status_code == 400
        assert (await here.post("/intake/complaints", content=b"x" * 2_000)).json()["code"] == "body_too_large"
