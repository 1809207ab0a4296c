"""One trace from the HTTP command, through outbox and log, to the view and the reaction of other services."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.e2e.walk import ESTABLISHED, JUDGE, Walk
from tests.fixtures.system import House
from tests.patience import Tries


@pytest.fixture(scope="module")
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


async def test_a_command_is_followed_to_the_other_services(house: House, spans: InMemorySpanExporter) -> None:
    walk = await Walk(house).classified()
    await walk.step(JUDGE, "intake", "judgement", ESTABLISHED)
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    response = await walk.post(
        JUDGE, "intake", "department", {"department": "cards", "recused": []},
        headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"},
    )  # fmt: skip
    assert response.status_code == 201
    names: set[str] = set()
    async for _ in Tries():
        names = {
            span.name
            for span in spans.get_finished_spans()
            if span.context is not None and format(span.context.trace_id, "032x") == trace_id
        }
        if "callback takes in investigation.opened" in names:
            break
    assert "execute AssignDepartment" in names
    assert "investigation takes in complaint.department-assigned" in names, names
    assert "callback takes in investigation.opened" in names, "the reaction's own event bears the trace on"
