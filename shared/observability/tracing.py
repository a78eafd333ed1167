"""Correlation ids in every log line, and OpenTelemetry traces across the outbox (off by default)."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("fuma")


def current_traceparent() -> str:
    """Returns the trace context as it is stored with an event; empty without a trace."""
    if not trace.get_current_span().get_span_context().is_valid:
        return ""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def _context(traceparent: str) -> Context | None:
    return _propagator.extract({"traceparent": traceparent}) if traceparent else None


@contextmanager
def handling(event_type: str, correlation_id: str, traceparent: str) -> Iterator[None]:
    """Traces the handling of one event: logs carry its chain, the span continues the trace of its cause."""
    with (
        structlog.contextvars.bound_contextvars(handling=event_type, correlation_id=correlation_id),
        _tracer.start_as_current_span(event_type, context=_context(traceparent), kind=SpanKind.CONSUMER),
    ):
        yield


@contextmanager
def answering(route: str, correlation_id: str, traceparent: str) -> Iterator[None]:
    """Traces the answering of one HTTP request in the same way."""
    with (
        structlog.contextvars.bound_contextvars(route=route, correlation_id=correlation_id),
        _tracer.start_as_current_span(route, context=_context(traceparent), kind=SpanKind.SERVER),
    ):
        yield


def export_traces(service: str, endpoint: str | None) -> None:
    """Sends spans to a collector if one is configured; otherwise spans cost next to nothing."""
    if endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"fuma-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
