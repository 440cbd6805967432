"""Sends a log record and a span with the OpenTelemetry SDK, over HTTP and over gRPC.

    python tests/peers/otel_send.py http://127.0.0.1:4318 127.0.0.1:4317
"""

import sys

from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

http, grpc = sys.argv[1:3]
resource = Resource.create({"service.name": "login"})
exporters = [
    (
        HttpLogs(endpoint=f"{http}/v1/logs", compression=Compression.Gzip),
        HttpSpans(endpoint=f"{http}/v1/traces"),
    ),
    (
        GrpcLogs(endpoint=grpc, insecure=True),
        GrpcSpans(endpoint=grpc, insecure=True),
    ),
]
for second, (logs, spans) in enumerate(exporters):
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(SimpleLogRecordProcessor(logs))
    provider.get_logger("relying-party").emit(
        timestamp=(1_793_523_600 + second) * 10**9,
        event_name="webauthn.authentication.completed",
        attributes={"webauthn.outcome": "success", "webauthn.sign_count": 7},
    )
    provider.shutdown()
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    begin = (1_793_523_700 + second) * 10**9
    span = provider.get_tracer("relying-party").start_span(
        "webauthn.authentication",
        attributes={"webauthn.outcome": "success"},
        start_time=begin,
    )
    span.end(end_time=begin + 25_000_000)
    provider.shutdown()
