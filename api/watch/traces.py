"""Traces by OpenTelemetry, where SOJOURN_TRACES asks for them; the extra `otel` brings what they need.

Where they go, the variables of OpenTelemetry say: OTEL_EXPORTER_OTLP_ENDPOINT and its like.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from api.settings import CannotStart

Span = Callable[[str], AbstractContextManager[Any]]


def no_span(_: str) -> AbstractContextManager[Any]:
    """What is done where nobody traces."""
    return nullcontext()


def tracing() -> Span:
    """Opens spans, one within the other, which are sent as they end; raises CannotStart without the extra."""
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise CannotStart(
            "Traces need the extra `otel`: pip install 'sojourn[otel]', or unset SOJOURN_TRACES."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "sojourn"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return trace.get_tracer("sojourn", tracer_provider=provider).start_as_current_span
