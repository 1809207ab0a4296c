"""What a service counts of its own answers."""

from collections.abc import Mapping

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import REGISTRY

from shared.decide import Refused
from shared.metrics import Seen, exposition
from shared.store.figures import Figures, Waiting
from shared.web.measured import Measured
from shared.web.problems import add_handlers


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def nothing() -> dict[str, str]:
    return {}


def application(service: str) -> FastAPI:
    """One command that ends as its caller wishes, and one question."""
    app = FastAPI()

    async def command(status: int, replayed: bool = False, code: str = "") -> Response:
        if code:
            raise Refused(code, "Because of a rule.")
        if not status:
            raise RuntimeError("a bug")
        return JSONResponse({}, status, {"Idempotency-Replayed": "true"} if replayed else None)

    app.add_api_route("/command", command, methods=["POST"], name="Complain")
    app.add_api_route("/question", nothing, methods=["GET"], name="ask")
    app.add_api_route("/health", nothing, methods=["GET"], name="health")
    app.add_middleware(Measured, service=service, commands={"Complain"})
    add_handlers(app)
    return app


async def asked(service: str, method: str, path: str) -> int:
    transport = httpx2.ASGITransport(app=application(service), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.request(method, path)).status_code


@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        ("status=201", "written"),
        ("status=200", "nothing"),
        ("status=201&replayed=true", "replayed"),
        ("status=0&code=too_late", "refused"),
        ("status=many", "refused"),
        ("status=503", "failed"),
        ("status=0", "failed"),
    ],
)
async def test_every_command_is_counted_once_by_what_came_of_it(query: str, outcome: str) -> None:
    service = f"by outcome, {query}"
    await asked(service, "POST", f"/command?{query}")
    labels = {"service": service, "command": "Complain", "outcome": outcome}
    assert counted("closedloop_commands_total", **labels) == 1
    assert counted("closedloop_command_seconds_count", service=service) == 1


async def test_a_refusal_is_counted_by_its_code() -> None:
    await asked("refusals", "POST", "/command?status=0&code=too_late")
    await asked("refusals", "POST", "/command?status=many")
    assert counted("closedloop_refused_total", service="refusals", code="too_late") == 1
    assert counted("closedloop_refused_total", service="refusals", code="invalid") == 1


async def test_a_question_and_an_unknown_address_are_requests_and_no_commands() -> None:
    assert [await asked("others", *each) for each in (("GET", "/question"), ("GET", "/nowhere"))] == [200, 404]
    assert counted("closedloop_http_requests_total", service="others", status="200") == 1
    assert counted("closedloop_http_requests_total", service="others", status="404") == 1
    assert counted("closedloop_command_seconds_count", service="others") == 0


async def test_whoever_watches_is_not_counted() -> None:
    assert await asked("watched", "GET", "/health") == 200
    assert counted("closedloop_http_requests_total", service="watched", status="200") == 0


def series(*seen: Seen) -> Mapping[str, float]:
    lines = [line for line in exposition(seen).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_figures_are_told_under_their_fixed_names() -> None:
    figures = Figures(
        outbox=Waiting(3, 61.5),
        parked={"decide": Waiting(2, 9.0)},
        due_late=4,
        due_failed=5,
        positions={"decide": {0: 1}, "view:register_v1_g1": {0: 1}},
    )
    told = series(Seen("intake", True, 12, figures, {"decide": 7}))
    assert told['closedloop_ready{service="intake"}'] == 1
    assert told['closedloop_partitions_led{service="intake"}'] == 12
    assert told['closedloop_outbox_rows{service="intake"}'] == 3
    assert told['closedloop_outbox_oldest_seconds{service="intake"}'] == 61.5
    assert told['closedloop_due_late{service="intake"}'] == 4
    assert told['closedloop_due_failed{service="intake"}'] == 5
    assert told['closedloop_lag_events{service="intake",subscriber="decide"}'] == 7
    assert told['closedloop_parked_events{service="intake",subscriber="decide"}'] == 2
    assert told['closedloop_parked_events{service="intake",subscriber="view:register_v1_g1"}'] == 0
    assert told['closedloop_parked_oldest_seconds{service="intake",subscriber="decide"}'] == 9.0
    assert told["process_resident_memory_bytes"] > 0


def test_what_is_not_known_is_left_out_and_never_told_as_zero() -> None:
    told = series(Seen("nowhere", False, None, None, None))
    assert [name for name in told if 'service="nowhere"' in name] == ['closedloop_ready{service="nowhere"}']
    assert told['closedloop_ready{service="nowhere"}'] == 0
