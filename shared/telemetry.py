"""Logs, traces and metrics. Structured, and without personal data: ids and codes only."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.config import Settings
from shared.eventlog.protocol import Record
from shared.metrics import COUNTED, Counted, count_records

_tracer = trace.get_tracer("closedloop")
_propagator = TraceContextTextMapPropagator()


def set_up(settings: Settings, process: str) -> None:
    """Logs to stderr as JSON lines; traces and metrics to OTLP if an endpoint is set."""
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    if settings.otlp is None:
        return
    resource = Resource.create({"service.name": f"closedloop-{process}"})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(settings.trace_ratio)))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{settings.otlp}/v1/traces")))
    trace.set_tracer_provider(provider)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{settings.otlp}/v1/metrics"))
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))
    _forward(metrics.get_meter("closedloop"))


def _forward(meter: metrics.Meter) -> None:
    """Send what was counted: Prometheus' counters count, since they cost a fifth of OpenTelemetry's."""
    for counted, names in COUNTED.items():
        for name in names:
            meter.create_observable_counter(name, [partial(_observed, counted, name)])


def _observed(counted: Counted, name: str, _: metrics.CallbackOptions) -> Iterator[metrics.Observation]:
    for family in counted.collect():
        for sample in family.samples:
            if sample.name == name:
                yield metrics.Observation(sample.value, sample.labels)


def _with_trace(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event


@contextmanager
def records_span(service: str, records: Sequence[Record]) -> Iterator[None]:
    """One span a batch with a link to each record's trace; and, for those that are sampled, a span inside that trace,
    so that a command can be followed to the views and reactions of other services.
    """
    count_records(service, len(records))
    contexts = [(record, context) for record in records if (context := _sampled(record)) is not None]
    if not contexts:
        yield
        return
    with _tracer.start_as_current_span(f"take in {service}", links=[Link(context) for _, context in contexts]):
        inside = [_inside(service, record, context) for record, context in contexts]
        try:
            yield
        finally:
            for span in inside:
                span.end()


def _inside(service: str, record: Record, context: SpanContext) -> Span:
    parent = trace.set_span_in_context(trace.NonRecordingSpan(context))
    kind = (record.header("type") or b"").decode()
    return _tracer.start_span(f"{service} takes in {kind}", context=parent)


def _sampled(record: Record) -> SpanContext | None:
    traceparent = record.header("traceparent")
    if traceparent is None or not traceparent.endswith(b"-01"):
        return None
    context = trace.get_current_span(_propagator.extract({"traceparent": traceparent.decode()})).get_span_context()
    return context if context.is_valid else None
